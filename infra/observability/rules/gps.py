"""From a vehicle's request to the row in the database: 10 seconds (SLO-01)."""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import GPS, Alert, RuleGroup

ARCHIVE_DAYS: Final = 35
"""The job runs once a month."""


def gps_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about positions on their way; nothing where none arrive."""
    if not context.serving:
        return ()
    latency = f"gps_processing_latency_seconds_count{{{context.in_namespaces}}}"
    accepted = f'http_requests_total{{{context.in_namespaces}, service="gps-api", status=~"2.."}}'
    return (
        RuleGroup(
            name="fleet-erp-gps",
            rules=(
                context.alert(
                    "GpsLatencyP95",
                    f"gps:processing_latency_seconds:p95_5m > {context.gps_seconds}",
                    hold="5m",
                    severity="critical",
                    owner=GPS,
                    runbook="gps",
                    summary="Positions reach the database late",
                    description=(
                        "p95 from the vehicle's request to the committed row is"
                        f" {{{{ $value | humanizeDuration }}}} over 5 minutes, above {context.gps_seconds} s:"
                        " dispatchers see where vehicles were, not where they are."
                    ),
                ),
                context.alert(
                    "GpsPositionsNotStored",
                    f"sum(rate({accepted}[5m])) > 0 unless sum(rate({latency}[5m])) > 0",
                    hold="5m",
                    severity="critical",
                    owner=GPS,
                    runbook="gps",
                    summary="Positions are accepted and not stored",
                    description=(
                        "{{ $value | humanize }} positions a second are accepted, and for 10 minutes not one"
                        " has been committed: they wait in the queue."
                    ),
                ),
                *((_no_positions(context, accepted), _archive_late(context)) if context.live else ()),
                context.alert(
                    "GpsLatencyMetricsMissing",
                    f"absent({latency})",
                    hold="15m",
                    severity="warning",
                    owner=GPS,
                    runbook="gps",
                    summary="Nobody knows how late positions are",
                    description=(
                        "No consumer has reported a stored position for 15 minutes: none runs, or none is"
                        " scraped. GpsLatencyP95 cannot fire."
                    ),
                ),
            ),
        ),
    )


def _no_positions(context: RuleContext, accepted: str) -> Alert:
    return context.alert(
        "GpsNoPositions",
        f"sum(rate({accepted}[15m])) == 0",
        hold="15m",
        severity="warning",
        owner=GPS,
        runbook="gps",
        summary="No vehicle sends positions",
        description=(
            "The API has accepted {{ $value }} positions a second for 30 minutes: the"
            " gateway of the"
            " fleet, its key or the way to us is broken."
        ),
    )


def _archive_late(context: RuleContext) -> Alert:
    """A job that fails is told of by JobFailed; this one is about a month in which none ended well."""
    return context.alert(
        "GpsArchiveLate",
        'time() - max(kube_job_status_completion_time{namespace="gps", job_name=~"gps-archive-.+"})'
        f" > {ARCHIVE_DAYS * 86400}",
        hold="1h",
        severity="warning",
        owner=GPS,
        runbook="archive",
        summary="Old positions do not leave the database",
        description=(
            "The last archive of positions ended {{ $value | humanizeDuration }} ago and is due every month:"
            " the database grows, and positions stay online for longer than they may."
        ),
    )
