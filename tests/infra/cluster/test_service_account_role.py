"""Roles of service accounts: one role, one service account, the permissions given."""

from __future__ import annotations

from collections.abc import Callable

import pulumi
import pulumi_aws as aws
import pytest

from infra.cluster import ServiceAccountRole
from infra.identity import Statement
from infra.naming import Naming, NamingError
from preview.graph import UNKNOWN, ResourceGraph
from tests.conftest import ComponentRenderer

from .conftest import Clusters
from .reading import ATTACHMENT, OIDC_PROVIDER, ROLE, ROLE_POLICY, STACKS, attached_policies, document, only

ISSUER = "oidc.eks.ap-south-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
PROVIDER_ARN = f"arn:aws:iam::111122223333:oidc-provider/{ISSUER}"
READ = Statement(
    sid="ReadObjects", actions=("s3:GetObject",), resources=("arn:aws:s3:::fleet-erp-prod-example/*",)
)
PURPOSES = {
    "aws-node": "aws-node",
    "ebs-csi-controller": "ebs-csi-controller-sa",
    "efs-csi-controller": "efs-csi-controller-sa",
    "efs-csi-node": "efs-csi-node-sa",
}


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("role", PURPOSES)
@pytest.mark.parametrize("stack", STACKS)
def test_exactly_one_service_account_can_assume_a_role(clusters: Clusters, stack: str, role: str) -> None:
    graph = clusters(stack)
    issuer = only(graph, OIDC_PROVIDER).inputs["url"].removeprefix("https://")
    assert document(only(graph, ROLE, role).inputs["assumeRolePolicy"])["Statement"] == [
        {
            "Sid": "AssumeByServiceAccount",
            "Effect": "Allow",
            "Principal": {"Federated": only(graph, OIDC_PROVIDER).outputs["arn"]},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {
                    f"{issuer}:sub": f"system:serviceaccount:kube-system:{PURPOSES[role]}",
                    f"{issuer}:aud": "sts.amazonaws.com",
                }
            },
        }
    ]


def test_no_two_roles_trust_the_same_service_account(clusters: Clusters) -> None:
    subjects = [
        value
        for role in clusters("prod").of_type(ROLE)
        for statement in document(role.inputs["assumeRolePolicy"])["Statement"]
        for key, value in statement.get("Condition", {}).get("StringEquals", {}).items()
        if key.endswith(":sub")
    ]
    assert len(subjects) == len(set(subjects)) == len(PURPOSES)


@pytest.mark.parametrize(
    ("role", "policies"),
    [
        ("aws-node", {"AmazonEKS_CNI_Policy"}),
        ("ebs-csi-controller", {"AmazonEBSCSIDriverEKSClusterScopedPolicy"}),
        ("efs-csi-controller", {"service-role/AmazonEFSCSIDriverPolicy"}),
        ("efs-csi-node", set[str]()),
    ],
)
def test_aws_policies_of_each_role(clusters: Clusters, role: str, policies: set[str]) -> None:
    graph = clusters("prod")
    assert attached_policies(graph, only(graph, ROLE, role)) == policies


def test_the_volume_driver_is_limited_to_this_cluster(clusters: Clusters) -> None:
    role = only(clusters("prod"), ROLE, "ebs-csi-controller")
    assert role.inputs["tags"] == {"eks-cluster-name": "fleet-erp-prod"}


def test_the_volume_driver_uses_the_data_key_through_ec2_alone(clusters: Clusters) -> None:
    graph = clusters("prod")
    statements = document(only(graph, ROLE_POLICY, "ebs-csi-controller").inputs["policy"])["Statement"]
    assert {statement["Sid"] for statement in statements} == {"UseDataKeyForVolumes", "GrantDataKeyToVolumes"}
    for statement in statements:
        assert statement["Resource"] == "arn:aws:kms:ap-south-1:111122223333:key/*"
        assert statement["Condition"]["ForAnyValue:StringEquals"] == {
            "kms:ResourceAliases": "alias/fleet-erp-prod-data"
        }
        assert statement["Condition"]["StringEquals"] == {"kms:ViaService": "ec2.ap-south-1.amazonaws.com"}
    (grant,) = [statement for statement in statements if statement["Action"] == "kms:CreateGrant"]
    assert grant["Condition"]["Bool"] == {"kms:GrantIsForAWSResource": "true"}


def one_role(
    component: ComponentRenderer,
    naming: Naming,
    provider: Callable[[], aws.Provider],
    *,
    statements: tuple[Statement, ...] = (READ,),
    managed_policy_arns: tuple[str, ...] = (),
    unknowns: bool = False,
) -> ResourceGraph:
    """A role for `erp/odoo`, and a topic that carries its ARN."""

    def program() -> None:
        opts = pulumi.ResourceOptions(providers=[provider()])
        role = ServiceAccountRole(
            "odoo",
            naming=naming,
            oidc_provider_arn=pulumi.Output.from_input(PROVIDER_ARN),
            oidc_issuer=pulumi.Output.from_input(ISSUER),
            namespace="erp",
            service_account="odoo",
            statements=statements,
            managed_policy_arns=managed_policy_arns,
            opts=opts,
        )
        pulumi.export("arn", role.arn)
        pulumi.export("plain_arn", role.plain_arn)
        pulumi.export("role_name", role.role_name)

    return component(program, unknowns=unknowns)


def test_a_role_is_named_after_its_service_account(
    component: ComponentRenderer, naming: Naming, provider: Callable[[], aws.Provider]
) -> None:
    graph = one_role(component, naming, provider)
    role = only(graph, ROLE)
    assert role.inputs["name"] == graph.exports["role_name"] == "fleet-erp-prod-erp-odoo"
    assert graph.exports["arn"] == role.outputs["arn"]
    assert graph.exports["plain_arn"] == "arn:aws:iam::111122223333:role/fleet-erp-prod-erp-odoo"
    assert document(only(graph, ROLE_POLICY).inputs["policy"]) == {
        "Version": "2012-10-17",
        "Statement": [READ.render()],
    }
    assert list(graph.of_type(ATTACHMENT)) == []


def test_names_and_documents_are_whole_in_a_first_preview_where_the_issuer_is_known(
    component: ComponentRenderer, naming: Naming, provider: Callable[[], aws.Provider]
) -> None:
    graph = one_role(component, naming, provider, unknowns=True)
    assert document(only(graph, ROLE).inputs["assumeRolePolicy"])["Statement"][0]["Principal"] == {
        "Federated": PROVIDER_ARN
    }
    assert graph.exports["arn"] == UNKNOWN
    assert graph.exports["plain_arn"] == "arn:aws:iam::111122223333:role/fleet-erp-prod-erp-odoo"


def test_managed_policies_are_attached_without_an_inline_one(
    component: ComponentRenderer, naming: Naming, provider: Callable[[], aws.Provider]
) -> None:
    graph = one_role(
        component,
        naming,
        provider,
        statements=(),
        managed_policy_arns=("arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy",),
    )
    assert attached_policies(graph, only(graph, ROLE)) == {"AmazonEKS_CNI_Policy"}
    assert list(graph.of_type(ROLE_POLICY)) == []


def test_a_role_that_allows_nothing_is_refused(naming: Naming) -> None:
    with pytest.raises(ValueError, match="erp/odoo allows nothing; give it statements"):
        ServiceAccountRole(
            "odoo",
            naming=naming,
            oidc_provider_arn=PROVIDER_ARN,
            oidc_issuer=ISSUER,
            namespace="erp",
            service_account="odoo",
        )


def test_a_name_that_iam_refuses_is_refused(naming: Naming) -> None:
    with pytest.raises(NamingError, match="is not a name for a role: at most 64 characters"):
        naming.service_account_role("observability", "a-service-account-with-a-name-of-fifty-characters")
