"""Documents, roles and providers that the rows of this pack share."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, REGION, Ref, Thing, thing, urn_of

ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
POLICY: Final = "aws:iam/policy:Policy"
ATTACHMENT: Final = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
KEY: Final = "aws:kms/key:Key"
PROVIDER: Final = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
COMPONENT: Final = "fleet:cluster:ServiceAccountRole"

FOREIGN_ACCOUNT: Final = "444455556666"
ROOT: Final = f"arn:aws:iam::{ACCOUNT_ID}:root"
OURS: Final = {"AWS": ROOT}
EVERYONE: Final = {"AWS": "*"}
BREAK_GLASS: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-break-glass-prod"
FOREIGN: Final = f"arn:aws:iam::{FOREIGN_ACCOUNT}:root"
KEY_ARN: Final = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/11111111-2222-3333-4444-555555555555"
ANY_KEY: Final = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/*"
BUCKET: Final = "arn:aws:s3:::fleet-erp-prod-attachments"
TOPIC: Final = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:fleet-erp-prod-alarms"
SAME_ACCOUNT: Final = {"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}
ISSUER: Final = f"oidc.eks.{REGION}.amazonaws.com/id/EXAMPLE"

AWS: Final = thing("pulumi:providers:aws", "aws", region=REGION, allowedAccountIds=f'["{ACCOUNT_ID}"]')


def ours(entry: Thing) -> Thing:
    """Give the thing under the provider that says which account is ours."""
    return replace(entry, options={"provider": f"{urn_of('prod', AWS.token, AWS.name)}::aws-id"})


def allow(actions: Any, resources: Any = None, **elements: Any) -> dict[str, Any]:
    """Give a statement; elements by their names in the document, principals as `Principal`."""
    statement: dict[str, Any] = {"Sid": "Given", "Effect": "Allow", "Action": actions}
    if resources is not None:
        statement["Resource"] = resources
    return {**statement, **elements}


def text(*statements: Mapping[str, Any], version: str | None = "2012-10-17") -> str:
    """Give a document as JSON."""
    document: dict[str, Any] = {} if version is None else {"Version": version}
    return json.dumps({**document, "Statement": list(statements)})


def later(to: str, output: str, *statements: Mapping[str, Any]) -> Ref:
    """Give a document that holds an output of another thing, written `@@`: unknown until that is made."""
    return Ref(to, output, text(*statements).replace("@@", "{}"))


def trust(*statements: Mapping[str, Any], name: str = "role", **inputs: Any) -> Thing:
    """Give a role with a trust of these statements."""
    return ours(
        thing(ROLE, name, name=f"fleet-erp-prod-{name}", assumeRolePolicy=text(*statements), **inputs)
    )


def by_service(service: str, **elements: Any) -> dict[str, Any]:
    """Give a statement that trusts a service."""
    return allow("sts:AssumeRole", Principal={"Service": service}, **elements)


def by_account(
    subject: Any = "system:serviceaccount:erp:odoo",
    audience: Any = "sts.amazonaws.com",
    *,
    issuer: str = ISSUER,
    operator: str = "StringEquals",
) -> dict[str, Any]:
    """Give a statement that trusts a service account."""
    return allow(
        "sts:AssumeRoleWithWebIdentity",
        Principal={"Federated": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{issuer}"},
        Condition={operator: {f"{issuer}:sub": subject, f"{issuer}:aud": audience}},
    )


def permissions(*statements: Mapping[str, Any], name: str = "permissions", role: str = "worker") -> Thing:
    """Give a role policy of these statements."""
    return thing(ROLE_POLICY, name, name=name, role=role, policy=text(*statements))


def service_account_role(
    name: str = "odoo", namespace: str = "erp", account: str = "odoo"
) -> tuple[Thing, ...]:
    """Give the component of a service account's role, and the role; its trust waits for the cluster."""
    component = thing(COMPONENT, f"{name}-component", namespace=namespace, serviceAccount=account)
    role = ours(
        Thing(
            ROLE,
            name,
            {
                "name": f"fleet-erp-prod-{name}",
                "assumeRolePolicy": later(
                    "cluster-oidc",
                    "url",
                    by_account(f"system:serviceaccount:{namespace}:{account}", issuer="@@"),
                ),
            },
            parent=component.name,
        )
    )
    return component, role


OIDC: Final = thing(PROVIDER, "cluster-oidc", url=ISSUER)
