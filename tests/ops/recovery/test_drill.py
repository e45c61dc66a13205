"""The drill: a copy is restored, started, asked and cleared away; the standby is not touched."""

from __future__ import annotations

import base64
import json
from typing import Any

import kubernetes_validate
import pytest

from ops.recovery import drill
from ops.recovery.estate import RTO_SECONDS
from ops.recovery.journal import LEASE_SECONDS, Journal
from ops.recovery.rehearsal_pod import NAMESPACE, documents
from ops.recovery.report import METRIC, last_drill, markdown, record_of, tell_last_drill
from ops.recovery.situation import Allowed

from .schedules import rehearse, schedule
from .simulated_aws import CrashError
from .standby import ESTATE
from .world import World

SEEDS = (5, 11)


@pytest.mark.requirement("DATA-08")
def test_a_drill_measures_and_clears_away(world: World) -> None:
    entries = world.work("drill")
    assert (entries.state, entries.reason) == ("completed", "")
    assert world.left_over == []
    assert (world.promoted, world.active, world.switched) == (False, False, False)
    record = record_of(entries, "dr", now=world.aws.clock.now())
    assert record.result == "passed"
    assert 0 < int(record.figures["rto_seconds"]) < RTO_SECONDS
    assert record.figures["rpo_seconds"] == 5
    assert record.figures["positions"] == 5_000_000
    assert "| restore | passed |" in markdown(record)


@pytest.mark.requirement("DATA-08")
def test_a_drill_that_is_too_slow_has_failed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four hours are the promise: a copy that is up later proves the opposite."""
    monkeypatch.setattr("ops.recovery.report.RTO_SECONDS", 60)
    record = record_of(world.work("drill"), "dr", now=world.aws.clock.now())
    assert record.result == "failed"
    assert "it took longer than" in str(record.details["reason"])


def test_more_loss_than_promised_fails_the_drill(world: World) -> None:
    world.aws.lag = lambda: 1000.0
    entries = world.work("drill")
    assert entries.state == "unchanged"
    assert entries.reason == "recovery-point: 1000 s would be lost, more than 900"
    assert record_of(entries, "dr", now=world.aws.clock.now()).result == "failed"


def test_a_copy_that_is_not_sound_fails_the_drill_and_goes(world: World) -> None:
    world.cluster.pod_is_broken = True
    entries = world.work("drill")
    assert entries.state == "unchanged"
    assert entries.reason == "smoke: examine of pod drill fails: tms: there are no users"
    assert world.left_over == []


def test_what_cannot_be_cleared_away_is_said_until_it_is(world: World) -> None:
    world.aws.trouble.refused = frozenset({"rds.DeleteDBInstance"})
    entries = world.work("drill")
    assert entries.state == "half-done"
    assert "not undone: delete the copy: AWS refused" in entries.reason
    assert world.left_over != []
    world.aws.trouble.refused = frozenset()
    assert world.work("drill").state == "completed"
    assert world.left_over == []


@pytest.mark.parametrize("moment", ["begun", "done"])
def test_a_crash_after_each_step_resumes(world: World, moment: str, monkeypatch: pytest.MonkeyPatch) -> None:
    died: set[str] = set()
    save = Journal.save

    def save_and_die(journal: Journal) -> None:
        save(journal)
        assert journal.entries is not None
        for step in journal.entries.steps:
            if step.state == moment and step.name not in died:
                died.add(step.name)
                world.aws.dead = True
                raise CrashError

    monkeypatch.setattr(Journal, "save", save_and_die)
    entries = None
    for _ in range(20):
        try:
            entries = world.work("drill")
            break
        except CrashError:
            world.aws.restart()
            world.aws.clock.sleep(LEASE_SECONDS + 1)
    assert entries is not None
    assert entries.state == "completed"
    assert died == {step.name for step in drill.STEPS}
    assert world.left_over == []


@pytest.mark.parametrize("seed", SEEDS)
def test_rehearsals_by_seed(world: World, seed: int) -> None:
    assert rehearse(world, schedule(seed)).entries.state in {"completed", "unchanged"}


def test_the_copy_lies_where_only_nodes_of_the_standby_reach_it(world: World) -> None:
    seen: list[dict[str, Any]] = []
    rds = world.aws.aws(ESTATE.region, doubtful=False).client("rds")

    def keep(params: dict[str, Any], **_: object) -> None:
        seen.append(params["body"])

    rds.meta.events.register("before-call.rds.RestoreDBInstanceFromDBSnapshot", keep)
    try:
        world.work("drill")
    finally:
        rds.meta.events.unregister("before-call.rds.RestoreDBInstanceFromDBSnapshot", keep)
    (asked,) = seen
    assert asked["PubliclyAccessible"] == "false"
    assert asked["DBSubnetGroupName"] == "fleet-erp-dr-postgres"
    assert asked["VpcSecurityGroupIds.VpcSecurityGroupId.1"] == "sg-0123456789abcdef0"
    assert asked["DBInstanceIdentifier"].startswith("fleet-erp-dr-drill-")


def test_the_password_of_the_copy_is_nowhere_but_in_its_secret(world: World) -> None:
    entries = world.work("drill")
    (secret,) = [each for each in world.cluster.applied["items"] if each["kind"] == "Secret"]
    password = base64.b64decode(secret["data"]["password"]).decode()
    assert len(password) >= 32
    assert password not in entries.model_dump_json()
    assert not any(password in line for line in world.said)
    pod = json.dumps([each for each in world.cluster.applied["items"] if each["kind"] != "Secret"])
    assert password not in pod


def test_the_pod_is_one_that_the_cluster_takes() -> None:
    """Valid for the cluster's version, under the restricted standard, with pinned images, in one place."""
    listed = documents(ESTATE, run="20261125t030000", host="copy.example.com", password="of nobody")
    for document in listed["items"]:
        kubernetes_validate.validate(document, "1.35", strict=True)
    kinds = {each["kind"]: each for each in listed["items"]}
    assert set(kinds) == {"Secret", "Pod"}
    spec = kinds["Pod"]["spec"]
    assert spec["automountServiceAccountToken"] is False
    for container in (*spec["initContainers"], *spec["containers"]):
        assert "@sha256:" in container["image"]
        assert container["securityContext"]["allowPrivilegeEscalation"] is False
        assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert [each["name"] for each in spec["initContainers"]] == ["examine", "neutralise"]
    assert all(each["metadata"]["namespace"] == NAMESPACE for each in listed["items"])


def test_the_last_drill_that_passed_is_told_to_cloudwatch(world: World) -> None:
    passed = record_of(world.work("drill"), "dr", now=world.aws.clock.now())
    world.aws.lag = lambda: 1000.0
    failed = record_of(world.work("drill"), "dr", now=world.aws.clock.now())
    told: list[dict[str, Any]] = []

    class Metrics:
        def put_metric_data(self, **arguments: Any) -> None:
            told.append(arguments)

    assert last_drill([passed, failed], "dr") == passed.finished_at
    assert last_drill([failed], "dr") is None
    assert last_drill([passed], "prod") is None
    tell_last_drill(None, "dr", Metrics())
    tell_last_drill(passed.finished_at, "dr", Metrics())
    ((datum,),) = [each["MetricData"] for each in told]
    assert (datum["MetricName"], datum["Value"]) == (METRIC, passed.finished_at.timestamp())
    assert world.situation("drill", Allowed()).estate.environment == "dr"
