"""What rules need to know of an environment, in the units of the metrics they are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from ...cluster_platform.labels import ERP as ERP_NAMESPACE
from ...cluster_platform.labels import GPS as GPS_NAMESPACE
from ...naming import Naming
from ...settings import EstateSettings
from ...workloads.capacity import Capacity
from ...workloads.jobs.broker_plan import DEAD_LETTERS, POSITIONS, longest_queue
from .model import Alert, Severity

RECOVERY_POINT_MINUTES: Final = 15
"""RPO: what may be lost with a region (DATA-02)."""
GPS_SECONDS: Final = 10
"""From a vehicle's request to the committed row (SLO-01)."""
AVAILABILITY: Final = 0.999
"""Share of requests that are answered without an error of ours, over 30 days (SLO-01)."""
SERVICES: Final = ("odoo-web", "gps-api")
"""Kubernetes Services whose requests are measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleContext:
    """The facts of one environment that rules compare with, or that decide which rules there are."""

    environment: str
    runbooks_url: str
    namespaces: tuple[str, ...]
    """Where the workloads of the business run."""
    services: tuple[str, ...]
    serving: bool
    """Whether Odoo and GPS ingestion run; false in a recovery environment at rest."""
    live: bool
    """Whether people work and vehicles drive with it, so that no traffic at all means something."""
    standby: bool
    """Whether the database follows that of another region."""
    latency_warning_seconds: float
    latency_critical_seconds: float
    gps_seconds: int
    error_budget: float
    pods_autoscaled: bool
    nodes_autoscaled: bool
    most_nodes: int
    queue: str
    dead_letter_queue: str
    queue_depth: int
    """Waiting positions at which consumers are added (SCALE-01)."""
    queue_limit: int
    """Waiting positions at which the broker refuses more."""
    database: str
    report_replica: str | None
    storage_gib: int
    recovery_point_minutes: int
    cache_replicated: bool
    search_volume_gib: int | None
    certificate_days: int
    """Days before its end at which a certificate should have been renewed (SEC-04)."""
    backed_up: bool
    """Whether AWS Backup keeps something of this environment."""
    restore_tests: bool
    """Whether restore tests are declared, so that their absence means something."""

    @classmethod
    def of(cls, settings: EstateSettings, capacity: Capacity) -> Self:
        """Take the facts from the stack file and what was derived from it.

        Raises ValueError for an environment that has no metrics.
        """
        watched = settings.observability
        if watched is None:
            raise ValueError(f"{settings.environment.name} keeps no metrics: it has no rules")
        naming = Naming.of(settings.environment, settings.schedule)
        serving = settings.recovery.serving
        groups = settings.cluster.node_groups
        replica = settings.database.report_replica
        backup = settings.protection.backup
        return cls(
            environment=settings.environment.name,
            runbooks_url=watched.alerting.runbooks_url,
            namespaces=(ERP_NAMESPACE, GPS_NAMESPACE),
            services=SERVICES,
            serving=serving,
            live=serving and settings.recovery.role != "none",
            standby=settings.recovery.role == "standby" and not settings.recovery.active,
            latency_warning_seconds=watched.latency.warning_ms / 1000,
            latency_critical_seconds=watched.latency.critical_ms / 1000,
            gps_seconds=GPS_SECONDS,
            error_budget=round(1 - AVAILABILITY, 6),
            pods_autoscaled=capacity.scaling == "autoscaled",
            nodes_autoscaled=any(group.autoscaled for group in groups),
            most_nodes=sum(group.size_when(serving=serving).max for group in groups),
            queue=POSITIONS,
            dead_letter_queue=DEAD_LETTERS,
            queue_depth=settings.workloads.autoscaling.queue_depth,
            queue_limit=longest_queue(settings.load),
            database=naming.database,
            report_replica=None if replica is None else naming.database_report_replica,
            storage_gib=settings.database.storage_gib,
            recovery_point_minutes=RECOVERY_POINT_MINUTES,
            cache_replicated=settings.cache.nodes > 1,
            search_volume_gib=None if settings.search is None else settings.search.volume_gib,
            certificate_days=settings.edge.certificate_expiry_alarm_days,
            backed_up=backup is not None,
            restore_tests=backup is not None and backup.restore_test is not None,
        )

    @property
    def in_namespaces(self) -> str:
        """A matcher of the workloads' namespaces."""
        return f'namespace=~"{"|".join(self.namespaces)}"'

    def alert(
        self,
        name: str,
        expression: str,
        *,
        hold: str | None,
        severity: Severity,
        owner: str,
        runbook: str,
        summary: str,
        description: str,
    ) -> Alert:
        """Make an alert; `runbook` is a page of docs/runbooks."""
        return Alert(
            name=name,
            expression=expression,
            hold=hold,
            severity=severity,
            owner=owner,
            summary=summary,
            description=description,
            runbook_url=f"{self.runbooks_url}/{runbook}.md",
        )
