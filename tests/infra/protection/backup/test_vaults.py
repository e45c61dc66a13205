"""Vaults: our key, a lock that can be taken off, and a policy that holds against administrators."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.policies.mutations.editing import (
    Change,
    with_document,
    with_input,
    with_option,
    without,
    without_input,
)

from .access import denies
from .reading import (
    ACCOUNTS,
    BACKED_UP,
    KEY,
    PLAN,
    VAULT,
    VAULT_LOCK,
    VAULT_POLICY,
    attached,
    called,
    inside,
    problems,
    provider,
    sources,
)

LOCKED: Final = ("prod", "dr")
MONTH_DAYS: Final = 30
DESTRUCTION: Final = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:DeleteRecoveryPoint",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
    "backup:UpdateRecoveryPointLifecycle",
)


def principals(stack: str) -> dict[str, str]:
    """Who is in the account, by the ARN that `aws:PrincipalArn` has for a session of theirs too."""
    role = f"arn:aws:iam::{ACCOUNTS[stack]}:role"
    return {
        "administrator": f"{role}/administrator",
        "backup": f"{role}/fleet-erp-{stack}-backup",
        "break-glass": f"{role}/fleet-erp-break-glass-{stack}",
        "deployer": f"{role}/fleet-erp-deploy-{stack}",
        "judge": f"{role}/fleet-erp-{stack}-restore-judge",
        "operator": f"{role}/fleet-erp-operator-{stack}",
        "restore": f"{role}/fleet-erp-{stack}-backup-restore",
        "restore-testing": f"{role}/aws-service-role/restore-testing.backup.amazonaws.com/"
        "AWSServiceRoleForBackupRestoreTesting",
        "restorer": f"{role}/fleet-erp-{stack}-restorer",
        "root": f"arn:aws:iam::{ACCOUNTS[stack]}:root",
    }


NOT_DENIED: Final = {
    **{action: {"break-glass"} for action in DESTRUCTION},
    "backup:StartRestoreJob": {"restorer", "restore-testing"},
    "backup:GetRecoveryPointRestoreMetadata": {"restorer", "restore-testing"},
    "backup:CopyFromBackupVault": {"backup"},
    "backup:StartCopyJob": {"backup"},
}


def encrypted(graph: ResourceGraph) -> Iterator[str]:
    """Each vault has a key of ours, made where the vault is."""
    for vault in inside(graph, VAULT):
        keys = sources(graph, vault, "kmsKeyArn")
        if [key.type for key in keys] != [KEY]:
            yield f"{vault.name}: its key is not ours"
        elif provider(keys[0]) != provider(vault):
            yield f"{vault.name}: its key is in another region"


def reached_by_few(graph: ResourceGraph) -> Iterator[str]:
    """Whoever is not meant is denied, whatever IAM allows; whoever is meant is not."""
    for vault in inside(graph, VAULT):
        policies = attached(graph, VAULT_POLICY, "backupVaultName", vault)
        if len(policies) != 1:
            yield f"{vault.name}: {len(policies)} policies"
            continue
        document = policies[0].inputs["policy"]
        point = f"arn:aws:backup:ap-south-1:{ACCOUNTS[graph.stack]}:recovery-point:1"
        for action, meant in NOT_DENIED.items():
            for who, arn in principals(graph.stack).items():
                denied = denies(document, action, point, {"aws:PrincipalArn": arn})
                if denied == (who in meant):
                    yield f"{vault.name}: {who} {'may not' if denied else 'may'} {action}"


def locked(graph: ResourceGraph) -> Iterator[str]:
    """What a plan asks for is inside the lock, or its jobs would fail; a month is the least."""
    for vault in inside(graph, VAULT):
        locks = attached(graph, VAULT_LOCK, "backupVaultName", vault)
        if len(locks) != 1:
            yield f"{vault.name}: {len(locks)} locks"
            continue
        bounds = locks[0].inputs
        if "changeableForDays" in bounds:
            yield f"{vault.name}: nobody could take its lock off"
        if bounds.get("minRetentionDays", 0) < MONTH_DAYS:
            yield f"{vault.name}: less than a month is possible"
        yield from (
            f"{vault.name}: {days} days are outside its lock"
            for days in retentions(graph, vault)
            if not bounds.get("minRetentionDays", 0) <= days <= bounds.get("maxRetentionDays", 0)
        )


def retentions(graph: ResourceGraph, vault: Resource) -> set[int]:
    """How long plans keep in a vault, and how long they keep copies there."""
    rules: list[dict[str, Any]] = [rule for plan in inside(graph, PLAN) for rule in plan.inputs["rules"]]
    return {
        rule["lifecycle"]["deleteAfter"] for rule in rules if rule["targetVaultName"] == vault.inputs["name"]
    } | {
        copy["lifecycle"]["deleteAfter"]
        for rule in rules
        for copy in rule.get("copyActions", ())
        if copy["destinationVaultArn"] == vault.outputs["arn"]
    }


def kept(graph: ResourceGraph) -> Iterator[str]:
    """A stack that goes away leaves its backups where they are."""
    for vault in inside(graph, VAULT):
        if not (vault.protect and vault.retain_on_delete) or vault.inputs["forceDestroy"]:
            yield f"{vault.name}: goes away with its stack"


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize("stack", BACKED_UP)
def test_backups_are_encrypted_and_reached_by_few(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    assert len(inside(graph, VAULT)) == (2 if stack == "prod" else 1)
    assert problems(graph, encrypted, reached_by_few) == []


@pytest.mark.requirement("SEC-13")
@pytest.mark.parametrize("stack", LOCKED)
def test_backups_stay(estate: EstateRenderer, stack: str) -> None:
    assert problems(estate(stack), locked, kept) == []


def test_lock_is_there_before_the_policy_that_guards_it(estate: EstateRenderer) -> None:
    """Afterwards the deployer is denied to lock."""
    graph = estate("prod")
    for vault in inside(graph, VAULT):
        (lock,) = attached(graph, VAULT_LOCK, "backupVaultName", vault)
        (policy,) = attached(graph, VAULT_POLICY, "backupVaultName", vault)
        assert lock.urn in policy.dependencies


def _names_administrator(document: dict[str, Any]) -> None:
    for statement in document["Statement"]:
        named = statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]
        statement["Condition"]["ArnNotEquals"]["aws:PrincipalArn"] = [
            *([named] if isinstance(named, str) else named),
            principals("prod")["administrator"],
        ]


def _forgets_restores(document: dict[str, Any]) -> None:
    document["Statement"] = [part for part in document["Statement"] if part["Sid"] != "RestoreByOneRole"]


def _forgets_the_lock(document: dict[str, Any]) -> None:
    for statement in document["Statement"]:
        statement["Action"] = [action for action in statement["Action"] if "Lock" not in action]


def breakages(graph: ResourceGraph) -> dict[str, tuple[Change, str]]:
    """Losses of protection, each with what is said of it."""
    vault = called(graph, VAULT, "backup")
    policy = called(graph, VAULT_POLICY, "backup-copies").urn
    lock = called(graph, VAULT_LOCK, "backup").urn
    stores = called(graph, PLAN, "stores").urn
    elsewhere = called(graph, KEY, "backup-copies")
    return {
        "AWS's own key": (without_input(vault.urn, "kmsKeyArn"), "its key is not ours"),
        "a key of the other region": (
            with_option(vault.urn, property_dependencies={"kmsKeyArn": (elsewhere.urn,)}),
            "in another region",
        ),
        "no policy": (without(policy), "0 policies"),
        "an administrator too": (
            with_document(policy, "policy", _names_administrator),
            "administrator may backup:DeleteRecoveryPoint",
        ),
        "restores by all": (
            with_document(policy, "policy", _forgets_restores),
            "operator may backup:StartRestoreJob",
        ),
        "lock taken off by all": (
            with_document(policy, "policy", _forgets_the_lock),
            "deployer may backup:DeleteBackupVaultLockConfiguration",
        ),
        "no lock": (without(lock), "0 locks"),
        "a lock for ever": (with_input(lock, "changeableForDays", 3), "nobody could take"),
        "a lock of a week": (with_input(lock, "minRetentionDays", 7), "less than a month"),
        "kept for longer than the lock lets": (
            with_input(stores, "rules.0.lifecycle.deleteAfter", 400),
            "400 days are outside",
        ),
        "a vault that goes": (with_option(vault.urn, retain_on_delete=False), "goes away"),
    }


@pytest.mark.requirement("SEC-13")
def test_each_loss_is_noticed(estate: EstateRenderer) -> None:
    graph = estate("prod")
    for what, (change, said) in breakages(graph).items():
        found = problems(change(graph), encrypted, reached_by_few, locked, kept)
        assert any(said in line for line in found), (what, found)


def test_no_condition_of_a_vault_is_about_who_is_not_known(estate: EstateRenderer) -> None:
    """A role that is misspelt in a denial would leave nobody."""
    for stack in BACKED_UP:
        for policy in inside(estate(stack), VAULT_POLICY):
            named = {
                arn
                for part in json.loads(policy.inputs["policy"])["Statement"]
                for value in [part["Condition"]["ArnNotEquals"]["aws:PrincipalArn"]]
                for arn in ([value] if isinstance(value, str) else value)
            }
            assert named <= set(principals(stack).values())
