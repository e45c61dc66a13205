"""The job that makes the views after whatever Odoo's own jobs did to the tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi

from ...naming import Naming
from ...settings import WorkloadsSettings
from .. import certificates
from ..capacity import Capacity
from ..content import content_hash
from ..jobs.bootstrap_job import SCRIPTS, SECRETS, BootstrapJob, declare_job
from ..jobs.users import ODOO
from ..odoo.preparation import Preparation
from ..secret_delivery import RemoteValue, database_user_secret, external_secret
from .contract import SCRIPT, scripts

NAME: Final = "business-views"
SERVICE_FILE: Final = "pg_service.conf"
SERVICE_FOLDER: Final = "odoo"
CONNECT_SECONDS: Final = 5
SERVICE: Final = (
    "[odoo]\n"
    "user={{ .username }}\n"
    "password={{ .password }}\n"
    "sslmode=verify-full\n"
    f"sslrootcert={SCRIPTS}/{certificates.FILE_NAME}\n"
)
"""How the job connects: as the owner of tables and views, to nobody but our database (SEC-05)."""


class BusinessViews(pulumi.ComponentResource):
    """The views of schema `bi`: what the operational board shows, without personal data (OBS-14).

    Odoo cannot change the type of a column that a view reads, so its upgrade takes the views away first; this
    job makes them again, in one transaction. It runs after the upgrade, and again whenever that does or the
    views change: its name carries a hash of both. Where the tables of the trips module are missing, the job
    ends well all the same, with views without rows, and says what is missing in its log and in `bi.contract`.

    Where the database takes no writes, in a recovery region at rest, there is no job: views come with the
    data.
    """

    done: list[pulumi.Resource]
    """What shows the views may depend on it; empty where there is no job."""

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
        odoo: Preparation | None,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the job in `namespace`, after Odoo's; `odoo` is None where those do not run either."""
        super().__init__("fleet:workloads:BusinessViews", name, None, opts)
        self.done = []
        if odoo is not None:
            child = pulumi.ResourceOptions(parent=self, depends_on=[*after, odoo.done])
            secret = f"{NAME}-odoo-{content_hash(SERVICE)}"
            parameters = {"ODOO_DATABASE": settings.odoo.database}
            job = BootstrapJob(
                name=NAME,
                command=["/bin/sh", f"{SCRIPTS}/{SCRIPT}"],
                files={**scripts(), certificates.FILE_NAME: certificates.rds_roots(naming.region)},
                secrets={SERVICE_FOLDER: secret},
                variables={
                    "PGHOST": host,
                    "PGSERVICEFILE": f"{SECRETS}/{SERVICE_FOLDER}/{SERVICE_FILE}",
                    "PGCONNECT_TIMEOUT": str(CONNECT_SECONDS),
                    "SCRIPTS": SCRIPTS,
                    **parameters,
                },
                ways={},
                identity=[odoo.upgrade, *(f"{key}={value}" for key, value in parameters.items())],
            )
            delivered = external_secret(
                f"{NAME}-odoo",
                name=secret,
                namespace=namespace,
                labels=job.labels,
                store=secret_store,
                values=[
                    RemoteValue(name=member, secret=database_user_secret(naming, ODOO), member=member)
                    for member in ("username", "password")
                ],
                files={SERVICE_FILE: SERVICE},
                opts=child,
            )
            self.done = [
                declare_job(
                    job,
                    image=naming.image(settings.images.ops),
                    size=capacity.job,
                    namespace=namespace,
                    authority=None,
                    after=[delivered],
                    opts=child,
                )
            ]
        self.register_outputs({})
