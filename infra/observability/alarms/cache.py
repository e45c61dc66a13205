"""Alarms on the nodes of the cache (AWS/ElastiCache).

Reference: ElastiCache User Guide, "Which Metrics Should I Monitor?" for metrics and thresholds: with two
vCPUs or fewer the host's CPU tells, and Redis works on one core; with more, the engine's own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import pulumi

from ...settings import CacheSettings
from .classes import CACHE_VCPUS
from .metric_alarm import FIVE_MINUTES, Alarm, Formula, Metric

BUSY_CORE_PERCENT: Final = 90
SMALL_NODE_VCPUS: Final = 2
MEMORY_PERCENT: Final = 80
LAG_SECONDS: Final = 30
"""Sessions written so long ago are lost in a failover."""

RUNBOOK: Final = "cache"


def cache_alarms(*, settings: CacheSettings, node_ids: Sequence[pulumi.Input[str]]) -> Iterator[Alarm]:
    """Give the alarms of every node: after a failover another one is primary."""
    for number, node_id in enumerate(node_ids, start=1):
        yield from _node(f"cache-{number}", node_id, settings)


def _node(label: str, node_id: pulumi.Input[str], settings: CacheSettings) -> Iterator[Alarm]:
    def metric(name: str, statistic: str) -> Metric:
        return Metric(
            namespace="AWS/ElastiCache",
            name=name,
            statistic=statistic,
            dimensions={"CacheClusterId": node_id},
        )

    vcpus = CACHE_VCPUS[settings.node_type]
    small = vcpus <= SMALL_NODE_VCPUS
    busy = BUSY_CORE_PERCENT / vcpus if small else BUSY_CORE_PERCENT
    yield _alarm(
        f"{label}-cpu",
        metric("CPUUtilization" if small else "EngineCPUUtilization", "Average"),
        threshold=busy,
        says=f"Redis on {label} has kept its core {BUSY_CORE_PERCENT} % busy for 15 minutes.",
        do="Find slow commands in the slow log, or take a larger node.",
    )
    yield _alarm(
        f"{label}-memory",
        metric("DatabaseMemoryUsagePercentage", "Maximum"),
        threshold=MEMORY_PERCENT,
        says=f"The data on {label} fill more than {MEMORY_PERCENT} % of its memory.",
        do="Look for keys without expiry, or take a larger node.",
    )
    yield _alarm(
        f"{label}-evictions",
        metric("Evictions", "Sum"),
        threshold=0,
        says=f"{label} has thrown out entries before their time for 15 minutes: it is too small.",
        do="Look for large values and long expiries, or take a larger node.",
    )
    yield _alarm(
        f"{label}-swap",
        Formula(
            expression="swap - free",
            label="Swap beyond the memory that is free",
            metrics={"swap": metric("SwapUsage", "Maximum"), "free": metric("FreeableMemory", "Minimum")},
        ),
        threshold=0,
        says=f"{label} swaps more than it has memory free: it answers slowly and may fail over.",
        do="Raise reserved-memory-percent or take a larger node.",
    )
    if settings.nodes > 1:
        yield _alarm(
            f"{label}-replication-lag",
            metric("ReplicationLag", "Maximum"),
            threshold=LAG_SECONDS,
            says=f"{label} is more than {LAG_SECONDS} s behind its primary; a failover would lose that.",
            do="Look for large writes and for a busy node; the replica resynchronises by itself.",
        )


def _alarm(name: str, watches: Metric | Formula, *, threshold: float, says: str, do: str) -> Alarm:
    return Alarm(
        name=name,
        watches=watches,
        when=">",
        threshold=threshold,
        period_seconds=FIVE_MINUTES,
        periods=3,
        # Some metrics exist only for some roles: a primary has no replication lag.
        missing="notBreaching",
        says=says,
        do=do,
        runbook=RUNBOOK,
    )
