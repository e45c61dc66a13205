"""The way home: each state renders, is judged, and loses only what the runbook has put aside."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from preview.judgement import judge
from tests.infra.settings.stack_files import areas_of, mistakes

from .states import (
    AT_HOME,
    AT_HOME_AGAIN,
    AT_REST,
    AWAY,
    FILES_ENDED,
    FOLLOWING,
    FOLLOWING_WITH_FILES,
    HANDING_OVER,
    HOME_AGAIN,
    RELEASED,
    change,
    graph_of,
    named,
    stack_of,
)

JUDGED = (AWAY, HANDING_OVER, FOLLOWING_WITH_FILES, HOME_AGAIN)
"""Both ends are judged with all stacks, and what lies between two of these has nothing that they have not."""
INSTANCE = "aws:rds/instance:Instance"
RECORD = "aws:route53/record:Record"


@pytest.mark.parametrize("state", JUDGED)
def test_every_state_may_be_deployed(state: str) -> None:
    """No mandatory rule of the environment's own level stands in the way in a night like that."""
    today = datetime.now(UTC).date()
    judgement = judge(graph_of(state), environment=stack_of(state), today=today)
    assert [(each.rule, each.resource_name, each.message) for each in judgement.findings if each.blocks] == []


@pytest.mark.parametrize("state", [AWAY, FOLLOWING_WITH_FILES])
def test_every_state_is_whole_in_a_first_preview(state: str) -> None:
    assert set(graph_of(state).by_urn) == set(graph_of(state, unknowns=True).by_urn)


def losses(before: str, after: str) -> set[str]:
    return {each.resource.name for each in change(before, after).losing_data}


def test_a_home_that_follows_gets_another_database() -> None:
    """RDS makes no replica out of an instance: the old one is put aside, and everything else stays."""
    assert losses(AT_HOME, FOLLOWING) == {"postgres", "postgres-report", "database-log"}
    assert all(each.resource.protect for each in change(AT_HOME, FOLLOWING).losing_data)


def test_a_home_follows_the_database_that_serves() -> None:
    database = named(graph_of(FOLLOWING), INSTANCE, "postgres")
    assert database["replicateSourceDb"] == "arn:aws:rds:ap-southeast-1:111122223333:db:fleet-erp-dr-postgres"
    assert not {"engine", "username", "engineVersion", "allocatedStorage"} & set(database)


def test_turning_the_files_round_takes_two_deployments() -> None:
    """AWS refuses a file system that is a source and a destination at once."""
    files = "aws:efs/replicationConfiguration:ReplicationConfiguration"
    states = (AT_HOME, FOLLOWING, FOLLOWING_WITH_FILES, FILES_ENDED, HOME_AGAIN, AT_HOME_AGAIN)
    seen = [[each.name for each in graph_of(state).of_type(files)] for state in states]
    assert seen == [["files"], [], ["files-homeward"], [], [], ["files"]]


def test_the_way_home_replaces_nothing_once_the_home_follows() -> None:
    for before, after in (
        (FOLLOWING, FOLLOWING_WITH_FILES),
        (FOLLOWING_WITH_FILES, FILES_ENDED),
        (FILES_ENDED, HOME_AGAIN),
        (HOME_AGAIN, AT_HOME_AGAIN),
        (AWAY, HANDING_OVER),
        (HANDING_OVER, RELEASED),
    ):
        assert losses(before, after) == set(), (before, after)
        assert change(before, after).of("replace") == (), (before, after)


def test_coming_home_promotes_in_place_and_takes_productions_shape() -> None:
    (database,) = [
        each for each in change(FILES_ENDED, HOME_AGAIN).of("update") if each.resource.name == "postgres"
    ]
    assert "replicateSourceDb" in database.paths
    home, again = (named(graph_of(state), INSTANCE, "postgres") for state in (AT_HOME, HOME_AGAIN))
    inherited = {"engine", "username", "engineLifecycleSupport"}
    assert {key for key in home if home[key] != again.get(key)} - {"passwordWo"} == inherited
    assert set(again) <= set(home)


def test_the_standby_is_made_anew_when_the_home_serves_again() -> None:
    """What was promoted cannot follow again, so the runbook puts it aside as it did at home."""
    assert losses(RELEASED, AT_REST) == {"postgres"}


def test_a_name_has_never_two_records_of_a_kind() -> None:
    """Route 53 refuses a second one, and in the same account each environment's is its own."""

    def kinds(state: str) -> list[str]:
        return [
            each.inputs["failoverRoutingPolicies"][0]["type"]
            for each in graph_of(state).of_type(RECORD)
            if each.name == "record-web"
        ]

    for home, standby in (
        (AT_HOME, AT_REST),
        (AT_HOME, AWAY),
        (FOLLOWING, AWAY),
        (FOLLOWING_WITH_FILES, HANDING_OVER),
        (HOME_AGAIN, HANDING_OVER),
        (HOME_AGAIN, RELEASED),
        (AT_HOME_AGAIN, AT_REST),
    ):
        together = kinds(home) + kinds(standby)
        assert len(set(together)) == len(together), (home, standby)
        assert kinds(standby) == ["SECONDARY"]


def answers(home: str, standby: str, *, home_is_healthy: bool) -> str:
    """Where Route 53 leads users, from the records and checks of both stacks."""
    switches = {
        each.name: each.inputs["invertHealthcheck"] is False
        for each in graph_of(standby).of_type("aws:route53/healthCheck:HealthCheck")
        if each.inputs.get("disabled")
    }
    has_primary = any(each.name == "record-web" for each in graph_of(home).of_type(RECORD))
    primary = has_primary and home_is_healthy and switches["home-may-serve"]
    if primary:
        return "home"
    if switches["standby-may-serve"]:
        return "standby"
    # Neither is healthy: the primary, as AWS documents it.
    return "home" if has_primary else "standby"


@pytest.mark.requirement("ENV-05")
@pytest.mark.parametrize(
    ("home", "standby", "home_is_healthy", "expected"),
    [
        (AT_HOME, AT_REST, True, "home"),
        # A home that stumbles is not left for a database that takes no writes.
        (AT_HOME, AT_REST, False, "home"),
        (AT_HOME, AWAY, False, "standby"),
        # The region returns by itself, with a database that knows nothing of what was done since.
        (AT_HOME, AWAY, True, "standby"),
        (FOLLOWING, AWAY, False, "standby"),
        (FOLLOWING_WITH_FILES, HANDING_OVER, False, "standby"),
        (HOME_AGAIN, HANDING_OVER, True, "standby"),
        (HOME_AGAIN, RELEASED, True, "home"),
        (AT_HOME_AGAIN, AT_REST, True, "home"),
    ],
)
def test_users_are_led_to_one_database_that_takes_writes(
    home: str, standby: str, expected: str, *, home_is_healthy: bool
) -> None:
    assert answers(home, standby, home_is_healthy=home_is_healthy) == expected


def test_a_half_turned_home_is_refused_before_anything_is_deployed() -> None:
    areas = areas_of("prod")
    areas["recovery"]["role"] = "standby"
    (line,) = mistakes(areas, "prod")
    assert "fleet-erp:database.made_as" in line
