"""The state machine of a refresh, as a definition of Amazon States Language.

    snapshot production → copy it with the key of the quarantine → restore it there → is it closed?
    → close the logins → neutralise and mask → verify → proven?
    → snapshot → copy with the key of masked snapshots → share → delete everything unmasked

Whatever fails leads to one place: people are told, the run waits for one of them, closed as it is, and then
goes on from the beginning (every step looks first what is there) or deletes everything. Nobody comes: it
deletes everything.
"""

from __future__ import annotations

from typing import Any, Final

from ...naming import Naming
from ...settings import RefreshSettings
from .cleaning import CLEAN, NAMES_PATH, SHARED_PATH, cleaning_states, names_state
from .endings import ending_states, failed_states
from .masking_steps import is_closed, job, key_place, passed, tags
from .parts import MASKED, QUARANTINE, Parts
from .states import (
    FAILED,
    HOUR,
    INSTANCE,
    SNAPSHOT,
    Resource,
    State,
    States,
    ensure,
    failure,
    sdk,
    task,
    value,
)

BEGIN: Final = "Begin"
PROVEN: Final = "Is it proven?"
SHARE: Final = "Share the masked snapshot"

SNAPSHOT_MINUTES: Final = 360
RESTORE_MINUTES: Final = 240
EXISTS: Final = "Rds.DbSnapshotAlreadyExistsException"


def definition(naming: Naming, settings: RefreshSettings, parts: Parts) -> dict[str, Any]:
    """Give the definition of the machine that refreshes."""
    states: States = {BEGIN: names_state(naming, "$$.Execution.Name", then="Snapshot production")}
    states |= _source(naming, then="Copy with the key of the quarantine", parts=parts)
    states |= _restore(naming, settings, parts, then="Is it closed?")
    states["Is it closed?"] = is_closed(parts, then="Make a place for the masking key")
    states["It is not closed"] = failure(
        "Refresh.NotClosed", "the copy of production is not closed in its quarantine", then=FAILED
    )
    states["Make a place for the masking key"] = key_place(parts, then="Close the logins")
    for name, step, following in (
        ("Close the logins", "close", "Neutralise and mask"),
        ("Neutralise and mask", "mask", "Verify"),
        ("Verify", "verify", PROVEN),
    ):
        states[name] = job(step, settings, parts, then=following if step == "verify" else f"{name}: passed?")
        if step != "verify":
            states[f"{name}: passed?"] = passed(then=following)
    states[PROVEN] = passed(then="Snapshot the masked database")
    states["A job failed"] = failure(
        "Refresh.JobFailed", "the job ended with another status than 0; its log says why", then=FAILED
    )
    states |= _masked(settings, parts, then=SHARE)
    states[SHARE] = task(
        sdk("rds:modifyDBSnapshotAttribute"),
        {
            "DbSnapshotIdentifier.$": f"{NAMES_PATH}.masked",
            "AttributeName": "restore",
            "ValuesToAdd": [target.account_id for target in settings.targets],
        },
        result_path=None,
        then="It is shared",
        on_failure=FAILED,
    )
    states["It is shared"] = value("shared", path=SHARED_PATH, then=CLEAN)
    states |= failed_states(settings, parts, again=BEGIN)
    states |= cleaning_states(then="How did it end?")
    states |= ending_states(parts)
    return {
        "Comment": "Masked copy of production for environments outside it. Runbook: docs/runbooks/refresh.md",
        "StartAt": BEGIN,
        "TimeoutSeconds": settings.deadline_hours * HOUR,
        "States": states,
    }


def sweeping_definition(naming: Naming, parts: Parts) -> dict[str, Any]:
    """Give the definition of the machine that deletes what a refresh left that could not do so itself.

    A run that is stopped by hand or by its deadline has no last step. The masked snapshot is left alone: it
    exists only after the verification.
    """
    states: States = {BEGIN: names_state(naming, "$.run", then="Leave what is masked")}
    states["Leave what is masked"] = value("unknown", path=SHARED_PATH, then=CLEAN)
    states |= cleaning_states(then="How did it end?")
    states |= ending_states(parts)
    return {
        "Comment": "Deletes what a stopped refresh left behind. Runbook: docs/runbooks/refresh.md",
        "StartAt": BEGIN,
        "TimeoutSeconds": 24 * HOUR,
        "States": states,
    }


def _snapshot(
    what: str,
    name: str,
    make: State,
    *,
    then: str,
    kind: Resource = SNAPSHOT,
    minutes: int = SNAPSHOT_MINUTES,
) -> States:
    _, states = ensure(
        what, kind, f"{NAMES_PATH}.{name}", make, then=then, on_failure=FAILED, minutes=minutes
    )
    return states


def _source(naming: Naming, *, then: str, parts: Parts) -> States:
    first = _snapshot(
        "Snapshot production",
        "source",
        task(
            sdk("rds:createDBSnapshot"),
            {
                "DbInstanceIdentifier": naming.database,
                "DbSnapshotIdentifier.$": f"{NAMES_PATH}.source",
                "Tags": tags(QUARANTINE),
            },
            then="",
            on_failure=FAILED,
            expected_errors={EXISTS: "Snapshot production: wait"},
        ),
        then=then,
    )
    return first | _snapshot(
        then,
        "copy",
        _copy("source", "copy", parts.quarantine_key_arn, QUARANTINE, f"{then}: wait"),
        then="Restore into the quarantine",
    )


def _copy(source: str, target: str, key_arn: object, purpose: str, wait: str) -> State:
    return task(
        sdk("rds:copyDBSnapshot"),
        {
            "SourceDBSnapshotIdentifier.$": f"{NAMES_PATH}.{source}",
            "TargetDBSnapshotIdentifier.$": f"{NAMES_PATH}.{target}",
            "KmsKeyId": key_arn,
            "CopyTags": False,
            "Tags": tags(purpose),
        },
        then="",
        on_failure=FAILED,
        expected_errors={EXISTS: wait},
    )


def _restore(naming: Naming, settings: RefreshSettings, parts: Parts, *, then: str) -> States:
    del naming
    what = "Restore into the quarantine"
    return _snapshot(
        what,
        "instance",
        task(
            sdk("rds:restoreDBInstanceFromDBSnapshot"),
            {
                "DbInstanceIdentifier.$": f"{NAMES_PATH}.instance",
                "DbSnapshotIdentifier.$": f"{NAMES_PATH}.copy",
                "DbInstanceClass": settings.quarantine.instance_class,
                "DbSubnetGroupName": parts.subnet_group,
                "DbParameterGroupName": parts.parameter_group,
                "VpcSecurityGroupIds": [parts.database_security_group_id],
                "AvailabilityZone": parts.availability_zone,
                "MultiAZ": False,
                "PubliclyAccessible": False,
                "AutoMinorVersionUpgrade": False,
                "CopyTagsToSnapshot": False,
                "DeletionProtection": False,
                # A password that nobody knows: production's would open the copy too.
                "ManageMasterUserPassword": True,
                "MasterUserSecretKmsKeyId": parts.quarantine_key_arn,
                "Tags": tags(QUARANTINE),
            },
            then="",
            on_failure=FAILED,
            expected_errors={"Rds.DbInstanceAlreadyExistsException": f"{what}: wait"},
        ),
        then=then,
        kind=INSTANCE,
        minutes=RESTORE_MINUTES,
    )


def _masked(settings: RefreshSettings, parts: Parts, *, then: str) -> States:
    del settings
    what = "Snapshot the masked database"
    encrypt = "Copy with the key of masked snapshots"
    draft = _snapshot(
        what,
        "draft",
        task(
            sdk("rds:createDBSnapshot"),
            {
                "DbInstanceIdentifier.$": f"{NAMES_PATH}.instance",
                "DbSnapshotIdentifier.$": f"{NAMES_PATH}.draft",
                "Tags": tags(QUARANTINE),
            },
            then="",
            on_failure=FAILED,
            expected_errors={EXISTS: f"{what}: wait"},
        ),
        then=encrypt,
    )
    return draft | _snapshot(
        encrypt,
        "masked",
        _copy("draft", "masked", parts.masked_key_arn, MASKED, f"{encrypt}: wait"),
        then=then,
    )
