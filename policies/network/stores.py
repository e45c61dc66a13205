"""Data stores: which groups they have, and what those let in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.security_groups import (
    BALANCER,
    GROUPS,
    NODES,
    STORES,
    Opening,
    peers_of,
    role_of,
    security_rules,
    store_groups,
    zone_of,
)
from policies.aws.tokens import (
    BROKERS,
    CACHE_CLUSTERS,
    CACHES,
    DATABASE_CLUSTERS,
    DATABASES,
    EGRESS_RULES,
    GROUP_RULES,
    INGRESS_RULES,
    LOAD_BALANCERS,
    MOUNT_TARGETS,
    SEARCH_DOMAINS,
    SECURITY_GROUPS,
    SERVERLESS_CACHES,
)
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    stack_rule,
)

_PORTS: Final[dict[str, frozenset[int]]] = {
    **dict.fromkeys((*DATABASES, *DATABASE_CLUSTERS), frozenset({5432})),
    **dict.fromkeys((*CACHES, *CACHE_CLUSTERS), frozenset({6379})),
    **dict.fromkeys(SERVERLESS_CACHES, frozenset({6379, 6380})),
    **dict.fromkeys(BROKERS, frozenset({443, 5671, 15671, 16001})),
    **dict.fromkeys(SEARCH_DOMAINS, frozenset({443})),
    **dict.fromkeys(MOUNT_TARGETS, frozenset({2049})),
}
"""Where each kind of store listens with TLS (NFS of EFS is wrapped by its mount helper)."""

_SINGLE: Final = frozenset(
    {*DATABASES, *DATABASE_CLUSTERS, *CACHES, *CACHE_CLUSTERS, *SEARCH_DOMAINS, *MOUNT_TARGETS}
)
"""Stores with one port, so with exactly one rule."""

_TARGET_GROUPS: Final = (
    "aws:lb/targetGroup:TargetGroup",
    "aws:alb/targetGroup:TargetGroup",
    "aws:elasticloadbalancingv2/targetGroup:TargetGroup",
    "aws:applicationloadbalancing/targetGroup:TargetGroup",
)
_ODOO: Final = 8069


@stack_rule(
    "net-sg-data-from-nodes",
    subjects=tuple(token for types in STORES for token in types),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "NET-03", "POL-03"), ("8(5)",)),
    remedy="Give the store a group of its own whose only ingress is its port from sg-eks-nodes-<env>.",
    exemptible=False,
)
def sg_data_from_nodes(graph: Graph) -> Findings:
    """A data store lets in its own port, from the node group, by reference, and nothing else.

    A RabbitMQ broker has several TLS ports, each a rule of its own.
    """
    for types, path in STORES.items():
        for store in graph.of(*types):
            if not store.links(path) and not _inherits(store):
                yield store.finding(f"{path} is not set, so the default group of the VPC decides")
    stores = graph.fact(store_groups)
    rules = graph.fact(security_rules)
    for urn, users in sorted(stores.items()):
        group = graph.by_urn[urn]
        yield from _judged(group, users, [o for o in rules.of(group) if o.direction == "ingress"])


def _inherits(store: ResourceView) -> bool:
    return store.type in CACHE_CLUSTERS and store.has("replicationGroupId")


def _judged(group: ResourceView, users: list[ResourceView], ingress: list[Opening]) -> Iterator[Finding]:
    ports = frozenset(port for user in users for port in _ports(user))
    for opening in ingress:
        if opening.protocol != "tcp" or opening.first != opening.last or opening.first not in ports:
            listens = f"{users[0].name} listens on {', '.join(str(port) for port in sorted(ports))}"
            yield opening.declared.finding(
                f"{opening.where}{opening.ports} is open on {group.name}, {listens}"
            )
        yield from _sources(group, opening)
    if not ingress:
        yield group.finding(f"no rule lets the nodes reach {users[0].name}")
    elif len(ingress) > 1 and all(user.type in _SINGLE for user in users):
        yield group.finding(f"{len(ingress)} ingress rules instead of one: {_names(ingress)}")


def _ports(store: ResourceView) -> frozenset[int]:
    port = store.number("port")
    return _PORTS[store.type] if port is None else frozenset({int(port)})


def _names(ingress: list[Opening]) -> str:
    return ", ".join(sorted(f"{opening.declared.name} {opening.where}".strip(" :") for opening in ingress))


def _sources(group: ResourceView, opening: Opening) -> Iterator[Finding]:
    if opening.ranges or opening.prefix_lists:
        source = ", ".join(opening.ranges) or "a list of addresses"
        yield opening.declared.finding(
            f"{opening.where}{group.name} lets in {source} instead of the node group"
        )
    if opening.to_itself:
        yield opening.declared.finding(
            f"{opening.where}{group.name} lets in itself instead of the node group"
        )
    for link in opening.peers:
        peers = peers_of(link)
        if not peers:
            yield opening.declared.finding(
                f"{opening.where}{group.name} lets in {link.value or 'a group'}, none of this stack"
            )
        for peer in peers:
            if peer.type not in GROUPS or role_of(peer) != NODES:
                yield opening.declared.finding(
                    f"{opening.where}{group.name} lets in {peer.name} instead of the node group"
                )


@joined_rule(
    "net-sg-nodes-from-alb",
    subjects=(*SECURITY_GROUPS, *INGRESS_RULES, *GROUP_RULES, *EGRESS_RULES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "NET-04", "POL-03")),
    remedy="Open tcp 8069 and one port for each target group from sg-alb-<env>; nodes and EKS by reference.",
)
def sg_nodes_from_alb(group: ResourceView, graph: Graph) -> Findings:
    """Nodes let in the load balancer on the ports of its target groups only, Odoo's 8069 among them.

    Otherwise they let in each other and EKS's own group of the cluster.
    """
    if group.type not in SECURITY_GROUPS or role_of(group) != NODES:
        return
    ports = {int(port) for target in graph.of(*_TARGET_GROUPS) if (port := target.number("port")) is not None}
    open_ports: set[int] = set()
    for opening in graph.fact(security_rules).of(group):
        if opening.direction != "ingress":
            continue
        zones = {zone_of(peer) for link in opening.peers for peer in peers_of(link)}
        if opening.to_itself:
            zones.add(NODES)
        if BALANCER in zones:
            exact = opening.protocol == "tcp" and opening.first == opening.last
            if exact and opening.first in {_ODOO, *ports}:
                open_ports.add(opening.first)
            else:
                yield opening.declared.finding(
                    f"{opening.where}{opening.ports} is open to the load balancer, no target group uses it"
                )
        strangers = sorted(zones - {NODES, BALANCER})
        if opening.ranges or opening.prefix_lists or not zones:
            strangers.append(", ".join(opening.ranges) or "a foreign group or list")
        for stranger in strangers:
            yield opening.declared.finding(f"{opening.where}{opening.ports} is open to {stranger}")
    if graph.of(*LOAD_BALANCERS) and _ODOO not in open_ports:
        yield f"no rule opens tcp {_ODOO} to the load balancer's group"
