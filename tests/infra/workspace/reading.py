"""What a rendered workspace holds, as plain data."""

from __future__ import annotations

from typing import Any, Final

from preview.graph import Resource, ResourceGraph, plain

NAMESPACE: Final = "dev-shared"
TEMPLATES: Final = {
    "kubernetes:apps/v1:Deployment": ("spec", "template"),
    "kubernetes:apps/v1:StatefulSet": ("spec", "template"),
    "kubernetes:batch/v1:Job": ("spec", "template"),
    "kubernetes:batch/v1:CronJob": ("spec", "jobTemplate", "spec", "template"),
}
"""Where each kind keeps the template of its pods."""
STATEFUL_SET: Final = "kubernetes:apps/v1:StatefulSet"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
ROLE: Final = "kubernetes:rbac.authorization.k8s.io/v1:Role"


def workloads(graph: ResourceGraph) -> dict[str, dict[str, Any]]:
    """Give the pod template of everything that makes pods, by its logical name."""
    found = {}
    for resource in graph.of_type(*TEMPLATES):
        template = plain(resource.inputs)
        for step in TEMPLATES[resource.type]:
            template = template[step]
        found[resource.name] = template
    return found


def containers(template: dict[str, Any]) -> list[dict[str, Any]]:
    """Give all containers of a pod, those that start first included."""
    return [*template["spec"].get("initContainers", ()), *template["spec"]["containers"]]


def only(graph: ResourceGraph, token: str, name: str) -> dict[str, Any]:
    """Give the inputs of the one resource of that type and logical name."""
    (resource,) = (found for found in graph.of_type(token) if found.name == name)
    return plain(resource.inputs)


def objects(graph: ResourceGraph) -> list[Resource]:
    """Give every object of the API."""
    return [resource for resource in graph.resources if resource.type.startswith("kubernetes:")]


def requested(quantity: str) -> int:
    """Give a quantity in millicores or MiB."""
    if quantity.endswith("m"):
        return int(quantity[:-1])
    assert quantity.endswith("Mi"), quantity
    return int(quantity[:-2])
