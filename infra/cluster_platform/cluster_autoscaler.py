"""The Cluster Autoscaler: nodes follow the pods that wait for room (AUTO-01)."""

from __future__ import annotations

from typing import Final

from ..cluster.node_groups import autoscaler_tags
from ..identity import Condition, Statement
from ..naming import Naming
from .charts import CONFINED, ROLE_ANNOTATION, UNPRIVILEGED, Values, service_monitor, spread
from .labels import PRIORITY_PLATFORM, SYSTEM
from .paths import CLUSTER_AUTOSCALER_PODS
from .requests import CLUSTER_AUTOSCALER

SERVICE_ACCOUNT: Final = "cluster-autoscaler"
NOBODY: Final = 65534


def values(*, naming: Naming, image_tag: str, role_arn: str, watched: bool) -> Values:
    """Values of the chart: node groups are found by their tags, between the bounds that AWS holds."""
    return {
        "fullnameOverride": "cluster-autoscaler",
        "cloudProvider": "aws",
        "awsRegion": naming.region,
        "autoDiscovery": {"clusterName": naming.cluster},
        "image": {"tag": image_tag},
        "replicaCount": 1,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "rbac": {"serviceAccount": {"name": SERVICE_ACCOUNT, "annotations": {ROLE_ANNOTATION: role_arn}}},
        "extraArgs": {
            "balance-similar-node-groups": True,
            "expander": "least-waste",
            # Pods with an emptyDir or of kube-system would keep every node: almost all have one.
            "skip-nodes-with-local-storage": False,
            "skip-nodes-with-system-pods": False,
            "logtostderr": True,
            "stderrthreshold": "info",
            "v": 2,
        },
        "serviceMonitor": service_monitor(watched=watched, namespace=SYSTEM),
        "resources": CLUSTER_AUTOSCALER.resources,
        "securityContext": {**CONFINED, "runAsUser": NOBODY, "runAsGroup": NOBODY},
        "containerSecurityContext": UNPRIVILEGED,
        "priorityClassName": PRIORITY_PLATFORM,
        "topologySpreadConstraints": spread(CLUSTER_AUTOSCALER_PODS),
    }


def statements(naming: Naming) -> tuple[Statement, ...]:
    """Look at all groups, change the size of those alone that carry this cluster's tags."""
    return (
        Statement(
            sid="ResizeOwnGroups",
            actions=(
                "autoscaling:SetDesiredCapacity",
                "autoscaling:TerminateInstanceInAutoScalingGroup",
            ),
            resources=(naming.arn("autoscaling", "autoScalingGroup:*:autoScalingGroupName/*"),),
            conditions=tuple(
                Condition(operator="StringEquals", key=f"aws:ResourceTag/{key}", values=(value,))
                for key, value in autoscaler_tags(naming).items()
            ),
        ),
        Statement(
            sid="FindGroups",
            actions=(
                "autoscaling:DescribeAutoScalingGroups",
                "autoscaling:DescribeAutoScalingInstances",
                "autoscaling:DescribeLaunchConfigurations",
                "autoscaling:DescribeScalingActivities",
                "ec2:DescribeImages",
                "ec2:DescribeInstanceTypes",
                "ec2:DescribeLaunchTemplateVersions",
                "ec2:GetInstanceTypesFromInstanceRequirements",
            ),
            resources=("*",),
        ),
        Statement(
            sid="ReadNodeGroups",
            actions=("eks:DescribeNodegroup",),
            resources=(naming.arn("eks", f"nodegroup/{naming.cluster}/*/*"),),
        ),
    )
