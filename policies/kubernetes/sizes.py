"""What containers ask for and what they may take."""

from __future__ import annotations

import re
from typing import Final

from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    advisory_in,
    everywhere,
    resource_rule,
)
from policies.framework.environments import ENVIRONMENTS
from policies.k8s.applications import ODOO, runs
from policies.k8s.pods import pods
from policies.k8s.tokens import WORKLOADS

_REQUIREMENTS: Final = ("LOAD-01", "LOAD-02", "SCALE-01")
_QUANTITY: Final = re.compile(r"(?P<number>\d+(?:\.\d+)?)(?P<unit>[EPTGMK]i|[EPTGMk]|m|)")
_UNITS: Final = {"": 1.0, "m": 0.001, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12, "P": 1e15, "E": 1e18} | {
    f"{letter}i": 1024.0**power for power, letter in enumerate("KMGTPE", start=1)
}


def quantity(text: str) -> float | None:
    """Give a Kubernetes quantity as a number (`250m` → 0.25, `1Gi` → 2**30); None when it is none."""
    matched = _QUANTITY.fullmatch(text)
    if matched is None or matched["unit"] not in _UNITS:
        return None
    return float(matched["number"]) * _UNITS[matched["unit"]]


@resource_rule(
    "avl-k8s-resources-requests",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_10", "CKV_K8S_12"), _REQUIREMENTS),
    remedy="Set resources.requests for cpu and memory, from the load (infra/workloads/capacity.py).",
)
def k8s_resources_requests(workload: ResourceView) -> Findings:
    """Every container says how much CPU and memory it needs: scheduling and scaling count by it."""
    for pod in pods(workload):
        for container in pod.containers:
            for name in ("cpu", "memory"):
                given = quantity(container.block.text(f"resources.requests.{name}"))
                if not given and not pod.partial:
                    yield container.finding(f"resources.requests.{name} is not set")


@resource_rule(
    "avl-k8s-resources-limit",
    subjects=WORKLOADS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_K8S_13",), _REQUIREMENTS),
    remedy="Set resources.limits.memory, not below the request.",
)
def k8s_resources_limit(workload: ResourceView) -> Findings:
    """Every container has a memory limit, so that one that leaks takes no neighbour down."""
    for pod in pods(workload):
        for container in pod.containers:
            limit = quantity(container.block.text("resources.limits.memory"))
            request = quantity(container.block.text("resources.requests.memory"))
            if not limit:
                if not pod.partial:
                    yield container.finding("resources.limits.memory is not set")
            elif request and limit < request:
                yield container.finding("resources.limits.memory is below the request")


@resource_rule(
    "avl-k8s-odoo-cpu-limit",
    subjects=WORKLOADS,
    severity=Severity.LOW,
    levels=advisory_in(*ENVIRONMENTS),
    controls=Controls((), (), ("SLO-01", "LOAD-01")),
    remedy="Take resources.limits.cpu out; the request already secures Odoo's share.",
)
def k8s_odoo_cpu_limit(workload: ResourceView) -> Findings:
    """Odoo has no CPU limit: workers would be throttled in the middle of a page (not CKV_K8S_11)."""
    for pod in pods(workload):
        for container in pod.containers:
            if runs(container, ODOO) and container.block.has("resources.limits.cpu"):
                yield container.finding("resources.limits.cpu is set")
