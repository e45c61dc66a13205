"""Runbooks ask for nothing that the role which they name may not do, or that AWS does not know."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

import pytest

from tests.conftest import EstateRenderer

from .access import allows, listed
from .reading import ACCOUNTS, REGIONS, document
from .runbook import Command, Place, commands, metadata, requests, unknown_options

PAGES: Final = ("restore", "backups")
STACKS: Final = ("prod", "staging")
ROLE: Final = "fleet-erp-$ENV-restorer"
RECOVERY_REGION: Final = "ap-southeast-1"


def commands_of(repository: Path, page: str, stack: str) -> list[Command]:
    """The commands of a page for a stack; copies in the recovery region are production's alone."""
    text = (repository / "docs" / "runbooks" / f"{page}.md").read_text(encoding="utf-8")
    place = Place(environment=stack, account=ACCOUNTS[stack], region=REGIONS[stack])
    return [
        command for command in commands(text, place) if stack == "prod" or command.region != RECOVERY_REGION
    ]


def refused(policy: str, command: Command) -> list[str]:
    """What of a command a role may not do."""
    return [
        f"{command.text}: {request.action} on {request.resource}"
        for request in requests(command)
        if not allows(policy, request.action, request.resource, request.facts)
    ]


@pytest.mark.parametrize("page", PAGES)
def test_page_names_the_role(repository: Path, page: str) -> None:
    assert f"`{ROLE}`" in (repository / "docs" / "runbooks" / f"{page}.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(("page", "least"), [("restore", 18), ("backups", 5)])
def test_commands_are_found(repository: Path, page: str, least: int) -> None:
    text = (repository / "docs" / "runbooks" / f"{page}.md").read_text(encoding="utf-8")
    found = commands_of(repository, page, "prod")
    assert len(found) >= least
    # All but the one that becomes the role.
    assert len(found) == text.count("\naws ") + text.count("`aws ")


@pytest.mark.parametrize("page", PAGES)
def test_aws_knows_every_command_and_option(repository: Path, page: str) -> None:
    found = commands_of(repository, page, "prod")
    assert {command.text: unknown_options(command) for command in found if unknown_options(command)} == {}


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("page", PAGES)
def test_restorer_may_do_what_the_page_asks_for(
    estate: EstateRenderer, repository: Path, page: str, stack: str
) -> None:
    policy = document(estate(stack), "restorer")
    asked = [command for command in commands_of(repository, page, stack) if not command.break_glass]
    assert asked
    assert [line for command in asked for line in refused(policy, command)] == []


@pytest.mark.requirement("SEC-13")
def test_what_is_left_to_break_glass_is_beyond_the_restorer(estate: EstateRenderer, repository: Path) -> None:
    policy = document(estate("prod"), "restorer")
    left = [command for command in commands_of(repository, "restore", "prod") if command.break_glass]
    assert {command.name for command in left} == {
        "modify-db-instance",
        "list-object-versions",
        "delete-object",
        "copy-object",
        "restore-object",
    }
    assert [command.text for command in left if not refused(policy, command)] == []


def test_restorer_may_do_no_more_than_the_pages_ask_for(estate: EstateRenderer, repository: Path) -> None:
    """But for looking, which changes nothing, and what comes with a restore of RDS and its key."""
    asked = {
        request.action
        for page in PAGES
        for command in commands_of(repository, page, "prod")
        if not command.break_glass
        for request in requests(command)
    }
    allowed = {
        action
        for statement in json.loads(document(estate("prod"), "restorer"))["Statement"]
        for action in listed(statement["Action"])
    }
    looks = {action for action in allowed if action.split(":")[1].startswith(("Describe", "Get", "List"))}
    assert allowed - asked - looks == {"rds:AddTagsToResource", "kms:Decrypt", "kms:GenerateDataKey"} - looks


def test_a_right_that_is_missing_is_noticed(estate: EstateRenderer, repository: Path) -> None:
    policy = document(estate("prod"), "restorer")
    asked = [
        command
        for page in PAGES
        for command in commands_of(repository, page, "prod")
        if not command.break_glass
    ]
    for action in {request.action for command in asked for request in requests(command)}:
        less = json.loads(policy)
        for statement in less["Statement"]:
            statement["Action"] = [each for each in listed(statement["Action"]) if each != action]
        assert [line for command in asked for line in refused(json.dumps(less), command)], action


def test_restores_go_where_the_role_of_aws_backup_may_put_them(
    estate: EstateRenderer, repository: Path
) -> None:
    """Names of new instances are those that it may make; objects go back into their own bucket."""
    policy = document(estate("prod"), "backup-restore")
    found = commands_of(repository, "restore", "prod")
    targets = {
        command.arn("rds", f"db:{name}")
        for command in found
        if (name := command.options.get("target-db-instance-identifier"))
    }
    assert len(targets) == 2
    assert all(allows(policy, "rds:RestoreDBInstanceFromDBSnapshot", target) for target in targets)
    given = [metadata(command) for command in found if metadata(command)]
    assert {key for each in given for key in each} == {
        *("file-system-id", "newFileSystem", "Encrypted", "ItemsToRestore"),
        *("DestinationBucketName", "NewBucket", "EncryptionType", "RestoreTime"),
    }
    assert {each["NewBucket"] for each in given if "NewBucket" in each} == {"false"}
