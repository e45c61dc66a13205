"""From the load to every number in a manifest: workers, replicas, requests, connections, limits.

`Capacity.of` is pure: the same settings give the same numbers, and `derivation` says how each came about.

| number | from |
|---|---|
| workers, replicas, requests | users and vehicles, by the formulas of `demand.py` |
| bounds of autoscaling | rest and peak of the load, within the bounds of the stack file (SCALE-01) |
| replicas set by hand | as much of the load as the nodes hold; their number is the value to set (SCALE-02) |
| connections | what PostgreSQL accepts, shared by the processes that may run at once |
| requests of one API key | the peak of the whole fleet with a margin (LOAD-02) |
| fit | all requests, the platform's included, placed on the nodes at their minimum and maximum |
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil
from typing import Final, Literal, TypeVar

from ..settings.cluster import ClusterSettings
from ..settings.data import DatabaseSettings
from ..settings.edge import LoadSettings
from ..settings.environment import WorkspaceSettings
from ..settings.stack import EstateSettings
from ..settings.workloads import PodSettings, WorkloadsSettings
from . import connections, demand, platform_requests
from .connections import ConnectionBudget, OdooUse, Share
from .derivation import Derivation, derivation
from .quotas import Quota, quota
from .rooms import Fit, PodRequest, Room, allocatable, fit
from .sizes import (
    JOB,
    MAIL_CATCHER,
    ConsumerCapacity,
    OdooCapacity,
    PodCapacity,
    bounded,
    gps_pod,
    odoo_pod,
)

KEY_WINDOW_SECONDS: Final = 60
"""What the application counts the requests of one API key over, in Redis."""
SHARES: Final = tuple(Fraction(percent, 100) for percent in range(100, 0, -5))
WORKSPACE_MAX_CONNECTIONS: Final = 200
"""What a workspace sets in its own PostgreSQL, whose default is 100."""
WORKSPACE_PODS: Final = 15
"""Pods that the quota of a workspace allows."""

Scaling = Literal["autoscaled", "manual", "fixed"]
_Settings = TypeVar("_Settings", bound=PodSettings)


@dataclass(frozen=True, slots=True, kw_only=True)
class RateLimit:
    """Requests that are answered in a window; more get 429."""

    requests: int
    window_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Capacity:
    """Every number of the workloads of one environment."""

    scaling: Scaling
    serving: bool
    load_share: Fraction
    """How much of the load the nodes carry: 1 but where the number of nodes is set by hand (SCALE-02)."""
    web: OdooCapacity
    cron: OdooCapacity
    report: OdooCapacity | None
    """None: web pods compute reports."""
    gps_api: PodCapacity
    gps_consumer: ConsumerCapacity
    job: PodCapacity
    """Jobs run one at a time."""
    db_maxconn: int
    """Odoo's connections per process."""
    primary: ConnectionBudget
    report_replica: ConnectionBudget | None
    key_rate_limit: RateLimit
    """What one API key may send; the application counts in Redis."""
    quotas: dict[str, Quota]
    """By namespace: `erp`, `gps`. As for serving, so that a standby can start at once."""
    fit_at_min: Fit
    fit_at_max: Fit
    fit_at_full_load: Fit
    """The nodes at their maximum against the pods that the whole load needs at its peak."""
    fit_uncut: Fit
    """The same against requests as derived, none cut by hand."""
    derivation: tuple[Derivation, ...]

    @property
    def pods(self) -> tuple[PodCapacity, ...]:
        """Every workload, jobs apart."""
        report = () if self.report is None else (self.report,)
        return (self.web, self.cron, *report, self.gps_api, self.gps_consumer)

    @classmethod
    def of(
        cls,
        load: LoadSettings,
        cluster: ClusterSettings,
        database: DatabaseSettings,
        workloads: WorkloadsSettings,
        *,
        serving: bool,
        monitored: bool = True,
        guarded: bool = False,
    ) -> Capacity:
        """Derive the capacity of an estate.

        `monitored`: whether logs and metrics are kept (OBS-01); `guarded`: whether GuardDuty has an agent on
        the nodes (SEC-10).
        """
        nodes = _Nodes.of(cluster, serving=serving, monitored=monitored, guarded=guarded, workloads=workloads)
        replica = database.report_replica
        return _derive(
            load,
            workloads,
            nodes,
            accepted=connections.max_connections(database.instance_class),
            replica_accepts=None if replica is None else connections.max_connections(replica.instance_class),
            watchers=connections.watchers(monitored=monitored),
            serving=serving,
        )

    @classmethod
    def of_estate(cls, settings: EstateSettings, *, serving: bool | None = None) -> Capacity:
        """Derive the capacity of an environment as it is now, or as it would be when `serving` or not."""
        return cls.of(
            settings.load,
            settings.cluster,
            settings.database,
            settings.workloads,
            serving=settings.recovery.serving if serving is None else serving,
            monitored=settings.observability is not None,
            guarded=settings.protection.detection.agent_on_every_node,
        )

    @classmethod
    def of_workspace(
        cls, load: LoadSettings, workspace: WorkspaceSettings, workloads: WorkloadsSettings
    ) -> Capacity:
        """Derive the capacity of a developer's workspace: one room, the quota of its namespace (ENV-01)."""
        room = Room(
            cpu_millicores=workspace.cpu_quota_millicores,
            memory_mib=workspace.memory_quota_mib,
            pods=WORKSPACE_PODS,
        )
        nodes = _Nodes(at_min=(room,), at_max=(room,), platform=platform_requests.WORKSPACE)
        return _derive(
            load,
            workloads,
            nodes,
            accepted=WORKSPACE_MAX_CONNECTIONS,
            replica_accepts=None,
            watchers=connections.watchers(monitored=False),
            serving=True,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Nodes:
    """Where pods may go, and who is there already."""

    at_min: tuple[Room, ...]
    at_max: tuple[Room, ...]
    platform: tuple[PodRequest, ...]

    @classmethod
    def of(
        cls,
        cluster: ClusterSettings,
        *,
        serving: bool,
        monitored: bool,
        guarded: bool,
        workloads: WorkloadsSettings,
    ) -> _Nodes:
        daemons = platform_requests.on_every_node(monitored=monitored, guarded=guarded)
        # Pods of ours tolerate no taint.
        groups = cluster.shared_groups or cluster.node_groups
        rooms = [(allocatable(group).without(daemons), group.size_when(serving=serving)) for group in groups]
        return cls(
            at_min=tuple(room for room, size in rooms for _ in range(size.min)) or (rooms[0][0],),
            at_max=tuple(room for room, size in rooms for _ in range(size.max)),
            platform=tuple(
                platform_requests.in_the_cluster(
                    monitored=monitored,
                    autoscaled=workloads.scaling == "autoscaled",
                    replicas=cluster.controller_replicas,
                )
            ),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Pods:
    """The workloads at some share of the load."""

    web: OdooCapacity
    cron: OdooCapacity
    report: OdooCapacity | None
    api: PodCapacity
    consumer: ConsumerCapacity
    mail: tuple[PodCapacity, ...]
    """The sink of mail, where none may reach a person."""

    @classmethod
    def of(cls, load: demand.ScaledLoad, workloads: WorkloadsSettings, *, uncut: bool = False) -> _Pods:
        odoo, gps, scaling = workloads.odoo, workloads.gps, workloads.scaling
        report = odoo.report
        if uncut:
            odoo = odoo.model_copy(update={"web": _uncut(odoo.web), "cron": _uncut(odoo.cron)})
            gps = gps.model_copy(update={"api": _uncut(gps.api), "consumer": _uncut(gps.consumer)})
            report = None if report is None else _uncut(report)
        return cls(
            web=odoo_pod(
                "odoo-web",
                odoo.web,
                bounded(demand.web_demand(load, workers_per_pod=odoo.web.workers), odoo.web, scaling=scaling),
                cpu_processes=odoo.web.workers,
                worker_mb=demand.WORKER_MB,
                use=demand.MEMORY_USE,
                proxy=True,
            ),
            cron=odoo_pod(
                "odoo-cron",
                odoo.cron,
                bounded(demand.cron_demand(), odoo.cron, scaling=scaling),
                cpu_processes=odoo.cron.workers + odoo.cron.cron_threads,
                worker_mb=demand.WORKER_MB,
                use=Fraction(1),
                proxy=False,
            ),
            report=None
            if report is None
            else odoo_pod(
                "odoo-report",
                report,
                bounded(demand.report_demand(load, workers_per_pod=report.workers), report, scaling=scaling),
                # Each worker starts a wkhtmltopdf beside it.
                cpu_processes=report.workers * 2,
                worker_mb=demand.BUSY_WORKER_MB,
                use=Fraction(1),
                proxy=True,
            ),
            api=gps_pod(
                "gps-api",
                gps.api,
                bounded(demand.api_demand(load), gps.api, scaling=scaling),
                cpu_millicores=demand.cpu_for_positions(
                    per_second=demand.POSITIONS_PER_SECOND_AND_API_POD,
                    ms_each=demand.API_CPU_MS_PER_POSITION,
                    target_percent=workloads.autoscaling.cpu_percent,
                ),
            ),
            consumer=ConsumerCapacity.of(
                gps_pod(
                    "gps-consumer",
                    gps.consumer,
                    bounded(demand.consumer_demand(load), gps.consumer, scaling=scaling),
                    cpu_millicores=demand.cpu_for_positions(
                        per_second=demand.POSITIONS_PER_SECOND_AND_CONSUMER,
                        ms_each=demand.CONSUMER_CPU_MS_PER_POSITION,
                        target_percent=workloads.autoscaling.cpu_percent,
                    ),
                ),
                prefetch=gps.consumer.prefetch,
                queue_depth=workloads.autoscaling.queue_depth,
                db_connections=connections.CONSUMER_PER_POD,
            ),
            mail=(MAIL_CATCHER,) if odoo.mail.smtp_host == MAIL_CATCHER.name else (),
        )

    @property
    def odoo(self) -> tuple[OdooCapacity, ...]:
        report = () if self.report is None else (self.report,)
        return (self.web, self.cron, *report)

    @property
    def all(self) -> tuple[PodCapacity, ...]:
        return (*self.odoo, self.api, self.consumer)

    def requests(self, *, at: Literal["min", "max"]) -> tuple[PodRequest, ...]:
        return (*(pod.request(at=at) for pod in (*self.all, *self.mail)), JOB.request(at="min"))


def _derive(
    load: LoadSettings,
    workloads: WorkloadsSettings,
    nodes: _Nodes,
    *,
    accepted: int,
    replica_accepts: int | None,
    watchers: tuple[Share, ...],
    serving: bool,
) -> Capacity:
    full = _Pods.of(demand.ScaledLoad.of(load), workloads)
    uncut = _Pods.of(demand.ScaledLoad.of(load), workloads, uncut=True)
    share = _share_that_fits(load, workloads, nodes) if workloads.scaling == "manual" else Fraction(1)
    pods = full if share == 1 else _Pods.of(demand.ScaledLoad.of(load, share=share), workloads)
    db_maxconn, primary, replica = _connections(
        pods, accepted=accepted, replica_accepts=replica_accepts, watchers=watchers
    )
    running = (
        pods
        if serving
        else _Pods(
            web=replace(pods.web, replicas_min=0, replicas_max=0),
            cron=replace(pods.cron, replicas_min=0, replicas_max=0),
            report=None if pods.report is None else replace(pods.report, replicas_min=0, replicas_max=0),
            api=replace(pods.api, replicas_min=0, replicas_max=0),
            consumer=replace(pods.consumer, replicas_min=0, replicas_max=0),
            mail=(),
        )
    )
    peak = demand.ScaledLoad.of(load).peak_positions_per_second
    limit = peak * Fraction(str(workloads.gps.key_rate_margin)) * KEY_WINDOW_SECONDS
    capacity = Capacity(
        scaling=workloads.scaling,
        serving=serving,
        load_share=share,
        web=running.web,
        cron=running.cron,
        report=running.report,
        gps_api=running.api,
        gps_consumer=running.consumer,
        job=JOB,
        db_maxconn=db_maxconn,
        primary=primary,
        report_replica=replica,
        key_rate_limit=RateLimit(requests=ceil(limit), window_seconds=KEY_WINDOW_SECONDS),
        quotas={
            "erp": quota((*pods.odoo, *pods.mail, JOB), headroom_percent=workloads.quota_headroom_percent),
            "gps": quota((pods.api, pods.consumer, JOB), headroom_percent=workloads.quota_headroom_percent),
        },
        fit_at_min=fit((*nodes.platform, *running.requests(at="min")), nodes.at_min),
        fit_at_max=fit((*nodes.platform, *running.requests(at="max")), nodes.at_max),
        fit_at_full_load=fit((*nodes.platform, *full.requests(at="max")), nodes.at_max),
        fit_uncut=fit((*nodes.platform, *uncut.requests(at="max")), nodes.at_max),
        derivation=(),
    )
    return replace(capacity, derivation=derivation(capacity, load, workloads))


def _share_that_fits(load: LoadSettings, workloads: WorkloadsSettings, nodes: _Nodes) -> Fraction:
    """Give the largest share of the load, in steps of 5 %, that the nodes hold; the smallest if none."""
    for share in SHARES:
        pods = _Pods.of(demand.ScaledLoad.of(load, share=share), workloads)
        if fit((*nodes.platform, *pods.requests(at="max")), nodes.at_min).holds:
            return share
    return SHARES[-1]


def _uncut(settings: _Settings) -> _Settings:
    return settings.model_copy(update={"cpu_millicores": None, "memory_mib": None})


def _connections(
    pods: _Pods, *, accepted: int, replica_accepts: int | None, watchers: tuple[Share, ...]
) -> tuple[int, ConnectionBudget, ConnectionBudget | None]:
    uses = [OdooUse(name=pod.name, pods=pod.replicas_max, processes=pod.processes) for pod in pods.odoo]
    consumers = (pods.consumer.replicas_max + connections.SURGE_PODS) * pods.consumer.db_connections
    others = [
        Share(holder=pods.consumer.name, connections=consumers),
        Share(holder="jobs", connections=connections.BOOTSTRAP_JOB),
        *watchers,
    ]
    per_process = connections.connections_per_process(
        uses, others=sum(share.connections for share in others), accepted=accepted
    )
    reports = [use for use in uses if use.name == "odoo-report"]
    if replica_accepts is not None:
        free = sum(share.connections for share in watchers)
        per_process = min(
            per_process,
            connections.connections_per_process(reports, others=free, accepted=replica_accepts),
        )
    odoo = [Share(holder=use.name, connections=use.all_processes * per_process) for use in uses]
    migration = Share(holder="migration", connections=per_process)
    primary = ConnectionBudget(server="primary", max_connections=accepted, shares=(*odoo, migration, *others))
    if replica_accepts is None:
        return per_process, primary, None
    shares = [Share(holder=use.name, connections=use.all_processes * per_process) for use in reports]
    return (
        per_process,
        primary,
        ConnectionBudget(
            server="report replica", max_connections=replica_accepts, shares=(*shares, *watchers)
        ),
    )
