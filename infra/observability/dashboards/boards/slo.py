"""Whether promises are kept: availability, its error budget, latency, GPS (SLO-01)."""

from __future__ import annotations

from typing import Final

from ..board import Dashboard, Row
from ..context import WINDOW_DAYS, DashboardContext
from ..data_sources import LONG_TERM
from ..panels import Column, Panel, PanelLink, Stat, Table, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import CRITICAL, GOOD, Thresholds, Unit
from .shared import ALERTS, NEW_IMAGES
from .technical import SERVICE

BURN_FAST: Final = 14.4
"""2 % of a month's budget in an hour."""
BURN_SLOW: Final = 6.0
"""5 % of it in six hours."""
BURN_EVEN: Final = 1.0
"""The budget lasts exactly as long as the month."""
BUDGET_WARNING: Final = 0.25
"""Share of the budget that should be left for what is not foreseen."""
MATCHER: Final = 'service=~"$service"'
ERRORS: Final = f"service:http_errors:rate5m{{{MATCHER}}}"
REQUESTS: Final = f"service:http_requests:rate5m{{{MATCHER}}}"
WINDOWS: Final = (("5m", "5 minutes"), ("1h", "1 hour"), ("6h", "6 hours"), ("3d", "3 days"))


def slo(context: DashboardContext) -> Dashboard:
    """Lay out the dashboard of service levels."""
    target = f"{(1 - context.error_budget) * 100:g} %"
    return Dashboard(
        uid="fleet-slo",
        title=context.title("Service levels"),
        description=(
            f"{target} of requests are answered without an error of ours, over {WINDOW_DAYS} days; web p95 "
            f"within {context.web_seconds * 1000:g} ms; positions stored within {context.gps_seconds:g} s. "
            f"The last row reads {context.aggregate_days} days of aggregates."
        ),
        refresh="5m",
        time_from="now-24h",
        rows=(
            Row(title="Error budget", lines=(_budget(context), _burning(context))),
            Row(title="Latency", lines=(_latency(context),)),
            Row(title="A year", lines=(_year(context),)),
        ),
        variables=(SERVICE,),
        annotations=(ALERTS, NEW_IMAGES),
        tags=("technical",),
    )


def _failed(window: str) -> str:
    return (
        f"sum by (service) (sum_over_time({ERRORS}[{window}])) "
        f"/ sum by (service) (sum_over_time({REQUESTS}[{window}]))"
    )


def _budget(context: DashboardContext) -> tuple[Panel, ...]:
    window, budget = f"{WINDOW_DAYS}d", f"{context.error_budget:g}"
    runbook = PanelLink(title="What to do", url=context.runbook("error-budget"))
    return (
        Stat(
            title=f"Error budget left, {WINDOW_DAYS} days",
            description="100 %: no request failed; 0 %: as many as may fail; below: more.",
            queries=(
                PrometheusQuery(
                    expression=f"1 - ({_failed(window)}) / {budget}", legend="{{service}}", instant=True
                ),
            ),
            unit=Unit.SHARE,
            decimals=1,
            thresholds=Thresholds.falling(warning=BUDGET_WARNING, critical=0),
            links=(runbook,),
        ),
        Stat(
            title=f"Availability, {WINDOW_DAYS} days",
            description="Share of requests that were answered without an error of ours.",
            queries=(
                PrometheusQuery(expression=f"1 - ({_failed(window)})", legend="{{service}}", instant=True),
            ),
            unit=Unit.SHARE,
            decimals=3,
            thresholds=Thresholds(CRITICAL, ((round(1 - context.error_budget, 6), GOOD),)),
        ),
        *(
            Stat(
                title=f"Burn rate, {words}",
                description="How many times faster than evenly the budget goes.",
                queries=(
                    PrometheusQuery(
                        expression=(f"service:http_requests:error_ratio_rate{name}{{{MATCHER}}} / {budget}"),
                        legend="{{service}}",
                    ),
                ),
                unit=Unit.FACTOR,
                decimals=1,
                thresholds=thresholds,
                links=(runbook,),
            )
            for name, words, thresholds in (
                ("1h", "1 hour", Thresholds.rising(warning=BURN_SLOW, critical=BURN_FAST)),
                ("6h", "6 hours", Thresholds.rising(warning=BURN_EVEN, critical=BURN_SLOW)),
                ("3d", "3 days", Thresholds.rising(warning=BURN_EVEN)),
            )
        ),
    )


def _burning(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Burn rates",
            description=(
                f"Above {BURN_FAST:g} for an hour somebody is called, above {BURN_SLOW:g} for six hours "
                "somebody looks at it by day."
            ),
            queries=tuple(
                PrometheusQuery(
                    expression=(
                        f"service:http_requests:error_ratio_rate{name}{{{MATCHER}}}"
                        f" / {context.error_budget:g}"
                    ),
                    legend=f"{{{{service}}}} {words}",
                )
                for name, words in WINDOWS
            ),
            unit=Unit.FACTOR,
            thresholds=Thresholds.rising(warning=BURN_SLOW, critical=BURN_FAST),
            weight=2,
        ),
        TimeSeries(
            title="Requests that failed",
            queries=(PrometheusQuery(expression=ERRORS, legend="{{service}}"),),
            unit=Unit.REQUESTS_PER_SECOND,
        ),
        Table(
            title="Seen from outside",
            description=f"Share of probes over HTTPS that succeeded, last day and last {WINDOW_DAYS} days.",
            queries=(
                PrometheusQuery(
                    expression="avg by (target) (avg_over_time(probe_success[1d]))", instant=True, table=True
                ),
                PrometheusQuery(
                    expression=f"avg by (target) (avg_over_time(probe_success[{WINDOW_DAYS}d]))",
                    instant=True,
                    table=True,
                ),
            ),
            unit=Unit.SHARE,
            decimals=3,
            columns=(
                Column(name="Time", hidden=True),
                Column(name="target", heading="Address"),
                Column(name="Value #A", heading="Last day"),
                Column(name="Value #B", heading=f"{WINDOW_DAYS} days"),
            ),
        ),
    )


def _latency(context: DashboardContext) -> tuple[Panel, ...]:
    web, gps = f"{context.web_seconds:g}", f"{context.gps_seconds:g}"
    return (
        TimeSeries(
            title="Web p95",
            queries=(
                PrometheusQuery(
                    expression=f"service:http_request_duration_seconds:p95_5m{{{MATCHER}}}",
                    legend="{{service}}",
                ),
            ),
            unit=Unit.SECONDS,
            thresholds=Thresholds.rising(critical=context.web_seconds),
            links=(PanelLink(title="What to do", url=context.runbook("latency")),),
        ),
        Stat(
            title=f"Share of requests within {context.web_seconds * 1000:g} ms",
            description="Over the time shown.",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum by (service) (increase(http_request_duration_seconds_bucket"
                        f'{{{MATCHER}, le="{web}"}}[$__range])) '
                        "/ sum by (service) (increase("
                        f"http_request_duration_seconds_count{{{MATCHER}}}[$__range]))"
                    ),
                    legend="{{service}}",
                    instant=True,
                ),
            ),
            unit=Unit.SHARE,
            decimals=1,
            thresholds=Thresholds(CRITICAL, ((0.95, GOOD),)),
        ),
        TimeSeries(
            title="GPS end to end p95",
            queries=(PrometheusQuery(expression="gps:processing_latency_seconds:p95_5m", legend="p95"),),
            unit=Unit.SECONDS,
            thresholds=Thresholds.rising(critical=context.gps_seconds),
            links=(PanelLink(title="What to do", url=context.runbook("gps-latency")),),
        ),
        Stat(
            title=f"Share of positions stored within {gps} s",
            description="Over the time shown.",
            queries=(
                PrometheusQuery(
                    expression=(
                        f'sum(increase(gps_processing_latency_seconds_bucket{{le=~"{gps}([.]0)?"}}'
                        "[$__range])) / sum(increase(gps_processing_latency_seconds_count[$__range]))"
                    ),
                    legend="stored in time",
                    instant=True,
                ),
            ),
            unit=Unit.SHARE,
            decimals=1,
            thresholds=Thresholds(CRITICAL, ((0.95, GOOD),)),
        ),
    )


def _failed_long(window: str) -> str:
    """Share of requests that failed, from the sums that are kept for a year."""
    return (
        f"sum by (service) (sum_over_time(service:http_errors:sum_5m{{{MATCHER}}}[{window}])) "
        f"/ sum by (service) (sum_over_time(service:http_requests:sum_5m{{{MATCHER}}}[{window}]))"
    )


def _year(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        Stat(
            title="Availability, 365 days",
            queries=(
                PrometheusQuery(
                    expression=f"1 - ({_failed_long('365d')})",
                    legend="{{service}}",
                    instant=True,
                    source=LONG_TERM,
                ),
            ),
            unit=Unit.SHARE,
            decimals=3,
            thresholds=Thresholds(CRITICAL, ((round(1 - context.error_budget, 6), GOOD),)),
        ),
        TimeSeries(
            title="Availability by day",
            queries=(
                PrometheusQuery(
                    expression=f"1 - ({_failed_long('1d')})",
                    legend="{{service}}",
                    source=LONG_TERM,
                ),
            ),
            unit=Unit.SHARE,
            decimals=3,
            minimum=None,
            maximum=1,
            time_from="365d",
            interval="1d",
            thresholds=Thresholds(CRITICAL, ((round(1 - context.error_budget, 6), GOOD),)),
            weight=2,
        ),
        TimeSeries(
            title="Highest p95 of each day",
            queries=(
                PrometheusQuery(
                    expression=(
                        "max by (service) (max_over_time("
                        f"service:http_request_duration_seconds:p95_5m:max_5m{{{MATCHER}}}[1d]))"
                    ),
                    legend="{{service}}",
                    source=LONG_TERM,
                ),
            ),
            unit=Unit.SECONDS,
            time_from="365d",
            interval="1d",
            thresholds=Thresholds.rising(critical=context.web_seconds),
            weight=2,
        ),
    )
