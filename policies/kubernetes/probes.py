"""Probes: how the cluster finds out that a container hangs, and how long it waits before it says so."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from policies.framework import (
    Block,
    Controls,
    Finding,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)
from policies.k8s.applications import GPS, ODOO, ODOO_PORT, containers_of
from policies.k8s.pods import Container, Pod, pods
from policies.k8s.tokens import WORKLOADS

ODOO_PROBE: Final = {"httpGet.path": "/web/database/selector", "periodSeconds": 30, "timeoutSeconds": 10}
GPS_PROBE: Final = {"httpGet.path": "/health", "periodSeconds": 30, "timeoutSeconds": 5}
_DEFAULTS: Final[Mapping[str, int]] = {"periodSeconds": 10, "timeoutSeconds": 1, "failureThreshold": 3}
"""What the API server fills in."""

FAILOVER_SECONDS: Final = 120
"""How long a failover of the database lasts: RDS user guide, "Failing over a Multi-AZ DB instance"."""

STARTUP_SECONDS: Final = 300
"""What Odoo gets to load its registry after an upgrade."""

LIMIT_TIME_REAL: Final = 120
"""How long an Odoo worker may take for one request (`limit_time_real`), and so to stop."""

DEREGISTRATION_SECONDS: Final = 15
"""How long the load balancer may send requests to a pod that is about to stop."""


DEFAULT_GRACE_SECONDS: Final = 30
"""What the API server fills in."""


@resource_rule(
    "avl-k8s-probes",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_8", "CKV_K8S_9"), ("OBS-09", "OBS-10", "SLO-01")),
    remedy="Give the container a livenessProbe and a readinessProbe.",
)
def k8s_probes(workload: ResourceView) -> Findings:
    """Every container that keeps running has a liveness and a readiness probe."""
    for pod in pods(workload):
        for container in pod.containers:
            if container.long_running and not pod.partial:
                for name in ("livenessProbe", "readinessProbe"):
                    if not container.block.has(name):
                        yield container.finding(f"{name} is not set")


@resource_rule(
    "avl-k8s-odoo-probe",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_8",), ("OBS-09",)),
    remedy=(
        "Set livenessProbe: {httpGet: {path: /web/database/selector, port: 8069}, periodSeconds: 30,"
        " timeoutSeconds: 10}."
    ),
)
def k8s_odoo_probe(workload: ResourceView) -> Findings:
    """Odoo's liveness is asked at /web/database/selector on port 8069, every 30 s with 10 s to answer."""
    for pod in pods(workload):
        for container in _long_running(pod, ODOO):
            yield from _differences(container, ODOO_PROBE)
            probe = container.block.block("livenessProbe.httpGet")
            if probe.has("port") and _port(pod, probe) != ODOO_PORT:
                yield container.finding(
                    f"livenessProbe.httpGet.port is {probe.text('port')}, not {ODOO_PORT}"
                )


@resource_rule(
    "avl-k8s-gps-probe",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_8",), ("OBS-10",)),
    remedy="Set livenessProbe: {httpGet: {path: /health, port: …}, periodSeconds: 30, timeoutSeconds: 5}.",
)
def k8s_gps_probe(workload: ResourceView) -> Findings:
    """The GPS service's liveness is asked at /health, every 30 s with 5 s to answer: API and consumer."""
    for pod in pods(workload):
        for container in _long_running(pod, GPS):
            yield from _differences(container, GPS_PROBE)


def _long_running(pod: Pod, application: str) -> list[Container]:
    return containers_of(pod, application) if pod.long_running else []


def _differences(container: Container, expected: Mapping[str, str | int]) -> Iterator[Finding]:
    probe = container.block.block("livenessProbe")
    for path, wanted in expected.items():
        if container.pod.partial and not probe.has(path):
            continue
        given = probe.text(path, str(_DEFAULTS.get(path, "not set")))
        if given != str(wanted):
            yield container.finding(f"livenessProbe.{path} is {given}, not {wanted}")


def _port(pod: Pod, probe: Block) -> float | None:
    """Give the number of a probe's port: a name is looked up among the pod's own ports."""
    number = probe.number("port")
    if number is not None:
        return number
    for container in pod.containers:
        for port in container.block.blocks("ports"):
            if port.text("name") == probe.text("port"):
                return port.number("containerPort")
    return None


@resource_rule(
    "avl-k8s-odoo-patience",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("OBS-09", "SLO-01", "DATA-02")),
    remedy="Set failureThreshold 6 on the livenessProbe, and a startupProbe with 30 times 10 s.",
)
def k8s_odoo_patience(workload: ResourceView) -> Findings:
    """Odoo outlives a failover of its database and a slow start: its probes wait longer than both take."""
    for pod in pods(workload):
        for container in _long_running(pod, ODOO):
            liveness, startup = (container.block.block(f"{name}Probe") for name in ("liveness", "startup"))
            if _tells(liveness, pod) and _patience(liveness) <= FAILOVER_SECONDS:
                yield container.finding(
                    f"its livenessProbe gives up after {_patience(liveness):g} s, a failover of the database"
                    f" takes {FAILOVER_SECONDS} s",
                    aspect="failover",
                )
            if not container.block.has("startupProbe"):
                if not pod.partial:
                    yield container.finding("startupProbe is not set", aspect="startup")
            elif _tells(startup, pod) and _patience(startup) < STARTUP_SECONDS:
                yield container.finding(
                    f"its startupProbe waits for less than {STARTUP_SECONDS} s", aspect="startup"
                )


def _tells(probe: Block, pod: Pod) -> bool:
    """Whether the probe says how long it waits: in a patch only when it gives both numbers itself."""
    return not pod.partial or (probe.has("periodSeconds") and probe.has("failureThreshold"))


def _patience(probe: Block) -> float:
    numbers = {path: probe.number(path) or _DEFAULTS[path] for path in ("periodSeconds", "failureThreshold")}
    return numbers["periodSeconds"] * numbers["failureThreshold"]


@resource_rule(
    "avl-k8s-odoo-stop",
    subjects=WORKLOADS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("SLO-01",)),
    remedy="Set terminationGracePeriodSeconds: 150 and a preStop that sleeps for 15 s.",
)
def k8s_odoo_stop(workload: ResourceView) -> Findings:
    """Odoo stops without cutting off a request: the load balancer lets go first, then workers finish."""
    least = LIMIT_TIME_REAL + DEREGISTRATION_SECONDS
    for pod in pods(workload):
        found = _long_running(pod, ODOO)
        grace = pod.spec.number("terminationGracePeriodSeconds")
        if grace is None and not pod.partial:
            grace = DEFAULT_GRACE_SECONDS
        if found and grace is not None and grace < least:
            yield pod.finding(
                f"terminationGracePeriodSeconds is {grace:g}, less than the {least} s that a request and the"
                " load balancer may take"
            )
        for container in found:
            if not container.block.has("lifecycle.preStop") and not pod.partial:
                yield container.finding("lifecycle.preStop is not set", aspect="pre-stop")
