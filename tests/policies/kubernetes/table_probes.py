"""Rows of the rules about probes, patience and stopping."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP
from tests.policies.kubernetes.jobs import INIT_JOB
from tests.policies.kubernetes.table_pods import CONTAINER, GPS_POD, POD, pod_row, says
from tests.policies.kubernetes.workloads import GPS_API, GPS_CONSUMER, ODOO, TMS, http_probe
from tests.policies.table import Break, Row

LIVENESS: Final = f"{CONTAINER}.livenessProbe"
GPS_LIVENESS: Final = f"{GPS_POD}.containers.0.livenessProbe"
NEAR: Final = http_probe("/web/health", 8070)

RENAMED: Final[dict[str, Any]] = {
    f"{CONTAINER}.name": "erp",
    f"{CONTAINER}.image": "111122223333.dkr.ecr.ap-south-1.amazonaws.com/fleet-erp/erp:1",
    LIVENESS: NEAR,
}
"""Odoo under a name of its own: the labels of the pod, then the port, still say what it is."""

_WRONG: Final = (
    "container erp: livenessProbe.httpGet.path is /web/health, not /web/database/selector",
    "container erp: livenessProbe.periodSeconds is 10, not 30",
    "container erp: livenessProbe.timeoutSeconds is 1, not 10",
    "container erp: livenessProbe.httpGet.port is 8070, not 8069",
)

ROWS: Final = (
    Row(
        "avl-k8s-probes",
        (TMS, ODOO, INIT_JOB),
        (
            says(LIVENESS, DROP, "livenessProbe is not set"),
            says(f"{CONTAINER}.readinessProbe", DROP, "readinessProbe is not set"),
            Break(
                {f"{POD}.initContainers": [{"name": "shipper", "image": "x", "restartPolicy": "Always"}]},
                {
                    "odoo-web": (
                        "container shipper: livenessProbe is not set",
                        "container shipper: readinessProbe is not set",
                    )
                },
            ),
        ),
        unknown=f"{POD}.containers",
        also_holds=({f"{POD}.initContainers": [{"name": "wait", "image": "x"}]},),
    ),
    Row(
        "avl-k8s-odoo-probe",
        (TMS, ODOO, INIT_JOB, GPS_API),
        (
            says(
                f"{LIVENESS}.httpGet.path",
                "/web/health",
                "livenessProbe.httpGet.path is /web/health, not /web/database/selector",
            ),
            says(f"{LIVENESS}.httpGet.port", 8072, "livenessProbe.httpGet.port is 8072, not 8069"),
            says(f"{LIVENESS}.httpGet.port", "metrics", "livenessProbe.httpGet.port is metrics, not 8069"),
            says(f"{LIVENESS}.periodSeconds", 60, "livenessProbe.periodSeconds is 60, not 30"),
            says(f"{LIVENESS}.timeoutSeconds", DROP, "livenessProbe.timeoutSeconds is 1, not 10"),
            says(
                LIVENESS,
                DROP,
                "livenessProbe.httpGet.path is not set, not /web/database/selector",
                "livenessProbe.periodSeconds is 10, not 30",
                "livenessProbe.timeoutSeconds is 1, not 10",
            ),
            Break(RENAMED, {"odoo-web": _WRONG}),
            Break(
                {
                    **RENAMED,
                    "odoo-web.spec.template.metadata": {"labels": {"app": "erp"}},
                },
                {"odoo-web": _WRONG},
            ),
        ),
        unknown=f"{LIVENESS}.timeoutSeconds",
        also_holds=({f"{LIVENESS}.httpGet.port": "http"},),
    ),
    Row(
        "avl-k8s-gps-probe",
        (TMS, GPS_API, GPS_CONSUMER, ODOO),
        (
            Break(
                {f"{GPS_LIVENESS}.timeoutSeconds": 10},
                {"gps-api": "container gps: livenessProbe.timeoutSeconds is 10, not 5"},
            ),
            Break(
                {
                    "gps-consumer.spec.template.spec.containers.0.livenessProbe": {
                        "exec": {"command": ["true"]}
                    }
                },
                {
                    "gps-consumer": (
                        "container gps: livenessProbe.httpGet.path is not set, not /health",
                        "container gps: livenessProbe.periodSeconds is 10, not 30",
                        "container gps: livenessProbe.timeoutSeconds is 1, not 5",
                    )
                },
            ),
        ),
        unknown=f"{GPS_LIVENESS}.httpGet",
    ),
    pod_row(
        "avl-k8s-odoo-patience",
        says(
            f"{LIVENESS}.failureThreshold",
            DROP,
            "its livenessProbe gives up after 90 s, a failover of the database takes 120 s",
            aspect="failover",
        ),
        says(f"{CONTAINER}.startupProbe", DROP, "startupProbe is not set", aspect="startup"),
        says(
            f"{CONTAINER}.startupProbe.failureThreshold",
            3,
            "its startupProbe waits for less than 300 s",
            aspect="startup",
        ),
        unknown=f"{LIVENESS}.failureThreshold",
    ),
    pod_row(
        "avl-k8s-odoo-stop",
        Break(
            {f"{POD}.terminationGracePeriodSeconds": DROP},
            {
                "odoo-web": "terminationGracePeriodSeconds is 30, less than the 135 s that a request and the"
                " load balancer may take"
            },
        ),
        says(f"{CONTAINER}.lifecycle", DROP, "lifecycle.preStop is not set", aspect="pre-stop"),
        unknown=f"{POD}.terminationGracePeriodSeconds",
    ),
)
