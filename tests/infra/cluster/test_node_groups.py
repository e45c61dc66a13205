"""Node groups: sizes per environment, who owns them, how nodes are launched, and what nodes may do."""

from __future__ import annotations

import base64
import email
from typing import Any

import pytest
import yaml

from infra.cluster.launch_template import node_config
from infra.cluster.node_groups import ami_type
from infra.settings import EstateSettings
from preview.graph import Resource, ResourceGraph

from .conftest import Clusters
from .reading import (
    ADDON,
    ATTACHMENT,
    CLUSTER,
    KEY,
    LAUNCH_TEMPLATE,
    NODE_GROUP,
    ROLE,
    SCALING_GROUP_TAG,
    SECURITY_GROUP,
    STACKS,
    attached_policies,
    document,
    names,
    needs,
    only,
)


def shape(group: Resource) -> tuple[list[str], str, dict[str, int]]:
    """Instance types, capacity and sizes of a group."""
    return group.inputs["instanceTypes"], group.inputs["capacityType"], group.inputs["scalingConfig"]


def size(least: int, desired: int, most: int) -> dict[str, int]:
    return {"minSize": least, "desiredSize": desired, "maxSize": most}


def groups(graph: ResourceGraph) -> dict[str, tuple[list[str], str, dict[str, int]]]:
    return {group.name: shape(group) for group in graph.of_type(NODE_GROUP)}


@pytest.mark.requirement("COMP-01")
def test_prod_has_three_to_eight_m5_large(clusters: Clusters) -> None:
    graph = clusters("prod")
    assert groups(graph) == {"general": (["m5.large"], "ON_DEMAND", size(3, 3, 8))}


@pytest.mark.requirement("COMP-02")
def test_staging_has_exactly_two_m5_large(clusters: Clusters) -> None:
    assert groups(clusters("staging")) == {"general": (["m5.large"], "ON_DEMAND", size(2, 2, 2))}


@pytest.mark.requirement("COMP-03")
def test_testing_has_exactly_one_t3_medium_and_room_for_developers(clusters: Clusters) -> None:
    assert groups(clusters("testing")) == {
        "general": (["t3.medium"], "ON_DEMAND", size(1, 1, 1)),
        "dev": (["t3.large"], "SPOT", size(0, 0, 4)),
    }


def test_developers_nodes_take_developers_pods_only(clusters: Clusters) -> None:
    graph = clusters("testing")
    taint = {"key": "workload", "value": "dev", "effect": "NO_SCHEDULE"}
    assert only(graph, NODE_GROUP, "dev").inputs["taints"] == [taint]
    assert "taints" not in only(graph, NODE_GROUP, "general").inputs


def serving(settings: EstateSettings) -> EstateSettings:
    return settings.model_copy(update={"recovery": settings.recovery.model_copy(update={"active": True})})


def test_recovery_rests_on_two_nodes_and_serves_on_production_size(clusters: Clusters) -> None:
    assert groups(clusters("dr")) == {"general-standby": (["m5.large"], "ON_DEMAND", size(2, 2, 3))}
    assert groups(clusters("dr", change=serving)) == {"general": (["m5.large"], "ON_DEMAND", size(3, 3, 8))}


def test_activation_makes_another_group_because_a_minimum_cannot_pass_an_ignored_desired_size(
    clusters: Clusters,
) -> None:
    resting, active = (only(graph, NODE_GROUP) for graph in (clusters("dr"), clusters("dr", change=serving)))
    assert resting.urn != active.urn
    templates = [
        only(graph, LAUNCH_TEMPLATE).inputs["name"]
        for graph in (clusters("dr"), clusters("dr", change=serving))
    ]
    assert templates == ["fleet-erp-dr-general-standby", "fleet-erp-dr-general"]
    assert active.inputs["labels"] == resting.inputs["labels"] == {"node-group": "general"}


@pytest.mark.parametrize(
    ("stack", "ignored"),
    [
        ("prod", ("scalingConfig.desiredSize",)),
        ("dr", ("scalingConfig.desiredSize",)),
        ("staging", ("scalingConfig.minSize", "scalingConfig.desiredSize")),
        ("testing", ("scalingConfig.minSize", "scalingConfig.desiredSize")),
    ],
)
def test_sizes_that_others_own_are_left_alone(
    clusters: Clusters, stack: str, ignored: tuple[str, ...]
) -> None:
    for group in clusters(stack).of_type(NODE_GROUP):
        assert set(group.ignore_changes) == set(ignored)


def test_a_group_that_nobody_else_scales_belongs_to_the_program(clusters: Clusters) -> None:
    def awake(settings: EstateSettings) -> EstateSettings:
        return settings.model_copy(update={"schedule": settings.schedule.model_copy(update={"awake": None})})

    assert only(clusters("staging", change=awake), NODE_GROUP).ignore_changes == ()


def test_the_autoscaler_finds_its_groups_by_tags_on_the_scaling_group(clusters: Clusters) -> None:
    graph = clusters("prod")
    tags = {"k8s.io/cluster-autoscaler/enabled": "true", "k8s.io/cluster-autoscaler/fleet-erp-prod": "owned"}
    group = only(graph, NODE_GROUP)
    assert tags.items() <= group.inputs["tags"].items()
    scaling_group = group.outputs["resources"][0]["autoscalingGroups"][0]["name"]
    on_scaling_group = list(graph.of_type(SCALING_GROUP_TAG))
    assert {tag.inputs["tag"]["key"]: tag.inputs["tag"]["value"] for tag in on_scaling_group} == tags
    assert {tag.inputs["autoscalingGroupName"] for tag in on_scaling_group} == {scaling_group}


@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_fixed_groups_are_hidden_from_the_autoscaler(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    assert names(graph, SCALING_GROUP_TAG) == set()
    for group in graph.of_type(NODE_GROUP):
        assert not [key for key in group.inputs["tags"] if "autoscaler" in key]


@pytest.mark.parametrize("stack", STACKS)
def test_every_group_runs_amazon_linux_2023_of_the_clusters_version_in_private_subnets(
    clusters: Clusters, stack: str
) -> None:
    graph = clusters(stack)
    private = {only(graph, "aws:ec2/subnet:Subnet", f"private-{zone}").id for zone in "ab"}
    for group in graph.of_type(NODE_GROUP):
        template = only(graph, LAUNCH_TEMPLATE, group.name)
        assert group.inputs["amiType"] == "AL2023_x86_64_STANDARD"
        assert group.inputs["version"] == only(graph, CLUSTER).inputs["version"]
        assert set(group.inputs["subnetIds"]) == private
        assert group.inputs["updateConfig"] == {"maxUnavailable": 1}
        assert group.inputs["nodeRepairConfig"] == {"enabled": True}
        assert group.inputs["nodeGroupNamePrefix"] == f"{group.name}-"
        assert group.inputs["launchTemplate"]["id"] == template.id
        # What the template says, the group may not say again; and nobody logs in over SSH.
        assert not {"diskSize", "remoteAccess", "nodeGroupName", "releaseVersion"} & set(group.inputs)


def test_the_template_is_named_by_number_not_by_latest(clusters: Clusters) -> None:
    graph = clusters("prod")
    version = only(graph, NODE_GROUP).inputs["launchTemplate"]["version"]
    assert version.isdigit()
    assert version == str(only(graph, LAUNCH_TEMPLATE).outputs["latestVersion"])


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", STACKS)
def test_every_node_volume_is_encrypted_with_the_data_key(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    key = only(graph, KEY, "data").outputs["arn"]
    templates = list(graph.of_type(LAUNCH_TEMPLATE))
    assert templates
    for template in templates:
        (volume,) = template.inputs["blockDeviceMappings"]
        assert volume["deviceName"] == "/dev/xvda"
        ebs = volume["ebs"]
        assert (ebs["encrypted"], ebs["kmsKeyId"], ebs["volumeType"]) == ("true", key, "gp3")
        assert ebs["deleteOnTermination"] == "true"


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_pods_cannot_reach_the_credentials_of_their_node(clusters: Clusters, stack: str) -> None:
    for template in clusters(stack).of_type(LAUNCH_TEMPLATE):
        assert template.inputs["metadataOptions"] == {
            "httpEndpoint": "enabled",
            "httpTokens": "required",
            "httpPutResponseHopLimit": 1,
        }


@pytest.mark.parametrize("stack", STACKS)
def test_nodes_wear_the_clusters_group_and_their_own(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    worn = {
        only(graph, CLUSTER).outputs["vpcConfig"]["clusterSecurityGroupId"],
        only(graph, SECURITY_GROUP, "eks-nodes").id,
    }
    for template in graph.of_type(LAUNCH_TEMPLATE):
        assert set(template.inputs["vpcSecurityGroupIds"]) == worn
        assert "networkInterfaces" not in template.inputs


@pytest.mark.parametrize("stack", STACKS)
def test_what_ec2_makes_at_launch_carries_the_tag_set(clusters: Clusters, stack: str) -> None:
    for template in clusters(stack).of_type(LAUNCH_TEMPLATE):
        tagged = {entry["resourceType"]: entry["tags"] for entry in template.inputs["tagSpecifications"]}
        assert set(tagged) == {"instance", "volume", "network-interface"}
        for tags in tagged.values():
            assert tags["Environment"] == stack
            assert tags["Name"] == f"fleet-erp-{stack}-{template.name}"
            assert set(tags) == {
                "Name",
                "Environment",
                "Application",
                "Owner",
                "CostCenter",
                "ManagedBy",
                "DataClassification",
                "Schedule",
            }


@pytest.mark.parametrize(("stack", "limit"), [("prod", None), ("staging", None), ("testing", 35)])
def test_the_pod_limit_reaches_the_kubelet_where_it_is_set(
    clusters: Clusters, stack: str, limit: int | None
) -> None:
    for template in clusters(stack).of_type(LAUNCH_TEMPLATE):
        data = template.inputs.get("userData")
        assert (None if data is None else kubelet(data)["maxPods"]) == limit


def kubelet(user_data: str) -> dict[str, Any]:
    """What the user data tells the kubelet, read as nodeadm reads it."""
    message = email.message_from_bytes(base64.b64decode(user_data))
    (part,) = [part for part in message.walk() if part.get_content_type() == "application/node.eks.aws"]
    config = yaml.safe_load(str(part.get_payload()))
    assert (config["apiVersion"], config["kind"]) == ("node.eks.aws/v1alpha1", "NodeConfig")
    return config["spec"]["kubelet"]["config"]


def test_node_config_is_a_mime_document() -> None:
    assert kubelet(node_config(max_pods=35)) == {"maxPods": 35}


@pytest.mark.parametrize(
    ("instance_type", "image"),
    [
        ("m5.large", "AL2023_x86_64_STANDARD"),
        ("m7i.large", "AL2023_x86_64_STANDARD"),
        ("t3a.medium", "AL2023_x86_64_STANDARD"),
        ("t4g.medium", "AL2023_ARM_64_STANDARD"),
        ("m6g.large", "AL2023_ARM_64_STANDARD"),
        ("m7gd.large", "AL2023_ARM_64_STANDARD"),
        ("g5.xlarge", "AL2023_x86_64_STANDARD"),
    ],
)
def test_the_image_suits_the_processor(instance_type: str, image: str) -> None:
    assert ami_type(instance_type) == image


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_nodes_may_join_and_pull_images_and_nothing_else(clusters: Clusters, stack: str) -> None:
    graph = clusters(stack)
    role = only(graph, ROLE, "node-role")
    assert attached_policies(graph, role) == {
        "AmazonEKSWorkerNodePolicy",
        "AmazonEC2ContainerRegistryPullOnly",
    }
    inline = graph.of_type("aws:iam/rolePolicy:RolePolicy")
    assert role.inputs["name"] not in {policy.inputs["role"] for policy in inline}
    (trust,) = document(role.inputs["assumeRolePolicy"])["Statement"]
    assert (trust["Principal"], trust["Action"]) == ({"Service": "ec2.amazonaws.com"}, "sts:AssumeRole")


@pytest.mark.parametrize("unknowns", [False, True])
def test_nodes_come_after_the_network_and_their_permissions(clusters: Clusters, *, unknowns: bool) -> None:
    graph = clusters("testing", unknowns=unknowns)
    for group in graph.of_type(NODE_GROUP):
        before = needs(graph, group)
        assert only(graph, ADDON, "vpc-cni").urn in before
        assert only(graph, CLUSTER).urn in before
        for attachment in graph.of_type(ATTACHMENT):
            if attachment.name.startswith("node-role-"):
                assert attachment.urn in before
