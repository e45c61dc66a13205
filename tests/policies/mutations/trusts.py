"""Breakages of trust: who may become a role, and which service account wears which role."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    Edit,
    adding,
    with_document,
    with_new,
    with_reference,
    with_statement,
    without,
)
from tests.policies.mutations.mutation import Estate, Mutation, label, mutation

_ROLES: Final = ("aws:iam/role:Role",)
_ADDONS: Final = ("aws:eks/addon:Addon",)
_STRANGER: Final = "arn:aws:iam::999988887777:root"
_NO_SOURCE: Final = frozenset({"ec2.amazonaws.com", "lambda.amazonaws.com", "s3.amazonaws.com"})
"""Services whose trust takes no condition."""


def trusts(estate: Estate) -> Iterator[Mutation]:
    """Break trust documents, and the pairs of roles and service accounts."""
    for role in estate.of(*_ROLES):
        yield from _trust(role, estate)
    yield from _service_accounts(estate)


def _trust(role: Resource, estate: Estate) -> Iterator[Mutation]:
    def trusted(what: str, edit: Edit, *rules: str) -> Mutation:
        return mutation(
            f"{label(role)}: {what}", with_document(role.urn, "assumeRolePolicy", edit), caught_by=rules
        )

    assume = {"Action": "sts:AssumeRole"}
    yield trusted("trusts everyone", with_statement({**assume, "Principal": "*"}), "iam-assume-role-scoped")
    yield trusted(
        "trusts every AWS principal",
        with_statement({**assume, "Principal": {"AWS": "*"}}),
        "iam-assume-role-scoped",
    )
    yield trusted(
        "trusts another account",
        with_statement({**assume, "Principal": {"AWS": _STRANGER}}),
        "iam-assume-role-scoped",
    )
    yield trusted(
        "trusts all but one",
        with_statement({**assume, "NotPrincipal": {"AWS": _STRANGER}}),
        "iam-assume-role-scoped",
    )
    yield trusted(
        "trusts a service for any account",
        with_statement({**assume, "Principal": {"Service": "scheduler.amazonaws.com"}}),
        "iam-assume-role-scoped",
    )
    yield trusted(
        "trusts a role of another environment",
        with_statement(
            {
                **assume,
                "Principal": {"AWS": f"arn:aws:iam::{estate.account_id}:role/fleet-erp-{estate.other}-odoo"},
            }
        ),
        "net-env-isolation",
    )
    yield trusted(
        "trusts every repository of an organization",
        with_statement(_github(estate, {"StringLike": {_GITHUB_SUB: "repo:example/*"}})),
        "iam-ci-oidc-exact",
    )
    yield trusted(
        "trusts GitHub without a repository",
        with_statement(_github(estate, {"StringEquals": {_GITHUB_AUD: "sts.amazonaws.com"}})),
        "iam-ci-oidc-exact",
    )
    document = json.loads(role.inputs["assumeRolePolicy"])
    for at, statement in enumerate(document["Statement"]):
        principal = statement["Principal"]
        service = principal.get("Service") if isinstance(principal, dict) else None
        if service and service not in _NO_SOURCE:
            yield trusted(
                f"{service} without its condition",
                lambda document, at=at: document["Statement"][at].pop("Condition"),
                "iam-assume-role-scoped",
            )
        if isinstance(principal, dict) and "Federated" in principal:
            yield from _web_identity(role, at, statement)


_GITHUB_SUB: Final = "token.actions.githubusercontent.com:sub"
_GITHUB_AUD: Final = "token.actions.githubusercontent.com:aud"


def _github(estate: Estate, condition: dict[str, Any]) -> dict[str, Any]:
    provider = f"arn:aws:iam::{estate.account_id}:oidc-provider/token.actions.githubusercontent.com"
    return {
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": condition,
    }


def _web_identity(role: Resource, at: int, statement: dict[str, Any]) -> Iterator[Mutation]:
    """Break the trust of a service account: any account, any audience, patterns instead of names."""
    condition = statement["Condition"]["StringEquals"]
    subject = next(key for key in condition if key.endswith(":sub"))
    audience = next(key for key in condition if key.endswith(":aud"))
    used = condition[subject]
    unused = ("iam-irsa-one-to-one",)

    def trusted(what: str, value: dict[str, Any], *rules: str) -> Mutation:
        return mutation(
            f"{label(role)}: {what}",
            with_document(
                role.urn,
                "assumeRolePolicy",
                lambda document: document["Statement"][at].update(Condition=value),
            ),
            caught_by=rules,
        )

    aud = {audience: "sts.amazonaws.com"}
    yield trusted("no audience", {"StringEquals": {subject: used}}, "iam-irsa-trust-exact")
    yield trusted(
        "another audience",
        {"StringEquals": {subject: used, audience: "example.com"}},
        "iam-irsa-trust-exact",
    )
    yield trusted("no subject", {"StringEquals": aud}, "iam-irsa-trust-exact")
    namespace = used.rsplit(":", 1)[0]
    yield trusted(
        "every account of the namespace",
        {"StringLike": {subject: f"{namespace}:*"}, "StringEquals": aud},
        "iam-irsa-trust-exact",
        *unused,
    )
    yield trusted(
        "a pattern that only one account meets",
        {"StringLike": {subject: used}, "StringEquals": aud},
        "iam-irsa-trust-exact",
    )
    yield trusted(
        "only if there is a subject",
        {"StringEqualsIfExists": {subject: used}, "StringEquals": aud},
        "iam-irsa-trust-exact",
    )
    yield trusted(
        "two accounts",
        {"StringEquals": {subject: [used, f"{namespace}:another"], **aud}},
        "iam-irsa-trust-exact",
        *unused,
    )
    yield trusted(
        "another account",
        {"StringEquals": {subject: f"{namespace}:another", **aud}},
        *unused,
    )


def _service_accounts(estate: Estate) -> Iterator[Mutation]:
    """Let a role be used by nobody, by a second add-on, or let an add-on use another's."""
    addons = [addon for addon in estate.of(*_ADDONS) if "serviceAccountRoleArn" in addon.inputs]
    roles = {
        addon.urn: role
        for addon in addons
        for role in estate.of(*_ROLES)
        if role.outputs.get("arn") == addon.inputs["serviceAccountRoleArn"]
    }
    for addon, other in zip(addons, addons[1:] + addons[:1], strict=True):
        yield mutation(
            f"{label(addon)}: with the role of {other.name}",
            with_reference(addon.urn, "serviceAccountRoleArn", roles[other.urn], "arn"),
            caught_by=("iam-irsa-one-to-one",),
        )
        yield mutation(f"without {label(addon)}", without(addon.urn), caught_by=("iam-irsa-one-to-one",))
    for addon in addons:
        role = roles[addon.urn]
        twin = with_new(
            estate.graph,
            *_ROLES,
            f"{role.name}-twin",
            {"name": f"{role.inputs['name']}-twin", "assumeRolePolicy": role.inputs["assumeRolePolicy"]},
            like=role,
        )
        yield mutation(
            f"{label(role)}: a second role for its account",
            adding(twin),
            caught_by=("iam-irsa-one-to-one",),
        )
    cluster = estate.of("aws:eks/cluster:Cluster")[0]
    association = with_new(
        estate.graph,
        "aws:eks/podIdentityAssociation:PodIdentityAssociation",
        "odoo",
        {
            "clusterName": cluster.inputs["name"],
            "namespace": "odoo",
            "serviceAccount": "odoo",
            "roleArn": roles[addons[0].urn].outputs["arn"],
        },
        like=cluster,
    )
    yield mutation("a pod identity", adding(association), caught_by=("iam-no-pod-identity",))
