"""Quotas of the namespaces that the load does not decide."""

from __future__ import annotations

from typing import Final

from .namespaces import Quota
from .requests import controllers
from .trivy import DATABASE_GIB

OBSERVABILITY_QUOTA: Final = Quota(
    cpu_millicores=2000, memory_mib=8192, memory_limit_mib=16384, pods=40, storage_gib=250, claims=6
)
"""Prometheus with 100 GiB and its companions, some twice during an update, and agents on each node."""


def system_quota(*, autoscaled: bool) -> Quota:
    """Twice what the controllers request: an update starts the new pods before it stops the old ones."""
    all_of_them = controllers(autoscaled=autoscaled)
    return Quota(
        cpu_millicores=2 * sum(each.pods * each.cpu_millicores for each in all_of_them),
        memory_mib=2 * sum(each.pods * each.memory_mib for each in all_of_them),
        memory_limit_mib=2 * sum(each.pods * each.memory_limit_mib for each in all_of_them),
        pods=2 * sum(each.pods for each in all_of_them),
        storage_gib=DATABASE_GIB,
        claims=1,
    )
