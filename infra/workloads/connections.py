"""Who may hold how many connections to PostgreSQL, so that the sum never exceeds what it accepts.

RDS computes `max_connections` as LEAST(DBInstanceClassMemory / 9531392, 5000) (RDS User Guide, "Quotas and
constraints"). DBInstanceClassMemory is what the class is sold with less what RDS itself takes; a tenth is
taken off here, so the computed number is on the safe side.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from ..settings.types import RdsInstanceClass

BYTES_PER_CONNECTION: Final = 9_531_392
MOST_CONNECTIONS: Final = 5000
DATABASE_MEMORY_PERCENT: Final = 90
DATABASE_MEMORY_GIB: Final = {"medium": 4, "large": 8, "xlarge": 16}
"""By the size in the class: true of all t3, t4g, m5, m6 and m7 classes that the settings allow."""

ODOO_MOST_PER_PROCESS: Final = 16
"""Odoo's `db_maxconn` is per process; a process uses a handful, 16 leaves room for nested cursors."""
ODOO_LEAST_PER_PROCESS: Final = 8
"""With fewer the gevent process, which serves all websockets of a pod, stops with PoolError."""
CONSUMER_PER_POD: Final = 2
"""One that stores positions, one that replaces it when it broke."""
EXPORTER: Final = 5
DASHBOARDS: Final = 10
"""CONNECTION LIMIT of the dashboards' role."""
BOOTSTRAP_JOB: Final = 2
RESERVED: Final = 15
"""superuser_reserved_connections 3, rds.rds_superuser_reserved_connections 2, and ten for people."""
SURGE_PODS: Final = 1
"""A rolling update runs one pod more than the deployment has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OdooUse:
    """Pods of Odoo that connect: how many at most, and processes in each."""

    name: str
    pods: int
    processes: int

    @property
    def all_processes(self) -> int:
        """Processes at the maximum, a rolling update included."""
        return (self.pods + SURGE_PODS) * self.processes if self.pods else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Connections that one party may hold at most."""

    holder: str
    connections: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionBudget:
    """What one PostgreSQL server accepts and who may hold it."""

    server: str
    max_connections: int
    shares: tuple[Share, ...]

    @property
    def total(self) -> int:
        """Connections when everyone holds all that he may."""
        return sum(share.connections for share in self.shares)

    @property
    def holds(self) -> bool:
        """Whether the server accepts them all."""
        return self.total <= self.max_connections


def watchers(*, monitored: bool) -> tuple[Share, ...]:
    """Give what everyone beside the workloads may hold: metrics and dashboards where they are, and people."""
    observers = (
        Share(holder="metrics", connections=EXPORTER),
        Share(holder="dashboards", connections=DASHBOARDS),
    )
    return (*(observers if monitored else ()), Share(holder="reserved", connections=RESERVED))


def max_connections(instance_class: RdsInstanceClass) -> int:
    """Compute what RDS sets for a class, on the safe side."""
    memory_gib = DATABASE_MEMORY_GIB[instance_class.rsplit(".", 1)[-1]]
    usable = memory_gib * 1024**3 * DATABASE_MEMORY_PERCENT // 100
    return min(usable // BYTES_PER_CONNECTION, MOST_CONNECTIONS)


def connections_per_process(uses: Sequence[OdooUse], *, others: int, accepted: int) -> int:
    """Give Odoo's `db_maxconn`: what is left for its processes, at most what a process can use.

    At least 1 even where nothing is left; then the budget does not hold, which the caller reports. One more
    process runs a migration.
    """
    processes = sum(use.all_processes for use in uses) + 1
    return max(1, min(ODOO_MOST_PER_PROCESS, (accepted - others) // processes))
