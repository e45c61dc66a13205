"""Backups of databases, and copies in the recovery region."""

from __future__ import annotations

from policies.aws.databases import copies_neighbour, is_promoted, is_replica
from policies.aws.placement import region_of
from policies.aws.tokens import BACKUP_REPLICATIONS, DATABASE_CLUSTERS, DATABASES
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)

_ARN_PARTS = 5


@resource_rule(
    "avl-rds-backup-retention",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("RDS.11",), ("CKV_AWS_133",), ("DATA-02", "SEC-13"), ("8(5)",)),
    remedy="Set backup_retention_period to the environment's days; 0 only on a replica beside its source.",
    by_reference=True,
    settings={
        "least_days": Setting(
            30,
            "days that automated backups are kept at least",
            {"staging": 7, "testing": 1, "dev": 1},
        )
    },
)
def rds_backup_retention(database: ResourceView, settings: Settings) -> Findings:
    """Automated backups of the database are kept as long as the strategy says.

    A replica beside its source is rebuilt from it, never restored.
    """
    if database.type in DATABASES and copies_neighbour(database):
        return
    days = database.number("backupRetentionPeriod") or 0
    if days < settings["least_days"]:
        yield f"backupRetentionPeriod is {days} days, less than {settings['least_days']}"


@resource_rule(
    "avl-rds-keep-backups",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-04", "DATA-02", "SEC-13")),
    remedy="Set delete_automated_backups=False.",
)
def rds_keep_backups(database: ResourceView) -> Findings:
    """Automated backups outlive the database they are of."""
    without_backups = database.has("backupRetentionPeriod") and not database.number("backupRetentionPeriod")
    if not without_backups and database.flag("deleteAutomatedBackups", default=True):
        yield "deleteAutomatedBackups is not false, so the backups go with the instance"


@joined_rule(
    "avl-rds-cross-region",
    subjects=DATABASES,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-08", "ENV-05", "DATA-02")),
    remedy=(
        "Declare rds.InstanceAutomatedBackupsReplication for the instance with region set to the recovery"
        " region and the key of that region."
    ),
    settings={
        "region": Setting("ap-southeast-1", "the other region of the pair", {"dr": "ap-south-1"}),
    },
)
def rds_cross_region(database: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """A database of production is copied, or its backups are, to the other region.

    The standby that replicates it belongs to the recovery stack; production must not depend on it. A standby
    is a copy itself, and one that was just promoted has nowhere to be copied to until production is back.
    """
    if is_replica(database) or is_promoted(database):
        return
    copies = [
        *graph.attached(database, "sourceDbInstanceArn", *BACKUP_REPLICATIONS),
        *graph.attached(database, "replicateSourceDb", *DATABASES),
    ]
    if not any(region_of(copy) == settings["region"] for copy in copies):
        yield f"nothing of it is copied to {settings['region']}"


@stack_rule(
    "avl-rds-standby",
    subjects=DATABASES,
    severity=Severity.CRITICAL,
    levels=mandatory_in("dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-08", "ENV-05")),
    remedy="Declare the standby with replicate_source_db=<ARN of production's database>; never a new one.",
)
def rds_standby(graph: Graph) -> Findings:
    """The recovery region's database is production's: a replica, or one that was promoted in place.

    A promoted replica is declared without engine and user, which it took over from its source; a database
    that declares them is new and empty.
    """
    databases = graph.of(*DATABASES)
    if not databases:
        yield "the stack declares no database, so there is nothing to promote"
    for database in databases:
        if not is_replica(database):
            if not is_promoted(database):
                yield database.finding("it replicates nothing and declares how it begins: it is new")
            continue
        source = database.link("replicateSourceDb")
        if source.targets(*DATABASES):
            continue
        parts = (source.value or "").split(":")
        region = parts[3] if len(parts) > _ARN_PARTS else ""
        if not region:
            yield database.finding("replicateSourceDb is no ARN, so it names a database of this region")
        elif region == region_of(database):
            yield database.finding(f"replicateSourceDb lies in {region}, the region it must survive")
