"""Programs with a cluster component: the shape that the program uses, and variations of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
from pulumi import ResourceOptions, ResourceTransformArgs, ResourceTransformResult

from preview.graph import Resource, ResourceGraph
from tests.preview.engine.programs import graph_of, urn

ADMIN_POLICY = "arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
LOG_TYPES = ["api", "audit", "authenticator", "controllerManager", "scheduler"]


def explicit_admin_only(args: ResourceTransformArgs) -> ResourceTransformResult | None:
    """Switch the creator's admin right off and zonal shift on, and protect the cluster alone."""
    if args.type_ != "aws:eks/cluster:Cluster":
        return None
    props = cast("dict[str, Any]", args.props)
    access = {**props["accessConfig"], "bootstrapClusterCreatorAdminPermissions": False}
    args.opts.protect = True
    return ResourceTransformResult(
        {**props, "accessConfig": access, "zonalShiftConfig": {"enabled": True}}, args.opts
    )


class Surroundings:
    """What a cluster needs around it."""

    def __init__(self) -> None:
        self.provider = aws.Provider("main", region="ap-south-1", allowed_account_ids=["444455556666"])
        options = ResourceOptions(provider=self.provider)
        self.vpc = aws.ec2.Vpc("vpc", cidr_block="10.0.0.0/16", opts=options)
        self.subnets = [
            aws.ec2.Subnet(f"s{number}", vpc_id=self.vpc.id, cidr_block=f"10.0.{number}.0/24", opts=options)
            for number in range(2)
        ]
        self.group = aws.ec2.SecurityGroup("group", vpc_id=self.vpc.id, opts=options)
        self.key = aws.kms.Key("key", opts=options)
        self.role = aws.iam.Role("role", name="control-plane", assume_role_policy="{}", opts=options)
        self.attachment = aws.iam.RolePolicyAttachment(
            "attached",
            role=self.role.name,
            policy_arn="arn:aws:iam::aws:policy/AmazonEKSClusterPolicy",
            opts=options,
        )
        self.deployer = aws.iam.Role("deployer", name="deployer", assume_role_policy="{}", opts=options)

    def recommended(self) -> dict[str, Any]:
        """Give the arguments of the recommended shape."""
        return {
            "name": "erp-prod",
            "vpc_id": self.vpc.id,
            "private_subnet_ids": [subnet.id for subnet in self.subnets],
            "version": "1.35",
            "authentication_mode": eks.AuthenticationMode.API,
            "access_entries": {
                "deployer": eks.AccessEntryArgs(
                    principal_arn=self.deployer.arn,
                    access_policies={
                        "admin": eks.AccessPolicyAssociationArgs(
                            policy_arn=ADMIN_POLICY,
                            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                        )
                    },
                )
            },
            "service_role": pulumi.Output.all(self.role, self.attachment.id).apply(lambda found: found[0]),
            "skip_default_node_group": True,
            "skip_default_security_groups": True,
            "cluster_security_group": self.group,
            "create_oidc_provider": True,
            "encryption_config_key_arn": self.key.arn,
            "enabled_cluster_log_types": LOG_TYPES,
            "endpoint_private_access": True,
            "endpoint_public_access": False,
            "deletion_protection": True,
            "upgrade_policy": aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            "tags": {"env": "prod"},
            "kube_proxy_addon_options": eks.KubeProxyAddonOptionsArgs(version="v1.35.0-eksbuild.2"),
            "use_default_vpc_cni": True,
        }


def with_cluster(
    change: Callable[[Surroundings], dict[str, Any]] = lambda _: {},
    *,
    export: Callable[[eks.Cluster], dict[str, Any]] = lambda _: {},
    options: ResourceOptions | None = None,
) -> Callable[[], None]:
    """Give a program with the recommended shape, changed arguments, and exports; None takes one away."""

    def program() -> None:
        around = Surroundings()
        arguments = {**around.recommended(), **change(around)}
        cluster = eks.Cluster(
            "erp",
            eks.ClusterArgs(**{key: value for key, value in arguments.items() if value is not None}),
            opts=ResourceOptions.merge(ResourceOptions(providers=[around.provider]), options),
        )
        for name, value in export(cluster).items():
            pulumi.export(name, value)

    return program


def children_of(graph: ResourceGraph) -> dict[str, Resource]:
    """Give the children of the component, and itself, by `type name`."""
    prefix = urn("eks:index:Cluster", "")[: -len("::")]
    return {
        f"{item.type} {item.name}": item
        for item in graph.resources
        if item.urn.startswith((f"{prefix}$", f"{prefix}::"))
    }


def rendered(
    change: Callable[[Surroundings], dict[str, Any]] = lambda _: {},
    *,
    unknowns: bool = False,
    options: ResourceOptions | None = None,
) -> dict[str, Resource]:
    """Render a changed shape and give the children."""
    return children_of(graph_of(with_cluster(change, options=options), unknowns=unknowns))
