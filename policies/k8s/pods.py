"""Pods and containers, wherever they are written: in every kind of workload, in lists and patches."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from policies.framework import UNKNOWN, Block, Finding, Graph, ResourceView
from policies.framework.values import Secret
from policies.k8s.objects import Index, KubernetesObject, objects, plain_map
from policies.k8s.tokens import WORKLOADS

_TEMPLATES: Final[Mapping[str, str]] = {
    "Pod": "",
    "CronJob": "spec.jobTemplate.spec.template",
    "PodTemplate": "template",
}
"""Where the pod lies; everywhere else it is `spec.template`."""

_LONG_RUNNING: Final = frozenset(
    {"Pod", "Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "ReplicationController"}
)
_ROLES: Final = ("containers", "initContainers", "ephemeralContainers")


@dataclass(frozen=True, slots=True)
class Pod:
    """The pod that a workload makes: `template` holds its metadata and spec."""

    workload: KubernetesObject
    template: Block

    @property
    def spec(self) -> Block:
        """The pod's spec."""
        return self.template.block("spec")

    @property
    def partial(self) -> bool:
        """Whether this is a patch, in which nothing may be called missing."""
        return self.workload.partial

    @property
    def long_running(self) -> bool:
        """Whether the pod runs until somebody ends it."""
        return self.workload.kind in _LONG_RUNNING

    @property
    def labels(self) -> Mapping[str, Any]:
        """The pod's labels; a value may be UNKNOWN. Raises NotJudged when there is no telling which exist."""
        return plain_map(self.template, "metadata.labels")

    @property
    def containers(self) -> list[Container]:
        """Every container: also those that run before, and those added later."""
        return [Container(self, block, role=role) for role in _ROLES for block in self.spec.blocks(role)]

    def finding(self, message: str, *, aspect: str | None = None) -> Finding:
        """Give a finding about the pod."""
        return self.workload.finding(message, aspect=aspect)


@dataclass(frozen=True, slots=True)
class Container:
    """One container of a pod; `role` is the list it stands in."""

    pod: Pod
    block: Block
    role: str

    @property
    def name(self) -> str:
        """The container's name."""
        return self.block.text("name")

    @property
    def image(self) -> str:
        """The container's image. Raises NotJudged when it is unknown."""
        return self.block.text("image")

    @property
    def long_running(self) -> bool:
        """Whether it runs as long as its pod: an init container does with `restartPolicy: Always`."""
        return self.pod.long_running and (
            self.role == "containers"
            or (self.role == "initContainers" and self.block.text("restartPolicy") == "Always")
        )

    def security(self, path: str) -> Block | None:
        """Give the security context that holds `path`: the container's, else the pod's; None when neither."""
        for holder in (self.block.block("securityContext"), self.pod.spec.block("securityContext")):
            if holder.has(path):
                return holder
        return None

    def finding(self, message: str, *, aspect: str | None = None) -> Finding:
        """Give a finding about the container."""
        return self.pod.finding(f"container {self.name}: {message}", aspect=aspect)


def pods(workload: ResourceView) -> list[Pod]:
    """Give the pods that a workload makes: one, or one for each item of a list."""
    return [pod_of(entry) for entry in objects(workload)]


def pod_of(entry: KubernetesObject) -> Pod:
    """Give the pod of one workload."""
    path = _TEMPLATES.get(entry.kind, "spec.template")
    return Pod(entry, entry.block.block(path) if path else entry.block)


def all_pods(graph: Graph) -> list[Pod]:
    """Give the pods of the whole stack."""
    return graph.fact(_all_pods)


def _all_pods(graph: Graph) -> list[Pod]:
    return [pod for workload in graph.of(*WORKLOADS) for pod in pods(workload)]


def pods_inside(namespace: str, graph: Graph) -> list[Pod]:
    """Give the pods that workloads in a namespace make. Raises NotJudged when one may lie anywhere."""
    return [pod_of(entry) for entry in graph.fact(Index).inside(namespace, *WORKLOADS)]


def leaves(tree: Any, path: str = "") -> Iterator[tuple[str, Any]]:  # noqa: ANN401  (any JSON value)
    """Give every (path, value) at the ends of a tree: the values of a chart. Unknown ends are left out."""
    if isinstance(tree, Secret):
        yield from leaves(tree.value, path)
    elif isinstance(tree, Mapping):
        for name, value in tree.items():
            yield from leaves(value, f"{path}.{name}" if path else str(name))
    elif isinstance(tree, list):
        for at, value in enumerate(tree):
            yield from leaves(value, f"{path}.{at}")
    elif tree is not UNKNOWN:
        yield path, tree
