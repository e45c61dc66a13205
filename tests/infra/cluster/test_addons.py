"""Add-ons: versions, values, order."""

from __future__ import annotations

import pytest

from infra.cluster.addon_values import as_json, core_dns_values, vpc_cni_values
from infra.workloads.platform_requests import in_the_cluster

from .conftest import Clusters
from .reading import ADDON, NODE_GROUP, ROLE, ROLE_POLICY, STACKS, document, needs, only

OWN = {
    "vpc-cni": "v1.22.4-eksbuild.3",
    "coredns": "v1.13.2-eksbuild.11",
    "aws-ebs-csi-driver": "v1.64.0-eksbuild.1",
    "aws-efs-csi-driver": "v3.4.0-eksbuild.1",
    "metrics-server": "v0.9.0-eksbuild.6",
}


@pytest.mark.parametrize("stack", STACKS)
def test_the_addons_are_exactly_these_each_pinned(clusters: Clusters, stack: str) -> None:
    versions = {
        addon.inputs["addonName"]: addon.inputs["addonVersion"] for addon in clusters(stack).of_type(ADDON)
    }
    assert versions == {**OWN, "kube-proxy": "v1.35.3-eksbuild.18"}


@pytest.mark.parametrize("name", OWN)
def test_an_addon_is_what_the_program_says(clusters: Clusters, name: str) -> None:
    inputs = only(clusters("prod"), ADDON, name).inputs
    assert inputs["resolveConflictsOnCreate"] == inputs["resolveConflictsOnUpdate"] == "OVERWRITE"
    assert inputs["preserve"] is False
    assert inputs["clusterName"] == "fleet-erp-prod"


@pytest.mark.parametrize("unknowns", [False, True])
@pytest.mark.parametrize("stack", STACKS)
def test_the_network_comes_before_the_nodes_and_the_rest_after_them(
    clusters: Clusters, stack: str, *, unknowns: bool
) -> None:
    graph = clusters(stack, unknowns=unknowns)
    nodes = {group.urn for group in graph.of_type(NODE_GROUP)}
    assert not nodes & needs(graph, only(graph, ADDON, "vpc-cni"))
    for name in OWN.keys() - {"vpc-cni"}:
        assert nodes <= needs(graph, only(graph, ADDON, name)), name


@pytest.mark.requirement("NET-08")
@pytest.mark.parametrize("stack", STACKS)
def test_two_name_servers_answer_and_are_probed(clusters: Clusters, stack: str) -> None:
    values = document(only(clusters(stack), ADDON, "coredns").inputs["configurationValues"])
    replicas = values.get("replicaCount") or values["autoScaling"]["minReplicas"]
    assert replicas == 2
    plugins = {line.split()[0] for line in values["corefile"].splitlines() if line.strip()}
    assert {"health", "ready", "kubernetes", "prometheus"} <= plugins
    assert values["podDisruptionBudget"] == {"enabled": True, "maxUnavailable": 1}
    spread = {entry["topologyKey"]: entry for entry in values["topologySpreadConstraints"]}
    assert set(spread) == {"topology.kubernetes.io/zone", "kubernetes.io/hostname"}
    for entry in spread.values():
        assert entry["labelSelector"] == {"matchLabels": {"k8s-app": "kube-dns"}}


def test_name_servers_follow_the_nodes_where_nodes_scale(clusters: Clusters) -> None:
    values = document(only(clusters("prod"), ADDON, "coredns").inputs["configurationValues"])
    assert values["autoScaling"] == {"enabled": True, "minReplicas": 2, "maxReplicas": 6}
    assert "replicaCount" not in values
    fixed = core_dns_values(autoscaled=False)
    assert fixed.get("replicaCount") == 2
    assert "autoScaling" not in fixed


@pytest.mark.parametrize("stack", STACKS)
def test_the_network_enforces_network_policies(clusters: Clusters, stack: str) -> None:
    values = document(only(clusters(stack), ADDON, "vpc-cni").inputs["configurationValues"])
    assert values["enableNetworkPolicy"] == "true"


def test_prefixes_are_for_small_nodes_only(clusters: Clusters) -> None:
    prefixes = {
        stack: document(only(clusters(stack), ADDON, "vpc-cni").inputs["configurationValues"])["env"].get(
            "ENABLE_PREFIX_DELEGATION"
        )
        for stack in STACKS
    }
    assert prefixes == {"prod": None, "staging": None, "testing": "true", "dr": None}
    assert vpc_cni_values(prefix_delegation=True)["env"]["WARM_PREFIX_TARGET"] == "1"


def test_the_volume_driver_knows_its_region_and_tags_what_it_makes(clusters: Clusters) -> None:
    values = document(only(clusters("dr"), ADDON, "aws-ebs-csi-driver").inputs["configurationValues"])
    assert values["controller"]["region"] == "ap-southeast-1"
    assert values["controller"]["extraVolumeTags"]["Environment"] == "dr"


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_every_addon_that_calls_aws_runs_under_its_own_role(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    for addon, role in (("vpc-cni", "aws-node"), ("aws-ebs-csi-driver", "ebs-csi-controller")):
        arn = only(graph, ADDON, addon).inputs["serviceAccountRoleArn"]
        assert arn == only(graph, ROLE, role).outputs["arn"]
    values = document(only(graph, ADDON, "aws-efs-csi-driver").inputs["configurationValues"])
    assert "serviceAccountRoleArn" not in only(graph, ADDON, "aws-efs-csi-driver").inputs
    for part, role in (("controller", "efs-csi-controller"), ("node", "efs-csi-node")):
        arn = values[part]["serviceAccount"]["annotations"]["eks.amazonaws.com/role-arn"]
        assert arn.endswith(f":role/{only(graph, ROLE, role).inputs['name']}")


def test_a_driver_starts_with_its_permissions_attached(clusters: Clusters) -> None:
    graph = clusters("prod")
    assert only(graph, ROLE_POLICY, "ebs-csi-controller").urn in needs(
        graph, only(graph, ADDON, "aws-ebs-csi-driver")
    )
    assert only(graph, ROLE_POLICY, "efs-csi-node").urn in needs(
        graph, only(graph, ADDON, "aws-efs-csi-driver")
    )


def test_values_are_the_same_text_whatever_their_order() -> None:
    assert as_json({"b": {"d": 1, "c": 2}, "a": 3}) == '{"a":3,"b":{"c":2,"d":1}}'


def test_controllers_have_a_second_pod_only_where_a_second_node_takes_it(clusters: Clusters) -> None:
    found = {}
    for stack in STACKS:
        graph = clusters(stack)
        driver = document(only(graph, ADDON, "aws-ebs-csi-driver").inputs["configurationValues"])
        metrics = document(only(graph, ADDON, "metrics-server").inputs["configurationValues"])
        found[stack] = (driver["controller"]["replicaCount"], metrics["replicas"])
    assert found == {"prod": (2, 2), "staging": (2, 2), "testing": (1, 1), "dr": (2, 2)}


def test_requests_of_the_metrics_server_are_those_that_capacity_counts(clusters: Clusters) -> None:
    values = document(only(clusters("prod"), ADDON, "metrics-server").inputs["configurationValues"])
    (counted,) = (
        request
        for request in in_the_cluster(monitored=True, autoscaled=True, replicas=values["replicas"])
        if request.name == "metrics-server"
    )
    assert values["resources"]["requests"] == {
        "cpu": f"{counted.cpu_millicores}m",
        "memory": f"{counted.memory_mib}Mi",
    }
