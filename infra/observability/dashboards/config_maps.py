"""Dashboards as objects of the cluster, from which a container beside Grafana takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import core, meta

from .board import Dashboard

FOLDER: Final = "Fleet ERP"
FOLDER_ANNOTATION: Final = "grafana_folder"
LABELS: Final = {
    "grafana_dashboard": "1",
    "app.kubernetes.io/name": "dashboards",
    "app.kubernetes.io/part-of": "fleet-erp",
}
LARGEST_BYTES: Final = 1024 * 1024
"""etcd takes no larger object."""


def create_dashboards(
    dashboards: Sequence[Dashboard], *, namespace_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    """Declare one ConfigMap for each dashboard, named like its uid (OBS-03).

    Raises ValueError for a dashboard that no ConfigMap can hold.
    """
    return [
        core.v1.ConfigMap(
            dashboard.uid,
            core.v1.ConfigMapInitArgs(
                metadata=meta.v1.ObjectMetaArgs(
                    name=dashboard.uid,
                    namespace=namespace_name,
                    labels=LABELS,
                    annotations={FOLDER_ANNOTATION: FOLDER},
                ),
                data={f"{dashboard.uid}.json": _checked(dashboard)},
            ),
            opts=opts,
        )
        for dashboard in dashboards
    ]


def _checked(dashboard: Dashboard) -> str:
    text = dashboard.text()
    size = len(text.encode())
    # Names, labels and what the API server adds need some room too.
    if size > LARGEST_BYTES * 9 // 10:
        raise ValueError(f"dashboard {dashboard.uid} has {size:,} bytes, too many for a ConfigMap")
    return text
