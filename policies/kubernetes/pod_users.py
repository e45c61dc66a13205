"""Whom the processes in a pod run as."""

from __future__ import annotations

from typing import Final

from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    resource_rule,
)
from policies.k8s.applications import image_name
from policies.k8s.pods import Container, pods
from policies.k8s.tokens import WORKLOADS

LEAST_UID: Final = 10_000
"""Below lie users of the node, to whom a process that breaks out would belong (CKV_K8S_40)."""


@resource_rule(
    "iam-k8s-pod-non-root",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_23",), ("SEC-03", "SEC-11"), ("8(5)",)),
    remedy="Set runAsNonRoot: true in the security context of the pod, and nothing else in a container's.",
)
def k8s_pod_non_root(workload: ResourceView) -> Findings:
    """The kubelet refuses to start any container as root."""
    for pod in pods(workload):
        for container in pod.containers:
            holder = container.security("runAsNonRoot")
            if holder is None:
                if not pod.partial:
                    yield container.finding("runAsNonRoot is not set")
            elif not holder.flag("runAsNonRoot"):
                yield container.finding("runAsNonRoot is false")


@resource_rule(
    "iam-k8s-pod-numeric-user",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_23",), ("SEC-03",), ("8(5)",)),
    remedy="Set runAsUser and runAsGroup to numbers above 0: for Odoo 100 and 101, the owner of its files.",
)
def k8s_pod_numeric_user(workload: ResourceView) -> Findings:
    """Every container runs as a numbered user and group other than root.

    With runAsNonRoot alone the kubelet refuses an image whose user is a name, such as Odoo's.
    """
    for pod in pods(workload):
        for container in pod.containers:
            for path in ("runAsUser", "runAsGroup"):
                holder = container.security(path)
                if holder is None:
                    if not pod.partial:
                        yield container.finding(f"{path} is not set")
                elif not holder.number(path):
                    yield container.finding(f"{path} is {holder.text(path)}")


@resource_rule(
    "iam-k8s-pod-high-uid",
    subjects=WORKLOADS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_40",), ("SEC-03",)),
    remedy="Set runAsUser to 10000 or more; an image that is tied to another user is named in imageUsers.",
    settings={
        "imageUsers": Setting(
            ["odoo:100", "postgres:999", "rabbitmq:999", "redis:999"],
            "<image>:<user> for images whose own files belong to a low user.",
        )
    },
)
def k8s_pod_high_uid(workload: ResourceView, settings: Settings) -> Findings:
    """Users of containers are no users of the node: numbers from 10000, or the one an image is tied to."""
    for pod in pods(workload):
        for container in pod.containers:
            holder = container.security("runAsUser")
            user = holder.number("runAsUser") if holder else None
            if user and user < LEAST_UID and not _tied(container, user, settings):
                yield container.finding(f"runAsUser is {user}")


def _tied(container: Container, user: float, settings: Settings) -> bool:
    return f"{image_name(container.image)}:{user}" in settings["imageUsers"]
