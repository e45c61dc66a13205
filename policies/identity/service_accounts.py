"""Roles of service accounts and of nodes, in the stack as a whole."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, Final

from policies.aws.document_places import Use
from policies.aws.documents import documents
from policies.aws.roles import attachments_of, inline_of
from policies.aws.service_account_roles import ServiceAccount, built_for, service_account_roles
from policies.aws.tokens import NODE_GROUPS, ROLES
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    stack_rule,
)
from policies.framework.values import UNKNOWN, Secret
from policies.k8s.tokens import CHARTS
from policies.k8s.tokens import RELEASES as RELEASE_TOKENS

ADDONS: Final = ("aws:eks/addon:Addon",)
KUBERNETES_ACCOUNTS: Final = (
    "kubernetes:core/v1:ServiceAccount",
    "kubernetes:core/v1:ServiceAccountPatch",
)
RELEASES: Final = (*RELEASE_TOKENS, *CHARTS)
POD_IDENTITIES: Final = ("aws:eks/podIdentityAssociation:PodIdentityAssociation",)
_ANNOTATION: Final = "eks.amazonaws.com/role-arn"

ADDON_ACCOUNTS: Final = {
    "vpc-cni": ("kube-system", "aws-node"),
    "aws-ebs-csi-driver": ("kube-system", "ebs-csi-controller-sa"),
    "aws-efs-csi-driver": ("kube-system", "efs-csi-controller-sa"),
    "aws-mountpoint-s3-csi-driver": ("kube-system", "s3-csi-driver-sa"),
    "aws-fsx-csi-driver": ("kube-system", "fsx-csi-controller-sa"),
    "amazon-cloudwatch-observability": ("amazon-cloudwatch", "cloudwatch-agent"),
    "adot": ("opentelemetry-operator-system", "opentelemetry-operator"),
    "external-dns": ("external-dns", "external-dns"),
    "cert-manager": ("cert-manager", "cert-manager"),
}
"""Service accounts that EKS add-ons run with: EKS user guide, "AWS add-ons" and "Community add-ons"."""

ADDON_PARTS: Final = {
    "aws-efs-csi-driver": {
        "controller": ("kube-system", "efs-csi-controller-sa"),
        "node": ("kube-system", "efs-csi-node-sa"),
    },
}
"""Add-ons with several service accounts: the part of their configuration that annotates each."""


@stack_rule(
    "iam-irsa-one-to-one",
    subjects=(*ROLES, *ADDONS, *KUBERNETES_ACCOUNTS, *RELEASES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "OPS-04", "ISO-03")),
    remedy="One ServiceAccountRole for each service account; annotate that account alone with its ARN.",
)
def irsa_one_to_one(graph: Graph) -> Findings:
    """One role for one service account, the annotation names the role that trusts it, and no role is unused.

    Whose a role is comes from its trust, or from its component while the trust is unknown. Who uses it comes
    from annotations of service accounts and from add-ons; a release uses a role when its values hold the
    role's name or depend on the role.
    """
    roles = service_account_roles(graph)
    holders: dict[ServiceAccount, list[ResourceView]] = defaultdict(list)
    for urn, accounts in roles.items():
        role = graph.by_urn[urn]
        for account in accounts:
            holders[account].append(role)
        if len(accounts) > 1:
            yield role.finding(f"it serves {len(accounts)} service accounts", aspect="shared")
        stated = built_for(role)
        for account in accounts:
            if stated is not None and account != stated:
                yield role.finding(
                    f"it trusts {'/'.join(account)} and is built for {'/'.join(stated)}", aspect="other"
                )
    for account, several in holders.items():
        for role in several[1:]:
            yield role.finding(
                f"{'/'.join(account)} has another role already: {several[0].name}", aspect="second"
            )
    used: set[str] = set()
    for user, role_urns, account in _uses(graph):
        used |= role_urns
        for urn in role_urns & roles.keys():
            if account and account not in roles[urn]:
                yield user.finding(
                    f"{'/'.join(account)} uses {graph.by_urn[urn].name}, which trusts"
                    f" {' and '.join('/'.join(trusted) for trusted in roles[urn])}",
                    aspect="disagree",
                )
    for urn in roles.keys() - used:
        role = graph.by_urn[urn]
        yield role.finding(f"nothing uses the role of {'/'.join(roles[urn][0])}", aspect="unused")


def _uses(graph: Graph) -> Iterator[tuple[ResourceView, set[str], ServiceAccount | None]]:
    """Give who uses which roles, and for which service account where the user says it."""
    for addon in graph.of(*ADDONS):
        if addon.has("serviceAccountRoleArn"):
            name = "" if addon.is_unknown("addonName") else addon.text("addonName")
            yield addon, _roles_at(addon, "serviceAccountRoleArn"), ADDON_ACCOUNTS.get(name)
        yield addon, _named_in(addon, "configurationValues", graph), None
        for values, account in _parts(addon):
            yield addon, _roles_named(values, graph), account
    for account in graph.of(*KUBERNETES_ACCOUNTS):
        if account.has("metadata.annotations"):
            yield account, _annotated(account, graph), _account_of(account)
    for release in graph.of(*RELEASES):
        yield release, _named_in(release, "values", graph), None


def _parts(addon: ResourceView) -> Iterator[tuple[Any, ServiceAccount]]:
    """Give the parts of an add-on's configuration that are about one service account each."""
    if addon.is_unknown("addonName") or not addon.has("configurationValues"):
        return
    parts = ADDON_PARTS.get(addon.text("addonName"))
    if parts is None or addon.is_unknown("configurationValues"):
        return
    try:
        values = json.loads(addon.text("configurationValues"))
    except ValueError:
        return  # YAML: the roles in it still count as used
    for name, account in parts.items():
        if isinstance(values, dict) and name in values:
            yield values[name], account


def _account_of(account: ResourceView) -> ServiceAccount | None:
    if account.is_unknown("metadata.namespace") or account.is_unknown("metadata.name"):
        return None
    return account.text("metadata.namespace", "default"), account.text("metadata.name", account.name)


def _roles_at(resource: ResourceView, path: str) -> set[str]:
    return {role.urn for role in resource.link(path).targets(*ROLES)}


def _annotated(account: ResourceView, graph: Graph) -> set[str]:
    """Give the roles that the annotation names. The key holds dots, so it is read from the object."""
    annotations = account.block("metadata.annotations").properties()
    value = annotations.get(_ANNOTATION) if isinstance(annotations, dict) else UNKNOWN
    value = value.value if isinstance(value, Secret) else value
    if value is None:
        return set()
    if isinstance(value, str):
        return {role.urn for role in graph.identified(value, *ROLES)}
    return _depended(account, "metadata", graph)


def _named_in(resource: ResourceView, path: str, graph: Graph) -> set[str]:
    """Give the roles whose ARN stands anywhere in a value, and those that unknown parts of it depend on."""
    if not resource.has(path):
        return set()
    values = resource.block(path).properties()
    named = _roles_named(values, graph)
    return named | (_depended(resource, path, graph) if _texts(values)[1] else set())


def _roles_named(values: Any, graph: Graph) -> set[str]:  # noqa: ANN401  (any wire value)
    texts = [text for text in _texts(values)[0] if ":role/" in text]
    if not texts:
        return set()
    return {
        role.urn
        for role in graph.of(*ROLES)
        for name in _names(role)
        if any(f":role/{name}" in text and _ends(text, f":role/{name}") for text in texts)
    }


def _ends(text: str, name: str) -> bool:
    """Whether the name ends where it is found, so that `…/odoo` is not taken for `…/odoo-jobs`."""
    after = text[text.index(name) + len(name) :][:1]
    return not (after.isalnum() or after in {"-", "_", "+", "=", ",", ".", "@", "/"}) or after == ""


def _names(role: ResourceView) -> Iterator[str]:
    for block in (role, role.outputs):
        if block.has("name") and not block.is_unknown("name"):
            yield block.text("name")


def _texts(tree: Any) -> tuple[list[str], bool]:  # noqa: ANN401  (any wire value)
    """Give every text in a tree, and whether some of it is unknown."""
    texts: list[str] = []
    unknown = False
    pending = [tree]
    while pending:
        node = pending.pop()
        if isinstance(node, Secret):
            pending.append(node.value)
        elif isinstance(node, dict):
            pending.extend(node.values())
        elif isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, str):
            texts.append(node)
        elif node is UNKNOWN:
            unknown = True
    return texts, unknown


def _depended(resource: ResourceView, path: str, graph: Graph) -> set[str]:
    """Give the roles that a property depends on, through components too."""
    found: set[str] = set()
    for source in resource.link(path).sources():
        found |= {inner.urn for inner in (source, *graph.descendants(source.urn)) if inner.type in ROLES}
    return found


NODE_POLICIES: Final = {
    "AmazonEKSWorkerNodePolicy": "a node joins the cluster",
    "AmazonEKSWorkerNodeMinimalPolicy": "a node joins the cluster",
    "AmazonEC2ContainerRegistryPullOnly": "a node pulls images",
    "AmazonEC2ContainerRegistryReadOnly": "a node pulls images",
    "AmazonSSMManagedInstanceCore": "people get into a node without SSH",
}
"""What a node's role may hold, and why."""

CNI_POLICY: Final = "AmazonEKS_CNI_Policy"


@joined_rule(
    "iam-node-role-minimal",
    subjects=NODE_GROUPS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "OPS-04")),
    remedy="Give the permission to the service account that needs it; the VPC CNI has a role of its own too.",
)
def node_role_minimal(nodes: ResourceView, graph: Graph) -> Findings:
    """The nodes' role holds what nodes need and nothing that a pod could borrow.

    `AmazonEKS_CNI_Policy` is let through only where the add-on vpc-cni has no role of its own.
    """
    for role in nodes.link("nodeRoleArn").targets(*ROLES):
        yield from _extra(nodes, role, graph)


def _extra(nodes: ResourceView, role: ResourceView, graph: Graph) -> Iterator[Finding]:
    for attachment in attachments_of(role, graph):
        link = attachment.link("policyArn")
        name = (link.value or "a policy of this stack").rpartition("/")[2]
        if name not in NODE_POLICIES and not (name == CNI_POLICY and not _cni_has_role(graph)):
            yield nodes.finding(f"its role {role.name} has {name}", aspect="attachment")
    for policy in inline_of(role, graph):
        yield nodes.finding(f"its role {role.name} has the inline policy {policy.name}", aspect="inline")
    if any(True for _ in documents(role, Use.PERMISSIONS)):
        yield nodes.finding(f"its role {role.name} has an inline policy", aspect="inline")
    for arn in role.items("managedPolicyArns"):
        if str(arn).rpartition("/")[2] not in NODE_POLICIES:
            yield nodes.finding(
                f"its role {role.name} has {str(arn).rpartition('/')[2]}", aspect="attachment"
            )


def _cni_has_role(graph: Graph) -> bool:
    return any(
        addon.has("serviceAccountRoleArn")
        for addon in graph.of(*ADDONS)
        if addon.text("addonName") == "vpc-cni"
    )


@stack_rule(
    "iam-no-pod-identity",
    subjects=POD_IDENTITIES,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "OPS-04")),
    remedy="Give the service account a ServiceAccountRole.",
)
def no_pod_identity(graph: Graph) -> Findings:
    """Pods take roles by IRSA alone, so that there is one place that says which pod may do what."""
    for association in graph.of(*POD_IDENTITIES):
        yield association.finding(
            "it hands a role to pods beside the trust of the role's own service account"
        )
