"""How a node is launched: metadata service, volume, security groups, tags and kubelet settings."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..naming import Kind, Naming
from ..settings.cluster import NodeGroupSettings

ROOT_DEVICE: Final = "/dev/xvda"
"""Root device of the Amazon Linux 2023 images."""
TAGGED_AT_LAUNCH: Final = ("instance", "volume", "network-interface")
"""What EC2 makes by itself at launch: the provider's default tags do not reach it."""
BOUNDARY: Final = "==NODECONFIG=="


def launch_template(
    name: str,
    *,
    settings: NodeGroupSettings,
    naming: Naming,
    security_group_ids: Sequence[pulumi.Input[str]],
    volume_key_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.ec2.LaunchTemplate:
    """Make the launch template of one node group (SEC-06: volumes encrypted with the data key).

    IMDSv2 with one hop: pods cannot reach the node's credentials, they have roles of their own (SEC-03).
    No image, key pair, public address or instance type: the node group gives the first, nobody the others.
    """
    tags = {**naming.default_tags, **naming.tags(f"{naming.prefix}-{name}")}
    return aws.ec2.LaunchTemplate(
        name,
        aws.ec2.LaunchTemplateArgs(
            name=naming.name(Kind.LAUNCH_TEMPLATE, name),
            description=f"Nodes of group {settings.name} of {naming.cluster}",
            update_default_version=True,
            vpc_security_group_ids=security_group_ids,
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled", http_tokens="required", http_put_response_hop_limit=1
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name=ROOT_DEVICE,
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=settings.volume_gib,
                        # Texts, not booleans: the launch template knows "unset" as a third value.
                        encrypted="true",
                        delete_on_termination="true",
                        kms_key_id=volume_key_arn,
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(resource_type=kind, tags=tags)
                for kind in TAGGED_AT_LAUNCH
            ],
            user_data=None if settings.max_pods is None else node_config(max_pods=settings.max_pods),
            tags=naming.tags(f"{naming.prefix}-{name}"),
        ),
        opts=opts,
    )


def node_config(*, max_pods: int) -> str:
    """Give the user data that tells nodeadm, which starts the kubelet of Amazon Linux 2023, the pod limit.

    EKS merges it with its own part, which names the cluster. Base64 of a MIME document, as EC2 wants it.
    """
    document = "\n".join(
        (
            "MIME-Version: 1.0",
            f'Content-Type: multipart/mixed; boundary="{BOUNDARY}"',
            "",
            f"--{BOUNDARY}",
            "Content-Type: application/node.eks.aws",
            "",
            "apiVersion: node.eks.aws/v1alpha1",
            "kind: NodeConfig",
            "spec:",
            "  kubelet:",
            "    config:",
            f"      maxPods: {max_pods}",
            "",
            f"--{BOUNDARY}--",
            "",
        )
    )
    return base64.b64encode(document.encode()).decode()
