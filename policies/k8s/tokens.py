"""Every type token of the Kubernetes objects that rules judge: current and older API groups, and patches."""

from __future__ import annotations

from typing import Final


def _with_patches(*tokens: str) -> tuple[str, ...]:
    return (*tokens, *(f"{token}Patch" for token in tokens))


_APPS: Final = ("apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1")

NAMESPACES: Final = _with_patches("kubernetes:core/v1:Namespace")
NETWORK_POLICIES: Final = _with_patches(
    "kubernetes:networking.k8s.io/v1:NetworkPolicy", "kubernetes:extensions/v1beta1:NetworkPolicy"
)
SERVICES: Final = _with_patches("kubernetes:core/v1:Service")
INGRESSES: Final = _with_patches(
    "kubernetes:networking.k8s.io/v1:Ingress",
    "kubernetes:networking.k8s.io/v1beta1:Ingress",
    "kubernetes:extensions/v1beta1:Ingress",
)
STORAGE_CLASSES: Final = _with_patches(
    "kubernetes:storage.k8s.io/v1:StorageClass", "kubernetes:storage.k8s.io/v1beta1:StorageClass"
)
PODS: Final = _with_patches("kubernetes:core/v1:Pod")
DEPLOYMENTS: Final = _with_patches(*(f"kubernetes:{group}:Deployment" for group in _APPS))
STATEFUL_SETS: Final = _with_patches(*(f"kubernetes:{group}:StatefulSet" for group in _APPS[:3]))
DAEMON_SETS: Final = _with_patches(
    *(f"kubernetes:{group}:DaemonSet" for group in ("apps/v1", "apps/v1beta2", "extensions/v1beta1"))
)
REPLICA_SETS: Final = _with_patches(
    *(f"kubernetes:{group}:ReplicaSet" for group in ("apps/v1", "apps/v1beta2", "extensions/v1beta1")),
    "kubernetes:core/v1:ReplicationController",
)
JOBS: Final = _with_patches("kubernetes:batch/v1:Job")
CRON_JOBS: Final = _with_patches(
    *(f"kubernetes:batch/{version}:CronJob" for version in ("v1", "v1beta1", "v2alpha1"))
)
POD_TEMPLATES: Final = _with_patches("kubernetes:core/v1:PodTemplate")
WORKLOADS: Final = (
    *PODS,
    *DEPLOYMENTS,
    *STATEFUL_SETS,
    *DAEMON_SETS,
    *REPLICA_SETS,
    *JOBS,
    *CRON_JOBS,
    *POD_TEMPLATES,
)
"""Everything that makes pods."""

RELEASES: Final = ("kubernetes:helm.sh/v3:Release",)
"""Charts: their objects are made by Helm and never seen here, only the values given to them."""

CHARTS: Final = ("kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v3:Chart", "kubernetes:helm.sh/v2:Chart")
"""Charts rendered by the provider: components, whose objects are resources of their own."""
