"""Sets of permissions that give more than they say."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from policies.aws.actions import Access, access, allowed_among, allowed_by, readable
from policies.aws.document_places import PERMISSIONS, Use
from policies.aws.documents import Document, Statement, documents
from policies.aws.escalation import (
    HARMLESS_CREDENTIALS,
    PASS_ROLE,
    Reach,
    dangers,
    grants_all,
    open_ended,
    reach,
)
from policies.aws.roles import documents_of_role
from policies.aws.tokens import ROLES
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)
from policies.identity.admin_roles import ADMIN_ROLES, may_mean_one

ASSUME_ROLE: Final = "sts:assumerole"


def _relevant(statements: Iterable[Statement]) -> list[Statement]:
    """Leave out what grants everything: iam-no-admin speaks about that."""
    return [statement for statement in statements if not (statement.allows and grants_all(statement))]


def _methods(found: Reach) -> list[str]:
    """Give the ways to escalate, without those that contain a shorter one."""
    ways = {name: actions for name, actions in dangers().methods.items() if found.of_method(actions)}
    return sorted(
        name for name, actions in ways.items() if not any(other < actions for other in ways.values())
    )


@resource_rule(
    "iam-no-escalation",
    subjects=tuple(PERMISSIONS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_286",), ("SEC-03",)),
    remedy="Take one action out, name its resource, or ask for a boundary with iam:PermissionsBoundary.",
)
def no_escalation(resource: ResourceView) -> Findings:
    """No identity policy holds a known set of actions that leads to more privileges.

    The sets are those published by Rhino Security Labs and pathfinding.cloud, as cloudsplaining keeps them.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for name in _methods(reach(_relevant(document.statements))):
            actions = readable(dangers().methods[name], most=5)
            yield f"the {document.place.what} allows {actions}: the escalation {name}"


@joined_rule(
    "iam-no-escalation-combined",
    subjects=ROLES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_286",), ("SEC-03",)),
    remedy="Take one action of the set out of one of the policies, or give the two tasks roles of their own.",
)
def no_escalation_combined(role: ResourceView, graph: Graph) -> Findings:
    """No role's policies add up to a known set of actions that leads to more privileges."""
    parts: list[Document] = list(documents_of_role(role, graph))
    if len(parts) < 2:  # noqa: PLR2004  (a single document is iam-no-escalation's)
        return
    alone = {name for part in parts for name in _methods(reach(_relevant(part.statements)))}
    together = reach(_relevant(statement for part in parts for statement in part.statements))
    for name in _methods(together):
        if name not in alone:
            actions = readable(dangers().methods[name], most=5)
            yield f"its policies together allow {actions}: the escalation {name}"


def _everywhere(document: Document, wanted: frozenset[str]) -> Iterator[tuple[Statement, frozenset[str]]]:
    """Give the statements that allow some of the wanted actions without naming a resource."""
    for statement in _relevant(document.allowing):
        if found := (allowed_among(statement, wanted) if open_ended(statement) else frozenset()):
            yield statement, found


@resource_rule(
    "iam-no-data-exfiltration",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_288",), ("SEC-03", "SEC-14"), ("8(5)",)),
    remedy="Name the bucket, the parameter path or the secret that is read.",
)
def no_data_exfiltration(resource: ResourceView) -> Findings:
    """Reading objects, parameters and secrets names what is read."""
    for document in documents(resource, Use.PERMISSIONS):
        for statement, found in _everywhere(document, dangers().exfiltration):
            yield f"{statement.label} of the {document.place.what} allows {readable(found)} on everything"


@resource_rule(
    "iam-no-credentials-exposure",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_287",), ("SEC-03",)),
    remedy="Name the role, the database user or the other thing that the credentials are for.",
)
def no_credentials_exposure(resource: ResourceView) -> Findings:
    """Actions that return credentials name what they are for.

    Those that take no resource and open nothing by themselves pass: `HARMLESS_CREDENTIALS` says which and
    why.
    """
    wanted = dangers().credentials - HARMLESS_CREDENTIALS.keys()
    for document in documents(resource, Use.PERMISSIONS):
        for statement, found in _everywhere(document, wanted):
            yield f"{statement.label} of the {document.place.what} allows {readable(found)} on everything"


@resource_rule(
    "iam-no-resource-exposure",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_289",), ("SEC-03",)),
    remedy="Name the resources whose permissions may change.",
)
def no_resource_exposure(resource: ResourceView) -> Findings:
    """Actions that change permissions name the resources whose permissions change.

    The access level "Permissions management" of AWS's service authorization reference.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for statement in _relevant(document.allowing):
            found = (
                {
                    action
                    for action in allowed_by(statement)
                    if Access.PERMISSIONS in access(action) and action != PASS_ROLE
                }
                if open_ended(statement)
                else set()
            )
            if found:
                yield f"{statement.label} of the {document.place.what} allows {readable(found)} on everything"


@resource_rule(
    "iam-no-admin-chain",
    subjects=tuple(PERMISSIONS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "SEC-14")),
    remedy="Name another role, and give that one what is needed; a person takes the emergency role himself.",
    settings=ADMIN_ROLES,
)
def no_admin_chain(resource: ResourceView, settings: Settings) -> Findings:
    """No role of the estate may become one that administers, by sts:AssumeRole.

    Who may become such a role has all its rights: iam-no-credentials-exposure speaks about every role.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for statement in _relevant(document.allowing):
            if open_ended(statement) or not allowed_among(statement, (ASSUME_ROLE,)):
                continue
            named = [name.rpartition("/")[2] for name in statement.resources if ":role/" in name]
            for role in named:
                if may_mean_one(role, settings["admin_roles"]):
                    yield f"{statement.label} of the {document.place.what} may become {role}"


@resource_rule(
    "iam-passrole-scoped",
    subjects=tuple(PERMISSIONS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03",)),
    remedy="Name the roles, and the one service they are passed to with StringEquals on iam:PassedToService.",
)
def passrole_scoped(resource: ResourceView) -> Findings:
    """iam:PassRole names the roles and the service they are passed to."""
    for document in documents(resource, Use.PERMISSIONS):
        for statement in _relevant(document.allowing):
            if not allowed_among(statement, (PASS_ROLE,)):
                continue
            if open_ended(statement) or any(name.endswith(":role/*") for name in statement.resources):
                yield f"{statement.label} of the {document.place.what} passes every role"
            if not statement.narrowed_by("iam:PassedToService"):
                yield f"{statement.label} of the {document.place.what} passes roles to any service"
