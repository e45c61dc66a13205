"""What scales workloads: HorizontalPodAutoscalers of every version and KEDA's ScaledObjects, read alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from policies.framework import Block, Graph
from policies.k8s.objects import KubernetesObject, objects_of, referred
from policies.k8s.tokens import (
    AUTOSCALERS,
    DEPLOYMENTS,
    REPLICA_SETS,
    SCALED_OBJECTS,
    STATEFUL_SETS,
)

SCALABLE: Final = (*DEPLOYMENTS, *STATEFUL_SETS, *REPLICA_SETS)

QUEUE: Final = "rabbitmq"


@dataclass(frozen=True, slots=True)
class Metric:
    """One measure that a scaler follows.

    `name` is `cpu`, `memory` or the trigger's type; `percent` the share of the requests it aims at;
    `container` the only container that counts, None for all of the pod.
    """

    name: str
    percent: float | None
    container: str | None
    block: Block


@dataclass(frozen=True, slots=True)
class Scaler:
    """One HorizontalPodAutoscaler or ScaledObject."""

    entry: KubernetesObject

    @property
    def by_keda(self) -> bool:
        """Whether it is a ScaledObject."""
        return self.entry.kind == "ScaledObject"

    @property
    def minimum(self) -> float | None:
        """The fewest replicas; None when it does not say."""
        return self.entry.block.number("spec.minReplicaCount" if self.by_keda else "spec.minReplicas")

    @property
    def maximum(self) -> float | None:
        """The most replicas; None when it does not say."""
        return self.entry.block.number("spec.maxReplicaCount" if self.by_keda else "spec.maxReplicas")

    @property
    def metrics(self) -> list[Metric]:
        """Every measure it follows."""
        block = self.entry.block
        if self.by_keda:
            return [_trigger(trigger) for trigger in block.blocks("spec.triggers")]
        oldest = block.number("spec.targetCPUUtilizationPercentage")
        return [
            *([Metric("cpu", oldest, None, block)] if oldest is not None else []),
            *(_metric(metric) for metric in block.blocks("spec.metrics")),
        ]

    def targets(self, graph: Graph) -> list[KubernetesObject]:
        """Give the workloads it scales: one, or none when this stack declares it not."""
        kind = self.entry.block.text("spec.scaleTargetRef.kind", "Deployment")
        return referred(self.entry, self.entry.block, "spec.scaleTargetRef.name", graph, *SCALABLE, kind=kind)


def _trigger(trigger: Block) -> Metric:
    name = trigger.text("type")
    if name not in {"cpu", "memory"}:
        return Metric(name, None, None, trigger)
    # Older manifests give the kind of value as metadata.type.
    kind = trigger.text("metricType") or trigger.text("metadata.type")
    percent = _number(trigger, "metadata.value") if kind == "Utilization" else None
    return Metric(name, percent, trigger.text("metadata.containerName") or None, trigger)


def _metric(metric: Block) -> Metric:
    part = metric.block("containerResource" if metric.has("containerResource") else "resource")
    if not part.has("name"):
        return Metric(metric.text("type"), None, None, metric)
    path = "target.averageUtilization" if part.has("target") else "targetAverageUtilization"
    return Metric(part.text("name"), part.number(path), part.text("container") or None, metric)


def _number(block: Block, path: str) -> float | None:
    text = block.text(path)
    try:
        value = float(text)
    except ValueError:
        return None
    return int(value) if value.is_integer() else value


def scalers(graph: Graph) -> list[Scaler]:
    """Give every scaler of the stack."""
    return graph.fact(_scalers)


def _scalers(graph: Graph) -> list[Scaler]:
    return [Scaler(entry) for entry in objects_of(graph, *AUTOSCALERS, *SCALED_OBJECTS) if not entry.partial]


def scalers_of(workload: KubernetesObject, graph: Graph) -> list[Scaler]:
    """Give the scalers of one workload. Raises NotJudged when it is unknown what some scaler scales."""
    return graph.fact(_by_workload).get(workload, [])


def _by_workload(graph: Graph) -> dict[KubernetesObject, list[Scaler]]:
    found: dict[KubernetesObject, list[Scaler]] = {}
    for scaler in scalers(graph):
        for workload in scaler.targets(graph):
            found.setdefault(workload, []).append(scaler)
    return found
