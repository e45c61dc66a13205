"""What dashboards know of the environment that they show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Self

from ...settings import EstateSettings
from ..rules.context import AVAILABILITY, GPS_SECONDS, RECOVERY_POINT_MINUTES

WINDOW_DAYS: Final = 30
"""Over how long the service level is counted: as long as Prometheus keeps every sample."""
RECOVERY_TIME_HOURS: Final = 4
"""RTO: how long the move to the other region, or a restore, may take (DATA-02)."""
RESTORE_TEST_DAYS: Final = 93
"""A restore is tested each quarter (SEC-13)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DashboardContext:
    """One environment: its thresholds and the names that its dashboards filter by."""

    environment: str
    standby: bool
    """Whether it waits for the loss of another region, and is drilled for it."""
    latency_warning_seconds: float
    latency_critical_seconds: float
    web_seconds: float
    """p95 that the service level promises (SLO-01); staging, which promises nothing, keeps its own."""
    gps_seconds: float
    """From a vehicle's request to the committed row (SLO-01)."""
    error_budget: float
    """Share of requests that may fail (SLO-01)."""
    recovery_point_minutes: int
    queue_depth: int
    """Messages in a queue above which consumers are added."""
    storage_gib: int
    """Of the database."""
    search_volume_gib: int | None
    """Of each data node; None: there is no search domain."""
    certificate_days: int
    """Days before its end at which a certificate should have been renewed."""
    runbooks_url: str
    raw_days: int
    """How long Prometheus keeps every sample."""
    aggregate_days: int
    """How long Amazon Managed Prometheus keeps aggregates."""
    log_days: int
    gps_sampling_percent: int
    """Share of successful GPS events whose log lines are kept (OBS-11)."""

    @classmethod
    def of(cls, settings: EstateSettings) -> Self:
        """Take them from the settings of a stack. Raises ValueError where nothing is watched."""
        watched = settings.observability
        if watched is None:
            raise ValueError(f"{settings.environment.name} has no dashboards: observability is not set")
        return cls(
            environment=settings.environment.name,
            standby=settings.recovery.role == "standby" and not settings.recovery.active,
            latency_warning_seconds=watched.latency.warning_ms / 1000,
            latency_critical_seconds=watched.latency.critical_ms / 1000,
            web_seconds=watched.latency.critical_ms / 1000,
            gps_seconds=GPS_SECONDS,
            error_budget=round(1 - AVAILABILITY, 6),
            recovery_point_minutes=RECOVERY_POINT_MINUTES,
            queue_depth=settings.workloads.autoscaling.queue_depth,
            storage_gib=settings.database.storage_gib,
            search_volume_gib=None if settings.search is None else settings.search.volume_gib,
            certificate_days=settings.edge.certificate_expiry_alarm_days,
            runbooks_url=watched.alerting.runbooks_url,
            raw_days=watched.metrics.retention_days,
            aggregate_days=watched.metrics.long_term_retention_days,
            log_days=watched.logs.retention_days,
            gps_sampling_percent=settings.workloads.gps.success_sampling_percent,
        )

    def title(self, name: str) -> str:
        """Give a dashboard's title with its environment: nobody mistakes staging for production."""
        return f"{name} · {self.environment}"

    def runbook(self, name: str) -> str:
        """Give the address of a page of docs/runbooks."""
        return f"{self.runbooks_url}/{name}.md"
