"""What the add-ons may do in AWS: one role per service account."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from ..identity import Condition, Statement
from ..naming import PARTITION, Naming
from .service_account_role import ServiceAccountRole

NAMESPACE: Final = "kube-system"
EBS_CLUSTER_TAG: Final = "eks-cluster-name"
"""Tag of the EBS driver's role that AWS's policy compares with the tag of each volume."""


@dataclass(frozen=True, slots=True)
class AddonRoles:
    """The roles of the add-ons' service accounts."""

    vpc_cni: ServiceAccountRole
    ebs_controller: ServiceAccountRole
    efs_controller: ServiceAccountRole
    efs_node: ServiceAccountRole


def addon_roles(
    *,
    naming: Naming,
    oidc_provider_arn: pulumi.Input[str],
    oidc_issuer: pulumi.Input[str],
    parent: pulumi.Resource,
) -> AddonRoles:
    """Make the roles (SEC-03).

    Network interfaces, volumes and access points are managed under AWS's own policies: AWS extends them when
    an add-on needs another call, and a list of our own would break the add-on's next version. What AWS
    cannot know, our key and our file systems, is a statement here.
    """

    def role(name: str, service_account: str, **permissions: object) -> ServiceAccountRole:
        return ServiceAccountRole(
            name,
            naming=naming,
            oidc_provider_arn=oidc_provider_arn,
            oidc_issuer=oidc_issuer,
            namespace=NAMESPACE,
            service_account=service_account,
            opts=pulumi.ResourceOptions(parent=parent),
            **permissions,  # pyright: ignore[reportArgumentType]
        )

    return AddonRoles(
        vpc_cni=role("aws-node", "aws-node", managed_policy_arns=(_aws_policy("AmazonEKS_CNI_Policy"),)),
        ebs_controller=role(
            "ebs-csi-controller",
            "ebs-csi-controller-sa",
            # Limited to volumes of this cluster; the older AmazonEBSCSIDriverPolicy reaches every driver's.
            managed_policy_arns=(_aws_policy("AmazonEBSCSIDriverEKSClusterScopedPolicy"),),
            statements=volume_key_statements(naming),
            tags={EBS_CLUSTER_TAG: naming.cluster},
        ),
        efs_controller=role(
            "efs-csi-controller",
            "efs-csi-controller-sa",
            managed_policy_arns=(_aws_policy("service-role/AmazonEFSCSIDriverPolicy"),),
        ),
        efs_node=role("efs-csi-node", "efs-csi-node-sa", statements=mount_statements(naming)),
    )


def volume_key_statements(naming: Naming) -> tuple[Statement, ...]:
    """Let the EBS driver make encrypted volumes: EC2 uses the data key on its behalf, nobody else does.

    The key is named by its alias: unlike its ARN, that is known before the key is made, so that a first
    preview shows the whole document.
    """
    data_key = Condition(
        operator="ForAnyValue:StringEquals",
        key="kms:ResourceAliases",
        values=(naming.key_alias("data"),),
    )
    through_ec2 = Condition(
        operator="StringEquals", key="kms:ViaService", values=(f"ec2.{naming.region}.amazonaws.com",)
    )
    keys = (naming.arn("kms", "key/*"),)
    return (
        Statement(
            sid="UseDataKeyForVolumes",
            actions=(
                "kms:Decrypt",
                "kms:DescribeKey",
                "kms:GenerateDataKeyWithoutPlaintext",
                "kms:ReEncryptFrom",
                "kms:ReEncryptTo",
            ),
            resources=keys,
            conditions=(data_key, through_ec2),
        ),
        Statement(
            sid="GrantDataKeyToVolumes",
            actions=("kms:CreateGrant",),
            resources=keys,
            conditions=(
                data_key,
                through_ec2,
                Condition(operator="Bool", key="kms:GrantIsForAWSResource", values=("true",)),
            ),
        ),
    )


def mount_statements(naming: Naming) -> tuple[Statement, ...]:
    """Let the EFS driver on the nodes mount the file systems of this account and region, and find them.

    Mounts name the client (mount option `iam`), so the file system's own policy can ask who comes. Root
    access is not among the actions: the access point decides the user.
    """
    file_systems = naming.arn("elasticfilesystem", "file-system/*")
    return (
        Statement(
            sid="MountFileSystems",
            actions=("elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"),
            resources=(file_systems,),
            conditions=(
                Condition(operator="Bool", key="elasticfilesystem:AccessedViaMountTarget", values=("true",)),
            ),
        ),
        Statement(
            sid="FindMountTargets",
            actions=("elasticfilesystem:DescribeMountTargets",),
            resources=(file_systems,),
        ),
        Statement(sid="FindZone", actions=("ec2:DescribeAvailabilityZones",), resources=("*",)),
    )


def _aws_policy(name: str) -> str:
    return f"arn:{PARTITION}:iam::aws:policy/{name}"
