"""What an environment without customers can do without."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import (
    BROKERS,
    CACHES,
    DATABASES,
    NAT_GATEWAYS,
    NODE_GROUPS,
    SEARCH_DOMAINS,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    advisory_in,
    resource_rule,
    stack_rule,
)

_LEVELS: Final = advisory_in("testing", "dev")


@resource_rule(
    "cst-nonprod-single",
    subjects=(*DATABASES, *CACHES, *BROKERS, *SEARCH_DOMAINS),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("COMP-03", "OPS-01")),
    remedy="Use one node in one zone outside production.",
)
def nonprod_single(store: ResourceView) -> Findings:
    """Data stores outside production have one node in one zone."""
    if store.type in DATABASES:
        if store.flag("multiAz"):
            yield "multiAz is true, which doubles the price"
    elif store.type in CACHES:
        nodes = store.number("numCacheClusters") or 1
        if nodes > 1:
            yield f"numCacheClusters is {nodes:g}"
    elif store.type in BROKERS:
        mode = store.text("deploymentMode", "SINGLE_INSTANCE")
        if mode != "SINGLE_INSTANCE":
            yield f"deploymentMode is {mode}"
    else:
        nodes = store.number("clusterConfig.instanceCount") or 1
        if nodes > 1 or store.flag("clusterConfig.dedicatedMasterEnabled"):
            yield "clusterConfig has more than one node"


@stack_rule(
    "cst-nonprod-nat",
    subjects=NAT_GATEWAYS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OPS-01",)),
    remedy="Set network.nat to single.",
)
def nonprod_nat(graph: Graph) -> Findings:
    """Outside production one NAT gateway serves all zones."""
    gateways = graph.of(*NAT_GATEWAYS)
    if len(gateways) > 1:
        yield f"the stack declares {len(gateways)} NAT gateways"


@resource_rule(
    "cst-nonprod-cheap",
    subjects=(*NODE_GROUPS, *DATABASES, *CACHES, *BROKERS, *SEARCH_DOMAINS),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OPS-01",)),
    remedy="Use a Graviton class, or Spot capacity for nodes.",
    settings={
        "prescribed": Setting(
            ["t3.medium", "db.t3.medium"], "Sizes that the environment's plan prescribes (COMP-03)."
        )
    },
)
def nonprod_cheap(machine: ResourceView, settings: Settings) -> Findings:
    """Outside production machines are Graviton or Spot, where the plan leaves the choice."""
    if machine.type in NODE_GROUPS and machine.text("capacityType") == "SPOT":
        return
    for size in _sizes(machine):
        family = size.removeprefix("db.").removeprefix("cache.").removeprefix("mq.").split(".")[0]
        if size not in settings["prescribed"] and "g" not in family.lstrip("abcdefghijklmnopqrstuvwxyz"):
            yield f"{size} is neither Graviton nor Spot"


def _sizes(machine: ResourceView) -> Iterator[str]:
    paths = ("instanceTypes", "instanceClass", "nodeType", "hostInstanceType", "clusterConfig.instanceType")
    for path in paths:
        yield from machine.texts(path)
