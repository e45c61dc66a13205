"""The AWS Load Balancer Controller, cut to one task: it registers pods in target groups that exist."""

from __future__ import annotations

from typing import Final

import pulumi

from ..identity import Statement
from ..naming import Kind, Naming
from .charts import CONFINED, ROLE_ANNOTATION, UNPRIVILEGED, Values, service_monitor, spread
from .labels import ERP, GPS, PRIORITY_PLATFORM
from .paths import LOAD_BALANCER_CONTROLLER_PODS
from .requests import LOAD_BALANCER_CONTROLLER

SERVICE_ACCOUNT: Final = "aws-load-balancer-controller"
NOBODY: Final = 65534

TARGET_GROUPS: Final = {ERP: "odoo", GPS: "gps"}
"""The target group that pods of a namespace may be registered in."""


def target_group_arn_prefix(naming: Naming, service: str) -> str:
    """Give the ARN of a target group without the id that AWS makes up."""
    name = naming.name(Kind.TARGET_GROUP, service)
    return naming.arn("elasticloadbalancing", f"targetgroup/{name}/")


def values(
    *, naming: Naming, vpc_id: pulumi.Input[str], role_arn: str, replicas: int, watched: bool
) -> Values:
    """Values of the chart: nothing but TargetGroupBinding.

    Load balancers, listeners and rules are declared outside the cluster: classes, gateways and the hook that
    would claim every service are off. Region and VPC are given, since pods do not reach the metadata service.
    """
    return {
        "clusterName": naming.cluster,
        "region": naming.region,
        "vpcId": vpc_id,
        "replicaCount": LOAD_BALANCER_CONTROLLER.pods(replicas=replicas),
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": {"name": SERVICE_ACCOUNT, "annotations": {ROLE_ANNOTATION: role_arn}},
        "enableServiceMutatorWebhook": False,
        # A new certificate with every update would leave the API server with the old one for a while.
        "keepTLSSecret": True,
        "createIngressClassResource": False,
        "ingressClassParams": {"create": False},
        "disableIngressClassAnnotation": True,
        "enableShield": False,
        "enableWaf": False,
        "enableWafv2": False,
        "enableBackendSecurityGroup": False,
        "defaultTargetType": "ip",
        "clusterSecretsPermissions": {"allowAllSecrets": False},
        "controllerConfig": {
            "featureGates": {
                "ALBGatewayAPI": False,
                "EnableServiceController": False,
                "GatewayListenerSet": False,
                "GlobalAcceleratorController": False,
                "NLBGatewayAPI": False,
            }
        },
        "serviceMonitor": service_monitor(watched=watched),
        "resources": LOAD_BALANCER_CONTROLLER.resources,
        "podSecurityContext": {**CONFINED, "runAsUser": NOBODY, "runAsGroup": NOBODY, "fsGroup": NOBODY},
        "securityContext": UNPRIVILEGED,
        "priorityClassName": PRIORITY_PLATFORM,
        "topologySpreadConstraints": spread(LOAD_BALANCER_CONTROLLER_PODS),
    }


def statements(naming: Naming) -> tuple[Statement, ...]:
    """Register and deregister in the target groups of this environment; look at what that needs."""
    return (
        Statement(
            sid="RegisterPods",
            actions=("elasticloadbalancing:DeregisterTargets", "elasticloadbalancing:RegisterTargets"),
            resources=tuple(
                f"{target_group_arn_prefix(naming, service)}*" for service in TARGET_GROUPS.values()
            ),
        ),
        Statement(
            sid="FindTargets",
            actions=(
                "ec2:DescribeAvailabilityZones",
                "ec2:DescribeInstances",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeSecurityGroups",
                "ec2:DescribeSubnets",
                "ec2:DescribeVpcs",
                "elasticloadbalancing:DescribeListeners",
                "elasticloadbalancing:DescribeLoadBalancers",
                "elasticloadbalancing:DescribeRules",
                "elasticloadbalancing:DescribeTags",
                "elasticloadbalancing:DescribeTargetGroupAttributes",
                "elasticloadbalancing:DescribeTargetGroups",
                "elasticloadbalancing:DescribeTargetHealth",
            ),
            resources=("*",),
        ),
    )
