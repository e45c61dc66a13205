"""Breakages of permissions: what roles may do, and whom the policies of topics and logs let in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    Edit,
    adding,
    with_document,
    with_input,
    with_new,
    with_statement,
    without,
)
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

_ROLES: Final = ("aws:iam/role:Role",)
_POLICIES: Final = ("aws:iam/rolePolicy:RolePolicy",)
_ATTACHMENTS: Final = ("aws:iam/rolePolicyAttachment:RolePolicyAttachment",)
_LOG_POLICIES: Final = ("aws:cloudwatch/logResourcePolicy:LogResourcePolicy",)
_TOPIC_POLICIES: Final = ("aws:sns/topicPolicy:TopicPolicy",)
_TOPICS: Final = ("aws:sns/topic:Topic",)
_STRANGER: Final = "arn:aws:iam::999988887777:root"

_ACCESS_KEY: Final = "AKIA" + "IOSFODNN7EXAMPLE"
"""Put together here, so that no scanner takes this file for a leak."""

_GRANTS: Final[dict[str, tuple[dict[str, Any], tuple[str, ...]]]] = {
    "everything": ({"Action": "*", "Resource": "*"}, ("iam-no-admin", "dat-nonprod-restore-rights")),
    "everything but one action": (
        {"NotAction": "iam:DeleteUser", "Resource": "*"},
        ("iam-no-admin", "dat-nonprod-restore-rights"),
    ),
    "everything about S3": (
        {"Action": "s3:*", "Resource": "*"},
        (
            "iam-no-wildcard-action",
            "iam-no-wildcard-resource",
            "iam-no-data-exfiltration",
            "iam-no-resource-exposure",
        ),
    ),
    "writing anywhere": ({"Action": "s3:PutObject", "Resource": "*"}, ("iam-no-wildcard-resource",)),
    "deleting any database": (
        {"Action": "rds:DeleteDBInstance", "Resource": "*"},
        ("iam-no-wildcard-resource",),
    ),
    "reading every object": ({"Action": "s3:GetObject", "Resource": "*"}, ("iam-no-data-exfiltration",)),
    "reading every secret": (
        {"Action": "secretsmanager:GetSecretValue", "Resource": "*"},
        ("iam-no-data-exfiltration",),
    ),
    "decrypting with every key": (
        {"Action": "kms:Decrypt", "Resource": "*"},
        ("iam-kms-decrypt-scoped", "iam-no-wildcard-resource"),
    ),
    "passing every role": ({"Action": "iam:PassRole", "Resource": "*"}, ("iam-passrole-scoped",)),
    "becoming any role": (
        {"Action": "sts:AssumeRole", "Resource": "*"},
        ("iam-no-wildcard-resource", "iam-no-credentials-exposure"),
    ),
    "becoming the role for emergencies": (
        {"Action": "sts:AssumeRole", "Resource": "arn:aws:iam::111122223333:role/fleet-erp-break-glass-prod"},
        ("iam-no-admin-chain",),
    ),
    "changing its own policy": (
        {"Action": "iam:PutRolePolicy", "Resource": "*"},
        ("iam-no-escalation", "iam-no-resource-exposure"),
    ),
    "making an access key": (
        {"Action": "iam:CreateAccessKey", "Resource": "*"},
        ("iam-no-escalation", "iam-no-credentials-exposure", "iam-no-wildcard-resource"),
    ),
    "opening any bucket": (
        {"Action": "s3:PutBucketPolicy", "Resource": "*"},
        ("iam-no-resource-exposure",),
    ),
    "an action that no service has": (
        {"Action": "s3:GetObjects", "Resource": "*"},
        ("iam-document-valid",),
    ),
    "a condition that nobody knows": (
        {
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::one/*",
            "Condition": {"StringEquals": {"s3:NoSuchKey": "x"}},
        },
        ("iam-document-valid",),
    ),
}
"""What is granted in addition, and which rules find it."""


def identity(estate: Estate) -> Iterator[Mutation]:
    """Break identity policies, attachments and the policies of topics and logs."""
    for policy in estate.of(*_POLICIES):
        yield from _policy(policy)
    for role in estate.of(*_ROLES):
        yield from _attached(role, estate)
    yield from _nodes(estate)
    yield from _plain_secrets(estate)
    for holder in (*estate.of(*_TOPIC_POLICIES), *estate.of(*_LOG_POLICIES)):
        yield from _resource_policy(holder, estate)
    for topic in estate.of(*_TOPICS):
        for policy in estate.of(*_TOPIC_POLICIES):
            yield mutation(
                f"without {label(policy)}", without(policy.urn), caught_by=("tls-queue-topic-policy",)
            )
            yield mutation(
                f"{label(policy)} without its denial",
                with_document(policy.urn, "policy", _without("DenyWithoutTls")),
                caught_by=("tls-queue-topic-policy",),
            )
        yield broken(topic, "kmsMasterKeyId", estate.foreign_key, "enc-key-per-environment")


def _without(sid: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"] = [entry for entry in document["Statement"] if entry["Sid"] != sid]

    return edit


def _policy(policy: Resource) -> Iterator[Mutation]:
    for what, (statement, rules) in _GRANTS.items():
        yield mutation(
            f"{label(policy)}: {what}",
            with_document(policy.urn, "policy", with_statement(statement)),
            caught_by=rules,
        )
    yield mutation(
        f"{label(policy)}: no version",
        with_document(policy.urn, "policy", lambda document: document.pop("Version")),
        caught_by=("iam-document-valid",),
    )
    document = json.loads(policy.inputs["policy"])
    for at, statement in enumerate(document["Statement"]):
        if "kms:Decrypt" in _listed(statement["Action"]) and "key/*" in str(statement["Resource"]):
            yield mutation(
                f"{label(policy)}: {statement['Sid']} for every alias",
                with_document(policy.urn, "policy", _without_alias(at)),
                caught_by=("iam-kms-decrypt-scoped",),
            )


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _without_alias(at: int) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        document["Statement"][at]["Condition"].pop("ForAnyValue:StringEquals")

    return edit


def _attached(role: Resource, estate: Estate) -> Iterator[Mutation]:
    of_nodes = ("iam-node-role-minimal",) if role.name == "node-role" else ()
    for name, rule in (
        ("AdministratorAccess", "iam-no-admin-attached"),
        ("IAMFullAccess", "iam-no-admin-attached"),
        ("AmazonS3FullAccess", "iam-no-full-access-attached"),
    ):
        attachment = with_new(
            estate.graph,
            *_ATTACHMENTS,
            f"{role.name}-{name}",
            {"policyArn": f"arn:aws:iam::aws:policy/{name}", "role": role.inputs["name"]},
            like=role,
        )
        yield mutation(
            f"{label(role)}: {name} attached",
            adding(attachment),
            caught_by=(rule, *of_nodes),
        )
    policies = [
        policy for policy in estate.of(*_POLICIES) if role in estate.depended_on(policy, "role", *_ROLES)
    ]
    if policies:
        yield _split_escalation(role, policies[0], estate)


def _split_escalation(role: Resource, policy: Resource, estate: Estate) -> Mutation:
    """Give the two halves of an escalation to two policies of one role."""
    half = {"Sid": "Half", "Effect": "Allow", "Action": "cloudformation:CreateStack", "Resource": "*"}
    other = with_new(
        estate.graph,
        *_POLICIES,
        f"{role.name}-half",
        {
            "role": role.inputs["name"],
            "policy": json.dumps({"Version": "2012-10-17", "Statement": [half]}),
        },
        like=policy,
    )
    return mutation(
        f"{label(role)}: an escalation in two policies",
        adding(other),
        with_document(policy.urn, "policy", with_statement({"Action": "iam:PassRole", "Resource": "*"})),
        caught_by=("iam-no-escalation-combined", "iam-passrole-scoped", "iam-no-wildcard-resource"),
    )


def _nodes(estate: Estate) -> Iterator[Mutation]:
    role = next(role for role in estate.of(*_ROLES) if role.name == "node-role")
    for name in ("AmazonEKS_CNI_Policy", "AmazonSSMFullAccess", "CloudWatchAgentServerPolicy"):
        attachment = with_new(
            estate.graph,
            *_ATTACHMENTS,
            f"node-role-{name}-more",
            {"policyArn": f"arn:aws:iam::aws:policy/{name}", "role": role.inputs["name"]},
            like=role,
        )
        full = ("iam-no-full-access-attached",) if "FullAccess" in name else ()
        yield mutation(f"nodes with {name}", adding(attachment), caught_by=("iam-node-role-minimal", *full))
    inline = with_new(
        estate.graph,
        *_POLICIES,
        "node-role-inline",
        {
            "role": role.inputs["name"],
            "policy": json.dumps(
                {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Sid": "Read",
                            "Effect": "Allow",
                            "Action": "s3:GetObject",
                            "Resource": "arn:aws:s3:::one/*",
                        }
                    ],
                }
            ),
        },
        like=role,
    )
    yield mutation("nodes with an inline policy", adding(inline), caught_by=("iam-node-role-minimal",))


def _resource_policy(holder: Resource, estate: Estate) -> Iterator[Mutation]:
    path = "policy" if holder.type in _TOPIC_POLICIES else "policyDocument"
    rule = "iam-messaging-policy" if holder.type in _TOPIC_POLICIES else "iam-resource-policy"
    action = "sns:Publish" if holder.type in _TOPIC_POLICIES else "logs:PutLogEvents"
    resource = holder.inputs.get("arn") or f"arn:aws:logs:{estate.region}:{estate.account_id}:*"
    for what, principal in (
        ("everyone", "*"),
        ("every AWS principal", {"AWS": "*"}),
        ("another account", {"AWS": _STRANGER}),
    ):
        yield mutation(
            f"{label(holder)}: {what} is let in",
            with_document(
                holder.urn,
                path,
                with_statement({"Principal": principal, "Action": action, "Resource": resource}),
            ),
            caught_by=(rule,),
        )
    yield mutation(
        f"{label(holder)}: a service for any account",
        with_document(
            holder.urn,
            path,
            with_statement(
                {
                    "Principal": {"Service": "backup.amazonaws.com"},
                    "Action": action,
                    "Resource": resource,
                }
            ),
        ),
        caught_by=("iam-confused-deputy",),
    )
    document = json.loads(holder.inputs[path])
    for at, statement in enumerate(document["Statement"]):
        services = statement["Principal"].get("Service") if isinstance(statement["Principal"], dict) else None
        if services and "Condition" in statement:
            yield mutation(
                f"{label(holder)}: {statement['Sid']} without its condition",
                with_document(
                    holder.urn, path, lambda document, at=at: document["Statement"][at].pop("Condition")
                ),
                caught_by=("iam-confused-deputy",),
            )


def _plain_secrets(estate: Estate) -> Iterator[Mutation]:
    """Write a secret down where it does not belong."""
    for role in estate.of(*_ROLES)[:2]:
        yield mutation(
            f"{label(role)}: an access key in its description",
            with_input(role.urn, "description", f"Deploys with {_ACCESS_KEY}"),
            caught_by=("iam-no-plaintext-secret-elsewhere",),
        )
