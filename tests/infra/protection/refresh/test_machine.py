"""The machine of the refresh, run by moto: whatever fails, nothing unmasked is shared or left."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from ops.refresh.machine import Machine, Names
from tests.conftest import EstateRenderer

from .world import REGION, World, aws, left, quickened, start, wait

MACHINE = "aws:sfn/stateMachine:StateMachine"
MASKED = "fleet-erp-prod-masked-manual-1"
SHARE = "Share the masked snapshot"
FOR_EVER = 1000


@pytest.fixture(scope="module")
def definitions(estate: EstateRenderer) -> dict[str, str]:
    """Production's definitions by logical name."""
    return {machine.name: machine.inputs["definition"] for machine in estate("prod").of_type(MACHINE)}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    with aws(monkeypatch) as made:
        yield made


def run(world: World, definition: str, *, waits: bool = False) -> dict[str, Any]:
    """Run the machine to its end; a failed run waits for nobody unless told to."""
    if not waits:
        world.faults["sqs.send_message"] = FOR_EVER
    return wait(start(quickened(definition), "manual-1"))


def test_shares_only_a_masked_snapshot_that_was_verified(world: World, definitions: dict[str, str]) -> None:
    ended = run(world, definitions["refresh"])
    assert ended["status"] == "SUCCEEDED", ended
    assert world.jobs() == ["close", "mask", "verify"]
    (shared,) = world.asked("modify_db_snapshot_attribute")
    assert shared["DbSnapshotIdentifier"] == MASKED
    assert shared["ValuesToAdd"] == ["222233334444", "333344445555"]
    actions = [request.action for request in world.requests]
    assert actions.index("modify_db_snapshot_attribute") > max(
        position for position, action in enumerate(actions) if action == "run_task"
    )
    assert left() == (set(), {MASKED})
    assert not boto3.client("secretsmanager", region_name=REGION).list_secrets()["SecretList"]


def test_encrypts_what_is_unmasked_and_what_is_shared_with_keys_apart(
    world: World, definitions: dict[str, str]
) -> None:
    run(world, definitions["refresh"])
    unmasked, shared = world.asked("copy_db_snapshot")
    assert unmasked["KmsKeyId"] != shared["KmsKeyId"]
    assert shared["TargetDBSnapshotIdentifier"] == MASKED
    tags = {tag["Key"]: tag["Value"] for tag in shared["Tags"]}
    assert tags["Purpose"] == "masked"
    for request in (
        *world.asked("create_db_snapshot"),
        unmasked,
        *world.asked("restore_db_instance_from_db_snapshot"),
    ):
        assert {tag["Key"]: tag["Value"] for tag in request["Tags"]}["Purpose"] == "quarantine"
    (restored,) = world.asked("restore_db_instance_from_db_snapshot")
    assert restored["PubliclyAccessible"] is False
    assert restored["ManageMasterUserPassword"] is True


@pytest.mark.requirement("SEC-09")
@pytest.mark.parametrize(
    "fault",
    [
        "rds.create_db_snapshot",
        "rds.copy_db_snapshot",
        "rds.describe_db_snapshots",
        "rds.restore_db_instance_from_db_snapshot",
        "secretsmanager.create_secret",
        "job.close",
        "job.mask",
        "job.verify",
        "rds.modify_db_snapshot_attribute",
    ],
)
def test_whatever_fails_is_cleaned_up_and_shares_nothing(
    world: World, definitions: dict[str, str], fault: str
) -> None:
    world.faults[fault] = 1 if fault == "rds.describe_db_snapshots" else FOR_EVER
    ended = run(world, definitions["refresh"])
    assert (ended["status"], ended["error"]) == ("FAILED", "Refresh.Failed")
    assert left() == (set(), set())
    assert not boto3.client("secretsmanager", region_name=REGION).list_secrets()["SecretList"]
    if fault != "rds.modify_db_snapshot_attribute":
        assert not world.asked("modify_db_snapshot_attribute")
    assert [message["Subject"] for message in world.asked("publish")] == ["Refresh failed"]


@pytest.mark.requirement("SEC-09")
@pytest.mark.parametrize(
    ("step", "code"), [("close", 2), ("mask", 1), ("mask", 137), ("mask", None), ("verify", 1), ("verify", 2)]
)
def test_a_job_that_does_not_say_it_is_well_shares_nothing(
    world: World, definitions: dict[str, str], step: str, code: int | None
) -> None:
    world.exit_codes[step] = code
    ended = run(world, definitions["refresh"])
    assert ended["status"] == "FAILED"
    assert world.jobs()[-1] == step
    assert not world.asked("modify_db_snapshot_attribute")
    assert [copy["TargetDBSnapshotIdentifier"] for copy in world.asked("copy_db_snapshot")] == [
        "fleet-erp-quarantine-prod-manual-1-copy"
    ]
    assert left() == (set(), set())


@pytest.mark.parametrize(
    "member",
    [
        {"PubliclyAccessible": True},
        {"KmsKeyId": "arn:aws:kms:ap-south-1:111122223333:key/another"},
        {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-open"}]},
        {"DBSubnetGroup": {"DBSubnetGroupName": "fleet-erp-prod"}},
        {"MasterUserSecret": {}},
    ],
    ids=lambda member: next(iter(member)),
)
def test_a_copy_that_is_not_closed_is_never_connected_to(
    world: World, definitions: dict[str, str], member: dict[str, Any]
) -> None:
    world.restored = member
    ended = run(world, definitions["refresh"])
    assert ended["status"] == "FAILED"
    assert world.jobs() == []
    assert left() == (set(), set())


def test_a_second_security_group_is_not_closed(world: World, definitions: dict[str, str]) -> None:
    world.restored = {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}, {"VpcSecurityGroupId": "sg-2"}]}
    run(world, definitions["refresh"])
    assert world.jobs() == []


def machine() -> Machine:
    """The CLI's view of the machine, in the account that moto gives."""
    account = boto3.client("sts", region_name=REGION).get_caller_identity()["Account"]
    return Machine(
        Names(environment="prod", account_id=account, region=REGION),
        states=boto3.client("stepfunctions", region_name=REGION),
        queues=boto3.client("sqs", region_name=REGION),
    )


def await_question(world: World, execution: str) -> None:
    wait(execution, until=lambda _: bool(world.asked("send_message")))


@pytest.mark.parametrize(
    "fault", ["rds.copy_db_snapshot", "rds.restore_db_instance_from_db_snapshot", "job.mask", "job.verify"]
)
def test_goes_on_where_it_failed(world: World, definitions: dict[str, str], fault: str) -> None:
    world.faults[fault] = 1
    execution = start(quickened(definitions["refresh"]), "manual-1")
    await_question(world, execution)
    machine().decide("manual-1", "resume")
    assert wait(execution)["status"] == "SUCCEEDED"
    made = [request["DbSnapshotIdentifier"] for request in world.asked("create_db_snapshot")]
    assert len(made) == len(set(made)) == 2, made
    restored = len(world.asked("restore_db_instance_from_db_snapshot"))
    assert restored == (2 if fault.startswith("rds.restore") else 1)
    assert left() == (set(), {MASKED})


def test_a_discarded_run_is_deleted_at_once(world: World, definitions: dict[str, str]) -> None:
    world.exit_codes["verify"] = 1
    execution = start(quickened(definitions["refresh"]), "manual-1")
    await_question(world, execution)
    instances, _ = left()
    assert instances == {"fleet-erp-quarantine-prod-manual-1"}, "it waits, closed"
    machine().decide("manual-1", "discard")
    assert wait(execution)["status"] == "FAILED"
    assert left() == (set(), set())


def test_says_when_something_is_left_and_deletes_the_rest(world: World, definitions: dict[str, str]) -> None:
    world.faults["rds.delete_db_instance"] = FOR_EVER
    ended = run(world, definitions["refresh"])
    assert (ended["status"], ended["error"]) == ("FAILED", "Refresh.LeftOver")
    assert [message["Subject"] for message in world.asked("publish")] == [
        "Refresh: production's data is left over"
    ]
    assert left() == ({"fleet-erp-quarantine-prod-manual-1"}, {MASKED})


def test_the_sweeper_deletes_what_a_stopped_run_left(world: World, definitions: dict[str, str]) -> None:
    world.exit_codes["verify"] = 1
    execution = start(quickened(definitions["refresh"]), "manual-1")
    await_question(world, execution)
    boto3.client("stepfunctions", region_name=REGION).stop_execution(executionArn=execution)
    sweep = start(
        quickened(definitions["refresh-sweep"]),
        "sweep-1",
        name="fleet-erp-prod-refresh-sweep",
        given=json.dumps({"run": "manual-1"}),
    )
    assert wait(sweep)["status"] == "SUCCEEDED"
    assert left() == (set(), set())
