"""Search domains."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import SEARCH_DOMAINS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    advisory_in,
    mandatory_in,
    resource_rule,
)

_QUORUM: Final = 3
"""With three data nodes OpenSearch keeps a majority when it loses one."""


@resource_rule(
    "avl-opensearch-nodes",
    subjects=SEARCH_DOMAINS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("Opensearch.6",), ("CKV2_AWS_59",), ("OBS-02", "SLO-01")),
    remedy="Set cluster_config to two or more data nodes with zone_awareness_enabled=True.",
    settings={
        "least_nodes": Setting(2, "data nodes at least", {"staging": 1, "testing": 1, "dev": 1}),
    },
)
def opensearch_nodes(domain: ResourceView, settings: Settings) -> Findings:
    """The search domain survives a zone: several data nodes, spread over zones.

    Two nodes need zone awareness; three or more keep a majority by themselves.
    """
    nodes = domain.number("clusterConfig.instanceCount") or 1
    aware = domain.flag("clusterConfig.zoneAwarenessEnabled")
    if nodes < settings["least_nodes"]:
        yield f"clusterConfig.instanceCount is {nodes}, less than {settings['least_nodes']}"
    elif 1 < nodes < _QUORUM and not aware:
        yield f"clusterConfig.zoneAwarenessEnabled is not true for {nodes} data nodes"
    zones = domain.number("clusterConfig.zoneAwarenessConfig.availabilityZoneCount")
    if aware and zones and nodes % zones:
        yield f"{nodes} data nodes do not spread evenly over {zones} zones"


@resource_rule(
    "avl-opensearch-masters",
    subjects=SEARCH_DOMAINS,
    severity=Severity.LOW,
    levels=advisory_in("prod", "dr"),
    controls=Controls((), ("CKV_AWS_318",), ("OBS-02",)),
    remedy="Set dedicated_master_enabled=True with dedicated_master_count=3.",
)
def opensearch_masters(domain: ResourceView) -> Findings:
    """Three dedicated masters keep the search domain together, whatever its data nodes do."""
    if not domain.flag("clusterConfig.dedicatedMasterEnabled"):
        yield "clusterConfig.dedicatedMasterEnabled is not true"
    elif (count := domain.number("clusterConfig.dedicatedMasterCount") or 0) < _QUORUM:
        yield f"clusterConfig.dedicatedMasterCount is {count}, less than {_QUORUM}"
