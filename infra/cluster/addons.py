"""EKS add-ons with pinned versions: the CNI before the nodes, the others after them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from ..naming import Naming
from ..settings.versions import AddonVersions
from .addon_roles import AddonRoles
from .addon_values import (
    as_json,
    core_dns_values,
    ebs_csi_values,
    efs_csi_values,
    metrics_server_values,
    vpc_cni_values,
)


def network_addon(
    *,
    cluster_name: pulumi.Input[str],
    versions: AddonVersions,
    roles: AddonRoles,
    prefix_delegation: bool,
    parent: pulumi.Resource,
) -> aws.eks.Addon:
    """Make the VPC CNI. Nodes become ready only with it, and it runs without any."""
    return _addon(
        "vpc-cni",
        version=versions.vpc_cni,
        cluster_name=cluster_name,
        role_arn=roles.vpc_cni.arn,
        values=vpc_cni_values(prefix_delegation=prefix_delegation),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def node_addons(
    *,
    cluster_name: pulumi.Input[str],
    versions: AddonVersions,
    naming: Naming,
    roles: AddonRoles,
    autoscaled: bool,
    replicas: int,
    after: Sequence[pulumi.Resource],
    parent: pulumi.Resource,
) -> list[aws.eks.Addon]:
    """Make the add-ons whose pods need a node: EKS calls them degraded, and waits, until one exists.

    Controllers have `replicas` pods; CoreDNS never fewer than two (NET-08).
    """
    opts = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    efs_opts = pulumi.ResourceOptions.merge(
        opts, pulumi.ResourceOptions(depends_on=[roles.efs_controller, roles.efs_node])
    )
    return [
        _addon(
            "coredns",
            version=versions.coredns,
            cluster_name=cluster_name,
            values=core_dns_values(autoscaled=autoscaled),
            opts=opts,
        ),
        _addon(
            "aws-ebs-csi-driver",
            version=versions.ebs_csi,
            cluster_name=cluster_name,
            role_arn=roles.ebs_controller.arn,
            values=ebs_csi_values(region=naming.region, volume_tags=naming.default_tags, replicas=replicas),
            opts=opts,
        ),
        _addon(
            "aws-efs-csi-driver",
            version=versions.efs_csi,
            cluster_name=cluster_name,
            values=efs_csi_values(
                controller_role_arn=roles.efs_controller.plain_arn, node_role_arn=roles.efs_node.plain_arn
            ),
            opts=efs_opts,
        ),
        _addon(
            "metrics-server",
            version=versions.metrics_server,
            cluster_name=cluster_name,
            values=metrics_server_values(replicas=replicas),
            opts=opts,
        ),
    ]


def _addon(
    name: str,
    *,
    version: str,
    cluster_name: pulumi.Input[str],
    values: Mapping[str, object] | None = None,
    role_arn: pulumi.Input[str] | None = None,
    opts: pulumi.ResourceOptions,
) -> aws.eks.Addon:
    """Make an add-on that is what the program says: it takes over what it finds and leaves nothing behind."""
    return aws.eks.Addon(
        name,
        aws.eks.AddonArgs(
            addon_name=name,
            addon_version=version,
            cluster_name=cluster_name,
            service_account_role_arn=role_arn,
            configuration_values=None if values is None else as_json(values),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            preserve=False,
        ),
        opts=opts,
    )
