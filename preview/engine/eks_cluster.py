"""The children that the plugin of `pulumi_eks.Cluster` registers, in the shape this model covers.

| child | logical name (`N` is the component's) | when |
|---|---|---|
| service role with its attachment | `N-eksRole`, `N-eksRole-role`, `N-eksRole-4b490823` | no `service_role` |
| its security group, a rule | `N-eksClusterSecurityGroup`, … | groups not skipped, none given |
| the cluster | `N-eksCluster` | always |
| kube-proxy add-on | `N-kube-proxy` | unless switched off |
| Kubernetes provider | `N-eks-k8s` | always |
| access entries, their policies | `N-K`, `N-K-P` | per entry `K` and policy `P` |
| VPC CNI component and add-on | `N-vpc-cni` | `use_default_vpc_cni` is not true |
| CoreDNS add-on | `N-coredns` | when asked for |
| OIDC provider | `N-oidcProvider` | `create_oidc_provider` |
| node security group, five rules | `N-nodeSecurityGroup`, … | groups not skipped |
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Final

from preview.engine.eks_access import register_access_entries
from preview.engine.eks_addons import addon_inputs, vpc_cni_inputs, wants_coredns, wants_kube_proxy
from preview.engine.eks_arguments import Arguments, Input, combined, whole
from preview.engine.eks_children import Children, inside, output, reference_to
from preview.engine.eks_kubeconfig import as_json, kubeconfig
from preview.engine.eks_security_groups import register_cluster_group, register_node_group
from preview.engine.wire import is_reference
from preview.graph import UNKNOWN, Properties, Resource, plain

KUBERNETES_PLUGIN_VERSION: Final = "4.19.0"
THUMBPRINT: Final = "9e99a48a9960b14926bb7f3b02e22da2b0ab7280"
"""Stands for the thumbprint that the plugin looks up at `https://oidc.eks.<region>…` in every run."""

_ADDON: Final = "aws:eks/addon:Addon"
_ASSUME_ROLE: Final = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Action": ["sts:AssumeRole", "sts:TagSession"],
                "Effect": "Allow",
                "Principal": {"Service": ["eks.amazonaws.com"]},
            }
        ],
    },
    separators=(",", ":"),
)
_IGNORED_CHANGES: Final = (
    "accessConfig.bootstrapClusterCreatorAdminPermissions",
    "bootstrapSelfManagedAddons",
)


@dataclass(frozen=True)
class Role:
    """The control plane's role: a reference to it, its ARN, and what must be attached before it is of use."""

    reference: Any
    arn: Input
    attachment: Resource | None = None


@dataclass(frozen=True)
class ClusterParts:
    """The resources that a cluster component answers with; None for what its arguments do not ask for."""

    cluster: Resource
    role: Role
    kubernetes: Resource
    control_plane_group: Resource | None
    control_plane_group_id: Input | None
    node_group: Resource | None
    ingress_rule: Resource | None
    oidc_provider: Resource | None
    vpc_cni: Resource | None


def register_children(children: Children, arguments: Arguments, *, profile: str | None) -> ClusterParts:
    """Register all children. Raises RenderError for an argument that the plugin or this model refuses."""
    role = _service_role(children, arguments)
    skip_groups = arguments.flag("skipDefaultSecurityGroups")
    given_group = arguments.input("clusterSecurityGroup")
    own_group = None if skip_groups or given_group else register_cluster_group(children, arguments)
    group_id = _id_of(children, given_group) if given_group else own_group and output(own_group, "id")
    cluster = _cluster(children, arguments, role, group_id)
    name = output(cluster, "name")
    if wants_kube_proxy(arguments):
        inputs = addon_inputs(arguments, "kubeProxyAddonOptions", "kube-proxy", name)
        children.register(_ADDON, "kube-proxy", inputs)
    kubernetes = _kubernetes_provider(children, arguments, cluster, profile)
    entries = register_access_entries(children, arguments, cluster, name)
    vpc_cni = None if arguments.flag("useDefaultVpcCni") else _vpc_cni(children, arguments, name, entries)
    if wants_coredns(arguments):
        children.register(_ADDON, "coredns", addon_inputs(arguments, "corednsAddonOptions", "coredns", name))
    oidc_provider = _oidc_provider(children, cluster) if arguments.flag("createOidcProvider") else None
    node_group, ingress_rule = None, None
    if not skip_groups and group_id is not None:
        node_group, ingress_rule = register_node_group(children, arguments, name, group_id)
    return ClusterParts(
        cluster=cluster,
        role=role,
        kubernetes=kubernetes,
        control_plane_group=own_group,
        control_plane_group_id=group_id,
        node_group=node_group,
        ingress_rule=ingress_rule,
        oidc_provider=oidc_provider,
        vpc_cni=vpc_cni,
    )


def _service_role(children: Children, arguments: Arguments) -> Role:
    given = arguments.input("serviceRole")
    if given is not None:
        # A role passed together with its attachments depends on those too, but is unknown in a first preview.
        value = plain(given.value)
        arn = plain(children.state(value["urn"]).outputs.get("arn")) if is_reference(value) else UNKNOWN
        return Role(reference=value, arn=Input(arn, given.urns))
    component = children.register("eks:index:ServiceRole", "eksRole", {})
    role = children.register(
        "aws:iam/role:Role",
        "eksRole-role",
        {
            "description": "Allows EKS to manage clusters on your behalf.",
            "assumeRolePolicy": _ASSUME_ROLE,
            "tags": arguments.input("tags"),
        },
        parent=component,
    )
    attachment = children.register(
        "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
        "eksRole-4b490823",
        {
            "policyArn": f"arn:{children.where(role).partition}:iam::aws:policy/AmazonEKSClusterPolicy",
            "role": Input(reference_to(role), frozenset({role.urn})),
        },
        parent=component,
    )
    return Role(reference=reference_to(role), arn=output(role, "arn"), attachment=attachment)


def _id_of(children: Children, given: Input) -> Input:
    value = plain(given.value)
    known = children.state(value["urn"]).id if is_reference(value) else None
    return Input(known or UNKNOWN, given.urns)


def _cluster(children: Children, arguments: Arguments, role: Role, group: Input | None) -> Resource:
    same = ("name", "version", "upgradePolicy", "deletionProtection", "enabledClusterLogTypes")
    goal = children.goal(
        "aws:eks/cluster:Cluster",
        "eksCluster",
        {
            **{key: arguments.input(key) for key in same},
            "roleArn": role.arn,
            "bootstrapSelfManagedAddons": arguments.input("bootstrapSelfManagedAddons") or True,
            "vpcConfig": _network(arguments, group),
            "encryptionConfig": _encryption(arguments),
            "accessConfig": {
                "authenticationMode": arguments.value("authenticationMode"),
                "bootstrapClusterCreatorAdminPermissions": True,
            },
            "kubernetesNetworkConfig": _service_network(arguments),
            "tags": arguments.tags(children.named("eksCluster"), "clusterTags", "tags"),
        },
    )
    if role.attachment is not None:
        goal.dependencies.add(role.attachment.urn)
    goal.ignore_changes = list(_IGNORED_CHANGES)
    return children.enter(goal)


def _network(arguments: Arguments, group: Input | None) -> Input:
    parts = {
        "subnetIds": arguments.subnets(),
        "securityGroupIds": group and combined([group.value], group),
        "endpointPrivateAccess": arguments.input("endpointPrivateAccess"),
        "endpointPublicAccess": arguments.input("endpointPublicAccess"),
        "publicAccessCidrs": arguments.input("publicAccessCidrs"),
    }
    return _object(parts)


def _encryption(arguments: Arguments) -> Input | None:
    key = arguments.input("encryptionConfigKeyArn")
    return key and whole({"provider": {"keyArn": key.value}, "resources": ["secrets"]}, key)


def _service_network(arguments: Arguments) -> Input | None:
    service_range = arguments.input("kubernetesServiceIpAddressRange")
    family = arguments.input("ipFamily")
    if service_range is None and family is None:
        return None
    return _object({"serviceIpv4Cidr": service_range, "ipFamily": family or Input("ipv4")})


def _object(parts: dict[str, Input | None]) -> Input:
    present = {key: part for key, part in sorted(parts.items()) if part is not None}
    return combined({key: part.value for key, part in present.items()}, *present.values())


def _kubernetes_provider(
    children: Children, arguments: Arguments, cluster: Resource, profile: str | None
) -> Resource:
    options = arguments.value("providerCredentialOpts", {})
    config = cluster_kubeconfig(
        children,
        cluster,
        role_arn=plain(options.get("roleArn")),
        profile=plain(options.get("profileName")) or profile,
    )
    mutable = arguments.flag("enableConfigMapMutable")
    goal = children.goal(
        "pulumi:providers:kubernetes",
        "eks-k8s",
        {
            "kubeconfig": combined(
                as_json(config), arguments.input("providerCredentialOpts"), output(cluster, "arn")
            ),
            "enableConfigMapMutable": "true" if mutable else None,
        },
    )
    goal.version = KUBERNETES_PLUGIN_VERSION
    return children.enter(goal)


def _vpc_cni(
    children: Children, arguments: Arguments, cluster_name: Input, entries: list[Resource]
) -> Resource:
    goal = children.goal("eks:index:VpcCniAddon", "vpc-cni", {})
    goal.dependencies.update(entry.urn for entry in entries)
    component = children.enter(goal)
    children.register(_ADDON, "vpc-cni", vpc_cni_inputs(arguments, cluster_name), parent=component)
    return component


def _oidc_provider(children: Children, cluster: Resource) -> Resource:
    return children.register(
        "aws:iam/openIdConnectProvider:OpenIdConnectProvider",
        "oidcProvider",
        {
            "url": Input(issuer_url(cluster), frozenset({cluster.urn})),
            "clientIdLists": ["sts.amazonaws.com"],
            "thumbprintLists": [THUMBPRINT],
        },
    )


def cluster_kubeconfig(
    children: Children, cluster: Resource, *, role_arn: str | None = None, profile: str | None = None
) -> Properties | str:
    """Give the kubeconfig of a cluster, UNKNOWN before it exists."""
    return kubeconfig(
        endpoint=plain(cluster.outputs.get("endpoint", UNKNOWN)),
        authority=inside(cluster.outputs.get("certificateAuthority"), "data"),
        name=plain(cluster.outputs.get("name", UNKNOWN)),
        region=children.where(cluster).region,
        role_arn=role_arn,
        profile=profile,
    )


def issuer_url(cluster: Resource) -> str:
    """Give the URL of a cluster's OIDC issuer, UNKNOWN before it exists."""
    identities = plain(cluster.outputs.get("identities"))
    if not isinstance(identities, list) or not identities:
        return UNKNOWN
    return inside(identities[0]["oidcs"][0], "issuer")
