"""Backup vaults: what holds when somebody has become administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.actions import allowed_among
from policies.aws.document_places import Use
from policies.aws.documents import Statement, documents
from policies.aws.tokens import BACKUP_VAULTS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
)

VAULT_POLICIES: Final = ("aws:backup/vaultPolicy:VaultPolicy",)
DESTRUCTION: Final = frozenset(
    {
        "backup:deletebackupvault",
        "backup:deletebackupvaultaccesspolicy",
        "backup:deleterecoverypoint",
        "backup:putbackupvaultaccesspolicy",
        "backup:updaterecoverypointlifecycle",
    }
)
"""Actions by which recovery points go away, or by which the policy that protects them does."""

RESTORE: Final = "backup:startrestorejob"
RESTORE_TESTING: Final = re.compile(
    r"arn:[\w-]+:iam::\d{12}:role/aws-service-role/restore-testing\.backup\.amazonaws\.com/"
    r"AWSServiceRoleForBackupRestoreTesting"
)
"""The service-linked role that restore testing starts its restores with: nobody can assume it."""
_EXCEPT: Final = frozenset({"arnnotequals", "arnnotlike", "stringnotequals", "stringnotlike"})


def _denials(vault: ResourceView, graph: Graph) -> Iterator[Statement]:
    for policy in graph.attached(vault, "backupVaultName", *VAULT_POLICIES):
        for document in documents(policy, Use.RESOURCE):
            yield from (statement for statement in document.statements if statement.denies)


def _excepted(statement: Statement) -> tuple[str, ...] | None:
    """Give whom a denial leaves out; None when it does not say so by `aws:PrincipalArn` alone."""
    if not statement.admits_everyone:
        return None
    names: list[str] = []
    for condition in statement.conditions:
        if condition.key != "aws:principalarn" or condition.operator not in _EXCEPT or condition.qualifier:
            return None
        names.extend(condition.values)
    return tuple(names)


def _one_role(names: tuple[str, ...]) -> bool:
    """Whether at most one role is left out, named in full."""
    return len(names) <= 1 and not any(set("*?") & set(name) for name in names)


_LEVELS: Final = mandatory_in("prod", "dr", otherwise=Level.ADVISORY)


@joined_rule(
    "iam-backup-restricted",
    subjects=BACKUP_VAULTS,
    severity=Severity.HIGH,
    levels=_LEVELS,
    controls=Controls((), (), ("SEC-13",), ("8(5)",)),
    remedy=(
        "Declare backup.VaultPolicy that denies everyone the deletion of recovery points and of the policy"
        " itself, at most one break-glass role excepted by aws:PrincipalArn."
    ),
)
def backup_restricted(vault: ResourceView, graph: Graph) -> Findings:
    """The vault's policy denies everyone to delete recovery points, whatever IAM allows them."""
    denied = {
        action
        for statement in _denials(vault, graph)
        if (excepted := _excepted(statement)) is not None and _one_role(excepted)
        for action in allowed_among(statement, DESTRUCTION)
    }
    if missing := sorted(DESTRUCTION - denied):
        yield f"its policy does not deny {', '.join(missing)}"


@joined_rule(
    "iam-backup-restore",
    subjects=BACKUP_VAULTS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls((), (), ("SEC-13",), ("8(5)",)),
    remedy="Deny backup:StartRestoreJob to everyone but one role, by ArnNotEquals on aws:PrincipalArn.",
)
def backup_restore(vault: ResourceView, graph: Graph) -> Findings:
    """Exactly one role may restore from the vault: a restore makes a copy of everything.

    Restore testing may too: it restores as a role of its own, throws away what it made, and is declared.
    """
    for statement in _denials(vault, graph):
        excepted = _excepted(statement)
        if excepted is None or not allowed_among(statement, (RESTORE,)):
            continue
        if _one_role(tuple(name for name in excepted if not RESTORE_TESTING.fullmatch(name))):
            return
    yield "its policy does not limit restores to one role"
