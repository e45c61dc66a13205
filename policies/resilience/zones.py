"""The way out of each zone."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.subnets import public_subnets
from policies.aws.tokens import (
    DEFAULT_SUBNETS,
    NAT_GATEWAYS,
    ROUTE_TABLE_ASSOCIATIONS,
    ROUTE_TABLES,
    ROUTES,
    SUBNETS,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    Level,
    Link,
    ResourceView,
    Severity,
    joined_rule,
)

_ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})


@joined_rule(
    "avl-nat-per-zone",
    subjects=SUBNETS,
    severity=Severity.MEDIUM,
    levels={
        "prod": Level.MANDATORY,
        "staging": Level.ADVISORY,
        "testing": Level.DISABLED,
        "dev": Level.DISABLED,
        "dr": Level.MANDATORY,
    },
    controls=Controls((), (), ("NET-02", "SLO-01")),
    remedy="Declare a NAT gateway in a public subnet of the zone and route the private subnet to it.",
)
def nat_per_zone(subnet: ResourceView, graph: Graph) -> Findings:
    """A private subnet leaves through the NAT gateway of its own zone.

    Otherwise the loss of one zone cuts the other off from the partners, and traffic between zones is paid.
    A private subnet without a way out is not judged here.
    """
    if subnet.urn in graph.fact(public_subnets):
        return
    zone = subnet.text("availabilityZone")
    for link in _ways_out(subnet, graph):
        gateways = link.targets(*NAT_GATEWAYS)
        if not gateways:
            yield f"{link.source.name} leads to a NAT gateway that this stack does not declare"
        for gateway in gateways:
            if gateway.text("availabilityMode") == "regional":
                continue
            zones = {
                home.text("availabilityZone")
                for home in gateway.link("subnetId").targets(*SUBNETS, *DEFAULT_SUBNETS)
            }
            if zones != {zone}:
                there = ", ".join(sorted(zones)) or "a foreign subnet"
                yield f"it lies in {zone} and leaves through {gateway.name} in {there}"


def _ways_out(subnet: ResourceView, graph: Graph) -> Iterator[Link]:
    for association in graph.attached(subnet, "subnetId", *ROUTE_TABLE_ASSOCIATIONS):
        for table in association.link("routeTableId").targets(*ROUTE_TABLES):
            for route in table.blocks("routes"):
                if _leads_anywhere(route, "cidrBlock", "ipv6CidrBlock"):
                    yield table.link(f"{route.at}.natGatewayId")
            for route in graph.attached(table, "routeTableId", *ROUTES):
                if _leads_anywhere(route, "destinationCidrBlock", "destinationIpv6CidrBlock"):
                    yield route.link("natGatewayId")


def _leads_anywhere(route: Block, *paths: str) -> bool:
    return route.has("natGatewayId") and any(route.text(path) in _ANYWHERE for path in paths)
