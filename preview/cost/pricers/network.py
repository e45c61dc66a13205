"""VPC: NAT gateways, public addresses, endpoints, traffic between zones."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge, Free, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers
from preview.graph import plain

NAT_GATEWAY: Final = "aws:ec2/natGateway:NatGateway"
ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"


def _between_zones(item: Item) -> Iterator[Charge]:
    yield item.unpriced("traffic between zones", "usage-based: no price for a GB between zones")


def _nat_hours(item: Item) -> Iterator[Charge]:
    """The hours of a gateway in one zone; its public address is an `Eip` of its own and priced there."""
    if item.text("availabilityMode", default="zonal") != "zonal":
        raise NotPriced("a regional NAT gateway grows with the zones in use; no price")
    yield item.hours("NAT gateway", item.rate("VPC", "NAT gateway", unit="hour"), 1)


def _nat_traffic(item: Item) -> Iterator[Charge]:
    yield item.metered("NAT traffic", item.rate("VPC", "NAT gateway data processed", unit="GB"), "nat_gb")


def _address(item: Item) -> Iterator[Charge]:
    """One public IPv4 address; idle or in use, the price is the same."""
    if item.declares("publicIpv4Pool") or item.declares("ipamPoolId"):
        raise NotPriced("an address from an own pool is charged differently; no price")
    yield item.hours("public IPv4", item.rate("VPC", "public IPv4 address in use", unit="hour"), 1)


def _endpoint_hours(item: Item) -> Iterator[Charge]:
    kind = item.text("vpcEndpointType", default="Gateway")
    if kind == "Gateway":
        yield Free("gateway endpoints cost nothing")
        return
    if kind != "Interface":
        raise NotPriced(f"no price for an endpoint of type {kind}")
    zones = len(item.entries("subnetIds")) or len(item.entries("subnetConfigurations"))
    if zones == 0:
        raise NotPriced("the endpoint declares no subnets, so its number of zones is unknown")
    rate = item.rate("VPC", "interface endpoint per endpoint and AZ", unit="hour")
    yield item.hours(f"interface endpoint in {zones} zone(s)", rate, zones)


def _endpoint_traffic(item: Item) -> Iterator[Charge]:
    if item.text("vpcEndpointType", default="Gateway") != "Interface":
        return
    interfaces = item.stack.once(
        "interface endpoints",
        lambda: sum(
            plain(other.inputs.get("vpcEndpointType")) == "Interface"
            for other in item.stack.of_type(ENDPOINT)
        ),
    )
    assumption = item.assumption("endpoint_gb")
    rate = item.rate("VPC", "interface endpoint data processed (first tier)", unit="GB")
    yield item.assumed("endpoint traffic", rate, assumption.value / interfaces, assumption)


def _endpoint_zone(item: Item) -> Iterator[Charge]:
    """One more zone of an interface endpoint, declared apart from it."""
    yield item.hours(
        "interface endpoint in 1 zone",
        item.rate("VPC", "interface endpoint per endpoint and AZ", unit="hour"),
        1,
    )


PRICERS: Final[Pricers] = {
    "aws:ec2/vpc:Vpc": {"traffic between zones": _between_zones},
    NAT_GATEWAY: {"gateway hours": _nat_hours, "traffic": _nat_traffic},
    "aws:ec2/eip:Eip": {"public address": _address},
    ENDPOINT: {"endpoint hours": _endpoint_hours, "traffic": _endpoint_traffic},
    "aws:ec2/vpcEndpointSubnetAssociation:VpcEndpointSubnetAssociation": {"endpoint hours": _endpoint_zone},
}
