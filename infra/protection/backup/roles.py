"""Roles around backups: AWS Backup's own two, and the one that a person restores with.

Actions are those of the managed policies AWSBackupServiceRolePolicyForBackup, …ForRestores, …ForS3Backup and
…ForS3Restore, cut down to the stores of one environment. What has to be restored gets a new name, so that no
restore can ever write over what runs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, assume_role_by_service, policy_document
from ...naming import PARTITION, Kind, Naming

BACKUP_SERVICE: Final = "backup.amazonaws.com"
RESTORED: Final = "restored"
"""Names of what a person restores begin with `fleet-erp-<environment>-restored`."""
RESTORE_TEST_PREFIX: Final = "awsbackup-restore-test-"
"""Names of what a restore test restores begin so; AWS Backup gives them."""
SESSION_SECONDS: Final = 4 * 3600


class BackupRoles(pulumi.ComponentResource):
    """The roles that back up and restore, each for the stores of this environment alone (SEC-13)."""

    backup_arn: pulumi.Output[str]
    """What AWS Backup takes and copies backups with."""
    restore_arn: pulumi.Output[str]
    """What AWS Backup restores with; a restore names it."""

    def __init__(
        self,
        name: str,
        *,
        naming: Naming,
        regions: Sequence[str],
        buckets: Sequence[str],
        vault_arns: Sequence[str],
        restorer_trust: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the roles. `buckets` are ARNs, `restorer_trust` names of roles that may become restorer."""
        super().__init__("fleet:protection:BackupRoles", name, None, opts)
        self._naming = naming
        self._child = pulumi.ResourceOptions(parent=self)
        by_backup = assume_role_by_service(BACKUP_SERVICE, account_id=naming.account_id)
        backup = self._role(
            "backup",
            backup_role_name(naming),
            "AWS Backup takes and copies backups with it",
            by_backup,
            backup_statements(naming, regions=regions, buckets=buckets, vault_arns=vault_arns),
        )
        restore = self._role(
            "backup-restore",
            restore_role_name(naming),
            "AWS Backup restores with it, under new names only",
            by_backup,
            restore_statements(naming, buckets=buckets),
        )
        self._role(
            "restorer",
            restorer_role_name(naming),
            "The one role that people restore backups with",
            policy_document(_trusted(naming, restorer_trust)),
            restorer_statements(naming, vault_arns=vault_arns),
        )
        self.backup_arn = backup
        self.restore_arn = restore
        self.register_outputs({"backupArn": backup, "restoreArn": restore})

    def _role(
        self,
        label: str,
        name: str,
        description: str,
        trust: pulumi.Input[str],
        statements: Sequence[Statement],
    ) -> pulumi.Output[str]:
        role = aws.iam.Role(
            label,
            aws.iam.RoleArgs(
                name=name,
                description=description,
                assume_role_policy=trust,
                max_session_duration=SESSION_SECONDS,
                tags=self._naming.tags(name),
            ),
            opts=self._child,
        )
        policy = aws.iam.RolePolicy(
            label,
            aws.iam.RolePolicyArgs(role=role.name, policy=policy_document(*statements)),
            opts=self._child,
        )
        # Whoever asks for the role gets it with its rights.
        return pulumi.Output.all(role.arn, policy.id).apply(lambda values: str(values[0]))


def backup_role_name(naming: Naming) -> str:
    """Name AWS Backup's role for backups."""
    return naming.name(Kind.ROLE, "backup")


def restore_role_name(naming: Naming) -> str:
    """Name AWS Backup's role for restores."""
    return naming.name(Kind.ROLE, "backup-restore")


def restorer_role_name(naming: Naming) -> str:
    """Name the role of people who restore."""
    return naming.name(Kind.ROLE, "restorer")


def _trusted(naming: Naming, roles: Sequence[str]) -> Statement:
    """Let some roles of the account become restorer: as a condition, for a role may be made later."""
    return Statement(
        sid="BecomeRestorer",
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


def backup_statements(
    naming: Naming, *, regions: Sequence[str], buckets: Sequence[str], vault_arns: Sequence[str]
) -> tuple[Statement, ...]:
    """Say what taking and copying backups needs, in this region and in that of the copies."""

    def in_regions(service: str, resource: str) -> tuple[str, ...]:
        return tuple(
            f"arn:{PARTITION}:{service}:{region}:{naming.account_id}:{resource}" for region in regions
        )

    snapshots = in_regions("rds", "snapshot:awsbackup:*")
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
            resources=in_regions("backup", "recovery-point:*"),
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


def restore_statements(naming: Naming, *, buckets: Sequence[str]) -> tuple[Statement, ...]:
    """Say what restoring needs: everything under names of its own, objects alone into their own bucket."""
    restored = tuple(
        naming.arn("rds", f"db:{prefix}*") for prefix in (RESTORE_TEST_PREFIX, f"{naming.prefix}-{RESTORED}")
    )
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
            sid="RestoreDatabase",
            actions=("rds:AddTagsToResource", "rds:CreateDBInstance", "rds:RestoreDBInstanceFromDBSnapshot"),
            resources=(
                *restored,
                naming.arn("rds", "og:*"),
                naming.arn("rds", f"pg:{naming.prefix}-*"),
                naming.arn("rds", "snapshot:awsbackup:*"),
                naming.arn("rds", f"subgrp:{naming.prefix}-*"),
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
            resources=(naming.arn("elasticfilesystem", "file-system/*"),),
        ),
        *_keys(naming, (naming.region,)),
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


def restorer_statements(naming: Naming, *, vault_arns: Sequence[str]) -> tuple[Statement, ...]:
    """Say what a person needs who restores: start a restore with AWS Backup's role, or go back by RDS."""
    return (
        Statement(
            sid="Look",
            actions=(
                "backup:DescribeRestoreJob",
                "backup:ListRecoveryPointsByResource",
                "backup:ListRestoreJobs",
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
                naming.arn("backup", "recovery-point:*"),
                naming.arn("rds", "snapshot:awsbackup:*"),
            ),
        ),
        Statement(
            sid="GiveBackupItsRole",
            actions=("iam:PassRole",),
            resources=(naming.role_arn(restore_role_name(naming)),),
            conditions=(
                Condition(operator="StringEquals", key="iam:PassedToService", values=(BACKUP_SERVICE,)),
            ),
        ),
        Statement(
            sid="RestoreDatabaseToAPointInTime",
            actions=("rds:AddTagsToResource", "rds:RestoreDBInstanceToPointInTime"),
            resources=(
                naming.database_arn(),
                naming.arn("rds", "auto-backup:*"),
                naming.arn("rds", f"db:{naming.prefix}-{RESTORED}*"),
                naming.arn("rds", "og:*"),
                naming.arn("rds", f"pg:{naming.prefix}-*"),
                naming.arn("rds", f"subgrp:{naming.prefix}-*"),
            ),
        ),
        *_keys(naming, (naming.region,)),
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
