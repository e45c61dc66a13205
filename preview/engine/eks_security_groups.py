"""The security groups that a cluster component makes unless it is told to skip them."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.eks_arguments import Arguments, Input, combined
from preview.engine.eks_children import Children, output
from preview.graph import UNKNOWN, Resource, plain

_GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"
_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
_ANYWHERE: Final = {
    "type": "egress",
    "protocol": "-1",
    "fromPort": 0,
    "toPort": 0,
    "cidrBlocks": ["0.0.0.0/0"],
    "description": "Allow internet access.",
}


def register_cluster_group(children: Children, arguments: Arguments) -> Resource:
    """Register the control plane's security group, which may reach everything."""
    tags = arguments.tags(children.named("eksClusterSecurityGroup"), "clusterSecurityGroupTags", "tags")
    group = children.register(_GROUP, "eksClusterSecurityGroup", _group(arguments, tags))
    children.register(
        _RULE, "eksClusterInternetEgressRule", {**_ANYWHERE, "securityGroupId": output(group, "id")}
    )
    return group


def register_node_group(
    children: Children, arguments: Arguments, cluster_name: Input, cluster_group: Input
) -> tuple[Resource, Resource]:
    """Register the nodes' security group with its rules; give it and the rule on the cluster's group."""
    tags = _node_tags(children, arguments, cluster_name)
    group = children.register(_GROUP, "nodeSecurityGroup", _group(arguments, tags))
    nodes = output(group, "id")
    children.register(
        _RULE,
        "eksNodeIngressRule",
        {
            **_ingress("-1", 0, 0, "Allow nodes to communicate with each other"),
            "securityGroupId": nodes,
            "self": True,
        },
    )
    for name, first, last, description in (
        (
            "eksNodeClusterIngressRule",
            1025,
            65535,
            "Allow worker Kubelets and pods to receive communication from the cluster control plane",
        ),
        (
            "eksExtApiServerClusterIngressRule",
            443,
            443,
            "Allow pods running extension API servers on port 443 to receive communication from cluster "
            "control plane",
        ),
    ):
        rule = _ingress("tcp", first, last, description)
        children.register(
            _RULE, name, {**rule, "securityGroupId": nodes, "sourceSecurityGroupId": cluster_group}
        )
    children.register(_RULE, "eksNodeInternetEgressRule", {**_ANYWHERE, "securityGroupId": nodes})
    ingress = children.register(
        _RULE,
        "eksClusterIngressRule",
        {
            **_ingress("tcp", 443, 443, "Allow pods to communicate with the cluster API Server"),
            "securityGroupId": cluster_group,
            "sourceSecurityGroupId": nodes,
        },
    )
    return group, ingress


def _group(arguments: Arguments, tags: Input | None) -> dict[str, Any]:
    return {
        "vpcId": arguments.input("vpcId"),
        "revokeRulesOnDelete": True,
        "description": "Managed by Pulumi",
        "tags": tags,
    }


def _ingress(protocol: str, first: int, last: int, description: str) -> dict[str, Any]:
    return {
        "type": "ingress",
        "protocol": protocol,
        "fromPort": first,
        "toPort": last,
        "description": description,
    }


def _node_tags(children: Children, arguments: Arguments, cluster_name: Input) -> Input:
    given = arguments.tags(children.named("nodeSecurityGroup"), "nodeSecurityGroupTags", "tags")
    tags = plain(given.value) if given else {}
    name = plain(cluster_name.value)
    if name == UNKNOWN or not isinstance(tags, dict):
        return combined(UNKNOWN, given, cluster_name)
    return combined({f"kubernetes.io/cluster/{name}": "owned", **tags}, given, cluster_name)
