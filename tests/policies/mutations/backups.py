"""Breakages of what is kept: vaults, locks, plans, copies, restore tests and their functions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, Edit, with_document, without
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_VAULTS: Final = ("aws:backup/vault:Vault",)
_VAULT_POLICIES: Final = ("aws:backup/vaultPolicy:VaultPolicy",)
_LOCKS: Final = ("aws:backup/vaultLockConfiguration:VaultLockConfiguration",)
_DATABASES: Final = ("aws:rds/instance:Instance",)
_PLANS: Final = ("aws:backup/plan:Plan",)
_SELECTIONS: Final = ("aws:backup/selection:Selection",)
_TESTS: Final = ("aws:backup/restoreTestingPlan:RestoreTestingPlan",)
_TEST_SELECTIONS: Final = ("aws:backup/restoreTestingSelection:RestoreTestingSelection",)
_REPLICATIONS: Final = ("aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication",)
_FUNCTIONS: Final = ("aws:lambda/function:Function",)
_INVOCATIONS: Final = ("aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",)
_BUCKETS: Final = ("aws:s3/bucket:Bucket",)
_BUCKET_REPLICATIONS: Final = ("aws:s3/bucketReplicationConfig:BucketReplicationConfig",)

_STORES: Final = "stores"


def _without_key(function: Resource) -> bool:
    return "kmsKeyArn" not in function.inputs


def _has_environment(function: Resource) -> bool:
    return bool(function.inputs.get("environment", {}).get("variables"))


_FLAWS: Final = (
    Flaw(_VAULTS, "kmsKeyArn", MISSING, ("enc-backup-vault-cmk",)),
    Flaw(_LOCKS, "minRetentionDays", 1, ("dat-backup-plan-lock",)),
    Flaw(_LOCKS, "changeableForDays", 3, ("dat-backup-plan-lock",)),
    Flaw(_PLANS, "rules.0.copyActions", MISSING, ("dat-backup-plan-copy",)),
    Flaw(_PLANS, "rules.0.lifecycle", MISSING, ("dat-backup-plan-retention",)),
    Flaw(_PLANS, "rules.0.lifecycle.deleteAfter", 29, ("dat-backup-plan-retention",)),
    Flaw(_TESTS, "scheduleExpression", "cron(0 3 1 1/4 ? *)", ("dat-restore-test",)),
    Flaw(_TESTS, "scheduleExpression", "cron(0 3 1 1 ? *)", ("dat-restore-test",)),
    Flaw(_TEST_SELECTIONS, "protectedResourceType", "EFS", ("dat-restore-test",)),
    Flaw(_TEST_SELECTIONS, "protectedResourceArns", MISSING, ("dat-restore-test",)),
    Flaw(_REPLICATIONS, "kmsKeyId", MISSING, ("enc-rds-replicated-backup-cmk",)),
    Flaw(_FUNCTIONS, "reservedConcurrentExecutions", MISSING, ("avl-lambda-concurrency",)),
    # A function that is no image any more names its runtime.
    Flaw(_FUNCTIONS, "packageType", "Zip", ("avl-lambda-safe",)),
    Flaw(_FUNCTIONS, "environment", {"variables": {"STAGE": "prod"}}, ("enc-lambda-env-cmk",), _without_key),
    Flaw(_FUNCTIONS, "kmsKeyArn", MISSING, ("enc-lambda-env-cmk",), _has_environment),
)


def backups(estate: Estate) -> Iterator[Mutation]:
    """Break what keeps the data, and what proves that it can be brought back."""
    yield from flawed(estate, _FLAWS)
    for policy in estate.of(*_VAULT_POLICIES):
        yield mutation(
            f"without {label(policy)}",
            without(policy.urn),
            caught_by=("iam-backup-restore", "iam-backup-restricted"),
        )
        for what, (edit, rule) in _VAULT_DOCUMENTS.items():
            yield mutation(
                f"{label(policy)}: {what}", with_document(policy.urn, "policy", edit), caught_by=(rule,)
            )
    for lock in estate.of(*_LOCKS):
        yield mutation(f"without {label(lock)}", without(lock.urn), caught_by=("dat-backup-plan-lock",))
    for invocation in estate.of(*_INVOCATIONS):
        yield mutation(
            f"without {label(invocation)}",
            without(invocation.urn),
            caught_by=("avl-lambda-dead-letter",),
        )
    for selection in estate.of(*_SELECTIONS):
        if _replicated(estate, selection):
            continue
        rules = ("dat-backup-plan", "dat-efs-backup") if selection.name == _STORES else ("dat-backup-plan",)
        yield mutation(f"without {label(selection)}", without(selection.urn), caught_by=rules)
        if estate.depended_on(selection, "resources", *_DATABASES):
            (plan,) = estate.depended_on(selection, "planId", *_PLANS)
            yield broken(plan, "rules.0.enableContinuousBackup", True, "dat-backup-plan-continuous")
    for test in estate.of(*_TESTS):
        yield mutation(f"without {label(test)}", without(test.urn), caught_by=("dat-restore-test",))
    for selection in estate.of(*_TEST_SELECTIONS):
        # Its restores alone carry the group that it names.
        yield mutation(
            f"without {label(selection)}",
            without(selection.urn),
            caught_by=("dat-restore-test", "net-sg-attached"),
        )
    for replication in estate.of(*_REPLICATIONS):
        yield mutation(
            f"without {label(replication)}", without(replication.urn), caught_by=("avl-rds-cross-region",)
        )
    for examiner in estate.of(*_FUNCTIONS):
        subnets = examiner.inputs.get("vpcConfig", {}).get("subnetIds")
        if subnets:
            yield broken(examiner, "vpcConfig.subnetIds", subnets[:1], "net-lambda-in-vpc")


def _replicated(estate: Estate, selection: Resource) -> bool:
    """Whether all that a selection takes are buckets that lie in another region too: no rule demands both."""
    replicated = [
        bucket
        for replication in estate.of(*_BUCKET_REPLICATIONS)
        for bucket in estate.depended_on(replication, "bucket", *_BUCKETS)
    ]
    taken = estate.depended_on(selection, "resources", *_BUCKETS)
    return len(taken) == len(selection.inputs["resources"]) and all(bucket in replicated for bucket in taken)


def _without(sid: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"] = [entry for entry in document["Statement"] if entry["Sid"] != sid]

    return edit


def _excepting(sid: str, principal: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        for statement in document["Statement"]:
            if statement["Sid"] == sid:
                condition = statement["Condition"]["ArnNotEquals"]
                named = condition["aws:PrincipalArn"]
                condition["aws:PrincipalArn"] = [*([named] if isinstance(named, str) else named), principal]

    return edit


_SECOND: Final = "arn:aws:iam::111122223333:role/second"
_VAULT_DOCUMENTS: Final[dict[str, tuple[Edit, str]]] = {
    "whoever may by IAM deletes": (_without("KeepBackups"), "iam-backup-restricted"),
    "a second role deletes": (_excepting("KeepBackups", _SECOND), "iam-backup-restricted"),
    "whoever may by IAM restores": (_without("RestoreByOneRole"), "iam-backup-restore"),
    "a second role restores": (_excepting("RestoreByOneRole", _SECOND), "iam-backup-restore"),
}
