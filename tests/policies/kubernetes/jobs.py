"""Jobs that the rows of this pack share."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import thing
from tests.policies.kubernetes.workloads import _CLOSED, ODOO_IMAGE, REGISTRY, placed, pod_security, resources

INIT_JOB: Final = thing(
    "kubernetes:batch/v1:Job",
    "odoo-init",
    metadata=placed("odoo-init-0a0a0a0a"),
    spec={
        "backoffLimit": 0,
        "template": {
            "metadata": {"labels": {"app.kubernetes.io/name": "odoo-init"}},
            "spec": {
                "restartPolicy": "Never",
                "serviceAccountName": "odoo",
                "automountServiceAccountToken": False,
                "securityContext": pod_security(100),
                "containers": [
                    {
                        "name": "odoo",
                        "image": ODOO_IMAGE,
                        "args": ["odoo", "-i", "base", "--stop-after-init", "--no-http"],
                        "resources": resources("500m", "1Gi", "2Gi"),
                        "securityContext": _CLOSED,
                    }
                ],
            },
        },
    },
)
ARCHIVE_JOB: Final = thing(
    "kubernetes:batch/v1:CronJob",
    "gps-archive",
    metadata=placed("gps-archive"),
    spec={
        "schedule": "0 2 1 * *",
        "concurrencyPolicy": "Forbid",
        "jobTemplate": {
            "spec": {
                "backoffLimit": 2,
                "template": {
                    "metadata": {"labels": {"app.kubernetes.io/name": "gps-archive"}},
                    "spec": {
                        "restartPolicy": "Never",
                        "serviceAccountName": "gps-archive",
                        "automountServiceAccountToken": False,
                        "securityContext": pod_security(10300),
                        "containers": [
                            {
                                "name": "archive",
                                "image": f"{REGISTRY}/ops:1.0.0@sha256:{'3d' * 32}",
                                "resources": resources("100m", "256Mi", "512Mi"),
                                "securityContext": _CLOSED,
                            }
                        ],
                    },
                },
            }
        },
    },
)
