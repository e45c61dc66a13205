"""Quotas of the namespaces that the load does not decide."""

from __future__ import annotations

from typing import Final

from .namespaces import Quota
from .requests import TRIVY_SCAN, controllers
from .trivy import DATABASE_GIB

OBSERVABILITY_QUOTA: Final = Quota(
    cpu_millicores=2000, memory_mib=8192, memory_limit_mib=16384, pods=40, storage_gib=250, claims=6
)
"""Prometheus with 100 GiB and its companions, some twice during an update, and agents on each node."""


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
