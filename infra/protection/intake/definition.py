"""The state machine of an intake, as a definition of Amazon States Language.

    copy the shared snapshot with the environment's own key → is it ours, and does it fit?
    → restore a candidate that only its examiner can reach → is it closed? → examine it → accepted?
    → mark the snapshot as accepted → delete the candidate → tell people

The declared database is never touched: which snapshot it is made from is a setting (see
docs/decisions/intake.md). Whatever fails leads to one place: the candidate goes, the snapshot that was not
accepted goes, people are told. Every step looks first what is there, so a run that is started again does only
what is left.
"""

from __future__ import annotations

from typing import Any, Final

from ...data.database_parameters import FAMILY
from ...naming import PARTITION, Kind, Naming
from ...settings import IntakeSettings
from ...workloads.jobs.users import GPS_DATABASE
from ..refresh.cleaning import LEFT_PATH, NAMES_PATH, delete_instance, delete_snapshot, noting
from ..refresh.parts import MASKED, PURPOSE_TAG, RUN_TAG, masked, quarantined
from ..refresh.states import (
    FAILURE_PATH,
    HOUR,
    INSTANCE,
    LOOKED_PATH,
    PUBLISH,
    SNAPSHOT,
    State,
    States,
    choice,
    computed,
    ensure,
    every,
    failure,
    present,
    remove,
    sdk,
    task,
    text_is,
    value,
)
from .parts import ACCEPTED, ACCEPTED_TAG, CANDIDATE, Parts, candidate, taken

BEGIN: Final = "Begin"
COPY: Final = "Copy with this environment's key"
FITS: Final = "Is it ours, and does it fit?"
RESTORE: Final = "Restore a candidate"
CLOSED: Final = "Is it closed?"
EXAMINE: Final = "Have it examined"
VERDICT: Final = "Is it accepted?"
MARK: Final = "Mark it as accepted"
CLEAN: Final = "Clean up"
END: Final = "How did it end?"
RUNBOOK: Final = "docs/runbooks/refresh.md"

INVOKE: Final = "arn:aws:states:::lambda:invoke"
COPY_MINUTES: Final = 360
RESTORE_MINUTES: Final = 240
DELETE_MINUTES: Final = 120
EXAMINE_SECONDS: Final = 900
"""The longest that AWS Lambda lets a function run."""
ACCEPTED_PATH: Final = "$.accepted"


def definition(
    naming: Naming,
    settings: IntakeSettings,
    parts: Parts,
    *,
    odoo_database: str,
    storage_gib: int,
) -> dict[str, Any]:
    """Give the definition of the machine. `storage_gib` is what the declared database has."""
    states: States = {BEGIN: _names(naming, settings)}
    states |= _copy(parts)
    states[FITS] = _fits(parts, storage_gib)
    states["It does not fit"] = failure(
        "Refresh.TooLarge",
        f"the snapshot is larger than database.storage_gib, {storage_gib} GiB, and no volume shrinks",
        then=CLEAN,
    )
    states["It is not ours"] = failure(
        "Refresh.NotOurs", "the copy is not encrypted with the key of this environment", then=CLEAN
    )
    states |= _restore(naming, settings, parts)
    states[CLOSED] = _is_closed(naming, parts)
    states["It is not closed"] = failure(
        "Refresh.NotClosed", "others than its examiner could reach the candidate", then=CLEAN
    )
    states[EXAMINE] = task(
        INVOKE,
        {
            "FunctionName": parts.function_arn,
            "Payload": {
                "host.$": f"{LOOKED_PATH}.DbInstances[0].Endpoint.Address",
                "odoo_database": odoo_database,
                "gps_database": GPS_DATABASE,
                "source_snapshot.$": f"{NAMES_PATH}.marked",
            },
        },
        result_path="$.verdict",
        result_selector={"passed.$": "$.Payload.passed", "summary.$": "$.Payload.summary"},
        timeout_seconds=EXAMINE_SECONDS,
        then=VERDICT,
        on_failure=CLEAN,
    )
    states[VERDICT] = choice(
        [(every(present("$.verdict.passed"), {"Variable": "$.verdict.passed", "BooleanEquals": True}), MARK)],
        otherwise="It is refused",
    )
    states["It is refused"] = computed(
        {"Error": "Refresh.Refused", "Cause.$": "$.verdict.summary"}, path=FAILURE_PATH, then=CLEAN
    )
    states[MARK] = task(
        sdk("rds:addTagsToResource"),
        {
            "ResourceName.$": f"{NAMES_PATH}.copy_arn",
            "Tags": [{"Key": ACCEPTED_TAG, "Value": ACCEPTED}],
        },
        then="It is accepted",
        on_failure=CLEAN,
    )
    states["It is accepted"] = value("accepted", path=ACCEPTED_PATH, then=CLEAN)
    states |= _cleaning()
    states |= _endings(naming, parts)
    return {
        "Comment": f"Takes masked snapshots of production into {naming.environment}. Runbook: {RUNBOOK}",
        "StartAt": BEGIN,
        "TimeoutSeconds": settings.deadline_hours * HOUR,
        "States": states,
    }


def source_arn(naming: Naming, settings: IntakeSettings, run: str) -> str:
    """Compose the ARN of production's masked snapshot of a run."""
    production = production_of(naming, settings)
    return (
        f"arn:{PARTITION}:rds:{production.region}:{production.account_id}:snapshot:{masked(production, run)}"
    )


def production_of(naming: Naming, settings: IntakeSettings) -> Naming:
    """Give the names of production, from which snapshots come."""
    return naming.peer(environment="prod", account_id=settings.from_account_id, region=naming.region)


def _names(naming: Naming, settings: IntakeSettings) -> State:
    def named(text: str) -> str:
        return f"States.Format('{text}', $.run)"

    production = production_of(naming, settings)
    return computed(
        {
            "names": {
                "run.$": "$.run",
                "source.$": named(source_arn(naming, settings, "{}")),
                "copy.$": named(taken(naming, "{}")),
                "copy_arn.$": named(naming.arn("rds", f"snapshot:{taken(naming, '{}')}")),
                "instance.$": named(candidate(naming, "{}")),
                # With this masking marked each database (`source.$` of production's machine).
                "marked.$": named(f"{quarantined(production, '{}')}-source"),
            }
        },
        path="$",
        then=COPY,
    )


def _tags(purpose: str) -> list[dict[str, str]]:
    return [
        {"Key": PURPOSE_TAG, "Value": purpose},
        {"Key": RUN_TAG, "Value.$": f"{NAMES_PATH}.run"},
        {"Key": "DataClassification", "Value": "restricted"},
    ]


def _copy(parts: Parts) -> States:
    _, states = ensure(
        COPY,
        SNAPSHOT,
        f"{NAMES_PATH}.copy",
        task(
            sdk("rds:copyDBSnapshot"),
            {
                "SourceDBSnapshotIdentifier.$": f"{NAMES_PATH}.source",
                "TargetDBSnapshotIdentifier.$": f"{NAMES_PATH}.copy",
                "KmsKeyId": parts.key_arn,
                "CopyTags": False,
                "Tags": _tags(MASKED),
            },
            then="",
            on_failure=CLEAN,
            expected_errors={"Rds.DbSnapshotAlreadyExistsException": f"{COPY}: wait"},
        ),
        then=FITS,
        on_failure=CLEAN,
        minutes=COPY_MINUTES,
    )
    return states


def _fits(parts: Parts, storage_gib: int) -> State:
    copied = f"{LOOKED_PATH}.DbSnapshots[0]"
    size = f"{copied}.AllocatedStorage"
    ours = every(
        present(f"{copied}.KmsKeyId"),
        text_is(f"{copied}.KmsKeyId", parts.key_arn),
        present(size),
        {"Variable": size, "NumericLessThanEquals": storage_gib},
    )
    larger = every(present(size), {"Variable": size, "NumericGreaterThan": storage_gib})
    return choice([(ours, RESTORE), (larger, "It does not fit")], otherwise="It is not ours")


def _restore(naming: Naming, settings: IntakeSettings, parts: Parts) -> States:
    _, states = ensure(
        RESTORE,
        INSTANCE,
        f"{NAMES_PATH}.instance",
        task(
            sdk("rds:restoreDBInstanceFromDBSnapshot"),
            {
                "DbInstanceIdentifier.$": f"{NAMES_PATH}.instance",
                "DbSnapshotIdentifier.$": f"{NAMES_PATH}.copy",
                "DbInstanceClass": settings.instance_class,
                "DbSubnetGroupName": _subnet_group(naming),
                "DbParameterGroupName": naming.name(Kind.PARAMETER_GROUP, FAMILY),
                "VpcSecurityGroupIds": [parts.security_group_id],
                "MultiAZ": False,
                "PubliclyAccessible": False,
                "AutoMinorVersionUpgrade": False,
                "CopyTagsToSnapshot": False,
                "DeletionProtection": False,
                # The examiner has no password: none is known here.
                "EnableIAMDatabaseAuthentication": True,
                "Tags": _tags(CANDIDATE),
            },
            then="",
            on_failure=CLEAN,
            expected_errors={"Rds.DbInstanceAlreadyExistsException": f"{RESTORE}: wait"},
        ),
        then=CLOSED,
        on_failure=CLEAN,
        minutes=RESTORE_MINUTES,
    )
    return states


def _subnet_group(naming: Naming) -> str:
    return naming.name(Kind.SUBNET_GROUP, "postgres")


def _is_closed(naming: Naming, parts: Parts) -> State:
    """Ask what RDS made, not what it was asked for."""
    restored = f"{LOOKED_PATH}.DbInstances[0]"
    return choice(
        [
            (
                every(
                    present(f"{restored}.Endpoint.Address"),
                    present(f"{restored}.PubliclyAccessible"),
                    {"Variable": f"{restored}.PubliclyAccessible", "BooleanEquals": False},
                    text_is(f"{restored}.DbSubnetGroup.DbSubnetGroupName", _subnet_group(naming)),
                    text_is(f"{restored}.KmsKeyId", parts.key_arn),
                    text_is(f"{restored}.VpcSecurityGroups[0].VpcSecurityGroupId", parts.security_group_id),
                    present(f"{restored}.VpcSecurityGroups[1]", is_present=False),
                ),
                EXAMINE,
            )
        ],
        otherwise="It is not closed",
    )


def _cleaning() -> States:
    """Delete the candidate, and the snapshot too unless it was accepted."""
    instance, snapshot = "Delete the candidate", "Delete the copied snapshot"
    states: States = {CLEAN: value("started", path="$.cleaning", then=instance)}
    for what, kind, path, deletion, then in (
        (instance, INSTANCE, f"{NAMES_PATH}.instance", delete_instance(), "Was it accepted?"),
        (snapshot, SNAPSHOT, f"{NAMES_PATH}.copy", delete_snapshot(f"{NAMES_PATH}.copy"), END),
    ):
        note = f"{what}: note"
        _, removal = remove(what, kind, path, deletion, then=then, on_failure=note, minutes=DELETE_MINUTES)
        states |= noting(removal, note)
        states[note] = value(what, path=LEFT_PATH, then=then)
    states["Was it accepted?"] = choice([(present(ACCEPTED_PATH), END)], otherwise=snapshot)
    return states


def _endings(naming: Naming, parts: Parts) -> States:
    environment = naming.environment

    def tell(subject: str, message: str, *, then: str) -> State:
        return task(
            PUBLISH,
            {"TopicArn": parts.topic_arn, "Subject": subject, "Message.$": message},
            then=then,
            # Whether or not somebody hears it.
            on_failure=then,
        ) | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": then, "ResultPath": None}]}

    return {
        END: choice(
            [
                (present(FAILURE_PATH), "Tell that nothing was taken"),
                (present(LEFT_PATH), "Tell what is left"),
            ],
            otherwise="Hand it over",
        ),
        "Hand it over": tell(
            f"{environment}: a masked snapshot was accepted",
            f"States.Format('{{}} was examined and accepted. {environment} takes it with: pulumi config set"
            f" --path fleet-erp:database.snapshot {{}} -s {environment}; then pulumi up -s {environment}."
            f" Runbook: {RUNBOOK}', {NAMES_PATH}.copy, {NAMES_PATH}.copy)",
            then="Taken",
        ),
        "Taken": {"Type": "Succeed"},
        "Tell that nothing was taken": tell(
            f"{environment}: a masked snapshot was not taken",
            f"States.Format('Run {{}}: {{}}: {{}}. {environment} keeps the data it has. Runbook: {RUNBOOK}',"
            f" {NAMES_PATH}.run, {FAILURE_PATH}.Error, {FAILURE_PATH}.Cause)",
            then="Not taken",
        ),
        "Not taken": {"Type": "Fail", "Error": "Refresh.NotTaken", "Cause": f"see {RUNBOOK}"},
        "Tell what is left": tell(
            f"{environment}: a candidate is left over",
            f"States.Format('{{}} of run {{}} failed: it costs until it is deleted. Runbook: {RUNBOOK}',"
            f" {LEFT_PATH}, {NAMES_PATH}.run)",
            then="Left over",
        ),
        "Left over": {"Type": "Fail", "Error": "Refresh.LeftOver", "Cause": f"see {RUNBOOK}"},
    }
