"""Rules about what is watched and who is told, across areas of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from .data import RegistrySettings, SearchSettings
from .environment import EnvironmentSettings, RecoverySettings
from .network import NetworkSettings
from .observability import ObservabilitySettings
from .problem import Problem, Rule


def alert_thresholds_are_ordered(observability: ObservabilitySettings | None) -> Iterator[Problem]:
    """A warning comes before what it warns of, and the lead is called before the head."""
    if observability is None:
        return
    latency, pager = observability.latency, observability.alerting.pagerduty
    if latency.warning_ms >= latency.critical_ms:
        yield Problem(
            "observability.latency.warning_ms",
            latency.warning_ms,
            f"is not below critical_ms; allowed: less than {latency.critical_ms}",
        )
    if pager is not None and pager.lead_after_minutes >= pager.head_after_minutes:
        yield Problem(
            "observability.alerting.pagerduty.lead_after_minutes",
            pager.lead_after_minutes,
            f"is not below head_after_minutes; allowed: less than {pager.head_after_minutes}",
        )


def watching_needs_somewhere_to_keep(
    observability: ObservabilitySettings | None, search: SearchSettings | None
) -> Iterator[Problem]:
    """Logs go to OpenSearch (OBS-02), and a domain that nobody writes to costs for nothing."""
    if (observability is None) == (search is None):
        return
    has, lacks = ("search", "observability") if observability is None else ("observability", "search")
    yield Problem(lacks, None, f"is missing where {has} is set; allowed: both or neither")


def aggregates_outlive_samples(observability: ObservabilitySettings | None) -> Iterator[Problem]:
    """What is kept for long is kept longer than what it was made from (OBS-08)."""
    if observability is None:
        return
    metrics = observability.metrics
    if metrics.long_term_retention_days <= metrics.retention_days:
        yield Problem(
            "observability.metrics.long_term_retention_days",
            metrics.long_term_retention_days,
            f"is not above retention_days; allowed: more than {metrics.retention_days}",
        )


def production_pages(
    environment: EnvironmentSettings, observability: ObservabilitySettings | None
) -> Iterator[Problem]:
    """Production wakes somebody (OBS-13), and only production and its standby do."""
    pages = observability is not None and observability.alerting.pagerduty is not None
    if environment.name == "prod" and not pages:
        yield Problem(
            "observability.alerting.pagerduty", None, "is missing; allowed: who is called in production"
        )
    if environment.name not in {"prod", "dr"} and pages:
        yield Problem(
            "observability.alerting.pagerduty", "…", f"pages people for {environment.name}; allowed: null"
        )


def alerts_have_a_way_out(
    network: NetworkSettings, observability: ObservabilitySettings | None
) -> Iterator[Problem]:
    """Who is told of alerts can be reached: Slack, PagerDuty and the dead-man switch (OBS-04, OBS-13).

    They publish no addresses that could be allowed beside those of partners, and no interface endpoint leads
    to them. The probes that ask the public host names would fail as well, and call people for nothing.
    """
    if observability is not None and network.partner_cidrs:
        yield Problem(
            "network.partner_cidrs",
            [str(cidr) for cidr in network.partner_cidrs],
            "leaves alerts without a way to Slack and PagerDuty; allowed: no list where observability is set",
        )


def dashboards_image_has_a_repository(
    observability: ObservabilitySettings | None, registry: RegistrySettings, recovery: RecoverySettings
) -> Iterator[Problem]:
    """Grafana's image lies in a repository of this environment; a standby's is filled by its home."""
    if observability is None or (recovery.role != "none" and not recovery.home):
        return
    repository = observability.grafana.image.repository
    if repository not in registry.repositories:
        yield Problem(
            "observability.grafana.image.repository",
            repository,
            f"is not in registry.repositories; allowed: {', '.join(registry.repositories)}",
        )


OBSERVABILITY_RULES: Final[tuple[Rule, ...]] = (
    alert_thresholds_are_ordered,
    watching_needs_somewhere_to_keep,
    aggregates_outlive_samples,
    production_pages,
    alerts_have_a_way_out,
    dashboards_image_has_a_repository,
)
