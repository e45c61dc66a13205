"""Users, queues and policies of RabbitMQ, made before any pod connects."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pulumi

from ...cluster_platform.labels import ALLOWED, REACHES_BROKER_MANAGEMENT
from ...naming import Naming
from ...settings import LoadSettings, WorkloadsSettings
from ..capacity import Capacity
from ..secret_delivery import RemoteValue, broker_user_secret, external_secret
from ..store_authority import StoreAuthority
from .bootstrap_job import AUTHORITY, SCRIPTS, SECRETS, BootstrapJob, declare_job
from .broker_plan import USERS, longest_queue, topology

NAME: Final = "broker-bootstrap"
SCRIPT: Final = "broker_topology.py"
TOPOLOGY: Final = "topology.json"
ADMIN: Final = "broker-admin"
"""Purpose of the first administrator's secret."""


class BrokerBootstrap(pulumi.ComponentResource):
    """The job that makes what Amazon MQ's own API cannot: all but the first user, queues, policies (LOAD-02).

    It speaks to the management API over TLS. Passwords come from Secrets Manager through External Secrets, as
    files (SEC-02); RabbitMQ gets their hashes. A recovery region at rest has no job; it runs when the region
    takes over.
    """

    done: list[pulumi.Resource]
    """What connects depends on it; empty where there is no job."""

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        load: LoadSettings,
        capacity: Capacity,
        naming: Naming,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        authority: StoreAuthority | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the job in `namespace`."""
        super().__init__("fleet:workloads:BrokerBootstrap", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        self.done = []
        if capacity.serving:
            admin_secret, users_secret = f"{NAME}-admin", f"{NAME}-users"
            command = ["python3", f"{SCRIPTS}/{SCRIPT}", "--topology", f"{SCRIPTS}/{TOPOLOGY}"]
            command += ["--admin", f"{SECRETS}/admin", "--users", f"{SECRETS}/users"]
            if authority is not None:
                command += ["--ca-file", f"{AUTHORITY}/{authority.file}"]
            job = BootstrapJob(
                name=NAME,
                command=command,
                files={
                    SCRIPT: Path(__file__).with_name(SCRIPT).read_text(encoding="utf-8"),
                    TOPOLOGY: topology(max_length=longest_queue(load)),
                },
                secrets={"admin": admin_secret, "users": users_secret},
                variables={},
                ways={REACHES_BROKER_MANAGEMENT: ALLOWED},
                identity=[],
            )
            delivered = [
                external_secret(
                    admin_secret,
                    name=admin_secret,
                    namespace=namespace,
                    labels=job.labels,
                    store=secret_store,
                    values=[
                        RemoteValue(name=member, secret=naming.secret(ADMIN), member=member)
                        for member in ("console", "username", "password")
                    ],
                    opts=child,
                ),
                external_secret(
                    users_secret,
                    name=users_secret,
                    namespace=namespace,
                    labels=job.labels,
                    store=secret_store,
                    values=[
                        RemoteValue(
                            name=user.name, secret=broker_user_secret(naming, user.name), member="password"
                        )
                        for user in USERS
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
