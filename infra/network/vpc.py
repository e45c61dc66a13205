"""The VPC itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

if TYPE_CHECKING:
    from ipaddress import IPv4Network

    from ..naming import Naming


def create_vpc(*, cidr: IPv4Network, naming: Naming, parent: pulumi.Resource) -> aws.ec2.Vpc:
    """Create the VPC with DNS support and host names, which private endpoint names need both."""
    return aws.ec2.Vpc(
        "vpc",
        aws.ec2.VpcArgs(
            cidr_block=str(cidr),
            enable_dns_support=True,
            enable_dns_hostnames=True,
            tags=naming.tags(naming.prefix),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
