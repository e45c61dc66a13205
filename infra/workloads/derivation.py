"""How each number came about, as rows that a person can follow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from ..settings.edge import LoadSettings
from ..settings.workloads import PodSettings, WorkloadsSettings
from . import demand
from .demand import Demand, ScaledLoad

if TYPE_CHECKING:
    from .capacity import Capacity
    from .connections import ConnectionBudget
    from .sizes import OdooCapacity, PodCapacity


@dataclass(frozen=True, slots=True, kw_only=True)
class Derivation:
    """One number and how it came about."""

    what: str
    formula: str
    inputs: str
    result: str


def derivation(
    capacity: Capacity, load: LoadSettings, workloads: WorkloadsSettings
) -> tuple[Derivation, ...]:
    """Describe `capacity`, which these settings gave, in the order in which it was computed."""
    scaled = ScaledLoad.of(load, share=capacity.load_share)
    return (
        *_load(load, scaled, capacity),
        *_web(capacity, scaled, workloads),
        *_others(capacity, scaled, workloads),
        *_gps(capacity, load, scaled, workloads),
        *_connections(capacity),
    )


def _load(load: LoadSettings, scaled: ScaledLoad, capacity: Capacity) -> Iterator[Derivation]:
    factor = "" if load.factor == 1 else f" x {load.factor:g}"
    if capacity.load_share != 1:
        factor += f" x {float(capacity.load_share):.0%} that the nodes hold"
    yield Derivation(
        what="users",
        formula="users x factor",
        inputs=f"{load.users}, at the peak {load.peak_users}{factor}",
        result=f"{_number(scaled.users)}, at the peak {_number(scaled.peak_users)}",
    )
    fleet = load.fleet
    yield Derivation(
        what="positions a second",
        formula="vehicles / interval x factor",
        inputs=(
            f"{fleet.vehicles:,} / {fleet.interval_seconds} s, "
            f"at the peak {fleet.peak_vehicles:,} / {fleet.peak_interval_seconds} s{factor}"
        ),
        result=(
            f"{_number(scaled.positions_per_second)}, at the peak {_number(scaled.peak_positions_per_second)}"
        ),
    )


def _web(capacity: Capacity, scaled: ScaledLoad, workloads: WorkloadsSettings) -> Iterator[Derivation]:
    web = capacity.web
    workers, peak_workers = demand.workers_for(scaled.users), demand.workers_for(scaled.peak_users)
    yield Derivation(
        what="Odoo workers",
        formula=f"users / {demand.USERS_PER_WORKER}",
        inputs=f"{_number(scaled.users)} and {_number(scaled.peak_users)} users",
        result=f"{workers}, at the peak {peak_workers}",
    )
    yield Derivation(
        what="Odoo web pods",
        formula="workers / workers of a pod",
        inputs=f"{workers} / {web.workers}, {peak_workers} / {web.workers}",
        result=f"{-(-workers // web.workers)}, at the peak {-(-peak_workers // web.workers)}",
    )
    wanted = demand.web_demand(scaled, workers_per_pod=web.workers)
    yield _replicas(
        capacity,
        web,
        workloads.odoo.web,
        wanted,
        rule=f"half of the ordinary pods; the peak's and {demand.SPARE_WEB_PODS} spare",
    )
    yield from _odoo_requests(
        web,
        workloads.odoo.web,
        memory=f"workers x {_number(demand.WORKER_MB)} MB + gevent 200 + master 150 + proxy 30, 3/4 full",
        cpu="(workers - 1) / 2 CPU, half busy",
    )


def _others(capacity: Capacity, scaled: ScaledLoad, workloads: WorkloadsSettings) -> Iterator[Derivation]:
    yield _replicas(
        capacity,
        capacity.cron,
        workloads.odoo.cron,
        demand.cron_demand(),
        rule="one; a second that waits for the rows of the first",
    )
    yield from _odoo_requests(
        capacity.cron,
        workloads.odoo.cron,
        memory="(worker + cron) x 325 MB + gevent 200 + master 150",
        cpu="(processes - 1) / 2 CPU, half busy",
    )
    report = capacity.report
    if report is None or workloads.odoo.report is None:
        yield Derivation(
            what="odoo-report", formula="none declared", inputs="odoo.report", result="web pods compute them"
        )
        return
    yield _replicas(
        capacity,
        report,
        workloads.odoo.report,
        demand.report_demand(scaled, workers_per_pod=report.workers),
        rule=f"one; peak users / {demand.USERS_PER_REPORT_WORKER} / workers of a pod",
    )
    yield from _odoo_requests(
        report,
        workloads.odoo.report,
        memory=f"workers x {demand.BUSY_WORKER_MB} MB + gevent 200 + master 150 + proxy 30",
        cpu="a worker and its wkhtmltopdf: (processes - 1) / 2 CPU, half busy",
    )


def _gps(
    capacity: Capacity, load: LoadSettings, scaled: ScaledLoad, workloads: WorkloadsSettings
) -> Iterator[Derivation]:
    gps, whole = workloads.gps, ScaledLoad.of(load)
    yield _replicas(
        capacity,
        capacity.gps_api,
        gps.api,
        demand.api_demand(scaled),
        rule=f"peak / {demand.POSITIONS_PER_SECOND_AND_API_POD} a second; {demand.API_SURGE} times that",
    )
    yield _requests(
        capacity.gps_api,
        gps.api,
        formula="positions a second x CPU of one / target of autoscaling",
        inputs=(
            f"{demand.POSITIONS_PER_SECOND_AND_API_POD} x {demand.API_CPU_MS_PER_POSITION} ms / "
            f"{workloads.autoscaling.cpu_percent} %"
        ),
    )
    yield _replicas(
        capacity,
        capacity.gps_consumer,
        gps.consumer,
        demand.consumer_demand(scaled),
        rule=f"peak / {demand.POSITIONS_PER_SECOND_AND_CONSUMER} a second; {demand.CATCH_UP} times that",
    )
    yield _requests(
        capacity.gps_consumer,
        gps.consumer,
        formula="positions a second x CPU of one / target of autoscaling",
        inputs=(
            f"{demand.POSITIONS_PER_SECOND_AND_CONSUMER} x {demand.CONSUMER_CPU_MS_PER_POSITION} ms / "
            f"{workloads.autoscaling.cpu_percent} %"
        ),
    )
    limit = capacity.key_rate_limit
    yield Derivation(
        what="requests of one API key",
        formula="peak of the fleet x margin x window",
        inputs=(
            f"{_number(whole.peak_positions_per_second)} a second x {gps.key_rate_margin:g} x "
            f"{limit.window_seconds} s"
        ),
        result=f"{limit.requests:,} in {limit.window_seconds} s",
    )


def _connections(capacity: Capacity) -> Iterator[Derivation]:
    yield Derivation(
        what="db_maxconn of Odoo",
        formula="what the others leave / processes, at most 16",
        inputs=f"{capacity.primary.max_connections} connections",
        result=str(capacity.db_maxconn),
    )
    for budget in (capacity.primary, capacity.report_replica):
        if budget is not None:
            yield _budget(budget)


def _budget(budget: ConnectionBudget) -> Derivation:
    return Derivation(
        what=f"connections to the {budget.server}",
        formula="processes x db_maxconn, with one pod more in an update",
        inputs=", ".join(f"{share.holder} {share.connections}" for share in budget.shares),
        result=f"{budget.total} of {budget.max_connections}",
    )


def _replicas(
    capacity: Capacity, pod: PodCapacity, settings: PodSettings, wanted: Demand, *, rule: str
) -> Derivation:
    ceiling = "none" if settings.max_replicas is None else str(settings.max_replicas)
    if capacity.scaling == "autoscaled":
        inputs = f"{wanted.at_rest} to {wanted.most}"
        fixed = pod.replicas_min == pod.replicas_max
        result = f"{pod.replicas_max} pods" if fixed else f"{pod.replicas_min} to {pod.replicas_max} pods"
    else:
        inputs = f"{wanted.at_peak} at the peak"
        result = f"{pod.replicas_max} pod" + "s" * (pod.replicas_max != 1)
    if not capacity.serving:
        result = "0 pods until recovery.active"
    return Derivation(
        what=f"{pod.name} replicas",
        formula=rule,
        inputs=f"{inputs}; never below {settings.min_replicas}, ceiling {ceiling}",
        result=result,
    )


def _odoo_requests(
    pod: OdooCapacity, settings: PodSettings, *, memory: str, cpu: str
) -> Iterator[Derivation]:
    processes = (
        f"{pod.workers} worker"
        + "s" * (pod.workers != 1)
        + (f", {pod.cron_threads} cron" if pod.cron_threads else "")
    )
    yield _requests(pod, settings, formula=f"{cpu}; {memory}", inputs=processes)


def _requests(pod: PodCapacity, settings: PodSettings, *, formula: str, inputs: str) -> Derivation:
    cut = [
        name
        for name, value in (("CPU", settings.cpu_millicores), ("memory", settings.memory_mib))
        if value is not None
    ]
    by_hand = f"; {' and '.join(cut)} by hand" if cut else ""
    return Derivation(
        what=f"one {pod.name} pod",
        formula=formula,
        inputs=f"{inputs}{by_hand}",
        result=f"{pod.cpu_millicores}m, {pod.memory_mib}Mi, limit {pod.memory_limit_mib}Mi",
    )


def _number(value: Fraction) -> str:
    return f"{float(value):,.1f}".removesuffix(".0")
