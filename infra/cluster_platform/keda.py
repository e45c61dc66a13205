"""KEDA: pods follow the messages that wait in a queue (SCALE-01)."""

from __future__ import annotations

from typing import Final

from ..naming import Naming
from .charts import CONFINED, UNPRIVILEGED, Values, service_monitor, spread
from .labels import GPS, PRIORITY_PLATFORM
from .paths import KEDA_METRICS_PODS, KEDA_OPERATOR_PODS, KEDA_WEBHOOK_PODS
from .requests import KEDA_METRICS_SERVER, KEDA_OPERATOR, KEDA_WEBHOOKS

WATCHED: Final = (GPS,)
"""Namespaces whose ScaledObjects count. KEDA reads every secret of a namespace that it watches, so Odoo's is
left out: its pods scale on CPU and memory, for which Kubernetes' own autoscaler does."""

PARTS: Final = ("operator", "metricServer", "webhooks")


def values(*, naming: Naming, replicas: int, watched: bool) -> Values:
    """Values of the chart: rights in the watched namespaces only, and for Deployments only.

    With `enabledCustomScaledRefKinds` the operator could scale every kind of object there is. While none of
    the `replicas` answers, the autoscaler holds the pods that it has.
    """
    return {
        "clusterName": naming.cluster,
        "watchNamespace": ",".join(WATCHED),
        "image": {"pullPolicy": "IfNotPresent"},
        "operator": {"replicaCount": KEDA_OPERATOR.pods(replicas=replicas)},
        "metricsServer": {"replicaCount": KEDA_METRICS_SERVER.pods(replicas=replicas)},
        "webhooks": {"failurePolicy": "Fail"},
        "podDisruptionBudget": {
            "operator": {"maxUnavailable": 1},
            "metricServer": {"maxUnavailable": 1},
        },
        "rbac": {"aggregateToDefaultRoles": False, "enabledCustomScaledRefKinds": False},
        "permissions": {
            "metricServer": {"restrict": {"secret": True}},
            "operator": {"restrict": {"allowAllServiceAccountTokenCreation": False}},
        },
        "resources": {
            "operator": KEDA_OPERATOR.resources,
            "metricServer": KEDA_METRICS_SERVER.resources,
            "webhooks": KEDA_WEBHOOKS.resources,
        },
        "securityContext": dict.fromkeys(PARTS, UNPRIVILEGED),
        "podSecurityContext": dict.fromkeys(PARTS, CONFINED),
        "priorityClassName": PRIORITY_PLATFORM,
        "topologySpreadConstraints": {
            "operator": spread(KEDA_OPERATOR_PODS),
            "metricsServer": spread(KEDA_METRICS_PODS),
            "webhooks": spread(KEDA_WEBHOOK_PODS),
        },
        "prometheus": {
            part: {"enabled": True, "serviceMonitor": service_monitor(watched=watched)} for part in PARTS
        },
        "logging": {
            "operator": {"format": "json"},
            "metricServer": {"zapEncoder": "json"},
            "webhooks": {"format": "json"},
        },
    }
