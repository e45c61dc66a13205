"""Backups: everything that cannot be made again, in another region, beyond anybody's reach."""

from __future__ import annotations

from policies.aws.backups import plans_of, tag_of
from policies.aws.buckets import settings_of
from policies.aws.databases import is_replica
from policies.aws.placement import region_of
from policies.aws.tokens import (
    AIR_GAPPED_VAULTS,
    BACKUP_PLANS,
    BACKUP_VAULT_LOCKS,
    BACKUP_VAULTS,
    BUCKET_REPLICATIONS,
    BUCKETS,
    DATABASE_CLUSTERS,
    DATABASES,
    FILE_SYSTEM_BACKUPS,
    FILE_SYSTEMS,
    VOLUMES,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
)

_VAULTS = (*BACKUP_VAULTS, *AIR_GAPPED_VAULTS)
_ARN_PARTS = 6
_FOR_PRODUCTION = mandatory_in("prod", otherwise=Level.DISABLED)


@joined_rule(
    "dat-backup-plan",
    subjects=(*DATABASES, *DATABASE_CLUSTERS, *FILE_SYSTEMS, *VOLUMES, *BUCKETS),
    severity=Severity.HIGH,
    levels=_FOR_PRODUCTION,
    controls=Controls(("RDS.26",), (), ("SEC-13", "DATA-02", "DATA-07"), ("8(5)",)),
    remedy="Name the store in backup.Selection of a plan of this stack.",
)
def backup_plan(store: ResourceView, graph: Graph) -> Findings:
    """Every store with restricted data is in a backup plan.

    A replica is its source's copy, of a database as of a bucket. A bucket may be replicated instead: that,
    its versions and its lock keep what is in it.
    """
    if tag_of(store, "DataClassification") != "restricted" or is_replica(store):
        return
    if store.type in BUCKETS and (
        settings_of(store, graph, BUCKET_REPLICATIONS) or _is_filled_by_replication(store, graph)
    ):
        return
    if not plans_of(store, graph):
        yield "it holds restricted data and no backup plan of this stack takes it"


def _is_filled_by_replication(bucket: ResourceView, graph: Graph) -> bool:
    return any(
        target.urn == bucket.urn
        for replication in graph.of(*BUCKET_REPLICATIONS)
        for rule in replication.blocks("rules")
        if rule.text("status") == "Enabled"
        for target in replication.link(f"{rule.at}.destination.bucket").targets(*BUCKETS)
    )


@joined_rule(
    "dat-backup-plan-copy",
    subjects=BACKUP_PLANS,
    severity=Severity.HIGH,
    levels=_FOR_PRODUCTION,
    controls=Controls((), (), ("SEC-13", "DATA-08"), ("8(5)",)),
    remedy="Add copy_actions to every rule, to a vault in the recovery region.",
    settings={"region": Setting("ap-southeast-1", "the recovery region")},
)
def backup_plan_copy(plan: ResourceView, _graph: Graph, settings: Settings) -> Findings:
    """Every backup is copied to a vault in the recovery region."""
    for rule in plan.blocks("rules"):
        if not any(_lies_in(plan, copy, settings["region"]) for copy in rule.blocks("copyActions")):
            yield f"the rule {rule.text('ruleName')} copies nothing to {settings['region']}"


def _lies_in(plan: ResourceView, copy: Block, region: str) -> bool:
    link = plan.link(f"{copy.at}.destinationVaultArn")
    parts = (link.value or "").split(":")
    if len(parts) > _ARN_PARTS:
        return parts[3] == region
    return any(region_of(vault) == region for vault in link.targets(*_VAULTS))


@joined_rule(
    "dat-backup-plan-lock",
    subjects=BACKUP_VAULTS,
    severity=Severity.HIGH,
    levels=_FOR_PRODUCTION,
    controls=Controls((), (), ("SEC-13", "ENV-04"), ("8(5)",)),
    remedy="Declare backup.VaultLockConfiguration with min_retention_days and without changeable_for_days.",
    settings={"least_days": Setting(7, "days that the lock keeps every recovery point at least")},
)
def backup_plan_lock(vault: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """A vault keeps its recovery points whatever its users may do.

    With `changeableForDays` the lock becomes one for compliance, which nobody can ever take off: that is a
    decision of its own, and the aspect `compliance` is exempted for it.
    """
    locks = graph.attached(vault, "backupVaultName", *BACKUP_VAULT_LOCKS)
    if not locks:
        yield "no lock is declared for the vault"
    for lock in locks:
        least = lock.number("minRetentionDays") or 0
        if least < settings["least_days"]:
            yield f"minRetentionDays of {lock.name} is {least}, less than {settings['least_days']}"
        if lock.has("changeableForDays"):
            yield vault.finding(
                f"{lock.name} can never be taken off once it is in force", aspect="compliance"
            )


@joined_rule(
    "dat-backup-plan-retention",
    subjects=BACKUP_PLANS,
    severity=Severity.MEDIUM,
    levels=_FOR_PRODUCTION,
    controls=Controls((), (), ("DATA-02", "SEC-13")),
    remedy="Set lifecycle with delete_after of 30 days or more in a daily rule.",
    settings={"least_days": Setting(30, "days that backups are kept at least")},
)
def backup_plan_retention(plan: ResourceView, _graph: Graph, settings: Settings) -> Findings:
    """Backups are kept thirty days, and not for ever."""
    for rule in plan.blocks("rules"):
        days = rule.number("lifecycle.deleteAfter")
        name = rule.text("ruleName")
        if days is None:
            yield f"the rule {name} keeps its backups for ever"
        elif days < settings["least_days"]:
            yield f"the rule {name} keeps its backups {days} days, less than {settings['least_days']}"


@joined_rule(
    "dat-backup-plan-continuous",
    subjects=DATABASES,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "testing", "dr"),
    controls=Controls((), (), ("DATA-02",)),
    remedy="Leave enable_continuous_backup out of plans that take the database; RDS keeps its own log.",
)
def backup_plan_continuous(database: ResourceView, graph: Graph) -> Findings:
    """Only RDS decides how long the database's own backups are kept.

    A continuous backup takes `backupRetentionPeriod` over, and every deployment would set it back.
    """
    for plan in plans_of(database, graph):
        if any(rule.flag("enableContinuousBackup") for rule in plan.blocks("rules")):
            yield f"the plan {plan.name} backs it up continuously"


@joined_rule(
    "dat-efs-backup",
    subjects=FILE_SYSTEMS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls(("EFS.2",), (), ("SEC-13", "DATA-05")),
    remedy="Declare efs.BackupPolicy with status='ENABLED', or name the file system in a backup plan.",
)
def efs_backup(files: ResourceView, graph: Graph) -> Findings:
    """The file store is backed up, by its own daily backup or by a plan."""
    policies = graph.attached(files, "fileSystemId", *FILE_SYSTEM_BACKUPS)
    if any(policy.text("backupPolicy.status") == "ENABLED" for policy in policies):
        return
    if not plans_of(files, graph):
        yield "no backup policy is ENABLED for it and no plan takes it"
