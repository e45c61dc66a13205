"""Values of kube-prometheus-stack: the operator, Prometheus, and what it knows about the cluster.

| left out | why |
|---|---|
| etcd, scheduler, controller manager, kube-proxy | EKS shows none of them; their alerts would never end |
| the chart's rules and boards | ours are tested, have an owner and a runbook, and are few |
| definitions | a chart of their own, which comes before the controllers |
| objects of kinds that may hold secrets | kube-state-metrics would list every secret of the cluster |
"""

from __future__ import annotations

from typing import Any, Final

import pulumi

from ...cluster_platform.charts import CONFINED, ROLE_ANNOTATION, SCRAPE_INTERVAL, UNPRIVILEGED, Values
from ...cluster_platform.labels import NODE_AGENTS, OBSERVABILITY, PRIORITY_PLATFORM, PRIORITY_STANDARD
from ...cluster_platform.storage import VOLUMES
from ...naming import Naming
from ...settings.observability import MetricsSettings
from ..requests import (
    CONFIG_RELOADER,
    JOB,
    KUBE_STATE_METRICS,
    NODE_EXPORTER,
    PROMETHEUS,
    PROMETHEUS_OPERATOR,
)
from .catalogue import catalogue

SERVICE_ACCOUNT: Final = "prometheus"
USER: Final = 1000
GROUP: Final = 2000
"""Whom the images of Prometheus run as; the group owns the volume."""
NOBODY: Final = 65534
USED_PERCENT: Final = 85
"""Blocks may take so much of the volume: compaction writes a new block beside those that it replaces."""
AGGREGATE: Final = ".+:.+"
"""Names with a colon are those that rules recorded: they alone are kept for a year (OBS-08)."""
UNSEEN_ON_EKS: Final = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
POD_LABELS: Final = ("app.kubernetes.io/name", "app.kubernetes.io/component")

COLLECTED_KINDS: Final = (
    "cronjobs",
    "daemonsets",
    "deployments",
    "horizontalpodautoscalers",
    "jobs",
    "namespaces",
    "nodes",
    "persistentvolumeclaims",
    "persistentvolumes",
    "poddisruptionbudgets",
    "pods",
    "replicasets",
    "resourcequotas",
    "services",
    "statefulsets",
    "storageclasses",
)
"""Kinds that kube-state-metrics may list."""


def stack_values(
    *,
    settings: MetricsSettings,
    naming: Naming,
    role_arn: str,
    long_term_url: pulumi.Input[str],
    alertmanager: Values,
    grafana: Values,
) -> Values:
    """Give the values of the one release; `alertmanager` and `grafana` are the content of those keys."""
    return {
        "crds": {"enabled": False},
        "defaultRules": {"create": False},
        **{part: {"enabled": False} for part in UNSEEN_ON_EKS},
        "kubeDns": {"enabled": False},
        "kubeApiServer": {"serviceMonitor": {"metricRelabelings": _only_from("apiserver")}},
        "kubelet": {
            "serviceMonitor": {
                "interval": SCRAPE_INTERVAL,
                "cAdvisorInterval": SCRAPE_INTERVAL,
                # On EKS the cluster's authority signs the kubelets' certificates.
                "insecureSkipVerify": False,
                # The probes of every container, each a series of its own that nobody asks for.
                "probes": False,
            }
        },
        # CoreDNS of the EKS add-on, by the labels of its pods (NET-08).
        "coreDns": {"enabled": True},
        "kube-state-metrics": _kube_state_metrics(),
        "prometheus-node-exporter": _node_exporter(),
        "prometheusOperator": _operator(),
        "prometheus": _prometheus(
            settings=settings, naming=naming, role_arn=role_arn, long_term_url=long_term_url
        ),
        "alertmanager": alertmanager,
        "grafana": grafana,
    }


def _prometheus(
    *, settings: MetricsSettings, naming: Naming, role_arn: str, long_term_url: pulumi.Input[str]
) -> Values:
    """Give Prometheus: one, with a volume of one zone; its absence is told by the dead-man switch.

    It takes monitors, rules and scrape configurations of every namespace, whoever made them.
    """
    every_selector = {
        f"{kind}SelectorNilUsesHelmValues": False
        for kind in ("podMonitor", "probe", "rule", "scrapeConfig", "serviceMonitor")
    }
    interval = f"{settings.scrape_interval_seconds}s"
    return {
        "serviceAccount": {
            "create": True,
            "name": SERVICE_ACCOUNT,
            "annotations": {ROLE_ANNOTATION: role_arn},
        },
        "prometheusSpec": {
            **every_selector,
            "replicas": 1,
            "scrapeInterval": interval,
            "evaluationInterval": interval,
            "retention": f"{settings.retention_days}d",
            "retentionSize": f"{settings.volume_gib * USED_PERCENT // 100}GiB",
            "externalLabels": {
                "cluster": naming.cluster,
                "environment": naming.environment,
                "region": naming.region,
            },
            # There is one: labels that tell it from others would only make every series longer.
            "prometheusExternalLabelNameClear": True,
            "replicaExternalLabelNameClear": True,
            "remoteWrite": [
                {
                    "name": "long-term-store",
                    "url": long_term_url,
                    "sigv4": {"region": naming.region},
                    "writeRelabelConfigs": [
                        {"action": "keep", "sourceLabels": ["__name__"], "regex": AGGREGATE}
                    ],
                    "queueConfig": {"maxShards": 4, "capacity": 2500, "maxSamplesPerSend": 1000},
                }
            ],
            "storageSpec": {
                "volumeClaimTemplate": {
                    "spec": {
                        "storageClassName": VOLUMES,
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": f"{settings.volume_gib}Gi"}},
                    }
                }
            },
            "enableAdminAPI": False,
            "logFormat": "json",
            "priorityClassName": PRIORITY_PLATFORM,
            "resources": PROMETHEUS.resources,
            "securityContext": {**CONFINED, "runAsUser": USER, "runAsGroup": GROUP, "fsGroup": GROUP},
        },
    }


def _operator() -> Values:
    """Give the operator, which also judges rules when they are made: a broken one gets nowhere.

    It serves one Prometheus and one Alertmanager, and looks for both, and for the secrets and config maps
    beside them, in their namespace alone. Its rights are wider: docs/decisions/rights-of-monitoring.md.
    """
    return {
        **{
            f"{kind}InstanceNamespaces": [OBSERVABILITY]
            for kind in ("alertmanager", "prometheus", "thanosRuler")
        },
        "logFormat": "json",
        "priorityClassName": PRIORITY_PLATFORM,
        "resources": PROMETHEUS_OPERATOR.resources,
        "prometheusConfigReloader": {"resources": CONFIG_RELOADER.resources},
        "admissionWebhooks": {"patch": {"resources": JOB.resources, "priorityClassName": PRIORITY_PLATFORM}},
    }


def _kube_state_metrics() -> Values:
    return {
        "collectors": list(COLLECTED_KINDS),
        "metricLabelsAllowlist": [f"pods=[{','.join(POD_LABELS)}]"],
        "resources": KUBE_STATE_METRICS.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "containerSecurityContext": UNPRIVILEGED,
        "selfMonitor": {"enabled": True},
    }


def _node_exporter() -> Values:
    """Give the node exporter: it sees the node's processes, devices and network, and may change nothing."""
    return {
        "namespaceOverride": NODE_AGENTS,
        "resources": NODE_EXPORTER.resources,
        "priorityClassName": PRIORITY_PLATFORM,
        "securityContext": {**CONFINED, "runAsUser": NOBODY, "runAsGroup": NOBODY, "fsGroup": NOBODY},
        "containerSecurityContext": UNPRIVILEGED,
        "tolerations": [{"operator": "Exists"}],
    }


def _only_from(source: str) -> list[dict[str, Any]]:
    """Keep what the catalogue names of a source that serves far more than anybody asks for."""
    names = sorted(
        name
        for each, metric in catalogue().metrics()
        if each.source == source
        for name in metric.series_names
    )
    return [{"action": "keep", "sourceLabels": ["__name__"], "regex": "|".join(names)}]
