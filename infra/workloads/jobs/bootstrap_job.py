"""The job that both bootstraps are: one pod of the operators' image with scripts and secrets in files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
from pulumi_kubernetes import batch, core

from ...cluster_platform.labels import PRIORITY_TRANSACTIONS
from .. import pods
from ..content import content_hash
from ..sizes import PodCapacity
from ..store_authority import StoreAuthority

SCRIPTS: Final = "/jobs"
SECRETS: Final = "/run/secrets"
AUTHORITY: Final = "/etc/store-authority"
TEMPORARY: Final = "/tmp"  # noqa: S108  (a volume of the pod)
TEMPORARY_MIB: Final = 16
USER_ID: Final = 10201
"""No user of a node has it; the image works as any."""
TRIES: Final = 3
"""The scripts wait for their server and may run again at any time: a drained node is no reason to fail."""
LONGEST_SECONDS: Final = 900


@dataclass(frozen=True, slots=True, kw_only=True)
class BootstrapJob:
    """What one bootstrap runs, and with what."""

    name: str
    command: Sequence[str]
    files: Mapping[str, str]
    """Scripts and data, mounted at `/jobs`."""
    secrets: Mapping[str, pulumi.Input[str]]
    """Kubernetes Secrets by the folder below `/run/secrets` in which their members are files."""
    variables: Mapping[str, pulumi.Input[str]]
    ways: Mapping[str, str]
    """Labels that open ways out of the namespace."""
    identity: Sequence[str]
    """What else a new run is due for, when it changes."""

    @property
    def labels(self) -> dict[str, str]:
        """Labels of its objects."""
        return pods.labels(self.name, component=self.name)


def declare_job(
    job: BootstrapJob,
    *,
    image: str,
    size: PodCapacity,
    namespace: pulumi.Input[str],
    authority: StoreAuthority | None,
    after: Sequence[pulumi.Resource],
    opts: pulumi.ResourceOptions,
) -> batch.v1.Job:
    """Declare the job, its files and its service account.

    Its name carries a hash of image, command and files: a finished job is the record that this was done, and
    another content is another job.
    """
    files_name = f"{job.name}-{content_hash(job.files)}"
    files = core.v1.ConfigMap(
        job.name,
        core.v1.ConfigMapInitArgs(
            metadata=pods.metadata(files_name, namespace=namespace, labels=job.labels),
            immutable=True,
            data=dict(job.files),
        ),
        opts=opts,
    )
    account = pods.service_account(job.name, namespace=namespace, labels=job.labels, opts=opts)
    run_name = f"{job.name}-{content_hash(image, job.files, list(job.command), list(job.identity))}"
    return batch.v1.Job(
        job.name,
        batch.v1.JobInitArgs(
            metadata=pods.metadata(run_name, namespace=namespace, labels=job.labels),
            spec=batch.v1.JobSpecArgs(
                backoff_limit=TRIES - 1,
                completions=1,
                parallelism=1,
                active_deadline_seconds=LONGEST_SECONDS,
                template=_template(
                    job,
                    image=image,
                    size=size,
                    config_map=files_name,
                    authority=authority,
                    service_account=account.metadata.name,
                ),
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                depends_on=[files, *after],
                custom_timeouts=pulumi.CustomTimeouts(create=f"{LONGEST_SECONDS // 60 + 5}m"),
            ),
        ),
    )


def _template(
    job: BootstrapJob,
    *,
    image: str,
    size: PodCapacity,
    config_map: str,
    authority: StoreAuthority | None,
    service_account: pulumi.Input[str],
) -> core.v1.PodTemplateSpecArgs:
    volumes = [
        pods.config_files("jobs", config_map=config_map),
        # In memory: what is written here for a moment is as good as a secret.
        pods.scratch("tmp", size_mib=TEMPORARY_MIB, in_memory=True),
        *(pods.secret_files(folder, secret=secret) for folder, secret in job.secrets.items()),
    ]
    mounts = [
        pods.mount("jobs", SCRIPTS, read_only=True),
        pods.mount("tmp", TEMPORARY),
        *(pods.mount(folder, f"{SECRETS}/{folder}", read_only=True) for folder in job.secrets),
    ]
    if authority is not None:
        volumes.append(pods.secret_files("authority", secret=authority.secret, keys=[authority.file]))
        mounts.append(pods.mount("authority", AUTHORITY, read_only=True))
    return pods.pod_template(
        labels={**job.labels, **job.ways},
        containers=[
            core.v1.ContainerArgs(
                name=job.name,
                image=image,
                command=list(job.command),
                env=pods.variables({"TMPDIR": TEMPORARY, **job.variables}),
                resources=pods.resources(
                    cpu_millicores=size.cpu_millicores,
                    memory_mib=size.memory_mib,
                    memory_limit_mib=size.memory_limit_mib,
                ),
                security_context=pods.container_security(),
                volume_mounts=mounts,
                # The end of the log, where `kubectl describe` and Pulumi show it.
                termination_message_policy="FallbackToLogsOnError",
            )
        ],
        volumes=volumes,
        security=pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID),
        service_account=service_account,
        # The whole deployment waits for it.
        priority_class=PRIORITY_TRANSACTIONS,
        stop_seconds=30,
        restart_policy="Never",
    )
