"""Autoscalers and disruption budgets of the workloads that the rows of this pack share."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import Thing, thing
from tests.policies.kubernetes.workloads import labels, placed


def autoscaler(name: str, container: str, fewest: int, most: int) -> Thing:
    """Give the autoscaler of a Deployment, which counts one container only."""
    return thing(
        "kubernetes:autoscaling/v2:HorizontalPodAutoscaler",
        f"{name}-scaler",
        metadata=placed(name),
        spec={
            "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
            "minReplicas": fewest,
            "maxReplicas": most,
            "metrics": [
                {
                    "type": "ContainerResource",
                    "containerResource": {
                        "name": metric,
                        "container": container,
                        "target": {"type": "Utilization", "averageUtilization": percent},
                    },
                }
                for metric, percent in (("cpu", 70), ("memory", 75))
            ],
        },
    )


def budget(name: str, **limit: Any) -> Thing:
    """Give the disruption budget of a workload."""
    return thing(
        "kubernetes:policy/v1:PodDisruptionBudget",
        f"{name}-budget",
        metadata=placed(name),
        spec={
            "selector": {"matchLabels": labels(name)},
            "unhealthyPodEvictionPolicy": "AlwaysAllow",
            **limit,
        },
    )


ODOO_SCALER: Final = autoscaler("odoo-web", "odoo", 3, 8)
GPS_SCALER: Final = autoscaler("gps-api", "gps", 3, 6)
CONSUMER_SCALER: Final = thing(
    "kubernetes:keda.sh/v1alpha1:ScaledObject",
    "gps-consumer-scaler",
    metadata=placed("gps-consumer"),
    spec={
        "scaleTargetRef": {"name": "gps-consumer"},
        "minReplicaCount": 2,
        "maxReplicaCount": 10,
        "triggers": [
            {"type": "cpu", "metricType": "Utilization", "metadata": {"value": "70"}},
            {"type": "memory", "metricType": "Utilization", "metadata": {"value": "75"}},
            {
                "type": "rabbitmq",
                "metricType": "Value",
                "metadata": {
                    "protocol": "amqp",
                    "mode": "QueueLength",
                    "queueName": "gps.positions",
                    "value": "1000",
                },
                "authenticationRef": {"name": "gps-rabbitmq"},
            },
        ],
    },
)
QUEUE_AUTHENTICATION: Final = thing(
    "kubernetes:keda.sh/v1alpha1:TriggerAuthentication",
    "gps-rabbitmq",
    metadata=placed("gps-rabbitmq"),
    spec={
        "secretTargetRef": [
            {"parameter": parameter, "name": "gps-broker", "key": parameter}
            for parameter in ("host", "username", "password", "tls")
        ]
    },
)
