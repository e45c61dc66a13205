"""What the machines of the refresh may do: all by the names and tags of the quarantine, nothing else."""

from __future__ import annotations

from typing import Final

from ...identity import Condition, Statement
from ...naming import Kind, Naming
from .masking_task import (
    TASKS_SERVICE,
    execution_role_name,
    family_name,
    task_cluster_name,
    task_role_name,
)
from .parts import (
    MASKED,
    PURPOSE_TAG,
    QUARANTINE,
    REFRESH,
    machine_name,
    masked,
    masking_key_secret,
    quarantined,
    queue_name,
)
from .state_machine import aliases, machine_arn, running_statements

ECS_RULE: Final = "StepFunctionsGetEventsForECSTaskRule"
"""How Step Functions hears of the end of a task (developer guide, "IAM policies for Amazon ECS")."""


def refresh_role_name(naming: Naming) -> str:
    """Name the role of the machine that refreshes."""
    return naming.name(Kind.ROLE, REFRESH)


def sweeper_role_name(naming: Naming) -> str:
    """Name the role of the machine that only deletes."""
    return naming.name(Kind.ROLE, REFRESH, "sweep")


def refresh_statements(naming: Naming) -> tuple[Statement, ...]:
    """Say what the machine that refreshes needs."""
    db = naming.arn("rds", f"db:{quarantined(naming)}*")
    unmasked = naming.arn("rds", f"snapshot:{quarantined(naming)}*")
    clean = naming.arn("rds", f"snapshot:{masked(naming)}*")
    return (
        *deleting_statements(naming),
        Statement(
            sid="SnapshotProductionAndTheCopy",
            actions=("rds:CreateDBSnapshot",),
            resources=(naming.database_arn(), db, unmasked),
            conditions=(_requested(QUARANTINE),),
        ),
        Statement(
            sid="CopySnapshots",
            actions=("rds:CopyDBSnapshot",),
            resources=(unmasked, clean),
            conditions=(_requested(QUARANTINE, MASKED),),
        ),
        Statement(
            sid="TagWhatIsMade",
            actions=("rds:AddTagsToResource",),
            resources=(db, unmasked, clean),
            conditions=(_requested(QUARANTINE, MASKED),),
        ),
        Statement(
            sid="RestoreIntoTheQuarantine",
            actions=("rds:RestoreDBInstanceFromDBSnapshot",),
            resources=(
                db,
                unmasked,
                naming.arn("rds", f"subgrp:{naming.name(Kind.SUBNET_GROUP, QUARANTINE)}"),
                naming.arn("rds", f"pg:{naming.name(Kind.PARAMETER_GROUP, QUARANTINE)}-*"),
                naming.arn("rds", "og:default:*"),
            ),
        ),
        Statement(
            sid="ShareWhatIsMasked",
            actions=("rds:ModifyDBSnapshotAttribute",),
            resources=(clean,),
            conditions=(_tagged(MASKED),),
        ),
        Statement(
            sid="ShareNothingElse",
            effect="Deny",
            actions=("rds:ModifyDBSnapshotAttribute",),
            resources=(unmasked, naming.arn("rds", "snapshot:rds:*")),
        ),
        Statement(
            sid="LetRdsKeepThePassword",
            actions=("secretsmanager:CreateSecret", "secretsmanager:TagResource"),
            resources=(naming.arn("secretsmanager", "secret:rds!db-*"),),
        ),
        Statement(
            sid="MakePlaceForTheMaskingKey",
            actions=("secretsmanager:CreateSecret", "secretsmanager:TagResource"),
            resources=(naming.arn("secretsmanager", f"secret:{masking_key_secret(naming)}*"),),
            conditions=(_requested(QUARANTINE),),
        ),
        *_keys(naming),
        Statement(
            sid="RunTheJob",
            actions=("ecs:RunTask",),
            resources=(naming.arn("ecs", f"task-definition/{family_name(naming)}:*"),),
            conditions=(
                Condition(
                    operator="ArnEquals",
                    key="ecs:cluster",
                    values=(naming.arn("ecs", f"cluster/{task_cluster_name(naming)}"),),
                ),
            ),
        ),
        Statement(
            sid="WatchAndStopTheJob",
            actions=("ecs:DescribeTasks", "ecs:StopTask"),
            resources=(naming.arn("ecs", f"task/{task_cluster_name(naming)}/*"),),
        ),
        Statement(
            sid="TagTheJob",
            actions=("ecs:TagResource",),
            resources=(naming.arn("ecs", f"task/{task_cluster_name(naming)}/*"),),
            conditions=(Condition(operator="StringEquals", key="ecs:CreateAction", values=("RunTask",)),),
        ),
        Statement(
            sid="HearOfItsEnd",
            actions=("events:DescribeRule", "events:PutRule", "events:PutTargets"),
            resources=(naming.arn("events", f"rule/{ECS_RULE}"),),
        ),
        Statement(
            sid="GiveTheJobItsRoles",
            actions=("iam:PassRole",),
            resources=(
                naming.role_arn(execution_role_name(naming)),
                naming.role_arn(task_role_name(naming)),
            ),
            conditions=(
                Condition(operator="StringEquals", key="iam:PassedToService", values=(TASKS_SERVICE,)),
            ),
        ),
        Statement(
            sid="AskPeople",
            actions=("sqs:SendMessage",),
            resources=(naming.arn("sqs", queue_name(naming)),),
        ),
    )


def deleting_statements(naming: Naming) -> tuple[Statement, ...]:
    """Say what deleting needs, and telling people about it."""
    return (
        Statement(
            sid="Look",
            # Asked with a filter, RDS wants the right to list all.
            actions=("rds:DescribeDBInstances", "rds:DescribeDBSnapshots"),
            resources=("*",),
        ),
        Statement(
            sid="DeleteTheCopy",
            actions=("rds:DeleteDBInstance",),
            resources=(naming.arn("rds", f"db:{quarantined(naming)}*"),),
            conditions=(_tagged(QUARANTINE),),
        ),
        Statement(
            sid="DeleteWhatIsUnmasked",
            actions=("rds:DeleteDBSnapshot",),
            resources=(naming.arn("rds", f"snapshot:{quarantined(naming)}*"),),
            conditions=(_tagged(QUARANTINE),),
        ),
        Statement(
            sid="DeleteWhatIsMasked",
            actions=("rds:DeleteDBSnapshot",),
            resources=(naming.arn("rds", f"snapshot:{masked(naming)}*"),),
            conditions=(_tagged(MASKED),),
        ),
        Statement(
            sid="ForgetTheMaskingKey",
            actions=("secretsmanager:DeleteSecret",),
            resources=(naming.arn("secretsmanager", f"secret:{masking_key_secret(naming)}*"),),
            conditions=(_tagged(QUARANTINE),),
        ),
        *running_statements(naming),
    )


def starter_statements(naming: Naming, machine: str) -> tuple[Statement, ...]:
    """Say what a schedule or an event rule needs that starts one machine."""
    statements = [
        Statement(
            sid="Start",
            actions=("states:StartExecution",),
            resources=(machine_arn(naming, machine),),
        )
    ]
    if machine == machine_name(naming):
        statements.append(
            Statement(
                sid="ReadOwnRequests",
                actions=("kms:Decrypt",),
                resources=(naming.arn("kms", "key/*"),),
                conditions=(
                    aliases(naming, "data"),
                    Condition(
                        operator="ArnLike",
                        key="kms:EncryptionContext:aws:scheduler:schedule:arn",
                        values=(
                            naming.arn("scheduler", f"schedule/{naming.name(Kind.SCHEDULE, REFRESH)}/*"),
                        ),
                    ),
                ),
            )
        )
    return tuple(statements)


def _keys(naming: Naming) -> tuple[Statement, ...]:
    """Let RDS read with production's key, and use those of the quarantine and of masked snapshots."""
    through = Condition(
        operator="StringEquals",
        key="kms:ViaService",
        values=(
            f"rds.{naming.region}.amazonaws.com",
            f"secretsmanager.{naming.region}.amazonaws.com",
            f"sqs.{naming.region}.amazonaws.com",
        ),
    )
    keys = aliases(naming, "data", QUARANTINE, MASKED)
    every_key = (naming.arn("kms", "key/*"),)
    return (
        Statement(
            sid="UseKeysThroughServices",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            resources=every_key,
            conditions=(through, keys),
        ),
        Statement(
            sid="GrantKeysToServices",
            actions=("kms:CreateGrant",),
            resources=every_key,
            conditions=(
                through,
                keys,
                Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",)),
            ),
        ),
        Statement(
            sid="NameKeys",
            # RDS asks what key it is given before it uses it, as the caller itself.
            actions=("kms:DescribeKey",),
            resources=every_key,
            conditions=(keys,),
        ),
    )


def _requested(*purposes: str) -> Condition:
    return Condition(operator="StringEquals", key=f"aws:RequestTag/{PURPOSE_TAG}", values=purposes)


def _tagged(purpose: str) -> Condition:
    return Condition(operator="StringEquals", key=f"aws:ResourceTag/{PURPOSE_TAG}", values=(purpose,))
