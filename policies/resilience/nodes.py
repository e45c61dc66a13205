"""The machines of the cluster: how many, how large, in which zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.placement import zones_of
from policies.aws.tokens import CLUSTERS, MACHINE_GROUPS, NODE_GROUPS, SERVERLESS_NODES
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
    stack_rule,
)

GROUP_LABEL: Final = "node-group"
"""The label by which a node group says what it is for, whatever AWS calls it."""
_REPELLING: Final = frozenset({"NO_SCHEDULE", "NO_EXECUTE"})


@stack_rule(
    "avl-eks-nodes",
    subjects=(*NODE_GROUPS, *CLUSTERS, *SERVERLESS_NODES, *MACHINE_GROUPS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("COMP-01", "COMP-02", "COMP-03", "ENV-05", "SCALE-03")),
    remedy=(
        "Declare one eks.NodeGroup labelled node-group=general with the environment's machines and sizes;"
        " further groups must be listed and tainted."
    ),
    settings={
        "instance_type": Setting(
            "m5.large", "the machines of the general group", {"testing": "t3.medium", "dev": "t3.medium"}
        ),
        "least": Setting(3, "smallest size", {"staging": 2, "testing": 1, "dev": 1}),
        "most": Setting(8, "largest size", {"staging": 2, "testing": 1, "dev": 1}),
        "standby_least": Setting(
            0, "smallest size while the recovery region is not active; 0: no such time", {"dr": 2}
        ),
        "standby_most": Setting(
            0, "largest size while the recovery region is not active; 0: no such time", {"dr": 3}
        ),
        "further_groups": Setting(
            [], "groups that may exist beside it, if they are tainted", {"testing": ["dev"]}
        ),
    },
)
def eks_nodes(graph: Graph, settings: Settings) -> Findings:
    """The cluster's machines are those of the strategy: kind, smallest and largest number, on demand.

    Only the group labelled `node-group=general` takes every pod. Another one must be listed and tainted, so
    that nothing lands there by chance.
    """
    groups = graph.of(*NODE_GROUPS)
    general = [group for group in groups if group.text(f"labels.{GROUP_LABEL}") == "general"]
    if graph.of(*CLUSTERS) and not general:
        yield "the cluster has no node group with the label node-group=general"
    for further in general[1:]:
        yield further.finding("a second group carries the label node-group=general")
    for group in general:
        yield from _shape(group, settings)
    for group in groups:
        if group not in general:
            yield from _further(group, settings)
    for other in graph.of(*SERVERLESS_NODES, *MACHINE_GROUPS):
        yield other.finding("pods would run outside the managed node groups")


def _shape(group: ResourceView, settings: Settings) -> Iterator[Finding]:
    machines = group.texts("instanceTypes")
    if machines != [settings["instance_type"]]:
        yield group.finding(
            f"instanceTypes is {', '.join(machines) or 'not set'}, not {settings['instance_type']}"
        )
    capacity = group.text("capacityType", "ON_DEMAND")
    if capacity != "ON_DEMAND":
        yield group.finding(f"capacityType is {capacity}, so AWS may take the machines back")
    found = (group.number("scalingConfig.minSize"), group.number("scalingConfig.maxSize"))
    allowed = [(settings["least"], settings["most"])]
    if settings["standby_most"]:
        allowed.append((settings["standby_least"], settings["standby_most"]))
    if found not in allowed:
        wanted = " or ".join(f"{least} to {most}" for least, most in allowed)
        yield group.finding(f"scalingConfig runs from {found[0]} to {found[1]} machines, not {wanted}")
    for taint in group.blocks("taints"):
        if taint.text("effect") in _REPELLING:
            yield group.finding(f"the taint {taint.text('key')} keeps pods away from the general group")


def _further(group: ResourceView, settings: Settings) -> Iterator[Finding]:
    label = group.text(f"labels.{GROUP_LABEL}")
    if label not in settings["further_groups"]:
        yield group.finding(f"a further group is labelled {label or 'nothing'}, which is not listed")
    elif not any(taint.text("effect") in _REPELLING for taint in group.blocks("taints")):
        yield group.finding("the further group has no taint, so any pod lands there")


@resource_rule(
    "avl-eks-nodes-zones",
    subjects=NODE_GROUPS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("AutoScaling.2",), (), ("SLO-01", "NET-02")),
    remedy="Give subnet_ids a private subnet of each zone.",
    by_reference=True,
)
def eks_nodes_zones(group: ResourceView) -> Findings:
    """A node group spreads over two zones."""
    zones = zones_of(group, "subnetIds")
    if len(zones) < 2:  # noqa: PLR2004  (two zones)
        yield f"subnetIds lie in {', '.join(sorted(zones)) or 'no zone'} only"


@joined_rule(
    "avl-eks-nodes-version",
    subjects=NODE_GROUPS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set the group's version from the same setting as the cluster's.",
)
def eks_nodes_version(group: ResourceView, _graph: Graph) -> Findings:
    """Nodes run the Kubernetes version of their cluster."""
    clusters = group.link("clusterName").targets(*CLUSTERS)
    if not clusters:
        yield "clusterName names no cluster of this stack"
    for cluster in clusters:
        if group.text("version") != cluster.text("version"):
            own = group.text("version") or "not set"
            yield f"version is {own} and the cluster's is {cluster.text('version') or 'not set'}"
