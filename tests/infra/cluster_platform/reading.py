"""Ways to read a rendered platform."""

from __future__ import annotations

from typing import Any, Final

from preview.graph import Resource, ResourceGraph

LIMIT_RANGE: Final = "kubernetes:core/v1:LimitRange"
NAMESPACE: Final = "kubernetes:core/v1:Namespace"
NETWORK_POLICY: Final = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
PRIORITY_CLASS: Final = "kubernetes:scheduling.k8s.io/v1:PriorityClass"
QUOTA: Final = "kubernetes:core/v1:ResourceQuota"
RELEASE: Final = "kubernetes:helm.sh/v3:Release"
ROLE: Final = "aws:iam/role:Role"
ROLE_POLICY: Final = "aws:iam/rolePolicy:RolePolicy"
KUBERNETES_ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"
KUBERNETES_BINDING: Final = "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding"
SECRET_STORE: Final = "kubernetes:external-secrets.io/v1:SecretStore"
SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
STORAGE_CLASS: Final = "kubernetes:storage.k8s.io/v1:StorageClass"
ADMISSION: Final = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy"
ADMISSION_BINDING: Final = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicyBinding"

STACKS: Final = ("prod", "staging", "testing", "dr")


def named(graph: ResourceGraph, token: str, name: str, namespace: str | None = None) -> dict[str, Any]:
    """Give the inputs of the one object of a type and Kubernetes name, in a namespace if it lies in one."""
    (found,) = [
        resource.inputs
        for resource in graph.of_type(token)
        if resource.inputs["metadata"]["name"] == name
        and (namespace is None or resource.inputs["metadata"]["namespace"] == namespace)
    ]
    return found


def release(graph: ResourceGraph, name: str) -> Resource:
    """Give a chart's release by its name."""
    (found,) = [resource for resource in graph.of_type(RELEASE) if resource.inputs["name"] == name]
    return found


def releases(graph: ResourceGraph) -> set[str]:
    """Give the names of all releases."""
    return {resource.inputs["name"] for resource in graph.of_type(RELEASE)}


def quantity_mib(text: str) -> int:
    """Read a memory quantity in MiB. Raises ValueError for any other unit."""
    return int(text.removesuffix("Mi"))


def quantity_millicores(text: str) -> int:
    """Read a CPU quantity in thousandths. Raises ValueError for any other unit."""
    return int(text.removesuffix("m"))
