"""What controllers and stores may do in AWS."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preview.graph import UNKNOWN, ResourceGraph
from tests.infra.identity.iam_lint import findings

from .conftest import ISSUER, Platforms
from .reading import ROLE, ROLE_POLICY, SERVICE_ACCOUNT, STACKS, release

STORES = {"erp-secrets", "gps-secrets", "observability-secrets"}
CONTROLLERS = {"aws-load-balancer-controller", "trivy-operator"}

LOGS_IN = {"permissions of trivy-operator": ["allows credentials exposure: ecr:GetAuthorizationToken"]}
"""Whoever pulls an image logs in first; the token it gets can do what its own role allows, and no more."""


def statements(graph: ResourceGraph, name: str) -> dict[str, dict[str, Any]]:
    """Give the statements of a role's permissions by their ids."""
    (text,) = [policy.inputs["policy"] for policy in graph.of_type(ROLE_POLICY) if policy.name == name]
    return {statement["Sid"]: statement for statement in json.loads(text)["Statement"]}


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_every_document_names_what_it_allows(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack)
    scaling = {"cluster-autoscaler"} if stack in {"prod", "dr"} else set[str]()
    documents = {
        **{f"trust of {role.name}": role.inputs["assumeRolePolicy"] for role in graph.of_type(ROLE)},
        **{f"permissions of {policy.name}": policy.inputs["policy"] for policy in graph.of_type(ROLE_POLICY)},
    }
    assert set(documents) == {
        f"{what} of {name}" for what in ("trust", "permissions") for name in STORES | CONTROLLERS | scaling
    }
    assert {name: findings(text) for name, text in documents.items() if findings(text)} == LOGS_IN


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_permissions_are_whole_in_a_first_preview(platforms: Platforms, stack: str) -> None:
    graph = platforms(stack, unknowns=True)
    assert [policy.name for policy in graph.of_type(ROLE_POLICY) if UNKNOWN in policy.inputs["policy"]] == []


@pytest.mark.requirement("SEC-03")
def test_each_role_trusts_its_own_service_account(platforms: Platforms) -> None:
    subjects = {
        role.name: json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Condition"]["StringEquals"]
        for role in platforms("prod").of_type(ROLE)
    }
    assert {name: conditions[f"{ISSUER}:sub"] for name, conditions in subjects.items()} == {
        "aws-load-balancer-controller": (
            "system:serviceaccount:platform-system:aws-load-balancer-controller"
        ),
        "cluster-autoscaler": "system:serviceaccount:platform-system:cluster-autoscaler",
        "trivy-operator": "system:serviceaccount:platform-system:trivy-operator",
        "erp-secrets": "system:serviceaccount:erp:secret-reader",
        "gps-secrets": "system:serviceaccount:gps:secret-reader",
        "observability-secrets": "system:serviceaccount:observability:secret-reader",
    }


@pytest.mark.parametrize(
    ("chart", "path"),
    [
        ("aws-load-balancer-controller", ("serviceAccount",)),
        ("cluster-autoscaler", ("rbac", "serviceAccount")),
        ("trivy-operator", ("serviceAccount",)),
    ],
)
def test_charts_run_under_the_account_that_the_role_trusts(
    platforms: Platforms, chart: str, path: tuple[str, ...]
) -> None:
    graph = platforms("prod")
    account = release(graph, chart).inputs["values"]
    for key in path:
        account = account[key]
    (role,) = [role for role in graph.of_type(ROLE) if role.name == chart]
    assert account["name"] == chart
    assert account["annotations"] == {"eks.amazonaws.com/role-arn": role.outputs["arn"]}
    (policy,) = [policy for policy in graph.of_type(ROLE_POLICY) if policy.name == chart]
    needed = set(release(graph, chart).dependencies)
    assert {role.urn, policy.urn} & needed or role.parent in needed


def test_the_load_balancer_controller_registers_in_our_target_groups_alone(platforms: Platforms) -> None:
    document = statements(platforms("prod"), "aws-load-balancer-controller")
    groups = "arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup"
    assert document["RegisterPods"]["Action"] == [
        "elasticloadbalancing:DeregisterTargets",
        "elasticloadbalancing:RegisterTargets",
    ]
    assert document["RegisterPods"]["Resource"] == [
        f"{groups}/fleet-erp-prod-odoo/*",
        f"{groups}/fleet-erp-prod-gps/*",
    ]
    others = [action for sid, each in document.items() if sid != "RegisterPods" for action in each["Action"]]
    assert others
    assert [action for action in others if not action.split(":")[1].startswith("Describe")] == []


@pytest.mark.requirement("AUTO-01", "SEC-03")
@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_the_autoscaler_resizes_groups_with_this_clusters_tags_alone(
    platforms: Platforms, stack: str
) -> None:
    document = statements(platforms(stack), "cluster-autoscaler")
    writing = {
        sid
        for sid, each in document.items()
        for action in ([each["Action"]] if isinstance(each["Action"], str) else each["Action"])
        if not action.split(":")[1].startswith(("Describe", "Get"))
    }
    assert writing == {"ResizeOwnGroups"}
    assert document["ResizeOwnGroups"]["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/k8s.io/cluster-autoscaler/enabled": "true",
            f"aws:ResourceTag/k8s.io/cluster-autoscaler/fleet-erp-{stack}": "owned",
        }
    }


def test_scans_pull_from_the_registries_of_what_runs(platforms: Platforms) -> None:
    document = statements(platforms("prod"), "trivy-operator")
    assert document["PullImages"]["Resource"] == [
        "arn:aws:ecr:ap-south-1:111122223333:repository/fleet-erp/*",
        "arn:aws:ecr:ap-south-1:602401143452:repository/eks/*",
    ]


@pytest.mark.requirement("SEC-03")
def test_a_store_reads_secrets_of_its_namespace_and_environment_alone(platforms: Platforms) -> None:
    graph = platforms("prod")
    secret = "arn:aws:secretsmanager:ap-south-1:111122223333:secret:fleet-erp/prod"
    read = {name: statements(graph, name)["ReadSecrets"]["Resource"] for name in STORES}
    assert read == {
        "erp-secrets": [f"{secret}/{kind}-*" for kind in ("database", "odoo", "cache", "mail", "gsp")],
        "gps-secrets": [f"{secret}/{kind}*" for kind in ("broker-", "database-gps", "gps-", "cache-")],
        "observability-secrets": [
            f"{secret}/{name}-*"
            for name in (
                "observability",
                "database-exporter",
                "database-grafana",
                "broker-monitoring",
                "cache-app",
            )
        ],
    }
    for name in STORES:
        document = statements(graph, name)
        assert set(document) == {"ReadSecrets", "DecryptSecrets"}
        assert document["ReadSecrets"]["Action"] == [
            "secretsmanager:DescribeSecret",
            "secretsmanager:GetSecretValue",
        ]
        assert document["DecryptSecrets"]["Condition"] == {
            "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/fleet-erp-prod-secrets"},
            "StringEquals": {"kms:ViaService": "secretsmanager.ap-south-1.amazonaws.com"},
        }


def test_the_password_that_rds_manages_is_read_for_the_erp_alone(platforms: Platforms) -> None:
    graph = platforms("staging")
    with_it = {name for name in STORES if "ReadMasterPassword" in statements(graph, name)}
    assert with_it == {"erp-secrets"}
    statement = statements(graph, "erp-secrets")["ReadMasterPassword"]
    assert statement["Resource"] == "arn:aws:secretsmanager:ap-south-1:222233334444:secret:rds!db-*"
    assert statement["Condition"] == {
        "StringEquals": {
            "aws:ResourceTag/aws:rds:primaryDBInstanceArn": (
                "arn:aws:rds:ap-south-1:222233334444:db:fleet-erp-staging-postgres"
            )
        }
    }


def test_a_standby_reads_partner_keys_under_productions_name(platforms: Platforms) -> None:
    graph = platforms("dr")
    secret = "arn:aws:secretsmanager:ap-southeast-1:111122223333:secret:fleet-erp"
    foreign = {
        name: [
            arn
            for arn in statements(graph, name)["ReadSecrets"]["Resource"]
            if not arn.startswith(f"{secret}/dr/")
        ]
        for name in ("erp-secrets", "gps-secrets")
    }
    assert foreign == {"erp-secrets": [f"{secret}/prod/gsp-*"], "gps-secrets": [f"{secret}/prod/gps-*"]}


@pytest.mark.parametrize("stack", STACKS)
def test_no_pod_gets_the_token_of_a_reader(platforms: Platforms, stack: str) -> None:
    accounts = list(platforms(stack).of_type(SERVICE_ACCOUNT))
    assert {account.inputs["metadata"]["namespace"] for account in accounts} == {
        "erp",
        "gps",
        "observability",
    }
    assert {account.inputs["automountServiceAccountToken"] for account in accounts} == {False}
