"""Network policies from paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import networking

from .labels import NAMESPACE_NAME
from .ways import Networks, Path, Pods

DNS_PORT: Final = 53


def deny_by_default(
    namespace: str, *, namespace_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> networking.v1.NetworkPolicy:
    """Deny everything that no other policy of the namespace allows, in either direction."""
    return networking.v1.NetworkPolicy(
        f"{namespace}-default-deny",
        networking.v1.NetworkPolicyInitArgs(
            metadata=_metadata("default-deny", namespace_name),
            spec=networking.v1.NetworkPolicySpecArgs(
                pod_selector=_selector({}), policy_types=["Ingress", "Egress"]
            ),
        ),
        opts=opts,
    )


def allow_dns(
    namespace: str, *, namespace_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> networking.v1.NetworkPolicy:
    """Let every pod of the namespace ask CoreDNS (NET-08)."""
    return networking.v1.NetworkPolicy(
        f"{namespace}-dns",
        networking.v1.NetworkPolicyInitArgs(
            metadata=_metadata("dns", namespace_name),
            spec=networking.v1.NetworkPolicySpecArgs(
                pod_selector=_selector({}),
                policy_types=["Egress"],
                egress=[
                    networking.v1.NetworkPolicyEgressRuleArgs(
                        to=[_pods(Pods(namespace="kube-system", labels={"k8s-app": "kube-dns"}))],
                        ports=[
                            networking.v1.NetworkPolicyPortArgs(protocol=protocol, port=DNS_PORT)
                            for protocol in ("UDP", "TCP")
                        ],
                    )
                ],
            ),
        ),
        opts=opts,
    )


def allow(
    namespace: str,
    paths: Sequence[Path],
    *,
    namespace_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> list[networking.v1.NetworkPolicy]:
    """Make one policy for each path, under its name: what a pod may do is listed by `kubectl get netpol`."""
    return [
        networking.v1.NetworkPolicy(
            f"{namespace}-{path.name}",
            networking.v1.NetworkPolicyInitArgs(
                metadata=_metadata(path.name, namespace_name), spec=_spec(path)
            ),
            opts=opts,
        )
        for path in paths
    ]


def _spec(path: Path) -> networking.v1.NetworkPolicySpecArgs:
    peers = [peer for end in path.peers for peer in _peers(end)]
    tcp = [networking.v1.NetworkPolicyPortArgs(protocol="TCP", port=port) for port in path.tcp]
    if path.direction == "ingress":
        return networking.v1.NetworkPolicySpecArgs(
            pod_selector=_selector(path.pods),
            policy_types=["Ingress"],
            ingress=[networking.v1.NetworkPolicyIngressRuleArgs(from_=peers, ports=tcp)],
        )
    return networking.v1.NetworkPolicySpecArgs(
        pod_selector=_selector(path.pods),
        policy_types=["Egress"],
        egress=[networking.v1.NetworkPolicyEgressRuleArgs(to=peers, ports=tcp)],
    )


def _peers(end: Networks | Pods) -> Iterator[networking.v1.NetworkPolicyPeerArgs]:
    if isinstance(end, Pods):
        yield _pods(end)
        return
    for cidr in end.cidrs:
        yield networking.v1.NetworkPolicyPeerArgs(
            ip_block=networking.v1.IPBlockArgs(cidr=cidr, except_=list(end.excluded) or None)
        )


def _pods(end: Pods) -> networking.v1.NetworkPolicyPeerArgs:
    return networking.v1.NetworkPolicyPeerArgs(
        namespace_selector=None if end.namespace is None else _selector({NAMESPACE_NAME: end.namespace}),
        pod_selector=_selector(end.labels) if end.labels or end.namespace is None else None,
    )


def _selector(labels: Mapping[str, str]) -> kubernetes.meta.v1.LabelSelectorArgs:
    return kubernetes.meta.v1.LabelSelectorArgs(match_labels=dict(labels) or None)


def _metadata(name: str, namespace: pulumi.Input[str]) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(name=name, namespace=namespace)
