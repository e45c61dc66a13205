"""Traffic between the control plane and the nodes: the ports that Kubernetes needs, each with its reason."""

from __future__ import annotations

from typing import Final, NamedTuple

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..network import SecurityGroups


class Port(NamedTuple):
    """A TCP port and what listens there."""

    number: int
    purpose: str


API_SERVER: Final = Port(443, "Kubernetes API server")

NODE_PORTS: Final = (
    Port(443, "Webhooks and extension APIs"),
    Port(6443, "Metrics API of KEDA"),
    Port(8443, "Webhooks of operators"),
    Port(9443, "Webhooks of controllers, such as the load balancer controller"),
    Port(10250, "Kubelet, and webhooks that share its port"),
    Port(10251, "Metrics API of metrics-server"),
)
"""What the control plane calls on nodes and pods. EKS moved metrics-server from 10250 to 10251."""


def connect_control_plane(
    *,
    control_plane_group_id: pulumi.Input[str],
    security_groups: SecurityGroups,
    naming: Naming,
    parent: pulumi.Resource,
) -> list[pulumi.Resource]:
    """Open these ports between the group that EKS makes for the control plane and the nodes' own (SEC-07).

    EKS's group allows everything within itself and nothing from others, so what is reached through
    `sg-eks-nodes-…` alone would never hear from the API server. With these rules the list of the nodes'
    group is complete, and is made exclusive: rules added by hand vanish. EKS keeps the list of its own.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    nodes = naming.security_group("eks-nodes")
    nodes_group_id = security_groups.eks_nodes
    to_nodes = [
        aws.vpc.SecurityGroupIngressRule(
            f"eks-nodes-from-control-plane-{port.number}",
            aws.vpc.SecurityGroupIngressRuleArgs(
                security_group_id=nodes_group_id,
                referenced_security_group_id=control_plane_group_id,
                ip_protocol="tcp",
                from_port=port.number,
                to_port=port.number,
                description=f"{port.purpose} from the control plane",
            ),
            opts=opts,
        )
        for port in NODE_PORTS
    ]
    to_control_plane = aws.vpc.SecurityGroupEgressRule(
        "eks-nodes-to-control-plane",
        aws.vpc.SecurityGroupEgressRuleArgs(
            security_group_id=nodes_group_id,
            referenced_security_group_id=control_plane_group_id,
            ip_protocol="tcp",
            from_port=API_SERVER.number,
            to_port=API_SERVER.number,
            description=f"{API_SERVER.purpose} of the control plane",
        ),
        opts=opts,
    )
    from_nodes = aws.vpc.SecurityGroupIngressRule(
        "control-plane-from-eks-nodes",
        aws.vpc.SecurityGroupIngressRuleArgs(
            security_group_id=control_plane_group_id,
            referenced_security_group_id=nodes_group_id,
            ip_protocol="tcp",
            from_port=API_SERVER.number,
            to_port=API_SERVER.number,
            description=f"{API_SERVER.purpose} from {nodes}",
        ),
        opts=opts,
    )
    aws.ec2.VpcSecurityGroupRulesExclusive(
        "eks-nodes-rules",
        aws.ec2.VpcSecurityGroupRulesExclusiveArgs(
            security_group_id=nodes_group_id,
            ingress_rule_ids=[*security_groups.node_ingress_rule_ids, *(rule.id for rule in to_nodes)],
            egress_rule_ids=[*security_groups.node_egress_rule_ids, to_control_plane.id],
        ),
        opts=opts,
    )
    return [*to_nodes, to_control_plane, from_nodes]
