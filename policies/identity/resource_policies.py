"""Policies of resources: who else gets in, and whether a service may be talked into acting for others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.document_places import (
    BUCKET_DOCUMENTS,
    ENDPOINT_DOCUMENTS,
    FILE_DOCUMENTS,
    FUNCTION_DOCUMENTS,
    FUNCTION_PERMISSIONS,
    KEY_DOCUMENTS,
    MESSAGING_DOCUMENTS,
    OTHER_DOCUMENTS,
    REPOSITORY_DOCUMENTS,
    RESOURCE_DOCUMENTS,
    SEARCH_DOCUMENTS,
    SECRET_DOCUMENTS,
    VAULT_DOCUMENTS,
    Use,
)
from policies.aws.documents import documents, permission_statement
from policies.aws.principals import foreign, public, unscoped_services
from policies.aws.tokens import BUCKET_ACLS, BUCKETS, ENDPOINTS, SEARCH_DOMAINS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    resource_rule,
)
from policies.framework.environments import ENVIRONMENTS

_NAME_CALLERS: Final = (
    "Name the roles and services of this account as principals, or say who calls in a condition."
)


def _let_in(resource: ResourceView) -> Iterator[Finding]:
    """Find the statements that let in everyone or another account."""
    for document in documents(resource, Use.RESOURCE):
        for statement in document.allowing:
            where = f"{statement.label} of the {document.place.what}"
            if public(statement):
                yield resource.finding(f"{where} lets everyone in", aspect="public")
            for account in foreign(statement, resource):
                yield resource.finding(f"{where} lets in {account}", aspect="foreign")


@resource_rule(
    "iam-s3-policy",
    subjects=tuple(BUCKET_DOCUMENTS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("S3.2", "S3.3", "S3.6"), ("CKV_AWS_70",), ("SEC-03", "SEC-14"), ("8(5)",)),
    remedy=_NAME_CALLERS,
    exemptible=False,
)
def s3_policy(bucket: ResourceView) -> Findings:
    """No policy of a bucket or access point lets in everyone or another account."""
    yield from _let_in(bucket)


_PUBLIC_ACLS: Final = frozenset({"public-read", "public-read-write", "authenticated-read", "website"})
_EVERYONE: Final = ("groups/global/AllUsers", "groups/global/AuthenticatedUsers")


@resource_rule(
    "iam-s3-acl",
    subjects=(*BUCKETS, *BUCKET_ACLS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("S3.2", "S3.3"), ("CKV_AWS_20", "CKV_AWS_57"), ("SEC-03", "SEC-14"), ("8(5)",)),
    remedy="Leave ACLs out: the bucket's owner enforces ownership, and policies say who gets in.",
    exemptible=False,
)
def s3_acl(bucket: ResourceView) -> Findings:
    """No ACL opens a bucket to everyone."""
    acl = bucket.text("acl")
    if acl in _PUBLIC_ACLS:
        yield f"its ACL is {acl}"
    for path in ("grants", "accessControlPolicy.grants"):
        for grant in bucket.blocks(path):
            uri = grant.text("uri") or grant.text("grantee.uri")
            if uri.endswith(_EVERYONE):
                yield f"{grant.at} grants to {uri.rpartition('/')[2]}"


@resource_rule(
    "iam-messaging-policy",
    subjects=tuple(MESSAGING_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("SNS.4", "SQS.3"), ("CKV_AWS_168", "CKV_AWS_169"), ("SEC-03",)),
    remedy=_NAME_CALLERS,
)
def messaging_policy(resource: ResourceView) -> Findings:
    """No policy of a topic, queue, bus or stream lets in everyone or another account."""
    yield from _let_in(resource)


@resource_rule(
    "iam-repository-policy",
    subjects=tuple(REPOSITORY_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_32",), ("SEC-03", "SEC-11")),
    remedy=_NAME_CALLERS,
)
def repository_policy(repository: ResourceView) -> Findings:
    """No policy of an image repository or registry lets in everyone or another account."""
    yield from _let_in(repository)


@resource_rule(
    "iam-secret-policy",
    subjects=tuple(SECRET_DOCUMENTS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-02", "SEC-03"), ("8(5)",)),
    remedy=_NAME_CALLERS,
    exemptible=False,
)
def secret_policy(secret: ResourceView) -> Findings:
    """No policy of a secret lets in everyone or another account."""
    yield from _let_in(secret)


@resource_rule(
    "iam-storage-policy",
    subjects=(*FILE_DOCUMENTS, *VAULT_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "SEC-13"), ("8(5)",)),
    remedy=_NAME_CALLERS,
)
def storage_policy(resource: ResourceView) -> Findings:
    """No policy of a file system or backup vault lets in everyone or another account."""
    yield from _let_in(resource)


@resource_rule(
    "iam-search-policy",
    subjects=tuple(SEARCH_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03", "SEC-14"), ("8(5)",)),
    remedy="Name the roles, or keep the domain in the VPC with fine-grained access control.",
)
def search_policy(domain: ResourceView) -> Findings:
    """No policy of a search domain lets in everyone or another account.

    A domain in the VPC with fine-grained access control decides itself who gets in: there the open policy is
    the one that AWS recommends (OpenSearch developer guide, "Fine-grained access control").
    """
    closed = (
        domain.type in SEARCH_DOMAINS
        and domain.has("vpcOptions")
        and domain.flag("advancedSecurityOptions.enabled")
    )
    for finding in _let_in(domain):
        if not (closed and finding.aspect == "public"):
            yield finding


@resource_rule(
    "iam-resource-policy",
    subjects=tuple(OTHER_DOCUMENTS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03",)),
    remedy=_NAME_CALLERS,
)
def resource_policy(resource: ResourceView) -> Findings:
    """No policy of any other resource lets in everyone or another account."""
    yield from _let_in(resource)


@resource_rule(
    "iam-function-policy",
    subjects=(*FUNCTION_PERMISSIONS, *FUNCTION_DOCUMENTS, "aws:lambda/functionUrl:FunctionUrl"),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("Lambda.1",), ("CKV_AWS_301", "CKV_AWS_258", "CKV_AWS_364"), ("SEC-03",)),
    remedy="Name the service and its source_account or source_arn; a URL needs authorization_type='AWS_IAM'.",
)
def function_policy(permission: ResourceView) -> Findings:
    """No function can be called by everyone, by another account, or by a service for anybody."""
    if permission.type in FUNCTION_DOCUMENTS:
        yield from _let_in(permission)
    elif permission.type in FUNCTION_PERMISSIONS:
        statement = permission_statement(permission)
        if public(statement):
            yield permission.finding("it lets everyone call the function", aspect="public")
        for account in foreign(statement, permission):
            yield permission.finding(f"it lets {account} call the function", aspect="foreign")
        for service in unscoped_services(statement, Use.RESOURCE, "function policy"):
            yield permission.finding(f"it lets {service} call the function for any account", aspect="deputy")
    elif permission.text("authorizationType") != "AWS_IAM":
        yield permission.finding("the function's URL asks nobody who calls", aspect="public")


_DEPUTIES: Final = tuple(token for token in RESOURCE_DOCUMENTS if token not in KEY_DOCUMENTS)


@resource_rule(
    "iam-confused-deputy",
    subjects=_DEPUTIES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-03",)),
    remedy="Add a condition on aws:SourceAccount or aws:SourceArn.",
)
def confused_deputy(resource: ResourceView) -> Findings:
    """Services that a resource's policy lets in act for this account only.

    Without a source condition anybody can have the service act on our resource from an account of his own
    (IAM user guide, "The confused deputy problem"). What is written below `AWSLogs/<account>/` says it in the
    ARN; `WITHOUT_SOURCE` says which services fill in no source and why.
    """
    for document in documents(resource, Use.RESOURCE):
        for statement in document.allowing:
            if services := unscoped_services(statement, Use.RESOURCE, document.place.what):
                yield (
                    f"{statement.label} of the {document.place.what} lets {', '.join(services)}"
                    " act for any account"
                )


DATA_SERVICES: Final = frozenset({"s3", "dynamodb", "sqs", "sns", "kinesis-streams"})
"""Services to whose resources in another account data could be carried off: their endpoints need a policy."""


@resource_rule(
    "iam-endpoint-policy",
    subjects=tuple(ENDPOINT_DOCUMENTS),
    severity=Severity.LOW,
    levels=advisory_in(*ENVIRONMENTS),
    controls=Controls((), (), ("SEC-03",)),
    remedy="Give the endpoint a policy that asks for aws:PrincipalAccount or names the resources.",
)
def endpoint_policy(endpoint: ResourceView) -> Findings:
    """Endpoint policies let only this account's principals or named resources through.

    Advisory: an endpoint policy grants nothing by itself, it stops data from leaving through the endpoint.
    """
    holds_data = (
        endpoint.type in ENDPOINTS and endpoint.text("serviceName").rpartition(".")[2] in DATA_SERVICES
    )
    if holds_data and not endpoint.has("policy"):
        yield "it has no policy, so it lets everything through"
    for document in documents(endpoint, Use.ENDPOINT):
        for statement in document.allowing:
            if statement.any_resource and public(statement):
                yield f"{statement.label} of the endpoint policy lets everyone through to every resource"
