"""The machine of the intake, run by moto: nothing is handed over that was not examined and accepted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from infra.naming import Naming
from infra.protection.intake.definition import definition
from infra.protection.intake.parts import Parts, machine_name
from infra.settings import IntakeSettings
from tests.infra.protection.refresh.world import (
    PRODUCTION,
    REGION,
    World,
    aws,
    left,
    quickened,
    start,
    wait,
)

GROUP = "sg-0123456789abcdef0"
KEY = "arn:aws:kms:ap-south-1:222233334444:key/own"
SHARED = "fleet-erp-prod-masked-manual-1"
TAKEN = "fleet-erp-staging-masked-manual-1"
CANDIDATE = "fleet-erp-staging-candidate-manual-1"
FOR_EVER = 1000
GIVEN = json.dumps({"run": "manual-1"})
STAGING = Naming(
    environment="staging",
    account_id="222233334444",
    region=REGION,
    owner="platform-team@example.com",
    cost_center="ERP-STAGING",
    schedule="mon-fri",
)


def document(*, storage_gib: int = 500) -> str:
    return quickened(
        json.dumps(
            definition(
                STAGING,
                IntakeSettings(
                    from_account_id="111122223333", instance_class="db.m5.large", deadline_hours=12
                ),
                Parts(
                    key_arn=KEY,
                    security_group_id=GROUP,
                    function_arn="arn:aws:lambda:ap-south-1:222233334444:function:refresh-acceptance",
                    topic_arn=f"arn:aws:sns:{REGION}:222233334444:fleet-erp-prod-alarms",
                ),
                odoo_database="tms",
                storage_gib=storage_gib,
            )
        )
    )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """A world in which production has shared a masked snapshot."""
    with aws(monkeypatch) as made:
        rds = boto3.client("rds", region_name=REGION)
        rds.create_db_snapshot(DBInstanceIdentifier=PRODUCTION, DBSnapshotIdentifier=SHARED)
        subnets = [
            entry["SubnetId"]
            for entry in boto3.client("ec2", region_name=REGION).describe_subnets()["Subnets"]
        ]
        rds.create_db_subnet_group(
            DBSubnetGroupName="fleet-erp-staging-postgres",
            DBSubnetGroupDescription="x",
            SubnetIds=subnets[:2],
        )
        rds.create_db_parameter_group(
            DBParameterGroupName="fleet-erp-staging-postgres16",
            DBParameterGroupFamily="postgres16",
            Description="x",
        )
        yield made


def run(world: World, *, storage_gib: int = 500, name: str = "take-1") -> dict[str, Any]:
    del world
    return wait(start(document(storage_gib=storage_gib), name, name=machine_name(STAGING), given=GIVEN))


def subjects(world: World) -> list[str]:
    return [message["Subject"] for message in world.asked("publish")]


def tags_of(snapshot: str) -> dict[str, str]:
    rds = boto3.client("rds", region_name=REGION)
    (found,) = rds.describe_db_snapshots(DBSnapshotIdentifier=snapshot)["DBSnapshots"]
    return {tag["Key"]: tag["Value"] for tag in found["TagList"]}


@pytest.mark.requirement("DATA-03")
def test_hands_over_a_snapshot_that_was_examined(world: World) -> None:
    ended = run(world)
    assert ended["status"] == "SUCCEEDED", ended
    (copied,) = world.asked("copy_db_snapshot")
    assert copied["SourceDBSnapshotIdentifier"] == f"arn:aws:rds:{REGION}:111122223333:snapshot:{SHARED}"
    assert (copied["TargetDBSnapshotIdentifier"], copied["KmsKeyId"]) == (TAKEN, KEY)
    (question,) = world.questions
    assert question == {
        "host": "copy.example.com",
        "odoo_database": "tms",
        "gps_database": "gps",
        "source_snapshot": "fleet-erp-quarantine-prod-manual-1-source",
    }
    assert left() == (set(), {SHARED, TAKEN})
    assert tags_of(TAKEN) | {"Purpose": "masked", "Accepted": "true", "Run": "manual-1"} == tags_of(TAKEN)
    (message,) = world.asked("publish")
    assert f"fleet-erp:database.snapshot {TAKEN} -s staging" in message["Message"]


def test_the_candidate_is_open_to_its_examiner_alone(world: World) -> None:
    run(world)
    (restored,) = world.asked("restore_db_instance_from_db_snapshot")
    assert restored["VpcSecurityGroupIds"] == [GROUP]
    assert restored["PubliclyAccessible"] is False
    assert restored["EnableIAMDatabaseAuthentication"] is True
    assert restored["DbInstanceIdentifier"] == CANDIDATE


@pytest.mark.requirement("SEC-09")
@pytest.mark.parametrize(
    "verdict",
    [
        {"passed": False, "summary": "patterns in tms: res_partner.comment holds phone"},
        {"passed": None, "summary": "nothing"},
        {"passed": "true", "summary": "a text is no verdict"},
    ],
)
def test_what_is_refused_is_deleted(world: World, verdict: dict[str, Any]) -> None:
    world.verdict = verdict
    ended = run(world)
    assert (ended["status"], ended["error"]) == ("FAILED", "Refresh.NotTaken")
    assert left() == (set(), {SHARED})
    (message,) = world.asked("publish")
    assert message["Subject"] == "staging: a masked snapshot was not taken"
    assert verdict["summary"] in message["Message"]


@pytest.mark.parametrize(
    "fault",
    [
        "rds.copy_db_snapshot",
        "rds.restore_db_instance_from_db_snapshot",
        "rds.describe_db_snapshots",
        "lambda.invoke",
        "rds.add_tags_to_resource",
    ],
)
def test_whatever_fails_takes_nothing_and_leaves_nothing(world: World, fault: str) -> None:
    world.faults[fault] = 1 if fault == "rds.describe_db_snapshots" else FOR_EVER
    ended = run(world)
    assert (ended["status"], ended["error"]) == ("FAILED", "Refresh.NotTaken")
    assert left() == (set(), {SHARED})
    assert subjects(world) == ["staging: a masked snapshot was not taken"]


@pytest.mark.parametrize(
    "member",
    [
        {"PubliclyAccessible": True},
        {"KmsKeyId": "arn:aws:kms:ap-south-1:111122223333:key/another"},
        {"VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-open"}]},
        {"VpcSecurityGroups": [{"VpcSecurityGroupId": GROUP}, {"VpcSecurityGroupId": "sg-2"}]},
        {"DBSubnetGroup": {"DBSubnetGroupName": "default"}},
    ],
)
def test_a_candidate_that_others_reach_is_never_examined(world: World, member: dict[str, Any]) -> None:
    world.restored = member
    assert run(world)["status"] == "FAILED"
    assert world.questions == []
    assert left() == (set(), {SHARED})


def test_says_when_the_snapshot_is_larger_than_the_database(world: World) -> None:
    run(world, storage_gib=19)
    assert not world.asked("restore_db_instance_from_db_snapshot")
    (message,) = world.asked("publish")
    assert "Refresh.TooLarge" in message["Message"]
    assert "database.storage_gib, 19 GiB" in message["Message"]


def test_a_run_that_is_started_again_makes_nothing_twice(world: World) -> None:
    world.faults["rds.delete_db_instance"] = FOR_EVER
    assert run(world)["error"] == "Refresh.LeftOver"
    assert left() == ({CANDIDATE}, {SHARED, TAKEN}), "accepted, but the candidate costs"
    world.faults.clear()
    assert run(world, name="take-2")["status"] == "SUCCEEDED"
    assert len(world.asked("copy_db_snapshot")) == 1
    assert len(world.asked("restore_db_instance_from_db_snapshot")) == 1
    assert left() == (set(), {SHARED, TAKEN})
