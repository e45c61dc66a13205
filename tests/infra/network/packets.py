"""Whether a conversation gets through the network ACLs of a rendered stack, judged as EC2 judges it.

Rules are read in the order of their numbers, the first that matches decides, and none means refusal. An ACL
looks at a packet when it leaves a subnet and when it enters one, and remembers nothing: both directions of a
conversation are judged.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal, NamedTuple

from preview.graph import Resource, ResourceGraph

from .reading import SUBNET, named

RULE = "aws:ec2/networkAclRule:NetworkAclRule"
ASSOCIATION = "aws:ec2/networkAclAssociation:NetworkAclAssociation"

Protocol = Literal["tcp", "udp"]


class Packet(NamedTuple):
    """What an ACL looks at: where a packet comes from and goes to."""

    protocol: Protocol
    source: str
    destination: str
    port: int


@dataclass(frozen=True)
class Borders:
    """The ACLs of one stack, by the addresses of the subnets that they guard."""

    subnets: dict[IPv4Network, str]
    rules: dict[str, tuple[Resource, ...]]

    @classmethod
    def of(cls, graph: ResourceGraph) -> Borders:
        """Read subnets, associations and rules."""
        acl_of_subnet = {
            named(association, "subnetId")[0]: named(association, "networkAclId")[0]
            for association in graph.of_type(ASSOCIATION)
        }
        rules: dict[str, list[Resource]] = {}
        for rule in graph.of_type(RULE):
            rules.setdefault(named(rule, "networkAclId")[0], []).append(rule)
        return cls(
            subnets={
                IPv4Network(subnet.inputs["cidrBlock"]): acl_of_subnet[subnet.name]
                for subnet in graph.of_type(SUBNET)
            },
            rules={
                acl: tuple(sorted(found, key=lambda rule: rule.inputs["ruleNumber"]))
                for acl, found in rules.items()
            },
        )

    def conversation_passes(
        self, source: str, destination: str, port: int, *, protocol: Protocol = "tcp", answer_port: int
    ) -> bool:
        """Whether a request and its answer both arrive."""
        request = Packet(protocol, source, destination, port)
        answer = Packet(protocol, destination, source, answer_port)
        return self.passes(request) and self.passes(answer)

    def conversation_through_nat_passes(
        self, node: str, gateway: str, destination: str, port: int, *, answer_port: int
    ) -> bool:
        """Whether a node in a private subnet talks to the internet through a NAT gateway in a public one.

        The packet of the node keeps its destination while it enters the gateway's subnet, and the answer
        keeps its source while it enters the node's.
        """
        return all(
            (
                self._leaves(Packet("tcp", node, destination, port)),
                self._enters(Packet("tcp", node, destination, port), subnet_of=gateway),
                self._leaves(Packet("tcp", gateway, destination, port)),
                self._enters(Packet("tcp", destination, gateway, answer_port), subnet_of=gateway),
                self._leaves(Packet("tcp", destination, node, answer_port), subnet_of=gateway),
                self._enters(Packet("tcp", destination, node, answer_port), subnet_of=node),
            )
        )

    def passes(self, packet: Packet) -> bool:
        """Whether a packet leaves its source's subnet and enters its destination's."""
        if self._acl(packet.source) and self._network(packet.source) == self._network(packet.destination):
            return True
        return self._leaves(packet) and self._enters(packet, subnet_of=packet.destination)

    def _leaves(self, packet: Packet, *, subnet_of: str | None = None) -> bool:
        acl = self._acl(subnet_of or packet.source)
        return acl is None or self._decide(acl, packet, peer=packet.destination, egress=True)

    def _enters(self, packet: Packet, *, subnet_of: str) -> bool:
        acl = self._acl(subnet_of)
        return acl is None or self._decide(acl, packet, peer=packet.source, egress=False)

    def _decide(self, acl: str, packet: Packet, *, peer: str, egress: bool) -> bool:
        for rule in self.rules[acl]:
            facts = rule.inputs
            if (
                facts["egress"] is egress
                and facts["protocol"] == packet.protocol
                and IPv4Address(peer) in IPv4Network(facts["cidrBlock"])
                and facts["fromPort"] <= packet.port <= facts["toPort"]
            ):
                return facts["ruleAction"] == "allow"
        return False

    def _network(self, address: str) -> IPv4Network | None:
        return next((network for network in self.subnets if IPv4Address(address) in network), None)

    def _acl(self, address: str) -> str | None:
        """The ACL that guards an address; None for the internet, which has none."""
        network = self._network(address)
        return None if network is None else self.subnets[network]
