"""Rows of the rules about trusts and service accounts."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, thing
from tests.policies.identity.fixtures import (
    AWS,
    FOREIGN,
    FOREIGN_ACCOUNT,
    ISSUER,
    OIDC,
    ROOT,
    SAME_ACCOUNT,
    allow,
    by_account,
    by_service,
    service_account_role,
    text,
    trust,
)
from tests.policies.table import Break, Row

_GIVEN: Final = "statement Given of the trust"
_GITHUB: Final = "token.actions.githubusercontent.com"
_CLUSTER: Final = "aws:eks/cluster:Cluster"
_ADDON: Final = "aws:eks/addon:Addon"
_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
_RELEASE: Final = "kubernetes:helm.sh/v3:Release"
_SCHEDULER: Final = trust(by_service("scheduler.amazonaws.com", Condition=SAME_ACCOUNT))


def _trusts(*statements: Any) -> dict[str, Any]:
    return {"role.assumeRolePolicy": text(*statements)}


def _by_repository(subject: Any, operator: str = "StringEquals") -> dict[str, Any]:
    return by_account(subject, issuer=_GITHUB, operator=operator)


_COMPONENT, _ODOO = service_account_role()
_TRUSTED: Final = trust(by_account(), name="odoo")
_ARN: Final = f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-prod-odoo"
_USES_ODOO: Final = thing(
    _ACCOUNT,
    "odoo-account",
    metadata={
        "name": "odoo",
        "namespace": "erp",
        "annotations": {"eks.amazonaws.com/role-arn": Ref("odoo", "arn")},
    },
)
_GOOD_SUBJECT: Final = "repo:example/fleet-erp:environment:prod"

ROWS: Final = (
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER, OIDC, *service_account_role()),
        (
            Break(
                _trusts(by_service("scheduler.amazonaws.com")),
                {"role": f"{_GIVEN} lets scheduler.amazonaws.com act for any account"},
                aspect="deputy",
            ),
            Break(
                _trusts(
                    by_service(
                        "scheduler.amazonaws.com",
                        Condition={"StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT_ID}},
                    )
                ),
                {"role": f"{_GIVEN} lets scheduler.amazonaws.com act for any account"},
                aspect="deputy",
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(by_service("ec2.amazonaws.com")),
            _trusts(allow("sts:AssumeRole", Principal={"AWS": ROOT})),
            _trusts(
                by_service(
                    "eks.amazonaws.com",
                    Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT_ID}:*"}},
                )
            ),
        ),
    ),
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER),
        (
            Break(
                _trusts(allow("sts:AssumeRole", Principal={"AWS": "*"})),
                {"role": f"{_GIVEN} lets everyone become the role"},
                aspect="public",
            ),
            Break(
                _trusts({**allow("sts:AssumeRole"), "NotPrincipal": {"AWS": ROOT}}),
                {"role": f"{_GIVEN} lets everyone become the role"},
                aspect="public",
            ),
        ),
        unknown="role.assumeRolePolicy",
    ),
    Row(
        "iam-assume-role-scoped",
        (AWS, _SCHEDULER),
        (
            Break(
                _trusts(allow("sts:AssumeRole", Principal={"AWS": FOREIGN})),
                {"role": f"{_GIVEN} lets account {FOREIGN_ACCOUNT} become the role"},
                aspect="foreign",
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(
                allow(
                    "sts:AssumeRole",
                    Principal={"AWS": FOREIGN},
                    Condition={"StringEquals": {"aws:PrincipalOrgID": "o-example"}},
                )
            ),
        ),
    ),
    Row(
        "iam-irsa-trust-exact",
        (AWS, OIDC, trust(by_account()), *service_account_role()),
        (
            Break(
                _trusts(by_account(operator="StringLike")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringlike, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringlike, not with StringEquals",
                    )
                },
            ),
            Break(
                _trusts(by_account("system:serviceaccount:erp:*")),
                {"role": f"{_GIVEN} is for system:serviceaccount:erp:*, which is not one service account"},
            ),
            Break(
                _trusts(by_account(["system:serviceaccount:erp:odoo", "system:serviceaccount:erp:gps"])),
                {"role": f"{_GIVEN} admits 2 values of :sub"},
            ),
            Break(
                _trusts(by_account(audience="example.com")),
                {"role": f"{_GIVEN} is for the audience example.com"},
            ),
            Break(
                _trusts(
                    allow(
                        "sts:AssumeRoleWithWebIdentity",
                        Principal={"Federated": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/{ISSUER}"},
                        Condition={"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}},
                    )
                ),
                {"role": f"{_GIVEN} does not ask for :sub"},
            ),
            Break(
                _trusts(by_account(operator="StringEqualsIfExists")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringequals, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringequals, not with StringEquals",
                    )
                },
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(_trusts(by_service("ec2.amazonaws.com")), _trusts(_by_repository(_GOOD_SUBJECT))),
    ),
    Row(
        "iam-ci-oidc-exact",
        (AWS, trust(_by_repository(_GOOD_SUBJECT)), OIDC, *service_account_role()),
        (
            Break(
                _trusts(_by_repository("repo:example/*:environment:prod")),
                {
                    "role": f"{_GIVEN} is for repo:example/*:environment:prod:"
                    " not one repository and environment"
                },
            ),
            Break(
                _trusts(_by_repository("repo:example/fleet-erp:*", operator="StringLike")),
                {
                    "role": (
                        f"{_GIVEN} compares :sub with stringlike, not with StringEquals",
                        f"{_GIVEN} compares :aud with stringlike, not with StringEquals",
                    )
                },
            ),
            Break(
                _trusts(by_account(_GOOD_SUBJECT, "example.com", issuer=_GITHUB)),
                {"role": f"{_GIVEN} is for the audience example.com"},
            ),
        ),
        unknown="role.assumeRolePolicy",
        also_holds=(
            _trusts(_by_repository("repo:example@1234/fleet-erp@5678:environment:prod")),
            _trusts(_by_repository("repo:example/fleet-erp:ref:refs/heads/main")),
            _trusts(_by_repository("repo:example/fleet-erp:pull_request")),
        ),
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, OIDC, _COMPONENT, _ODOO, _USES_ODOO),
        (
            Break({"odoo-account": DROP}, {"odoo": "nothing uses the role of erp/odoo"}, aspect="unused"),
            # A chart names the role alone, so only the role's component tells whose it is meant to be.
            Break(
                {
                    "odoo-account": thing(_RELEASE, "odoo-release", values={"role": _ARN}),
                    "odoo.assumeRolePolicy": text(by_account("system:serviceaccount:erp:gps")),
                },
                {"odoo": "it trusts erp/gps and is built for erp/odoo"},
                aspect="other",
            ),
        ),
        unknown=None,
        also_holds=(
            {
                "odoo-account": thing(
                    _RELEASE, "odoo-release", values={"serviceAccount": {"annotations": {"role": _ARN}}}
                )
            },
            {
                "odoo-account": thing(
                    _ADDON, "addon", addonName="another", serviceAccountRoleArn=Ref("odoo", "arn")
                )
            },
        ),
        holds_unknown=(
            {
                "odoo-account": thing(
                    _RELEASE, "odoo-release", values={"serviceAccount": {"role": Ref("odoo", "arn")}}
                )
            },
        ),
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {"odoo-account.metadata.name": "gps"},
                {"odoo-account": "erp/gps uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
            Break(
                {
                    "odoo-account": thing(
                        _ADDON, "cni", addonName="vpc-cni", serviceAccountRoleArn=Ref("odoo", "arn")
                    )
                },
                {"cni": "kube-system/aws-node uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
            Break(
                {
                    "odoo-account": thing(
                        _ADDON,
                        "efs",
                        addonName="aws-efs-csi-driver",
                        configurationValues=f'{{"node": {{"annotations": {{"role": "{_ARN}"}}}}}}',
                    )
                },
                {"efs": "kube-system/efs-csi-node-sa uses odoo, which trusts erp/odoo"},
                aspect="disagree",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {
                    "odoo.assumeRolePolicy": text(
                        by_account(["system:serviceaccount:erp:odoo", "system:serviceaccount:erp:gps"])
                    )
                },
                {"odoo": "it serves 2 service accounts"},
                aspect="shared",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-irsa-one-to-one",
        (AWS, _TRUSTED, _USES_ODOO),
        (
            Break(
                {},
                {"second": "erp/odoo has another role already: odoo"},
                plus=(
                    trust(by_account(), name="second"),
                    thing(
                        _RELEASE,
                        "user",
                        values={"arn": f"arn:aws:iam::{ACCOUNT_ID}:role/fleet-erp-prod-second"},
                    ),
                ),
                aspect="second",
            ),
        ),
        unknown="odoo.assumeRolePolicy",
    ),
    Row(
        "iam-no-pod-identity",
        (thing(_CLUSTER, "cluster", name="fleet-erp-prod"),),
        (
            Break(
                {},
                {"odoo": "it hands a role to pods beside the trust of the role's own service account"},
                plus=(thing("aws:eks/podIdentityAssociation:PodIdentityAssociation", "odoo"),),
            ),
        ),
        unknown=None,
    ),
    Row(
        "iam-no-users",
        (_SCHEDULER,),
        (
            Break({}, {"alice": "it is an IAM user"}, plus=(thing("aws:iam/user:User", "alice"),)),
            Break(
                {},
                {"alice-key": "it is an access key that never ends"},
                plus=(thing("aws:iam/accessKey:AccessKey", "alice-key", user="alice"),),
            ),
        ),
        unknown=None,
    ),
)
