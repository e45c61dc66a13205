"""The control plane: `pulumi_eks.Cluster` with its defaults closed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from ..identity import Condition, Principal, Statement, policy_document
from ..naming import PARTITION, Kind, Naming
from ..settings.cluster import ClusterSettings
from ..settings.versions import VersionSettings
from .access import access_entries

LOG_TYPES: Final = ("api", "audit", "authenticator", "controllerManager", "scheduler")
"""All logs that a control plane can write."""
CLUSTER_TYPE: Final = "aws:eks/cluster:Cluster"


class ControlPlane(pulumi.ComponentResource):
    """The EKS control plane, its log group and service role, OIDC provider, access entries and kube-proxy.

    API authentication only, endpoint private (public for named networks at most), secrets encrypted with
    the environment's key, all logs kept (SEC-06, OPS-04). The component's own node group, security groups,
    CNI and CoreDNS are off: separate resources do their work (docs/decisions/pulumi-eks.md).
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
    """The issuer without `https://`, as trust policies name it."""
    security_group_id: pulumi.Output[str]
    """The group that EKS itself makes and puts on the control plane's interfaces."""

    def __init__(
        self,
        name: str,
        *,
        settings: ClusterSettings,
        versions: VersionSettings,
        naming: Naming,
        vpc_id: pulumi.Input[str],
        subnet_ids: Sequence[pulumi.Input[str]],
        secrets_key_arn: pulumi.Input[str],
        logs_key_arn: pulumi.Input[str],
        rehearsed: bool,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:cluster:ControlPlane", name, None, opts)
        log_group = aws.cloudwatch.LogGroup(
            "control-plane-logs",
            aws.cloudwatch.LogGroupArgs(
                name=f"/aws/eks/{naming.cluster}/cluster",
                retention_in_days=settings.control_plane_log_retention_days,
                kms_key_id=logs_key_arn,
                tags=naming.tags(f"{naming.cluster}-control-plane"),
            ),
            opts=pulumi.ResourceOptions(parent=self, protect=protect, retain_on_delete=protect),
        )
        public = [str(network) for network in settings.public_access_cidrs]
        cluster = eks.Cluster(
            "eks",
            eks.ClusterArgs(
                name=naming.cluster,
                version=versions.kubernetes,
                vpc_id=vpc_id,
                private_subnet_ids=subnet_ids,
                kubernetes_service_ip_address_range=str(settings.service_cidr),
                endpoint_private_access=True,
                endpoint_public_access=bool(public),
                public_access_cidrs=public or None,
                authentication_mode=eks.AuthenticationMode.API,
                access_entries=access_entries(settings, naming, rehearsed=rehearsed),
                service_role=self._service_role(naming),
                create_oidc_provider=True,
                encryption_config_key_arn=secrets_key_arn,
                enabled_cluster_log_types=list(LOG_TYPES),
                deletion_protection=settings.deletion_protection,
                # Extended support costs six times as much; STANDARD lets AWS upgrade at its end instead.
                upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
                skip_default_node_group=True,
                skip_default_security_groups=True,
                bootstrap_self_managed_addons=False,
                kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(version=versions.addons.kube_proxy),
                # Means "leave the CNI alone": inside the component it could not have a role of its own.
                use_default_vpc_cni=True,
                cluster_tags=naming.tags(naming.cluster),
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[log_group],
                transforms=[explicit_admin_only(log_group=log_group, protect=protect)],
            ),
        )
        self.name = cluster.eks_cluster.name
        self.arn = cluster.eks_cluster.arn
        self.endpoint = cluster.eks_cluster.endpoint
        self.certificate_authority = cluster.eks_cluster.certificate_authority.data
        self.kubeconfig = cluster.kubeconfig_json
        self.oidc_provider_arn = cluster.oidc_provider_arn
        self.oidc_issuer = cluster.oidc_issuer
        self.security_group_id = cluster.cluster_security_group_id
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "endpoint": self.endpoint,
                "oidc_provider_arn": self.oidc_provider_arn,
            }
        )

    def _service_role(self, naming: Naming) -> pulumi.Output[aws.iam.Role]:
        """Make the role that EKS works with, given on only when its policy is attached.

        The cluster would depend on the role alone: creation could race with the attachment, and a destroy
        could take the policy first, so that EKS cannot remove its network interfaces any more.
        """
        role = aws.iam.Role(
            "service-role",
            aws.iam.RoleArgs(
                name=naming.name(Kind.ROLE, "eks-control-plane"),
                description=f"Control plane of {naming.cluster}",
                assume_role_policy=policy_document(
                    Statement(
                        sid="AssumeByControlPlane",
                        actions=("sts:AssumeRole",),
                        principals=(Principal.service("eks.amazonaws.com"),),
                        # EKS user guide, "Cross-service confused deputy prevention": this cluster only.
                        conditions=(
                            Condition(
                                operator="StringEquals",
                                key="aws:SourceAccount",
                                values=(naming.account_id,),
                            ),
                            Condition(
                                operator="ArnEquals", key="aws:SourceArn", values=(naming.cluster_arn(),)
                            ),
                        ),
                    )
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        attachment = aws.iam.RolePolicyAttachment(
            "service-role-eks-cluster",
            aws.iam.RolePolicyAttachmentArgs(
                role=role.name, policy_arn=f"arn:{PARTITION}:iam::aws:policy/AmazonEKSClusterPolicy"
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return pulumi.Output.all(role, attachment.id).apply(lambda made: made[0])


def explicit_admin_only(*, log_group: aws.cloudwatch.LogGroup, protect: bool) -> pulumi.ResourceTransform:
    """Give the transform that sets on the cluster itself what `pulumi_eks.Cluster` has no argument for.

    Whoever creates the cluster gets no permanent right of its own: administrators are the access entries,
    where auditors see them. Zonal shift moves traffic away from an impaired zone. The log group exists
    before the cluster and outlives it, else EKS makes one without retention and key. Only the cluster is
    protected: `protect` on the component would lock every access entry and add-on too.
    """

    def transform(args: pulumi.ResourceTransformArgs) -> pulumi.ResourceTransformResult | None:
        if args.type_ != CLUSTER_TYPE:
            return None
        return pulumi.ResourceTransformResult(
            props={
                **args.props,
                "accessConfig": {
                    "authenticationMode": "API",
                    "bootstrapClusterCreatorAdminPermissions": False,
                },
                "zonalShiftConfig": {"enabled": True},
            },
            opts=pulumi.ResourceOptions.merge(
                args.opts,
                pulumi.ResourceOptions(depends_on=[log_group], protect=True if protect else None),
            ),
        )

    return transform
