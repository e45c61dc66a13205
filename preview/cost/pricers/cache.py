"""ElastiCache: node hours of Redis OSS and Valkey."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from preview.cost.charges import Charge, Free, NotPriced, Rate
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers

VALKEY_FACTOR: Final = Decimal("0.8")
VALKEY_RULE: Final = "Valkey = 0.8 x Redis OSS"
"""Held for every node type with both prices quoted; no source states it as a rule."""

FREE_SNAPSHOTS: Final = 1


def _node_hours(item: Item) -> Iterator[Charge]:
    """The node hours of all shards and replicas. Nodes cannot be stopped, so a schedule changes nothing."""
    kind = item.text("nodeType")
    count = _group_nodes(item)
    yield item.hours(f"{count} x {kind}", _rate(item, kind), count)


def _single_node_hours(item: Item) -> Iterator[Charge]:
    if item.declares("replicationGroupId"):
        yield Free("its nodes are priced with the group")
        return
    kind = item.text("nodeType")
    count = item.number("numCacheNodes", default=1)
    yield item.hours(f"{count} x {kind}", _rate(item, kind), count)


def _snapshots(item: Item) -> Iterator[Charge]:
    if item.number("snapshotRetentionLimit", default=0) > FREE_SNAPSHOTS:
        yield item.unpriced("snapshots", "usage-based: no price for snapshots beyond the free one")


def _group_nodes(item: Item) -> Decimal:
    if item.declares("numNodeGroups") or item.declares("replicasPerNodeGroup"):
        return item.number("numNodeGroups", default=1) * (item.number("replicasPerNodeGroup", default=0) + 1)
    return item.number("numCacheClusters", default=1)


def _rate(item: Item, kind: str) -> Rate:
    engine = item.text("engine", default="redis")
    if engine == "redis":
        return item.rate("ElastiCache Redis OSS", kind, unit="node-hour")
    if engine != "valkey":
        raise NotPriced(f"no prices for engine {engine}")
    if item.stack.prices.find("ElastiCache Valkey", kind, item.region) is not None:
        return item.rate("ElastiCache Valkey", kind, unit="node-hour")
    try:
        redis = item.rate("ElastiCache Redis OSS", kind, unit="node-hour")
    except NotPriced as refusal:
        raise NotPriced(f"no price for ElastiCache Valkey {kind} in {item.region}") from refusal
    return redis.times(VALKEY_FACTOR, rule=VALKEY_RULE)


PRICERS: Final[Pricers] = {
    "aws:elasticache/replicationGroup:ReplicationGroup": {"node hours": _node_hours, "snapshots": _snapshots},
    "aws:elasticache/cluster:Cluster": {"node hours": _single_node_hours, "snapshots": _snapshots},
}
