"""The job that sends messages of the outbox again, after a broker was lost with its region (DATA-08)."""

from __future__ import annotations

from typing import Final

import pulumi
from pulumi_kubernetes import batch, core, meta

from ...cluster_platform.labels import PRIORITY_STANDARD
from .. import pods
from ..sizes import PodCapacity
from .configuration import BROKER_FOLDER, DATABASE_FOLDER, SERVICE, SERVICE_FILE, URL_FILE
from .pod import APPLICATION, TEMPORARY, Folder

NAME: Final = "outbox-replay"
"""What `python -m ops recovery failover` makes its job from."""
USER_ID: Final = 10201
"""No user of a node has it; the operators' image works as any."""
NEVER: Final = "0 0 1 1 *"
"""A CronJob must have a schedule; this one is suspended, and runs when somebody makes a job from it."""
TRIES: Final = 3
LONGEST_SECONDS: Final = 3600


def declare_replay(
    *,
    image: str,
    size: PodCapacity,
    database_host: pulumi.Input[str],
    folders: list[Folder],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    """Declare the job. It reads the outbox as the consumers do and publishes as the API does, nothing else.

    A run is named after its job, so that a pod which takes the place of a killed one goes on where it was.
    """
    labels = pods.labels(APPLICATION, component=NAME)
    account = pods.service_account(NAME, namespace=namespace, labels=labels, opts=opts)
    run = core.v1.EnvVarArgs(
        name="REPLAY_RUN",
        value_from=core.v1.EnvVarSourceArgs(
            field_ref=core.v1.ObjectFieldSelectorArgs(
                field_path="metadata.labels['batch.kubernetes.io/job-name']"
            )
        ),
    )
    template = pods.pod_template(
        labels=labels,
        containers=[
            core.v1.ContainerArgs(
                name="replay",
                image=image,
                command=["python3", "-m", "ops", "recovery", "replay"],
                args=["--json"],
                env=[
                    *pods.variables(
                        {
                            "BROKER_URL_FILE": f"{BROKER_FOLDER}/{URL_FILE}",
                            "PGHOST": database_host,
                            "PGSERVICE": SERVICE,
                            "PGSERVICEFILE": f"{DATABASE_FOLDER}/{SERVICE_FILE}",
                            "TMPDIR": TEMPORARY,
                        }
                    ),
                    run,
                ],
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
                termination_message_policy="FallbackToLogsOnError",
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
                schedule=NEVER,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=3,
                suspend=True,
                job_template=batch.v1.JobTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=labels),
                    spec=batch.v1.JobSpecArgs(
                        backoff_limit=TRIES - 1, active_deadline_seconds=LONGEST_SECONDS, template=template
                    ),
                ),
            ),
        ),
        opts=opts,
    )
