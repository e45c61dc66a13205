"""Security groups as a whole: names, use, and the group nobody chose."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.security_groups import ALL_SOURCES, GROUPS, RULES, openings
from policies.aws.tokens import DEFAULT_SECURITY_GROUPS, DEFAULT_VPCS, SECURITY_GROUPS, VPCS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_NO_DESCRIPTION: Final = frozenset({"", "managed by pulumi", "managed by terraform"})
_EXCLUSIVE: Final = ("aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive",)


@resource_rule(
    "net-sg-description",
    subjects=ALL_SOURCES,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_23",), ("NET-03", "NET-04", "NET-05", "SEC-07", "POL-03")),
    remedy="Give a description that says who talks to whom; tag a group Name=sg-<role>-<env>.",
)
def sg_description(resource: ResourceView) -> Findings:
    """Groups and rules say what they are for, and groups are named sg-<role>-<environment>.

    The name is the `Name` tag: EC2 refuses group names that begin with `sg-`.
    """
    if resource.type in RULES:
        if _undescribed(resource.text("description")):
            yield "the rule has no description"
        return
    yield from (
        f"{opening.where}the rule has no description"
        for opening in openings(resource)
        if _undescribed(opening.block.text("description"))
    )
    if resource.type not in SECURITY_GROUPS:
        return
    if _undescribed(resource.text("description")):
        yield "the group has no description"
    name = resource.text("tags.Name")
    if not re.fullmatch(rf"sg-[a-z0-9]+(-[a-z0-9]+)*-{resource.environment}", name):
        yield f"the Name tag is {name or 'not set'}, not sg-<role>-{resource.environment}"


def _undescribed(text: str) -> bool:
    return text.strip().lower() in _NO_DESCRIPTION


@joined_rule(
    "net-sg-attached",
    subjects=SECURITY_GROUPS,
    severity=Severity.LOW,
    levels=everywhere(Level.ADVISORY),
    controls=Controls((), ("CKV2_AWS_5",), ("SEC-07", "POL-03")),
    remedy="Give the group to what it is for, or take it out.",
)
def sg_attached(group: ResourceView, graph: Graph) -> Findings:
    """Every security group is used by something other than rules."""
    if not any(_uses(other) for other, _ in graph.referrers(group)):
        yield "nothing but rules refers to the group"


def _uses(other: ResourceView) -> bool:
    return other.type not in GROUPS and other.type not in RULES and other.type not in _EXCLUSIVE


@joined_rule(
    "net-sg-exclusive",
    subjects=SECURITY_GROUPS,
    severity=Severity.LOW,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("SEC-07", "POL-03")),
    remedy="Declare ec2.VpcSecurityGroupRulesExclusive with the ids of all rules that the group has.",
)
def sg_exclusive(group: ResourceView, graph: Graph) -> Findings:
    """What somebody adds by hand is taken out by the next run; inline rules are exclusive anyway."""
    if group.has("ingress") or group.has("egress"):
        return
    if not graph.attached(group, "securityGroupId", *_EXCLUSIVE):
        yield "no ec2.VpcSecurityGroupRulesExclusive closes the group's list of rules"


@joined_rule(
    "net-sg-no-mixed-rules",
    subjects=GROUPS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "POL-03")),
    remedy="Move the inline rules into vpc.SecurityGroupIngressRule and vpc.SecurityGroupEgressRule.",
    exemptible=False,
)
def sg_no_mixed_rules(group: ResourceView, graph: Graph) -> Findings:
    """No group has both inline rules and rules of their own: each run of one removes the other."""
    inline = [direction for direction in ("ingress", "egress") if group.has(direction)]
    separate = [rule.name for rule in graph.attached(group, "securityGroupId", *RULES)]
    if inline and separate:
        yield f"the group has {' and '.join(inline)} inline and the separate rule {separate[0]}"


@joined_rule(
    "net-sg-default-closed",
    subjects=(*VPCS, *DEFAULT_VPCS, *DEFAULT_SECURITY_GROUPS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("EC2.2",), ("CKV2_AWS_12",), ("SEC-07", "ISO-01", "POL-03")),
    remedy="Declare ec2.DefaultSecurityGroup(vpc_id=<the VPC>) without ingress and egress.",
)
def sg_default_closed(resource: ResourceView, graph: Graph) -> Findings:
    """The default group of every VPC is adopted and empty, so what names no group can talk to nobody."""
    if resource.type in DEFAULT_SECURITY_GROUPS:
        yield from _contents(resource, graph)
    elif not graph.attached(resource, "vpcId", *DEFAULT_SECURITY_GROUPS):
        yield "no ec2.DefaultSecurityGroup adopts the default group of this VPC"


def _contents(group: ResourceView, graph: Graph) -> Iterator[Finding]:
    for opening in openings(group):
        yield group.finding(f"{opening.where}the default group lets {opening.ports} pass")
    for rule in graph.attached(group, "securityGroupId", *RULES):
        yield rule.finding("the rule opens the default group")
