"""What the machine of the intake and its examiner may do: all by the names and tags of candidates."""

from __future__ import annotations

from typing import Final

from ...data.database_parameters import FAMILY
from ...identity import Condition, Statement
from ...naming import Kind, Naming
from ...settings import IntakeSettings
from ..refresh.parts import MASKED, PURPOSE_TAG
from ..refresh.state_machine import aliases, running_statements
from .definition import production_of, source_arn
from .parts import ACCEPTED, ACCEPTED_TAG, CANDIDATE, candidate, taken

EXAMINER_USER: Final = "restore_validation"
"""What the bootstrap of the database calls the role that examines restored copies; every backup holds it."""


def machine_statements(
    naming: Naming, settings: IntakeSettings, *, function_arn: str
) -> tuple[Statement, ...]:
    """Say what the machine needs."""
    database = naming.arn("rds", f"db:{candidate(naming)}*")
    snapshots = naming.arn("rds", f"snapshot:{taken(naming)}*")
    return (
        *running_statements(naming),
        Statement(
            sid="Look",
            # Asked with a filter, RDS wants the right to list all.
            actions=("rds:DescribeDBInstances", "rds:DescribeDBSnapshots"),
            resources=("*",),
        ),
        Statement(
            sid="CopyWhatIsMasked",
            actions=("rds:CopyDBSnapshot",),
            resources=(source_arn(naming, settings, "*"), snapshots),
            conditions=(_requested(MASKED),),
        ),
        Statement(
            sid="TagWhatIsMade",
            actions=("rds:AddTagsToResource",),
            resources=(snapshots, database),
            conditions=(_requested(MASKED, CANDIDATE),),
        ),
        Statement(
            sid="MarkWhatIsAccepted",
            actions=("rds:AddTagsToResource",),
            resources=(snapshots,),
            conditions=(
                Condition(operator="StringEquals", key=f"aws:RequestTag/{ACCEPTED_TAG}", values=(ACCEPTED,)),
                Condition(operator="ForAllValues:StringEquals", key="aws:TagKeys", values=(ACCEPTED_TAG,)),
            ),
        ),
        Statement(
            sid="RestoreCandidates",
            actions=("rds:RestoreDBInstanceFromDBSnapshot",),
            resources=(
                database,
                snapshots,
                naming.arn("rds", f"subgrp:{naming.name(Kind.SUBNET_GROUP, 'postgres')}"),
                naming.arn("rds", f"pg:{naming.name(Kind.PARAMETER_GROUP, FAMILY)}"),
                naming.arn("rds", "og:default:*"),
            ),
        ),
        Statement(
            sid="DeleteCandidates",
            actions=("rds:DeleteDBInstance",),
            resources=(database,),
            conditions=(_tagged(CANDIDATE),),
        ),
        Statement(
            sid="DeleteWhatIsRefused",
            actions=("rds:DeleteDBSnapshot",),
            resources=(snapshots,),
            conditions=(
                _tagged(MASKED),
                # An environment may be made of it.
                Condition(
                    operator="StringNotEquals", key=f"aws:ResourceTag/{ACCEPTED_TAG}", values=(ACCEPTED,)
                ),
            ),
        ),
        Statement(sid="HaveItExamined", actions=("lambda:InvokeFunction",), resources=(function_arn,)),
        *_keys(naming, settings),
    )


def examiner_statements(naming: Naming) -> tuple[Statement, ...]:
    """Let the examiner log in to any database as the one role: a candidate's id is not known before.

    Which databases it can reach is for its security group.
    """
    return (
        Statement(
            sid="ExamineCandidates",
            actions=("rds-db:connect",),
            resources=(naming.arn("rds-db", f"dbuser:*/{EXAMINER_USER}"),),
        ),
    )


def _keys(naming: Naming, settings: IntakeSettings) -> tuple[Statement, ...]:
    """Let RDS read with production's key of masked snapshots, and write with the environment's own.

    Production's key policies let this account read with no other.
    """
    production = production_of(naming, settings)
    through = Condition(
        operator="StringEquals", key="kms:ViaService", values=(f"rds.{naming.region}.amazonaws.com",)
    )
    granting = Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",))
    theirs = production.arn("kms", "key/*")
    masked_key = aliases(production, MASKED)
    own = naming.arn("kms", "key/*")
    return (
        Statement(
            sid="ReadWithProductionsKey",
            actions=("kms:Decrypt", "kms:DescribeKey"),
            resources=(theirs,),
            conditions=(through, masked_key),
        ),
        Statement(
            sid="GrantProductionsKey",
            actions=("kms:CreateGrant",),
            resources=(theirs,),
            conditions=(through, granting, masked_key),
        ),
        Statement(
            sid="UseOwnKey",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:Encrypt",
                "kms:GenerateDataKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            resources=(own,),
            conditions=(through, aliases(naming, "data")),
        ),
        Statement(
            sid="GrantOwnKey",
            actions=("kms:CreateGrant",),
            resources=(own,),
            conditions=(through, granting, aliases(naming, "data")),
        ),
        Statement(
            sid="NameOwnKey",
            # RDS asks what key it is given before it uses it, as the caller itself.
            actions=("kms:DescribeKey",),
            resources=(own,),
            conditions=(aliases(naming, "data"),),
        ),
    )


def _requested(*purposes: str) -> Condition:
    return Condition(operator="StringEquals", key=f"aws:RequestTag/{PURPOSE_TAG}", values=purposes)


def _tagged(purpose: str) -> Condition:
    return Condition(operator="StringEquals", key=f"aws:ResourceTag/{PURPOSE_TAG}", values=(purpose,))
