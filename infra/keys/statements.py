"""Who may use which key, as statements of key policies.

Every policy hands the *administration* of its key to the account's IAM policies, but not its *use*: a
caller of the account encrypts and decrypts only through the services named here (`kms:ViaService`), so that
even an administrator cannot decrypt a stolen data key by hand. Services that keep a grant (EBS, RDS, EKS,
OpenSearch, EFS, ElastiCache, Amazon MQ, ECR) work by it; creating grants is left to IAM without the
condition `kms:GrantIsForAWSResource`, which Amazon EKS does not support when it creates a cluster.

References: AWS KMS developer guide, "Key policies" and "kms:ViaService"; Amazon EKS user guide, "Encrypt
Kubernetes secrets"; Amazon SNS developer guide, "Key management".
"""

from __future__ import annotations

from typing import Final

from ..identity import Condition, Principal, Statement
from ..naming import PARTITION, Naming

THIS_KEY: Final = ("*",)
"""In a key policy a star means the key that the policy belongs to."""

ADMINISTRATION: Final = (
    "kms:CancelKeyDeletion",
    "kms:CreateAlias",
    "kms:CreateGrant",
    "kms:DeleteAlias",
    "kms:DescribeKey",
    "kms:DisableKey",
    "kms:DisableKeyRotation",
    "kms:EnableKey",
    "kms:EnableKeyRotation",
    "kms:GetKeyPolicy",
    "kms:GetKeyRotationStatus",
    "kms:ListGrants",
    "kms:ListKeyPolicies",
    "kms:ListKeyRotations",
    "kms:ListResourceTags",
    "kms:PutKeyPolicy",
    "kms:RetireGrant",
    "kms:RevokeGrant",
    "kms:RotateKeyOnDemand",
    "kms:ScheduleKeyDeletion",
    "kms:TagResource",
    "kms:UntagResource",
    "kms:UpdateAlias",
    "kms:UpdateKeyDescription",
)
"""Everything but use: no action of this list reads or writes what the key protects."""

USE: Final = ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*")

DATA_SERVICES: Final = (
    "aps",
    "backup",
    "ec2",
    "ecr",
    "elasticache",
    "elasticfilesystem",
    "es",
    "mq",
    "rds",
    "s3",
    "scheduler",
)
LOG_SERVICES: Final = ("s3", "sns")
SECRET_SERVICES: Final = ("eks", "rds", "secretsmanager", "ssm")
DATA_REPLICA_SERVICES: Final = ("ecr", "s3")
SECRET_REPLICA_SERVICES: Final = ("secretsmanager",)
BACKUP_SERVICES: Final = ("backup", "ec2", "elasticfilesystem", "rds", "s3")

ALARM_PUBLISHERS: Final = (
    "budgets.amazonaws.com",
    "cloudwatch.amazonaws.com",
    "costalerts.amazonaws.com",
    "events.amazonaws.com",
    "events.rds.amazonaws.com",
)
"""Services that publish to the encrypted alarm topic: CloudWatch alarms, EventBridge rules, budgets, cost
anomaly alerts and RDS events. The topic's own policy admits the same list."""

AUTOSCALING_ROLE: Final = "role/aws-service-role/autoscaling.amazonaws.com/AWSServiceRoleForAutoScaling"


def data(naming: Naming) -> tuple[Statement, ...]:
    """Statements for data at rest, node volumes among it."""
    autoscaling = Principal.aws(naming.global_arn("iam", AUTOSCALING_ROLE))
    return (
        _administration(naming),
        _use_through(DATA_SERVICES, naming),
        # EventBridge Scheduler encrypts on behalf of who makes a schedule, but decrypts as the schedule's own
        # role: then no service stands between, and only the context says what is read.
        Statement(
            sid="ReadScheduledRequests",
            actions=("kms:Decrypt",),
            resources=THIS_KEY,
            principals=(Principal.aws(naming.account_root_arn),),
            conditions=(
                Condition(
                    operator="ArnLike",
                    key="kms:EncryptionContext:aws:scheduler:schedule:arn",
                    values=(naming.arn("scheduler", f"schedule/*/{naming.prefix}-*"),),
                ),
            ),
        ),
        # EC2 Auto Scaling launches nodes with this role, not with the deployer's: without both statements
        # instances with encrypted volumes die at launch.
        Statement(sid="UseByAutoScaling", actions=USE, resources=THIS_KEY, principals=(autoscaling,)),
        Statement(
            sid="GrantByAutoScaling",
            actions=("kms:CreateGrant",),
            resources=THIS_KEY,
            principals=(autoscaling,),
            conditions=(Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",)),),
        ),
    )


def logs(naming: Naming) -> tuple[Statement, ...]:
    """Statements for log groups, the alarm topic, the trail and the history of AWS Config."""
    return (
        _administration(naming),
        _use_through(LOG_SERVICES, naming),
        Statement(
            sid="UseByCloudWatchLogs",
            actions=USE,
            resources=THIS_KEY,
            principals=(Principal.service(f"logs.{naming.region}.amazonaws.com"),),
            conditions=(
                Condition(
                    operator="ArnLike",
                    key="kms:EncryptionContext:aws:logs:arn",
                    values=log_group_patterns(naming),
                ),
            ),
        ),
        *_trail(naming),
        # AWS Config Developer Guide, "Permissions for the KMS key", delivery by the service-linked role.
        Statement(
            sid="UseByConfig",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=THIS_KEY,
            principals=(Principal.service("config.amazonaws.com"),),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
            ),
        ),
        # No source conditions: EventBridge sends none to KMS, and with one its messages vanish without error.
        Statement(
            sid="PublishAlarms",
            actions=("kms:Decrypt", "kms:GenerateDataKey*"),
            resources=THIS_KEY,
            principals=(Principal.service(*ALARM_PUBLISHERS),),
        ),
    )


def secrets(naming: Naming) -> tuple[Statement, ...]:
    """Statements for Secrets Manager and Kubernetes secrets."""
    return (_administration(naming), _use_through(SECRET_SERVICES, naming))


def backup(naming: Naming) -> tuple[Statement, ...]:
    """Statements for backup vaults and what is restored from them."""
    return (_administration(naming), _use_through(BACKUP_SERVICES, naming))


def data_replicas(naming: Naming) -> tuple[Statement, ...]:
    """Statements for copied objects and images; `naming` has the region where the copies lie."""
    return (_administration(naming), _use_through(DATA_REPLICA_SERVICES, naming))


def secret_replicas(naming: Naming) -> tuple[Statement, ...]:
    """Statements for copied secrets; `naming` has the region where the copies lie."""
    return (_administration(naming), _use_through(SECRET_REPLICA_SERVICES, naming))


def log_group_patterns(naming: Naming) -> tuple[str, ...]:
    """ARNs of the log groups that may be encrypted: those of this environment alone.

    They carry its name (`/fleet-erp/prod/…`, `/aws/eks/fleet-erp-prod/cluster`), but for the groups that
    Amazon MQ names after the broker's id.
    """
    return tuple(
        naming.arn("logs", f"log-group:{pattern}")
        for pattern in (naming.log_group("*"), f"*{naming.prefix}*", "/aws/amazonmq/broker/*")
    )


def _trail(naming: Naming) -> tuple[Statement, Statement]:
    """Let the trail of this environment encrypt; its files are read through Amazon S3.

    CloudTrail User Guide, "Configure AWS KMS key policies for CloudTrail".
    """
    cloudtrail = (Principal.service("cloudtrail.amazonaws.com"),)
    this_trail = Condition(operator="StringEquals", key="aws:SourceArn", values=(naming.trail_arn,))
    return (
        Statement(
            sid="EncryptByTrail",
            actions=("kms:GenerateDataKey*",),
            resources=THIS_KEY,
            principals=cloudtrail,
            conditions=(
                this_trail,
                Condition(
                    operator="StringLike",
                    key="kms:EncryptionContext:aws:cloudtrail:arn",
                    values=(f"arn:{PARTITION}:cloudtrail:*:{naming.account_id}:trail/*",),
                ),
            ),
        ),
        Statement(
            sid="DescribeByTrail",
            actions=("kms:DescribeKey",),
            resources=THIS_KEY,
            principals=cloudtrail,
            conditions=(this_trail,),
        ),
    )


def _administration(naming: Naming) -> Statement:
    return Statement(
        sid="AdministerThroughIam",
        actions=ADMINISTRATION,
        resources=THIS_KEY,
        principals=(Principal.aws(naming.account_root_arn),),
    )


def _use_through(services: tuple[str, ...], naming: Naming) -> Statement:
    return Statement(
        sid="UseThroughServices",
        actions=USE,
        resources=THIS_KEY,
        principals=(Principal.aws(naming.account_root_arn),),
        conditions=(
            Condition(
                operator="StringEquals",
                key="kms:ViaService",
                values=tuple(f"{service}.{naming.region}.amazonaws.com" for service in services),
            ),
        ),
    )
