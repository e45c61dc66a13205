"""Kubernetes objects that open or close ways to pods."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

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
)
from policies.k8s.pods import containers, leaves, pod_spec
from policies.k8s.tokens import NAMESPACES, NETWORK_POLICIES, RELEASES, SERVICES, WORKLOADS

_OPEN_SERVICES: Final = frozenset({"LoadBalancer", "NodePort"})
_DIRECTIONS: Final = ("Ingress", "Egress")


@joined_rule(
    "net-k8s-default-deny",
    subjects=(*NAMESPACES, *NETWORK_POLICIES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV2_K8S_6",), ("ISO-03", "NET-06", "ENV-01", "POL-03"), ("8(5)",)),
    remedy="Declare a NetworkPolicy with podSelector {} and policyTypes [Ingress, Egress] and no rules.",
    settings={
        "systemNamespaces": Setting(
            ["default", "kube-node-lease", "kube-public", "kube-system"],
            "Namespaces of the cluster itself, where a default denial would cut off nodes.",
        )
    },
)
def k8s_default_deny(namespace: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Every namespace of ours denies all traffic that no policy names."""
    if namespace.type in NETWORK_POLICIES or _name(namespace) in settings["systemNamespaces"]:
        return
    denied = {
        direction
        for policy in graph.of(*NETWORK_POLICIES)
        if _denies_all(policy) and _is_in(policy, namespace)
        for direction in _denied(policy)
    }
    for direction in _DIRECTIONS:
        if direction not in denied:
            yield f"no network policy denies {direction.lower()} by default in {_name(namespace)}"


def _name(namespace: ResourceView) -> str:
    return namespace.text("metadata.name") or namespace.name


def _is_in(policy: ResourceView, namespace: ResourceView) -> bool:
    if not policy.is_unknown("metadata.namespace"):
        return policy.text("metadata.namespace") == _name(namespace)
    return namespace in policy.link("metadata.namespace").targets(*NAMESPACES)


def _denies_all(policy: ResourceView) -> bool:
    """Whether the policy picks every pod and allows nothing."""
    selector = policy.block("spec.podSelector")
    return policy.has("spec.podSelector") and not (
        selector.get("matchLabels") or selector.get("matchExpressions")
    )


def _denied(policy: ResourceView) -> Iterator[str]:
    types = policy.texts("spec.policyTypes") or ["Ingress"]
    for direction in types:
        if not policy.items(f"spec.{direction.lower()}"):
            yield direction


@resource_rule(
    "net-k8s-no-bypass",
    subjects=(*SERVICES, *WORKLOADS, *RELEASES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_19", "CKV_K8S_26"), ("NET-01", "ISO-03", "POL-03"), ("8(5)",)),
    remedy="Use a ClusterIP service behind the target groups; take hostNetwork and hostPort out.",
)
def k8s_no_bypass(workload: ResourceView) -> Findings:
    """Nothing goes around the load balancer and the network policies.

    A chart's own objects are not seen here; its values are.
    """
    if workload.type in SERVICES:
        kind = workload.text("spec.type", "ClusterIP")
        if kind in _OPEN_SERVICES:
            yield workload.finding(f"spec.type is {kind}", aspect="service-type")
        return
    if workload.type in RELEASES:
        yield from _values(workload)
        return
    spec = pod_spec(workload)
    if spec.flag("hostNetwork"):
        yield workload.finding(f"{spec.at}.hostNetwork is true", aspect="host-network")
    for container in containers(spec):
        for port in container.blocks("ports"):
            if port.number("hostPort"):
                yield workload.finding(f"{port.at}.hostPort is {port.text('hostPort')}", aspect="host-port")


def _values(release: ResourceView) -> Iterator[Finding]:
    for path, value in leaves(release.block("values").properties(), "values"):
        name = path.rsplit(".", 1)[-1]
        if name in {"type", "serviceType"} and value in _OPEN_SERVICES:
            yield release.finding(f"{path} is {value}", aspect="service-type")
        elif name == "hostNetwork" and value in {True, "true"}:
            yield release.finding(f"{path} is true", aspect="host-network")
        elif name == "hostPort" and isinstance(value, int) and value:
            yield release.finding(f"{path} is {value}", aspect="host-port")
