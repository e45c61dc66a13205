"""Pods of each workload: how many, and what each requests and may use."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from ..settings.workloads import OdooPodSettings, PodSettings
from . import demand
from .demand import Demand
from .rooms import PodRequest

LIMIT_STEP_MIB: Final = 256
ODOO_LIMIT: Final = Fraction(3, 2)
"""Memory a pod of Odoo may use beside its request: workers peak one after the other."""
SMALL_LIMIT: Final = 2
"""Memory that small pods may use beside their request."""
WORKER_SOFT_BYTES: Final = 1024 * 1024 * 1024
"""Virtual memory after which a worker is replaced when its request is done (`limit_memory_soft`)."""
WORKER_HARD_BYTES: Final = 1536 * 1024 * 1024
"""Virtual memory at which a worker gets MemoryError (`limit_memory_hard`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerCapacity:
    """What one container requests and may use. No CPU limit: it would throttle while the node idles."""

    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int


PROXY: Final = ContainerCapacity(cpu_millicores=50, memory_mib=64, memory_limit_mib=128)
"""The nginx beside Odoo."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PodCapacity:
    """Replicas of one workload and what one pod requests and may use, sidecars included."""

    name: str
    replicas_min: int
    replicas_max: int
    """As replicas_min where nothing scales by itself."""
    cpu_millicores: int
    memory_mib: int
    memory_limit_mib: int

    def request(self, *, at: Literal["min", "max"]) -> PodRequest:
        """Give what all pods request at their fewest or most."""
        return PodRequest(
            name=self.name,
            pods=self.replicas_min if at == "min" else self.replicas_max,
            cpu_millicores=self.cpu_millicores,
            memory_mib=self.memory_mib,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class OdooCapacity(PodCapacity):
    """Pods of Odoo."""

    workers: int
    cron_threads: int
    proxy: ContainerCapacity | None
    worker_soft_bytes: int = WORKER_SOFT_BYTES
    worker_hard_bytes: int = WORKER_HARD_BYTES

    @property
    def processes(self) -> int:
        """Processes that hold connections: workers, cron, the gevent process and the master."""
        return self.workers + self.cron_threads + 2

    @property
    def main(self) -> ContainerCapacity:
        """What the container of Odoo requests and may use: the pod without its proxy."""
        if self.proxy is None:
            return ContainerCapacity(
                cpu_millicores=self.cpu_millicores,
                memory_mib=self.memory_mib,
                memory_limit_mib=self.memory_limit_mib,
            )
        return ContainerCapacity(
            cpu_millicores=self.cpu_millicores - self.proxy.cpu_millicores,
            memory_mib=self.memory_mib - self.proxy.memory_mib,
            memory_limit_mib=self.memory_limit_mib - self.proxy.memory_limit_mib,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsumerCapacity(PodCapacity):
    """Pods that store positions."""

    prefetch: int
    queue_depth: int
    """Messages waiting above which KEDA adds pods (SCALE-01)."""
    db_connections: int
    """Connections of one pod."""

    @classmethod
    def of(
        cls, pod: PodCapacity, *, prefetch: int, queue_depth: int, db_connections: int
    ) -> ConsumerCapacity:
        """Add to a pod what a consumer has besides."""
        return cls(
            name=pod.name,
            replicas_min=pod.replicas_min,
            replicas_max=pod.replicas_max,
            cpu_millicores=pod.cpu_millicores,
            memory_mib=pod.memory_mib,
            memory_limit_mib=pod.memory_limit_mib,
            prefetch=prefetch,
            queue_depth=queue_depth,
            db_connections=db_connections,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """Fewest and most replicas."""

    min: int
    max: int


MAIL_CATCHER: Final = PodCapacity(
    name="mail-catcher", replicas_min=1, replicas_max=1, cpu_millicores=10, memory_mib=48, memory_limit_mib=96
)
"""The sink of mail: one message at a time; the interpreter holds most of the memory."""

JOB: Final = PodCapacity(
    name="job", replicas_min=1, replicas_max=1, cpu_millicores=50, memory_mib=256, memory_limit_mib=2048
)
"""Bootstrap, migration and configuration jobs, one at a time; an installation of modules takes the limit."""


def bounded(
    wanted: Demand, settings: PodSettings, *, scaling: Literal["autoscaled", "manual", "fixed"]
) -> Bounds:
    """Keep what the load wants within the bounds of the stack file; one number where nothing scales."""
    ceiling = settings.max_replicas

    def within(replicas: int) -> int:
        replicas = max(replicas, settings.min_replicas)
        return replicas if ceiling is None else min(replicas, ceiling)

    if scaling == "autoscaled":
        return Bounds(min=within(wanted.at_rest), max=within(wanted.most))
    return Bounds(min=within(wanted.at_peak), max=within(wanted.at_peak))


def odoo_pod(
    name: str,
    settings: OdooPodSettings,
    bounds: Bounds,
    *,
    cpu_processes: int,
    worker_mb: Fraction | int,
    use: Fraction,
    proxy: bool,
) -> OdooCapacity:
    """Derive a pod of Odoo from its processes; what the stack file cut by hand holds."""
    workers = settings.workers + settings.cron_threads
    derived_mib = demand.memory_for(workers=workers, worker_mb=worker_mb, proxy=proxy, use=use)
    memory_mib = derived_mib if settings.memory_mib is None else settings.memory_mib
    derived_cpu = demand.cpu_for(cpu_processes)
    return OdooCapacity(
        name=name,
        replicas_min=bounds.min,
        replicas_max=bounds.max,
        cpu_millicores=derived_cpu if settings.cpu_millicores is None else settings.cpu_millicores,
        memory_mib=memory_mib,
        memory_limit_mib=_step(max(memory_mib, 1) * ODOO_LIMIT),
        workers=settings.workers,
        cron_threads=settings.cron_threads,
        proxy=PROXY if proxy else None,
    )


def gps_pod(name: str, settings: PodSettings, bounds: Bounds, *, cpu_millicores: int) -> PodCapacity:
    """Make a pod of the GPS service; what the stack file cut by hand holds."""
    memory_mib = demand.GPS_MEMORY_MIB if settings.memory_mib is None else settings.memory_mib
    cpu = cpu_millicores if settings.cpu_millicores is None else settings.cpu_millicores
    return PodCapacity(
        name=name,
        replicas_min=bounds.min,
        replicas_max=bounds.max,
        cpu_millicores=cpu,
        memory_mib=memory_mib,
        memory_limit_mib=_step(memory_mib * SMALL_LIMIT),
    )


def _step(value: Fraction | int) -> int:
    return ceil(Fraction(value) / LIMIT_STEP_MIB) * LIMIT_STEP_MIB
