"""Who goes first when nodes are full (LOAD-03)."""

from __future__ import annotations

from typing import Final, NamedTuple

import pulumi
import pulumi_kubernetes as kubernetes
from pulumi_kubernetes import scheduling

from .labels import PRIORITY_PLATFORM, PRIORITY_REPORTS, PRIORITY_STANDARD, PRIORITY_TRANSACTIONS


class Priority(NamedTuple):
    """A priority class; one that preempts takes the place of lower ones."""

    name: str
    value: int
    preempts: bool
    what: str


PRIORITIES: Final = (
    Priority(PRIORITY_PLATFORM, 1_000_000, True, "Controllers without which nothing else starts or scales"),
    Priority(PRIORITY_TRANSACTIONS, 100_000, True, "What users and vehicles wait for"),
    Priority(PRIORITY_STANDARD, 10_000, True, "Everything that names no priority"),
    Priority(PRIORITY_REPORTS, 1_000, False, "Reports and batch jobs: they wait for room and give way"),
)


def create_priorities(*, opts: pulumi.ResourceOptions) -> list[scheduling.v1.PriorityClass]:
    """Make the classes. Kubernetes' own `system-…` classes stay above all of them."""
    return [
        scheduling.v1.PriorityClass(
            f"priority-{priority.name}",
            scheduling.v1.PriorityClassInitArgs(
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=priority.name),
                value=priority.value,
                global_default=priority.name == PRIORITY_STANDARD,
                preemption_policy="PreemptLowerPriority" if priority.preempts else "Never",
                description=priority.what,
            ),
            opts=opts,
        )
        for priority in PRIORITIES
    ]
