"""How much of the shared nodes a workspace may take."""

from __future__ import annotations

from ..cluster_platform.namespaces import Quota
from ..settings.environment import WorkspaceSettings
from ..workloads import platform_requests
from ..workloads.capacity import WORKSPACE_PODS, Capacity
from .store import LIMIT_FACTOR

CLAIMS = 3
"""PostgreSQL, RabbitMQ, Odoo's files."""
RABBITMQ_GIB = 2
"""Positions of a handful of made-up vehicles."""


def workspace_quota(settings: WorkspaceSettings, capacity: Capacity) -> Quota:
    """Give the quota of the stack file; limits of memory are what the pods in it may have at most."""
    stores_mib = sum(request.memory_mib * LIMIT_FACTOR for request in platform_requests.WORKSPACE)
    workloads_mib = sum(quota.memory_limit_mib for quota in capacity.quotas.values())
    return Quota(
        cpu_millicores=settings.cpu_quota_millicores,
        memory_mib=settings.memory_quota_mib,
        memory_limit_mib=stores_mib + workloads_mib,
        pods=WORKSPACE_PODS,
        storage_gib=settings.storage_quota_gib,
        claims=CLAIMS,
    )


def postgres_gib(settings: WorkspaceSettings) -> int:
    """Give PostgreSQL half of what the broker leaves."""
    return (settings.storage_quota_gib - RABBITMQ_GIB) // 2


def files_gib(settings: WorkspaceSettings) -> int:
    """Give Odoo's files the rest."""
    return settings.storage_quota_gib - RABBITMQ_GIB - postgres_gib(settings)
