"""The coming months of the table of positions, made before a position needs them."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import batch, core, meta

from ...cluster_platform.labels import PRIORITY_STANDARD
from .. import pods
from ..sizes import PodCapacity
from .configuration import DATABASE_FOLDER, SERVICE, SERVICE_FILE
from .pod import APPLICATION, TEMPORARY, Folder

NAME: Final = "gps-partitions"
USER_ID: Final = 10201
"""No user of a node has it; the operators' image works as any."""
SCHEDULE: Final = "23 4,16 * * *"
"""Twice a day, for partitions three months ahead: months may pass before a failure matters. In an environment
that sleeps at night one of the two finds it awake."""
START_SECONDS: Final = 3600
LONGEST_SECONDS: Final = 600
STATEMENT: Final = "SELECT gps.make_partitions()"


def declare_partitions(
    *,
    image: str,
    size: PodCapacity,
    database_host: pulumi.Input[str],
    folders: list[Folder],
    running: bool,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the scheduled job. It logs in as the consumers do, who may make partitions and nothing else."""
    labels = pods.labels(APPLICATION, component=NAME)
    account = pods.service_account(NAME, namespace=namespace, labels=labels, opts=opts)
    template = pods.pod_template(
        labels=labels,
        containers=[
            core.v1.ContainerArgs(
                name="partitions",
                image=image,
                command=["psql", f"service={SERVICE}", "--no-psqlrc", "--set=ON_ERROR_STOP=1"],
                args=[f"--command={STATEMENT}"],
                env=pods.variables(
                    {
                        "PGHOST": database_host,
                        "PGSERVICEFILE": f"{DATABASE_FOLDER}/{SERVICE_FILE}",
                        "PGCONNECT_TIMEOUT": "10",
                    }
                ),
                resources=pods.resources(
                    cpu_millicores=size.cpu_millicores,
                    memory_mib=size.memory_mib,
                    memory_limit_mib=size.memory_limit_mib,
                ),
                security_context=pods.container_security(),
                volume_mounts=[
                    pods.mount("tmp", TEMPORARY),
                    *(pods.mount(folder.name, folder.path, read_only=True) for folder in folders),
                ],
            )
        ],
        volumes=[pods.scratch("tmp", size_mib=16), *(folder.volume for folder in folders)],
        security=pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID),
        service_account=account.metadata.name,
        priority_class=PRIORITY_STANDARD,
        stop_seconds=30,
        restart_policy="Never",
    )
    batch.v1.CronJob(
        NAME,
        batch.v1.CronJobInitArgs(
            metadata=pods.metadata(NAME, namespace=namespace, labels=labels),
            spec=batch.v1.CronJobSpecArgs(
                schedule=SCHEDULE,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                starting_deadline_seconds=START_SECONDS,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                # Where the database takes no writes.
                suspend=not running,
                job_template=batch.v1.JobTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=labels),
                    spec=batch.v1.JobSpecArgs(
                        backoff_limit=2, active_deadline_seconds=LONGEST_SECONDS, template=template
                    ),
                ),
            ),
        ),
        opts=opts,
    )
