"""The cache's logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import CACHE_CLUSTERS, CACHES, LOG_GROUPS
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_LEVELS: Final = mandatory_in("prod", "dr")


@resource_rule(
    "log-cache",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OBS-01",)),
    remedy="Add a log_delivery_configurations entry with log_type='slow-log'.",
)
def cache(group: ResourceView) -> Findings:
    """The cache delivers its slow log."""
    yield from _missing(group, "slow-log")


@resource_rule(
    "log-cache-engine",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OBS-01",)),
    remedy="Add a log_delivery_configurations entry with log_type='engine-log'.",
)
def cache_engine(group: ResourceView) -> Findings:
    """The cache delivers its engine log."""
    yield from _missing(group, "engine-log")


@joined_rule(
    "log-cache-destination",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OBS-01", "SEC-06")),
    remedy="Deliver to a cloudwatch.LogGroup of this stack, which has a retention and a key.",
)
def cache_destination(group: ResourceView, _graph: Graph) -> Findings:
    """The cache's logs go to log groups that this stack declares."""
    for delivery in _deliveries(group):
        if delivery.text("destinationType") != "cloudwatch-logs":
            continue
        link = group.link(f"{delivery.at}.destination")
        if not link.targets(*LOG_GROUPS):
            yield (
                f"the {delivery.text('logType')} goes to {link.value or 'a group'},"
                " which this stack does not declare"
            )


def _has_logs(group: ResourceView) -> bool:
    """Whether the engine writes logs: Memcached does not, and members of a group deliver through it."""
    member = group.type in CACHE_CLUSTERS and group.has("replicationGroupId")
    return group.text("engine", "redis") != "memcached" and not member


def _deliveries(group: ResourceView) -> list[Block]:
    return group.blocks("logDeliveryConfigurations")


def _missing(group: ResourceView, log: str) -> Iterator[str]:
    if _has_logs(group) and log not in {delivery.text("logType") for delivery in _deliveries(group)}:
        yield f"logDeliveryConfigurations has no {log}"
