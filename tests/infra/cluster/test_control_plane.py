"""The control plane: what `pulumi_eks.Cluster` is told, and what the transform adds."""

from __future__ import annotations

import pytest

from infra.cluster.access import REHEARSAL, access_policy_arn
from infra.cluster_platform.labels import ERP, GPS, OBSERVABILITY
from infra.settings import EstateSettings

from .conftest import Clusters
from .reading import (
    ACCESS_ENTRY,
    ACCESS_POLICY,
    ADDON,
    ATTACHMENT,
    CLUSTER,
    KEY,
    LOG_GROUP,
    OIDC_PROVIDER,
    ROLE,
    STACKS,
    attached_policies,
    document,
    names,
    needs,
    only,
)


def test_the_cluster_is_exactly_this(clusters: Clusters) -> None:
    graph = clusters("prod")
    cluster = only(graph, CLUSTER)
    subnets = [only(graph, "aws:ec2/subnet:Subnet", f"private-{zone}").id for zone in "ab"]
    assert cluster.inputs == {
        "name": "fleet-erp-prod",
        "version": "1.35",
        "roleArn": only(graph, ROLE, "service-role").outputs["arn"],
        "vpcConfig": {
            "subnetIds": subnets,
            "endpointPrivateAccess": True,
            "endpointPublicAccess": False,
        },
        "kubernetesNetworkConfig": {"serviceIpv4Cidr": "172.20.0.0/16", "ipFamily": "ipv4"},
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": False},
        "bootstrapSelfManagedAddons": False,
        "encryptionConfig": {
            "provider": {"keyArn": only(graph, KEY, "secrets").outputs["arn"]},
            "resources": ["secrets"],
        },
        "enabledClusterLogTypes": ["api", "audit", "authenticator", "controllerManager", "scheduler"],
        "deletionProtection": True,
        "upgradePolicy": {"supportType": "STANDARD"},
        "zonalShiftConfig": {"enabled": True},
        "tags": {"Name": "fleet-erp-prod"},
    }


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", STACKS)
def test_kubernetes_secrets_are_encrypted_with_the_key_for_secrets(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    config = only(graph, CLUSTER).inputs["encryptionConfig"]
    assert config == {
        "provider": {"keyArn": only(graph, KEY, "secrets").outputs["arn"]},
        "resources": ["secrets"],
    }


def test_the_key_is_known_by_reference_in_a_first_preview(clusters: Clusters) -> None:
    graph = clusters("prod", unknowns=True)
    assert only(graph, CLUSTER).property_dependencies["encryptionConfig"] == (
        only(graph, KEY, "secrets").urn,
    )


def test_a_public_endpoint_is_for_named_networks_only(clusters: Clusters) -> None:
    def opened(settings: EstateSettings) -> EstateSettings:
        cluster = settings.cluster.model_copy(update={"public_access_cidrs": (settings.network.cidr,)})
        return settings.model_copy(update={"cluster": cluster})

    network = only(clusters("staging", change=opened), CLUSTER).inputs["vpcConfig"]
    assert network["endpointPublicAccess"] is True
    assert network["publicAccessCidrs"] == ["10.1.0.0/16"]
    assert network["endpointPrivateAccess"] is True


@pytest.mark.parametrize(
    ("stack", "protected"), [("prod", True), ("dr", True), ("staging", False), ("testing", False)]
)
def test_only_the_cluster_and_its_logs_are_protected(
    clusters: Clusters, stack: str, *, protected: bool
) -> None:
    graph = clusters(stack)
    expected = {only(graph, CLUSTER).urn, only(graph, LOG_GROUP).urn} if protected else set()
    assert {resource.urn for resource in graph.resources if resource.protect} == expected
    assert only(graph, LOG_GROUP).retain_on_delete is protected


@pytest.mark.parametrize(("stack", "days"), [("prod", 90), ("dr", 90), ("staging", 30), ("testing", 14)])
def test_the_log_group_exists_before_the_cluster(clusters: Clusters, stack: str, days: int) -> None:
    graph = clusters(stack)
    logs = only(graph, LOG_GROUP)
    assert logs.inputs["name"] == f"/aws/eks/fleet-erp-{stack}/cluster"
    assert logs.inputs["retentionInDays"] == days
    assert logs.inputs["kmsKeyId"] == only(graph, KEY, "logs").outputs["arn"]
    assert logs.urn in only(graph, CLUSTER).dependencies


@pytest.mark.parametrize("unknowns", [False, True])
def test_the_service_role_is_given_on_with_its_policy(clusters: Clusters, *, unknowns: bool) -> None:
    graph = clusters("prod", unknowns=unknowns)
    role = only(graph, ROLE, "service-role")
    assert only(graph, ATTACHMENT, "service-role-eks-cluster").urn in only(graph, CLUSTER).dependencies
    assert role.urn in needs(graph, only(graph, CLUSTER))
    assert attached_policies(clusters("prod"), role) == {"AmazonEKSClusterPolicy"}


def test_only_this_cluster_may_use_the_service_role(clusters: Clusters) -> None:
    role = only(clusters("prod"), ROLE, "service-role")
    assert document(role.inputs["assumeRolePolicy"])["Statement"] == [
        {
            "Sid": "AssumeByControlPlane",
            "Effect": "Allow",
            "Principal": {"Service": "eks.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {
                "StringEquals": {"aws:SourceAccount": "111122223333"},
                "ArnEquals": {"aws:SourceArn": "arn:aws:eks:ap-south-1:111122223333:cluster/fleet-erp-prod"},
            },
        }
    ]


@pytest.mark.requirement("OPS-04")
@pytest.mark.parametrize("stack", STACKS)
def test_an_oidc_provider_exists_for_the_cluster(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    provider = only(graph, OIDC_PROVIDER)
    assert provider.inputs["clientIdLists"] == ["sts.amazonaws.com"]
    assert only(graph, CLUSTER).urn in provider.property_dependencies["url"]


@pytest.mark.parametrize("stack", STACKS)
def test_these_roles_get_in_and_nobody_else(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    role = f"arn:aws:iam::{_account(stack)}:role/fleet-erp"
    developers = {f"{role}-developer-{stack}"} if stack == "testing" else set()
    assert {entry.inputs["principalArn"] for entry in graph.of_type(ACCESS_ENTRY)} == {
        f"{role}-deploy-{stack}",
        f"{role}-break-glass-{stack}",
        f"{role}-operator-{stack}",
        f"{role}-read-only-{stack}",
        *developers,
    }
    assert {
        (policy.inputs["principalArn"], policy.inputs["policyArn"], policy.inputs["accessScope"]["type"])
        for policy in graph.of_type(ACCESS_POLICY)
    } == {
        (f"{role}-deploy-{stack}", access_policy_arn("AmazonEKSClusterAdminPolicy"), "cluster"),
        (f"{role}-break-glass-{stack}", access_policy_arn("AmazonEKSClusterAdminPolicy"), "cluster"),
        (f"{role}-operator-{stack}", access_policy_arn("AmazonEKSEditPolicy"), "namespace"),
        (f"{role}-operator-{stack}", access_policy_arn("AmazonEKSViewPolicy"), "cluster"),
        (f"{role}-read-only-{stack}", access_policy_arn("AmazonEKSViewPolicy"), "cluster"),
    }


@pytest.mark.parametrize("stack", STACKS)
def test_operators_edit_where_the_business_runs_and_is_watched(clusters: Clusters, stack: str) -> None:
    """Who may edit reads Secrets: those of controllers and of the cluster itself are not for operators."""
    scopes = [
        policy.inputs["accessScope"]["namespaces"]
        for policy in clusters(stack).of_type(ACCESS_POLICY)
        if policy.inputs["policyArn"] == access_policy_arn("AmazonEKSEditPolicy")
    ]
    assert scopes == [[ERP, GPS, OBSERVABILITY, *([REHEARSAL] if stack == "dr" else [])]]


def test_no_entry_carries_groups_or_a_user_name_of_its_own(clusters: Clusters) -> None:
    for entry in clusters("prod").of_type(ACCESS_ENTRY):
        assert set(entry.inputs) == {"clusterName", "principalArn"}


@pytest.mark.requirement("ENV-01")
def test_developers_are_in_a_group_that_the_cluster_itself_gives_nothing(clusters: Clusters) -> None:
    groups = [
        (entry.name, entry.inputs["kubernetesGroups"])
        for entry in clusters("testing").of_type(ACCESS_ENTRY)
        if "kubernetesGroups" in entry.inputs
    ]
    assert groups == [("eks-developer", ["fleet-erp:developers"])]


def test_kube_proxy_is_pinned(clusters: Clusters) -> None:
    assert only(clusters("prod"), ADDON, "eks-kube-proxy").inputs["addonVersion"] == "v1.35.3-eksbuild.18"


def test_the_component_makes_nothing_that_nobody_asked_for(clusters: Clusters) -> None:
    graph = clusters("prod")
    inside = {resource.type for resource in graph.resources if "eks:index:Cluster$" in resource.urn}
    assert inside == {
        ACCESS_ENTRY,
        ACCESS_POLICY,
        ADDON,
        CLUSTER,
        OIDC_PROVIDER,
        "pulumi:providers:kubernetes",
    }
    assert names(graph, "aws:ec2/securityGroup:SecurityGroup") == {"eks-nodes"}


@pytest.mark.parametrize("stack", STACKS)
def test_everything_uses_the_given_provider(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    given = only(graph, "pulumi:providers:aws", "aws").urn
    for resource in graph.resources:
        if resource.type.startswith("aws:"):
            assert (resource.provider or "").startswith(f"{given}::"), resource.urn


@pytest.mark.parametrize("stack", STACKS)
def test_a_first_preview_shows_the_same_resources(clusters: Clusters, stack: str) -> None:
    known = {resource.urn for resource in clusters(stack).resources}
    assert {resource.urn for resource in clusters(stack, unknowns=True).resources} == known


def _account(stack: str) -> str:
    return {"prod": "111122223333", "dr": "111122223333", "staging": "222233334444"}.get(
        stack, "333344445555"
    )
