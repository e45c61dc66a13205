"""Who gets into the Kubernetes API: one access entry per role of the account, and nobody else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
OPERATED: Final = ("erp", "gps", "observability")
"""Namespaces in which an operator changes things; Grafana is reached by a forwarded port of the last.

The platform makes them (`infra/cluster_platform/labels.py`), after the cluster that it needs.
"""
REHEARSAL: Final = "recovery-drill"
"""Where a drill starts Odoo on a copy of the database (DATA-08)."""


def access_policy_arn(name: str) -> str:
    """Give the ARN of one of EKS's own access policies."""
    return f"arn:{PARTITION}:eks::aws:cluster-access-policy/{name}"


def access_entries(
    settings: ClusterSettings, naming: Naming, *, rehearsed: bool
) -> dict[str, eks.AccessEntryArgs]:
    """Give the access entries by the key that becomes part of their logical names.

    | entry | may |
    |---|---|
    | deployer | everything; the pipeline's role, since the creator's implicit right is switched off |
    | break-glass | everything, in an emergency |
    | operator | look everywhere, secrets excepted; restart, scale and forward ports in `OPERATED`; drills |
    | read-only | look, secrets excepted |
    | developer | nothing but what workspaces give to the group; only where there are workspaces (ENV-01) |

    Where recovery is `rehearsed` an operator starts what a drill needs in `REHEARSAL`.

    Whoever may edit may read Secrets too (EKS user guide, "Review access policy permissions"), so an operator
    edits only where the business and what watches it run: what controllers hold is out of reach.
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
    operated = (*OPERATED, REHEARSAL) if rehearsed else OPERATED
    admin = {"cluster-admin": _everywhere(ADMIN_POLICY)}
    view = {"view": _everywhere(VIEW_POLICY)}
    return {
        "deployer": _entry(naming.role_arn(settings.deployer_role), admin),
        "break-glass": _entry(naming.role_arn(settings.break_glass_role), admin),
        "operator": _entry(
            naming.role_arn(settings.operator_role), {"edit": _within(EDIT_POLICY, operated), **view}
        ),
        "read-only": _entry(naming.role_arn(settings.read_only_role), view),
        **developer,
    }


def _entry(
    principal_arn: str, policies: Mapping[str, eks.AccessPolicyAssociationArgs]
) -> eks.AccessEntryArgs:
    return eks.AccessEntryArgs(principal_arn=principal_arn, access_policies=dict(policies))


def _everywhere(policy: str) -> eks.AccessPolicyAssociationArgs:
    return eks.AccessPolicyAssociationArgs(
        policy_arn=access_policy_arn(policy),
        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
    )


def _within(policy: str, namespaces: Sequence[str]) -> eks.AccessPolicyAssociationArgs:
    """EKS does not ask whether the namespaces exist: they are made after the cluster."""
    return eks.AccessPolicyAssociationArgs(
        policy_arn=access_policy_arn(policy),
        access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(
            type="namespace", namespaces=list(namespaces)
        ),
    )
