"""The job, its role and its login."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import batch, core, meta

from ...cluster import Cluster, ServiceAccountRole
from ...cluster_platform.labels import ALLOWED, GPS, PRIORITY_REPORTS, REACHES_AWS
from ...naming import Naming
from ...settings import WorkloadsSettings
from .. import certificates, pods
from ..capacity import Capacity
from ..content import content_hash
from ..jobs.database_bootstrap import ONLINE_MONTHS
from ..jobs.users import GPS_ARCHIVE, GPS_DATABASE
from ..secret_delivery import RemoteValue, database_user_secret, external_secret
from .permissions import BUCKET, statements

NAME: Final = "gps-archive"
SCHEDULE: Final = "37 18 3 * *"
"""The third of each month, before midnight in India: the month before has left its twelve months by then, and
vehicles that were off line have sent what they had."""
START_SECONDS: Final = 6 * 3600
LONGEST_SECONDS: Final = 12 * 3600
"""A month of the fleet takes an hour, one wholly at its peak four (`python -m benchmarks.archive`); after a
pause several may be due."""
TRIES: Final = 4
USER_ID: Final = 10201
"""No user of a node has it; the operators' image works as any."""
TEMPORARY: Final = "/tmp"  # noqa: S108  (a volume of the pod)
TEMPORARY_MIB: Final = 1024
"""One file of the archive is read back at a time: two million positions are some 100 MiB."""
DATABASE_FOLDER: Final = "/run/secrets/database"
CERTIFICATES_FOLDER: Final = "/etc/rds"
SERVICE_FILE: Final = "pg_service.conf"
SERVICE: Final = (
    "[archive]\n"
    f"dbname={GPS_DATABASE}\n"
    f"user={GPS_ARCHIVE}\n"
    "password={{ .password }}\n"
    "sslmode=verify-full\n"
    f"sslrootcert={CERTIFICATES_FOLDER}/{certificates.FILE_NAME}\n"
)
"""How it connects: to nobody but our database (SEC-05)."""


class GpsArchive(pulumi.ComponentResource):
    """Once a month, positions that are older than twelve months go to S3 and leave the database (DATA-06).

    `python -m ops archive run` aggregates, exports, reads back and compares, then drops; killed at any
    moment, the next run goes on. Its AWS role may write and read positions of the bucket `gps-archive` and
    delete nothing; its database role can drop nothing but what was verified. Where the database takes no
    writes the job is suspended.
    """

    def __init__(
        self,
        name: str,
        *,
        settings: WorkloadsSettings,
        capacity: Capacity,
        naming: Naming,
        cluster: Cluster,
        namespace: pulumi.Input[str],
        secret_store: pulumi.Input[str],
        database_host: pulumi.Input[str],
        after: Sequence[pulumi.Resource],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the job in `namespace`, after `after`: the platform, the bucket and the bootstrap job."""
        super().__init__("fleet:workloads:GpsArchive", name, None, opts)
        child = pulumi.ResourceOptions(parent=self, depends_on=list(after))
        labels = pods.labels("gps", component=NAME)
        role = ServiceAccountRole(
            NAME,
            naming=naming,
            oidc_provider_arn=cluster.oidc_provider_arn,
            oidc_issuer=cluster.oidc_issuer,
            namespace=GPS,
            service_account=NAME,
            statements=statements(naming),
            opts=pulumi.ResourceOptions(parent=self),
        )
        secret = f"{NAME}-database-{content_hash(SERVICE)}"
        delivered = external_secret(
            f"{NAME}-database",
            name=secret,
            namespace=namespace,
            labels=labels,
            store=secret_store,
            values=[
                RemoteValue(
                    name="password", secret=database_user_secret(naming, GPS_ARCHIVE), member="password"
                )
            ],
            files={SERVICE_FILE: SERVICE},
            opts=child,
        )
        account = pods.service_account(
            NAME, namespace=namespace, labels=labels, role_arn=role.arn, opts=child
        )
        template = pods.pod_template(
            labels={**labels, REACHES_AWS: ALLOWED},
            containers=[
                core.v1.ContainerArgs(
                    name="archive",
                    image=naming.image(settings.images.ops),
                    command=["python3", "-m", "ops", "archive", "run"],
                    args=[
                        f"--environment={naming.environment}",
                        f"--online-months={ONLINE_MONTHS}",
                        "--json",
                    ],
                    env=pods.variables(
                        {
                            "ARCHIVE_BUCKET": naming.bucket(BUCKET),
                            "AWS_REGION": naming.region,
                            "PGHOST": database_host,
                            "PGSERVICEFILE": f"{DATABASE_FOLDER}/{SERVICE_FILE}",
                            "TMPDIR": TEMPORARY,
                        }
                    ),
                    resources=pods.resources(
                        cpu_millicores=capacity.job.cpu_millicores,
                        memory_mib=capacity.job.memory_mib,
                        memory_limit_mib=capacity.job.memory_limit_mib,
                    ),
                    security_context=pods.container_security(),
                    volume_mounts=[
                        pods.mount("tmp", TEMPORARY),
                        pods.mount("database", DATABASE_FOLDER, read_only=True),
                        pods.mount("certificates", CERTIFICATES_FOLDER, read_only=True),
                    ],
                    termination_message_policy="FallbackToLogsOnError",
                )
            ],
            volumes=[
                pods.scratch("tmp", size_mib=TEMPORARY_MIB),
                pods.secret_files("database", secret=secret),
                # Of the consumers, in the same namespace.
                pods.config_files("certificates", config_map=certificates.CONFIG_MAP),
            ],
            security=pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID),
            service_account=account.metadata.name,
            # It may wait for a place, and a run that has to give way is continued.
            priority_class=PRIORITY_REPORTS,
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
                    successful_jobs_history_limit=2,
                    failed_jobs_history_limit=3,
                    suspend=not capacity.serving,
                    job_template=batch.v1.JobTemplateSpecArgs(
                        metadata=meta.v1.ObjectMetaArgs(labels=labels),
                        spec=batch.v1.JobSpecArgs(
                            backoff_limit=TRIES - 1,
                            active_deadline_seconds=LONGEST_SECONDS,
                            template=template,
                        ),
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[delivered])),
        )
        self.register_outputs({"roleArn": role.arn})
