"""Roles with what is attached to them: inline policies, role policies and managed policies."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.aws.document_places import Use
from policies.aws.documents import Document, documents
from policies.framework import Graph, ResourceView

ROLE_POLICIES: Final = ("aws:iam/rolePolicy:RolePolicy",)
MANAGED_POLICIES: Final = ("aws:iam/policy:Policy",)
ROLE_ATTACHMENTS: Final = ("aws:iam/rolePolicyAttachment:RolePolicyAttachment",)

ATTACHMENTS: Final[Mapping[str, tuple[str, ...]]] = {
    "aws:iam/rolePolicyAttachment:RolePolicyAttachment": ("policyArn",),
    "aws:iam/userPolicyAttachment:UserPolicyAttachment": ("policyArn",),
    "aws:iam/groupPolicyAttachment:GroupPolicyAttachment": ("policyArn",),
    "aws:iam/policyAttachment:PolicyAttachment": ("policyArn",),
    "aws:iam/rolePolicyAttachmentsExclusive:RolePolicyAttachmentsExclusive": ("policyArns",),
    "aws:iam/userPolicyAttachmentsExclusive:UserPolicyAttachmentsExclusive": ("policyArns",),
    "aws:iam/groupPolicyAttachmentsExclusive:GroupPolicyAttachmentsExclusive": ("policyArns",),
    "aws:iam/role:Role": ("managedPolicyArns",),
    "aws:ssoadmin/managedPolicyAttachment:ManagedPolicyAttachment": ("managedPolicyArn",),
    "aws:ssoadmin/managedPolicyAttachmentsExclusive:ManagedPolicyAttachmentsExclusive": (
        "managedPolicyArns",
    ),
    "aws:rolesanywhere/profile:Profile": ("managedPolicyArns",),
}
"""Type token → properties that attach policies by ARN."""


def attachments_of(role: ResourceView, graph: Graph) -> list[ResourceView]:
    """Give the attachments of a role. Raises NotJudged when one cannot be traced."""
    return graph.attached(role, "role", *ROLE_ATTACHMENTS)


def inline_of(role: ResourceView, graph: Graph) -> list[ResourceView]:
    """Give the role policies of a role. Raises NotJudged when one cannot be traced."""
    return graph.attached(role, "role", *ROLE_POLICIES)


def documents_of_role(role: ResourceView, graph: Graph) -> Iterator[Document]:
    """Give every identity policy that this stack gives a role. Raises NotJudged for one that is unknown."""
    yield from documents(role, Use.PERMISSIONS)
    for policy in inline_of(role, graph):
        yield from documents(policy, Use.PERMISSIONS)
    for attachment in attachments_of(role, graph):
        for policy in attachment.link("policyArn").targets(*MANAGED_POLICIES):
            yield from documents(policy, Use.PERMISSIONS)
