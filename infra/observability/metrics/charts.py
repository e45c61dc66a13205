"""Charts of monitoring: where they come from. All are installed as the platform's are."""

from __future__ import annotations

from typing import Final

from ...cluster_platform.charts import Chart

COMMUNITY: Final = "oci://ghcr.io/prometheus-community/charts"


def _community(release: str) -> Chart:
    return Chart(release=release, chart=f"{COMMUNITY}/{release}")


KUBE_PROMETHEUS_STACK: Final = _community("kube-prometheus-stack")
POSTGRES_EXPORTER: Final = _community("prometheus-postgres-exporter")
REDIS_EXPORTER: Final = _community("prometheus-redis-exporter")
CLOUDWATCH_EXPORTER: Final = _community("prometheus-yet-another-cloudwatch-exporter")
BLACKBOX_EXPORTER: Final = _community("prometheus-blackbox-exporter")
