"""Everything that is kept of an environment's data beyond the stores themselves."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...data import Database, Filestore, ObjectStore
from ...keys import Keys
from ...naming import Naming
from ...network import Network
from ...settings import BackupSettings, EstateSettings
from .copies import COPIES, RecoveryCopies
from .plan import BackupPlan
from .restore_testing import RestoreTesting
from .rights import backup_role_name, restorer_role_name
from .roles import BackupRoles
from .vaults import Keepers, Vault, vault_arn_of

STORES: Final = "stores"
OBJECTS: Final = "objects"
BACKED_UP: Final = frozenset({"EFS", "RDS", "S3"})
KNOWN_SERVICES: Final = (
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "S3",
    "SAP HANA on Amazon EC2",
    "Storage Gateway",
    "Timestream",
    "VirtualMachine",
)
"""What AWS Backup knows in a region; all must be said, or the provider finds a difference with every run."""


class Backups(pulumi.ComponentResource):
    """Vault, plans, roles and copies by AWS Backup (SEC-13, DATA-02).

    | store | how | kept |
    |---|---|---|
    | database | snapshot a day; besides it RDS keeps its own log, to any second | `rules` of the stack file |
    | file store | backup a day | the same |
    | buckets with restricted data | continuously, to any second | `objects_keep_days` |

    With `copy_region` all of it is copied there. RDS snapshots keep the key of their database; file store and
    buckets get the vault's key, and everything in the recovery region the key of the copies.

    Objects that have gone to Glacier are not read again by AWS Backup: what it saw of them before they went
    is kept as long as the others.
    """

    vault_name: pulumi.Output[str]
    restore_role_arn: pulumi.Output[str]
    """What AWS Backup restores with."""

    def __init__(
        self,
        name: str,
        *,
        backup: BackupSettings,
        settings: EstateSettings,
        naming: Naming,
        keys: Keys,
        network: Network,
        database: Database,
        filestore: Filestore,
        objects: ObjectStore,
        topic_arn: pulumi.Input[str],
        protect: bool,
        recovery_provider: aws.Provider | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the backups. `recovery_provider` is of the region that copies go to."""
        super().__init__("fleet:protection:Backups", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        keepers = Keepers(
            break_glass=settings.cluster.break_glass_role,
            restorer=restorer_role_name(naming),
            backup=backup_role_name(naming),
        )
        elsewhere = (
            None
            if backup.copy_region is None
            else naming.peer(
                environment=naming.environment, account_id=naming.account_id, region=backup.copy_region
            )
        )
        buckets = [
            bucket.name for bucket in settings.objects.buckets if bucket.classification == "restricted"
        ]
        if settings.environment.account_baseline:
            aws.backup.RegionSettings(
                "services",
                aws.backup.RegionSettingsArgs(
                    resource_type_opt_in_preference={
                        service: service in BACKED_UP for service in KNOWN_SERVICES
                    }
                ),
                opts=child,
            )
        roles = BackupRoles(
            "backup-roles",
            naming=naming,
            regions=[naming.region, *([elsewhere.region] if elsewhere else [])],
            buckets=[naming.bucket_arn(bucket) for bucket in buckets],
            vault_arns=[vault_arn_of(naming), *([vault_arn_of(elsewhere, COPIES)] if elsewhere else [])],
            restorer_trust=[settings.cluster.operator_role, settings.cluster.break_glass_role],
            opts=child,
        )
        vault = Vault(
            "backup",
            naming=naming,
            key_arn=keys.backup.arn,
            lock=backup.lock,
            keepers=keepers,
            protect=protect,
            opts=child,
        )
        copies = (
            RecoveryCopies(
                "recovery-copies",
                naming=elsewhere,
                encryption=settings.encryption,
                lock=backup.lock,
                keepers=keepers,
                database_arn=database.instance_arn if settings.recovery.serving else None,
                database_log_days=settings.database.backup_retention_days,
                protect=protect,
                opts=pulumi.ResourceOptions(parent=self, providers=[recovery_provider]),
            )
            if elsewhere is not None and recovery_provider is not None
            else None
        )

        def plan(label: str, stores: list[pulumi.Input[str]], *, continuous_days: int | None = None) -> None:
            BackupPlan(
                label,
                rules=backup.rules,
                continuous_days=continuous_days,
                stores=stores,
                naming=naming,
                vault_name=vault.vault_name,
                copy_vault_arn=copies.vault_arn if copies is not None else None,
                role_arn=roles.backup_arn,
                opts=child,
            )

        # A standby's database is a copy already, and AWS Backup takes no replica of PostgreSQL.
        databases = [database.instance_arn] if settings.recovery.serving else []
        plan(STORES, [*databases, filestore.file_system_arn])
        if buckets:
            plan(
                OBJECTS,
                [objects.bucket_arns[bucket] for bucket in buckets],
                continuous_days=backup.objects_keep_days,
            )
        if backup.restore_test is not None:
            RestoreTesting(
                "restore-testing",
                test=backup.restore_test,
                settings=settings,
                naming=naming,
                network=network,
                vault_arn=vault.arn,
                database_arn=database.instance_arn,
                restore_role_arn=roles.restore_arn,
                logs_key_arn=keys.logs.arn,
                topic_arn=topic_arn,
                opts=child,
            )
        self.vault_name = vault.vault_name
        self.restore_role_arn = roles.restore_arn
        self.register_outputs({"vaultName": self.vault_name, "restoreRoleArn": self.restore_role_arn})
