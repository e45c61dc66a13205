"""Databases: size, second zone, protection, upgrades and when they happen."""

from __future__ import annotations

from policies.aws.databases import copies_neighbour, is_replica
from policies.aws.tokens import DATABASE_CLUSTER_INSTANCES, DATABASE_CLUSTERS, DATABASES
from policies.aws.windows import overlap, refused, window_settings
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
)


@resource_rule(
    "avl-rds-class",
    subjects=(*DATABASES, *DATABASE_CLUSTERS, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("COMP-01", "COMP-02", "COMP-03")),
    remedy="Set instance_class to the environment's class, or change the class in policies/levels.",
    by_reference=True,
    settings={
        "instance_class": Setting(
            "db.m5.xlarge",
            "class of the database that takes writes, or will",
            {"staging": "db.m5.large", "testing": "db.t3.medium", "dev": "db.t3.medium"},
        )
    },
)
def rds_class(database: ResourceView, settings: Settings) -> Findings:
    """The database is an instance of the class that the strategy gives its environment.

    A replica beside its source is not judged: it is as large as the reports that read it.
    """
    if database.type not in DATABASES:
        yield "the strategy's database is one rds.Instance with a standby, not a cluster"
    elif not copies_neighbour(database):
        found = database.text("instanceClass")
        if found != settings["instance_class"]:
            yield f"instanceClass is {found or 'not set'}, not {settings['instance_class']}"


@resource_rule(
    "avl-rds-multi-az",
    subjects=DATABASES,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("RDS.5",), ("CKV_AWS_157",), ("COMP-01", "COMP-02", "COMP-03", "STOR-01", "SLO-01")),
    remedy="Set multi_az=True in production and in an active recovery region, False elsewhere.",
    settings={
        "multi_az": Setting(
            default=True,
            description="whether the database has a standby in a second zone",
            environments={"staging": False, "testing": False, "dev": False},
        )
    },
)
def rds_multi_az(database: ResourceView, settings: Settings) -> Findings:
    """The database has a standby in a second zone where the strategy says so, and only there.

    A replica is not judged: it is a copy itself, and the recovery region's becomes Multi-AZ when it is
    promoted.
    """
    if is_replica(database):
        return
    found = database.flag("multiAz")
    if found and not settings["multi_az"]:
        yield "multiAz is true where the strategy pays for one zone"
    elif not found and settings["multi_az"]:
        yield "multiAz is not true, so the loss of a zone stops the database"


@resource_rule(
    "avl-rds-deletion-protection",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls(("RDS.8",), ("CKV_AWS_293",), ("ENV-04", "DATA-02")),
    remedy="Set deletion_protection=True; taking it off is a deployment of its own before a removal.",
)
def rds_deletion_protection(database: ResourceView) -> Findings:
    """AWS refuses to delete the database."""
    if not database.flag("deletionProtection"):
        yield "deletionProtection is not true"


@resource_rule(
    "avl-rds-final-snapshot",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr", otherwise=Level.DISABLED),
    controls=Controls((), (), ("ENV-04", "DATA-02")),
    remedy="Set skip_final_snapshot=False with final_snapshot_identifier; True on a replica.",
)
def rds_final_snapshot(database: ResourceView) -> Findings:
    """A database that is removed leaves a snapshot.

    AWS refuses one of a replica, so there it must be skipped or the removal fails half way.
    """
    skipped = database.flag("skipFinalSnapshot")
    if is_replica(database):
        if not skipped:
            yield "skipFinalSnapshot is not true on a replica, of which AWS takes no final snapshot"
    elif skipped:
        yield "skipFinalSnapshot is true"
    elif not database.text("finalSnapshotIdentifier"):
        yield "finalSnapshotIdentifier is not set, so the removal fails"


@joined_rule(
    "avl-rds-minor-upgrade",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("RDS.13",), ("CKV_AWS_226",), ("SLO-01",)),
    remedy=(
        "Set auto_minor_version_upgrade=True; False on an instance that is or has a replica, where the"
        " pipeline upgrades replicas first."
    ),
    settings={
        "replicated_elsewhere": Setting(
            default=False,
            description="whether the database has a replica in another stack, so that it may be pinned",
            environments={"prod": True, "dr": True},
        )
    },
)
def rds_minor_upgrade(database: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Minor upgrades come by themselves, except where a replica must be upgraded first.

    A primary that upgrades before its replica is refused by RDS, or breaks the replication.
    """
    automatic = database.flag("autoMinorVersionUpgrade", default=True)
    replicas = graph.attached(database, "replicateSourceDb", *DATABASES)
    if is_replica(database) or replicas:
        if automatic:
            what = "this is a replica" if is_replica(database) else f"{replicas[0].name} replicates it"
            yield f"autoMinorVersionUpgrade is not false although {what}"
    elif not automatic and not settings["replicated_elsewhere"]:
        yield "autoMinorVersionUpgrade is false and nothing replicates the instance"


@resource_rule(
    "avl-rds-windows",
    subjects=DATABASES,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01", "DATA-02", "OPS-02")),
    remedy="Set maintenance_window and backup_window, in UTC, to hours when the environment runs unused.",
    settings=window_settings(),
)
def rds_windows(database: ResourceView, settings: Settings) -> Findings:
    """Maintenance and backups of the database happen at a good hour, and not at once.

    At night where the environment always runs; while it is awake where it sleeps at night, because a stopped
    database is neither maintained nor backed up.
    """
    maintenance = database.text("maintenanceWindow")
    if not maintenance:
        yield "maintenanceWindow is not set, so AWS picks one"
    elif why := refused(maintenance, settings):
        yield f"maintenanceWindow is {maintenance}: {why}"
    backed_up = not database.has("backupRetentionPeriod") or database.number("backupRetentionPeriod")
    if not backed_up:
        return
    backup = database.text("backupWindow")
    if not backup:
        yield "backupWindow is not set, so AWS picks one"
    elif why := refused(backup, settings):
        yield f"backupWindow is {backup}: {why}"
    elif maintenance and overlap(backup, maintenance):
        yield f"backupWindow {backup} and maintenanceWindow {maintenance} overlap, which RDS refuses"
