"""Rows of the rules about who may delete and restore backups."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, DROP, Ref, thing
from tests.policies.identity.fixtures import (
    BREAK_GLASS,
    ROOT,
    allow,
    text,
)
from tests.policies.table import Break, Row

_VAULT: Final = "aws:backup/vault:Vault"
_VAULT_POLICY: Final = "aws:backup/vaultPolicy:VaultPolicy"
_DESTRUCTION: Final = [
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:UpdateRecoveryPointLifecycle",
]
_RESTORE_TESTING: Final = (
    f"arn:aws:iam::{ACCOUNT_ID}:role/aws-service-role/restore-testing.backup.amazonaws.com/"
    "AWSServiceRoleForBackupRestoreTesting"
)
_BUT_BREAK_GLASS: Final = {"ArnNotEquals": {"aws:PrincipalArn": BREAK_GLASS}}


def deny(actions: Any, **elements: Any) -> dict[str, Any]:
    """Give a statement that denies everyone."""
    return {**allow(actions, "*", Principal="*", **elements), "Effect": "Deny"}


def _not(actions: list[str], *missing: str) -> list[str]:
    return [action for action in actions if action not in missing]


_DENY_DESTRUCTION: Final = deny(_DESTRUCTION, Condition=_BUT_BREAK_GLASS)
_DENY_RESTORE: Final = deny("backup:StartRestoreJob", Condition=_BUT_BREAK_GLASS)

ROWS: Final = (
    Row(
        "iam-backup-restricted",
        (
            thing(_VAULT, "vault", name="fleet-erp-prod"),
            thing(
                _VAULT_POLICY,
                "guard",
                backupVaultName=Ref("vault", "name"),
                policy=text(_DENY_DESTRUCTION, _DENY_RESTORE),
            ),
        ),
        (
            Break(
                {"guard": DROP},
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny(_not(_DESTRUCTION, "backup:DeleteRecoveryPoint"), Condition=_BUT_BREAK_GLASS)
                    )
                },
                {"vault": "its policy does not deny backup:deleterecoverypoint"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny(
                            _DESTRUCTION,
                            Condition={
                                "ArnNotLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT_ID}:role/*"}
                            },
                        )
                    )
                },
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
            Break(
                {"guard.policy": text({**_DENY_DESTRUCTION, "Effect": "Allow"})},
                {"vault": f"its policy does not deny {', '.join(map(str.lower, _DESTRUCTION))}"},
            ),
        ),
        unknown="guard.policy",
        unknown_at="vault",
        also_holds=({"guard.policy": text(deny("backup:*"))},),
    ),
    Row(
        "iam-backup-restore",
        (
            thing(_VAULT, "vault", name="fleet-erp-prod"),
            thing(_VAULT_POLICY, "guard", backupVaultName=Ref("vault", "name"), policy=text(_DENY_RESTORE)),
        ),
        (
            Break({"guard": DROP}, {"vault": "its policy does not limit restores to one role"}),
            Break(
                {
                    "guard.policy": text(
                        deny(
                            "backup:StartRestoreJob",
                            Condition={"ArnNotEquals": {"aws:PrincipalArn": [BREAK_GLASS, ROOT]}},
                        )
                    )
                },
                {"vault": "its policy does not limit restores to one role"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny(
                            "backup:StartRestoreJob",
                            Condition={
                                "ArnNotEquals": {
                                    "aws:PrincipalArn": [
                                        BREAK_GLASS,
                                        _RESTORE_TESTING.replace("aws-service-", ""),
                                    ]
                                }
                            },
                        )
                    )
                },
                {"vault": "its policy does not limit restores to one role"},
            ),
            Break(
                {
                    "guard.policy": text(
                        deny("backup:StartRestoreJob", Condition={"Bool": {"aws:SecureTransport": "false"}})
                    )
                },
                {"vault": "its policy does not limit restores to one role"},
            ),
        ),
        unknown="guard.policy",
        unknown_at="vault",
        also_holds=(
            {
                "guard.policy": text(
                    deny(
                        "backup:StartRestoreJob",
                        Condition={"ArnNotEquals": {"aws:PrincipalArn": [BREAK_GLASS, _RESTORE_TESTING]}},
                    )
                )
            },
        ),
    ),
)
