"""Network ACLs: what may cross the border of a subnet, in each direction (ISO-01, ISO-02).

They are stateless, so every conversation needs a rule for its answers too, which arrive on the ephemeral
ports 1024 to 65535 that load balancers and NAT gateways use.

| subnets | in | out |
|---|---|---|
| public | HTTPS; answers to NAT gateways and the load balancer | HTTPS; targets; answers to clients |
| private | all TCP and UDP of the VPC; answers through NAT | all TCP and UDP to the VPC; HTTPS |

SSH and RDP are refused before anything else. An answer that happens to arrive on port 3389 is refused with
them, one connection in 64,000, and is tried again. DNS inside the VPC is part of its TCP and UDP; the VPC's
resolver, its time service and instance metadata are not filtered at all.

References: Amazon VPC user guide, "Custom network ACLs" (ephemeral ports) and "Path MTU Discovery" (ICMP
type 3, code 4, wanted in both directions by whoever talks to the internet).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from . import ports
from .ports import Port
from .routing import ANYWHERE
from .subnets import Subnet, Visibility

STEP: Final = 10
"""Rule numbers leave room for a rule in between; a direction holds 20 rules by default quota."""

SSH: Final = Port(name="ssh", what="SSH", first=22, last=22)
RDP: Final = Port(name="rdp", what="RDP", first=3389, last=3389)
ALL_TCP: Final = Port(name="tcp", what="All TCP", first=0, last=65535)
ALL_UDP: Final = Port(name="udp", what="All UDP", first=0, last=65535, protocol="udp")
ANSWERS: Final = Port(name="answers", what="Ephemeral ports", first=1024, last=65535)


class Entry(NamedTuple):
    """One rule: what it does with which port of which network; `port` None is ICMP "fragmentation needed"."""

    name: str
    action: Literal["allow", "deny"]
    port: Port | None
    cidr: str


DENIALS: Final = tuple(Entry(f"deny-{port.name}", "deny", port, ANYWHERE) for port in (SSH, RDP))
PATH_MTU: Final = Entry("path-mtu", "allow", None, ANYWHERE)


def _allow(port: Port, cidr: str, *, name: str | None = None) -> Entry:
    return Entry(name or port.name, "allow", port, cidr)


def entries(
    visibility: Visibility, *, vpc_cidr: str, private_subnets: Sequence[Subnet]
) -> tuple[Sequence[Entry], Sequence[Entry]]:
    """Give the ingress and the egress rules of one kind of subnets, in order."""
    inside = (_allow(ALL_TCP, vpc_cidr, name="vpc-tcp"), _allow(ALL_UDP, vpc_cidr, name="vpc-udp"))
    if visibility == "private":
        return (
            (*DENIALS, *inside, _allow(ANSWERS, ANYWHERE), PATH_MTU),
            (*inside, _allow(ports.HTTPS, ANYWHERE), PATH_MTU),
        )
    targets = (
        _allow(port, subnet.cidr, name=f"{port.name}-{subnet.label}")
        for subnet in private_subnets
        for port in ports.TARGETS
    )
    return (
        (*DENIALS, _allow(ports.HTTPS, ANYWHERE), _allow(ANSWERS, ANYWHERE), PATH_MTU),
        (_allow(ports.HTTPS, ANYWHERE), *targets, _allow(ANSWERS, ANYWHERE), PATH_MTU),
    )


class NetworkAcls:
    """One ACL for public and one for private subnets; the VPC's default one refuses everything."""

    def __init__(
        self,
        *,
        vpc: aws.ec2.Vpc,
        vpc_cidr: str,
        private_subnets: Sequence[Subnet],
        public_subnets: Sequence[Subnet],
        naming: Naming,
        parent: pulumi.Resource,
    ) -> None:
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=parent)
        aws.ec2.DefaultNetworkAcl(
            "default-network-acl",
            aws.ec2.DefaultNetworkAclArgs(
                default_network_acl_id=vpc.default_network_acl_id,
                tags=naming.tags(f"{naming.prefix}-closed"),
            ),
            # A subnet is on the default ACL until its association exists; that is not drift.
            opts=pulumi.ResourceOptions.merge(
                self._opts, pulumi.ResourceOptions(ignore_changes=["subnetIds"])
            ),
        )
        kinds: dict[Visibility, Sequence[Subnet]] = {"private": private_subnets, "public": public_subnets}
        for visibility, subnets in kinds.items():
            acl = aws.ec2.NetworkAcl(
                visibility,
                # Rules and subnets are resources of their own: inline ones would overwrite them.
                aws.ec2.NetworkAclArgs(vpc_id=vpc.id, tags=naming.tags(f"{naming.prefix}-{visibility}")),
                opts=self._opts,
            )
            ingress, egress = entries(visibility, vpc_cidr=vpc_cidr, private_subnets=private_subnets)
            self._create(visibility, acl, ingress, egress=False)
            self._create(visibility, acl, egress, egress=True)
            for subnet in subnets:
                aws.ec2.NetworkAclAssociation(
                    subnet.label,
                    aws.ec2.NetworkAclAssociationArgs(network_acl_id=acl.id, subnet_id=subnet.id),
                    opts=self._opts,
                )

    def _create(
        self, visibility: Visibility, acl: aws.ec2.NetworkAcl, rules: Sequence[Entry], *, egress: bool
    ) -> None:
        direction = "out" if egress else "in"
        for position, rule in enumerate(rules, start=1):
            aws.ec2.NetworkAclRule(
                f"{visibility}-{direction}-{rule.name}",
                aws.ec2.NetworkAclRuleArgs(
                    network_acl_id=acl.id,
                    rule_number=position * STEP,
                    egress=egress,
                    rule_action=rule.action,
                    cidr_block=rule.cidr,
                    protocol="icmp" if rule.port is None else rule.port.protocol,
                    from_port=None if rule.port is None else rule.port.first,
                    to_port=None if rule.port is None else rule.port.last,
                    icmp_type=3 if rule.port is None else None,
                    icmp_code=4 if rule.port is None else None,
                ),
                opts=self._opts,
            )
