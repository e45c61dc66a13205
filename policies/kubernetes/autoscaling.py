"""Scaling: bounds, targets, and what must be there for a target to mean anything."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.databases import follows_elsewhere
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)
from policies.framework.environments import ENVIRONMENTS
from policies.k8s.applications import GPS, ODOO, containers_of
from policies.k8s.objects import KubernetesObject, objects, objects_of, picks, referred
from policies.k8s.pods import Pod, all_pods, pod_of
from policies.k8s.scaling import QUEUE, SCALABLE, Metric, Scaler, scalers, scalers_of
from policies.k8s.tokens import (
    AUTOSCALERS,
    DEPLOYMENTS,
    SCALED_OBJECTS,
    SERVICES,
    TARGET_GROUP_BINDINGS,
)

_SCALERS: Final = (*AUTOSCALERS, *SCALED_OBJECTS)
_CONTROLS: Final = Controls((), (), ("SCALE-01",))
_MEASURED: Final = ("cpu", "memory")


def _scalers_in(resource: ResourceView) -> list[Scaler]:
    if resource.type not in _SCALERS:
        return []
    return [Scaler(entry) for entry in objects(resource) if not entry.partial]


@resource_rule(
    "avl-k8s-scaling-bounds",
    subjects=_SCALERS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=_CONTROLS,
    remedy="Set the fewest and the most replicas from the configuration, the first below the second.",
)
def k8s_scaling_bounds(scaler: ResourceView) -> Findings:
    """A scaler has room: it names the fewest and the most replicas, and they differ."""
    for found in _scalers_in(scaler):
        fewest, most = found.minimum, found.maximum
        if fewest is None:
            yield found.entry.finding("it does not name the fewest replicas")
        if most is None:
            yield found.entry.finding("it does not name the most replicas")
        if fewest is not None and most is not None and fewest >= most:
            yield found.entry.finding(f"its fewest replicas, {fewest:g}, are not below its most, {most:g}")


@resource_rule(
    "avl-k8s-scaling-targets",
    subjects=_SCALERS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=_CONTROLS,
    remedy="Follow cpu with a utilisation of 70 and memory with one of 75.",
    settings={
        "cpu": Setting(70, "Share of the requested CPU, in percent, above which pods are added."),
        "memory": Setting(75, "Share of the requested memory, in percent, above which pods are added."),
    },
)
def k8s_scaling_targets(scaler: ResourceView, settings: Settings) -> Findings:
    """Workloads scale when they use more than 70 % of the CPU or 75 % of the memory they asked for."""
    for found in _scalers_in(scaler):
        for name in _MEASURED:
            followed = [metric for metric in found.metrics if metric.name == name]
            if not followed:
                yield found.entry.finding(f"it does not follow {name}")
            for metric in followed:
                if metric.percent != settings[name]:
                    aims = "no share of the requests" if metric.percent is None else f"{metric.percent:g} %"
                    yield found.entry.finding(f"for {name} it aims at {aims}, not {settings[name]:g} %")


@resource_rule(
    "avl-k8s-scaling-queue",
    subjects=SCALED_OBJECTS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=_CONTROLS,
    remedy='Set the trigger to metricType: Value, mode: QueueLength, value: "1000".',
    settings={"depth": Setting(1000, "Messages in the queue above which consumers are added.")},
)
def k8s_scaling_queue(scaler: ResourceView, settings: Settings) -> Findings:
    """Consumers are added when more than 1000 messages wait in all, not 1000 for each replica."""
    for found in _scalers_in(scaler):
        for metric in found.metrics:
            if metric.name == QUEUE:
                yield from _queue(found, metric, settings)


def _queue(found: Scaler, metric: Metric, settings: Settings) -> Iterator[Finding]:
    kind = metric.block.text("metricType", "AverageValue")
    if kind != "Value":
        yield found.entry.finding(f"{metric.block.at}.metricType is {kind}, which counts for each replica")
    mode = metric.block.text("metadata.mode", "not set")
    if mode != "QueueLength":
        yield found.entry.finding(f"{metric.block.at}.metadata.mode is {mode}")
    value = metric.block.number("metadata.value")
    if value != settings["depth"]:
        said = "not set" if value is None else f"{value:g}"
        yield found.entry.finding(f"{metric.block.at}.metadata.value is {said}, not {settings['depth']:g}")


@joined_rule(
    "avl-k8s-scaling-requests",
    subjects=(*_SCALERS, *SCALABLE),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "dr"),
    controls=Controls((), ("CKV_K8S_10", "CKV_K8S_12"), ("SCALE-01",)),
    remedy="Set requests for what is followed, in every container that counts.",
)
def k8s_scaling_requests(scaler: ResourceView, graph: Graph) -> Findings:
    """What a scaler measures against exists: its workload, the container it names, the requests."""
    for found in _scalers_in(scaler):
        targets = found.targets(graph)
        if not targets:
            yield found.entry.finding("it scales no workload of this stack", aspect="target")
        for workload in targets:
            for metric in found.metrics:
                if metric.name in _MEASURED:
                    yield from _unmeasured(found, metric, pod_of(workload))


def _unmeasured(found: Scaler, metric: Metric, pod: Pod) -> Iterator[Finding]:
    counted = [
        container
        for container in pod.containers
        if container.long_running and metric.container in {None, container.name}
    ]
    if not counted:
        yield found.entry.finding(f"{pod.workload.name} has no container {metric.container}")
    for container in counted:
        if not container.block.has(f"resources.requests.{metric.name}"):
            yield found.entry.finding(
                f"container {container.name} of {pod.workload.name} requests no {metric.name}"
            )


@joined_rule(
    "avl-k8s-scaling-owner",
    subjects=(*SCALABLE, *_SCALERS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=_CONTROLS,
    remedy="Leave spec.replicas out of a scaled workload, and keep one scaler; KEDA makes its own.",
)
def k8s_scaling_owner(workload: ResourceView, graph: Graph) -> Findings:
    """One thing alone decides about the number of replicas."""
    if workload.type not in SCALABLE:
        return
    for entry in objects(workload):
        found = scalers_of(entry, graph)
        if len(found) > 1:
            names = ", ".join(sorted(scaler.entry.name for scaler in found))
            yield entry.finding(f"{len(found)} scalers decide about it: {names}", aspect="several")
        if found and entry.block.has("spec.replicas"):
            yield entry.finding(
                "spec.replicas is set, so each deployment undoes what the scaler did", aspect="replicas"
            )


@stack_rule(
    "avl-k8s-scaled",
    subjects=(*DEPLOYMENTS, *_SCALERS, *SERVICES, *TARGET_GROUP_BINDINGS),
    severity=Severity.HIGH,
    levels={name: Level.MANDATORY if name == "prod" else Level.DISABLED for name in ENVIRONMENTS},
    controls=Controls((), (), ("SCALE-01", "LOAD-01", "LOAD-02")),
    remedy="Declare a HorizontalPodAutoscaler for what answers requests, a ScaledObject for consumers.",
)
def k8s_scaled(graph: Graph) -> Findings:
    """In production everything of ours that the load balancer reaches scales, and so does the consumer.

    Nothing does where the database follows another region's: there the replicas are none.
    """
    if graph.fact(follows_elsewhere):
        return
    served = [pod for pod in all_pods(graph) if _scalable(pod)]
    for pod in served:
        if _answers(pod, graph) and not scalers_of(pod.workload, graph):
            yield pod.finding("nothing scales it")
    gps = [pod for pod in served if containers_of(pod, GPS)]
    followed = {
        workload
        for scaler in scalers(graph)
        if any(metric.name == QUEUE for metric in scaler.metrics)
        for workload in scaler.targets(graph)
    }
    if gps and not followed & {pod.workload for pod in gps}:
        yield "no part of the GPS service scales with its queue"


def _scalable(pod: Pod) -> bool:
    return (
        pod.workload.kind == "Deployment"
        and not pod.partial
        and bool(containers_of(pod, ODOO) or containers_of(pod, GPS))
    )


def _answers(pod: Pod, graph: Graph) -> bool:
    """Whether the load balancer sends requests to the pod: a binding names a Service that picks it."""
    return any(
        picks(service.block, "spec.selector", pod.labels)
        for service in graph.fact(_bound_services).get(pod.workload.namespace, [])
    )


def _bound_services(graph: Graph) -> dict[str, list[KubernetesObject]]:
    found: dict[str, list[KubernetesObject]] = {}
    for binding in objects_of(graph, *TARGET_GROUP_BINDINGS):
        for service in referred(binding, binding.block, "spec.serviceRef.name", graph, *SERVICES):
            found.setdefault(service.namespace, []).append(service)
    return found


@resource_rule(
    "avl-k8s-scaling-by-hand",
    subjects=_SCALERS,
    severity=Severity.LOW,
    levels={
        "prod": Level.DISABLED,
        "staging": Level.MANDATORY,
        "testing": Level.MANDATORY,
        "dev": Level.ADVISORY,
        "dr": Level.DISABLED,
    },
    controls=Controls((), (), ("SCALE-02", "SCALE-03")),
    remedy="Leave the scaler out; the number of replicas is one value of the stack's configuration.",
)
def k8s_scaling_by_hand(scaler: ResourceView) -> Findings:
    """Staging and testing change their size by hand only."""
    for found in _scalers_in(scaler):
        yield found.entry.finding("it scales by itself what is scaled by hand here")
