"""Ways to pods: services and the bindings that register pods with the load balancer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.framework import (
    Block,
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)
from policies.k8s.objects import KubernetesObject, objects, picks
from policies.k8s.pods import Pod, leaves, pods, pods_inside
from policies.k8s.tokens import CHARTS, RELEASES, SERVICES, TARGET_GROUP_BINDINGS, WORKLOADS

_NO_PORTS: Final = frozenset({"ExternalName"})
_OPEN_SERVICES: Final = frozenset({"LoadBalancer", "NodePort"})


@resource_rule(
    "net-k8s-no-bypass",
    subjects=(*SERVICES, *WORKLOADS, *RELEASES, *CHARTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_19", "CKV_K8S_26"), ("NET-01", "ISO-03", "POL-03"), ("8(5)",)),
    remedy="Use a ClusterIP service behind the target groups; take hostNetwork and hostPort out.",
)
def k8s_no_bypass(workload: ResourceView) -> Findings:
    """Nothing goes around the load balancer and the network policies.

    A chart's own objects are not seen here; its values are.
    """
    if workload.type in {*RELEASES, *CHARTS}:
        yield from _values(workload)
    elif workload.type in SERVICES:
        for entry in objects(workload):
            kind = entry.block.text("spec.type", "ClusterIP")
            if kind in _OPEN_SERVICES:
                yield entry.finding(f"spec.type is {kind}", aspect="service-type")
    else:
        for pod in pods(workload):
            yield from _on_the_host(pod)


def _on_the_host(pod: Pod) -> Iterator[Finding]:
    if pod.spec.flag("hostNetwork"):
        yield pod.finding(f"{pod.spec.at}.hostNetwork is true", aspect="host-network")
    for container in pod.containers:
        for port in container.block.blocks("ports"):
            if port.number("hostPort"):
                yield pod.finding(f"{port.at}.hostPort is {port.text('hostPort')}", aspect="host-port")


def _values(release: ResourceView) -> Iterator[Finding]:
    for path, value in leaves(release.block("values").properties(), "values"):
        name = path.rsplit(".", 1)[-1]
        if name in {"type", "serviceType"} and value in _OPEN_SERVICES:
            yield release.finding(f"{path} is {value}", aspect="service-type")
        elif name == "hostNetwork" and value in {True, "true"}:
            yield release.finding(f"{path} is true", aspect="host-network")
        elif name == "hostPort" and isinstance(value, int) and value:
            yield release.finding(f"{path} is {value}", aspect="host-port")


@joined_rule(
    "net-k8s-service-port",
    subjects=(*SERVICES, *WORKLOADS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("NET-06", "ISO-03")),
    remedy="Give the service the port that the container listens on.",
)
def k8s_service_port(service: ResourceView, graph: Graph) -> Findings:
    """A service has the port of its pods: the CNI's policies match only then."""
    if service.type not in SERVICES:
        return
    for entry in objects(service):
        if entry.partial or entry.block.text("spec.type") in _NO_PORTS:
            continue
        for port in entry.block.blocks("spec.ports"):
            yield from _translated(entry, port, graph)


def _translated(entry: KubernetesObject, port: Block, graph: Graph) -> Iterator[Finding]:
    number = port.number("port")
    target = port.number("targetPort")
    if target is not None and target != number:
        yield entry.finding(f"{port.at} leads from port {number:g} to {target:g}")
    name = port.text("targetPort")
    if target is None and name:
        for found in sorted(_ports_named(entry, name, graph) - {number or 0}):
            yield entry.finding(f"{port.at} leads from port {number:g} to {name}, which is {found:g}")


def _ports_named(entry: KubernetesObject, name: str, graph: Graph) -> set[float]:
    return {
        port.number("containerPort") or 0
        for pod in pods_inside(entry.namespace, graph)
        if picks(entry.block, "spec.selector", pod.labels)
        for container in pod.containers
        for port in container.block.blocks("ports")
        if port.text("name") == name
    }


@resource_rule(
    "net-k8s-target-group-binding",
    subjects=TARGET_GROUP_BINDINGS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("NET-04", "SEC-07")),
    remedy="Set targetType: ip and leave networking out: the nodes' security group belongs to this program.",
)
def k8s_target_group_binding(binding: ResourceView) -> Findings:
    """The load balancer's controller registers pods and touches no security group."""
    for entry in objects(binding):
        if entry.block.has("spec.networking"):
            yield entry.finding("networking is set, so the controller edits the nodes' security group")
        kind = entry.block.text("spec.targetType", "not set")
        if kind != "ip" and (entry.block.has("spec.targetType") or not entry.partial):
            yield entry.finding(f"targetType is {kind}, not ip", aspect="target-type")
