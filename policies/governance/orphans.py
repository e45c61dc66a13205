"""Things that cost money and serve nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import (
    ADDRESS_ASSOCIATIONS,
    ADDRESSES,
    LISTENERS,
    LOAD_BALANCERS,
    NAT_GATEWAYS,
    ROUTE_TABLES,
    ROUTES,
    VOLUME_ATTACHMENTS,
    VOLUMES,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
)

_LEVELS: Final = everywhere(Level.ADVISORY)


@joined_rule(
    "cst-orphans",
    subjects=(*ADDRESSES, *VOLUMES),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("EC2.12",), ("CKV2_AWS_19",), ("OPS-01",)),
    remedy="Attach it, or take it out of the program.",
)
def orphans(thing: ResourceView, graph: Graph) -> Findings:
    """Every address and every volume is attached to something."""
    if thing.type in VOLUMES:
        if not graph.attached(thing, "volumeId", *VOLUME_ATTACHMENTS):
            yield "no volume attachment names it"
    elif not (thing.has("instance") or thing.has("networkInterface") or _holders(thing, graph)):
        yield "no NAT gateway, load balancer, machine or association holds it"


def _holders(address: ResourceView, graph: Graph) -> bool:
    """Whether something holds the address. Raises NotJudged when that cannot be told."""
    if graph.attached(address, "allocationId", *NAT_GATEWAYS, *ADDRESS_ASSOCIATIONS):
        return True
    return any(
        address in balancer.link(f"{mapping.at}.allocationId").targets(address.type)
        for balancer in graph.of(*LOAD_BALANCERS)
        for mapping in balancer.blocks("subnetMappings")
    )


@joined_rule(
    "cst-orphan-balancers",
    subjects=LOAD_BALANCERS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OPS-01",)),
    remedy="Give it a listener, or take it out of the program.",
)
def orphan_balancers(balancer: ResourceView, graph: Graph) -> Findings:
    """Every load balancer listens."""
    if not graph.attached(balancer, "loadBalancerArn", *LISTENERS):
        yield "no listener belongs to it"


@joined_rule(
    "cst-orphan-gateways",
    subjects=NAT_GATEWAYS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("OPS-01",)),
    remedy="Route a private subnet through it, or take it out of the program.",
)
def orphan_gateways(gateway: ResourceView, graph: Graph) -> Findings:
    """Every NAT gateway has a route that leads to it."""
    if not graph.attached(gateway, "natGatewayId", *ROUTES) and not any(_inline(gateway, graph)):
        yield "no route leads to it"


def _inline(gateway: ResourceView, graph: Graph) -> Iterator[bool]:
    for table in graph.of(*ROUTE_TABLES):
        for route in table.blocks("routes"):
            if route.has("natGatewayId"):
                yield gateway in table.link(f"{route.at}.natGatewayId").targets(gateway.type)
