"""From load to workers, pods and requests: the formulas, each with the rule it comes from.

Odoo's rules: "Deploying Odoo", section Builtin server: six users a worker, workers = 2 x CPU + 1, a worker
holds 150 MB four times out of five and 1 GB once.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final

from ..settings.edge import LoadSettings

USERS_PER_WORKER: Final = 6
USERS_PER_REPORT_WORKER: Final = 25
"""At the end of the month one user in 25 computes a report at any time."""
REPORTS_AT_REST: Final = 1
CRON_AT_REST: Final = 1
CRON_MOST: Final = 2
"""Scheduled jobs lock their row: more pods would wait for each other."""
SPARE_WEB_PODS: Final = 1
"""One pod may be lost or replaced at the peak."""
REST_SHARE: Final = Fraction(1, 2)
"""When nobody works, half of the pods of the ordinary load wait for the morning."""

WORKER_MB: Final = Fraction(8, 10) * 150 + Fraction(2, 10) * 1024
"""What one HTTP or cron process holds on average: about 325 MB."""
BUSY_WORKER_MB: Final = 1024
"""What a process holds that computes a report."""
MASTER_MB: Final = 150
GEVENT_MB: Final = 200
PROXY_MB: Final = 30
MEMORY_USE: Final = Fraction(3, 4)
"""Share of its request that an autoscaled pod uses at rest: Odoo gives no memory back, so a request near
the steady state would hold the autoscaler at its maximum."""
MEMORY_STEP_MIB: Final = 256
CPU_STEP_MILLICORES: Final = 10
PROCESS_CPU_SHARE: Final = Fraction(1, 2)
"""Odoo's rule gives four workers 1.5 CPU; half of that they wait for the database."""

POSITIONS_PER_SECOND_AND_API_POD: Final = 25
API_SURGE: Final = 2
"""The API grows to twice the pods of the peak."""
POSITIONS_PER_SECOND_AND_CONSUMER: Final = 50
"""One batch of 50 positions a second: insert, commit, acknowledge."""
CATCH_UP: Final = 5
"""Five times the consumers of the peak work off an hour of backlog in fifteen minutes."""
API_CPU_MS_PER_POSITION: Final = 7
"""Check key and rate, validate, publish, wait for the confirm. To be measured by the load test."""
CONSUMER_CPU_MS_PER_POSITION: Final = 2
"""Decode and insert as one of a batch. To be measured by the load test."""
GPS_CPU_STEP_MILLICORES: Final = 50
GPS_MEMORY_MIB: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """Pods of one workload: at rest, at the peak, and the most it grows to."""

    at_rest: int
    at_peak: int
    most: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaledLoad:
    """The load times its factor, in exact numbers: 100 x 1.1 in floating point is a hair above 110."""

    users: Fraction
    peak_users: Fraction
    positions_per_second: Fraction
    peak_positions_per_second: Fraction

    @classmethod
    def of(cls, load: LoadSettings, *, share: Fraction = Fraction(1)) -> ScaledLoad:
        """Take `share` of the load of the stack file, its factor included."""
        factor = Fraction(str(load.factor)) * share
        fleet = load.fleet
        ordinary = Fraction(fleet.vehicles, fleet.interval_seconds) * factor
        peak = Fraction(fleet.peak_vehicles, fleet.peak_interval_seconds) * factor
        return cls(
            users=load.users * factor,
            peak_users=max(load.users, load.peak_users) * factor,
            positions_per_second=ordinary,
            peak_positions_per_second=max(ordinary, peak),
        )


def workers_for(users: Fraction) -> int:
    """Odoo workers that so many concurrent users need."""
    return ceil(users / USERS_PER_WORKER)


def web_demand(load: ScaledLoad, *, workers_per_pod: int) -> Demand:
    """Odoo's web pods (LOAD-01)."""
    ordinary = ceil(Fraction(workers_for(load.users), workers_per_pod))
    at_peak = ceil(Fraction(workers_for(load.peak_users), workers_per_pod))
    return Demand(at_rest=ceil(ordinary * REST_SHARE), at_peak=at_peak, most=at_peak + SPARE_WEB_PODS)


def cron_demand() -> Demand:
    """Pods for scheduled jobs: independent of the load."""
    return Demand(at_rest=CRON_AT_REST, at_peak=CRON_AT_REST, most=CRON_MOST)


def report_demand(load: ScaledLoad, *, workers_per_pod: int) -> Demand:
    """Pods that compute reports, apart from those that serve transactions (LOAD-03)."""
    most = ceil(Fraction(ceil(load.peak_users / USERS_PER_REPORT_WORKER), workers_per_pod))
    return Demand(at_rest=REPORTS_AT_REST, at_peak=REPORTS_AT_REST, most=most)


def api_demand(load: ScaledLoad) -> Demand:
    """Pods of the GPS API (LOAD-02); the peak comes within seconds, faster than a pod starts."""
    pods = ceil(load.peak_positions_per_second / POSITIONS_PER_SECOND_AND_API_POD)
    return Demand(at_rest=pods, at_peak=pods, most=pods * API_SURGE)


def consumer_demand(load: ScaledLoad) -> Demand:
    """Pods that store positions (LOAD-02)."""
    pods = ceil(load.peak_positions_per_second / POSITIONS_PER_SECOND_AND_CONSUMER)
    return Demand(at_rest=pods, at_peak=pods, most=pods * CATCH_UP)


def cpu_for(processes: int) -> int:
    """CPU in millicores for so many Odoo processes: (processes - 1) / 2 CPU, half of it busy."""
    cores = Fraction(max(processes - 1, 1), 2) * PROCESS_CPU_SHARE
    return _step(cores * 1000, CPU_STEP_MILLICORES)


def cpu_for_positions(*, per_second: int, ms_each: int, target_percent: int) -> int:
    """CPU in millicores for a GPS pod: what its positions take is where autoscaling adds a pod."""
    return _step(Fraction(per_second * ms_each * 100, target_percent), GPS_CPU_STEP_MILLICORES)


def memory_for(*, workers: int, worker_mb: Fraction | int, proxy: bool, use: Fraction) -> int:
    """Memory in MiB for a pod of Odoo: its workers, the gevent process, the master and the proxy."""
    megabytes = workers * worker_mb + GEVENT_MB + MASTER_MB + (PROXY_MB if proxy else 0)
    return _step(Fraction(megabytes) / use * 1_000_000 / (1024 * 1024), MEMORY_STEP_MIB)


def _step(value: Fraction | int, step: int) -> int:
    return ceil(Fraction(value) / step) * step
