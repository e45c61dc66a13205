"""The External Secrets Operator: it copies values from Secrets Manager to where pods read them (SEC-02)."""

from __future__ import annotations

from typing import Final

from .charts import CONFINED, UNPRIVILEGED, Values, service_monitor, spread
from .labels import NAME, PRIORITY_PLATFORM
from .paths import EXTERNAL_SECRETS_PODS, EXTERNAL_SECRETS_WEBHOOK_PODS
from .requests import EXTERNAL_SECRETS, EXTERNAL_SECRETS_CERTIFICATES, EXTERNAL_SECRETS_WEBHOOK

SERVICE_ACCOUNT: Final = "external-secrets"
CERTIFICATE_PODS: Final = {NAME: "external-secrets-cert-controller"}


def values(*, replicas: int, watched: bool) -> Values:
    """Values of the chart: stores and secrets of single namespaces only.

    The operator has no role in AWS and may not make tokens of just any service account: each store names the
    account whose role reads, and a Role beside the store lets the operator speak for that account alone.
    Stores, secrets and generators of the whole cluster, and pushing values out, are switched off with their
    definitions.
    """
    return {
        "installCRDs": True,
        "crds": {
            "createClusterExternalSecret": False,
            "createClusterGenerator": False,
            "createClusterPushSecret": False,
            "createClusterSecretStore": False,
            "createPushSecret": False,
        },
        "processClusterExternalSecret": False,
        "processClusterGenerator": False,
        "processClusterPushSecret": False,
        "processClusterStore": False,
        "processPushSecret": False,
        "openshiftFinalizers": False,
        "replicaCount": EXTERNAL_SECRETS.pods(replicas=replicas),
        "leaderElect": True,
        "podDisruptionBudget": {"enabled": True, "maxUnavailable": 1},
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        "rbac": {
            "serviceAccountTokenCreate": False,
            "servicebindings": {"create": False},
            "aggregateToView": False,
            "aggregateToEdit": False,
            "aggregateToAdmin": False,
        },
        "serviceMonitor": service_monitor(watched=watched, honorLabels=True, renderMode="alwaysRender"),
        "livenessProbe": {"enabled": True},
        "readinessProbe": {"enabled": True},
        **_pod(EXTERNAL_SECRETS_PODS),
        "resources": EXTERNAL_SECRETS.resources,
        "webhook": {
            **_pod(EXTERNAL_SECRETS_WEBHOOK_PODS),
            "resources": EXTERNAL_SECRETS_WEBHOOK.resources,
        },
        "certController": {
            **_pod(CERTIFICATE_PODS),
            "resources": EXTERNAL_SECRETS_CERTIFICATES.resources,
        },
    }


def _pod(labels: dict[str, str]) -> Values:
    return {
        # `enabled` is the chart's own key: without it the context is left out.
        "podSecurityContext": {"enabled": True, **CONFINED},
        "securityContext": {
            "enabled": True,
            **UNPRIVILEGED,
            "runAsUser": 1000,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "priorityClassName": PRIORITY_PLATFORM,
        "topologySpreadConstraints": spread(labels),
    }
