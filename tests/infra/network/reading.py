"""The network part of a rendered stack as sets of short facts, with groups and subnets by name."""

from __future__ import annotations

from typing import Final, NamedTuple

from preview.graph import Resource, ResourceGraph

INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
SUBNET: Final = "aws:ec2/subnet:Subnet"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
ESTATES: Final = ("prod", "staging", "testing", "dr")


class Rule(NamedTuple):
    """A security-group rule: with whom, over what, from port to port."""

    peer: str
    protocol: str
    first: int
    last: int


def named(resource: Resource, property_name: str) -> list[str]:
    """The names of the resources that a property refers to, known without any value being known."""
    urns = resource.property_dependencies.get(property_name, ())
    return sorted({urn.rsplit("::", 1)[-1] for urn in urns})


def rules(graph: ResourceGraph, token: str, group: str) -> list[Rule]:
    """The rules of one type that belong to one group, sorted; duplicates stay."""
    return sorted(
        Rule(_peer(rule), rule.inputs["ipProtocol"], int(rule.inputs["fromPort"]), int(rule.inputs["toPort"]))
        for rule in graph.of_type(token)
        if named(rule, "securityGroupId") == [group]
    )


def _peer(rule: Resource) -> str:
    if "cidrIpv4" in rule.inputs:
        return rule.inputs["cidrIpv4"]
    return ", ".join(named(rule, "referencedSecurityGroupId") or named(rule, "prefixListId"))


def one(graph: ResourceGraph, token: str, name: str | None = None) -> Resource:
    """The only resource of a type, or the only one of that name."""
    found = [resource for resource in graph.of_type(token) if name is None or resource.name == name]
    assert len(found) == 1, f"{len(found)} resources {token} {name or ''}"
    return found[0]
