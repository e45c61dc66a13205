"""The cluster component in the recommended shape, child by child."""

from __future__ import annotations

import json
from importlib.metadata import version
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest
from pulumi import ResourceOptions

from preview.engine.eks_arguments import PLUGIN_VERSION
from preview.graph import UNKNOWN, Resource
from tests.preview.engine.clusters import (
    ADMIN_POLICY,
    LOG_TYPES,
    children_of,
    explicit_admin_only,
    rendered,
    with_cluster,
)
from tests.preview.engine.programs import graph_of, one, run, urn

CLUSTER = "aws:eks/cluster:Cluster erp-eksCluster"
KUBERNETES = "pulumi:providers:kubernetes erp-eks-k8s"
ENTRY = "aws:eks/accessEntry:AccessEntry erp-deployer"
ASSOCIATION = "aws:eks/accessPolicyAssociation:AccessPolicyAssociation erp-deployer-admin"
OIDC = "aws:iam/openIdConnectProvider:OpenIdConnectProvider erp-oidcProvider"
KUBE_PROXY = "aws:eks/addon:Addon erp-kube-proxy"
COMPONENT = "eks:index:Cluster erp"


@pytest.fixture(scope="module", params=[False, True], ids=["known", "first preview"])
def both(request: pytest.FixtureRequest) -> dict[str, Resource]:
    """The children of the recommended shape, once with values and once as the first preview sees them."""
    return rendered(unknowns=request.param)


@pytest.fixture(scope="module")
def known() -> dict[str, Resource]:
    """The children of the recommended shape."""
    return rendered()


@pytest.fixture(scope="module")
def unknown() -> dict[str, Resource]:
    """The children of the recommended shape in a first preview."""
    return rendered(unknowns=True)


def test_the_modelled_plugin_is_the_installed_one() -> None:
    assert version("pulumi_eks") == PLUGIN_VERSION


def test_the_recommended_shape_has_exactly_these_children(both: dict[str, Resource]) -> None:
    assert set(both) == {COMPONENT, CLUSTER, KUBE_PROXY, KUBERNETES, ENTRY, ASSOCIATION, OIDC}


def test_parents_and_urns(both: dict[str, Resource]) -> None:
    component = urn("eks:index:Cluster", "erp")
    assert {both[name].parent for name in (CLUSTER, KUBE_PROXY, KUBERNETES, ENTRY, OIDC)} == {component}
    assert both[ASSOCIATION].parent == both[ENTRY].urn
    assert both[ASSOCIATION].urn == urn(
        "eks:index:Cluster$aws:eks/accessEntry:AccessEntry$aws:eks/accessPolicyAssociation:AccessPolicyAssociation",
        "erp-deployer-admin",
    )


def test_the_component_is_registered_without_inputs(both: dict[str, Resource]) -> None:
    component = both[COMPONENT]
    assert component.inputs == {}
    assert component.property_dependencies == {}
    assert not component.custom
    assert component.provider is None


def test_all_aws_children_use_the_given_provider(both: dict[str, Resource]) -> None:
    providers = {both[name].provider for name in (CLUSTER, KUBE_PROXY, ENTRY, ASSOCIATION, OIDC)}
    assert len(providers) == 1
    assert str(providers.pop()).startswith(urn("pulumi:providers:aws", "main"))
    assert both[KUBERNETES].provider is None


def test_the_cluster(known: dict[str, Resource]) -> None:
    inputs = dict(known[CLUSTER].inputs)
    network = inputs.pop("vpcConfig")
    encryption = inputs.pop("encryptionConfig")
    assert inputs == {
        "name": "erp-prod",
        "version": "1.35",
        "roleArn": "arn:aws:iam::444455556666:role/control-plane",
        "bootstrapSelfManagedAddons": True,
        "accessConfig": {"authenticationMode": "API", "bootstrapClusterCreatorAdminPermissions": True},
        "deletionProtection": True,
        "enabledClusterLogTypes": LOG_TYPES,
        "upgradePolicy": {"supportType": "STANDARD"},
        "tags": {"Name": "erp-eksCluster", "env": "prod"},
    }
    assert encryption["resources"] == ["secrets"]
    assert encryption["provider"]["keyArn"].startswith("arn:aws:kms:ap-south-1:444455556666:key/")
    assert len(network["subnetIds"]) == 2
    assert network["securityGroupIds"][0].startswith("sg-")
    assert (network["endpointPrivateAccess"], network["endpointPublicAccess"]) == (True, False)
    assert set(network) == {"subnetIds", "securityGroupIds", "endpointPrivateAccess", "endpointPublicAccess"}
    assert known[CLUSTER].ignore_changes == (
        "accessConfig.bootstrapClusterCreatorAdminPermissions",
        "bootstrapSelfManagedAddons",
    )
    assert not known[CLUSTER].protect


def test_the_cluster_in_a_first_preview(unknown: dict[str, Resource]) -> None:
    inputs = unknown[CLUSTER].inputs
    assert inputs["roleArn"] == UNKNOWN
    assert inputs["encryptionConfig"] == UNKNOWN
    assert inputs["vpcConfig"]["subnetIds"] == UNKNOWN
    assert inputs["vpcConfig"]["endpointPublicAccess"] is False
    assert inputs["name"] == "erp-prod"
    assert inputs["accessConfig"]["authenticationMode"] == "API"
    assert inputs["deletionProtection"] is True


def test_the_cluster_depends_on_role_attachment_key_subnets_and_group(known: dict[str, Resource]) -> None:
    cluster = known[CLUSTER]
    role, attached = (
        urn("aws:iam/role:Role", "role"),
        urn("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached"),
    )
    subnets = [urn("aws:ec2/subnet:Subnet", name) for name in ("s0", "s1")]
    group = urn("aws:ec2/securityGroup:SecurityGroup", "group")
    key = urn("aws:kms/key:Key", "key")
    assert cluster.property_dependencies == {
        "roleArn": (role, attached),
        "encryptionConfig": (key,),
        "vpcConfig": (group, *subnets),
    }
    assert set(cluster.dependencies) == {role, attached, key, group, *subnets}


def test_in_a_first_preview_the_role_is_reached_through_its_attachment(unknown: dict[str, Resource]) -> None:
    attached = urn("aws:iam/rolePolicyAttachment:RolePolicyAttachment", "attached")
    assert unknown[CLUSTER].property_dependencies["roleArn"] == (attached,)
    assert unknown[CLUSTER].property_dependencies["encryptionConfig"] == (urn("aws:kms/key:Key", "key"),)


def test_kube_proxy(both: dict[str, Resource]) -> None:
    assert both[KUBE_PROXY].inputs == {
        "addonName": "kube-proxy",
        "addonVersion": "v1.35.0-eksbuild.2",
        "clusterName": "erp-prod",
        "preserve": True,
        "resolveConflictsOnCreate": "OVERWRITE",
        "resolveConflictsOnUpdate": "OVERWRITE",
        "tags": {"env": "prod"},
    }
    assert both[KUBE_PROXY].dependencies == (both[CLUSTER].urn,)


def test_access_entry_and_association(known: dict[str, Resource]) -> None:
    deployer = "arn:aws:iam::444455556666:role/deployer"
    role = urn("aws:iam/role:Role", "deployer")
    assert known[ENTRY].inputs == {"clusterName": "erp-prod", "principalArn": deployer}
    assert known[ENTRY].dependencies == tuple(sorted((known[CLUSTER].urn, role)))
    assert known[ENTRY].property_dependencies["principalArn"] == (role,)
    assert known[ASSOCIATION].inputs == {
        "clusterName": "erp-prod",
        "principalArn": deployer,
        "policyArn": ADMIN_POLICY,
        "accessScope": {"type": "cluster"},
    }
    assert {known[ENTRY].urn, known[CLUSTER].urn} <= set(known[ASSOCIATION].dependencies)


def test_the_oidc_provider(known: dict[str, Resource], unknown: dict[str, Resource]) -> None:
    inputs = known[OIDC].inputs
    assert inputs["url"] == known[CLUSTER].outputs["identities"][0]["oidcs"][0]["issuer"]
    assert inputs["clientIdLists"] == ["sts.amazonaws.com"]
    assert len(inputs["thumbprintLists"][0]) == 40
    assert "tags" not in inputs
    assert unknown[OIDC].inputs["url"] == UNKNOWN
    assert known[OIDC].property_dependencies == {"url": (known[CLUSTER].urn,)}
    host = inputs["url"].removeprefix("https://")
    assert known[OIDC].outputs["arn"] == f"arn:aws:iam::444455556666:oidc-provider/{host}"


def test_the_kubernetes_provider(known: dict[str, Resource], unknown: dict[str, Resource]) -> None:
    config = json.loads(known[KUBERNETES].inputs["kubeconfig"])
    assert config["users"][0]["user"]["exec"]["args"] == [
        *("--region", "ap-south-1", "eks", "get-token", "--cluster-name", "erp-prod", "--output", "json")
    ]
    assert config["clusters"][0]["cluster"]["server"] == known[CLUSTER].outputs["endpoint"]
    assert unknown[KUBERNETES].inputs == {"kubeconfig": UNKNOWN}
    assert known[KUBERNETES].dependencies == (known[CLUSTER].urn,)


def test_a_profile_reaches_the_kubernetes_provider_only() -> None:
    children = children_of(run(with_cluster(), config={"aws:profile": "ops"}).graph)
    config = json.loads(children[KUBERNETES].inputs["kubeconfig"])
    assert config["users"][0]["user"]["exec"]["args"][-2:] == ["--profile", "ops"]
    assert "--profile" not in children[COMPONENT].outputs["kubeconfigJson"]


def test_transforms_of_the_component_reach_every_child() -> None:
    children = rendered(options=ResourceOptions(transforms=[explicit_admin_only]))
    cluster = children[CLUSTER]
    assert cluster.inputs["accessConfig"] == {
        "authenticationMode": "API",
        "bootstrapClusterCreatorAdminPermissions": False,
    }
    assert cluster.inputs["zonalShiftConfig"] == {"enabled": True}
    assert cluster.protect
    assert not children[ENTRY].protect
    assert set(cluster.property_dependencies) == {"roleArn", "encryptionConfig", "vpcConfig"}


def test_protection_and_aliases_of_the_component_are_inherited() -> None:
    children = rendered(options=ResourceOptions(protect=True, aliases=[pulumi.Alias(name="old")]))
    assert {child.protect for child in children.values()} == {True}
    assert children[CLUSTER].aliases == (urn("eks:index:Cluster$aws:eks/cluster:Cluster", "old-eksCluster"),)


def _exports(cluster: Any) -> dict[str, Any]:
    return {
        "arn": cluster.eks_cluster.arn,
        "own group": cluster.eks_cluster.vpc_config.cluster_security_group_id,
        "cluster group": cluster.cluster_security_group_id,
        "node group": cluster.node_security_group_id,
        "provider": cluster.oidc_provider_arn,
        "url": cluster.oidc_provider_url,
        "issuer": cluster.oidc_issuer,
        "endpoint": cluster.core.endpoint,
        "core cluster": cluster.core.cluster.name,
        "role": cluster.core.cluster_iam_role.arn,
        "kubeconfig": cluster.kubeconfig["current-context"],
        "json": cluster.kubeconfig_json,
        "rule": cluster.cluster_ingress_rule_id,
        "default": cluster.default_node_group,
        "profile": cluster.fargate_profile_id,
        "roles": cluster.instance_roles,
    }


def test_outputs() -> None:
    graph = graph_of(with_cluster(export=_exports))
    cluster = children_of(graph)[CLUSTER]
    issuer = cluster.outputs["identities"][0]["oidcs"][0]["issuer"]
    exports = dict(graph.exports)
    assert json.loads(exports.pop("json"))["kind"] == "Config"
    assert exports == {
        "arn": "arn:aws:eks:ap-south-1:444455556666:cluster/erp-prod",
        "own group": cluster.outputs["vpcConfig"]["clusterSecurityGroupId"],
        "cluster group": one(graph, "group").id,
        "node group": cluster.outputs["vpcConfig"]["clusterSecurityGroupId"],
        "provider": children_of(graph)[OIDC].outputs["arn"],
        "url": issuer,
        "issuer": issuer.removeprefix("https://"),
        "endpoint": cluster.outputs["endpoint"],
        "core cluster": "erp-prod",
        "role": "arn:aws:iam::444455556666:role/control-plane",
        "kubeconfig": "aws",
        "rule": "",
        "profile": "",
        "roles": [],
    }


def test_outputs_in_a_first_preview() -> None:
    exports = graph_of(with_cluster(export=_exports), unknowns=True).exports
    known = {name for name, value in exports.items() if value != UNKNOWN}
    assert known == {"core cluster", "rule", "profile", "roles"}


def test_outputs_carry_the_component_and_the_child_they_come_from() -> None:
    def export(cluster: Any) -> dict[str, Any]:
        aws.ssm.Parameter("p", type="String", value=cluster.oidc_issuer)
        return {}

    dependencies = one(graph_of(with_cluster(export=export)), "p").property_dependencies["value"]
    assert dependencies == (
        urn("eks:index:Cluster$aws:eks/cluster:Cluster", "erp-eksCluster"),
        urn("eks:index:Cluster", "erp"),
    )
