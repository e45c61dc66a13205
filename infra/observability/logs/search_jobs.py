"""The jobs that keep the search domain as planned: one that makes it so, and one that looks every day."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi_kubernetes import batch, core, meta

from ...cluster_platform.labels import ALLOWED, PRIORITY_STANDARD, REACHES_AWS
from ...naming import Naming
from ...workloads import pods
from ...workloads.content import content_hash
from ..requests import JOB
from .search_plan import rendered

APPLICATION: Final = "search"
"""`app.kubernetes.io/name` of the pods of both jobs."""
SETUP: Final = "search-setup"
CHECK: Final = "search-retention-check"
SCRIPT: Final = "search_setup.py"
PLAN: Final = "plan.json"
FILES: Final = "/jobs"
TEMPORARY: Final = "/tmp"  # noqa: S108  (a volume of the pod)
USER_ID: Final = 10201
"""No user of a node has it; the operators' image works as any."""
TRIES: Final = 4
"""A new role of IAM, or a domain that is being updated, may need some minutes."""
LONGEST_SECONDS: Final = 900
CHECK_SCHEDULE: Final = "41 6 * * *"
"""Noon in India, when staging is awake too."""
START_SECONDS: Final = 3600
KEPT_SECONDS: Final = 86_400
"""Until the next day's look."""


def declare_files(
    plan: dict[str, Any], *, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> core.v1.ConfigMap:
    """Declare script and plan; the name changes with them, so that a pod starts with its own."""
    return core.v1.ConfigMap(
        SETUP,
        core.v1.ConfigMapInitArgs(
            metadata=pods.metadata(
                _files_name(plan), namespace=namespace, labels=pods.labels(APPLICATION, component=SETUP)
            ),
            immutable=True,
            data=_files(plan),
        ),
        opts=opts,
    )


def declare_setup(
    plan: dict[str, Any],
    *,
    image: str,
    endpoint: pulumi.Input[str],
    naming: Naming,
    role_arn: pulumi.Input[str],
    master_role_arn: str,
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> batch.v1.Job:
    """Declare the job that applies the plan; another plan, script or image is another job."""
    arguments = ["apply", "--role", master_role_arn]
    run_name = f"{SETUP}-{content_hash(image, _files(plan), arguments)}"
    return batch.v1.Job(
        SETUP,
        batch.v1.JobInitArgs(
            metadata=pods.metadata(
                run_name, namespace=namespace, labels=pods.labels(APPLICATION, component=SETUP)
            ),
            spec=batch.v1.JobSpecArgs(
                backoff_limit=TRIES - 1,
                completions=1,
                parallelism=1,
                active_deadline_seconds=LONGEST_SECONDS,
                template=_template(
                    SETUP,
                    arguments,
                    plan,
                    image=image,
                    endpoint=endpoint,
                    naming=naming,
                    role_arn=role_arn,
                    namespace=namespace,
                    opts=opts,
                ),
            ),
        ),
        opts=pulumi.ResourceOptions.merge(
            opts,
            pulumi.ResourceOptions(
                custom_timeouts=pulumi.CustomTimeouts(create=f"{LONGEST_SECONDS // 60 + 5}m")
            ),
        ),
    )


def declare_check(
    plan: dict[str, Any],
    *,
    image: str,
    endpoint: pulumi.Input[str],
    naming: Naming,
    role_arn: pulumi.Input[str],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> batch.v1.CronJob:
    """Declare the daily look: it fails when logs are kept longer than planned, or no longer arrive."""
    labels = pods.labels(APPLICATION, component=CHECK)
    return batch.v1.CronJob(
        CHECK,
        batch.v1.CronJobInitArgs(
            metadata=pods.metadata(CHECK, namespace=namespace, labels=labels),
            spec=batch.v1.CronJobSpecArgs(
                schedule=CHECK_SCHEDULE,
                time_zone="Etc/UTC",
                concurrency_policy="Forbid",
                starting_deadline_seconds=START_SECONDS,
                successful_jobs_history_limit=1,
                failed_jobs_history_limit=1,
                job_template=batch.v1.JobTemplateSpecArgs(
                    metadata=meta.v1.ObjectMetaArgs(labels=labels),
                    spec=batch.v1.JobSpecArgs(
                        backoff_limit=1,
                        active_deadline_seconds=LONGEST_SECONDS,
                        # Else a failure would be told of for ever, successes after it or not.
                        ttl_seconds_after_finished=KEPT_SECONDS,
                        template=_template(
                            CHECK,
                            ["check"],
                            plan,
                            image=image,
                            endpoint=endpoint,
                            naming=naming,
                            role_arn=role_arn,
                            namespace=namespace,
                            opts=opts,
                        ),
                    ),
                ),
            ),
        ),
        opts=opts,
    )


def _files(plan: dict[str, Any]) -> dict[str, str]:
    return {SCRIPT: Path(__file__).with_name(SCRIPT).read_text(encoding="utf-8"), PLAN: rendered(plan)}


def _files_name(plan: dict[str, Any]) -> str:
    return f"{SETUP}-{content_hash(_files(plan))}"


def _template(
    name: str,
    arguments: Sequence[str],
    plan: dict[str, Any],
    *,
    image: str,
    endpoint: pulumi.Input[str],
    naming: Naming,
    role_arn: pulumi.Input[str],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> core.v1.PodTemplateSpecArgs:
    """Give the pod, which runs under a service account of its own."""
    labels = pods.labels(APPLICATION, component=name)
    account = pods.service_account(name, namespace=namespace, labels=labels, role_arn=role_arn, opts=opts)
    mode, *more = arguments
    command = ["python3", f"{FILES}/{SCRIPT}", mode, "--plan", f"{FILES}/{PLAN}"]
    command += ["--endpoint", "$(SEARCH_HOST)", "--region", naming.region, *more]
    return pods.pod_template(
        # STS, and the domain inside the VPC.
        labels={**labels, REACHES_AWS: ALLOWED},
        containers=[
            core.v1.ContainerArgs(
                name=name,
                image=image,
                command=command,
                env=pods.variables(
                    {
                        "TMPDIR": TEMPORARY,
                        "HOME": TEMPORARY,
                        "SEARCH_HOST": endpoint,
                        "AWS_STS_REGIONAL_ENDPOINTS": "regional",
                    }
                ),
                resources=core.v1.ResourceRequirementsArgs(
                    requests=JOB.resources["requests"], limits=JOB.resources["limits"]
                ),
                security_context=pods.container_security(),
                volume_mounts=[
                    pods.mount("files", FILES, read_only=True),
                    pods.mount("tmp", TEMPORARY),
                ],
                # The end of the log, where `kubectl describe` and Pulumi show it.
                termination_message_policy="FallbackToLogsOnError",
            )
        ],
        volumes=[
            pods.config_files("files", config_map=_files_name(plan)),
            pods.scratch("tmp", size_mib=16),
        ],
        security=pods.pod_security(user_id=USER_ID, group_id=USER_ID, file_group_id=USER_ID),
        service_account=account.metadata.name,
        priority_class=PRIORITY_STANDARD,
        stop_seconds=30,
        restart_policy="Never",
    )
