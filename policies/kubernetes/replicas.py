"""Replicas: enough of them, apart from each other, and never all taken away at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.aws.databases import follows_elsewhere
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    joined_rule,
    resource_rule,
)
from policies.k8s.objects import Index, KubernetesObject, objects, selects
from policies.k8s.pods import Pod, pod_of, pods_inside
from policies.k8s.scaling import scalers_of
from policies.k8s.tokens import (
    AUTOSCALERS,
    DEPLOYMENTS,
    DISRUPTION_BUDGETS,
    SCALED_OBJECTS,
    STATEFUL_SETS,
)

IN_PRODUCTION: Final[Mapping[str, Level]] = {
    **advisory_in("staging", "dr"),
    "prod": Level.MANDATORY,
}
LEAST_REPLICAS: Final = 2
ZONE: Final = "topology.kubernetes.io/zone"
_REPLICATED: Final = (*DEPLOYMENTS, *STATEFUL_SETS)
_COUNTED: Final = (*_REPLICATED, *AUTOSCALERS, *SCALED_OBJECTS)


def fewest_replicas(workload: KubernetesObject, graph: Graph) -> float:
    """Give how many replicas there are at least: the scaler's minimum, else the workload's own number."""
    given = [scaler.minimum for scaler in scalers_of(workload, graph)]
    if given:
        return min(1 if number is None else number for number in given)
    own = workload.block.number("spec.replicas")
    return 1 if own is None else own


@joined_rule(
    "avl-k8s-replicas",
    subjects=_COUNTED,
    severity=Severity.HIGH,
    levels=IN_PRODUCTION,
    controls=Controls((), (), ("SLO-01", "SCALE-01")),
    remedy="Set replicas, or the scaler's minimum, to 2 or more.",
)
def k8s_replicas(workload: ResourceView, graph: Graph) -> Findings:
    """Production has at least two pods of everything, so that a lost node or zone takes nothing away.

    Where its database follows another region's it has none of what would write there.
    """
    for entry in _replicated(workload):
        fewest = fewest_replicas(entry, graph)
        if fewest < LEAST_REPLICAS and not (fewest == 0 and graph.fact(follows_elsewhere)):
            yield entry.finding(f"it may run with {fewest:g} replica{'' if fewest == 1 else 's'}")


def _replicated(workload: ResourceView) -> list[KubernetesObject]:
    if workload.type not in _REPLICATED:
        return []
    return [entry for entry in objects(workload) if not entry.partial]


@joined_rule(
    "avl-k8s-disruption",
    subjects=(*_COUNTED, *DISRUPTION_BUDGETS),
    severity=Severity.MEDIUM,
    levels=IN_PRODUCTION,
    controls=Controls((), (), ("SLO-01",)),
    remedy="Declare a PodDisruptionBudget whose selector picks the pods.",
)
def k8s_disruption(workload: ResourceView, graph: Graph) -> Findings:
    """Updates of nodes take away only as many pods as a disruption budget allows."""
    for entry in _replicated(workload):
        labels = pod_of(entry).labels
        budgets = (
            budget
            for budget in graph.fact(Index).inside(entry.namespace, *DISRUPTION_BUDGETS)
            if selects(budget.block, "spec.selector", labels)
        )
        if next(budgets, None) is None and fewest_replicas(entry, graph) >= LEAST_REPLICAS:
            yield entry.finding("no disruption budget covers its pods")


@joined_rule(
    "avl-k8s-disruption-budget",
    subjects=(*DISRUPTION_BUDGETS, *_COUNTED),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SLO-01", "OPS-02")),
    remedy="Set maxUnavailable: 1 and unhealthyPodEvictionPolicy: AlwaysAllow, no minAvailable of all pods.",
)
def k8s_disruption_budget(budget: ResourceView, graph: Graph) -> Findings:
    """A disruption budget lets nodes be drained: for updates, for the nightly stop, with broken pods too."""
    if budget.type not in DISRUPTION_BUDGETS:
        return
    for entry in objects(budget):
        if entry.partial:
            continue
        block = entry.block
        if block.text("spec.unhealthyPodEvictionPolicy") != "AlwaysAllow":
            yield entry.finding(
                "unhealthyPodEvictionPolicy is not AlwaysAllow, so broken pods block a drain",
                aspect="unhealthy",
            )
        if block.text("spec.maxUnavailable") in {"0", "0%"} or block.text("spec.minAvailable") == "100%":
            yield entry.finding("it lets no pod go, so no node can be drained", aspect="blocks")
        elif not block.has("spec.maxUnavailable") and not block.has("spec.minAvailable"):
            yield entry.finding("it names neither minAvailable nor maxUnavailable", aspect="blocks")
        else:
            yield from _blocking(entry, graph)


def _blocking(budget: KubernetesObject, graph: Graph) -> Iterator[Finding]:
    covered = [pod for pod in pods_inside(budget.namespace, graph) if _covers(budget, pod)]
    if not covered:
        yield budget.finding("it picks no pods of this stack", aspect="empty")
    least = budget.block.number("spec.minAvailable")
    for pod in covered:
        fewest = fewest_replicas(pod.workload, graph)
        if least is not None and least >= fewest:
            yield budget.finding(
                f"minAvailable is {least:g}, and {pod.workload.name} may run with {fewest:g}",
                aspect="blocks",
            )


def _covers(budget: KubernetesObject, pod: Pod) -> bool:
    replicated = pod.workload.kind in {"Deployment", "StatefulSet"}
    return replicated and selects(budget.block, "spec.selector", pod.labels)


@resource_rule(
    "avl-k8s-spread",
    subjects=_REPLICATED,
    severity=Severity.MEDIUM,
    levels=IN_PRODUCTION,
    controls=Controls((), (), ("SLO-01", "COMP-01")),
    remedy=f"Add a topologySpreadConstraint with topologyKey {ZONE}, maxSkew 1 and the pods' own labels.",
)
def k8s_spread(workload: ResourceView) -> Findings:
    """Pods of one workload lie in different zones."""
    for entry in _replicated(workload):
        pod = pod_of(entry)
        zones = [
            constraint
            for constraint in pod.spec.blocks("topologySpreadConstraints")
            if constraint.text("topologyKey") == ZONE
        ]
        if not zones:
            yield entry.finding("no topologySpreadConstraint speaks of zones")
        elif not any(selects(constraint, "labelSelector", pod.labels) for constraint in zones):
            yield entry.finding("its topologySpreadConstraint counts other pods than its own")
