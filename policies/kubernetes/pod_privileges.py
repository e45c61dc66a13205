"""What the processes in a pod may do to the node."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.framework import (
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    resource_rule,
)
from policies.framework.environments import ENVIRONMENTS
from policies.k8s.applications import ODOO, runs
from policies.k8s.pods import Container, pods
from policies.k8s.tokens import WORKLOADS

_REQUIREMENTS: Final = ("SEC-03", "ISO-03")

ALLOWED_CAPABILITIES: Final = frozenset({"NET_BIND_SERVICE"})
"""What the Pod Security Standard `restricted` lets a container add."""

ALLOWED_VOLUMES: Final = frozenset(
    {
        "configMap",
        "csi",
        "downwardAPI",
        "emptyDir",
        "ephemeral",
        "image",
        "persistentVolumeClaim",
        "projected",
        "secret",
    }
)
"""Kinds of volumes that the Pod Security Standard `restricted` allows."""

_SECCOMP: Final = frozenset({"RuntimeDefault", "Localhost"})


@resource_rule(
    "iam-k8s-pod-privilege-escalation",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_20",), _REQUIREMENTS, ("8(5)",)),
    remedy="Set allowPrivilegeEscalation: false in the security context of each container.",
)
def k8s_pod_privilege_escalation(workload: ResourceView) -> Findings:
    """No process can gain more rights than its parent has."""
    for pod in pods(workload):
        for container in pod.containers:
            path = "securityContext.allowPrivilegeEscalation"
            said = container.block.has(path) or not pod.partial
            if said and container.block.flag(path, default=True):
                yield container.finding("allowPrivilegeEscalation is not false")


@resource_rule(
    "iam-k8s-pod-privileged",
    subjects=WORKLOADS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_16",), _REQUIREMENTS, ("8(5)",)),
    remedy="Take privileged and procMount out; what needs the node gets its own namespace and an exemption.",
)
def k8s_pod_privileged(workload: ResourceView) -> Findings:
    """No container has the node's own rights."""
    for pod in pods(workload):
        if pod.spec.flag("securityContext.windowsOptions.hostProcess"):
            yield pod.finding("it runs as a process of the host", aspect="host-process")
        for container in pod.containers:
            if container.block.flag("securityContext.privileged"):
                yield container.finding("privileged is true", aspect="privileged")
            if container.block.text("securityContext.procMount", "Default") != "Default":
                yield container.finding("procMount shows the kernel's /proc unmasked", aspect="proc-mount")
            if container.block.flag("securityContext.windowsOptions.hostProcess"):
                yield container.finding("it runs as a process of the host", aspect="host-process")


@resource_rule(
    "iam-k8s-pod-capabilities",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_25", "CKV_K8S_28", "CKV_K8S_37", "CKV_K8S_39"), _REQUIREMENTS, ("8(5)",)),
    remedy='Set capabilities: {drop: ["ALL"]} in the security context of each container, and add none.',
)
def k8s_pod_capabilities(workload: ResourceView) -> Findings:
    """Containers drop all Linux capabilities and add none but NET_BIND_SERVICE."""
    for pod in pods(workload):
        for container in pod.containers:
            yield from _capabilities(container)


def _capabilities(container: Container) -> Iterator[Finding]:
    context = container.block.block("securityContext")
    dropped = {name.upper() for name in context.texts("capabilities.drop")}
    if "ALL" not in dropped and (context.has("capabilities.drop") or not container.pod.partial):
        yield container.finding("capabilities.drop does not name ALL", aspect="drop")
    for name in context.texts("capabilities.add"):
        if name.upper().removeprefix("CAP_") not in ALLOWED_CAPABILITIES:
            yield container.finding(f"capabilities.add names {name}", aspect="add")


@resource_rule(
    "iam-k8s-pod-seccomp",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_31",), _REQUIREMENTS, ("8(5)",)),
    remedy="Set seccompProfile: {type: RuntimeDefault} in the security context of the pod.",
)
def k8s_pod_seccomp(workload: ResourceView) -> Findings:
    """System calls that no container needs are refused by the runtime's profile."""
    for pod in pods(workload):
        for container in pod.containers:
            holder = container.security("seccompProfile.type")
            if holder is None:
                if not pod.partial:
                    yield container.finding("seccompProfile is not set")
            elif holder.text("seccompProfile.type") not in _SECCOMP:
                yield container.finding(f"seccompProfile.type is {holder.text('seccompProfile.type')}")


@resource_rule(
    "iam-k8s-pod-read-only-root",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_22",), _REQUIREMENTS),
    remedy="Set readOnlyRootFilesystem: true and mount an emptyDir where the program writes.",
)
def k8s_pod_read_only_root(workload: ResourceView) -> Findings:
    """No container but Odoo's can change its own image. Odoo's are judged by iam-k8s-odoo-read-only-root."""
    for pod in pods(workload):
        for container in pod.containers:
            if not runs(container, ODOO):
                yield from _writable(container)


@resource_rule(
    "iam-k8s-odoo-read-only-root",
    subjects=WORKLOADS,
    severity=Severity.LOW,
    levels=advisory_in(*ENVIRONMENTS),
    controls=Controls((), ("CKV_K8S_22",), ("SEC-03",)),
    remedy="Set readOnlyRootFilesystem: true; Odoo writes to /var/lib/odoo and /tmp, which are mounts then.",
)
def k8s_odoo_read_only_root(workload: ResourceView) -> Findings:
    """Odoo's containers cannot change their own image: an advice until the mounts are proved."""
    for pod in pods(workload):
        for container in pod.containers:
            if runs(container, ODOO):
                yield from _writable(container)


def _writable(container: Container) -> Iterator[Finding]:
    path = "securityContext.readOnlyRootFilesystem"
    if (container.block.has(path) or not container.pod.partial) and not container.block.flag(path):
        yield container.finding("readOnlyRootFilesystem is not true")


@resource_rule(
    "iam-k8s-pod-host-namespaces",
    subjects=WORKLOADS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_17", "CKV_K8S_18"), _REQUIREMENTS, ("8(5)",)),
    remedy="Take hostPID and hostIPC out; hostNetwork is judged by net-k8s-no-bypass.",
)
def k8s_pod_host_namespaces(workload: ResourceView) -> Findings:
    """Pods see neither the node's processes nor its shared memory."""
    for pod in pods(workload):
        for name in ("hostPID", "hostIPC"):
            if pod.spec.flag(name):
                yield pod.finding(f"{name} is true")


@resource_rule(
    "iam-k8s-pod-volumes",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_27",), _REQUIREMENTS, ("8(5)",)),
    remedy="Mount claims, config maps, secrets, projected volumes or emptyDir; EFS by a claim of its driver.",
)
def k8s_pod_volumes(workload: ResourceView) -> Findings:
    """Pods mount nothing of the node, only the kinds of volumes that `restricted` allows."""
    for pod in pods(workload):
        for volume in pod.spec.blocks("volumes"):
            for kind in sorted(set(volume.keys()) - {"name"} - ALLOWED_VOLUMES):
                yield pod.finding(f"volume {volume.text('name')} is of kind {kind}")
