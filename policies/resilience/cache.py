"""Caches: failover, backups, upgrades."""

from __future__ import annotations

from policies.aws.tokens import CACHE_CLUSTERS, CACHES, SERVERLESS_CACHES
from policies.aws.windows import refused, window_settings
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)


@resource_rule(
    "avl-cache-failover",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("ElastiCache.3",), ("CKV2_AWS_50",), ("SLO-01",)),
    remedy="Set num_cache_clusters to 2 or more, automatic_failover_enabled and multi_az_enabled to True.",
    settings={
        "least_nodes": Setting(2, "nodes that the cache has at least", {"staging": 1, "testing": 1, "dev": 1})
    },
)
def cache_failover(cache: ResourceView, settings: Settings) -> Findings:
    """A cache of several nodes fails over to another zone, and production's has several."""
    if cache.type in CACHE_CLUSTERS:
        if not cache.has("replicationGroupId") and settings["least_nodes"] > 1:
            yield "a cache cluster outside a replication group cannot fail over"
        return
    nodes = _nodes(cache)
    if nodes < settings["least_nodes"]:
        yield f"it has {nodes} nodes, less than {settings['least_nodes']}"
    if max(nodes, settings["least_nodes"]) > 1:
        for switch in ("automaticFailoverEnabled", "multiAzEnabled"):
            if not cache.flag(switch):
                yield f"{switch} is not true, so the loss of a zone stops the cache"


def _nodes(cache: ResourceView) -> float:
    """Give how many nodes hold the same data."""
    if cache.has("replicasPerNodeGroup"):
        return 1 + (cache.number("replicasPerNodeGroup") or 0)
    return cache.number("numCacheClusters") or 1


@resource_rule(
    "avl-cache-backup",
    subjects=(*CACHES, *CACHE_CLUSTERS, *SERVERLESS_CACHES),
    severity=Severity.LOW,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("ElastiCache.1",), ("CKV_AWS_134",), ("DATA-02",)),
    remedy="Set snapshot_retention_limit to 1 or more days.",
    settings={"least_days": Setting(1, "days that snapshots are kept at least")},
)
def cache_backup(cache: ResourceView, settings: Settings) -> Findings:
    """Caches keep a daily snapshot; a member of a group has its group's."""
    if cache.type in CACHE_CLUSTERS and cache.has("replicationGroupId"):
        return
    days = cache.number("snapshotRetentionLimit") or 0
    if days < settings["least_days"]:
        yield f"snapshotRetentionLimit is {days} days, less than {settings['least_days']}"


@resource_rule(
    "avl-cache-minor-upgrade",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.LOW,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("ElastiCache.2",), ("CKV_AWS_322",), ("SLO-01",)),
    remedy="Set auto_minor_version_upgrade=True.",
)
def cache_minor_upgrade(cache: ResourceView) -> Findings:
    """Caches take minor upgrades by themselves, which is AWS's default."""
    if not cache.flag("autoMinorVersionUpgrade", default=True):
        yield "autoMinorVersionUpgrade is false"


@resource_rule(
    "avl-cache-windows",
    subjects=CACHES,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set maintenance_window and snapshot_window, in UTC, to the hours named.",
    settings=window_settings(),
)
def cache_windows(cache: ResourceView, settings: Settings) -> Findings:
    """Maintenance and snapshots of the cache, which slow it, happen at a good hour."""
    wanted = ["maintenanceWindow", *(["snapshotWindow"] if cache.number("snapshotRetentionLimit") else [])]
    for name in wanted:
        window = cache.text(name)
        if not window:
            yield f"{name} is not set, so AWS picks one"
        elif why := refused(window, settings):
            yield f"{name} is {window}: {why}"
