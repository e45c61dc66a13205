"""Roles around backups: AWS Backup's own two, and the one that a person restores with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, assume_role_by_service, policy_document
from ...naming import Naming
from .rights import (
    BACKUP_SERVICE,
    backup_role_name,
    backup_statements,
    restore_role_name,
    restore_statements,
    restorer_role_name,
    restorer_statements,
)

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
        """Make the roles.

        `regions` are those where backups lie, `buckets` ARNs, `restorer_trust` names of roles that may become
        restorer. The environment's own vault is the first of `vault_arns`.
        """
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
            restore_statements(naming, regions=regions, buckets=buckets),
        )
        self._role(
            "restorer",
            restorer_role_name(naming),
            "The one role that people restore backups with",
            policy_document(_trusted(naming, restorer_trust)),
            restorer_statements(naming, regions=regions, vault_arns=vault_arns),
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
