"""Pods as this estate runs them: nothing allowed that is not needed, every number from the caller.

All builders give typed arguments without side effects, so that a manifest reads as a list of facts. What
they fix for everyone is the Pod Security level `restricted`, a root file system nobody writes to, no token
of the service account unless asked for, no addresses of other services in the environment, and a graceful
stop.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

import pulumi
from pulumi_kubernetes import apps, core, meta, policy

NAME_LABEL: Final = "app.kubernetes.io/name"
COMPONENT_LABEL: Final = "app.kubernetes.io/component"
ZONE: Final = "topology.kubernetes.io/zone"
HOST: Final = "kubernetes.io/hostname"
ROLE_ANNOTATION: Final = "eks.amazonaws.com/role-arn"
"""What the EKS webhook reads on a service account, to give its pods the role (IRSA)."""

DRAIN_SECONDS: Final = 15
"""How long a stopping pod still answers: the load balancer needs that long to send no more requests."""
FILE_MODE: Final = 0o440
"""Mounted files: owner root and the pod's file group may read."""


def labels(name: str, *, component: str) -> dict[str, str]:
    """Label everything of one workload: `name` is the application (odoo), `component` its part (odoo-web)."""
    return {**selector(name, component=component), "app.kubernetes.io/part-of": "fleet-erp"}


def selector(name: str, *, component: str) -> dict[str, str]:
    """Select the pods of one workload: labels that never change, for a Deployment's selector is immutable."""
    return {NAME_LABEL: name, COMPONENT_LABEL: component}


def metadata(
    name: pulumi.Input[str],
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> meta.v1.ObjectMetaArgs:
    """Name an object exactly: others refer to it, and a suffix of Pulumi's would hide what it is."""
    return meta.v1.ObjectMetaArgs(
        name=name,
        namespace=namespace,
        labels=dict(labels),
        annotations=dict(annotations) if annotations else None,
    )


def pod_security(
    *, user_id: int, group_id: int, file_group_id: int | None = None
) -> core.v1.PodSecurityContextArgs:
    """Run as a numeric user, with the default seccomp filter.

    The kubelet cannot tell whether a user given by name is root, and refuses it. `file_group_id` owns
    mounted secrets and volumes.
    """
    return core.v1.PodSecurityContextArgs(
        run_as_non_root=True,
        run_as_user=user_id,
        run_as_group=group_id,
        fs_group=file_group_id,
        # Else every start walks the whole volume.
        fs_group_change_policy="OnRootMismatch" if file_group_id is not None else None,
        seccomp_profile=core.v1.SeccompProfileArgs(type="RuntimeDefault"),
    )


def container_security(*, user_id: int | None = None) -> core.v1.SecurityContextArgs:
    """Forbid a container to gain rights or to write outside its volumes.

    With a `user_id` it runs as that user and group, not as the pod's; the pod's file group stays.
    """
    return core.v1.SecurityContextArgs(
        run_as_user=user_id,
        run_as_group=user_id,
        allow_privilege_escalation=False,
        privileged=False,
        read_only_root_filesystem=True,
        capabilities=core.v1.CapabilitiesArgs(drop=["ALL"]),
    )


def resources(
    *, cpu_millicores: int, memory_mib: int, memory_limit_mib: int | None = None
) -> core.v1.ResourceRequirementsArgs:
    """Request CPU and memory, and limit memory (to the request, unless said otherwise).

    CPU has no limit: throttling makes requests slow while the node idles, and requests already share it
    fairly when it does not.
    """
    return core.v1.ResourceRequirementsArgs(
        requests={"cpu": f"{cpu_millicores}m", "memory": f"{memory_mib}Mi"},
        limits={"memory": f"{memory_mib if memory_limit_mib is None else memory_limit_mib}Mi"},
    )


def http_probe(
    path: str, *, port: int, period_seconds: int, timeout_seconds: int, failure_threshold: int
) -> core.v1.ProbeArgs:
    """Ask a path of the container on a port, every period, and act after so many failures in a row."""
    return core.v1.ProbeArgs(
        http_get=core.v1.HTTPGetActionArgs(path=path, port=port, scheme="HTTP"),
        period_seconds=period_seconds,
        timeout_seconds=timeout_seconds,
        failure_threshold=failure_threshold,
        success_threshold=1,
    )


def drain(seconds: int = DRAIN_SECONDS) -> core.v1.LifecycleArgs:
    """Go on answering while the load balancer and kube-proxy forget the pod; needs no shell in the image."""
    return core.v1.LifecycleArgs(
        pre_stop=core.v1.LifecycleHandlerArgs(sleep=core.v1.SleepActionArgs(seconds=seconds))
    )


def variables(values: Mapping[str, pulumi.Input[str]]) -> list[core.v1.EnvVarArgs]:
    """Set environment variables, never secrets: those are files (SEC-02)."""
    return [core.v1.EnvVarArgs(name=name, value=value) for name, value in values.items()]


def scratch(name: str, *, size_mib: int, in_memory: bool = False) -> core.v1.VolumeArgs:
    """An empty directory that lives with the pod, evicted when it grows past its size."""
    return core.v1.VolumeArgs(
        name=name,
        empty_dir=core.v1.EmptyDirVolumeSourceArgs(
            size_limit=f"{size_mib}Mi", medium="Memory" if in_memory else None
        ),
    )


def secret_files(
    name: str, *, secret: pulumi.Input[str], keys: Sequence[str] = (), optional: bool = False
) -> core.v1.VolumeArgs:
    """Mount a Kubernetes Secret as files; with `keys`, only those.

    Where it is `optional` pods start without it, and the files appear when it does.
    """
    return core.v1.VolumeArgs(
        name=name,
        secret=core.v1.SecretVolumeSourceArgs(
            secret_name=secret,
            default_mode=FILE_MODE,
            optional=True if optional else None,
            items=[core.v1.KeyToPathArgs(key=key, path=key) for key in keys] or None,
        ),
    )


def config_files(name: str, *, config_map: pulumi.Input[str]) -> core.v1.VolumeArgs:
    """Mount a ConfigMap as files."""
    return core.v1.VolumeArgs(
        name=name,
        config_map=core.v1.ConfigMapVolumeSourceArgs(name=config_map, default_mode=FILE_MODE),
    )


def claim(name: str, *, claim_name: pulumi.Input[str]) -> core.v1.VolumeArgs:
    """Mount a persistent volume by its claim."""
    return core.v1.VolumeArgs(
        name=name,
        persistent_volume_claim=core.v1.PersistentVolumeClaimVolumeSourceArgs(claim_name=claim_name),
    )


def mount(volume: str, path: str, *, read_only: bool = False) -> core.v1.VolumeMountArgs:
    """Show a volume of the pod to a container at a path."""
    return core.v1.VolumeMountArgs(name=volume, mount_path=path, read_only=read_only)


def spread(selector: Mapping[str, str]) -> list[core.v1.TopologySpreadConstraintArgs]:
    """Keep pods of one version even over zones, then over nodes, as far as there is room.

    Never `DoNotSchedule`: in a lost zone, or on the only node of testing, a pod that waits is worse than
    two beside each other.
    """
    return [
        core.v1.TopologySpreadConstraintArgs(
            max_skew=1,
            topology_key=key,
            when_unsatisfiable="ScheduleAnyway",
            label_selector=meta.v1.LabelSelectorArgs(match_labels=dict(selector)),
            match_label_keys=["pod-template-hash"],
        )
        for key in (ZONE, HOST)
    ]


def pod_template(
    *,
    labels: Mapping[str, str],
    containers: Sequence[core.v1.ContainerArgs],
    volumes: Sequence[core.v1.VolumeArgs],
    security: core.v1.PodSecurityContextArgs,
    service_account: pulumi.Input[str],
    priority_class: pulumi.Input[str],
    stop_seconds: int,
    mounts_token: bool = False,
    sidecars: Sequence[core.v1.ContainerArgs] = (),
    restart_policy: str = "Always",
    spread: Sequence[core.v1.TopologySpreadConstraintArgs] = (),
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
    tolerations: Sequence[core.v1.TolerationArgs] = (),
) -> core.v1.PodTemplateSpecArgs:
    """Put a pod together.

    `stop_seconds` is the whole time a pod has to stop, draining included. `mounts_token` only for pods that
    speak to the Kubernetes API: the token with which a pod takes its AWS role is mounted by EKS itself.
    `sidecars` start before the containers and stop after them; give them `restart_policy="Always"`.
    """
    return core.v1.PodTemplateSpecArgs(
        metadata=meta.v1.ObjectMetaArgs(
            labels=dict(labels), annotations=dict(annotations) if annotations else None
        ),
        spec=core.v1.PodSpecArgs(
            init_containers=list(sidecars) or None,
            containers=list(containers),
            volumes=list(volumes),
            security_context=security,
            service_account_name=service_account,
            automount_service_account_token=mounts_token,
            # Else a service named db configures Odoo through DB_PORT_5432_TCP_ADDR.
            enable_service_links=False,
            priority_class_name=priority_class,
            termination_grace_period_seconds=stop_seconds,
            restart_policy=restart_policy,
            topology_spread_constraints=list(spread) or None,
            tolerations=list(tolerations) or None,
        ),
    )


def rolling_deployment(
    *,
    selector: Mapping[str, str],
    template: core.v1.PodTemplateSpecArgs,
    replicas: int | None,
    max_surge: int = 1,
    progress_seconds: int = 600,
) -> apps.v1.DeploymentSpecArgs:
    """Replace pods one by one without losing any first.

    `replicas` is None where an autoscaler owns the number: server-side apply would put an owned value back
    on every deployment.
    """
    return apps.v1.DeploymentSpecArgs(
        replicas=replicas,
        revision_history_limit=5,
        progress_deadline_seconds=progress_seconds,
        selector=meta.v1.LabelSelectorArgs(match_labels=dict(selector)),
        strategy=apps.v1.DeploymentStrategyArgs(
            type="RollingUpdate",
            rolling_update=apps.v1.RollingUpdateDeploymentArgs(max_surge=max_surge, max_unavailable=0),
        ),
        template=template,
    )


def disruption_budget(selector: Mapping[str, str]) -> policy.v1.PodDisruptionBudgetSpecArgs:
    """Let drains take one pod at a time.

    A share that must stay would, with a single replica, block every drain, node update and nightly stop.
    Pods that are not ready may always go: they serve nobody.
    """
    return policy.v1.PodDisruptionBudgetSpecArgs(
        max_unavailable=1,
        selector=meta.v1.LabelSelectorArgs(match_labels=dict(selector)),
        unhealthy_pod_eviction_policy="AlwaysAllow",
    )


def service_account(
    name: str,
    *,
    namespace: pulumi.Input[str],
    labels: Mapping[str, str],
    opts: pulumi.ResourceOptions,
    role_arn: pulumi.Input[str] | None = None,
) -> core.v1.ServiceAccount:
    """Declare the service account of one workload, with its AWS role if it has one, and mount no token."""
    return core.v1.ServiceAccount(
        name,
        core.v1.ServiceAccountInitArgs(
            metadata=metadata(
                name,
                namespace=namespace,
                labels=labels,
                annotations={ROLE_ANNOTATION: role_arn} if role_arn is not None else None,
            ),
            automount_service_account_token=False,
        ),
        opts=opts,
    )
