"""Network policies: who may talk to whom inside the cluster, and out of it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Any, Final

from policies.framework import (
    Block,
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
from policies.k8s.objects import Index, KubernetesObject, objects, selects_all
from policies.k8s.tokens import ADDONS, NAMESPACES, NETWORK_POLICIES

_VPCS: Final = ("aws:ec2/vpc:Vpc", "aws:ec2/defaultVpc:DefaultVpc")
_METADATA: Final = ip_network("169.254.169.254/32")

Network = IPv4Network | IPv6Network


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
    if namespace.type not in NAMESPACES:
        return
    for entry in objects(namespace):
        if entry.partial or entry.name in settings["systemNamespaces"]:
            continue
        denied = {
            direction
            for policy in graph.fact(Index).inside(entry.name, *NETWORK_POLICIES)
            if selects_all(policy.block, "spec.podSelector")
            for direction in _denied(policy.block)
        }
        for direction in _DIRECTIONS:
            if direction not in denied:
                yield entry.finding(
                    f"no network policy denies {direction.lower()} by default in {entry.name}"
                )


def _denied(policy: Block) -> Iterator[str]:
    for direction in policy.texts("spec.policyTypes") or ["Ingress"]:
        if not policy.items(f"spec.{direction.lower()}"):
            yield direction


@joined_rule(
    "net-k8s-egress-limited",
    subjects=(*NETWORK_POLICIES, *_VPCS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("NET-06", "ISO-03"), ("8(5)",)),
    remedy=(
        "Name the peers; the internet only as 0.0.0.0/0 except the VPC and 169.254.0.0/16, on port 443: what"
        " lies in the VPC gets a rule of its own."
    ),
    settings={"internetPorts": Setting([443], "TCP ports that pods may reach on the internet.")},
)
def k8s_egress_limited(policy: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Pods reach named peers and the internet's HTTPS, never the whole VPC or the nodes' metadata."""
    if policy.type not in NETWORK_POLICIES:
        return
    for entry in objects(policy):
        for rule in entry.block.blocks("spec.egress"):
            if not rule.blocks("to"):
                yield entry.finding(f"{rule.at} names no peer, so it opens everything", aspect="peers")
            for peer in rule.blocks("to"):
                yield from _open_peer(entry, peer)
                if _internet(peer):
                    yield from _internet_ports(entry, rule, settings)
                    yield from _left_open(entry, peer, graph)


def _open_peer(entry: KubernetesObject, peer: Block) -> Iterator[Finding]:
    """Find a peer that is every pod of every namespace."""
    if selects_all(peer, "namespaceSelector") and (
        not peer.has("podSelector") or selects_all(peer, "podSelector")
    ):
        yield entry.finding(f"{peer.at} is every namespace", aspect="peers")


def _internet(peer: Block) -> bool:
    return peer.has("ipBlock.cidr") and _network(peer, "ipBlock.cidr").prefixlen == 0


def _network(block: Block, path: str) -> Network:
    return ip_network(block.text(path), strict=False)


def _internet_ports(entry: KubernetesObject, rule: Block, settings: Settings) -> Iterator[Finding]:
    ports = rule.blocks("ports")
    if not ports:
        yield entry.finding(f"{rule.at} opens every port of the internet", aspect="ports")
    for port in ports:
        number, protocol = port.number("port"), port.text("protocol", "TCP")
        if number not in settings["internetPorts"] or protocol != "TCP" or port.has("endPort"):
            yield entry.finding(
                f"{port.at} opens {protocol} {port.text('port', 'any port')} of the internet", aspect="ports"
            )


def _left_open(entry: KubernetesObject, peer: Block, graph: Graph) -> Iterator[Finding]:
    block = _network(peer, "ipBlock.cidr")
    left_out = [ip_network(text, strict=False) for text in peer.texts("ipBlock.except")]
    inside: list[tuple[str, Network]] = [("the nodes' metadata service", _METADATA)]
    for vpc in graph.of(*_VPCS):
        if vpc.has("cidrBlock"):
            inside.append((f"the network {vpc.name}", _network(vpc, "cidrBlock")))
    for name, network in inside:
        if network.version == block.version and not any(_covers(hole, network) for hole in left_out):
            yield entry.finding(f"{peer.at}.ipBlock.except leaves {name} open", aspect="except")


def _covers(outer: Any, inner: Any) -> bool:  # noqa: ANN401  (networks of one version each)
    return outer.version == inner.version and inner.subnet_of(outer)


@resource_rule(
    "net-k8s-ingress-limited",
    subjects=NETWORK_POLICIES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("ISO-03", "NET-04"), ("8(5)",)),
    remedy="Name the peers: pods by labels, the load balancer by the public subnets; and the ports.",
)
def k8s_ingress_limited(policy: ResourceView) -> Findings:
    """Pods are reached by named peers on named ports."""
    for entry in objects(policy):
        for rule in entry.block.blocks("spec.ingress"):
            if not rule.blocks("from"):
                yield entry.finding(f"{rule.at} names no peer, so everybody gets in", aspect="peers")
            if not rule.blocks("ports"):
                yield entry.finding(f"{rule.at} opens every port", aspect="ports")
            for peer in rule.blocks("from"):
                yield from _open_peer(entry, peer)
                if _internet(peer):
                    yield entry.finding(f"{peer.at} is the whole internet", aspect="peers")


@resource_rule(
    "net-k8s-enforced",
    subjects=ADDONS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("ISO-03", "NET-06"), ("8(5)",)),
    remedy='Set {"enableNetworkPolicy": "true"} in the configuration values of the add-on vpc-cni.',
    exemptible=False,
)
def k8s_enforced(addon: ResourceView) -> Findings:
    """The CNI enforces network policies; without it they are decoration."""
    if addon.text("addonName") != "vpc-cni":
        return
    values: dict[str, Any] = addon.document("configurationValues") or {}
    if str(values.get("enableNetworkPolicy")).lower() != "true":
        yield "configurationValues do not set enableNetworkPolicy"
