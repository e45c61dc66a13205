"""Network ACLs: the border of each subnet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from policies.aws.subnets import subnets_at
from policies.aws.tokens import (
    DEFAULT_NETWORK_ACLS,
    NETWORK_ACL_ASSOCIATIONS,
    NETWORK_ACL_RULES,
    NETWORK_ACLS,
    SUBNETS,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
    stack_rule,
)

_ADMIN_PORTS: Final = {22: "SSH", 3389: "RDP"}
_ANYWHERE: Final = ("0.0.0.0/0", "::/0")
_TCP: Final = frozenset({"6", "tcp"})
_ALL: Final = frozenset({"-1", "all"})
_LAST_PORT: Final = 65535
_ACLS: Final = (*NETWORK_ACLS, *DEFAULT_NETWORK_ACLS)


class _Entry(NamedTuple):
    """One ingress rule of an ACL."""

    number: int
    allows: bool
    protocol: str
    first: int
    last: int
    cidr: str
    declared: ResourceView
    where: str

    @property
    def every_port(self) -> bool:
        """Whether it is about every port, or every protocol."""
        return self.protocol in _ALL or (
            self.protocol in {*_TCP, "17", "udp"} and self.first == 0 and self.last == _LAST_PORT
        )

    def is_about(self, port: int) -> bool:
        """Whether it decides about a TCP port."""
        return self.protocol in _ALL or (self.protocol in _TCP and self.first <= port <= self.last)


@joined_rule(
    "net-nacl-strict",
    subjects=(*_ACLS, *NETWORK_ACL_RULES),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(
        ("EC2.21",), ("CKV_AWS_231", "CKV_AWS_232", "CKV_AWS_352"), ("ISO-01", "ISO-02", "SEC-07", "POL-03")
    ),
    remedy="Deny tcp 22 and 3389 from anywhere before ephemeral ports; name ports in every allow.",
)
def nacl_strict(resource: ResourceView, graph: Graph) -> Findings:
    """No network ACL lets SSH, RDP or every port in from anywhere.

    Rules are asked in the order of their numbers and the first match decides: the ephemeral ports that
    answers need hold 3389, so a denial must stand before them.
    """
    if resource.type in NETWORK_ACL_RULES:
        return
    entries = sorted(_ingress(resource, graph))
    for entry in entries:
        if entry.allows and entry.cidr in _ANYWHERE and entry.every_port:
            yield entry.declared.finding(
                f"{entry.where}rule {entry.number} lets every port in from {entry.cidr}"
            )
    for cidr in _ANYWHERE:
        for port, what in _ADMIN_PORTS.items():
            first = next((entry for entry in entries if entry.cidr == cidr and entry.is_about(port)), None)
            if first is not None and first.allows and not first.every_port:
                yield first.declared.finding(
                    f"{first.where}rule {first.number} lets {what} ({port}) in from {cidr}, undenied"
                )


def _ingress(acl: ResourceView, graph: Graph) -> Iterator[_Entry]:
    for block in acl.blocks("ingress"):
        yield _entry(block, acl, number="ruleNo", action="action", where=f"{block.at}: ")
    for rule in graph.attached(acl, "networkAclId", *NETWORK_ACL_RULES):
        if not rule.flag("egress"):
            yield _entry(rule, rule, number="ruleNumber", action="ruleAction", where="")


def _entry(block: Block, declared: ResourceView, *, number: str, action: str, where: str) -> _Entry:
    first, last = block.number("fromPort"), block.number("toPort")
    return _Entry(
        number=int(block.number(number) or 0),
        allows=block.text(action).lower() == "allow",
        protocol=block.text("protocol").lower(),
        first=0 if first is None else int(first),
        last=_LAST_PORT if last is None else int(last),
        cidr=block.text("cidrBlock") or block.text("ipv6CidrBlock"),
        declared=declared,
        where=where,
    )


@stack_rule(
    "net-nacl-attached",
    subjects=(*_ACLS, *NETWORK_ACL_ASSOCIATIONS, *SUBNETS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("EC2.16",), ("CKV2_AWS_1",), ("ISO-01", "POL-03")),
    remedy="Name every subnet in a NetworkAcl or a NetworkAclAssociation; take unused ACLs out.",
)
def nacl_attached(graph: Graph) -> Findings:
    """Every subnet has a network ACL of this stack, and every ACL has a subnet."""
    covered: set[str] = set()
    used: set[str] = set()
    for acl in graph.of(*NETWORK_ACLS):
        inline = subnets_at(acl, "subnetIds")
        covered |= {subnet.urn for subnet in inline}
        if inline:
            used.add(acl.urn)
    for association in graph.of(*NETWORK_ACL_ASSOCIATIONS):
        covered |= {subnet.urn for subnet in subnets_at(association, "subnetId")}
        used |= {acl.urn for acl in association.link("networkAclId").targets(*NETWORK_ACLS)}
    for subnet in graph.of(*SUBNETS):
        if subnet.urn not in covered:
            yield subnet.finding("the subnet is on the default network ACL of its VPC")
    for acl in graph.of(*NETWORK_ACLS):
        if acl.urn not in used:
            yield acl.finding("no subnet is on this network ACL")
