"""Security groups and their rules, however they are declared.

A rule may be a resource of its own (`vpc.SecurityGroupIngressRule`, the older `ec2.SecurityGroupRule`) or
stand inline in its group. Here all are `Opening`s. Groups are told apart by reference, not by id, so a first
preview is judged like any other; their roles come from the `Name` tag `sg-<role>-<environment>`.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Final, Literal

from policies.aws.tokens import (
    BROKERS,
    CACHE_CLUSTERS,
    CACHES,
    CLUSTER_COMPONENTS,
    CLUSTERS,
    DATABASE_CLUSTERS,
    DATABASES,
    DEFAULT_SECURITY_GROUPS,
    EGRESS_RULES,
    GROUP_RULES,
    INGRESS_RULES,
    LOAD_BALANCERS,
    MOUNT_TARGETS,
    SEARCH_DOMAINS,
    SECURITY_GROUPS,
    SERVERLESS_CACHES,
    VPCS,
)
from policies.framework import Block, Graph, Link, NotJudged, ResourceView

Direction = Literal["ingress", "egress"]

RULES: Final = (*INGRESS_RULES, *EGRESS_RULES, *GROUP_RULES)
GROUPS: Final = (*SECURITY_GROUPS, *DEFAULT_SECURITY_GROUPS)
ALL_SOURCES: Final = (*RULES, *GROUPS)
"""Every type that can open a port."""

_CLUSTER_GROUP_OWNERS: Final = (*CLUSTERS, *CLUSTER_COMPONENTS)
_PEERS: Final = (*GROUPS, *_CLUSTER_GROUP_OWNERS, *VPCS)
"""What a group's id may come from: a group, EKS's own group of a cluster, the default group of a VPC."""

LAST_PORT: Final = 65535
_ANYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})
_ROLE: Final = re.compile(r"^sg-(?P<role>[a-z0-9]+(?:-[a-z0-9]+)*)-(?P<environment>[a-z]+)$")

NODES: Final = "eks-nodes"
BALANCER: Final = "alb"

STORES: Final[dict[tuple[str, ...], str]] = {
    (*DATABASES, *DATABASE_CLUSTERS): "vpcSecurityGroupIds",
    (*CACHES, *CACHE_CLUSTERS, *SERVERLESS_CACHES): "securityGroupIds",
    BROKERS: "securityGroups",
    SEARCH_DOMAINS: "vpcOptions.securityGroupIds",
    MOUNT_TARGETS: "securityGroups",
}
"""Data stores, and where each names its groups."""


@dataclass(frozen=True, slots=True)
class Opening:
    """One rule of one group: what may pass, between whom."""

    declared: ResourceView
    """The rule's own resource, or the group it stands in."""
    block: Block
    """The rule itself."""
    inline: bool
    direction: Direction
    protocol: str
    """`tcp`, `udp`, `icmp`, or `-1` for everything."""
    first: int
    last: int
    ranges: tuple[str, ...]
    """Address ranges of the other side."""
    prefix_lists: int
    """How many lists of addresses the other side is in."""
    peers: tuple[Link, ...]
    """Groups of the other side."""
    to_itself: bool

    @property
    def where(self) -> str:
        """How a message names the rule inside its resource: `ingress.0: ` when it stands inline."""
        return f"{self.block.at}: " if self.inline else ""

    @property
    def ports(self) -> str:
        """How a message names what is open: `tcp 443`, `tcp 1024-65535`, `every protocol and port`."""
        if self.protocol == "-1":
            return "every protocol and port"
        if self.protocol not in {"tcp", "udp"}:
            return self.protocol
        span = str(self.first) if self.first == self.last else f"{self.first}-{self.last}"
        return f"{self.protocol} {span}"

    @property
    def every_port(self) -> bool:
        """Whether every port of the protocol is open."""
        return self.protocol == "-1" or (self.first == 0 and self.last == LAST_PORT)

    def covers(self, port: int, *, protocol: str = "tcp") -> bool:
        """Whether the port is open."""
        return self.protocol == "-1" or (self.protocol == protocol and self.first <= port <= self.last)

    @property
    def world(self) -> tuple[str, ...]:
        """The ranges that are everywhere."""
        return tuple(cidr for cidr in self.ranges if cidr in _ANYWHERE)

    @property
    def public(self) -> tuple[str, ...]:
        """The ranges outside private networks, everywhere included."""
        return tuple(cidr for cidr in self.ranges if not is_private(cidr))


def is_private(cidr: str) -> bool:
    """Whether an address range lies inside private networks. A malformed one does not."""
    try:
        network = ip_network(cidr, strict=False)
    except ValueError:
        return False
    return network.is_private and network.prefixlen > 0 and not _documentation(cidr)


def _documentation(cidr: str) -> bool:
    # Addresses of examples stand for public ones; Python counts them as private.
    return cidr.startswith(("192.0.2.", "198.51.100.", "203.0.113.", "2001:db8:", "198.18.", "198.19."))


def openings(resource: ResourceView) -> list[Opening]:
    """Give the rules that one resource declares. Raises NotJudged when one of them cannot be read."""
    if resource.type in INGRESS_RULES:
        return [_separate(resource, "ingress")]
    if resource.type in EGRESS_RULES:
        return [_separate(resource, "egress")]
    if resource.type in GROUP_RULES:
        direction: Direction = "egress" if resource.text("type") == "egress" else "ingress"
        return [_listed(resource, resource, direction, inline=False)]
    return [
        _listed(resource, block, direction, inline=True)
        for direction in ("ingress", "egress")
        for block in resource.blocks(direction)
    ]


def _separate(rule: ResourceView, direction: Direction) -> Opening:
    first, last = _span(rule)
    ranges = tuple(rule.text(path) for path in ("cidrIpv4", "cidrIpv6") if rule.has(path))
    link = rule.link("referencedSecurityGroupId")
    return Opening(
        declared=rule,
        block=rule,
        inline=False,
        direction=direction,
        protocol=_protocol(rule.text("ipProtocol")),
        first=first,
        last=last,
        ranges=ranges,
        prefix_lists=int(rule.has("prefixListId")),
        peers=(link,) if link.given else (),
        to_itself=False,
    )


def _listed(resource: ResourceView, block: Block, direction: Direction, *, inline: bool) -> Opening:
    first, last = _span(block)
    prefix = f"{block.at}." if inline else ""
    links = resource.links(f"{prefix}securityGroups") if inline else []
    source = resource.link("sourceSecurityGroupId") if not inline else None
    return Opening(
        declared=resource,
        block=block,
        inline=inline,
        direction=direction,
        protocol=_protocol(block.text("protocol")),
        first=first,
        last=last,
        ranges=(*block.texts("cidrBlocks"), *block.texts("ipv6CidrBlocks")),
        prefix_lists=len(resource.links(f"{prefix}prefixListIds")),
        peers=(source,) if source is not None and source.given else tuple(links),
        to_itself=block.flag("self"),
    )


def _protocol(text: str) -> str:
    numbers = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6", "all": "-1"}
    return numbers.get(text.lower(), text.lower())


def _span(block: Block) -> tuple[int, int]:
    first, last = block.number("fromPort"), block.number("toPort")
    return (
        0 if first is None or first < 0 else int(first),
        LAST_PORT if last is None or last < 0 else int(last),
    )


def role_of(group: ResourceView) -> str | None:
    """Give the role in the group's name, `rds` of `sg-rds-prod`: from the Name tag, else the logical name."""
    name = group.text("tags.Name") if not group.is_unknown("tags.Name") else ""
    for text in (name, group.name):
        if matched := _ROLE.match(text):
            return matched["role"]
    return None


def zone_of(peer: ResourceView) -> str:
    """Give where a peer belongs: the role of a group; EKS's own group of a cluster holds nodes too."""
    if peer.type in _CLUSTER_GROUP_OWNERS:
        return NODES
    return role_of(peer) or peer.name


def peers_of(link: Link) -> tuple[ResourceView, ...]:
    """Give the groups that a reference names; a cluster stands for the group that EKS makes for it."""
    return link.targets(*_PEERS)


@dataclass(frozen=True, slots=True)
class Rules:
    """All rules of a stack by group, and what could not be read."""

    by_group: dict[str, list[Opening]]
    """URN of the group (or of the cluster, for EKS's own group) → its rules."""
    untraced: list[NotJudged]

    def of(self, group: ResourceView) -> list[Opening]:
        """Give the rules of a group. Raises NotJudged when any rule of the stack may belong to it unseen."""
        if self.untraced:
            raise NotJudged(self.untraced[0].reason, self.untraced[0].resource)
        return self.by_group.get(group.urn, [])


def security_rules(graph: Graph) -> Rules:
    """Collect the rules of all groups: ask for it as `graph.fact(security_rules)`."""
    by_group: dict[str, list[Opening]] = defaultdict(list)
    untraced: list[NotJudged] = []
    for resource in graph.of(*ALL_SOURCES):
        try:
            for opening in openings(resource):
                for group in _owners(resource):
                    by_group[group.urn].append(opening)
        except NotJudged as reason:
            untraced.append(reason)
    return Rules(dict(by_group), untraced)


def _owners(resource: ResourceView) -> tuple[ResourceView, ...]:
    return (resource,) if resource.type in GROUPS else peers_of(resource.link("securityGroupId"))


def store_groups(graph: Graph) -> dict[str, list[ResourceView]]:
    """Give URN of a group → the data stores that use it: ask for it as `graph.fact(store_groups)`.

    Raises NotJudged when a store's groups cannot be traced.
    """
    stores: dict[str, list[ResourceView]] = defaultdict(list)
    for types, path in STORES.items():
        for store in graph.of(*types):
            for link in store.links(path):
                for group in link.targets(*GROUPS):
                    if store not in stores[group.urn]:
                        stores[group.urn].append(store)
    return dict(stores)


def balancer_groups(graph: Graph) -> Iterator[tuple[ResourceView, ResourceView]]:
    """Give every (group, load balancer) pair."""
    for balancer in graph.of(*LOAD_BALANCERS):
        for link in balancer.links("securityGroups"):
            for group in link.targets(*GROUPS):
                yield group, balancer
