"""Key policies: whoever they let in, no IAM policy can keep out."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.actions import allowed_among
from policies.aws.document_places import KEY_DOCUMENTS, Use
from policies.aws.documents import Document, Statement, documents
from policies.aws.principals import foreign, public, unscoped_services
from policies.aws.tokens import KEYS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)

KEY_POLICIES: Final = ("aws:kms/keyPolicy:KeyPolicy",)
_CHANGES_POLICY: Final = "kms:putkeypolicy"


def _policies(key: ResourceView, graph: Graph) -> Iterator[Document]:
    """Give the key's policy, inline or as a resource of its own."""
    yield from documents(key, Use.RESOURCE)
    for policy in graph.attached(key, "keyId", *KEY_POLICIES):
        yield from documents(policy, Use.RESOURCE)


@joined_rule(
    "iam-key-policy",
    subjects=KEYS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV2_AWS_64",), ("SEC-06", "SEC-03", "ISO-01"), ("8(5)",)),
    remedy="Give the key a policy that hands its administration to the account's IAM and names who uses it.",
)
def key_policy(key: ResourceView, graph: Graph) -> Findings:
    """Every key has a policy of its own, under which somebody can still change it.

    Without one AWS writes a policy that opens the key to whatever IAM in the account allows; with one that
    lets nobody change it, only AWS support can get the key back.
    """
    policies = list(_policies(key, graph))
    if not policies:
        yield "it has no policy of its own"
    elif not any(
        statement.principals and allowed_among(statement, (_CHANGES_POLICY,))
        for policy in policies
        for statement in policy.allowing
    ):
        yield key.finding(
            "its policy lets nobody change it: the key would be locked for ever", aspect="lockout"
        )


@resource_rule(
    "iam-key-policy-principals",
    subjects=tuple(KEY_DOCUMENTS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("KMS.5",), ("CKV_AWS_33",), ("SEC-06", "SEC-03", "ISO-01"), ("8(5)",)),
    remedy="Name the roles and services of this account, or say who calls with kms:CallerAccount.",
)
def key_policy_principals(key: ResourceView) -> Findings:
    """No key policy lets in everyone or another account."""
    for document in documents(key, Use.RESOURCE):
        for statement in document.allowing:
            if public(statement):
                yield key.finding(f"{statement.label} of the key policy lets everyone in", aspect="public")
            for account in foreign(statement, key):
                # With its number, so that an exemption for one account is none for the next.
                number = account.removeprefix("account ")
                yield key.finding(
                    f"{statement.label} of the key policy lets in {account}",
                    aspect=f"foreign-{number}" if number.isdigit() else "foreign",
                )


@resource_rule(
    "iam-key-policy-services",
    subjects=tuple(KEY_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06", "SEC-03")),
    remedy="Add a condition on aws:SourceAccount, aws:SourceArn or the encryption context.",
)
def key_policy_services(key: ResourceView) -> Findings:
    """Services use a key for this account only.

    A service that fills in no source cannot be limited: `WITHOUT_SOURCE` says which and why.
    """
    for document in documents(key, Use.RESOURCE):
        for statement in document.allowing:
            if services := unscoped_services(statement, Use.RESOURCE, document.place.what):
                yield f"{statement.label} of the key policy lets {', '.join(services)} act for any account"


def _whole_key(statement: Statement) -> bool:
    return any(action in {"*", "kms:*"} for action in statement.actions) or bool(statement.not_actions)


@resource_rule(
    "iam-key-policy-actions",
    subjects=tuple(KEY_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-06", "SEC-03")),
    remedy="Leave administration to the account itself (…:root); name what a role or service needs.",
)
def key_policy_actions(key: ResourceView) -> Findings:
    """Only the account itself may do everything with a key; whoever else is named gets named actions."""
    for document in documents(key, Use.RESOURCE):
        for statement in document.allowing:
            others = [
                principal.name
                for principal in statement.principals
                if not (
                    principal.type == "AWS" and (principal.name.endswith(":root") or principal.name.isdigit())
                )
            ]
            if _whole_key(statement) and others:
                yield f"{statement.label} of the key policy allows everything to {', '.join(others)}"
