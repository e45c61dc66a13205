"""Other shapes of the cluster component that the model covers, and those it refuses."""

from __future__ import annotations

import json
from typing import Any

import pulumi_aws as aws
import pulumi_eks as eks
import pytest

from preview.engine import RenderError
from preview.graph import UNKNOWN
from tests.preview.engine.clusters import Surroundings, rendered, with_cluster
from tests.preview.engine.programs import run, urn

CLUSTER = "aws:eks/cluster:Cluster erp-eksCluster"
_GROUP = "aws:ec2/securityGroup:SecurityGroup"
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"


def test_without_a_role_the_component_makes_one_and_waits_for_its_policy() -> None:
    children = rendered(lambda _: {"service_role": None})
    role = children["aws:iam/role:Role erp-eksRole-role"]
    attachment = children["aws:iam/rolePolicyAttachment:RolePolicyAttachment erp-eksRole-4b490823"]
    assert role.urn == urn("eks:index:Cluster$eks:index:ServiceRole$aws:iam/role:Role", "erp-eksRole-role")
    assert json.loads(role.inputs["assumeRolePolicy"])["Statement"][0]["Action"] == [
        "sts:AssumeRole",
        "sts:TagSession",
    ]
    assert attachment.inputs["policyArn"] == "arn:aws:iam::aws:policy/AmazonEKSClusterPolicy"
    assert attachment.inputs["role"]["urn"] == role.urn
    assert {role.urn, attachment.urn} <= set(children[CLUSTER].dependencies)
    assert children[CLUSTER].inputs["roleArn"] == role.outputs["arn"]


def test_default_security_groups() -> None:
    children = rendered(lambda _: {"skip_default_security_groups": None, "cluster_security_group": None})
    cluster_group = children[f"{_GROUP} erp-eksClusterSecurityGroup"]
    node_group = children[f"{_GROUP} erp-nodeSecurityGroup"]
    assert cluster_group.inputs["revokeRulesOnDelete"] is True
    assert node_group.inputs["tags"] == {
        "Name": "erp-nodeSecurityGroup",
        "kubernetes.io/cluster/erp-prod": "owned",
        "env": "prod",
    }
    assert children[CLUSTER].inputs["vpcConfig"]["securityGroupIds"] == [cluster_group.id]
    rules = {
        name.removeprefix(f"{_RULE} erp-"): (
            rule.inputs["type"],
            rule.inputs["protocol"],
            rule.inputs["fromPort"],
            rule.inputs["toPort"],
            rule.inputs["securityGroupId"],
            rule.inputs.get("sourceSecurityGroupId") or rule.inputs.get("cidrBlocks") or "self",
        )
        for name, rule in children.items()
        if name.startswith(_RULE)
    }
    cluster, nodes, anywhere = cluster_group.id, node_group.id, ["0.0.0.0/0"]
    assert rules == {
        "eksClusterInternetEgressRule": ("egress", "-1", 0, 0, cluster, anywhere),
        "eksNodeIngressRule": ("ingress", "-1", 0, 0, nodes, "self"),
        "eksNodeClusterIngressRule": ("ingress", "tcp", 1025, 65535, nodes, cluster),
        "eksExtApiServerClusterIngressRule": ("ingress", "tcp", 443, 443, nodes, cluster),
        "eksNodeInternetEgressRule": ("egress", "-1", 0, 0, nodes, anywhere),
        "eksClusterIngressRule": ("ingress", "tcp", 443, 443, cluster, nodes),
    }


def test_an_own_cluster_group_still_gets_the_node_rules() -> None:
    children = rendered(lambda _: {"skip_default_security_groups": None})
    assert f"{_GROUP} erp-eksClusterSecurityGroup" not in children
    assert f"{_RULE} erp-eksClusterInternetEgressRule" not in children
    rule = children[f"{_RULE} erp-eksClusterIngressRule"]
    assert urn("aws:ec2/securityGroup:SecurityGroup", "group") in rule.dependencies


def test_the_vpc_cni_of_the_component() -> None:
    children = rendered(
        lambda _: {
            "use_default_vpc_cni": None,
            "vpc_cni_options": eks.VpcCniOptionsArgs(
                addon_version="v1.21.0-eksbuild.1",
                enable_network_policy=True,
                log_level="INFO",
                warm_ip_target=4,
                configuration_values={"env": {"AWS_VPC_K8S_PLUGIN_LOG_LEVEL": "INFO"}},
            ),
        }
    )
    component = children["eks:index:VpcCniAddon erp-vpc-cni"]
    addon = children["aws:eks/addon:Addon erp-vpc-cni"]
    assert component.inputs == {}
    assert component.dependencies == (children["aws:eks/accessEntry:AccessEntry erp-deployer"].urn,)
    assert addon.parent == component.urn
    assert addon.dependencies == (children[CLUSTER].urn,)
    configuration = addon.inputs["configurationValues"]
    assert configuration == json.dumps(json.loads(configuration), sort_keys=True, separators=(",", ":"))
    values = json.loads(configuration)
    assert values["enableNetworkPolicy"] == "true"
    assert values["init"] == {"env": {"DISABLE_TCP_EARLY_DEMUX": "false"}}
    assert values["env"]["AWS_VPC_K8S_CNI_LOGLEVEL"] == "INFO"
    assert values["env"]["AWS_VPC_K8S_PLUGIN_LOG_LEVEL"] == "INFO"
    assert values["env"]["WARM_IP_TARGET"] == "4"
    assert values["env"]["WARM_ENI_TARGET"] == "1"
    assert len(values["env"]) == 11


def test_coredns_comes_when_its_options_are_passed() -> None:
    options = eks.CoreDnsAddonOptionsArgs(
        version="v1.12.4-eksbuild.1", configuration_values={"replicaCount": 3}
    )
    addon = rendered(lambda _: {"coredns_addon_options": options})["aws:eks/addon:Addon erp-coredns"]
    assert addon.inputs["configurationValues"] == '{"replicaCount":3}'
    assert addon.inputs["addonVersion"] == "v1.12.4-eksbuild.1"


def test_kube_proxy_can_be_switched_off() -> None:
    off = eks.KubeProxyAddonOptionsArgs(enabled=False)
    assert "aws:eks/addon:Addon erp-kube-proxy" not in rendered(lambda _: {"kube_proxy_addon_options": off})


def test_without_oidc_there_is_no_provider() -> None:
    assert not [
        name for name in rendered(lambda _: {"create_oidc_provider": None}) if "openIdConnect" in name
    ]


def test_public_subnets_come_first() -> None:
    def change(around: Surroundings) -> dict[str, Any]:
        return {"public_subnet_ids": [around.subnets[1].id], "private_subnet_ids": [around.subnets[0].id]}

    children = rendered(change)
    network = children[CLUSTER].inputs["vpcConfig"]
    given = rendered(
        lambda around: {"private_subnet_ids": None, "subnet_ids": [s.id for s in around.subnets]}
    )
    assert network["subnetIds"] == given[CLUSTER].inputs["vpcConfig"]["subnetIds"][::-1]


def test_one_list_of_subnets_is_unknown_element_by_element() -> None:
    def change(around: Surroundings) -> dict[str, Any]:
        return {"private_subnet_ids": None, "subnet_ids": ["subnet-1", around.subnets[0].id]}

    assert rendered(change, unknowns=True)[CLUSTER].inputs["vpcConfig"]["subnetIds"] == ["subnet-1", UNKNOWN]


def test_tags_win_over_cluster_tags_and_are_unknown_as_a_whole() -> None:
    def change(around: Surroundings) -> dict[str, Any]:
        return {"cluster_tags": {"Name": "cluster", "a": "1"}, "tags": {"Name": "all", "vpc": around.vpc.id}}

    tags = rendered(change)[CLUSTER].inputs["tags"]
    assert (tags["Name"], tags["a"]) == ("all", "1")
    assert rendered(change, unknowns=True)[CLUSTER].inputs["tags"] == UNKNOWN


def test_a_service_range_makes_a_network_configuration() -> None:
    children = rendered(lambda _: {"kubernetes_service_ip_address_range": "172.20.0.0/16"})
    assert children[CLUSTER].inputs["kubernetesNetworkConfig"] == {
        "serviceIpv4Cidr": "172.20.0.0/16",
        "ipFamily": "ipv4",
    }


def test_a_role_for_the_kubeconfig_reaches_the_provider() -> None:
    options = eks.KubeconfigOptionsArgs(role_arn="arn:aws:iam::444455556666:role/ops", profile_name="p")
    children = rendered(lambda _: {"provider_credential_opts": options, "enable_config_map_mutable": True})
    provider = children["pulumi:providers:kubernetes erp-eks-k8s"]
    arguments = json.loads(provider.inputs["kubeconfig"])["users"][0]["user"]["exec"]["args"]
    assert arguments[-4:] == ["--role", "arn:aws:iam::444455556666:role/ops", "--profile", "p"]
    assert provider.inputs["enableConfigMapMutable"] == "true"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"public_access_cidrs": ["198.51.100.0/24"]}, "can only be set when `endpointPublicAccess` is true"),
        ({"subnet_ids": ["subnet-1"]}, "mutually exclusive"),
        (
            {"authentication_mode": eks.AuthenticationMode.CONFIG_MAP},
            "accessEntries need authenticationMode API",
        ),
        (
            {"authentication_mode": eks.AuthenticationMode.API_AND_CONFIG_MAP},
            "authenticationMode must be API",
        ),
        ({"authentication_mode": None, "access_entries": None}, "authenticationMode must be API"),
        (
            {"role_mappings": [eks.RoleMappingArgs(groups=["g"], role_arn="a", username="u")]},
            "roleMappings is outside",
        ),
        ({"fargate": True}, "fargate is outside the offline model"),
        ({"auto_mode": eks.AutoModeOptionsArgs(enabled=True)}, "autoMode is outside the offline model"),
        ({"create_instance_role": True}, "createInstanceRole is outside the offline model"),
        ({"storage_classes": "gp3"}, "storageClasses is outside the offline model"),
        ({"skip_default_node_group": None}, "skipDefaultNodeGroup must be set"),
        ({"vpc_id": None}, "vpcId must be set"),
        ({"kube_proxy_addon_options": None}, r"kubeProxyAddonOptions\.version must be pinned"),
        ({"use_default_vpc_cni": None}, r"vpcCniOptions\.addonVersion must be pinned"),
        (
            {
                "use_default_vpc_cni": None,
                "vpc_cni_options": eks.VpcCniOptionsArgs(
                    addon_version="v1", security_context_privileged=True
                ),
            },
            r"vpcCniOptions\.securityContextPrivileged is outside",
        ),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_the_plugin_or_the_model_refuses(change: dict[str, Any], message: str) -> None:
    with pytest.raises(RenderError, match=rf"eks:index:Cluster 'erp' \(tests/.*:\d+\): .*{message}"):
        run(with_cluster(lambda _: change))


def test_other_components_of_the_package_are_refused() -> None:
    def program() -> None:
        eks.ManagedNodeGroup(
            "n",
            cluster=eks.CoreDataArgs.__new__(eks.CoreDataArgs),
            node_role=aws.iam.Role("r", assume_role_policy="{}"),
        )

    with pytest.raises(RenderError, match=r"eks:index:ManagedNodeGroup 'n'.* is a remote component"):
        run(program)
