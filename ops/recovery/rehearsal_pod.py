"""The pod of a drill: the copy's data is examined, Odoo is neutralised, then it has to answer.

It stands in a namespace that the stack declares, in which operators may work (`infra/cluster_platform`). From
there nothing is reached but names and PostgreSQL: no mail server, no partner, no broker. Odoo starts without
scheduled jobs.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any, Final

from .estate import Estate

NAMESPACE: Final = "recovery-drill"
POD: Final = "drill"
LOGIN_SECRET: Final = "login"
SERVICE: Final = "drill"
MASTER: Final = "fleet_admin"
GPS_DATABASE: Final = "gps"
LOGIN: Final = "/run/secrets/login"
USER_ID: Final = 10201
ODOO_PORT: Final = 8069
ROOTS: Final = Path(__file__).resolve().parents[1] / "restore_validation" / "certificates"

_CONTAINER_SECURITY: Final = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "capabilities": {"drop": ["ALL"]},
}
_MOUNTS: Final = [
    {"name": "login", "mountPath": LOGIN, "readOnly": True},
    {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108  (a volume of the pod)
    {"name": "data", "mountPath": "/var/lib/odoo"},
]


def documents(estate: Estate, *, run: str, host: str, password: str) -> dict[str, Any]:
    """Give the list of objects; `password` is what the copy's master gets for the drill."""
    labels = {"app.kubernetes.io/part-of": "fleet-erp", "recovery-drill": run}
    own = {"namespace": NAMESPACE, "labels": labels}
    return {
        "apiVersion": "v1",
        "kind": "List",
        "items": [
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": LOGIN_SECRET, **own},
                "type": "Opaque",
                "data": {name: _encoded(text) for name, text in _login(estate, host, password).items()},
            },
            {
                "apiVersion": "v1",
                "kind": "Pod",
                "metadata": {"name": POD, **own},
                "spec": _pod(estate),
            },
        ],
    }


def _login(estate: Estate, host: str, password: str) -> dict[str, str]:
    roots = f"{LOGIN}/roots.pem"
    return {
        "roots.pem": (ROOTS / f"rds-{estate.region}.pem").read_text(encoding="ascii"),
        "pg_service.conf": (
            f"[{SERVICE}]\nhost={host}\nport=5432\nuser={MASTER}\npassword={password}\n"
            f"sslmode=verify-full\nsslrootcert={roots}\n"
        ),
        # The examination opens the role odoo of the copy with the same password.
        "password": password,
        "odoo.conf": (
            "[options]\n"
            f"db_host = {host}\ndb_port = 5432\ndb_user = odoo\ndb_password = {password}\n"
            f"db_name = {estate.odoo_database}\ndb_sslmode = verify-full\n"
            "list_db = False\nadmin_passwd = False\nworkers = 0\nmax_cron_threads = 0\n"
            f"data_dir = /var/lib/odoo\nhttp_port = {ODOO_PORT}\n"
        ),
    }


def _pod(estate: Estate) -> dict[str, Any]:
    examine = [
        *("python3", "-m", "ops", "recovery", "examine", f"--service={SERVICE}"),
        *(f"--odoo-database={estate.odoo_database}", f"--gps-database={GPS_DATABASE}"),
        f"--open-with={LOGIN}/password",
    ]
    odoo = ["odoo", f"--config={LOGIN}/odoo.conf"]
    return {
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "restartPolicy": "Always",
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": USER_ID,
            "runAsGroup": USER_ID,
            "fsGroup": USER_ID,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [
            _container("examine", estate.ops_image, examine, memory="256Mi"),
            _container(
                "neutralise",
                estate.odoo_image,
                ["odoo", "neutralize", *odoo[1:], f"--database={estate.odoo_database}"],
                memory="1Gi",
            ),
        ],
        "containers": [
            {
                **_container("odoo", estate.odoo_image, odoo, memory="2Gi"),
                "ports": [{"containerPort": ODOO_PORT}],
                "startupProbe": _probe("/web/health", failures=60),
                "readinessProbe": _probe("/web/login", failures=3),
            }
        ],
        "volumes": [
            {"name": "login", "secret": {"secretName": LOGIN_SECRET, "defaultMode": 0o440}},
            {"name": "tmp", "emptyDir": {"sizeLimit": "1Gi"}},
            {"name": "data", "emptyDir": {"sizeLimit": "4Gi"}},
        ],
    }


def _container(name: str, image: str, command: list[str], *, memory: str) -> dict[str, Any]:
    return {
        "name": name,
        "image": image,
        "command": command,
        "env": [
            {"name": "PGSERVICEFILE", "value": f"{LOGIN}/pg_service.conf"},
            {"name": "PGSSLROOTCERT", "value": f"{LOGIN}/roots.pem"},
        ],
        "resources": {"requests": {"cpu": "250m", "memory": memory}, "limits": {"memory": memory}},
        "securityContext": _CONTAINER_SECURITY,
        "terminationMessagePolicy": "FallbackToLogsOnError",
        "volumeMounts": _MOUNTS,
    }


def _probe(path: str, *, failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": path, "port": ODOO_PORT},
        "periodSeconds": 10,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
