"""Private and public subnets, one per zone and kind (NET-01, NET-02)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..settings import SubnetSettings

Visibility = Literal["private", "public"]

LOAD_BALANCER_ROLE: Final = {
    "private": "kubernetes.io/role/internal-elb",
    "public": "kubernetes.io/role/elb",
}
"""What the load balancer controller looks for when it chooses subnets by itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subnet:
    """A subnet and where it lies; `label` is the kind and the zone's letter, such as `private-a`."""

    label: str
    zone: str
    cidr: str
    id: pulumi.Output[str]


def create_subnets(
    visibility: Visibility,
    settings: Sequence[SubnetSettings],
    *,
    vpc: aws.ec2.Vpc,
    naming: Naming,
    parent: pulumi.Resource,
) -> tuple[Subnet, ...]:
    """Create the subnets of one kind, in the order of the settings.

    Public ones do not hand out public addresses either: only load balancers and NAT gateways live there,
    and both bring their own.
    """
    return tuple(_create(visibility, subnet, vpc=vpc, naming=naming, parent=parent) for subnet in settings)


def _create(
    visibility: Visibility,
    settings: SubnetSettings,
    *,
    vpc: aws.ec2.Vpc,
    naming: Naming,
    parent: pulumi.Resource,
) -> Subnet:
    label = f"{visibility}-{settings.zone[-1]}"
    resource = aws.ec2.Subnet(
        label,
        aws.ec2.SubnetArgs(
            vpc_id=vpc.id,
            availability_zone=settings.zone,
            cidr_block=str(settings.cidr),
            map_public_ip_on_launch=False,
            tags={**naming.tags(f"{naming.prefix}-{label}"), LOAD_BALANCER_ROLE[visibility]: "1"},
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
    return Subnet(label=label, zone=settings.zone, cidr=str(settings.cidr), id=resource.id)
