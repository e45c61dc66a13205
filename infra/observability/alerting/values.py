"""Values of the chart's key `alertmanager`."""

from __future__ import annotations

from typing import Any, Final

from ...cluster_platform.charts import CONFINED, Values
from ...cluster_platform.labels import PRIORITY_PLATFORM
from ...cluster_platform.storage import VOLUMES
from ...naming import Naming
from ...settings.observability import AlertingSettings
from ..requests import ALERTMANAGER, IN_THE_CLUSTER
from .receivers import SECRET, receivers
from .routes import inhibitions, route
from .templates import FILE, FOLDER, templates

USER: Final = 1000
GROUP: Final = 2000
"""Whom the image runs as; the group owns the volume."""
RETENTION: Final = "120h"
"""How long it is remembered who was told what."""


def configuration(settings: AlertingSettings, naming: Naming) -> dict[str, Any]:
    """Give Alertmanager's whole configuration: every key that the chart has a default for is set here."""
    return {
        "global": {"resolve_timeout": "5m"},
        "templates": [f"{FOLDER}/*.tmpl"],
        "route": route(settings),
        "inhibit_rules": inhibitions(),
        "receivers": receivers(settings, naming),
    }


def alertmanager_values(*, settings: AlertingSettings, naming: Naming) -> Values:
    """Give the values of the one Alertmanager of a cluster (OBS-04).

    Silences, and what was sent to whom, lie on a volume: without it every restart would end silences and
    send everything again. The volume is zonal, as that of Prometheus is: when the zone is lost, so is both,
    and the dead-man switch tells. It calls no Kubernetes API, and leaves the cluster only to its receivers.
    """
    return {
        "enabled": True,
        "config": configuration(settings, naming),
        # Templates of messages are Alertmanager's own: Helm must not read them.
        "tplConfig": False,
        "templateFiles": {FILE: templates(environment=naming.environment)},
        "ingress": {"enabled": False},
        "serviceAccount": {"create": True, "automountServiceAccountToken": False},
        "alertmanagerSpec": {
            "replicas": 1,
            "secrets": [SECRET],
            "automountServiceAccountToken": False,
            "retention": RETENTION,
            "logFormat": "json",
            "resources": ALERTMANAGER.resources,
            "priorityClassName": PRIORITY_PLATFORM,
            "securityContext": {
                **CONFINED,
                "runAsUser": USER,
                "runAsGroup": GROUP,
                "fsGroup": GROUP,
            },
            "storage": {
                "volumeClaimTemplate": {
                    "spec": {
                        "storageClassName": VOLUMES,
                        "accessModes": ["ReadWriteOnce"],
                        "resources": {"requests": {"storage": f"{_volume_gib()}Gi"}},
                    }
                }
            },
        },
    }


def _volume_gib() -> int:
    return next(pod.volume_gib for pod in IN_THE_CLUSTER if pod.name == ALERTMANAGER.name)
