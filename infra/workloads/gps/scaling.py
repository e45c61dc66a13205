"""How many pods of the GPS service: autoscalers where there are some, else numbers (SCALE-01..03)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import pulumi
from pulumi_kubernetes import apiextensions, autoscaling

from ...settings.workloads import AutoscalingSettings
from .. import pods
from ..capacity import Capacity
from ..jobs.broker_plan import POSITIONS
from ..sizes import ConsumerCapacity, PodCapacity

KEDA_API: Final = "keda.sh/v1alpha1"
POLLING_SECONDS: Final = 30
FAILURES: Final = 3
"""Polls that fail in a row before the number of pods no longer follows the queue."""
FALLBACK_FACTOR: Final = 2
"""Unable to ask the queue, run twice the pods of the peak: positions may wait unseen."""
PODS_UP: Final = 2
PODS_UP_SECONDS: Final = 60
UP_WINDOW_SECONDS: Final = 0
"""Vehicles all send faster at once; the load does not breathe as that of people does."""
DOWN_WINDOW_SECONDS: Final = 300
AUTHENTICATION: Final = "gps-broker"
AUTHENTICATION_PARAMETERS: Final = ("host", "username", "password", "tls")


def scales(size: PodCapacity, capacity: Capacity) -> bool:
    """Whether an autoscaler decides: where there are some, traffic is served, and bounds leave room."""
    return capacity.scaling == "autoscaled" and capacity.serving and size.replicas_min < size.replicas_max


def replicas(size: PodCapacity, capacity: Capacity) -> int | None:
    """Give the replicas of a Deployment; None where an autoscaler owns the number."""
    return None if scales(size, capacity) else size.replicas_max


def declare_api_autoscaler(
    size: PodCapacity,
    settings: AutoscalingSettings,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Add pods of the API when they use more of what they request than the settings allow (AUTO-01)."""
    autoscaling.v2.HorizontalPodAutoscaler(
        size.name,
        autoscaling.v2.HorizontalPodAutoscalerInitArgs(
            metadata=pods.metadata(size.name, namespace=namespace, labels=labels),
            spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=size.name
                ),
                min_replicas=size.replicas_min,
                max_replicas=size.replicas_max,
                metrics=[
                    autoscaling.v2.MetricSpecArgs(
                        type="ContainerResource",
                        container_resource=autoscaling.v2.ContainerResourceMetricSourceArgs(
                            name=resource,
                            container=size.name,
                            target=autoscaling.v2.MetricTargetArgs(
                                type="Utilization", average_utilization=percent
                            ),
                        ),
                    )
                    for resource, percent in (
                        ("cpu", settings.cpu_percent),
                        ("memory", settings.memory_percent),
                    )
                ],
                behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                    scale_up=autoscaling.v2.HPAScalingRulesArgs(
                        stabilization_window_seconds=UP_WINDOW_SECONDS,
                        policies=[
                            autoscaling.v2.HPAScalingPolicyArgs(
                                type="Pods", value=PODS_UP, period_seconds=PODS_UP_SECONDS
                            )
                        ],
                    ),
                    scale_down=autoscaling.v2.HPAScalingRulesArgs(
                        stabilization_window_seconds=DOWN_WINDOW_SECONDS
                    ),
                ),
            ),
        ),
        opts=opts,
    )


def declare_queue_scaler(
    size: ConsumerCapacity,
    settings: AutoscalingSettings,
    *,
    secret: str,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Add consumers when positions wait, or when pods use what they requested (SCALE-01).

    `metricType: Value` counts the messages of the queue, the default would count them for each pod. By AMQP,
    for the management API of the broker is not made to be asked twice a minute. `secret` is a Kubernetes
    Secret with the login of a user who can do nothing but ask.
    """
    authentication = apiextensions.CustomResource(
        AUTHENTICATION,
        api_version=KEDA_API,
        kind="TriggerAuthentication",
        metadata=pods.metadata(AUTHENTICATION, namespace=namespace, labels=labels),
        spec={
            "secretTargetRef": [
                {"parameter": parameter, "name": secret, "key": parameter}
                for parameter in AUTHENTICATION_PARAMETERS
            ]
        },
        opts=opts,
    )
    apiextensions.CustomResource(
        size.name,
        api_version=KEDA_API,
        kind="ScaledObject",
        metadata=pods.metadata(size.name, namespace=namespace, labels=labels),
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": size.name},
            "minReplicaCount": size.replicas_min,
            "maxReplicaCount": size.replicas_max,
            "pollingInterval": POLLING_SECONDS,
            "fallback": {
                "failureThreshold": FAILURES,
                "replicas": min(size.replicas_min * FALLBACK_FACTOR, size.replicas_max),
                "behavior": "currentReplicasIfHigher",
            },
            "advanced": {
                "horizontalPodAutoscalerConfig": {
                    "behavior": {
                        "scaleUp": {
                            "stabilizationWindowSeconds": UP_WINDOW_SECONDS,
                            "policies": [
                                {"type": "Pods", "value": PODS_UP, "periodSeconds": PODS_UP_SECONDS}
                            ],
                        },
                        "scaleDown": {"stabilizationWindowSeconds": DOWN_WINDOW_SECONDS},
                    }
                }
            },
            "triggers": [
                {
                    "type": "cpu",
                    "metricType": "Utilization",
                    "metadata": {"value": str(settings.cpu_percent)},
                },
                {
                    "type": "memory",
                    "metricType": "Utilization",
                    "metadata": {"value": str(settings.memory_percent)},
                },
                {
                    "type": "rabbitmq",
                    "metricType": "Value",
                    "metadata": {
                        "protocol": "amqp",
                        "mode": "QueueLength",
                        "queueName": POSITIONS,
                        "value": str(size.queue_depth),
                    },
                    "authenticationRef": {"name": AUTHENTICATION},
                },
            ],
        },
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[authentication])),
    )
