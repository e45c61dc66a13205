"""Every type token of the Kubernetes objects that rules judge: current and older API groups, patches, lists.

A token is `kubernetes:<group>/<version>:<Kind>`. The same object also goes as `…Patch` (a part of an object
that somebody else made) and inside `…List`. A `CustomResource` carries the API version as it is written in
manifests, so core objects made with it go by `kubernetes:v1:<Kind>`.
"""

from __future__ import annotations

from typing import Final

PATCH: Final = "Patch"
LIST: Final = "List"


def _kind(kind: str, *groups: str) -> tuple[str, ...]:
    """Give the tokens of a kind in API groups: the object, its patch, its list."""
    return tuple(f"kubernetes:{group}:{kind}{form}" for group in groups for form in ("", PATCH, LIST))


_CORE: Final = ("core/v1", "v1")
_APPS: Final = ("apps/v1", "apps/v1beta1", "apps/v1beta2", "extensions/v1beta1")
_RBAC: Final = tuple(f"rbac.authorization.k8s.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))

NAMESPACES: Final = _kind("Namespace", *_CORE)
NETWORK_POLICIES: Final = _kind("NetworkPolicy", "networking.k8s.io/v1", "extensions/v1beta1")
SERVICES: Final = _kind("Service", *_CORE)
INGRESSES: Final = _kind("Ingress", "networking.k8s.io/v1", "networking.k8s.io/v1beta1", "extensions/v1beta1")
STORAGE_CLASSES: Final = _kind("StorageClass", "storage.k8s.io/v1", "storage.k8s.io/v1beta1")

PODS: Final = _kind("Pod", *_CORE)
DEPLOYMENTS: Final = _kind("Deployment", *_APPS)
STATEFUL_SETS: Final = _kind("StatefulSet", *_APPS[:3])
DAEMON_SETS: Final = _kind("DaemonSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1")
REPLICA_SETS: Final = (
    *_kind("ReplicaSet", "apps/v1", "apps/v1beta2", "extensions/v1beta1"),
    *_kind("ReplicationController", *_CORE),
)
JOBS: Final = _kind("Job", "batch/v1")
CRON_JOBS: Final = _kind("CronJob", "batch/v1", "batch/v1beta1", "batch/v2alpha1")
POD_TEMPLATES: Final = _kind("PodTemplate", *_CORE)
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

CONFIG_MAPS: Final = _kind("ConfigMap", *_CORE)
SECRETS: Final = _kind("Secret", *_CORE)
SERVICE_ACCOUNTS: Final = _kind("ServiceAccount", *_CORE)
RESOURCE_QUOTAS: Final = _kind("ResourceQuota", *_CORE)
LIMIT_RANGES: Final = _kind("LimitRange", *_CORE)
VOLUME_CLAIMS: Final = _kind("PersistentVolumeClaim", *_CORE)

ROLES: Final = _kind("Role", *_RBAC)
CLUSTER_ROLES: Final = _kind("ClusterRole", *_RBAC)
ROLE_BINDINGS: Final = _kind("RoleBinding", *_RBAC)
CLUSTER_ROLE_BINDINGS: Final = _kind("ClusterRoleBinding", *_RBAC)

AUTOSCALERS: Final = _kind(
    "HorizontalPodAutoscaler",
    *(f"autoscaling/{version}" for version in ("v2", "v2beta2", "v2beta1", "v1")),
)
DISRUPTION_BUDGETS: Final = _kind("PodDisruptionBudget", "policy/v1", "policy/v1beta1")

SCALED_OBJECTS: Final = _kind("ScaledObject", "keda.sh/v1alpha1")
TRIGGER_AUTHENTICATIONS: Final = (
    *_kind("TriggerAuthentication", "keda.sh/v1alpha1"),
    *_kind("ClusterTriggerAuthentication", "keda.sh/v1alpha1"),
)
_EXTERNAL: Final = tuple(f"external-secrets.io/{version}" for version in ("v1", "v1beta1", "v1alpha1"))
EXTERNAL_SECRETS: Final = (
    *_kind("ExternalSecret", *_EXTERNAL),
    *_kind("ClusterExternalSecret", *_EXTERNAL),
)
SECRET_STORES: Final = _kind("SecretStore", *_EXTERNAL)
CLUSTER_SECRET_STORES: Final = _kind("ClusterSecretStore", *_EXTERNAL)
TARGET_GROUP_BINDINGS: Final = _kind("TargetGroupBinding", "elbv2.k8s.aws/v1beta1", "elbv2.k8s.aws/v1alpha1")

NAMESPACED: Final = (
    *WORKLOADS,
    *NETWORK_POLICIES,
    *SERVICES,
    *INGRESSES,
    *CONFIG_MAPS,
    *SECRETS,
    *SERVICE_ACCOUNTS,
    *RESOURCE_QUOTAS,
    *LIMIT_RANGES,
    *VOLUME_CLAIMS,
    *ROLES,
    *ROLE_BINDINGS,
    *AUTOSCALERS,
    *DISRUPTION_BUDGETS,
    *SCALED_OBJECTS,
    *EXTERNAL_SECRETS,
    *SECRET_STORES,
    *TARGET_GROUP_BINDINGS,
)
"""Objects that lie in a namespace."""

RELEASES: Final = ("kubernetes:helm.sh/v3:Release",)
"""Charts: their objects are made by Helm and never seen here, only the values given to them."""

CHARTS: Final = ("kubernetes:helm.sh/v4:Chart", "kubernetes:helm.sh/v3:Chart", "kubernetes:helm.sh/v2:Chart")
"""Charts rendered by the provider: components, whose objects are resources of their own."""

ADDONS: Final = ("aws:eks/addon:Addon",)
"""What EKS puts into the cluster itself."""
