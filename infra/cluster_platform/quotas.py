"""Quotas of the namespaces that the load does not decide."""

from __future__ import annotations

from typing import Final

from ..observability.requests import IN_THE_CLUSTER, JOB, ON_EVERY_NODE
from ..settings.cluster import ClusterSettings
from ..settings.observability import MetricsSettings
from .namespaces import Quota
from .requests import TRIVY_SCAN, controllers
from .trivy import DATABASE_GIB


def observability_quota(metrics: MetricsSettings | None) -> Quota:
    """Twice what monitoring requests, for an update, and a job; a single job where nothing is measured.

    Volumes once: they grow, but none is made beside another.
    """
    pods = IN_THE_CLUSTER if metrics is not None else ()
    return Quota(
        cpu_millicores=2 * sum(pod.cpu_millicores for pod in pods) + JOB.cpu_millicores,
        memory_mib=2 * sum(pod.memory_mib for pod in pods) + JOB.memory_mib,
        memory_limit_mib=2 * sum(pod.memory_limit_mib for pod in pods) + JOB.memory_limit_mib,
        pods=2 * len(pods) + 1,
        storage_gib=0 if metrics is None else metrics.volume_gib + sum(pod.volume_gib for pod in pods),
        claims=0 if metrics is None else 1 + sum(pod.volume_gib > 0 for pod in pods),
    )


DRILL_CPU_MILLICORES: Final = 250
DRILL_MEMORY_MIB: Final = 2048


def rehearsal_quota() -> Quota:
    """One pod of a drill (`ops/recovery/rehearsal_pod.py`), whose requests of memory are its limits."""
    return Quota(
        cpu_millicores=DRILL_CPU_MILLICORES,
        memory_mib=DRILL_MEMORY_MIB,
        memory_limit_mib=DRILL_MEMORY_MIB,
        pods=1,
        claims=0,
    )


def node_agents_quota(cluster: ClusterSettings) -> Quota:
    """What agents request on as many nodes as there can be, and one node more while one is replaced.

    An update stops the agent of a node before it starts the next.
    """
    nodes = 1 + sum(group.size.max for group in cluster.node_groups)
    return Quota(
        cpu_millicores=nodes * sum(pod.cpu_millicores for pod in ON_EVERY_NODE),
        memory_mib=nodes * sum(pod.memory_mib for pod in ON_EVERY_NODE),
        memory_limit_mib=nodes * sum(pod.memory_limit_mib for pod in ON_EVERY_NODE),
        pods=nodes * len(ON_EVERY_NODE),
        claims=0,
    )


def system_quota(*, autoscaled: bool, replicas: int) -> Quota:
    """Twice what controllers and a scan request: an update starts new pods before it stops the old ones."""
    everything = (*controllers(autoscaled=autoscaled), TRIVY_SCAN)
    running = [(each, each.pods(replicas=replicas)) for each in everything]
    return Quota(
        cpu_millicores=2 * sum(pods * each.cpu_millicores for each, pods in running),
        memory_mib=2 * sum(pods * each.memory_mib for each, pods in running),
        memory_limit_mib=2 * sum(pods * each.memory_limit_mib for each, pods in running),
        pods=2 * sum(pods for _, pods in running),
        storage_gib=DATABASE_GIB,
        claims=1,
    )
