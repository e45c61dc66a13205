"""What a cluster component answers: references to its children and values taken from them."""

from __future__ import annotations

from typing import Any, Final

from preview.engine.eks_arguments import Arguments, Input, combined
from preview.engine.eks_children import Children, inside, output, reference_to
from preview.engine.eks_cluster import ClusterParts, cluster_kubeconfig, issuer_url
from preview.engine.eks_kubeconfig import as_json
from preview.graph import UNKNOWN, Properties, Resource

_ALWAYS_EMPTY: Final = (
    "autoModeNodeRoleName",
    "defaultNodeGroupAsgName",
    "fargateProfileId",
    "fargateProfileStatus",
)


def component_outputs(children: Children, arguments: Arguments, parts: ClusterParts) -> dict[str, Input]:
    """Give the outputs of a cluster component, each with the resources it comes from."""
    cluster = parts.cluster
    from_cluster = frozenset({cluster.urn})
    config = cluster_kubeconfig(children, cluster)
    issuer = issuer_url(cluster)
    own_group = Input(inside(cluster.outputs.get("vpcConfig"), "clusterSecurityGroupId"), from_cluster)
    outputs: dict[str, Input | None] = {
        **dict.fromkeys(_ALWAYS_EMPTY, Input("")),
        "instanceRoles": Input([]),
        "eksCluster": _reference(cluster),
        "core": _core(children, arguments, parts, config),
        "kubeconfig": Input(config, from_cluster),
        "kubeconfigJson": Input(as_json(config), from_cluster),
        "oidcProviderArn": output(parts.oidc_provider, "arn") if parts.oidc_provider else Input(""),
        "oidcProviderUrl": Input(issuer, from_cluster),
        "oidcIssuer": Input(issuer.removeprefix("https://"), from_cluster),
        "clusterSecurityGroupId": parts.control_plane_group_id or own_group,
        "nodeSecurityGroupId": output(parts.node_group, "id") if parts.node_group else own_group,
        "clusterSecurityGroup": parts.control_plane_group and _reference(parts.control_plane_group),
        "nodeSecurityGroup": parts.node_group and _reference(parts.node_group),
        "eksClusterIngressRule": parts.ingress_rule and _reference(parts.ingress_rule),
        "clusterIngressRuleId": output(parts.ingress_rule, "securityGroupRuleId")
        if parts.ingress_rule
        else Input(""),
    }
    return {key: value for key, value in sorted(outputs.items()) if value is not None}


def _core(children: Children, arguments: Arguments, parts: ClusterParts, config: Properties | str) -> Input:
    cluster = parts.cluster
    core: dict[str, Any] = {
        "cluster": reference_to(cluster),
        "clusterIamRole": parts.role.reference,
        "endpoint": cluster.outputs.get("endpoint", UNKNOWN),
        "instanceRoles": [],
        "kubeconfig": config,
        "provider": reference_to(parts.kubernetes),
        "oidcProvider": parts.oidc_provider and reference_to(parts.oidc_provider),
        "vpcCni": parts.vpc_cni and reference_to(parts.vpc_cni),
        "clusterSecurityGroup": parts.control_plane_group and reference_to(parts.control_plane_group),
        "encryptionConfig": cluster.inputs.get("encryptionConfig"),
        "accessEntries": _entries(arguments),
        "nodeGroupOptions": _node_options(arguments),
    }
    for key in ("vpcId", "publicSubnetIds", "privateSubnetIds", "tags", "nodeSecurityGroupTags"):
        given = arguments.input(key)
        core[key] = given and given.value
    subnets = arguments.subnets()
    core["subnetIds"] = subnets.value if subnets else []
    sources = Input(None, frozenset({cluster.urn, parts.kubernetes.urn}))
    present = {key: value for key, value in sorted(core.items()) if value is not None}
    return combined(present, sources, parts.role.arn)


def _entries(arguments: Arguments) -> list[Properties] | None:
    entries = arguments.value("accessEntries")
    return [dict(entry) for _, entry in sorted(entries.items())] if entries else None


def _node_options(arguments: Arguments) -> Properties:
    options = {key: arguments.value(key) for key in ("nodeAssociatePublicIpAddress", "version")}
    return {key: value for key, value in options.items() if value is not None}


def _reference(resource: Resource) -> Input:
    return Input(reference_to(resource), frozenset({resource.urn}))
