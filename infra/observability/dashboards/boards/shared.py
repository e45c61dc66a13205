"""What several dashboards mark in their curves."""

from __future__ import annotations

from typing import Final

from ...rules.context import ERP_NAMESPACE, GPS_NAMESPACE
from ..board import Annotation
from ..thresholds import CRITICAL

WORKLOADS: Final = f'namespace=~"{ERP_NAMESPACE}|{GPS_NAMESPACE}"'
"""A matcher of what serves the business."""
_IMAGES: Final = f"sum by (namespace, container, image) (kube_pod_container_info{{{WORKLOADS}}}"

ALERTS: Final = Annotation(
    name="Alerts",
    expression='ALERTS{alertstate="firing", severity=~"critical|warning"}',
    title="{{alertname}} ({{severity}})",
    colour=CRITICAL,
)
NEW_IMAGES: Final = Annotation(
    name="New images",
    expression=f"{_IMAGES}) unless {_IMAGES} offset 10m)",
    title="{{container}} has a new image",
    colour="blue",
)
"""For ten minutes after the first pod with an image: a deployment, not a change of the number of pods."""
