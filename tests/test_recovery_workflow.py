"""The workflow that rehearses the recovery: often enough, with few rights, by commands that there are."""

from __future__ import annotations

import re
import shlex
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from infra.naming import Kind, Naming
from infra.recovery.operator_role import PURPOSE
from ops.__main__ import app
from ops.recovery.estate import DRILL_DAYS
from tests.infra.settings.stack_files import estate_settings

FILE = Path(__file__).resolve().parents[1] / ".github" / "workflows" / "recovery-drill.yml"
HOURS = 4
"""How long a drill may take (RTO), and a session lasts."""


@pytest.fixture(scope="module")
def workflow() -> dict[str, Any]:
    """The file. YAML 1.1 reads its `on` as true."""
    document = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    document["on"] = document.pop(True)
    return document


def steps(workflow: dict[str, Any]) -> list[dict[str, Any]]:
    """Give the steps of the only job."""
    (job,) = workflow["jobs"].values()
    return job["steps"]


def days_of(cron: str, year: int) -> list[date]:
    """Give the days on which an expression of minutes, hours, days and months without steps is due."""
    _, _, days, months, weekdays = cron.split()
    assert weekdays == "*"
    return sorted(date(year, int(month), int(day)) for month in months.split(",") for day in days.split(","))


@pytest.mark.requirement("DATA-08")
def test_a_failed_drill_leaves_time_for_another_within_the_year(workflow: dict[str, Any]) -> None:
    (schedule,) = workflow["on"]["schedule"]
    due = [day for year in (2026, 2027, 2028) for day in days_of(schedule["cron"], year)]
    gaps = [(later - earlier).days for earlier, later in pairwise(due)]
    assert max(gaps) * 2 < DRILL_DAYS
    assert "workflow_dispatch" in workflow["on"]


def test_nobody_else_decides_what_runs_and_nothing_may_be_written(workflow: dict[str, Any]) -> None:
    text = FILE.read_text(encoding="utf-8")
    used = re.findall(r"uses: (\S+)(?: # (\S+))?", text)
    assert used
    for action, version in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40}", action), action
        assert re.fullmatch(r"v\d+\.\d+\.\d+", version), action
    assert workflow["permissions"] == {}
    (job,) = workflow["jobs"].values()
    assert job["permissions"] == {"contents": "read", "id-token": "write"}
    assert steps(workflow)[0]["with"] == {"persist-credentials": False}
    # Whatever GitHub puts into a script could be a script: values come as variables.
    assert not any("${{" in step.get("run", "") for step in steps(workflow))


def test_it_becomes_the_roles_of_the_program_and_lasts_as_long_as_a_drill(workflow: dict[str, Any]) -> None:
    settings = estate_settings("dr")
    naming = Naming(
        environment="dr",
        account_id=settings.environment.account_id,
        region=settings.environment.region,
        owner=settings.environment.owner,
        cost_center=settings.environment.cost_center,
        schedule="",
    )
    role = naming.name(Kind.ROLE, PURPOSE)
    (operator,) = [step for step in steps(workflow) if step.get("with", {}).get("aws-profile")]
    assert operator["with"]["role-to-assume"].endswith(f":role/{settings.cluster.operator_role}")
    assert operator["with"]["role-duration-seconds"] == HOURS * 3600
    assert operator["with"]["aws-region"] == settings.environment.region
    assert any(f":role/{role}" in step.get("run", "") for step in steps(workflow))
    (job,) = workflow["jobs"].values()
    assert job["timeout-minutes"] > HOURS * 60
    assert workflow["concurrency"]["cancel-in-progress"] is False


def test_its_commands_are_there(workflow: dict[str, Any]) -> None:
    commands = [
        shlex.split(line.partition(">>")[0])
        for step in steps(workflow)
        for line in step.get("run", "").splitlines()
        if line.startswith("python -m ops ")
    ]
    assert [command[3:] for command in commands] == [
        ["recovery", "check"],
        ["recovery", "drill"],
        ["recovery", "record", "drill"],
    ]
    for command in commands:
        done = CliRunner().invoke(app, [*command[3:5], "--help"])
        assert done.exit_code == 0, done.output
