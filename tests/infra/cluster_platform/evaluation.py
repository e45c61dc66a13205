"""A small evaluator of network policies: who begins a conversation with whom, on which port.

It follows the Kubernetes documentation ("Network policies"): a pod that no policy of a direction selects may
talk and listen freely; one that is selected may do what any of those policies allows, and nothing else; and a
conversation needs the consent of both ends. Pods have addresses of the VPC here, as with the AWS CNI, so a
network in a policy is also about pods.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Any

from preview.graph import ResourceGraph

from .reading import NETWORK_POLICY


@dataclass(frozen=True, kw_only=True, eq=False)
class End:
    """One end of a conversation: a pod of a namespace, or any other host by its address."""

    name: str
    address: str
    namespace: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    port_names: Mapping[int, str] = field(default_factory=dict)
    """Ports that the pod's containers name."""

    def __str__(self) -> str:
        return self.name


class Policies:
    """The network policies of a cluster."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._policies = [resource.inputs for resource in graph.of_type(NETWORK_POLICY)]

    def allow(self, source: End, target: End, port: int, protocol: str = "TCP") -> bool:
        """Whether `source` may begin a conversation with `target`."""
        sends = self._permits("Egress", source, target, listener=target, port=port, protocol=protocol)
        return sends and self._permits(
            "Ingress", target, source, listener=target, port=port, protocol=protocol
        )

    def reachable(
        self, source: End, targets: Iterable[End], ports: Iterable[int], protocol: str = "TCP"
    ) -> set[tuple[str, int]]:
        """Give every target and port that `source` reaches."""
        return {
            (target.name, port)
            for target in targets
            for port in ports
            if target is not source and self.allow(source, target, port, protocol)
        }

    def _permits(
        self, direction: str, pod: End, other: End, *, listener: End, port: int, protocol: str
    ) -> bool:
        mine = [
            policy["spec"]
            for policy in self._policies
            if policy["metadata"]["namespace"] == pod.namespace
            and direction in policy["spec"]["policyTypes"]
            and _selects(policy["spec"]["podSelector"], pod.labels)
        ]
        if pod.namespace is None or not mine:
            return True
        peers, rules = ("to", "egress") if direction == "Egress" else ("from", "ingress")
        return any(
            _has_port(rule.get("ports"), listener, port, protocol)
            and any(_is_peer(peer, other, pod.namespace) for peer in rule[peers])
            for spec in mine
            for rule in spec.get(rules, ())
        )


def _selects(selector: Mapping[str, Any], labels: Mapping[str, str]) -> bool:
    assert set(selector) <= {"matchLabels"}, "expressions are not evaluated here"
    return all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())


def _is_peer(peer: Mapping[str, Any], end: End, namespace: str) -> bool:
    if "ipBlock" in peer:
        block, address = peer["ipBlock"], ip_address(end.address)
        return address in ip_network(block["cidr"]) and not any(
            address in ip_network(excluded) for excluded in block.get("except", ())
        )
    if end.namespace is None:
        return False
    if "namespaceSelector" in peer:
        if not _selects(peer["namespaceSelector"], {"kubernetes.io/metadata.name": end.namespace}):
            return False
    elif end.namespace != namespace:
        return False
    return _selects(peer.get("podSelector", {}), end.labels)


def _has_port(ports: list[dict[str, Any]] | None, listener: End, port: int, protocol: str) -> bool:
    return ports is None or any(
        entry["protocol"] == protocol and entry["port"] in {port, listener.port_names.get(port)}
        for entry in ports
    )
