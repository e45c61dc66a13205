"""RDS for PostgreSQL: instance hours, storage, what backups and options add."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge, NotPriced, Rate
from preview.cost.item import Item, region_of_arn
from preview.cost.pricers.kinds import Pricers
from preview.cost.pricers.transfer import transfer_rate
from preview.graph import Resource

INSTANCE: Final = "aws:rds/instance:Instance"
PARAMETER_GROUP: Final = "aws:rds/parameterGroup:ParameterGroup"

MULTI_AZ_FACTOR: Final = 2
MULTI_AZ_RULE: Final = "Multi-AZ = 2 x Single-AZ"
"""Held for every class and both storages with both prices quoted; no source states it as a rule."""

STORAGE_SINGLE: Final = "gp3 Single-AZ (baseline IOPS and throughput included)"
STORAGE_MULTI: Final = "gp3 Multi-AZ"

LARGE_VOLUME_GIB: Final = 400
"""From this size gp3 of PostgreSQL is striped over four volumes and has four times the baseline and more."""
BASELINE_SMALL: Final = (3000, 125)
BASELINE_LARGE: Final = (12_000, 500)
"""IOPS and MiB/s that come with the storage price."""

FREE_INSIGHTS_DAYS: Final = 7


def _instance_hours(item: Item) -> Iterator[Charge]:
    """The hours of the instance and its standby; a database under a schedule is stopped at night (OPS-02)."""
    engine = _engine(item)
    if engine != "postgres":
        raise NotPriced(f"no prices for engine {engine}")
    kind = item.text("instanceClass")
    rate, placement = _instance_rate(item, kind)
    # AWS refuses to stop an instance that is, or has, a read replica.
    pinned = _is_replica(item) or _has_replica(item)
    note = "never sleeps: a read replica and its source cannot be stopped" if pinned and _sleeps(item) else ""
    yield item.hours(f"{kind} {placement}", rate, 1, sleeps=not pinned, note=note)


def _storage(item: Item) -> Iterator[Charge]:
    """The allocated storage: billed while the instance is stopped, too."""
    holder = _storage_holder(item)
    kind = item.text("storageType", default="gp2", inside=holder.inputs)
    if kind != "gp3":
        raise NotPriced(f"no price for RDS storage type {kind}")
    multi = item.flag("multiAz")
    service = "RDS storage"
    rate = _doubled(item, service, STORAGE_MULTI, STORAGE_SINGLE, unit="GB-month") if multi else None
    rate = rate or item.rate(service, STORAGE_SINGLE, unit="GB-month")
    if _is_replica(item) and item.value("allocatedStorage") is None and holder is item.resource:
        size = item.assumption("replica_gb")
        yield item.assumed(f"{size.value} GiB gp3", rate, size.value, size)
        return
    size = item.number("allocatedStorage", inside=holder.inputs)
    most = item.number("maxAllocatedStorage", default=0)
    note = f"may grow to {most} GiB" if most > size else ""
    yield item.monthly(f"{size} GiB gp3{' Multi-AZ' if multi else ''}", rate, size, note=note)
    iops, throughput = BASELINE_LARGE if size >= LARGE_VOLUME_GIB else BASELINE_SMALL
    more_iops = item.number("iops", default=iops) > iops
    more_throughput = item.number("storageThroughput", default=throughput) > throughput
    if more_iops or more_throughput:
        yield item.unpriced(
            "storage performance", "no price for RDS gp3 IOPS and throughput above the baseline"
        )
    if item.flag("dedicatedLogVolume"):
        yield item.unpriced("dedicated log volume", "no price for a dedicated log volume")


def _backups(item: Item) -> Iterator[Charge]:
    """Backups beyond the free allocation, which is as large as the storage of all databases of the region."""
    if item.number("backupRetentionPeriod", default=0) == 0:
        return
    rate = item.rate("RDS backup", "backup storage beyond free allocation", unit="GB-month")
    yield item.metered("backup storage beyond the free allocation", rate, "database_backup_gb")


def _master_secret(item: Item) -> Iterator[Charge]:
    """The secret that RDS keeps itself when it manages the master password."""
    if item.flag("manageMasterUserPassword"):
        yield item.monthly("managed master secret", item.rate("Secrets Manager", "secret", unit="month"), 1)


def _options(item: Item) -> Iterator[Charge]:
    if item.text("databaseInsightsMode", default="standard") == "advanced":
        yield item.unpriced("Database Insights", "no price for Database Insights, advanced mode")
    elif (
        item.flag("performanceInsightsEnabled")
        and item.number("performanceInsightsRetentionPeriod", default=FREE_INSIGHTS_DAYS) > FREE_INSIGHTS_DAYS
    ):
        yield item.unpriced("Performance Insights", "no price for a retention above 7 days")
    if item.number("monitoringInterval", default=0) > 0:
        yield item.unpriced("enhanced monitoring", "its log group RDSOSMetrics is in no resource list")
    support = item.text("engineLifecycleSupport", default="open-source-rds-extended-support")
    if support == "open-source-rds-extended-support" and not _is_replica(item):
        yield item.unpriced(
            "extended support", "due once the major version's standard support is over; no price"
        )


def _replica_traffic(item: Item) -> Iterator[Charge]:
    """What a replica takes in from a source in another region; the source's region charges it."""
    if not _is_replica(item):
        return
    source_region = _source_region(item)
    if source_region == item.region:
        return
    rate = transfer_rate(item, source_region, item.region)
    yield item.metered("replication traffic", rate, "replication_gb")


def _source_region(item: Item) -> str:
    """Give the region of a replica's source: a name without region means the replica's own."""
    source = item.stack.referred(item.resource, "replicateSourceDb", INSTANCE)
    if source is not None:
        return Item(source, item.stack).region
    reference = item.text("replicateSourceDb")
    return region_of_arn(reference) or item.region


def _instance_rate(item: Item, kind: str) -> tuple[Rate, str]:
    service, single = "RDS PostgreSQL", f"{kind} Single-AZ"
    if not item.flag("multiAz"):
        return item.rate(service, single, unit="hour"), "Single-AZ"
    return _doubled(item, service, f"{kind} Multi-AZ", single, unit="hour"), "Multi-AZ"


def _doubled(item: Item, service: str, multi: str, single: str, *, unit: str) -> Rate:
    """Give the quoted Multi-AZ price, else the one that the rule derives."""
    try:
        return item.rate(service, multi, unit=unit)
    except NotPriced:
        return item.rate(service, single, unit=unit).times(MULTI_AZ_FACTOR, rule=MULTI_AZ_RULE)


def _engine(item: Item) -> str:
    """Give the engine; a replica declares none, so its source or its parameter group tells."""
    if item.declares("engine"):
        return item.text("engine")
    source = item.stack.referred(item.resource, "replicateSourceDb", INSTANCE)
    if source is not None:
        return item.text("engine", inside=source.inputs)
    group = item.stack.referred(item.resource, "parameterGroupName", PARAMETER_GROUP)
    if group is None:
        raise NotPriced("engine unknown: neither the instance, its source nor its parameter group tells")
    return item.text("family", inside=group.inputs).rstrip("0123456789.")


def _is_replica(item: Item) -> bool:
    return item.declares("replicateSourceDb")


def _has_replica(item: Item) -> bool:
    stack = item.stack

    def sources() -> set[str]:
        found = (stack.referred(other, "replicateSourceDb", INSTANCE) for other in stack.of_type(INSTANCE))
        return {source.urn for source in found if source is not None}

    return item.resource.urn in stack.once("databases with replicas", sources)


def _sleeps(item: Item) -> bool:
    try:
        return item.schedule is not None
    except NotPriced:
        return False


def _storage_holder(item: Item) -> Resource:
    """Give the resource that says how much and which storage: a replica has that of its source."""
    if not _is_replica(item) or item.declares("allocatedStorage"):
        return item.resource
    source = item.stack.referred(item.resource, "replicateSourceDb", INSTANCE)
    return source or item.resource


def _automated_backups(item: Item) -> Iterator[Charge]:
    yield item.unpriced("replicated backups", "no price for RDS backups copied to another region")


PRICERS: Final[Pricers] = {
    INSTANCE: {
        "instance hours": _instance_hours,
        "storage": _storage,
        "backup storage": _backups,
        "managed master secret": _master_secret,
        "options": _options,
        "replication traffic": _replica_traffic,
    },
    "aws:rds/instanceAutomatedBackupsReplication:InstanceAutomatedBackupsReplication": {
        "replicated backups": _automated_backups,
    },
}
