"""The jobs that put made-up data into the stores of a workspace, once everything is there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pulumi
from pulumi_kubernetes import batch

from ...naming import Naming
from ...network import ports
from ...settings import WorkloadsSettings
from ...workloads.capacity import Capacity
from ...workloads.gps.configuration import SERVICE, SERVICE_FILE, database_service
from ...workloads.jobs.bootstrap_job import AUTHORITY, SCRIPTS, SECRETS, BootstrapJob, declare_job
from ...workloads.jobs.users import GPS
from ...workloads.odoo import Odoo
from ...workloads.secret_delivery import RemoteValue, database_user_secret, external_secret
from ...workloads.store_authority import StoreAuthority

BUSINESS_FILE: Final = "business.py"
POSITIONS_FILE: Final = "positions.sql"
POSITIONS_JOB: Final = "seed-positions"
"""`app.kubernetes.io/name` of the job that writes positions."""


def text(name: str) -> str:
    """Give the text of a script of this folder."""
    return (Path(__file__).parent / name).read_text(encoding="utf-8")


class Seed(pulumi.ComponentResource):
    """Customers, vehicles and trips in Odoo, positions in the GPS database: made up, and seen to be (ENV-01).

    The jobs read nothing but their own scripts. There is no setting that names a source, and no path out of
    the namespace over which one could be read.
    """

    jobs: list[batch.v1.Job]

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        vehicles: int,
        capacity: Capacity,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        database_host: pulumi.Input[str],
        authority: StoreAuthority,
        odoo: Odoo,
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the jobs for a fleet of `vehicles`, after `after`: both bootstraps."""
        super().__init__("fleet:workspace:Seed", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        service = database_service(root_certificates=f"{AUTHORITY}/{authority.file}")
        job = BootstrapJob(
            name=POSITIONS_JOB,
            command=[
                "psql",
                f"service={SERVICE}",
                "--no-psqlrc",
                "--quiet",
                f"--set=vehicles={vehicles}",
                f"--file={SCRIPTS}/{POSITIONS_FILE}",
            ],
            files={POSITIONS_FILE: text(POSITIONS_FILE)},
            secrets={"database": POSITIONS_JOB},
            variables={
                "PGHOST": database_host,
                "PGPORT": str(ports.POSTGRES.first),
                "PGSERVICEFILE": f"{SECRETS}/database/{SERVICE_FILE}",
            },
            ways={},
            identity=[],
        )
        login = external_secret(
            POSITIONS_JOB,
            name=POSITIONS_JOB,
            namespace=namespace,
            labels=job.labels,
            store=secret_store,
            values=[
                RemoteValue(name="password", secret=database_user_secret(naming, GPS), member="password")
            ],
            files={SERVICE_FILE: service},
            opts=child,
        )
        self.jobs = [
            odoo.run_in_shell(
                "seed",
                script=text(BUSINESS_FILE),
                variables={"SEED_VEHICLES": str(vehicles)},
                opts=child,
            ),
            declare_job(
                job,
                image=naming.image(settings.images.ops),
                size=capacity.job,
                namespace=namespace,
                authority=authority,
                after=[login],
                opts=child,
            ),
        ]
        self.register_outputs({})
