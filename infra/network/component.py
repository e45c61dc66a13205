"""The network of one environment."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network

import pulumi

from ..naming import Naming
from ..settings import NetworkSettings
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

    def __init__(
        self,
        name: str,
        *,
        settings: NetworkSettings,
        naming: Naming,
        logs_key_arn: pulumi.Input[str],
        alarm_topic_arn: pulumi.Input[str],
        allowed_cidrs: Sequence[IPv4Network],
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
            vpc=vpc, allowed_cidrs=allowed_cidrs, naming=naming, parent=self
        )
        self.security_groups.close_lists()
        self.private_route_table_ids: list[pulumi.Output[str]] = []
        self.register_outputs(
            {
                "vpc_id": self.vpc_id,
                "private_subnet_ids": self.private_subnet_ids,
                "public_subnet_ids": self.public_subnet_ids,
                "security_group_ids": self.security_groups.ids,
            }
        )
