"""Addresses, routes and what lives in which subnet."""

from __future__ import annotations

from ipaddress import IPv4Network
from itertools import combinations

import pytest

from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer

from .reading import ESTATES, SUBNET, named, one

ROUTE = "aws:ec2/route:Route"
TABLE_ASSOCIATION = "aws:ec2/routeTableAssociation:RouteTableAssociation"
NAT = "aws:ec2/natGateway:NatGateway"
VPC = "aws:ec2/vpc:Vpc"
PLUMBING = {TABLE_ASSOCIATION, "aws:ec2/networkAclAssociation:NetworkAclAssociation"}
PLACED_IN_PRIVATE = {
    "aws:eks/nodeGroup:NodeGroup",
    "aws:rds/subnetGroup:SubnetGroup",
    "aws:elasticache/subnetGroup:SubnetGroup",
    "aws:mq/broker:Broker",
}


def ways_out(graph: ResourceGraph) -> dict[str, list[str]]:
    """Where the default route of each subnet leads, by name of gateway."""
    by_table = {
        named(route, "routeTableId")[0]: named(route, "gatewayId") or named(route, "natGatewayId")
        for route in graph.of_type(ROUTE)
        if route.inputs["destinationCidrBlock"] == "0.0.0.0/0"
    }
    return {
        named(association, "subnetId")[0]: by_table[named(association, "routeTableId")[0]]
        for association in graph.of_type(TABLE_ASSOCIATION)
    }


@pytest.mark.requirement("NET-02")
@pytest.mark.parametrize("unknowns", [False, True], ids=["update", "first preview"])
def test_prod_has_the_addresses_of_the_strategy(estate: EstateRenderer, *, unknowns: bool) -> None:
    graph = estate("prod", unknowns=unknowns)
    assert one(graph, VPC).inputs["cidrBlock"] == "10.0.0.0/16"
    placed = {
        subnet.name: (subnet.inputs["cidrBlock"], subnet.inputs["availabilityZone"])
        for subnet in graph.of_type(SUBNET)
    }
    assert placed == {
        "private-a": ("10.0.1.0/24", "ap-south-1a"),
        "private-b": ("10.0.2.0/24", "ap-south-1b"),
        "public-a": ("10.0.101.0/24", "ap-south-1a"),
        # A load balancer needs a second zone.
        "public-b": ("10.0.102.0/24", "ap-south-1b"),
    }
    assert ways_out(graph) == {
        "private-a": ["nat-a"],
        "private-b": ["nat-b"],
        "public-a": ["internet-gateway"],
        "public-b": ["internet-gateway"],
    }


@pytest.mark.requirement("NET-06")
@pytest.mark.parametrize(
    ("stack", "gateways"),
    [
        ("prod", {"nat-a": "public-a", "nat-b": "public-b"}),
        ("staging", {"nat-a": "public-a"}),
        ("testing", {"nat-a": "public-a"}),
        ("dr", {"nat-a": "public-a", "nat-b": "public-b"}),
    ],
)
def test_private_subnets_leave_through_nat(
    estate: EstateRenderer, stack: str, gateways: dict[str, str]
) -> None:
    graph = estate(stack)
    assert {nat.name: named(nat, "subnetId")[0] for nat in graph.of_type(NAT)} == gateways
    last = sorted(gateways)[-1]
    exits = ways_out(graph)
    assert {name: exits[name] for name in exits if name.startswith("private")} == {
        "private-a": ["nat-a"],
        "private-b": [last],
    }


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_addresses_of_nat_survive_a_mistake(estate: EstateRenderer, stack: str) -> None:
    assert all(address.protect for address in estate(stack).of_type("aws:ec2/eip:Eip"))


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_public_subnets_hold_the_load_balancer_and_nat_alone(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    public = {subnet.urn for subnet in graph.of_type(SUBNET) if subnet.name.startswith("public")}
    private = {subnet.urn for subnet in graph.of_type(SUBNET)} - public
    in_public: set[str] = set()
    in_private: set[str] = set()
    for resource in graph.resources:
        if not resource.custom or resource.type in PLUMBING:
            continue
        for urns in resource.property_dependencies.values():
            if public & set(urns):
                in_public.add(resource.type)
            if private & set(urns):
                in_private.add(resource.type)
    assert in_public == {NAT, "aws:lb/loadBalancer:LoadBalancer"}
    assert in_private >= PLACED_IN_PRIVATE
    assert NAT not in in_private


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_no_subnet_hands_out_public_addresses(estate: EstateRenderer, stack: str) -> None:
    assert {subnet.inputs["mapPublicIpOnLaunch"] for subnet in estate(stack).of_type(SUBNET)} == {False}


@pytest.mark.parametrize("stack", ESTATES)
def test_subnets_tell_the_load_balancer_controller_what_they_are_for(
    estate: EstateRenderer, stack: str
) -> None:
    for subnet in estate(stack).of_type(SUBNET):
        public = subnet.name.startswith("public")
        assert ("kubernetes.io/role/elb" in subnet.inputs["tags"]) is public
        assert ("kubernetes.io/role/internal-elb" in subnet.inputs["tags"]) is not public


@pytest.mark.requirement("ISO-01", "ISO-02")
def test_environments_share_no_address_and_no_connection(estate: EstateRenderer) -> None:
    networks = {stack: IPv4Network(one(estate(stack), VPC).inputs["cidrBlock"]) for stack in ESTATES}
    for (first, one_network), (second, other) in combinations(networks.items(), 2):
        assert not one_network.overlaps(other), (first, second)
    for stack in ESTATES:
        tokens = {resource.type for resource in estate(stack).resources}
        assert not [token for token in tokens if "eering" in token or "transitgateway" in token.lower()]


@pytest.mark.requirement("ISO-01", "ISO-02")
def test_production_lives_in_an_account_of_its_own(estate: EstateRenderer) -> None:
    accounts = {
        stack: {
            provider.inputs["allowedAccountIds"] for provider in estate(stack).of_type("pulumi:providers:aws")
        }
        for stack in ESTATES
    }
    assert all(len(found) == 1 for found in accounts.values())
    assert accounts["prod"].isdisjoint(accounts["staging"] | accounts["testing"])
