"""The command line: clear lines, exit statuses, the question before the one-way step; and the pages."""

from __future__ import annotations

import io
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from ops.__main__ import main
from ops.recovery import command
from ops.recovery.journal import Kind
from ops.recovery.situation import Allowed, Situation

from .world import World

ROOT = Path(__file__).resolve().parents[3]
PAGES = ("failover", "drill", "region-loss")


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def here(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """The command line in the simulated world, in a folder of its own."""

    def situation_of(kind: Kind, *, endpoint: str | None, allowed: Allowed | None = None) -> Situation:
        assert endpoint is None
        return world.situation(kind, allowed or Allowed())

    monkeypatch.setattr(command, "situation_of", situation_of)
    monkeypatch.chdir(tmp_path)
    world.aws.primary_lost = True
    return world


def types(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", Terminal(text))


def test_readiness_is_a_line_for_each_check(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["recovery", "check"]) == 1
    said = capsys.readouterr()
    lines = dict(line.split()[1::-1] for line in said.out.splitlines())
    assert lines.pop("drill") == "warning"
    assert set(lines.values()) == {"ready"}
    assert len(lines) == 13
    assert said.err == "not ready: drill; docs/runbooks/region-loss.md\n"
    here.aws.backup_hours = None
    here.aws.lag = lambda: 1000.0
    here.aws.file_lag = 1200.0
    assert main(["recovery", "check", "--json"]) == 1
    found = {each["check"]: each["detail"] for each in json.loads(capsys.readouterr().out)}
    assert found["backup"] == "vault fleet-erp-prod-copies has no copy of the last 26 hours"
    assert found["lag"] == "1000 s behind, at most 900 are promised"
    assert found["files"] == "files are 1200 s behind, at most 900 are promised"
    here.aws.files_copied = None
    assert main(["recovery", "check", "--json"]) == 1
    found = {each["check"]: each["detail"] for each in json.loads(capsys.readouterr().out)}
    assert re.fullmatch(r"nothing copies into fs-\w+: its files are .*", found["files"])


@pytest.mark.requirement("DATA-08")
def test_a_drill_makes_the_region_ready_for_a_year(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    """The check says when the last drill is older than a year, and reads that from the records."""
    assert main(["recovery", "drill"]) == 0
    assert main(["recovery", "check"]) == 0
    here.aws.clock.sleep(366 * 86_400)
    capsys.readouterr()
    assert main(["recovery", "check"]) == 1
    assert re.search(
        r"warning +drill +the last drill that passed was 36[56] days ago", capsys.readouterr().out
    )


def test_the_region_has_to_be_typed(
    here: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    types(monkeypatch, "yes\n")
    assert main(["recovery", "failover"]) == 2
    assert capsys.readouterr().err.endswith("'yes' is not ap-southeast-1: nothing was done\n")
    monkeypatch.setattr("sys.stdin", io.StringIO())
    assert main(["recovery", "failover"]) == 2
    assert capsys.readouterr().err == "nobody can be asked here: --yes goes on without a question\n"
    assert here.journal_in_the_bucket("failover") is None
    types(monkeypatch, "ap-southeast-1\n")
    assert main(["recovery", "failover"]) == 0
    assert here.promoted


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ["failover", "--outage-began", "noon"],
            "--outage-began: 'noon' is no time; write it as 2026-12-31T10:00+05:30",
        ),
        (
            ["failover", "--outage-began", "2026-11-25T10:00"],
            "--outage-began: '2026-11-25T10:00' has no offset; write it as 2026-12-31T10:00+05:30",
        ),
        (
            ["failover", "--outage-began", "2036-11-25T10:00Z"],
            "--outage-began: 2036-11-25T10:00Z is still to come",
        ),
        (
            ["failover", "--yes", "--despite", "luck"],
            "--despite: luck: there is no such check; backup, broker, ",
        ),
        (["record", "drill"], "there was no drill yet: s3://fleet-erp-dr-recovery-"),
    ],
)
def test_mistakes_are_one_line(
    here: World, arguments: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["recovery", *arguments]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith(line)
    assert here.journal_in_the_bucket("failover") is None


def test_aws_that_cannot_be_asked_is_one_line(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.aws.trouble.refused = frozenset({"s3.GetObject"})
    assert main(["recovery", "failover", "--yes"]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("AWS cannot be asked: An error occurred (AccessDenied)")


def test_half_done_is_shouted_until_it_is_over(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    here.up_failures = ["guard"] * 3
    assert main(["recovery", "failover", "--yes"]) == 1
    err = capsys.readouterr().err
    assert "IS HALF DONE: deploy: " in err
    assert err.endswith("repeat the command when the cause is mended; docs/runbooks/failover.md\n")
    assert main(["recovery", "status", "failover"]) == 1
    said = capsys.readouterr()
    assert "fleet-erp-dr-postgres is promoted: it follows production no longer" in said.out
    assert "is not over: repeat it" in said.err
    assert main(["recovery", "failover", "--yes"]) == 0
    capsys.readouterr()
    assert main(["recovery", "status", "failover", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["state"] == "completed"


def test_a_record_that_cannot_be_kept_hides_no_result(
    here: World, capsys: pytest.CaptureFixture[str]
) -> None:
    here.aws.trouble.refused = frozenset({"s3.ListObjectsV2", "cloudwatch.PutMetricData"})
    assert main(["recovery", "drill"]) == 0
    assert capsys.readouterr().out.startswith("drill ")


def commands(page: str) -> list[str]:
    """Give the commands of a page that are ours, those inside sentences too."""
    text = (ROOT / "docs" / "runbooks" / f"{page}.md").read_text(encoding="utf-8")
    return [each.strip() for each in re.findall(r"python -m ops recovery [^`\n]*", text)]


@pytest.mark.parametrize("page", PAGES)
def test_every_command_of_a_page_is_one(page: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = commands(page)
    assert found
    for line in found:
        words = shlex.split(line)[3:]
        assert main([*words, "--help"]) == 0, line
        help_text = capsys.readouterr().out
        for option in (word for word in words if word.startswith("--")):
            assert option in help_text, line


def test_the_pages_lead_through_a_failover(
    here: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of the page, in its order, as a tired person copies them."""
    ends: list[tuple[str, int]] = []
    for line in dict.fromkeys((*commands("region-loss"), *commands("failover"))):
        if line.endswith("--take-over"):
            continue
        types(monkeypatch, "ap-southeast-1\n")
        ends.append((" ".join(line.split()[4:6]), main(shlex.split(line)[3:])))
    assert [status for name, status in ends if name.startswith("failover --outage-began")] == [0]
    assert [status for name, status in ends if name == "record failover"] == [0]
    out = capsys.readouterr().out
    assert "# Failover of dr, 2026-11-25" in out
    assert "- Result: **passed** (completed)" in out


def test_the_pages_lead_through_a_drill(here: World, capsys: pytest.CaptureFixture[str]) -> None:
    statuses: dict[str, int] = {}
    for line in commands("drill"):
        statuses[line.removeprefix("python -m ops recovery ")] = main(shlex.split(line)[3:])
    assert statuses == {"check": 1, "drill": 0, "drill --take-over": 0, "record drill": 0}
    assert "# Drill of dr" in capsys.readouterr().out
    assert here.left_over == []
    assert re.search(r"(?m)^drill: ", (ROOT / "Makefile").read_text())


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_leads_to_is_there(page: str) -> None:
    folder = ROOT / "docs" / "runbooks"
    text = (folder / f"{page}.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)#]+\.md)", text):
        assert (folder / target).exists() or target == "failback.md", target
    readme = (folder / "README.md").read_text(encoding="utf-8")
    assert f"({page}.md)" in readme


def test_reasons_of_the_page_are_names_of_steps() -> None:
    """Who looks for the reason that was printed finds it in the table."""
    text = (ROOT / "docs" / "runbooks" / "failover.md").read_text(encoding="utf-8")
    table = text[text.index("## When it stops") : text.index("## After")]
    named = set(
        re.findall(
            r"`([a-z-]+)[`:]",
            "\n".join(line.split("|")[1] for line in table.splitlines() if line.startswith("| `")),
        )
    )
    steps: Any = {step.name for step in command.PLANS["failover"].steps}
    assert named <= steps
    assert steps - named <= {"declare", "smoke"}
