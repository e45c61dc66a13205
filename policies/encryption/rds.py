"""Databases: storage, insights, replicated backups and copied snapshots."""

from __future__ import annotations

from policies.aws.keys import region_of_key, without_customer_key, without_own_key
from policies.aws.tokens import (
    BACKUP_REPLICATIONS,
    DATABASE_CLUSTER_INSTANCES,
    DATABASE_CLUSTERS,
    DATABASES,
    SNAPSHOT_COPIES,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
)


@resource_rule(
    "enc-rds-storage",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("RDS.3",), ("CKV_AWS_16",), ("SEC-06", "POL-01", "SEC-14"), ("8(5)",)),
    remedy="Set storage_encrypted=True; a running instance must be restored from an encrypted snapshot.",
    exemptible=False,
)
def rds_storage(database: ResourceView) -> Findings:
    """RDS storage is encrypted.

    A replica that names a key is encrypted too: AWS takes a key only for an encrypted source.
    """
    replica = database.has("replicateSourceDb") and database.has("kmsKeyId")
    if not replica and not database.flag("storageEncrypted"):
        yield "storageEncrypted is not true, so the database lies on disk in clear"


@joined_rule(
    "enc-rds-cmk",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06", "POL-01", "ISO-01"), ("8(5)",)),
    remedy="Set kms_key_id to the ARN of this environment's data key; a change replaces the instance.",
)
def rds_cmk(database: ResourceView, graph: Graph) -> Findings:
    """RDS storage uses a key of this stack, not AWS's own.

    A replica in the region of its source takes over the source's key, so only its source is judged.
    """
    inherits = not database.has("kmsKeyId") and database.link("replicateSourceDb").targets(*DATABASES)
    if not inherits and (why := without_own_key(database, "kmsKeyId")):
        yield why


@resource_rule(
    "enc-rds-insights-cmk",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_354",), ("SEC-06", "POL-01")),
    remedy="Set performance_insights_kms_key_id to the data key from the start: it can never be changed.",
    by_reference=True,
)
def rds_insights_cmk(instance: ResourceView) -> Findings:
    """Performance Insights are encrypted with a customer key."""
    if instance.flag("performanceInsightsEnabled"):
        why = without_customer_key(instance, "performanceInsightsKmsKeyId")
        if why:
            yield why


@resource_rule(
    "enc-rds-replicated-backup-cmk",
    subjects=BACKUP_REPLICATIONS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=Controls((), ("CKV_AWS_245",), ("SEC-06", "SEC-13", "DATA-08", "POL-01")),
    remedy="Set kms_key_id to the backup key of the recovery region: keys do not reach across regions.",
    by_reference=True,
)
def rds_replicated_backup_cmk(replication: ResourceView) -> Findings:
    """Replicated database backups are encrypted with a customer key of the region they are copied to."""
    if why := without_customer_key(replication, "kmsKeyId"):
        yield why
        return
    key_region = region_of_key(replication, "kmsKeyId")
    region = replication.text("region")
    if key_region and region and key_region != region:
        yield f"kmsKeyId is a key of {key_region}, but the copies lie in {region}"


@resource_rule(
    "enc-rds-snapshot-copy-cmk",
    subjects=SNAPSHOT_COPIES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("RDS.4",), ("CKV_AWS_266",), ("SEC-06", "SEC-13", "POL-01")),
    remedy="Set kms_key_id to the backup key of the region the copy is made in.",
    by_reference=True,
)
def rds_snapshot_copy_cmk(copy: ResourceView) -> Findings:
    """Copied database snapshots are encrypted with a customer key."""
    if why := without_customer_key(copy, "kmsKeyId"):
        yield why
