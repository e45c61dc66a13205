"""How many pods: an autoscaler between bounds, a number, or none."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import autoscaling

from ...settings.workloads import AutoscalingSettings
from .. import pods
from .parts import CONTAINER, Part

SCALE_UP_WINDOW_SECONDS: Final = 60
SCALE_DOWN_WINDOW_SECONDS: Final = 600
"""Odoo's load breathes by the quarter of an hour: a pod that goes at once is missed at once."""
PODS_UP: Final = 2
PODS_UP_SECONDS: Final = 60
PODS_DOWN: Final = 1
PODS_DOWN_SECONDS: Final = 300


def replicas(part: Part, *, running: bool, autoscaled: bool) -> int | None:
    """Give the replicas of a Deployment; None where an autoscaler owns them.

    The number 0 switches an autoscaler off; without it the Deployment starts at 1, and the autoscaler takes
    it to its minimum.
    """
    if not running:
        return 0
    return None if scales(part, autoscaled=autoscaled) else part.size.replicas_max


def scales(part: Part, *, autoscaled: bool) -> bool:
    """Whether an autoscaler decides: where the environment has them, and there is room between the bounds."""
    return autoscaled and part.size.replicas_min < part.size.replicas_max


def declare_autoscaler(
    part: Part,
    settings: AutoscalingSettings,
    *,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> autoscaling.v2.HorizontalPodAutoscaler:
    """Add pods when Odoo uses more of what it requests than the settings allow (SCALE-01, AUTO-01).

    Its container alone counts: the proxy beside it idles and would halve the average.
    """
    return autoscaling.v2.HorizontalPodAutoscaler(
        part.name,
        autoscaling.v2.HorizontalPodAutoscalerInitArgs(
            metadata=pods.metadata(part.name, namespace=namespace, labels=part.labels),
            spec=autoscaling.v2.HorizontalPodAutoscalerSpecArgs(
                scale_target_ref=autoscaling.v2.CrossVersionObjectReferenceArgs(
                    api_version="apps/v1", kind="Deployment", name=part.name
                ),
                min_replicas=part.size.replicas_min,
                max_replicas=part.size.replicas_max,
                metrics=[
                    _metric("cpu", settings.cpu_percent),
                    _metric("memory", settings.memory_percent),
                ],
                behavior=autoscaling.v2.HorizontalPodAutoscalerBehaviorArgs(
                    scale_up=_rule(SCALE_UP_WINDOW_SECONDS, PODS_UP, PODS_UP_SECONDS),
                    scale_down=_rule(SCALE_DOWN_WINDOW_SECONDS, PODS_DOWN, PODS_DOWN_SECONDS),
                ),
            ),
        ),
        opts=opts,
    )


def _metric(resource: str, percent: int) -> autoscaling.v2.MetricSpecArgs:
    return autoscaling.v2.MetricSpecArgs(
        type="ContainerResource",
        container_resource=autoscaling.v2.ContainerResourceMetricSourceArgs(
            name=resource,
            container=CONTAINER,
            target=autoscaling.v2.MetricTargetArgs(type="Utilization", average_utilization=percent),
        ),
    )


def _rule(window_seconds: int, count: int, period_seconds: int) -> autoscaling.v2.HPAScalingRulesArgs:
    return autoscaling.v2.HPAScalingRulesArgs(
        stabilization_window_seconds=window_seconds,
        policies=[
            autoscaling.v2.HPAScalingPolicyArgs(type="Pods", value=count, period_seconds=period_seconds)
        ],
    )
