"""The vaults that backups lie in, and who is kept from what in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import ANYONE, Condition, Statement, policy_document
from ...naming import PARTITION, Kind, Naming
from ...settings import VaultLockSettings

DESTRUCTION: Final = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
)
"""What takes backups away, or what keeps them: policy and lock. Expiry by a plan's own lifecycle goes on."""
RESTORES: Final = ("backup:GetRecoveryPointRestoreMetadata", "backup:StartRestoreJob")
COPIES: Final = ("backup:CopyFromBackupVault", "backup:StartCopyJob")
"""A plan copies as the role of its selection (AWS managed policy reference,
AWSBackupServiceRolePolicyForBackup, BackupVaultCopyPermissions)."""
RESTORE_TESTING_ROLE: Final = (
    "role/aws-service-role/restore-testing.backup.amazonaws.com/AWSServiceRoleForBackupRestoreTesting"
)
"""The service-linked role that restore testing starts its restores with (AWS managed policy reference,
AWSServiceRolePolicyForBackupRestoreTesting)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keepers:
    """Roles that a vault's policy leaves out of its denials, by name."""

    break_glass: str
    """May destroy."""
    restorer: str
    """May restore, as a person."""
    backup: str
    """May copy, as AWS Backup itself."""


class Vault(pulumi.ComponentResource):
    """A vault with our key, closed to everyone but the few that are named (SEC-13).

    Its policy denies, so that it holds whatever IAM allows anybody, an administrator too:

    | who | may |
    |---|---|
    | break-glass role | delete recovery points and the vault, change this policy and the lock |
    | restore role, and restore testing of AWS Backup | start restores |
    | backup role | copy recovery points elsewhere |

    A changed policy or lock is therefore applied by the break-glass role. The lock is one of governance: it
    refuses retention outside its bounds, and one role may take it off.
    """

    vault_name: pulumi.Output[str]
    """The vault's name, once its policy is in place."""
    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        purpose: str | None = None,
        naming: Naming,
        key_arn: pulumi.Input[str],
        lock: VaultLockSettings | None,
        keepers: Keepers,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:protection:Vault", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vault_name = vault_name_of(naming, purpose)
        vault = aws.backup.Vault(
            name,
            aws.backup.VaultArgs(
                name=vault_name,
                kms_key_arn=key_arn,
                force_destroy=False,
                tags=naming.tags(vault_name, classification="restricted"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        locks = (
            []
            if lock is None
            else [
                aws.backup.VaultLockConfiguration(
                    name,
                    # Without `changeable_for_days`: with it nobody could ever take the lock off again.
                    aws.backup.VaultLockConfigurationArgs(
                        backup_vault_name=vault.name,
                        min_retention_days=lock.min_keep_days,
                        max_retention_days=lock.max_keep_days,
                    ),
                    opts=child,
                )
            ]
        )
        policy = aws.backup.VaultPolicy(
            name,
            aws.backup.VaultPolicyArgs(
                backup_vault_name=vault.name, policy=policy_document(*_statements(naming, keepers))
            ),
            # Once it is there, only the break-glass role can lock.
            opts=pulumi.ResourceOptions(parent=self, depends_on=locks),
        )
        self.vault_name = policy.backup_vault_name
        self.arn = vault.arn
        self.register_outputs({"vaultName": self.vault_name, "arn": self.arn})


def vault_name_of(naming: Naming, purpose: str | None = None) -> str:
    """Name a vault: `fleet-erp-prod`, `fleet-erp-prod-copies`."""
    return naming.name(Kind.BACKUP_VAULT, *([] if purpose is None else [purpose]))


def vault_arn_of(naming: Naming, purpose: str | None = None) -> str:
    """Compose the ARN of a vault."""
    return naming.arn("backup", f"backup-vault:{vault_name_of(naming, purpose)}")


def _statements(naming: Naming, keepers: Keepers) -> tuple[Statement, ...]:
    def deny(sid: str, actions: tuple[str, ...], *excepted: str) -> Statement:
        return Statement(
            sid=sid,
            effect="Deny",
            actions=actions,
            resources=("*",),
            principals=(ANYONE,),
            conditions=(Condition(operator="ArnNotEquals", key="aws:PrincipalArn", values=excepted),),
        )

    return (
        deny("KeepBackups", DESTRUCTION, naming.role_arn(keepers.break_glass)),
        deny(
            "RestoreByOneRole",
            RESTORES,
            naming.role_arn(keepers.restorer),
            f"arn:{PARTITION}:iam::{naming.account_id}:{RESTORE_TESTING_ROLE}",
        ),
        deny("CopyByPlanAlone", COPIES, naming.role_arn(keepers.backup)),
    )
