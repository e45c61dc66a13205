"""Third-party charts: where they come from, and how they are installed.

A chart is a Helm release: hooks run, a failed update rolls back, and what Pulumi sees is chart, version and
values. Helm installs definitions in a chart's `crds` folder (the load balancer controller's and
Trivy's) once and never changes them: an upgrade applies the new ones first, from the chart's archive.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi
from pulumi_kubernetes import helm

Values = dict[str, Any]
"""Values of a chart: what `values.yaml` of the pinned version knows."""

TIMEOUT_SECONDS: Final = 600
KEPT_REVISIONS: Final = 5
SCRAPE_INTERVAL: Final = "30s"
"""OBS-08. Charts that name an interval of their own are told the same."""

UNPRIVILEGED: Final[Values] = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
}
"""Security context of a container that the Pod Security Standard `restricted` admits."""
CONFINED: Final[Values] = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
"""Security context of a pod that the Pod Security Standard `restricted` admits."""
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """A chart: a name in a repository, or an `oci://` reference."""

    release: str
    chart: str
    repository: str | None = None


LOAD_BALANCER_CONTROLLER: Final = Chart(
    release="aws-load-balancer-controller",
    chart="aws-load-balancer-controller",
    repository="https://aws.github.io/eks-charts",
)
CLUSTER_AUTOSCALER: Final = Chart(
    release="cluster-autoscaler",
    chart="cluster-autoscaler",
    repository="https://kubernetes.github.io/autoscaler",
)
EXTERNAL_SECRETS: Final = Chart(
    release="external-secrets", chart="external-secrets", repository="https://charts.external-secrets.io"
)
KEDA: Final = Chart(release="keda", chart="keda", repository="https://kedacore.github.io/charts")
TRIVY_OPERATOR: Final = Chart(
    release="trivy-operator", chart="oci://ghcr.io/aquasecurity/helm-charts/trivy-operator"
)
PROMETHEUS_OPERATOR_CRDS: Final = Chart(
    release="prometheus-operator-crds",
    chart="oci://ghcr.io/prometheus-community/charts/prometheus-operator-crds",
)
"""Definitions alone: service monitors of other charts come before the operator that reads them."""


def install(
    chart: Chart,
    *,
    version: str,
    values: Mapping[str, Any],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> helm.v3.Release:
    """Install a chart at an exact version; an update that does not become ready is taken back."""
    return helm.v3.Release(
        chart.release,
        helm.v3.ReleaseArgs(
            name=chart.release,
            chart=chart.chart,
            version=version,
            repository_opts=None
            if chart.repository is None
            else helm.v3.RepositoryOptsArgs(repo=chart.repository),
            namespace=namespace,
            create_namespace=False,
            values=values,
            atomic=True,
            timeout=TIMEOUT_SECONDS,
            max_history=KEPT_REVISIONS,
        ),
        opts=opts,
    )


def service_monitor(*, watched: bool, **more: object) -> Values:
    """Have a chart make a ServiceMonitor where the environment is `watched`, with `more` of the chart's keys.

    Elsewhere its definition does not exist, and the chart would fail.
    """
    return {"enabled": True, "interval": SCRAPE_INTERVAL, **more} if watched else {"enabled": False}


def spread(labels: Mapping[str, str]) -> Sequence[Values]:
    """Spread pods over zones and nodes where that is possible: testing and a standby have one node."""
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
            "matchLabelKeys": ["pod-template-hash"],
        }
        for key in ("topology.kubernetes.io/zone", "kubernetes.io/hostname")
    ]
