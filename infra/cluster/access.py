"""Who gets into the Kubernetes API: one access entry per role of the account, and nobody else."""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws
import pulumi_eks as eks

from ..naming import PARTITION, Naming
from ..settings.cluster import ClusterSettings

ADMIN_POLICY: Final = "AmazonEKSClusterAdminPolicy"
EDIT_POLICY: Final = "AmazonEKSEditPolicy"
VIEW_POLICY: Final = "AmazonEKSViewPolicy"
DEVELOPERS_GROUP: Final = "fleet-erp:developers"
"""The Kubernetes group of developers: each workspace says what it may do there, the cluster nothing."""


def access_policy_arn(name: str) -> str:
    """Give the ARN of one of EKS's own access policies."""
    return f"arn:{PARTITION}:eks::aws:cluster-access-policy/{name}"


def access_entries(settings: ClusterSettings, naming: Naming) -> dict[str, eks.AccessEntryArgs]:
    """Give the access entries by the key that becomes part of their logical names.

    | entry | may |
    |---|---|
    | deployer | everything; the pipeline's role, since the creator's implicit right is switched off |
    | break-glass | everything, in an emergency |
    | operator | edit what lives in namespaces, nothing cluster-wide |
    | read-only | look, secrets excepted |
    | developer | nothing but what workspaces give to the group; only where there are workspaces (ENV-01) |
    """
    developer = (
        {}
        if settings.developer_role is None
        else {
            "developer": eks.AccessEntryArgs(
                principal_arn=naming.role_arn(settings.developer_role), kubernetes_groups=[DEVELOPERS_GROUP]
            )
        }
    )
    return {
        "deployer": _entry(naming.role_arn(settings.deployer_role), "cluster-admin", ADMIN_POLICY),
        "break-glass": _entry(naming.role_arn(settings.break_glass_role), "cluster-admin", ADMIN_POLICY),
        "operator": _entry(naming.role_arn(settings.operator_role), "edit", EDIT_POLICY),
        "read-only": _entry(naming.role_arn(settings.read_only_role), "view", VIEW_POLICY),
        **developer,
    }


def _entry(principal_arn: str, key: str, policy: str) -> eks.AccessEntryArgs:
    return eks.AccessEntryArgs(
        principal_arn=principal_arn,
        access_policies={
            key: eks.AccessPolicyAssociationArgs(
                policy_arn=access_policy_arn(policy),
                access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
            )
        },
    )
