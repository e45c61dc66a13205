"""What the roles around backups may do.

Actions are those of the managed policies AWSBackupServiceRolePolicyForBackup, …ForRestores, …ForS3Backup and
…ForS3Restore, cut down to the stores of one environment. What has to be restored gets a new name, so that no
restore can ever write over what runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from ...identity import Condition, Statement
from ...naming import PARTITION, Kind, Naming
from ...settings import PROJECT

BACKUP_SERVICE: Final = "backup.amazonaws.com"
RESTORED: Final = "restored"
"""Names of what a person restores begin with `fleet-erp-<environment>-restored`."""
RESTORE_TEST_PREFIX: Final = "awsbackup-restore-test-"
"""Names of what a restore test restores begin so; AWS Backup gives them."""


def backup_role_name(naming: Naming) -> str:
    """Name AWS Backup's role for backups."""
    return naming.name(Kind.ROLE, "backup")


def restore_role_name(naming: Naming) -> str:
    """Name AWS Backup's role for restores."""
    return naming.name(Kind.ROLE, "backup-restore")


def restorer_role_name(naming: Naming) -> str:
    """Name the role of people who restore."""
    return naming.name(Kind.ROLE, "restorer")


def backup_statements(
    naming: Naming, *, regions: Sequence[str], buckets: Sequence[str], vault_arns: Sequence[str]
) -> tuple[Statement, ...]:
    """Say what taking and copying backups needs, in this region and in that of the copies."""
    snapshots = _in_regions(naming, regions, "rds", "snapshot:awsbackup:*")
    statements = [
        Statement(
            sid="Look",
            actions=(
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
                "tag:GetResources",
            ),
            resources=("*",),
        ),
        Statement(
            sid="SnapshotDatabase",
            actions=("rds:CreateDBSnapshot", "rds:AddTagsToResource"),
            resources=(naming.database_arn(), *snapshots),
        ),
        Statement(
            sid="CopySnapshots",
            actions=("rds:CopyDBSnapshot", "rds:DeleteDBSnapshot"),
            resources=snapshots,
        ),
        Statement(
            sid="BackUpFiles",
            actions=("elasticfilesystem:Backup", "elasticfilesystem:DescribeTags"),
            resources=(naming.arn("elasticfilesystem", "file-system/*"),),
            conditions=(_ours(naming),),
        ),
        Statement(
            sid="Vaults",
            actions=("backup:DescribeBackupVault", "backup:CopyIntoBackupVault"),
            resources=tuple(vault_arns),
        ),
        Statement(
            sid="RecoveryPoints",
            actions=("backup:CopyFromBackupVault", "backup:TagResource"),
            # A recovery point of RDS is named as the snapshot that it is.
            resources=(*_in_regions(naming, regions, "backup", "recovery-point:*"), *snapshots),
        ),
        *_keys(naming, regions),
    ]
    if buckets:
        statements += _bucket_backup(naming, buckets)
    return tuple(statements)


def _bucket_backup(naming: Naming, buckets: Sequence[str]) -> tuple[Statement, ...]:
    return (
        Statement(
            sid="ReadBuckets",
            actions=(
                "s3:GetBucketAcl",
                "s3:GetBucketLocation",
                "s3:GetBucketNotification",
                "s3:GetBucketTagging",
                "s3:GetBucketVersioning",
                "s3:GetInventoryConfiguration",
                "s3:ListBucket",
                "s3:ListBucketVersions",
                "s3:PutBucketNotification",
                "s3:PutInventoryConfiguration",
            ),
            resources=tuple(buckets),
        ),
        Statement(
            sid="ReadObjects",
            actions=(
                "s3:GetObject",
                "s3:GetObjectAcl",
                "s3:GetObjectTagging",
                "s3:GetObjectVersion",
                "s3:GetObjectVersionAcl",
                "s3:GetObjectVersionTagging",
            ),
            resources=tuple(f"{bucket}/*" for bucket in buckets),
        ),
        Statement(
            sid="FollowChanges",
            # AWS Backup hears of new objects by rules of its own making.
            actions=(
                "events:DeleteRule",
                "events:DescribeRule",
                "events:DisableRule",
                "events:EnableRule",
                "events:ListTargetsByRule",
                "events:PutRule",
                "events:PutTargets",
                "events:RemoveTargets",
            ),
            resources=(naming.arn("events", "rule/AwsBackupManagedRule*"),),
        ),
        Statement(
            sid="LookAround",
            actions=("cloudwatch:GetMetricData", "events:ListRules", "s3:ListAllMyBuckets"),
            resources=("*",),
        ),
    )


def restore_statements(
    naming: Naming, *, regions: Sequence[str], buckets: Sequence[str]
) -> tuple[Statement, ...]:
    """Say what restoring needs: everything under names of its own, objects alone into their own bucket."""
    restored = (
        naming.arn("rds", f"db:{RESTORE_TEST_PREFIX}*"),
        *_in_regions(naming, regions, "rds", f"db:{naming.prefix}-{RESTORED}*"),
    )
    settled = _around_databases(naming, regions)
    statements = [
        Statement(
            sid="Look",
            actions=(
                "elasticfilesystem:DescribeFileSystems",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
                "rds:ListTagsForResource",
            ),
            resources=("*",),
        ),
        Statement(
            sid="MakeDatabase",
            actions=("rds:AddTagsToResource", "rds:CreateDBInstance"),
            resources=(*restored, *settled),
        ),
        Statement(
            sid="RestoreDatabase",
            actions=("rds:RestoreDBInstanceFromDBSnapshot",),
            resources=(
                *restored,
                *settled,
                *_in_regions(naming, regions, "rds", "snapshot:awsbackup:*"),
            ),
        ),
        Statement(
            sid="ThrowTestsAway",
            actions=("rds:DeleteDBInstance",),
            resources=(naming.arn("rds", f"db:{RESTORE_TEST_PREFIX}*"),),
        ),
        Statement(
            sid="RestoreFiles",
            actions=(
                "elasticfilesystem:CreateFileSystem",
                "elasticfilesystem:Restore",
                "elasticfilesystem:TagResource",
            ),
            resources=_in_regions(naming, regions, "elasticfilesystem", "file-system/*"),
        ),
        *_keys(naming, regions),
    ]
    if buckets:
        statements += (
            Statement(
                sid="LookAtBuckets",
                actions=(
                    "s3:GetBucketLocation",
                    "s3:GetBucketVersioning",
                    "s3:ListBucket",
                    "s3:ListBucketVersions",
                ),
                resources=tuple(buckets),
            ),
            Statement(
                sid="RestoreObjects",
                actions=(
                    "s3:GetObject",
                    "s3:GetObjectVersion",
                    "s3:ListMultipartUploadParts",
                    "s3:PutObject",
                    "s3:PutObjectTagging",
                ),
                resources=tuple(f"{bucket}/*" for bucket in buckets),
            ),
        )
    return tuple(statements)


def restorer_statements(
    naming: Naming, *, regions: Sequence[str], vault_arns: Sequence[str]
) -> tuple[Statement, ...]:
    """Say what a person needs who restores: start a restore with AWS Backup's role, or go back by RDS.

    Nobody reads with this role what was restored, and nothing that runs can be changed or deleted by it:
    what `docs/runbooks/restore.md` asks for, and no more.
    """
    return (
        Statement(
            sid="Look",
            actions=(
                "backup:DescribeRestoreJob",
                "backup:GetRestoreTestingInferredMetadata",
                "backup:ListBackupJobs",
                "backup:ListRecoveryPointsByResource",
                "backup:ListRestoreJobs",
                "backup:ListRestoreTestingPlans",
                "rds:DescribeDBInstanceAutomatedBackups",
                "rds:DescribeDBInstances",
                "rds:DescribeDBSnapshots",
            ),
            resources=("*",),
        ),
        Statement(
            sid="LookIntoVaults",
            actions=("backup:DescribeBackupVault", "backup:ListRecoveryPointsByBackupVault"),
            resources=tuple(vault_arns),
        ),
        Statement(
            sid="Restore",
            actions=(
                "backup:DescribeRecoveryPoint",
                "backup:GetRecoveryPointRestoreMetadata",
                "backup:StartRestoreJob",
            ),
            resources=(
                *_in_regions(naming, regions, "backup", "recovery-point:*"),
                *_in_regions(naming, regions, "rds", "snapshot:awsbackup:*"),
            ),
        ),
        Statement(
            sid="BackUpAtOnce",
            actions=("backup:StartBackupJob",),
            resources=(vault_arns[0],),
        ),
        Statement(
            sid="GiveBackupItsRoles",
            actions=("iam:PassRole",),
            resources=(
                naming.role_arn(backup_role_name(naming)),
                naming.role_arn(restore_role_name(naming)),
            ),
            conditions=(
                Condition(operator="StringEquals", key="iam:PassedToService", values=(BACKUP_SERVICE,)),
            ),
        ),
        Statement(
            sid="RestoreDatabaseToAPointInTime",
            actions=("rds:AddTagsToResource", "rds:RestoreDBInstanceToPointInTime"),
            resources=(
                naming.database_arn(),
                *_in_regions(naming, regions, "rds", "auto-backup:*"),
                *_in_regions(naming, regions, "rds", f"db:{naming.prefix}-{RESTORED}*"),
                *_around_databases(naming, regions),
            ),
        ),
        *_keys(naming, regions),
    )


def _in_regions(naming: Naming, regions: Sequence[str], service: str, resource: str) -> tuple[str, ...]:
    return tuple(f"arn:{PARTITION}:{service}:{region}:{naming.account_id}:{resource}" for region in regions)


def _around_databases(naming: Naming, regions: Sequence[str]) -> tuple[str, ...]:
    """Give what an instance is put into: subnets and parameters, elsewhere those of whoever waits there."""
    return tuple(
        arn
        for region in regions
        for owner in [naming.prefix if region == naming.region else PROJECT]
        for resource in ("og:*", f"pg:{owner}-*", f"subgrp:{owner}-*")
        for arn in _in_regions(naming, [region], "rds", resource)
    )


def _ours(naming: Naming) -> Condition:
    return Condition(operator="StringEquals", key="aws:ResourceTag/Environment", values=(naming.environment,))


def _keys(naming: Naming, regions: Sequence[str]) -> tuple[Statement, ...]:
    """Let keys be used through the services whose data is kept; key policies say the same."""
    keys = tuple(f"arn:{PARTITION}:kms:{region}:{naming.account_id}:key/*" for region in regions)
    services = tuple(
        f"{service}.{region}.amazonaws.com"
        for region in regions
        for service in ("backup", "elasticfilesystem", "rds", "s3")
    )
    through = Condition(operator="StringEquals", key="kms:ViaService", values=services)
    ours = Condition(
        operator="ForAnyValue:StringEquals",
        key="kms:ResourceAliases",
        values=tuple(naming.key_alias(purpose) for purpose in ("data", "backup", "backup-copies")),
    )
    return (
        Statement(
            sid="UseKeysThroughServices",
            actions=("kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
            resources=keys,
            conditions=(through, ours),
        ),
        Statement(
            sid="GrantKeysToServices",
            actions=("kms:CreateGrant",),
            resources=keys,
            conditions=(
                through,
                ours,
                Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",)),
            ),
        ),
    )
