"""Ways out: internet gateway, NAT gateways and route tables (NET-02, NET-06)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from .subnets import Subnet

ANYWHERE: Final = "0.0.0.0/0"


class Routing:
    """The route tables of all subnets.

    Each private subnet has a table of its own, whose way out is the NAT gateway of its zone, or the single
    one: the loss of a zone takes no other zone's way out when every zone has a NAT gateway. Public subnets
    share one table. The main table of the VPC, which serves forgotten subnets, keeps only the local route.
    """

    private_route_table_ids: list[pulumi.Output[str]]
    """In the order of the private subnets."""
    nat_public_ips: list[pulumi.Output[str]]
    """Where calls to partners come from; partners may keep a list of them."""
    nat_gateway_ids: dict[str, pulumi.Output[str]]
    """By availability zone."""

    def __init__(
        self,
        *,
        vpc: aws.ec2.Vpc,
        private_subnets: Sequence[Subnet],
        public_subnets: Sequence[Subnet],
        nat: Literal["per-zone", "single"],
        naming: Naming,
        protect: bool,
        parent: pulumi.Resource,
    ) -> None:
        self._vpc = vpc
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=parent)
        self._protect = protect
        gateway = aws.ec2.InternetGateway(
            "internet-gateway",
            aws.ec2.InternetGatewayArgs(vpc_id=vpc.id, tags=naming.tags(naming.prefix)),
            opts=self._opts,
        )
        public_table = self._table("public")
        self._way_out("public", public_table, gateway_id=gateway.id)
        for subnet in public_subnets:
            self._associate(subnet, public_table)
        gateways = self._nat_gateways(_nat_subnets(private_subnets, public_subnets, nat=nat), gateway)
        self.private_route_table_ids = []
        self.nat_public_ips = [gateway.public_ip for gateway in gateways.values()]
        self.nat_gateway_ids = {zone: gateway.id for zone, gateway in gateways.items()}
        for subnet in private_subnets:
            table = self._table(subnet.label)
            nat_gateway = gateways.get(subnet.zone) or next(iter(gateways.values()))
            self._way_out(subnet.label, table, nat_gateway_id=nat_gateway.id)
            self._associate(subnet, table)
            self.private_route_table_ids.append(table.id)

    def _nat_gateways(
        self, subnets: Sequence[Subnet], internet_gateway: aws.ec2.InternetGateway
    ) -> Mapping[str, aws.ec2.NatGateway]:
        """Create a NAT gateway with a fixed address in each of the subnets, by zone."""
        gateways = {}
        for subnet in subnets:
            label = f"nat-{subnet.zone[-1]}"
            tags = self._naming.tags(f"{self._naming.prefix}-{label}")
            address = aws.ec2.Eip(
                label,
                aws.ec2.EipArgs(domain="vpc", tags=tags),
                # A released address does not come back, and partners may have it on their lists.
                opts=pulumi.ResourceOptions.merge(self._opts, pulumi.ResourceOptions(protect=self._protect)),
            )
            gateways[subnet.zone] = aws.ec2.NatGateway(
                label,
                aws.ec2.NatGatewayArgs(allocation_id=address.id, subnet_id=subnet.id, tags=tags),
                opts=pulumi.ResourceOptions.merge(
                    self._opts, pulumi.ResourceOptions(depends_on=[internet_gateway])
                ),
            )
        return gateways

    def _table(self, label: str) -> aws.ec2.RouteTable:
        return aws.ec2.RouteTable(
            label,
            aws.ec2.RouteTableArgs(
                vpc_id=self._vpc.id, tags=self._naming.tags(f"{self._naming.prefix}-{label}")
            ),
            opts=self._opts,
        )

    def _way_out(
        self,
        label: str,
        table: aws.ec2.RouteTable,
        *,
        gateway_id: pulumi.Input[str] | None = None,
        nat_gateway_id: pulumi.Input[str] | None = None,
    ) -> None:
        aws.ec2.Route(
            f"{label}-internet",
            aws.ec2.RouteArgs(
                route_table_id=table.id,
                destination_cidr_block=ANYWHERE,
                gateway_id=gateway_id,
                nat_gateway_id=nat_gateway_id,
            ),
            opts=self._opts,
        )

    def _associate(self, subnet: Subnet, table: aws.ec2.RouteTable) -> None:
        aws.ec2.RouteTableAssociation(
            subnet.label,
            aws.ec2.RouteTableAssociationArgs(subnet_id=subnet.id, route_table_id=table.id),
            opts=self._opts,
        )


def _nat_subnets(
    private_subnets: Sequence[Subnet],
    public_subnets: Sequence[Subnet],
    *,
    nat: Literal["per-zone", "single"],
) -> list[Subnet]:
    """The public subnets that hold a NAT gateway: one in the zone of each private subnet, or the first."""
    zones = {subnet.zone for subnet in private_subnets}
    candidates = [subnet for subnet in public_subnets if subnet.zone in zones]
    return candidates if nat == "per-zone" else candidates[:1]
