"""The EKS cluster of one environment: control plane, nodes and add-ons, each after what it needs."""

from __future__ import annotations

import pulumi

from ..keys import Keys
from ..naming import Naming
from ..network import Network
from ..settings.cluster import ClusterSettings
from ..settings.versions import VersionSettings
from .addon_roles import addon_roles
from .addons import network_addon, node_addons
from .control_plane import ControlPlane
from .node_groups import NodeGroup, node_role
from .security_rules import connect_control_plane


class Cluster(pulumi.ComponentResource):
    """The cluster (COMP-01..03, SEC-03, SEC-06, OPS-04, NET-08, AUTO-01).

    Control plane → roles of the add-ons → CNI → node groups → CoreDNS, storage drivers, metrics-server.
    """

    name: pulumi.Output[str]
    arn: pulumi.Output[str]
    endpoint: pulumi.Output[str]
    certificate_authority: pulumi.Output[str]
    """Who signed the API server's certificate, in base64; public."""
    kubeconfig: pulumi.Output[str]
    """Kubeconfig as JSON; it asks the AWS CLI for a token and holds no secret."""
    oidc_provider_arn: pulumi.Output[str]
    oidc_issuer: pulumi.Output[str]
    """The issuer without `https://`, as `ServiceAccountRole` takes it."""
    cluster_security_group_id: pulumi.Output[str]
    """The group that EKS makes for the control plane; the nodes wear it too."""
    node_role_arn: pulumi.Output[str]
    node_groups: list[NodeGroup]

    def __init__(
        self,
        name: str,
        *,
        settings: ClusterSettings,
        versions: VersionSettings,
        naming: Naming,
        network: Network,
        keys: Keys,
        serving: bool,
        rehearsed: bool,
        scheduled: bool,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make the cluster.

        `serving` is false in a recovery environment at rest, which runs its standby sizes; `rehearsed` lets
        operators start what a drill needs, in a namespace of its own; `scheduled` says
        that start/stop schedules own the node counts; `protect` guards the control plane from deletion.
        """
        super().__init__("fleet:cluster:Cluster", name, None, opts)
        control_plane = ControlPlane(
            "control-plane",
            settings=settings,
            versions=versions,
            naming=naming,
            vpc_id=network.vpc_id,
            subnet_ids=network.private_subnet_ids,
            secrets_key_arn=keys.secrets.arn,
            logs_key_arn=keys.logs.arn,
            rehearsed=rehearsed,
            protect=protect,
            opts=pulumi.ResourceOptions(parent=self),
        )
        rules = connect_control_plane(
            control_plane_group_id=control_plane.security_group_id,
            security_groups=network.security_groups,
            naming=naming,
            parent=self,
        )
        roles = addon_roles(
            naming=naming,
            oidc_provider_arn=control_plane.oidc_provider_arn,
            oidc_issuer=control_plane.oidc_issuer,
            parent=self,
        )
        cni = network_addon(
            cluster_name=control_plane.name,
            versions=versions.addons,
            roles=roles,
            prefix_delegation=settings.prefix_delegation,
            parent=self,
        )
        self.node_role_arn = node_role("node-role", naming=naming, parent=self)
        self.node_groups = [
            NodeGroup(
                group,
                serving=serving,
                scheduled=scheduled,
                kubernetes_version=versions.kubernetes,
                naming=naming,
                cluster_name=control_plane.name,
                subnet_ids=network.private_subnet_ids,
                # With groups of its own a template loses the one that EKS would attach: both are named.
                security_group_ids=[control_plane.security_group_id, network.security_groups.eks_nodes],
                node_role_arn=self.node_role_arn,
                volume_key_arn=keys.data.arn,
                after=[cni, *rules],
                opts=pulumi.ResourceOptions(parent=self),
            )
            for group in settings.node_groups
        ]
        node_addons(
            cluster_name=control_plane.name,
            versions=versions.addons,
            naming=naming,
            roles=roles,
            autoscaled=any(group.autoscaled for group in settings.node_groups),
            replicas=settings.controller_replicas,
            after=[group.resource for group in self.node_groups],
            parent=self,
        )
        self.name = control_plane.name
        self.arn = control_plane.arn
        self.endpoint = control_plane.endpoint
        self.certificate_authority = control_plane.certificate_authority
        self.kubeconfig = control_plane.kubeconfig
        self.oidc_provider_arn = control_plane.oidc_provider_arn
        self.oidc_issuer = control_plane.oidc_issuer
        self.cluster_security_group_id = control_plane.security_group_id
        self.register_outputs(
            {
                "name": self.name,
                "endpoint": self.endpoint,
                "oidc_provider_arn": self.oidc_provider_arn,
                "node_group_names": {group.name: group.node_group_name for group in self.node_groups},
            }
        )
