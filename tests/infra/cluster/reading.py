"""Ways to read a rendered cluster."""

from __future__ import annotations

import json
from typing import Any, Final

from preview.graph import Resource, ResourceGraph

ACCESS_ENTRY: Final = "aws:eks/accessEntry:AccessEntry"
ACCESS_POLICY: Final = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation"
ADDON: Final = "aws:eks/addon:Addon"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
CLUSTER: Final = "aws:eks/cluster:Cluster"
EGRESS_RULE: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
EXCLUSIVE_RULES: Final = "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive"
INGRESS_RULE: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
KEY: Final = "aws:kms/key:Key"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"
LOG_GROUP: Final = "aws:cloudwatch/logGroup:LogGroup"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
OIDC_PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
SCALING_GROUP_TAG: Final = "aws:autoscaling/tag:Tag"
SECURITY_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"

STACKS: Final = ("prod", "staging", "testing", "dr")


def only(graph: ResourceGraph, token: str, name: str | None = None) -> Resource:
    """Give the one resource of a type, or of a type and logical name."""
    (found,) = [resource for resource in graph.of_type(token) if name is None or resource.name == name]
    return found


def names(graph: ResourceGraph, token: str) -> set[str]:
    """The logical names of all resources of a type."""
    return {resource.name for resource in graph.of_type(token)}


def needs(graph: ResourceGraph, later: Resource) -> set[str]:
    """The URNs of everything that must exist before a resource, near and far."""
    found: set[str] = set()
    waiting = list(later.dependencies)
    while waiting:
        urn = waiting.pop()
        if urn not in found:
            found.add(urn)
            waiting.extend(graph.by_urn[urn].dependencies)
    return found


def attached_policies(graph: ResourceGraph, role: Resource) -> set[str]:
    """The names, with path, of the AWS policies attached to a role."""
    return {
        attachment.inputs["policyArn"].removeprefix("arn:aws:iam::aws:policy/")
        for attachment in graph.of_type(ATTACHMENT)
        if attachment.inputs["role"] == role.inputs["name"]
    }


def document(text: str) -> dict[str, Any]:
    """A policy document or the values of an add-on, parsed."""
    return json.loads(text)
