"""What identity policies grant: actions and resources by name, nothing by a star."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.aws.actions import (
    Access,
    access,
    acts_on,
    allowed_among,
    allowed_by,
    condition_keys,
    is_known,
    readable,
)
from policies.aws.document_places import PERMISSIONS, PLACES, Use
from policies.aws.documents import Document, Statement, documents, names_nothing
from policies.aws.escalation import PASS_ROLE, grants_all, open_ended, unrestricted_actions
from policies.aws.service_account_roles import built_for
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule

_VERSION = "2012-10-17"


@resource_rule(
    "iam-document-valid",
    subjects=tuple(PLACES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03",)),
    by_reference=True,
    remedy="Check actions, condition keys and resource types in AWS's service authorization reference.",
)
def document_valid(resource: ResourceView) -> Findings:
    """Every document is one that IAM takes, with actions that exist.

    IAM takes any text as an action, a condition key or a resource. One that does not exist grants nothing and
    forbids nothing, and no other rule would see what was meant.
    """
    for document in _known_documents(resource):
        if document.version != _VERSION:
            version = document.version or "not given"
            yield f"the version of the {document.place.what} is {version}, not {_VERSION}"
        for statement in document.statements:
            for mistake in statement.mistakes:
                yield f"{statement.label} of the {document.place.what}: {mistake}"
            unknown = sorted(
                action for action in (*statement.actions, *statement.not_actions) if not is_known(action)
            )
            if unknown:
                yield resource.finding(
                    f"{statement.label} of the {document.place.what} names {', '.join(unknown)},"
                    " which no service has",
                    aspect="unknown-action",
                )
                continue
            if keys := _unknown_keys(statement):
                yield resource.finding(
                    f"{statement.label} of the {document.place.what} has a condition on {', '.join(keys)},"
                    " which none of its actions knows",
                    aspect="unknown-condition",
                )
            if document.place.use is Use.PERMISSIONS and (wrong := _wrong_resources(statement)):
                yield resource.finding(
                    f"{statement.label} of the {document.place.what} names {', '.join(wrong)},"
                    " on which none of its actions acts",
                    aspect="wrong-resource",
                )


def _known_documents(resource: ResourceView) -> Iterator[Document]:
    """Give the documents; none for a service account's trust before the cluster exists."""
    if resource.is_unknown("assumeRolePolicy") and built_for(resource):
        yield from documents(resource, Use.PERMISSIONS)
    else:
        yield from documents(resource)


def _unknown_keys(statement: Statement) -> list[str]:
    """Give the keys of conditions that no action of the statement knows; all know the global ones."""
    if grants_all(statement):
        return []
    named = [
        condition.key
        for condition in statement.conditions
        if not condition.key.startswith("aws:") and not re.search(r"[./]", condition.key.partition(":")[0])
    ]
    if not named:
        return []
    known = {key for action in allowed_by(statement) for key in condition_keys(action)}
    return sorted({key for key in named if not any(_is_key(key, of) for of in known)})


def _is_key(key: str, known: str) -> bool:
    return key == known or (known.endswith(("/", ":")) and key.startswith(known))


def _wrong_resources(statement: Statement) -> list[str]:
    if grants_all(statement):
        return []
    named = [resource for resource in statement.resources if not names_nothing(resource)]
    actions = allowed_by(statement) if named else frozenset()
    return [resource for resource in named if not acts_on(actions, resource)]


@resource_rule(
    "iam-no-admin",
    subjects=tuple(PERMISSIONS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("IAM.1",), ("CKV_AWS_62", "CKV2_AWS_40"), ("SEC-03",), ("8(5)",)),
    remedy="Name the actions that are needed.",
    exemptible=False,
)
def no_admin(resource: ResourceView) -> Findings:
    """No identity policy grants everything.

    `NotAction` in an Allow grants everything else, also what AWS will add tomorrow.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for statement in document.allowing:
            if not grants_all(statement):
                continue
            if statement.actions:
                yield f"{statement.label} of the {document.place.what} allows every action"
            else:
                yield (
                    f"{statement.label} of the {document.place.what} allows every action but"
                    f" {', '.join(statement.not_actions[:3])}"
                )


def _whole_services(statement: Statement) -> list[str]:
    return sorted(
        {
            action
            for action in statement.actions
            if action.strip("*:") and not action.partition(":")[2].strip("*?")
        }
    )


@resource_rule(
    "iam-no-wildcard-action",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("IAM.21",), ("CKV_AWS_63",), ("SEC-03",)),
    remedy="Name the actions; a prefix such as s3:Get* is as far as a star may go.",
)
def no_wildcard_action(resource: ResourceView) -> Findings:
    """No identity policy grants a whole service."""
    for document in documents(resource, Use.PERMISSIONS):
        for statement in document.allowing:
            if services := _whole_services(statement):
                yield f"{statement.label} of the {document.place.what} allows {', '.join(services)}"


@resource_rule(
    "iam-no-wildcard-resource",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_290", "CKV_AWS_355"), ("SEC-03",)),
    remedy=(
        "Give the ARNs, or a condition on a tag of the resource; take the ARNs from Naming, which knows them"
        " before they exist."
    ),
)
def no_wildcard_resource(resource: ResourceView) -> Findings:
    """Actions that write name the resources they write to.

    Access levels and resource types come from AWS's service authorization reference: an action that takes no
    resource (`cloudwatch:PutMetricData`) can only be written with a star and passes. Actions that change
    permissions are iam-no-resource-exposure's, iam:PassRole is iam-passrole-scoped's.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for statement in document.allowing:
            if grants_all(statement):
                continue  # iam-no-admin says it
            writes = {
                action
                for action in unrestricted_actions(statement)
                if access(action) & {Access.WRITE, Access.TAGGING}
                and Access.PERMISSIONS not in access(action)
                and action != PASS_ROLE
            }
            if writes:
                yield (
                    f"{statement.label} of the {document.place.what} names no resource for {readable(writes)}"
                )


_SCOPED_KEY_ACTIONS = frozenset(
    {"kms:decrypt", "kms:reencryptfrom", "kms:generatedatakey", "kms:creategrant"}
)


def _any_key(statement: Statement) -> bool:
    """Whether the keys are left open: no ARN of a key, and no alias asked for."""
    return open_ended(statement) or (
        not statement.condition("kms:ResourceAliases", "aws:ResourceTag/")
        and any(
            resource.startswith("arn:") and resource.rpartition(":")[2] in {"key/*", "*"}
            for resource in statement.resources
        )
    )


@resource_rule(
    "iam-kms-decrypt-scoped",
    subjects=tuple(PERMISSIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("KMS.1", "KMS.2"), (), ("SEC-03", "SEC-06", "ISO-01"), ("8(5)",)),
    remedy=(
        "Name the key's ARN; where it is not known beforehand, every key of the account with a condition"
        " ForAnyValue:StringEquals on kms:ResourceAliases."
    ),
)
def kms_decrypt_scoped(resource: ResourceView) -> Findings:
    """Decryption names its keys, by ARN or by alias.

    `kms:ViaService` says through which service, not with which key.
    """
    for document in documents(resource, Use.PERMISSIONS):
        for statement in document.allowing:
            used = frozenset() if grants_all(statement) else allowed_among(statement, _SCOPED_KEY_ACTIONS)
            if used and _any_key(statement):
                yield f"{statement.label} of the {document.place.what} allows {readable(used)} with every key"
