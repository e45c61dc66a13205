"""The network of one environment."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi

from ..naming import Naming
from ..settings import NetworkSettings
from .acls import NetworkAcls
from .endpoints import create_interface_endpoints, create_s3_endpoint
from .flow_logs import FlowLogPlace, create_flow_logs
from .routing import Routing
from .security_groups import SecurityGroups
from .subnets import create_subnets
from .vpc import create_vpc


class Network(pulumi.ComponentResource):
    """The VPC with its subnets, routes, network ACLs, security groups, endpoints and flow logs.

    Private subnets hold nodes and data stores and reach the internet through NAT; public ones hold the
    load balancer and the NAT gateways only (NET-01 to NET-07, SEC-07, ISO-01, ISO-02).
    """

    vpc_id: pulumi.Output[str]
    cidr: str
    """The addresses of the VPC."""
    private_subnet_ids: list[pulumi.Output[str]]
    """In the order of the settings, as `private_subnets`."""
    public_subnet_ids: list[pulumi.Output[str]]
    private_route_table_ids: list[pulumi.Output[str]]
    """One table per private subnet, in their order."""
    nat_public_ips: list[pulumi.Output[str]]
    """Where calls to partners come from (NET-06)."""
    nat_gateway_ids: dict[str, pulumi.Output[str]]
    """By availability zone."""
    security_groups: SecurityGroups
    flow_logs: FlowLogPlace

    def __init__(
        self,
        name: str,
        *,
        settings: NetworkSettings,
        naming: Naming,
        logs_key_arn: pulumi.Input[str],
        alarm_topic_arn: pulumi.Input[str],
        allowed_cidrs: Sequence[IPv4Network],
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:network:Network", name, None, opts)
        vpc = create_vpc(cidr=settings.cidr, naming=naming, parent=self)
        self.vpc_id = vpc.id
        self.cidr = str(settings.cidr)
        self.private_subnets = create_subnets(
            "private", settings.private_subnets, vpc=vpc, naming=naming, parent=self
        )
        self.public_subnets = create_subnets(
            "public", settings.public_subnets, vpc=vpc, naming=naming, parent=self
        )
        self.private_subnet_ids = [subnet.id for subnet in self.private_subnets]
        self.public_subnet_ids = [subnet.id for subnet in self.public_subnets]
        self.security_groups = SecurityGroups(
            vpc=vpc,
            allowed_cidrs=allowed_cidrs,
            interface_endpoints=settings.interface_endpoints,
            naming=naming,
            parent=self,
        )
        routing = Routing(
            vpc=vpc,
            private_subnets=self.private_subnets,
            public_subnets=self.public_subnets,
            nat=settings.nat,
            naming=naming,
            protect=protect,
            parent=self,
        )
        self.private_route_table_ids = routing.private_route_table_ids
        self.nat_public_ips = routing.nat_public_ips
        self.nat_gateway_ids = routing.nat_gateway_ids
        NetworkAcls(
            vpc=vpc,
            vpc_cidr=self.cidr,
            private_subnets=self.private_subnets,
            public_subnets=self.public_subnets,
            naming=naming,
            parent=self,
        )
        s3_endpoint = create_s3_endpoint(
            vpc=vpc, route_table_ids=self.private_route_table_ids, naming=naming, parent=self
        )
        create_interface_endpoints(
            settings.interface_endpoints,
            vpc=vpc,
            subnets=self.private_subnets,
            security_group_id=self.security_groups.endpoints,
            naming=naming,
            parent=self,
        )
        self.security_groups.open_internet(
            partner_cidrs=settings.partner_cidrs, s3_prefix_list_id=s3_endpoint.prefix_list_id
        )
        self.security_groups.close_lists()
        self.flow_logs = create_flow_logs(
            vpc=vpc,
            settings=settings,
            naming=naming,
            logs_key_arn=logs_key_arn,
            alarm_topic_arn=alarm_topic_arn,
            protect=protect,
            parent=self,
        )
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "security_group_ids": self.security_groups.ids,
                "nat_public_ips": self.nat_public_ips,
            }
        )
