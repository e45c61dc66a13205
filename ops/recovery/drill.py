"""The rehearsal: a copy of the replica, in the recovery region, started and asked, and cleared away again.

Nothing of the standby is changed: the replica goes on following production, and no name leads to the copy.
The copy has passwords of its own, its pod a namespace of its own that reaches nothing but PostgreSQL.
"""

from __future__ import annotations

import json
import secrets
from typing import Any, Final

from botocore.exceptions import ClientError

from .aws import code_of
from .estate import RPO_SECONDS, Estate
from .failover import cluster_context, known
from .readiness import findings, newest_lag
from .rehearsal_pod import LOGIN_SECRET, NAMESPACE, POD, documents
from .situation import Situation, database, replica_of
from .steps import Plan, Step, StepFailedError

TAG: Final = "RecoveryDrill"
ROLE: Final = "operator"
"""May start pods in the drill's namespace, and become nothing that administers."""
NEEDED: Final = frozenset({"replica", "cluster", "images"})
"""Checks without which there is nothing to rehearse with; all others are figures of the drill."""
PASSWORD_BYTES: Final = 24


def copy_name(estate: Estate, run: str) -> str:
    """Name the copy and its snapshot."""
    return f"{estate.prefix}-drill-{run}"


def _name(situation: Situation) -> str:
    return copy_name(situation.estate, situation.entries.run)


def _nothing(_: Situation) -> None:
    return None


def _fine(_: Situation) -> str | None:
    return None


def _ready(situation: Situation) -> None:
    found = findings(situation, patient=True)
    bad = [f"{each.check}: {each.detail}" for each in found if each.status != "ready"]
    situation.entries.figures["checks_not_ready"] = len(bad)
    for text in bad:
        situation.decide("readiness", f"found {text}")
        situation.say(f"  warning: {text}")
    missing = [
        f"{each.check}: {each.detail}" for each in found if each.check in NEEDED and each.status == "missing"
    ]
    if missing:
        raise StepFailedError(f"nothing to rehearse with: {'; '.join(missing)}")
    situation.remember("readiness", "known")


def _measure(situation: Situation) -> None:
    """What a loss of the region at this moment would have lost."""
    lag = newest_lag(situation)
    if lag is None:
        raise StepFailedError("CloudWatch knows no lag: what would be lost is not known")
    lost = (situation.clock.now() - lag.last_transaction).total_seconds()
    situation.entries.figures["lag_seconds"] = round(lag.seconds, 1)
    situation.entries.figures["rpo_seconds"] = round(max(lag.seconds, 0.0))
    situation.entries.figures["measured_age_seconds"] = round(lost - lag.seconds)
    if lag.seconds > RPO_SECONDS:
        raise StepFailedError(f"{lag.seconds:.0f} s would be lost, more than {RPO_SECONDS}")


def _measured(situation: Situation) -> str | None:
    return None if "rpo_seconds" in situation.entries.figures else "the recovery point is not known"


def _tags(situation: Situation) -> list[dict[str, str]]:
    values = {
        "Application": "fleet-erp",
        "Environment": situation.estate.environment,
        "DataClassification": "restricted",
        TAG: situation.entries.run,
    }
    return [{"Key": key, "Value": value} for key, value in values.items()]


def _snapshot(situation: Situation) -> None:
    try:
        situation.aws.client("rds").create_db_snapshot(
            DBInstanceIdentifier=situation.estate.database,
            DBSnapshotIdentifier=_name(situation),
            Tags=_tags(situation),
        )
    except ClientError as error:
        if code_of(error) != "DBSnapshotAlreadyExists":
            raise


def _find_snapshot(situation: Situation) -> dict[str, Any] | None:
    try:
        answer = situation.aws.client("rds").describe_db_snapshots(DBSnapshotIdentifier=_name(situation))
    except ClientError as error:
        if code_of(error) in {"DBSnapshotNotFound", "DBSnapshotNotFoundFault"}:
            return None
        raise
    return answer["DBSnapshots"][0] if answer["DBSnapshots"] else None


def _snapshot_there(situation: Situation) -> str | None:
    found = _find_snapshot(situation)
    if found is None:
        return "there is no snapshot yet"
    if found["Status"] == "failed":
        raise StepFailedError(f"snapshot {_name(situation)} failed: events of the replica say why")
    return None if found["Status"] == "available" else f"the snapshot is {found['Status']}"


def _drop_snapshot(situation: Situation) -> str | None:
    found = _find_snapshot(situation)
    if found is None:
        return None
    if found["Status"] in {"available", "failed"}:
        situation.aws.client("rds").delete_db_snapshot(DBSnapshotIdentifier=_name(situation))
    return "the snapshot is there still"


def _restore(situation: Situation) -> None:
    """Restore beside the replica, into its subnets and its group: only the standby's nodes reach it."""
    replica = database(situation.aws, situation.estate.database)
    if replica is None:
        raise StepFailedError(f"there is no {situation.estate.database}")
    groups = [group["VpcSecurityGroupId"] for group in replica.get("VpcSecurityGroups", ())]
    try:
        situation.aws.client("rds").restore_db_instance_from_db_snapshot(
            DBInstanceIdentifier=_name(situation),
            DBSnapshotIdentifier=_name(situation),
            DBInstanceClass=replica["DBInstanceClass"],
            DBSubnetGroupName=replica["DBSubnetGroup"]["DBSubnetGroupName"],
            DBParameterGroupName=replica["DBParameterGroups"][0]["DBParameterGroupName"],
            VpcSecurityGroupIds=groups,
            PubliclyAccessible=False,
            MultiAZ=False,
            DeletionProtection=False,
            AutoMinorVersionUpgrade=False,
            CopyTagsToSnapshot=True,
            Tags=_tags(situation),
        )
    except ClientError as error:
        if code_of(error) != "DBInstanceAlreadyExists":
            raise


def _restored(situation: Situation) -> str | None:
    found = database(situation.aws, _name(situation))
    if found is None:
        return "there is no copy yet"
    if found["DBInstanceStatus"] != "available":
        return f"the copy is {found['DBInstanceStatus']}"
    wrong = []
    if found.get("PubliclyAccessible"):
        wrong.append("can be reached from the internet")
    if not found.get("StorageEncrypted"):
        wrong.append("is not encrypted")
    if wrong:
        raise StepFailedError(f"the copy {' and '.join(wrong)}")
    situation.remember("host", found["Endpoint"]["Address"])
    return None


def _drop_copy(situation: Situation) -> str | None:
    found = database(situation.aws, _name(situation))
    if found is None:
        return None
    if found["DBInstanceStatus"] != "deleting":
        situation.aws.client("rds").delete_db_instance(
            DBInstanceIdentifier=_name(situation), SkipFinalSnapshot=True, DeleteAutomatedBackups=True
        )
    return "the copy is there still"


def _start(situation: Situation) -> None:
    """Give the copy a password that opens nothing else, kept nowhere but in the pod's own secret."""
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    situation.aws.client("rds").modify_db_instance(
        DBInstanceIdentifier=_name(situation), MasterUserPassword=password, ApplyImmediately=True
    )
    kubectl = cluster_context(situation, ROLE)
    objects = documents(
        situation.estate, run=situation.entries.run, host=situation.recall("host") or "", password=password
    )
    # A pod cannot be changed: one of a run that broke off goes first.
    situation.must([*kubectl, "delete", "pod", POD, f"--namespace={NAMESPACE}", "--ignore-not-found"])
    situation.must([*kubectl, "apply", "--filename=-"], text=json.dumps(objects))


def _pod(situation: Situation) -> dict[str, Any] | None:
    kubectl = cluster_context(situation, ROLE)
    arguments = [
        *kubectl,
        "get",
        "pod",
        POD,
        f"--namespace={NAMESPACE}",
        "--ignore-not-found",
        "--output=json",
    ]
    output = situation.must(arguments)
    return json.loads(output) if output.strip() else None


def _started(situation: Situation) -> str | None:
    return None if _pod(situation) is not None else "there is no pod yet"


def _smoke(situation: Situation) -> str | None:
    """The pod is ready when the data was examined and Odoo answers on it (`rehearsal_pod`)."""
    pod = _pod(situation)
    if pod is None:
        raise StepFailedError(f"pod {POD} of namespace {NAMESPACE} is gone")
    status = pod.get("status", {})
    for container in (*status.get("initContainerStatuses", ()), *status.get("containerStatuses", ())):
        ended = container.get("state", {}).get("terminated") or container.get("lastState", {}).get(
            "terminated"
        )
        if ended and ended.get("exitCode") and container.get("restartCount", 0) > 2:  # noqa: PLR2004
            raise StepFailedError(
                f"{container['name']} of pod {POD} fails: {ended.get('message', 'its log says why')}"
            )
    ready = any(each["type"] == "Ready" and each["status"] == "True" for each in status.get("conditions", ()))
    if not ready:
        return f"pod {POD} is {status.get('phase', 'unknown')}"
    kubectl = cluster_context(situation, ROLE)
    said = situation.must(
        [*kubectl, "logs", POD, f"--namespace={NAMESPACE}", "--container=examine", "--tail=1"]
    )
    try:
        figures: Any = json.loads(said)
        situation.entries.figures["positions"] = int(figures["positions"])
        situation.entries.figures["users"] = int(figures["users"])
    except (ValueError, KeyError, TypeError):
        raise StepFailedError(f"the examination says no figures: {said.strip()[:200]}") from None
    return None


def _drop_pod(situation: Situation) -> str | None:
    kubectl = cluster_context(situation, ROLE)
    for kind, name in (("pod", POD), ("secret", LOGIN_SECRET)):
        situation.must([*kubectl, "delete", kind, name, f"--namespace={NAMESPACE}", "--ignore-not-found"])
    return None


def _undisturbed(situation: Situation) -> str | None:
    replica = database(situation.aws, situation.estate.database)
    if replica is None or not replica_of(replica):
        raise StepFailedError(f"{situation.estate.database} is no replica any more")
    return None


STEPS: Final[tuple[Step[Situation], ...]] = (
    Step(
        name="readiness",
        title="What does the recovery region lack?",
        precondition=_fine,
        action=_ready,
        verification=known("readiness"),
        timeout_seconds=900,
    ),
    Step(
        name="recovery-point",
        title="What would be lost if the region were lost now?",
        precondition=_fine,
        action=_measure,
        verification=_measured,
        timeout_seconds=600,
    ),
    Step(
        name="snapshot",
        title="Take a snapshot of the replica",
        precondition=_undisturbed,
        action=_snapshot,
        verification=_snapshot_there,
        undo=_drop_snapshot,
        undo_title="delete the snapshot",
        timeout_seconds=5400,
    ),
    Step(
        name="restore",
        title="Restore it beside the replica",
        precondition=_snapshot_there,
        action=_restore,
        verification=_restored,
        undo=_drop_copy,
        undo_title="delete the copy",
        timeout_seconds=7200,
    ),
    Step(
        name="workloads",
        title="Start Odoo on the copy, neutralised",
        precondition=_restored,
        action=_start,
        verification=_started,
        undo=_drop_pod,
        undo_title="delete the pod and its login",
        timeout_seconds=900,
    ),
    Step(
        name="smoke",
        title="Is the data sound, and does Odoo answer?",
        precondition=_fine,
        action=_nothing,
        verification=_smoke,
        timeout_seconds=3600,
    ),
    Step(
        name="undisturbed",
        title="Does the replica follow production as before?",
        precondition=_fine,
        action=_nothing,
        verification=_undisturbed,
        timeout_seconds=600,
    ),
)
SERVES_AFTER: Final = "smoke"
PLAN: Final = Plan(STEPS, undo_at_end=True)
