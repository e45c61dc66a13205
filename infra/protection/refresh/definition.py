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
from .cleaning import CLEAN, LEFT_PATH, NAMES_PATH, SHARED_PATH, cleaning_states, names_state
from .parts import MASKED, PURPOSE_TAG, QUARANTINE, RUN_TAG, Parts
from .states import (
    FAILURE_PATH,
    INSTANCE,
    LOOKED_PATH,
    SNAPSHOT,
    Resource,
    State,
    States,
    choice,
    ensure,
    every,
    failure,
    present,
    sdk,
    task,
    text_is,
    value,
)

BEGIN: Final = "Begin"
FAILED: Final = "Tell people"
AWAIT: Final = "Wait for a decision"
PROVEN: Final = "Is it proven?"
SHARE: Final = "Share the masked snapshot"
HOUR: Final = 3600

SNAPSHOT_MINUTES: Final = 360
RESTORE_MINUTES: Final = 240
RUN_TASK: Final = "arn:aws:states:::ecs:runTask.sync"
SEND: Final = "arn:aws:states:::sqs:sendMessage.waitForTaskToken"
PUBLISH: Final = "arn:aws:states:::sns:publish"
CONTAINER: Final = "ops"
EXISTS: Final = "Rds.DbSnapshotAlreadyExistsException"
CHANGED_MIND: Final = "resume"
"""What a person's decision says to go on; anything else deletes."""


def definition(naming: Naming, settings: RefreshSettings, parts: Parts) -> dict[str, Any]:
    """Give the definition of the machine that refreshes."""
    states: States = {BEGIN: names_state(naming, "$$.Execution.Name", then="Snapshot production")}
    states |= _source(naming, then="Copy with the key of the quarantine", parts=parts)
    states |= _restore(naming, settings, parts, then="Is it closed?")
    states["Is it closed?"] = _is_closed(parts, then="Make a place for the masking key")
    states["It is not closed"] = failure(
        "Refresh.NotClosed", "the copy of production is not closed in its quarantine", then=FAILED
    )
    states["Make a place for the masking key"] = _key_place(naming, parts, then="Close the logins")
    for name, step, following in (
        ("Close the logins", "close", "Neutralise and mask"),
        ("Neutralise and mask", "mask", "Verify"),
        ("Verify", "verify", PROVEN),
    ):
        states[name] = _job(step, settings, parts, then=following if step == "verify" else f"{name}: passed?")
        if step != "verify":
            states[f"{name}: passed?"] = _passed(step, then=following)
    states[PROVEN] = _passed("verify", then="Snapshot the masked database")
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
    states |= _failed(settings, parts)
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


def ending_states(parts: Parts) -> States:
    """Give the last states: something left over is worse than a failure, and both are failures."""
    return {
        "How did it end?": choice(
            [(present(LEFT_PATH), "Tell what is left"), (present(FAILURE_PATH), "Refreshed nothing")],
            otherwise="Finished",
        ),
        "Tell what is left": task(
            PUBLISH,
            {
                "TopicArn": parts.topic_arn,
                "Subject": "Refresh: production's data is left over",
                "Message.$": "States.Format('{} of run {} failed. Unmasked data of production may still lie"
                f" in the quarantine: docs/runbooks/refresh.md', {LEFT_PATH}, {NAMES_PATH}.run)",
            },
            then="Left over",
            on_failure="Left over",
        ),
        "Left over": {"Type": "Fail", "Error": "Refresh.LeftOver", "Cause": "see docs/runbooks/refresh.md"},
        "Refreshed nothing": {
            "Type": "Fail",
            "Error": "Refresh.Failed",
            "Cause": "nothing was shared, and everything is deleted; see docs/runbooks/refresh.md",
        },
        "Finished": {"Type": "Succeed"},
    }


def _tags(purpose: str) -> list[dict[str, str]]:
    return [
        {"Key": PURPOSE_TAG, "Value": purpose},
        {"Key": RUN_TAG, "Value.$": f"{NAMES_PATH}.run"},
        {"Key": "DataClassification", "Value": "restricted"},
    ]


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
                "Tags": _tags(QUARANTINE),
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
            "SourceDbSnapshotIdentifier.$": f"{NAMES_PATH}.{source}",
            "TargetDbSnapshotIdentifier.$": f"{NAMES_PATH}.{target}",
            "KmsKeyId": key_arn,
            "CopyTags": False,
            "Tags": _tags(purpose),
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
                "MultiAz": False,
                "PubliclyAccessible": False,
                "AutoMinorVersionUpgrade": False,
                "CopyTagsToSnapshot": False,
                "DeletionProtection": False,
                # A password that nobody knows: production's would open the copy too.
                "ManageMasterUserPassword": True,
                "MasterUserSecretKmsKeyId": parts.quarantine_key_arn,
                "Tags": _tags(QUARANTINE),
            },
            then="",
            on_failure=FAILED,
            expected_errors={"Rds.DbInstanceAlreadyExistsException": f"{what}: wait"},
        ),
        then=then,
        kind=INSTANCE,
        minutes=RESTORE_MINUTES,
    )


def _is_closed(parts: Parts, *, then: str) -> State:
    """Ask what RDS made, not what it was asked for: a copy that is open is never connected to."""
    restored = f"{LOOKED_PATH}.DbInstances[0]"
    return choice(
        [
            (
                every(
                    present(f"{restored}.MasterUserSecret.SecretArn"),
                    present(f"{restored}.Endpoint.Address"),
                    present(f"{restored}.PubliclyAccessible"),
                    {"Variable": f"{restored}.PubliclyAccessible", "BooleanEquals": False},
                    text_is(f"{restored}.DbSubnetGroup.DbSubnetGroupName", parts.subnet_group),
                    text_is(f"{restored}.KmsKeyId", parts.quarantine_key_arn),
                    text_is(
                        f"{restored}.VpcSecurityGroups[0].VpcSecurityGroupId",
                        parts.database_security_group_id,
                    ),
                    present(f"{restored}.VpcSecurityGroups[1]", is_present=False),
                ),
                then,
            )
        ],
        otherwise="It is not closed",
    )


def _key_place(naming: Naming, parts: Parts, *, then: str) -> State:
    del naming
    return task(
        sdk("secretsmanager:createSecret"),
        {
            "Name.$": f"{NAMES_PATH}.key",
            "Description": "Key of one refresh; empty until its job makes one, deleted with the copy",
            "KmsKeyId": parts.quarantine_key_arn,
            "Tags": _tags(QUARANTINE),
            "ClientRequestToken.$": "States.UUID()",
        },
        then=then,
        on_failure=FAILED,
        expected_errors={"SecretsManager.ResourceExistsException": then},
    )


def _job(step: str, settings: RefreshSettings, parts: Parts, *, then: str) -> State:
    restored = f"{LOOKED_PATH}.DbInstances[0]"
    # Masking goes on where it was killed; a verification that found something finds it again.
    again = {"verify": 0}.get(step, 2)
    return task(
        RUN_TASK,
        {
            "LaunchType": "FARGATE",
            "PlatformVersion": "1.4.0",
            "Cluster": parts.cluster_arn,
            "TaskDefinition": parts.task_definition_arn,
            "EnableExecuteCommand": False,
            "PropagateTags": "TASK_DEFINITION",
            "NetworkConfiguration": {
                "AwsvpcConfiguration": {
                    "Subnets": [parts.job_subnet_id],
                    "SecurityGroups": [parts.job_security_group_id],
                    "AssignPublicIp": "DISABLED",
                }
            },
            "Overrides": {
                "ContainerOverrides": [
                    {
                        "Name": CONTAINER,
                        "Command": ["refresh", "job", step],
                        "Environment": [
                            {"Name": "REFRESH_HOST", "Value.$": f"{restored}.Endpoint.Address"},
                            {"Name": "REFRESH_MASTER", "Value.$": f"{restored}.MasterUserSecret.SecretArn"},
                            {"Name": "REFRESH_KEY", "Value.$": f"{NAMES_PATH}.key"},
                            {"Name": "REFRESH_SNAPSHOT", "Value.$": f"{NAMES_PATH}.source"},
                        ],
                    }
                ]
            },
        },
        result_path="$.job",
        result_selector={"exit.$": "$.Containers[0].ExitCode"},
        timeout_seconds=settings.task.deadline_hours * HOUR,
        retry=(
            [
                {
                    "ErrorEquals": ["States.ALL"],
                    "IntervalSeconds": 120,
                    "MaxAttempts": again,
                    "BackoffRate": 2.0,
                }
            ]
            if again
            else []
        ),
        then=then,
        on_failure=FAILED,
    )


def _passed(step: str, *, then: str) -> State:
    del step
    return choice(
        [(every(present("$.job.exit"), {"Variable": "$.job.exit", "NumericEquals": 0}), then)],
        otherwise="A job failed",
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
                "Tags": _tags(QUARANTINE),
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


def _failed(settings: RefreshSettings, parts: Parts) -> States:
    hours = settings.keep_failed_hours
    return {
        FAILED: task(
            PUBLISH,
            {
                "TopicArn": parts.topic_arn,
                "Subject": "Refresh failed",
                "Message.$": (
                    "States.Format('Refresh {} failed: {}. Its copy of production stays closed in the"
                    f" quarantine for {hours} hours: mend it and run python -m ops refresh resume, or discard"
                    " it. Runbook: docs/runbooks/refresh.md', "
                    f"{NAMES_PATH}.run, {FAILURE_PATH}.Error)"
                ),
            },
            then=AWAIT,
            # Whether or not somebody hears it.
            on_failure=AWAIT,
        )
        | {"Catch": [{"ErrorEquals": ["States.ALL"], "Next": AWAIT, "ResultPath": None}]},
        AWAIT: {
            "Type": "Task",
            "Resource": SEND,
            "Parameters": {
                "QueueUrl": parts.queue_url,
                "MessageBody": {
                    "run.$": f"{NAMES_PATH}.run",
                    "token.$": "$$.Task.Token",
                    "error.$": f"{FAILURE_PATH}.Error",
                },
            },
            "TimeoutSeconds": hours * HOUR,
            "ResultPath": "$.decision",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": CLEAN, "ResultPath": None}],
            "Next": "What was decided?",
        },
        "What was decided?": choice(
            [(every(present("$.decision.do"), text_is("$.decision.do", CHANGED_MIND)), BEGIN)],
            otherwise=CLEAN,
        ),
    }
