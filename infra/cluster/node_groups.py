"""Managed node groups and the role of their nodes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
from pulumi_aws.eks.outputs import NodeGroupResource

from ..identity import Principal, Statement, policy_document
from ..naming import PARTITION, Kind, Naming
from ..settings.cluster import NodeGroupSettings, NodeSizeSettings
from .launch_template import launch_template

NODE_POLICIES: Final = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly")
"""All a node may do: describe itself to EKS and pull images. The CNI has a role of its own (SEC-03)."""
NODE_GROUP_LABEL: Final = "node-group"
"""Kubernetes label with the group's name of the stack file: EKS's own label carries a generated name."""


class NodeGroup(pulumi.ComponentResource):
    """One managed node group with its launch template (COMP-01..03).

    The size belongs to the program only where nothing else changes it:

    | group | the program owns | ignored |
    |---|---|---|
    | fixed | min, desired, max | nothing |
    | autoscaled | min, max | desired: the Cluster Autoscaler's (AUTO-01) |
    | in a scheduled environment | max | min and desired: the schedule's (OPS-02) |

    A group with a standby size is another resource while the environment does not serve, `general-standby`:
    EKS refuses a minimum above the present desired size, and an autoscaled desired size is ignored here, so
    raising the minimum on activation would fail. Instead the serving group is made, then the standby one
    is drained.
    """

    name: str
    """The group's name in the stack file."""
    node_group_name: pulumi.Output[str]
    """The name that EKS knows, generated: a replacement exists beside what it replaces."""
    arn: pulumi.Output[str]
    size: NodeSizeSettings
    """The size that holds now."""
    resource: aws.eks.NodeGroup

    def __init__(
        self,
        settings: NodeGroupSettings,
        *,
        serving: bool,
        scheduled: bool,
        kubernetes_version: str,
        naming: Naming,
        cluster_name: pulumi.Input[str],
        subnet_ids: Sequence[pulumi.Input[str]],
        security_group_ids: Sequence[pulumi.Input[str]],
        node_role_arn: pulumi.Input[str],
        volume_key_arn: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the group; `after` names what nodes need to become ready."""
        standby = settings.standby_size is not None and not serving
        name = f"{settings.name}-standby" if standby else settings.name
        super().__init__("fleet:cluster:NodeGroup", name, None, opts)
        self.name = settings.name
        self.size = settings.size_when(serving=serving)
        template = launch_template(
            name,
            settings=settings,
            naming=naming,
            security_group_ids=security_group_ids,
            volume_key_arn=volume_key_arn,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.resource = aws.eks.NodeGroup(
            name,
            aws.eks.NodeGroupArgs(
                cluster_name=cluster_name,
                node_group_name_prefix=f"{name}-",
                node_role_arn=node_role_arn,
                subnet_ids=subnet_ids,
                version=kubernetes_version,
                ami_type=ami_type(settings.instance_type),
                instance_types=[settings.instance_type],
                capacity_type=settings.capacity,
                scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                    min_size=self.size.min, desired_size=self.size.desired, max_size=self.size.max
                ),
                launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                    # A number, never $Latest, which EKS resolves and reports as a change for ever.
                    id=template.id,
                    version=template.latest_version.apply(str),
                ),
                update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
                node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
                labels={NODE_GROUP_LABEL: settings.name},
                taints=[
                    aws.eks.NodeGroupTaintArgs(key=taint.key, value=taint.value, effect=taint.effect)
                    for taint in settings.taints
                ]
                or None,
                tags={
                    **naming.tags(f"{naming.prefix}-{name}"),
                    **(autoscaler_tags(naming) if settings.autoscaled else {}),
                },
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=list(after),
                ignore_changes=_sizes_of_others(settings, scheduled=scheduled),
            ),
        )
        if settings.autoscaled:
            self._tag_scaling_group(name, naming)
        self.node_group_name = self.resource.node_group_name
        self.arn = self.resource.arn
        self.register_outputs({"node_group_name": self.node_group_name, "arn": self.arn})

    def _tag_scaling_group(self, name: str, naming: Naming) -> None:
        """Put the discovery tags where the autoscaler and its IAM condition read them: on the scaling group.

        A node group's own tags do not get there.
        """
        scaling_group = self.resource.resources.apply(_scaling_group_name)
        for suffix, (key, value) in zip(("enabled", "owned"), autoscaler_tags(naming).items(), strict=True):
            aws.autoscaling.Tag(
                f"{name}-autoscaler-{suffix}",
                aws.autoscaling.TagArgs(
                    autoscaling_group_name=scaling_group,
                    tag=aws.autoscaling.TagTagArgs(key=key, value=value, propagate_at_launch=False),
                ),
                opts=pulumi.ResourceOptions(parent=self),
            )


def autoscaler_tags(naming: Naming) -> dict[str, str]:
    """Give the tags by which the Cluster Autoscaler finds its groups, and its role is limited to them."""
    return {
        "k8s.io/cluster-autoscaler/enabled": "true",
        f"k8s.io/cluster-autoscaler/{naming.cluster}": "owned",
    }


def ami_type(instance_type: str) -> str:
    """Give the Amazon Linux 2023 image for an instance type: a `g` after the generation is Graviton."""
    graviton = re.fullmatch(r"[a-z]+\d+g[a-z]*\..+", instance_type)
    return "AL2023_ARM_64_STANDARD" if graviton else "AL2023_x86_64_STANDARD"


def node_role(name: str, *, naming: Naming, parent: pulumi.Resource) -> pulumi.Output[str]:
    """Make the role of all nodes and give its ARN, known once its policies are attached."""
    opts = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        name,
        aws.iam.RoleArgs(
            name=naming.name(Kind.ROLE, "eks-node"),
            description=f"Nodes of {naming.cluster}",
            # EC2 hands the role to instances of this account only, and sends no source to compare with.
            assume_role_policy=policy_document(
                Statement(
                    sid="AssumeByNodes",
                    actions=("sts:AssumeRole",),
                    principals=(Principal.service("ec2.amazonaws.com"),),
                )
            ),
        ),
        opts=opts,
    )
    attachments = [
        aws.iam.RolePolicyAttachment(
            f"{name}-{policy}",
            aws.iam.RolePolicyAttachmentArgs(
                role=role.name, policy_arn=f"arn:{PARTITION}:iam::aws:policy/{policy}"
            ),
            opts=opts,
        )
        for policy in NODE_POLICIES
    ]
    return pulumi.Output.all(role.arn, *(attachment.id for attachment in attachments)).apply(
        lambda made: str(made[0])
    )


def _scaling_group_name(resources: Sequence[NodeGroupResource]) -> str:
    """Give the name of the one scaling group that EKS makes for a node group."""
    groups = [group.name for resource in resources for group in resource.autoscaling_groups or ()]
    return str(groups[0])


def _sizes_of_others(settings: NodeGroupSettings, *, scheduled: bool) -> list[str]:
    if scheduled:
        return ["scalingConfig.minSize", "scalingConfig.desiredSize"]
    return ["scalingConfig.desiredSize"] if settings.autoscaled else []
