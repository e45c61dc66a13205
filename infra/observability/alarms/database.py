"""Alarms on PostgreSQL (AWS/RDS).

References: RDS User Guide, "Amazon CloudWatch metrics for Amazon RDS", "Monitoring read replication",
"Managing capacity automatically with storage autoscaling"; EC2 User Guide, "Amazon EBS I/O characteristics".
A stopped instance sends nothing, which is no alarm: the schedule stops it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pulumi

from ...data.database_parameters import REPORT_DELAY_SECONDS, slot_wal_limit_mib
from ...settings import DatabaseSettings
from ...settings.environment import RecoverySettings
from ...settings.types import RdsInstanceClass
from ...workloads.connections import DATABASE_MEMORY_GIB, max_connections
from .metric_alarm import FIVE_MINUTES, MINUTE, Alarm, Comparison, Formula, Metric, Missing

GIB: Final = 1024**3
MIB: Final = 1024**2

BUSY_CPU_PERCENT: Final = 90
LEAST_FREE_STORAGE_SHARE: Final = 0.10
"""Where storage autoscaling acts, after five minutes; an hour below it means that it has not."""
LEAST_FREE_MEMORY_SHARE: Final = 0.10
"""PostgreSQL takes a quarter for its buffers and the file cache counts as free: a tenth is really short."""
CONNECTION_SHARE: Final = 0.80
LEAST_BURST_PERCENT: Final = 30
"""Most classes carry their nominal IOPS and MB/s in bursts only; m5.xlarge then falls to half and less."""
SLOT_SHARE: Final = 0.5
"""Of the WAL that a replica may hold back before PostgreSQL cuts it off: half leaves time to act."""
IOPS_PER_QUEUED_REQUEST: Final = 500
"""An SSD volume reaches its IOPS with one waiting request for each 500 to 1,000; more is waiting in vain."""
BASELINE_IOPS: Final = 3_000
"""What gp3 has below 400 GiB."""
OLDEST_TRANSACTION_IDS: Final = 1_000_000_000
"""PostgreSQL stops taking writes at two thousand million; vacuum should never let half of them pass."""

RPO_SECONDS: Final = 900
"""The loss that DATA-02 accepts."""
REPLICA_LAG_SHARE: Final = 0.5
"""Above the five minutes that a replica of an idle primary reports, and early enough to act."""
BROKEN_REPLICATION: Final = -1

RUNBOOK: Final = "database"
RECOVERY: Final = "recovery"


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One database instance."""

    label: str
    """What its alarms are called."""
    identifier: pulumi.Input[str]
    instance_class: RdsInstanceClass

    def metric(self, name: str, statistic: str) -> Metric:
        """Give a metric of the instance."""
        return Metric(
            namespace="AWS/RDS",
            name=name,
            statistic=statistic,
            dimensions={"DBInstanceIdentifier": self.identifier},
        )


def database_alarms(
    *,
    settings: DatabaseSettings,
    recovery: RecoverySettings,
    identifier: pulumi.Input[str],
    report_identifier: pulumi.Input[str] | None,
) -> Iterator[Alarm]:
    """Give the alarms of the instance and of its report replica, where it has one."""
    main = Instance(label="database", identifier=identifier, instance_class=settings.instance_class)
    yield from _load(main, settings)
    if recovery.serving:
        yield from _writes(main, settings)
    else:
        yield _lag_of_standby(main)
    followed = recovery.role != "none" and recovery.serving
    has_slots = followed or report_identifier is not None
    if has_slots:
        yield _slot_lag(main, settings)
    if report_identifier is not None and settings.report_replica is not None:
        report = Instance(
            label="database-report",
            identifier=report_identifier,
            instance_class=settings.report_replica.instance_class,
        )
        yield from _load(report, settings)
        yield _connections(report)
        yield _lag_of_reports(report)


def _load(instance: Instance, settings: DatabaseSettings) -> Iterator[Alarm]:
    """Alarms on what every instance runs out of, replica or not."""
    label = instance.label
    yield _alarm(
        f"{label}-cpu",
        instance.metric("CPUUtilization", "Average"),
        ">",
        BUSY_CPU_PERCENT,
        says=f"The CPU of the {label} has been more than {BUSY_CPU_PERCENT} % busy for 15 minutes.",
        do="Find the queries in Database Insights and stop them, or take a larger class.",
    )
    free_gib = settings.storage_gib * LEAST_FREE_STORAGE_SHARE
    autoscaled = settings.max_storage_gib is not None
    yield _alarm(
        f"{label}-storage",
        instance.metric("FreeStorageSpace", "Minimum"),
        "<",
        free_gib * GIB,
        periods=12 if autoscaled else 3,
        says=f"The {label} has less than {free_gib:g} GiB of free storage"
        + (", and autoscaling has not acted for an hour." if autoscaled else "."),
        do="Raise storage_gib (or max_storage_gib), and look for WAL that a replica holds back.",
    )
    memory_gib = DATABASE_MEMORY_GIB[instance.instance_class.rsplit(".", 1)[-1]]
    yield _alarm(
        f"{label}-memory",
        instance.metric("FreeableMemory", "Minimum"),
        "<",
        memory_gib * LEAST_FREE_MEMORY_SHARE * GIB,
        says=f"The {label} has had less than a tenth of its {memory_gib} GiB of memory free for 15 minutes.",
        do="Look for many connections and large sorts, or take a larger class.",
    )
    for balance, what in (("EBSIOBalance%", "IOPS"), ("EBSByteBalance%", "throughput")):
        yield _alarm(
            f"{label}-burst-{what.lower()}",
            instance.metric(balance, "Minimum"),
            "<",
            LEAST_BURST_PERCENT,
            says=f"The {label} has used up most of its {what} bursts; it will slow down to its base rate.",
            do="Find what reads and writes so much, or take a class with a higher base rate.",
        )
    queued = max((settings.iops or BASELINE_IOPS) // IOPS_PER_QUEUED_REQUEST, 10)
    yield _alarm(
        f"{label}-disk-queue",
        instance.metric("DiskQueueDepth", "Average"),
        ">",
        queued,
        says=f"More than {queued} requests have waited for the disk of the {label} for 15 minutes.",
        do="Find what reads and writes so much, or raise IOPS or class.",
    )


def _writes(instance: Instance, settings: DatabaseSettings) -> Iterator[Alarm]:
    """Alarms on what only an instance that takes writes has."""
    yield _connections(instance)
    wal_gib = slot_wal_limit_mib(storage_gib=settings.storage_gib) * SLOT_SHARE / 1024
    yield _alarm(
        f"{instance.label}-transaction-logs",
        instance.metric("TransactionLogsDiskUsage", "Maximum"),
        ">",
        wal_gib * GIB,
        says=f"More than {wal_gib:g} GiB of WAL lie on the {instance.label}: a replica or slot holds them.",
        do="Find the slot in pg_replication_slots; drop it when nobody reads it any more.",
    )
    yield _alarm(
        f"{instance.label}-transaction-ids",
        instance.metric("MaximumUsedTransactionIDs", "Maximum"),
        ">",
        OLDEST_TRANSACTION_IDS,
        periods=1,
        says=f"Vacuum is half-way behind: the {instance.label} will refuse writes when transaction ids end.",
        do="Find what holds vacuum back (old transactions, slots, locks) and vacuum the oldest tables.",
    )


def _connections(instance: Instance) -> Alarm:
    most = max_connections(instance.instance_class)
    allowed = int(most * CONNECTION_SHARE)
    return _alarm(
        f"{instance.label}-connections",
        instance.metric("DatabaseConnections", "Maximum"),
        ">",
        allowed,
        says=f"The {instance.label} holds more than {allowed} of its about {most} connections.",
        do="Find in pg_stat_activity who holds them; restart pods that leak them.",
    )


def _slot_lag(instance: Instance, settings: DatabaseSettings) -> Alarm:
    limit_mib = slot_wal_limit_mib(storage_gib=settings.storage_gib)
    return _alarm(
        f"{instance.label}-slot-lag",
        instance.metric("OldestReplicationSlotLag", "Maximum"),
        ">",
        limit_mib * MIB * SLOT_SHARE,
        says=f"A replica is half of the {limit_mib // 1024} GiB behind after which PostgreSQL cuts it off.",
        do="Look at the replica and its network path; rebuild it once it is cut off.",
    )


def _lag_of_standby(instance: Instance) -> Alarm:
    seconds = RPO_SECONDS * REPLICA_LAG_SHARE
    return _alarm(
        f"{instance.label}-replica-lag",
        _lag(instance),
        ">",
        seconds,
        # A replica that reports nothing may not replicate at all, and nothing here ever sleeps.
        missing="breaching",
        says=(
            f"The standby is more than {seconds:g} s behind production, or replication is broken: a failover "
            f"now may lose more than the {RPO_SECONDS // MINUTE} minutes that are accepted."
        ),
        do="Look at the primary's replication slots and its load; rebuild the replica if it is broken.",
        runbook=RECOVERY,
    )


def _lag_of_reports(instance: Instance) -> Alarm:
    # A long report may hold replay up for so long, and an idle primary is reported as five minutes behind.
    seconds = 2 * REPORT_DELAY_SECONDS
    return _alarm(
        f"{instance.label}-replica-lag",
        _lag(instance),
        ">",
        seconds,
        says=f"Reports are more than {seconds // MINUTE} minutes behind, or their replica is broken.",
        do="End the report that holds replay up; rebuild the replica if replication is broken.",
    )


def _lag(instance: Instance) -> Formula:
    """The lag in seconds; RDS reports a replica that does not replicate as -1, far below any threshold."""
    return Formula(
        expression=f"IF(lag == {BROKEN_REPLICATION}, 86400, lag)",
        label="Replica lag in seconds, a day when broken",
        metrics={"lag": instance.metric("ReplicaLag", "Maximum")},
    )


def _alarm(
    name: str,
    watches: Metric | Formula,
    when: Comparison,
    threshold: float,
    *,
    says: str,
    do: str,
    periods: int = 3,
    missing: Missing = "notBreaching",
    runbook: str = RUNBOOK,
) -> Alarm:
    return Alarm(
        name=name,
        watches=watches,
        when=when,
        threshold=threshold,
        period_seconds=FIVE_MINUTES,
        periods=periods,
        missing=missing,
        says=says,
        do=do,
        runbook=runbook,
    )
