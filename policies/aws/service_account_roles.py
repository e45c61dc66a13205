"""Roles of Kubernetes service accounts (IRSA): whose they are, also before their trust is known."""

from __future__ import annotations

import re
from typing import Final

from policies.aws.document_places import Use
from policies.aws.documents import Statement, documents
from policies.framework import Graph, ResourceView

COMPONENT: Final = "fleet:cluster:ServiceAccountRole"
"""The component that builds such roles; it states `namespace` and `serviceAccount` as inputs."""

PROVIDERS: Final = ("aws:iam/openIdConnectProvider:OpenIdConnectProvider",)
ACTION: Final = "sts:assumerolewithwebidentity"
_SUBJECT: Final = re.compile(r"system:serviceaccount:(?P<namespace>[^:]+):(?P<account>[^:]+)")

ServiceAccount = tuple[str, str]
"""Namespace and name."""


def is_service_account_role(role: ResourceView) -> bool:
    """Whether the role is built by the component for such roles."""
    parent_type = (role.parent or "").rpartition("::")[0].rpartition("::")[2]
    return parent_type.rpartition("$")[2] == COMPONENT


def built_for(role: ResourceView) -> ServiceAccount | None:
    """Give the service account that the role's component states; None for any other role.

    Raises NeedsStack while only one resource is judged.
    """
    if not is_service_account_role(role):
        return None
    if role.graph is None:
        role.link("assumeRolePolicy").targets(*PROVIDERS)  # asks for the stack, or says what is not known
    component = role.graph.by_urn.get(role.parent or "") if role.graph else None
    if component is None or component.type != COMPONENT:
        return None
    if not component.has("namespace") or not component.has("serviceAccount"):
        return None
    return component.text("namespace"), component.text("serviceAccount")


def trusts_service_account(statement: Statement) -> bool:
    """Whether the statement lets web identities in."""
    return statement.allows and (
        ACTION in statement.actions
        or any(principal.type == "Federated" for principal in statement.principals)
    )


def service_accounts_of(role: ResourceView) -> list[ServiceAccount]:
    """Give the service accounts that a role trusts, by its trust or, while that is unknown, by its component.

    Raises NotJudged when neither is known.
    """
    if role.is_unknown("assumeRolePolicy") and (stated := built_for(role)):
        return [stated]
    return [
        (matched["namespace"], matched["account"])
        for document in documents(role, Use.TRUST)
        for statement in document.allowing
        if trusts_service_account(statement)
        for condition in statement.conditions
        if condition.key.endswith(":sub")
        for value in condition.values
        if (matched := _SUBJECT.fullmatch(value))
    ]


def service_account_roles(graph: Graph) -> dict[str, list[ServiceAccount]]:
    """Give the roles of service accounts by URN. Raises NotJudged for a role whose trust nobody can tell."""
    found = {}
    for role in graph.of("aws:iam/role:Role"):
        accounts = service_accounts_of(role)
        if accounts:
            found[role.urn] = accounts
    return found
