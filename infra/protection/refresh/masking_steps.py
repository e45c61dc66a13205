"""The steps at the copy in quarantine: is it closed, and what the job does there."""

from __future__ import annotations

from typing import Final

from ...settings import RefreshSettings
from .cleaning import NAMES_PATH
from .parts import PURPOSE_TAG, QUARANTINE, RUN_TAG, Parts
from .states import (
    FAILED,
    HOUR,
    LOOKED_PATH,
    State,
    choice,
    every,
    present,
    sdk,
    task,
    text_is,
)

RUN_TASK: Final = "arn:aws:states:::ecs:runTask.sync"
CONTAINER: Final = "ops"


def tags(purpose: str) -> list[dict[str, str]]:
    """Tag what a run makes: its purpose, by which roles may delete it, and the run."""
    return [
        {"Key": PURPOSE_TAG, "Value": purpose},
        {"Key": RUN_TAG, "Value.$": f"{NAMES_PATH}.run"},
        {"Key": "DataClassification", "Value": "restricted"},
    ]


def is_closed(parts: Parts, *, then: str) -> State:
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


def key_place(parts: Parts, *, then: str) -> State:
    """Make the secret in which the job keeps its key, empty."""
    return task(
        sdk("secretsmanager:createSecret"),
        {
            "Name.$": f"{NAMES_PATH}.key",
            "Description": "Key of one refresh; empty until its job makes one, deleted with the copy",
            "KmsKeyId": parts.quarantine_key_arn,
            "Tags": tags(QUARANTINE),
            "ClientRequestToken.$": "States.UUID()",
        },
        then=then,
        on_failure=FAILED,
        expected_errors={"SecretsManager.ResourceExistsException": then},
    )


def job(step: str, settings: RefreshSettings, parts: Parts, *, then: str) -> State:
    """Run one step of the work in its container, next to the copy."""
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


def passed(*, then: str) -> State:
    """Go on only after a job that says it is well."""
    return choice(
        [(every(present("$.job.exit"), {"Variable": "$.job.exit", "NumericEquals": 0}), then)],
        otherwise="A job failed",
    )
