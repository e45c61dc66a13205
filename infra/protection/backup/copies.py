"""What production keeps of its data in the recovery region."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...keys import EncryptionKey
from ...keys.statements import backup as backup_key_statements
from ...naming import Naming
from ...settings import EncryptionSettings, VaultLockSettings
from .vaults import Keepers, Vault

COPIES: Final = "copies"


class RecoveryCopies(pulumi.ComponentResource):
    """Key and vault for copies, and the log of the database, in the recovery region (SEC-13, DATA-02).

    Declared by the environment whose data it is: when its region is lost, everything here is there already.
    Snapshots arrive once a day; the replicated log of the database takes it to any second until some minutes
    before the loss, should the standby database be of no use.

    Every resource here is made by the provider of the recovery region, which `opts` brings.
    """

    vault_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        naming: Naming,
        encryption: EncryptionSettings,
        lock: VaultLockSettings | None,
        keepers: Keepers,
        database_arn: pulumi.Input[str] | None,
        database_log_days: int,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the copies' place; `naming` has the recovery region.

        Without `database_arn` no log is copied: of a database that itself follows one in that region.
        """
        super().__init__("fleet:protection:RecoveryCopies", name, None, opts)
        key = EncryptionKey(
            f"backup-{COPIES}",
            what="Copies of backups",
            policy=backup_key_statements(naming),
            settings=encryption,
            naming=naming,
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )
        vault = Vault(
            f"backup-{COPIES}",
            purpose=COPIES,
            naming=naming,
            key_arn=key.arn,
            lock=lock,
            keepers=keepers,
            protect=protect,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if database_arn is not None:
            aws.rds.InstanceAutomatedBackupsReplication(
                "database-log",
                aws.rds.InstanceAutomatedBackupsReplicationArgs(
                    source_db_instance_arn=database_arn,
                    kms_key_id=key.arn,
                    retention_period=database_log_days,
                ),
                opts=pulumi.ResourceOptions(parent=self, protect=protect),
            )
        self.vault_arn = vault.arn
        self.register_outputs({"vaultArn": self.vault_arn})
