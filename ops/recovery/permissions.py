"""What AWS calls the work makes, as data: the role of whoever recovers may do this and no more.

A failover itself changes nothing but who may write to Odoo's files: its deployment does the rest, as the role
of the deployer.
Operations are botocore's names, actions IAM's (Service Authorization Reference); a test holds what a
rehearsal really calls to this list, and the role to it.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Right(NamedTuple):
    """One operation: how boto3 calls it, and the actions that IAM asks for."""

    service: str
    operation: str
    actions: tuple[str, ...]


LOOK: Final[tuple[Right, ...]] = (
    Right("acm", "DescribeCertificate", ("acm:DescribeCertificate",)),
    Right("acm", "ListCertificates", ("acm:ListCertificates",)),
    Right("backup", "ListRecoveryPointsByBackupVault", ("backup:ListRecoveryPointsByBackupVault",)),
    Right("cloudwatch", "GetMetricStatistics", ("cloudwatch:GetMetricStatistics",)),
    Right("ecr", "DescribeImages", ("ecr:DescribeImages",)),
    Right("eks", "DescribeCluster", ("eks:DescribeCluster",)),
    Right("eks", "DescribeNodegroup", ("eks:DescribeNodegroup",)),
    Right("eks", "ListNodegroups", ("eks:ListNodegroups",)),
    Right("efs", "DescribeFileSystems", ("elasticfilesystem:DescribeFileSystems",)),
    Right(
        "efs",
        "DescribeReplicationConfigurations",
        ("elasticfilesystem:DescribeReplicationConfigurations",),
    ),
    Right("elasticache", "DescribeReplicationGroups", ("elasticache:DescribeReplicationGroups",)),
    Right(
        "elastic-load-balancing-v2", "DescribeLoadBalancers", ("elasticloadbalancing:DescribeLoadBalancers",)
    ),
    Right(
        "elastic-load-balancing-v2", "DescribeTargetGroups", ("elasticloadbalancing:DescribeTargetGroups",)
    ),
    Right(
        "elastic-load-balancing-v2", "DescribeTargetHealth", ("elasticloadbalancing:DescribeTargetHealth",)
    ),
    Right("mq", "ListBrokers", ("mq:ListBrokers",)),
    Right("rds", "DescribeDBInstances", ("rds:DescribeDBInstances",)),
    Right("rds", "DescribeDBSnapshots", ("rds:DescribeDBSnapshots",)),
    Right("route-53", "ListHealthChecks", ("route53:ListHealthChecks",)),
    Right("route-53", "ListResourceRecordSets", ("route53:ListResourceRecordSets",)),
    Right("route-53", "ListTagsForResources", ("route53:ListTagsForResources",)),
    Right("secrets-manager", "DescribeSecret", ("secretsmanager:DescribeSecret",)),
    Right("service-quotas", "GetServiceQuota", ("servicequotas:GetServiceQuota",)),
    Right("sts", "GetCallerIdentity", ()),
)
"""Reading, but neither data nor the value of a secret. To ask STS for one's own name needs no right."""

KEEP: Final[tuple[Right, ...]] = (
    Right("cloudwatch", "PutMetricData", ("cloudwatch:PutMetricData",)),
    Right("s3", "GetObject", ("s3:GetObject",)),
    Right("s3", "HeadBucket", ("s3:ListBucket",)),
    Right("s3", "ListObjectsV2", ("s3:ListBucket",)),
    Right("s3", "PutObject", ("s3:PutObject",)),
)
"""Journal, records and the metric of the last drill."""

REHEARSE: Final[tuple[Right, ...]] = (
    Right("rds", "CreateDBSnapshot", ("rds:CreateDBSnapshot", "rds:AddTagsToResource")),
    Right("rds", "DeleteDBInstance", ("rds:DeleteDBInstance",)),
    Right("rds", "DeleteDBSnapshot", ("rds:DeleteDBSnapshot",)),
    Right("rds", "ModifyDBInstance", ("rds:ModifyDBInstance",)),
    Right(
        "rds",
        "RestoreDBInstanceFromDBSnapshot",
        ("rds:RestoreDBInstanceFromDBSnapshot", "rds:AddTagsToResource"),
    ),
)
"""What a drill makes and deletes, under names that begin with `fleet-erp-dr-drill-`."""

TAKE_OVER: Final[tuple[Right, ...]] = (
    Right("efs", "DeleteReplicationConfiguration", ("elasticfilesystem:DeleteReplicationConfiguration",)),
)
"""What only a failover does."""

RIGHTS: Final = (*LOOK, *KEEP, *REHEARSE, *TAKE_OVER)


def actions(rights: tuple[Right, ...] = RIGHTS) -> tuple[str, ...]:
    """Give the actions of rights, each once, sorted."""
    return tuple(sorted({action for right in rights for action in right.actions}))
