"""Alarms on the search domain (AWS/ES), as AWS recommends them.

CloudWatch cannot see how old the oldest index is: an index that its retention policy did not delete shows
here as storage that runs out, and in the cluster as a job that fails.

Reference: OpenSearch Service Developer Guide, "Recommended CloudWatch alarms for Amazon OpenSearch Service".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from ...settings import SearchSettings
from .metric_alarm import FIVE_MINUTES, MINUTE, Alarm, Comparison, Metric, Missing

LEAST_FREE_STORAGE_SHARE: Final = 0.25
MIB_PER_GIB: Final = 1024
HEAP_PERCENT: Final = 95
BUSY_CPU_PERCENT: Final = 80
BUSY_MASTER_CPU_PERCENT: Final = 50
QUARTER_HOUR: Final = 15 * MINUTE

RUNBOOK: Final = "search"


class _Domain:
    """Makes alarms on one domain: of the account, for a domain is known by both."""

    def __init__(self, name: pulumi.Input[str], account_id: str) -> None:
        self._dimensions = {"DomainName": name, "ClientId": account_id}

    def alarm(
        self,
        name: str,
        metric: str,
        statistic: str,
        when: Comparison,
        threshold: float,
        *,
        says: str,
        do: str,
        period_seconds: int = MINUTE,
        periods: int = 1,
        missing: Missing = "notBreaching",
    ) -> Alarm:
        return Alarm(
            name=name,
            watches=Metric(namespace="AWS/ES", name=metric, statistic=statistic, dimensions=self._dimensions),
            when=when,
            threshold=threshold,
            period_seconds=period_seconds,
            periods=periods,
            missing=missing,
            says=says,
            do=do,
            runbook=RUNBOOK,
        )


def search_alarms(
    *, settings: SearchSettings, domain_name: pulumi.Input[str], account_id: str
) -> Iterator[Alarm]:
    """Give the alarms of the domain."""
    domain = _Domain(domain_name, account_id)
    yield from _health(domain, settings)
    yield from _load(domain, settings)
    for metric, what in (("KMSKeyError", "is disabled"), ("KMSKeyInaccessible", "is gone or out of reach")):
        yield domain.alarm(
            f"search-{metric.lower()}",
            metric,
            "Maximum",
            ">=",
            1,
            says=f"The key of the search domain {what}: logs cannot be read or written.",
            do="Enable the data key again, or cancel its deletion; the domain is lost for good without it.",
        )


def _health(domain: _Domain, settings: SearchSettings) -> Iterator[Alarm]:
    yield domain.alarm(
        "search-red",
        "ClusterStatus.red",
        "Maximum",
        ">=",
        1,
        # The domain never sleeps: one that reports nothing is as bad as a red one.
        missing="breaching",
        period_seconds=FIVE_MINUTES,
        periods=2,
        says="The search domain has lost a primary shard, or reports nothing: logs are missing.",
        do="Find the shard with _cluster/allocation/explain, and restore its index from a snapshot.",
    )
    if settings.instance_count > 1:
        # A single node has nowhere to put copies.
        yield domain.alarm(
            "search-yellow",
            "ClusterStatus.yellow",
            "Maximum",
            ">=",
            1,
            period_seconds=FIVE_MINUTES,
            periods=6,
            says="Copies of shards in the search domain have had no node for half an hour.",
            do="Look for a lost node and for disks above the watermark.",
        )
    nodes = settings.instance_count + (settings.dedicated_masters.count if settings.dedicated_masters else 0)
    yield domain.alarm(
        "search-nodes",
        "Nodes",
        "Minimum",
        "<",
        nodes,
        period_seconds=FIVE_MINUTES,
        periods=12,
        says=f"The search domain has had fewer than its {nodes} nodes for an hour.",
        do="AWS replaces lost nodes by itself; open a case when it does not.",
    )
    yield domain.alarm(
        "search-writes-blocked",
        "ClusterIndexWritesBlocked",
        "Maximum",
        ">=",
        1,
        period_seconds=FIVE_MINUTES,
        says="The search domain refuses to write: new logs pile up on the nodes.",
        do="Free storage by deleting the oldest indices, then look at the heap.",
    )
    yield domain.alarm(
        "search-snapshot",
        "AutomatedSnapshotFailure",
        "Maximum",
        ">=",
        1,
        says="The automatic snapshot of the search domain has failed.",
        do="Look for a red index, which stops snapshots.",
    )
    least_mib = settings.volume_gib * MIB_PER_GIB * LEAST_FREE_STORAGE_SHARE
    yield domain.alarm(
        "search-storage",
        "FreeStorageSpace",
        "Minimum",
        "<=",
        least_mib,
        says=f"A node of the search domain has less than a quarter of its {settings.volume_gib} GiB free.",
        do="See whether old indices were deleted as retention says; else raise volume_gib.",
    )


def _load(domain: _Domain, settings: SearchSettings) -> Iterator[Alarm]:
    yield domain.alarm(
        "search-heap",
        "JVMMemoryPressure",
        "Maximum",
        ">=",
        HEAP_PERCENT,
        periods=3,
        says="The search domain runs out of heap and may lose nodes.",
        do="Look for heavy queries and too many shards, or take a larger instance.",
    )
    yield domain.alarm(
        "search-cpu",
        "CPUUtilization",
        "Maximum",
        ">=",
        BUSY_CPU_PERCENT,
        period_seconds=QUARTER_HOUR,
        periods=3,
        says=f"A node of the search domain has been {BUSY_CPU_PERCENT} % busy for 45 minutes.",
        do="Look for heavy queries and for a flood of logs.",
    )
    if settings.dedicated_masters is None:
        return
    yield domain.alarm(
        "search-master-heap",
        "MasterJVMMemoryPressure",
        "Maximum",
        ">=",
        HEAP_PERCENT,
        periods=3,
        says="The dedicated masters of the search domain run out of heap.",
        do="Reduce the number of shards, or take larger masters.",
    )
    yield domain.alarm(
        "search-master-cpu",
        "MasterCPUUtilization",
        "Maximum",
        ">=",
        BUSY_MASTER_CPU_PERCENT,
        period_seconds=QUARTER_HOUR,
        periods=3,
        says=f"The masters of the search domain have been {BUSY_MASTER_CPU_PERCENT} % busy for 45 minutes.",
        do="Reduce the number of shards, or take larger masters.",
    )
