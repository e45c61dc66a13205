"""Who gets into the Kubernetes API."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import CLUSTERS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Settings,
    Severity,
    everywhere,
    resource_rule,
)
from policies.identity.admin_roles import ADMIN_ROLES, administers

ACCESS_ENTRIES: Final = ("aws:eks/accessEntry:AccessEntry",)
ACCESS_POLICIES: Final = ("aws:eks/accessPolicyAssociation:AccessPolicyAssociation",)
_ADMINISTRATION: Final = frozenset({"AmazonEKSClusterAdminPolicy", "AmazonEKSAdminPolicy"})
_SEES_SECRETS: Final = frozenset(
    {"AmazonEKSEditPolicy", "AmazonEKSAdminViewPolicy", "AmazonEKSSecretReaderPolicy"}
)
"""Beside those of administrators (EKS user guide, "Review access policy permissions"); the view policy leaves
Secrets out."""
_MASTERS: Final = "system:masters"


@resource_rule(
    "iam-eks-access-api",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-14", "SEC-03")),
    remedy="Set access_config with authentication_mode='API'; a way back to the ConfigMap does not exist.",
    exemptible=False,
)
def eks_access_api(cluster: ResourceView) -> Findings:
    """Access to the cluster is access entries alone, not a ConfigMap that a pod could change."""
    mode = cluster.text("accessConfig.authenticationMode")
    if mode != "API":
        yield f"authenticationMode is {mode or 'not set'}, not API"


@resource_rule(
    "iam-eks-creator",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-14", "SEC-03")),
    remedy="Set bootstrap_cluster_creator_admin_permissions=False, and give the deployer an access entry.",
)
def eks_creator(cluster: ResourceView) -> Findings:
    """Whoever created the cluster has no hidden right to administer it."""
    if cluster.flag("accessConfig.bootstrapClusterCreatorAdminPermissions", default=True):
        yield "bootstrapClusterCreatorAdminPermissions is not false"


@resource_rule(
    "iam-eks-admins",
    subjects=(*ACCESS_POLICIES, *ACCESS_ENTRIES),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-14", "SEC-03")),
    remedy="Give people AmazonEKSEditPolicy or AmazonEKSViewPolicy; pipeline and break-glass administer.",
    settings=ADMIN_ROLES,
)
def eks_admins(entry: ResourceView, settings: Settings) -> Findings:
    """Only the pipeline's role and the break-glass role administer the cluster.

    Nobody is in `system:masters`, which no access entry can take away again.
    """
    if entry.type in ACCESS_ENTRIES:
        if _MASTERS in entry.items("kubernetesGroups"):
            yield f"it is in the group {_MASTERS}"
        return
    yield from _for_the_whole_cluster(entry, _ADMINISTRATION, settings)


@resource_rule(
    "iam-eks-secrets-scoped",
    subjects=ACCESS_POLICIES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-02", "SEC-03")),
    remedy="Give AmazonEKSViewPolicy for the cluster, and this one with a scope of named namespaces.",
    settings=ADMIN_ROLES,
)
def eks_secrets_scoped(entry: ResourceView, settings: Settings) -> Findings:
    """Only who administers the cluster reads the Secrets of every namespace."""
    yield from _for_the_whole_cluster(entry, _SEES_SECRETS, settings)


def _for_the_whole_cluster(entry: ResourceView, policies: frozenset[str], settings: Settings) -> Findings:
    policy = entry.text("policyArn").rpartition("/")[2]
    # What a namespace's own administrator or editor may do stays within that namespace.
    whole = entry.text("accessScope.type", "cluster") == "cluster" or "*" in entry.items(
        "accessScope.namespaces"
    )
    if policy in policies and whole:
        principal = entry.text("principalArn")
        if not administers(principal.rpartition("/")[2], settings["admin_roles"]):
            yield f"{principal.rpartition('/')[2]} has {policy} for the whole cluster"
