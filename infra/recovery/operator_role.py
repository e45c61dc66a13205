"""The role of whoever checks, rehearses and takes over in the recovery region."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..cluster_platform.secret_stores import PARTNER_KEYS
from ..identity import Condition, Principal, Statement, policy_document
from ..naming import Kind, Naming
from ..settings import PROJECT, EstateSettings

PURPOSE: Final = "recovery-operator"
SESSION_SECONDS: Final = 4 * 3600
"""The recovery time: a session outlasts the failover that it began."""
METRICS: Final = "FleetErp/Recovery"
DRILL: Final = "drill"
"""Names of what a drill makes begin with `fleet-erp-<environment>-drill-`."""
BUCKET: Final = "recovery"
JOURNALS: Final = "recovery"
RECORDS: Final = "records"
"""What keys in the bucket begin with."""


class RecoveryOperator(pulumi.ComponentResource):
    """What `python -m ops recovery` needs, and no more (DATA-08, SEC-13).

    It looks at what a failover needs, keeps journal, records and the metric of the last drill, makes and
    deletes the copy of a drill, and ends the replication into Odoo's files. It can neither read data nor
    secrets nor change anything else of the standby: the deployment of a failover runs as the deployer.
    """

    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: EstateSettings,
        naming: Naming,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the role; operators and break-glass may become it."""
        super().__init__("fleet:recovery:RecoveryOperator", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        role_name = naming.name(Kind.ROLE, PURPOSE)
        people = (settings.cluster.operator_role, settings.cluster.break_glass_role)
        role = aws.iam.Role(
            PURPOSE,
            aws.iam.RoleArgs(
                name=role_name,
                description="Checks, rehearses and takes over in the recovery region",
                assume_role_policy=policy_document(_trusted(naming, people)),
                max_session_duration=SESSION_SECONDS,
                tags=naming.tags(role_name),
            ),
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            PURPOSE,
            aws.iam.RolePolicyArgs(
                role=role.name,
                policy=policy_document(*operator_statements(settings, naming)),
            ),
            opts=child,
        )
        self.role_arn = pulumi.Output.all(role.arn, policy.id).apply(lambda values: str(values[0]))
        self.register_outputs({"roleArn": self.role_arn})


def operator_statements(settings: EstateSettings, naming: Naming) -> tuple[Statement, ...]:
    """Say what the role may do: what `ops/recovery/permissions.py` lists, where it does it."""
    return (*_look(settings, naming), *_keep(naming), *_rehearse(naming), _release_files(settings, naming))


def _release_files(settings: EstateSettings, naming: Naming) -> Statement:
    """What copies into Odoo's files is ended on both sides, where the other side can be reached."""
    regions = (naming.region, settings.recovery.peer_region or naming.region)
    return Statement(
        sid="ReleaseFiles",
        actions=("elasticfilesystem:DeleteReplicationConfiguration",),
        resources=tuple(
            f"arn:aws:elasticfilesystem:{region}:{naming.account_id}:file-system/*" for region in regions
        ),
    )


def _look(settings: EstateSettings, naming: Naming) -> tuple[Statement, ...]:
    recovery = settings.recovery
    secrets = [naming.arn("secretsmanager", f"secret:{naming.secret('*')}")]
    if recovery.peer_environment is not None:
        home = naming.peer(
            environment=recovery.peer_environment, account_id=naming.account_id, region=naming.region
        )
        secrets += [home.arn("secretsmanager", f"secret:{home.secret(key)}") for key in PARTNER_KEYS.values()]
    return (
        Statement(
            sid="Look",
            actions=(
                "acm:DescribeCertificate",
                "acm:ListCertificates",
                "backup:ListRecoveryPointsByBackupVault",
                "cloudwatch:GetMetricStatistics",
                "ecr:DescribeImages",
                "eks:DescribeCluster",
                "eks:DescribeNodegroup",
                "eks:ListNodegroups",
                "elasticache:DescribeReplicationGroups",
                "elasticfilesystem:DescribeFileSystems",
                "elasticfilesystem:DescribeReplicationConfigurations",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
                "mq:ListBrokers",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "route53:ListHealthChecks",
                "route53:ListResourceRecordSets",
                "route53:ListTagsForResources",
                "servicequotas:GetServiceQuota",
            ),
            resources=("*",),
        ),
        Statement(sid="SeeSecrets", actions=("secretsmanager:DescribeSecret",), resources=tuple(secrets)),
        Statement(
            sid="ReachTheCluster",
            actions=("sts:AssumeRole",),
            resources=(naming.role_arn(settings.cluster.operator_role),),
        ),
    )


def _keep(naming: Naming) -> tuple[Statement, ...]:
    bucket = naming.bucket_arn(BUCKET)
    state = f"arn:aws:s3:::{PROJECT}-state-{naming.account_id}-{naming.region}"
    return (
        Statement(sid="FindRecords", actions=("s3:ListBucket",), resources=(bucket, state)),
        Statement(
            sid="KeepRecords",
            actions=("s3:GetObject", "s3:PutObject"),
            resources=(f"{bucket}/{JOURNALS}/*", f"{bucket}/{RECORDS}/*"),
        ),
        Statement(
            sid="EncryptRecords",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(naming.arn("kms", "key/*"),),
            conditions=_by_alias(naming, "s3"),
        ),
        Statement(
            sid="TellTheLastDrill",
            actions=("cloudwatch:PutMetricData",),
            resources=("*",),
            conditions=(Condition(operator="StringEquals", key="cloudwatch:namespace", values=(METRICS,)),),
        ),
    )


def _rehearse(naming: Naming) -> tuple[Statement, ...]:
    copies = naming.arn("rds", f"db:{naming.prefix}-{DRILL}-*")
    snapshots = naming.arn("rds", f"snapshot:{naming.prefix}-{DRILL}-*")
    around = (
        naming.arn("rds", f"subgrp:{naming.prefix}-postgres"),
        naming.arn("rds", f"pg:{naming.prefix}-*"),
        naming.arn("rds", "og:default:postgres-16"),
    )
    return (
        Statement(
            sid="TakeSnapshot",
            actions=("rds:CreateDBSnapshot",),
            resources=(naming.database_arn(), snapshots),
        ),
        Statement(
            sid="RestoreCopy",
            actions=("rds:RestoreDBInstanceFromDBSnapshot",),
            resources=(copies, snapshots, *around),
        ),
        Statement(sid="TagCopy", actions=("rds:AddTagsToResource",), resources=(copies, snapshots)),
        Statement(
            sid="OpenAndDropCopy",
            actions=("rds:DeleteDBInstance", "rds:ModifyDBInstance"),
            resources=(copies,),
        ),
        Statement(sid="DropSnapshot", actions=("rds:DeleteDBSnapshot",), resources=(snapshots,)),
        Statement(
            sid="UseKeyOfCopy",
            actions=("kms:CreateGrant", "kms:DescribeKey"),
            resources=(naming.arn("kms", "key/*"),),
            conditions=_by_alias(naming, "rds"),
        ),
    )


def _by_alias(naming: Naming, service: str) -> tuple[Condition, Condition]:
    """The data key alone, through one service; by its alias, which is known before the key is made."""
    return (
        Condition(
            operator="ForAnyValue:StringEquals",
            key="kms:ResourceAliases",
            values=(naming.key_alias("data"),),
        ),
        Condition(
            operator="StringEquals",
            key="kms:ViaService",
            values=(f"{service}.{naming.region}.amazonaws.com",),
        ),
    )


def _trusted(naming: Naming, roles: Sequence[str]) -> Statement:
    """Let some roles of the account become this one: as a condition, for a role may be made later."""
    return Statement(
        sid="BecomeRecoveryOperator",
        actions=("sts:AssumeRole",),
        principals=(Principal.aws(naming.account_root_arn),),
        conditions=(
            Condition(
                operator="ArnEquals",
                key="aws:PrincipalArn",
                values=tuple(naming.role_arn(role) for role in roles),
            ),
        ),
    )
