"""Where copies of production are masked, or examined before they are taken: closed on every side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.backups import tag_of
from policies.aws.security_groups import ALL_SOURCES, GROUPS, Opening, peers_of, security_rules
from policies.aws.tokens import (
    INTERNET_GATEWAYS,
    NAT_GATEWAYS,
    ROUTE_TABLE_ASSOCIATIONS,
    ROUTE_TABLES,
    ROUTES,
    SUBNETS,
    TRANSIT_ATTACHMENTS,
    VPC_PEERINGS,
    VPCS,
)
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
    stack_rule,
)

_GATEWAY_ATTACHMENTS: Final = (
    "aws:ec2/internetGatewayAttachment:InternetGatewayAttachment",
    "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway",
    "aws:ec2/vpnGateway:VpnGateway",
    "aws:ec2/vpnGatewayAttachment:VpnGatewayAttachment",
)
_DOORS: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    (*INTERNET_GATEWAYS, *_GATEWAY_ATTACHMENTS): ("vpcId",),
    VPC_PEERINGS: ("vpcId", "peerVpcId"),
    TRANSIT_ATTACHMENTS: ("vpcId",),
}
"""What connects a VPC with others → the properties that name the VPC."""


@stack_rule(
    "dat-quarantine-closed",
    subjects=(
        *SUBNETS,
        *ROUTE_TABLES,
        *ROUTES,
        *NAT_GATEWAYS,
        *(token for tokens in _DOORS for token in tokens),
        *ALL_SOURCES,
    ),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-09", "DATA-03", "ISO-01"), ("8(4)", "8(5)")),
    remedy=(
        "Take the way in or out away: a quarantine has no route but its own, no gateway, no public address,"
        " and its groups know only one another."
    ),
    exemptible=False,
    settings={"purpose": Setting("quarantine", "value of the tag Purpose of its subnets and groups")},
)
def quarantine_closed(graph: Graph, settings: Settings) -> Findings:
    """No way leads into a quarantine or out of it, and its groups admit only one another.

    What carries the tag Purpose=quarantine is one: subnets with their VPC, and security groups.
    """
    purpose = settings["purpose"]
    subnets = [subnet for subnet in graph.of(*SUBNETS) if tag_of(subnet, "Purpose") == purpose]
    networks = {vpc.urn for subnet in subnets for vpc in subnet.link("vpcId").targets(*VPCS)}
    for subnet in subnets:
        yield from _subnet(subnet, graph)
    for tokens, paths in _DOORS.items():
        for door in graph.of(*tokens):
            for path in paths:
                if any(vpc.urn in networks for vpc in door.link(path).targets(*VPCS)):
                    yield door.finding("it connects the quarantine with others")
    closed = {subnet.urn for subnet in subnets}
    for gateway in graph.of(*NAT_GATEWAYS):
        if any(subnet.urn in closed for subnet in gateway.link("subnetId").targets(*SUBNETS)):
            yield gateway.finding("it connects the quarantine with the internet")
    groups = {group.urn: group for group in graph.of(*GROUPS) if tag_of(group, "Purpose") == purpose}
    for group in groups.values():
        for opening in graph.fact(security_rules).of(group):
            yield from _opening(opening, groups)


def _subnet(subnet: ResourceView, graph: Graph) -> Iterator[Finding]:
    if subnet.flag("mapPublicIpOnLaunch"):
        yield subnet.finding("mapPublicIpOnLaunch is true, so what starts here has a public address")
    associations = graph.attached(subnet, "subnetId", *ROUTE_TABLE_ASSOCIATIONS)
    tables = {
        table.urn: table
        for association in associations
        for table in association.link("routeTableId").targets(*ROUTE_TABLES)
    }
    if not tables:
        yield subnet.finding("it has no route table of its own, so it follows whatever the main one says")
    for table in tables.values():
        if table.blocks("routes"):
            yield table.finding("it has a route that leads out of the quarantine")
        for route in graph.attached(table, "routeTableId", *ROUTES):
            yield route.finding("it leads out of the quarantine")


def _opening(opening: Opening, groups: dict[str, ResourceView]) -> Iterator[Finding]:
    way = "in" if opening.direction == "ingress" else "out"
    where = opening.where
    for cidr in opening.ranges:
        yield opening.declared.finding(f"{where}{opening.ports} leads {way} for {cidr}")
    if opening.prefix_lists and opening.direction == "ingress":
        yield opening.declared.finding(f"{where}{opening.ports} leads in for a list of addresses")
    for link in opening.peers:
        for peer in peers_of(link):
            if peer.urn not in groups:
                yield opening.declared.finding(
                    f"{where}{opening.ports} leads {way} for {peer.name}, which is not of the quarantine"
                )
