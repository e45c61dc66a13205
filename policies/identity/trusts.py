"""Trust documents: who may become a role."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from policies.aws.document_places import Use
from policies.aws.documents import Condition, Statement, documents
from policies.aws.principals import foreign, public, unscoped_services
from policies.aws.service_account_roles import (
    PROVIDERS,
    built_for,
    is_service_account_role,
    trusts_service_account,
)
from policies.aws.tokens import ROLES
from policies.framework import (
    Controls,
    Findings,
    NotJudged,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
)

AUDIENCE: Final = "sts.amazonaws.com"
GITHUB: Final = "token.actions.githubusercontent.com"


def _statements(role: ResourceView) -> Iterator[Statement]:
    for document in documents(role, Use.TRUST):
        yield from document.allowing


@resource_rule(
    "iam-assume-role-scoped",
    subjects=ROLES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_60", "CKV_AWS_61", "CKV_AWS_364"), ("SEC-03", "ISO-01")),
    remedy="Name the principals; give services a condition on aws:SourceAccount or aws:SourceArn.",
    by_reference=True,
)
def assume_role_scoped(role: ResourceView) -> Findings:
    """Only named principals of this account become a role; services do so for this account only.

    The trust of a service account is unknown before the cluster exists: it holds the cluster's issuer. Then
    it is judged by its origin, as iam-irsa-trust-exact says.
    """
    if role.is_unknown("assumeRolePolicy") and built_for(role):
        return
    for statement in _statements(role):
        if public(statement):
            yield role.finding(
                f"{statement.label} of the trust lets everyone become the role", aspect="public"
            )
        for account in foreign(statement, role):
            yield role.finding(
                f"{statement.label} of the trust lets {account} become the role", aspect="foreign"
            )
        if services := unscoped_services(statement, Use.TRUST, "trust"):
            yield role.finding(
                f"{statement.label} of the trust lets {', '.join(services)} act for any account",
                aspect="deputy",
            )


def _exact_value(statement: Statement, key: str) -> tuple[str | None, str | None]:
    """Give the one value that the statement asks for, or why there is none."""
    found = [condition for condition in statement.conditions if condition.key.endswith(f":{key}")]
    if not found:
        return None, f"does not ask for :{key}"
    exact = [condition for condition in found if _equals(condition)]
    if not exact:
        return None, f"compares :{key} with {found[0].operator or 'nothing'}, not with StringEquals"
    if any(len(condition.values) != 1 for condition in exact):
        return None, f"admits {len(exact[0].values)} values of :{key}"
    return exact[0].values[0], None


def _equals(condition: Condition) -> bool:
    return condition.operator == "stringequals" and not condition.if_exists and not condition.qualifier


@resource_rule(
    "iam-irsa-trust-exact",
    subjects=ROLES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "OPS-04", "ISO-03")),
    remedy="Use infra.cluster.ServiceAccountRole, which compares subject and audience with StringEquals.",
    by_reference=True,
)
def irsa_trust_exact(role: ResourceView) -> Findings:
    """The role of a service account trusts exactly one account of one namespace, and the right audience.

    In the first preview of a new stack the trust is unknown as a whole, because it holds the cluster's
    issuer. Then the role is judged by where it comes from: it is a child of `ServiceAccountRole`, which
    states its namespace and service account as inputs, and its trust depends on the cluster's identity
    provider. The text itself is judged as soon as there is one. Any other role with an unknown trust is not
    judged.
    """
    if role.is_unknown("assumeRolePolicy"):
        account = built_for(role)
        if account is None:
            raise NotJudged("assumeRolePolicy is not known yet, and no component says whom it is for", role)
        if any(part.strip() in {"", "default"} or set("*?") & set(part) for part in account):
            yield f"it is for {'/'.join(account)}, which is not one service account"
        if not role.link("assumeRolePolicy").targets(*PROVIDERS):
            yield "its trust does not come from the cluster's identity provider"
        return
    for statement in _statements(role):
        if not trusts_service_account(statement) or _is_github(statement):
            continue
        subject, why = _exact_value(statement, "sub")
        if why:
            yield f"{statement.label} of the trust {why}"
        elif not re.fullmatch(r"system:serviceaccount:[a-z0-9-]+:[a-z0-9.-]+", subject or ""):
            yield f"{statement.label} of the trust is for {subject}, which is not one service account"
        audience, why = _exact_value(statement, "aud")
        if why or audience != AUDIENCE:
            yield f"{statement.label} of the trust {why or f'is for the audience {audience}'}"


def _is_github(statement: Statement) -> bool:
    return any(GITHUB in principal.name for principal in statement.principals)


_OWNER: Final = r"[A-Za-z0-9-]+(@\d+)?"
_REPOSITORY: Final = r"[\w.-]+(@\d+)?"
_SUBJECT: Final = re.compile(
    rf"repo:{_OWNER}/{_REPOSITORY}:(environment:[\w.-]+|ref:refs/(heads|tags)/[\w./-]+|pull_request)"
)
"""Subjects of GitHub's tokens, with and without the immutable ids that repositories made since 2026 carry."""


@resource_rule(
    "iam-ci-oidc-exact",
    subjects=ROLES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_358", "CKV_AWS_393"), ("PROMO-01", "SEC-03")),
    remedy="Compare :sub with StringEquals to repo:<owner>/<repository>:environment:<name>, and :aud too.",
    exemptible=False,
)
def ci_oidc_exact(role: ResourceView) -> Findings:
    """The pipeline's roles trust one repository and one environment, branch or kind of run.

    A subject such as `repo:org/*` lets every repository of the organization deploy.
    """
    if role.is_unknown("assumeRolePolicy") and is_service_account_role(role):
        return
    for statement in _statements(role):
        if not _is_github(statement):
            continue
        subject, why = _exact_value(statement, "sub")
        if why:
            yield f"{statement.label} of the trust {why}"
        elif not _SUBJECT.fullmatch(subject or ""):
            yield f"{statement.label} of the trust is for {subject}: not one repository and environment"
        audience, why = _exact_value(statement, "aud")
        if why or audience != AUDIENCE:
            yield f"{statement.label} of the trust {why or f'is for the audience {audience}'}"
