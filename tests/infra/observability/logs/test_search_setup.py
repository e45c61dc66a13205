"""The job that sets the search domain up and the daily check, against a stand-in that keeps a state."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from infra.naming import Naming
from infra.observability.logs import search_setup
from infra.observability.logs.search_plan import plan, rendered
from infra.observability.logs.search_setup import SearchError, Setup, connect, contains, problems, signer
from tests.infra.settings.stack_files import estate_settings

from .stub_search import Search, search_domain

DAY = search_setup.DAY_MILLISECONDS
NOW = 1_764_039_226_000
WRITER = "arn:aws:iam::111122223333:role/writer"
ROLES = {"fleet-log-writer", "fleet-log-reader", "fleet-log-inspector"}
CHANGES = 2 + 2 * len(ROLES)
"""Template, policy, and a role with its mapping for each of three."""


@pytest.fixture
def domain() -> Iterator[Search]:
    """Give a domain that nobody has set up."""
    with search_domain() as made:
        yield made


@pytest.fixture
def signing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give botocore a login, and no way to ask anybody for one."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    for name in ("AWS_PROFILE", "AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def connection(domain: Search, signing: None) -> search_setup.Domain:
    """Give a connection to it that signs as botocore does."""
    return connect(domain.address, sign=signer("ap-south-1", None), wait_seconds=1, plaintext=True)


def planned(naming: Naming, *, days: int = 90, stack: str = "prod") -> dict[str, Any]:
    """Give the plan of production, or with another retention."""
    settings = estate_settings(stack).search
    assert settings is not None
    made = plan(
        naming=naming,
        settings=settings,
        retention_days=days,
        writer_role_arn=WRITER,
        reader_role_arn="arn:aws:iam::111122223333:role/reader",
        inspector_role_arn="arn:aws:iam::111122223333:role/inspector",
    )
    return json.loads(rendered(made))


def index(days_ago: int, **more: Any) -> dict[str, Any]:
    """Give an index of so many days ago."""
    return {"created": NOW - days_ago * DAY, **more}


def applied(connection: search_setup.Domain, wanted: dict[str, Any]) -> int:
    """Apply a plan; give the number of changes."""
    return Setup(domain=connection, plan=wanted, say=lambda _: None).apply()


def test_an_empty_domain_gets_everything_and_a_second_run_changes_nothing(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    wanted = planned(naming)
    assert applied(connection, wanted) == CHANGES
    assert set(domain.policies) == {"retain-90d"}
    assert set(domain.templates) == {"fleet-logs"}
    assert set(domain.security["roles"]) == set(domain.security["rolesmapping"]) == ROLES
    assert domain.security["rolesmapping"]["fleet-log-writer"]["backend_roles"] == [WRITER]
    assert domain.unsigned == 0
    domain.requests.clear()
    assert applied(connection, wanted) == 0
    assert domain.writes == []


def test_who_writes_is_let_in_last(domain: Search, connection: search_setup.Domain, naming: Naming) -> None:
    applied(connection, planned(naming))
    kinds = [each.split("/")[-2] for each in domain.writes]
    assert kinds == ["_index_template", "policies", *["roles"] * 3, *["rolesmapping"] * 3]


def test_what_somebody_changed_by_hand_is_put_right(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    wanted = planned(naming)
    applied(connection, wanted)
    writer = domain.security["roles"]["fleet-log-writer"]
    writer["index_permissions"][0]["allowed_actions"] = ["indices_all"]
    domain.security["rolesmapping"]["fleet-log-writer"]["users"] = ["eve"]
    domain.templates["fleet-logs"]["template"]["settings"]["index"]["number_of_replicas"] = "0"
    (transition,) = domain.policies["retain-90d"]["policy"]["states"][0]["transitions"]
    transition["conditions"]["min_index_age"] = "9000d"
    domain.indices["fleet-erp-prod-2026.11.24"] = index(1, policy="retain-90d")
    # An index keeps the policy as it was when it got it: it gets the right one again.
    assert applied(connection, wanted) == 5
    assert applied(connection, wanted) == 0
    assert domain.security["roles"]["fleet-log-writer"] == wanted["roles"]["fleet-log-writer"]
    assert domain.security["rolesmapping"]["fleet-log-writer"] == wanted["mappings"]["fleet-log-writer"]


def test_indices_that_were_there_before_get_the_policy(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    domain.indices |= {
        "fleet-erp-prod-2026.11.24": index(1),
        "fleet-erp-prod-2026.11.23": index(2),
        ".plugins-ml-config": index(9),
    }
    assert applied(connection, planned(naming)) == CHANGES + 2
    assert {name: each.get("policy") for name, each in domain.indices.items()} == {
        "fleet-erp-prod-2026.11.24": "retain-90d",
        "fleet-erp-prod-2026.11.23": "retain-90d",
        ".plugins-ml-config": None,
    }


@pytest.mark.requirement("OBS-11", "OBS-12")
def test_another_retention_takes_over_every_index(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    applied(connection, planned(naming, days=90))
    domain.indices["fleet-erp-prod-2026.11.24"] = index(1, policy="retain-90d")
    domain.policies["somebody-elses"] = {"seq": 99, "policy": {"ism_template": []}}
    # The old policy away, the new one there, the index with it.
    assert applied(connection, planned(naming, days=30)) == 3
    assert set(domain.policies) == {"retain-30d", "somebody-elses"}
    assert domain.indices["fleet-erp-prod-2026.11.24"]["policy"] == "retain-30d"
    assert applied(connection, planned(naming, days=30)) == 0


def test_a_domain_that_is_away_for_a_moment_is_waited_for(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    domain.failing = [503, 429, 500]
    assert applied(connection, planned(naming)) == CHANGES
    assert len(domain.requests) > CHANGES


def test_a_domain_that_stays_away_fails_the_job(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    domain.failing = [503] * 1000
    begun = time.monotonic()
    with pytest.raises(SearchError, match="did not answer for 1 s: GET /_index_template/fleet-logs: 503"):
        applied(connection, planned(naming))
    assert time.monotonic() - begun < 10


def test_nobody_listening_fails_the_job(signing: None, naming: Naming) -> None:
    nobody = connect("127.0.0.1:9", sign=signer("ap-south-1", None), wait_seconds=0.1, plaintext=True)
    with pytest.raises(SearchError, match="did not answer"):
        applied(nobody, planned(naming))


@pytest.mark.parametrize(
    "refusal",
    [
        ("GET /_index_template/fleet-logs", 403, "forbids GET /_index_template/fleet-logs"),
        ("PUT /_plugins/_security/api/roles/fleet-log-writer", 400, "refuses PUT .*fleet-log-writer: 400"),
        ("PUT /_plugins/_ism/policies/retain-90d", 404, "knows no _plugins/_ism/policies/retain-90d"),
        ("PUT /_plugins/_ism/policies/retain-90d", 409, "refuses PUT .*retain-90d: 409"),
    ],
)
def test_a_refusal_is_final_and_says_what_was_refused(
    domain: Search,
    connection: search_setup.Domain,
    naming: Naming,
    refusal: tuple[str, int, str],
) -> None:
    request_line, status, message = refusal
    domain.refused[request_line] = status
    with pytest.raises(SearchError, match=message):
        applied(connection, planned(naming))
    assert domain.requests.count(request_line) == 1


def test_an_index_that_does_not_take_the_policy_fails_the_job(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    domain.indices["fleet-erp-prod-2026.11.24"] = index(1)
    wanted = planned(naming)
    setup = Setup(domain=connection, plan=wanted, say=lambda _: None)
    with pytest.raises(SearchError, match=r"2026\.11\.24 does not get the policy retain-90d: .*not exist"):
        setup._attach(renewed=False)


def test_requests_without_a_signature_are_turned_away(domain: Search, naming: Naming) -> None:
    unsigned = connect(domain.address, sign=lambda *_: {}, wait_seconds=1, plaintext=True)
    with pytest.raises(SearchError, match="forbids"):
        applied(unsigned, planned(naming))
    assert domain.unsigned == 1


def test_logs_that_are_kept_as_planned_raise_nothing(
    domain: Search, connection: search_setup.Domain, naming: Naming
) -> None:
    domain.indices |= {
        "fleet-erp-prod-2026.11.25": index(0, policy="retain-90d"),
        # A policy needs a moment: to the last hour of the grace nobody is told.
        "fleet-erp-prod-2026.08.25": index(92, policy="retain-90d"),
        "another": index(900),
    }
    assert problems(connection, planned(naming), now_ms=NOW) == []


@pytest.mark.parametrize(
    ("indices", "problem"),
    [
        ({"old": index(93, policy="retain-90d")}, "fleet-erp-prod-old is 93 days old, kept for 90"),
        ({"bare": index(1)}, "fleet-erp-prod-bare has no policy, not retain-90d"),
        ({"other": index(1, policy="retain-30d")}, "fleet-erp-prod-other has retain-30d, not retain-90d"),
        (
            {
                "stuck": index(
                    1,
                    policy="retain-90d",
                    explain={"action": {"failed": True}, "info": {"message": "no disk"}},
                )
            },
            "fleet-erp-prod-stuck hangs in retain-90d: no disk",
        ),
        (
            {"retried": index(1, policy="retain-90d", explain={"retry_info": {"failed": True}})},
            "fleet-erp-prod-retried hangs in retain-90d: no reason",
        ),
        (
            {"off": index(1, policy="retain-90d", explain={"enabled": False})},
            "fleet-erp-prod-off is no longer managed by retain-90d, which is switched off for it",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
@pytest.mark.requirement("OBS-11", "OBS-12")
def test_every_way_not_to_be_deleted_in_time_is_told(
    domain: Search,
    connection: search_setup.Domain,
    naming: Naming,
    indices: dict[str, Any],
    problem: str,
) -> None:
    domain.indices["fleet-erp-prod-now"] = index(0, policy="retain-90d")
    domain.indices |= {f"fleet-erp-prod-{name}": each for name, each in indices.items()}
    assert problems(connection, planned(naming), now_ms=NOW) == [problem]


@pytest.mark.parametrize("indices", [{}, {"fleet-erp-prod-x": index(3, policy="retain-90d")}])
def test_silence_is_told(
    domain: Search,
    connection: search_setup.Domain,
    naming: Naming,
    indices: dict[str, Any],
) -> None:
    domain.indices |= indices
    assert problems(connection, planned(naming), now_ms=NOW) == [
        "no index of fleet-erp-prod-* is new: for 2 days no logs have arrived"
    ]


def test_the_check_changes_nothing(domain: Search, connection: search_setup.Domain, naming: Naming) -> None:
    problems(connection, planned(naming), now_ms=NOW)
    assert domain.writes == []
    assert set(domain.requests) == {
        "GET /fleet-erp-prod-*/_settings/index.creation_date",
        "GET /_plugins/_ism/explain/fleet-erp-prod-*",
    }


@pytest.fixture
def options(
    domain: Search, signing: None, naming: Naming, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> list[str]:
    """Give what both jobs are told, the plan in a file; they speak to the stand-in without TLS."""
    file = tmp_path / "plan.json"
    file.write_text(json.dumps(planned(naming)))
    monkeypatch.setattr(search_setup, "connect", partial(connect, plaintext=True))
    return ["--plan", str(file), "--endpoint", domain.address, "--region", "ap-south-1"]


def test_jobs_exit_with_what_is_wrong(
    domain: Search, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    search_setup.main(["apply", *options, "--wait-seconds", "1"])
    assert capsys.readouterr().out.endswith(f"search-setup: {CHANGES} changes\n")
    with pytest.raises(SystemExit, match="search-retention-check: no index of"):
        search_setup.main(["check", *options, "--wait-seconds", "1"])
    domain.indices["fleet-erp-prod-now"] = {"created": int(time.time() * 1000), "policy": "retain-90d"}
    search_setup.main(["check", *options, "--wait-seconds", "1"])
    assert capsys.readouterr().out == "search-retention-check: logs are kept as planned\n"
    domain.failing = [503] * 100
    with pytest.raises(SystemExit, match=r"search-setup: .* did not answer for 0\.1 s"):
        search_setup.main(["check", *options, "--wait-seconds", "0.1"])
    Path(options[1]).write_text("{}")
    with pytest.raises(SystemExit, match="search-setup: "):
        search_setup.main(["apply", *options])


def test_a_real_domain_is_spoken_to_over_tls() -> None:
    made = connect("vpc-logs.ap-south-1.es.amazonaws.com", sign=lambda *_: {}, wait_seconds=1)
    assert made.url == "https://vpc-logs.ap-south-1.es.amazonaws.com"
    assert made.context is not None
    assert made.context.verify_mode.name == "CERT_REQUIRED"
    assert made.context.minimum_version.name == "TLSv1_2"


@pytest.mark.parametrize(
    ("found", "wanted", "same"),
    [
        ({"a": 1, "b": 2}, {"a": 1}, True),
        ({"a": {"b": [1, {"c": 2, "d": 3}]}}, {"a": {"b": [1, {"c": 2}]}}, True),
        ({"a": [1, 2]}, {"a": [1]}, False),
        ({"a": "1"}, {"a": 1}, False),
        ({}, {"a": None}, False),
        (None, {}, False),
        ([], {}, False),
    ],
)
def test_what_is_there_is_compared_with_what_is_wanted(found: Any, wanted: Any, *, same: bool) -> None:
    assert contains(found, wanted) is same
