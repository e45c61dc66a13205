"""Whether promises are kept: availability, its error budget, latency, GPS (SLO-01)."""

from __future__ import annotations

from typing import Final, Literal

from ...rules.availability import BURN_RATES, BurnRate
from ..board import Dashboard, Row
from ..context import WINDOW_DAYS, DashboardContext
from ..data_sources import LONG_TERM
from ..panels import Column, Panel, PanelLink, Stat, Table, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import CRITICAL, GOOD, Thresholds, Unit
from .shared import ALERTS, NEW_IMAGES
from .technical import SERVICE

BUDGET_WARNING: Final = 0.25
"""Share of the budget that should be left for what is not foreseen."""
MATCHER: Final = 'service=~"$service"'
ERRORS: Final = f"service:http_errors:rate5m{{{MATCHER}}}"
REQUESTS: Final = f"service:http_requests:rate5m{{{MATCHER}}}"
WORDS: Final = {"1h": "1 hour", "6h": "6 hours", "1d": "1 day", "3d": "3 days"}


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
    runbook = PanelLink(title="What to do", url=context.runbook("availability"))
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
                title=f"Burn rate, {WORDS[rate.long]}",
                description=(
                    "How many times faster than evenly the budget goes. "
                    f"Alerts from {rate.factor:g} on: {rate.meaning}."
                ),
                queries=(
                    PrometheusQuery(
                        expression=(
                            f"service:http_requests:error_ratio_rate{rate.long}{{{MATCHER}}} / {budget}"
                        ),
                        legend="{{service}}",
                    ),
                ),
                unit=Unit.FACTOR,
                decimals=1,
                thresholds=Thresholds.rising(**{_colour_of(rate): rate.factor}),
                links=(runbook,),
            )
            for rate in BURN_RATES
        ),
    )


def _colour_of(rate: BurnRate) -> Literal["warning", "critical"]:
    return "critical" if rate.severity == "critical" else "warning"


def _burning(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Burn rates",
            description="1: the budget lasts exactly as long as the month.",
            queries=tuple(
                PrometheusQuery(
                    expression=(
                        f"service:http_requests:error_ratio_rate{window}{{{MATCHER}}}"
                        f" / {context.error_budget:g}"
                    ),
                    legend=f"{{{{service}}}} {words}",
                )
                for window, words in WORDS.items()
            ),
            unit=Unit.FACTOR,
            thresholds=Thresholds.rising(
                warning=min(rate.factor for rate in BURN_RATES),
                critical=min(rate.factor for rate in BURN_RATES if rate.severity == "critical"),
            ),
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
            links=(PanelLink(title="What to do", url=context.runbook("gps")),),
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
