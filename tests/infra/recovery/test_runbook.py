"""The page for the way home: its settings, typed one after another, give the states that are proven."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from preview.__main__ import main
from tests.infra.settings.stack_files import ROOT, areas_of, mistakes

from .states import (
    AT_HOME_AGAIN,
    AT_REST,
    AWAY,
    FILES_ENDED,
    FOLLOWING,
    FOLLOWING_WITH_FILES,
    HANDING_OVER,
    HOME_AGAIN,
    RELEASED,
)

PAGE = (ROOT / "docs" / "runbooks" / "failback.md").read_text(encoding="utf-8")
SET = re.compile(r"^pulumi config set -s (\S+) --path fleet-erp:(\S+) (.+)$")
REMOVE = re.compile(r"^pulumi config rm -s (\S+) --path fleet-erp:(\S+)$")
DEPLOY = re.compile(r"^python -m delivery up (\S+)$")
PEER = "recovery.peer_filestore_id"

EXPECTED = [
    FOLLOWING,
    FOLLOWING_WITH_FILES,
    HANDING_OVER,
    FILES_ENDED,
    HOME_AGAIN,
    RELEASED,
    AT_REST,
    AT_HOME_AGAIN,
]
"""What is deployed, in the order of the page."""


def commands(page: str) -> Iterator[str]:
    """Every command of the page, in its order."""
    for block in re.findall(r"^ *```\n(.*?)^ *```", page, re.DOTALL | re.MULTILINE):
        yield from (line.strip() for line in block.splitlines())


def described(stack: str, settings: dict[str, str]) -> str:
    """Name a state as `states.py` does: what differs from the stack file, in the same order."""
    order = ("recovery.role", "recovery.active", "database.made_as", "recovery.handover", PEER)
    differing = {key: value for key, value in settings.items() if value}
    return " ".join([stack, *(f"{key}={differing[key]}" for key in order if key in differing)])


def test_the_page_deploys_the_states_that_are_proven() -> None:
    # What a stack file says already is no difference; the way begins while the standby serves.
    assert AWAY == "dr recovery.active=true"
    settings: dict[str, dict[str, str]] = {"prod": {}, "dr": {"recovery.active": "true"}}
    plain = {("prod", "recovery.role"): "primary", ("dr", "recovery.active"): "false"}
    deployed = []
    for command in commands(PAGE):
        if matched := SET.fullmatch(command):
            stack, key, value = matched.groups()
            same = plain.get((stack, key)) == value or (
                key == PEER and value.startswith("$(pulumi stack output -s dr")
            )
            settings[stack][key] = "" if same else value
        elif matched := REMOVE.fullmatch(command):
            stack, key = matched.groups()
            settings[stack][key] = "null" if key == PEER else ""
        elif matched := DEPLOY.fullmatch(command):
            deployed.append(described(matched[1], settings[matched[1]]))
    assert deployed == EXPECTED


def test_every_command_that_changes_settings_is_understood() -> None:
    changing = [
        command for command in commands(PAGE) if command.startswith(("pulumi config", "python -m delivery"))
    ]
    assert len(changing) == 19
    assert all(SET.fullmatch(each) or REMOVE.fullmatch(each) or DEPLOY.fullmatch(each) for each in changing)


def test_the_difference_that_the_page_shows_first_is_the_first_deployment(
    capsys: pytest.CaptureFixture[str],
) -> None:
    (command,) = [each for each in commands(PAGE) if each.startswith("python -m preview diff prod --set")]
    assert main(command.split(" ")[3:]) == 1
    page = capsys.readouterr().out
    assert "± replace postgres (aws:rds/instance:Instance)  HOLDS DATA" in page
    assert set(re.findall(r"--set (\S+)", command)) == set(FOLLOWING.split(" ")[1:])


def test_steps_are_numbered_without_a_gap() -> None:
    numbers = [int(number) for number in re.findall(r"^(\d+)\. ", PAGE, re.MULTILINE)]
    assert numbers == list(range(1, len(numbers) + 1))


def test_names_in_commands_are_those_of_the_estate() -> None:
    for name in set(re.findall(r"fleet-erp-(?:prod|dr)-postgres\b", PAGE)):
        stack = name.split("-")[2]
        assert areas_of(stack)["environment"]["name"] == stack
    regions = {areas_of(stack)["environment"]["region"] for stack in ("prod", "dr")}
    assert set(re.findall(r"--region (\S+)", PAGE)) == regions
    assert mistakes(areas_of("prod"), "prod") == []


def test_pages_that_it_leads_to_exist() -> None:
    for target in re.findall(r"\]\(([^)#]+)", PAGE):
        assert (ROOT / "docs" / "runbooks" / Path(target)).resolve().is_file(), target
