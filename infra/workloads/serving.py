"""What every workload that runs all the time has: pods that roll, a budget for drains, a way to them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import apiextensions, apps, core, policy

from ..network.ports import Port
from . import pods

TARGET_GROUP_API: Final = "elbv2.k8s.aws/v1beta1"
ROLLOUT: Final = pulumi.CustomTimeouts(create="20m", update="20m")


def declare_deployment(
    name: str,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    template: core.v1.PodTemplateSpecArgs,
    replicas: int | None,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> apps.v1.Deployment:
    """Declare a deployment and the budget that drains of nodes keep to.

    `replicas` None: an autoscaler sets them. `after` is what the pods need, and the budget does not.
    """
    deployment = apps.v1.Deployment(
        name,
        apps.v1.DeploymentInitArgs(
            metadata=pods.metadata(name, namespace=namespace, labels=labels),
            spec=pods.rolling_deployment(selector=selector, template=template, replicas=replicas),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts, pulumi.ResourceOptions(depends_on=list(after), custom_timeouts=ROLLOUT)
        ),
    )
    policy.v1.PodDisruptionBudget(
        name,
        policy.v1.PodDisruptionBudgetInitArgs(
            metadata=pods.metadata(name, namespace=namespace, labels=labels),
            spec=pods.disruption_budget(selector),
        ),
        opts=opts,
    )
    return deployment


def declare_service(
    name: str,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    selector: Mapping[str, str],
    port: Port,
    opts: pulumi.ResourceOptions,
) -> core.v1.Service:
    """Declare a service of the cluster, for which nothing waits: a standby has no pods behind it."""
    return core.v1.Service(
        name,
        core.v1.ServiceInitArgs(
            metadata=pods.metadata(
                name, namespace=namespace, labels=labels, annotations={"pulumi.com/skipAwait": "true"}
            ),
            spec=core.v1.ServiceSpecArgs(
                type="ClusterIP",
                selector=dict(selector),
                # The same as the container's: the CNI compares ports of pods.
                ports=[
                    core.v1.ServicePortArgs(
                        name="http", port=port.first, target_port=port.first, protocol="TCP"
                    )
                ],
            ),
        ),
        opts=opts,
    )


def bind_target_group(
    application: str,
    *,
    service: str,
    port: Port,
    target_group_arn: pulumi.Input[str],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Have the controller register a service's pods, and leave security groups alone (no `networking`)."""
    apiextensions.CustomResource(
        application,
        api_version=TARGET_GROUP_API,
        kind="TargetGroupBinding",
        metadata=pods.metadata(
            application, namespace=namespace, labels=pods.labels(application, component=service)
        ),
        spec={
            "serviceRef": {"name": service, "port": port.first},
            "targetGroupARN": target_group_arn,
            "targetType": "ip",
        },
        opts=opts,
    )
