"""Who a document lets in: everyone, another account, or a service that may act for somebody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from policies.aws.document_places import Use
from policies.aws.documents import Principal, Statement
from policies.framework import NotJudged, ResourceView

CALLER_KEYS: Final = (
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOwner",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "kms:CallerAccount",
    "s3:DataAccessPointAccount",
)
"""Conditions that say who calls. A statement for everyone with one of them is not public."""

_ACCOUNT_KEYS: Final = (
    "aws:PrincipalAccount",
    "aws:SourceAccount",
    "aws:SourceOwner",
    "kms:CallerAccount",
    "s3:DataAccessPointAccount",
)

SOURCE_KEYS: Final = (
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
    # CloudWatch Logs sends the log group it encrypts instead: KMS developer guide, "Encryption context".
    "kms:EncryptionContext:",
)
"""Conditions that say for whom a service acts: IAM user guide, "The confused deputy problem"."""

AWS_ACCOUNTS: Final[Mapping[str, str]] = {
    "718504428378": "Elastic Load Balancing in ap-south-1 writes access logs with it",
    "114774131450": "Elastic Load Balancing in ap-southeast-1 writes access logs with it",
}
"""Accounts of AWS itself that documents may name, and what they do."""

WITHOUT_SOURCE: Final[Mapping[Use, Mapping[str, str]]] = {
    Use.TRUST: {
        "ec2.amazonaws.com": (
            "an instance takes the role of an instance profile of its own account; no source is sent"
        ),
        "lambda.amazonaws.com": (
            "a function takes a role of its own account, which the deployer must be allowed to pass; no"
            " source is sent"
        ),
        "s3.amazonaws.com": (
            "replication takes a role of the bucket's own account; the trust in the S3 user guide has no"
            ' condition ("Setting up permissions for live replication")'
        ),
    },
    Use.RESOURCE: {
        "events.amazonaws.com": (
            "EventBridge sends no source to SNS and KMS: with a condition its messages vanish without an"
            " error (SNS developer guide, key management)"
        ),
        "cloudwatch.amazonaws.com": (
            "the key policies for alarms in the CloudWatch guide have no condition; the topic's own policy"
            " asks for the account"
        ),
        "budgets.amazonaws.com": (
            "the key policy in the budgets guide has no condition; the topic's own policy asks for the"
            " account"
        ),
        "costalerts.amazonaws.com": (
            "the key policy in the cost anomaly guide has no condition; the topic's own policy asks for the"
            " account"
        ),
        "events.rds.amazonaws.com": (
            "the key policy in the RDS guide has no condition; the topic's own policy asks for the account"
        ),
    },
}
"""Services that fill in no source, by what the document is for, and why: nothing to compare with."""

ONLY_IN_KEY_POLICIES: Final = frozenset(
    {
        "budgets.amazonaws.com",
        "cloudwatch.amazonaws.com",
        "costalerts.amazonaws.com",
        "events.rds.amazonaws.com",
    }
)
"""Of `WITHOUT_SOURCE`: those that do fill in a source everywhere but in their calls to KMS."""

_REGION: Final = re.compile(r"\.[a-z]{2}(-[a-z]+)+-\d(?=\.amazonaws\.com$)")


def service_name(principal: str) -> str:
    """Give a service principal without its region: `logs.ap-south-1.amazonaws.com` → `logs.amazonaws.com`."""
    return _REGION.sub("", principal)


def own_accounts(resource: ResourceView) -> frozenset[str]:
    """Give the accounts that the resource's provider may work in; none when it says nothing."""
    provider = resource.provider_block
    if provider.is_unknown("allowedAccountIds") or not provider.has("allowedAccountIds"):
        return frozenset()
    value: Any = provider.get("allowedAccountIds")
    if isinstance(value, str):  # the engine keeps lists of a provider's configuration as JSON texts
        try:
            value = json.loads(value)
        except ValueError:
            value = [value]
    return frozenset(str(account) for account in (value if isinstance(value, list) else [value]))


def public(statement: Statement) -> bool:
    """Whether the statement grants to everyone, without a condition that says who calls."""
    return statement.allows and statement.admits_everyone and not statement.narrowed_by(*CALLER_KEYS)


def foreign(statement: Statement, resource: ResourceView) -> Iterator[str]:
    """Give the accounts outside this environment that the statement grants to, as texts for a message.

    Raises NotJudged when the provider does not say which accounts are ours.
    """
    if not statement.allows or statement.narrowed_by("aws:PrincipalOrgID", "aws:PrincipalOrgPaths"):
        return
    for who, account in _accounts(statement):
        if account is None:
            yield f"{who}, whose account nobody can tell"
        elif account not in AWS_ACCOUNTS:
            ours = own_accounts(resource)
            if not ours:
                raise NotJudged("the provider has no allowedAccountIds to tell our accounts by", resource)
            if account not in ours:
                yield f"account {account}"


def _accounts(statement: Statement) -> Iterator[tuple[str, str | None]]:
    for principal in statement.principals:
        if principal.type == "AWS" and not principal.everyone:
            yield principal.name, principal.account
        elif principal.type == "CanonicalUser":
            yield f"canonical user {principal.name}", None
    if statement.admits_everyone:
        for condition in statement.condition(*_ACCOUNT_KEYS):
            yield from ((condition.key, value) for value in condition.values if value.isdigit())
        for condition in statement.condition("aws:PrincipalArn"):
            named = (value for value in condition.values if value.strip("*"))
            yield from ((value, Principal("AWS", value).account) for value in named)


_BELOW_ACCOUNT: Final = re.compile(r"/AWSLogs/(?:[\w-]+/)?\d{12}/")


def _below_account(statement: Statement) -> bool:
    """Whether everything lies below `AWSLogs/<account>/`, where services write for that account alone."""
    return bool(statement.resources) and all(map(_BELOW_ACCOUNT.search, statement.resources))


def unscoped_services(statement: Statement, use: Use, what: str) -> list[str]:
    """Give the service principals that the statement lets act for anybody's account.

    A service that fills in no source is left out: there is nothing to compare with.
    """
    if not statement.allows or statement.narrowed_by(*SOURCE_KEYS) or _below_account(statement):
        return []
    without = WITHOUT_SOURCE.get(use, {})
    services = (
        service_name(principal.name) for principal in statement.principals if principal.type == "Service"
    )
    return sorted(
        {
            service
            for service in services
            if service not in without or (service in ONLY_IN_KEY_POLICIES and what != "key policy")
        }
    )
