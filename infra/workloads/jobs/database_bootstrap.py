"""Roles, databases, extensions and grants of PostgreSQL, made before any pod connects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pulumi

from ...naming import Naming
from ...settings import WorkloadsSettings
from .. import certificates, connections
from ..capacity import Capacity
from ..content import content_hash
from ..secret_delivery import RemoteValue, database_user_secret, external_secret
from ..store_authority import StoreAuthority
from .bootstrap_job import AUTHORITY, SCRIPTS, SECRETS, BootstrapJob, declare_job
from .users import DATABASE_USERS, GPS_DATABASE

NAME: Final = "database-bootstrap"
SCRIPT: Final = "database_bootstrap.sh"
SERVICE_FILE: Final = "pg_service.conf"
SERVICE_FOLDER: Final = "master"
PASSWORDS_FOLDER: Final = "roles"
CONNECT_SECONDS: Final = 5
ONLINE_MONTHS: Final = 12
"""How long positions stay online before the archive may drop their month (DATA-06)."""


def scripts() -> dict[str, str]:
    """Give what the job runs, by file name."""
    folder = Path(__file__).parent
    paths = (folder / SCRIPT, folder / "scram_verifiers.py", *sorted((folder / "sql").glob("*.sql")))
    return {path.name: path.read_text(encoding="utf-8") for path in paths}


def service(*, root_certificates: str) -> str:
    """Render the master's connection service: it checks whom it gives its password (SEC-05)."""
    return (
        "[master]\n"
        "user={{ .username }}\n"
        "password={{ .password }}\n"
        "sslmode=verify-full\n"
        f"sslrootcert={root_certificates}\n"
    )


class DatabaseBootstrap(pulumi.ComponentResource):
    """The job that gives each program its role, and to no role more than it needs.

    Passwords come from Secrets Manager through External Secrets, as files (SEC-02); PostgreSQL gets their
    verifiers. Where the database takes no writes, in a recovery region at rest, there is no job: roles come
    with the data, and the job runs when the region takes over.
    """

    done: list[pulumi.Resource]
    """What connects depends on it; empty where there is no job."""

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        capacity: Capacity,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        host: pulumi.Input[str],
        master_secret: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        made_from: str | None = None,
        authority: StoreAuthority | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the job in `namespace`; `master_secret` names the master's secret, by name or ARN.

        `made_from` is the snapshot that the database comes from: with another one the job runs again, for
        that knows no password of this environment.
        """
        super().__init__("fleet:workloads:DatabaseBootstrap", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self.done = []
        if capacity.serving:
            roots = f"{SCRIPTS}/{certificates.FILE_NAME}" if authority is None else _authority_file(authority)
            service_text = service(root_certificates=roots)
            service_secret = f"{NAME}-master-{content_hash(service_text)}"
            passwords_secret = f"{NAME}-roles"
            job = BootstrapJob(
                name=NAME,
                command=["/bin/sh", f"{SCRIPTS}/{SCRIPT}"],
                files=scripts()
                if authority is not None
                else {**scripts(), certificates.FILE_NAME: certificates.rds_roots(naming.region)},
                secrets={SERVICE_FOLDER: service_secret, PASSWORDS_FOLDER: passwords_secret},
                variables={
                    "PGHOST": host,
                    "PGSERVICEFILE": f"{SECRETS}/{SERVICE_FOLDER}/{SERVICE_FILE}",
                    "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
                    "SCRIPTS": SCRIPTS,
                    "PASSWORDS": f"{SECRETS}/{PASSWORDS_FOLDER}",
                    **_parameters(settings, capacity),
                },
                ways={},
                identity=[
                    *(f"{key}={value}" for key, value in _parameters(settings, capacity).items()),
                    *([made_from] if made_from is not None else []),
                ],
            )
            delivered = [
                external_secret(
                    f"{NAME}-master",
                    name=service_secret,
                    namespace=namespace,
                    labels=job.labels,
                    store=secret_store,
                    values=[
                        RemoteValue(name=member, secret=master_secret, member=member)
                        for member in ("username", "password")
                    ],
                    files={SERVICE_FILE: service_text},
                    opts=child,
                ),
                external_secret(
                    f"{NAME}-roles",
                    name=passwords_secret,
                    namespace=namespace,
                    labels=job.labels,
                    store=secret_store,
                    values=[
                        RemoteValue(
                            name=user.name, secret=database_user_secret(naming, user.name), member="password"
                        )
                        for user in DATABASE_USERS
                    ],
                    opts=child,
                ),
            ]
            self.done = [
                declare_job(
                    job,
                    image=naming.image(settings.images.ops),
                    size=capacity.job,
                    namespace=namespace,
                    authority=authority,
                    after=delivered,
                    opts=child,
                )
            ]
        self.register_outputs({})


def _authority_file(authority: StoreAuthority) -> str:
    return f"{AUTHORITY}/{authority.file}"


def _parameters(settings: WorkloadsSettings, capacity: Capacity) -> dict[str, str]:
    """Give what the SQL is told: names of databases, and shares of the server's connections."""
    consumers = sum(
        share.connections for share in capacity.primary.shares if share.holder == capacity.gps_consumer.name
    )
    return {
        "ODOO_DATABASE": settings.odoo.database,
        "GPS_DATABASE": GPS_DATABASE,
        "EXPORTER_CONNECTIONS": str(connections.EXPORTER),
        "GRAFANA_CONNECTIONS": str(connections.DASHBOARDS),
        # The job that makes partitions logs in as the consumers do.
        "GPS_CONNECTIONS": str(consumers + connections.BOOTSTRAP_JOB),
        "ONLINE_MONTHS": str(ONLINE_MONTHS),
    }
