"""What programs wrote: errors first, how much there is, GPS events as many as there were (OBS-02, OBS-03)."""

from __future__ import annotations

import json
from typing import Final

from ..board import Dashboard, Row, TextBox, Variable
from ..context import DashboardContext
from ..data_sources import LOGS
from ..panels import Column, Logs, Panel, PanelLink, Stat, Table, TimeSeries
from ..queries import LogsQuery, PrometheusQuery
from ..thresholds import CRITICAL, GOOD, WARNING, Thresholds, Unit
from .shared import ALERTS

CONTAINER: Final = "kubernetes.container_name"
NAMESPACE_FIELD: Final = "kubernetes.namespace_name"
LEVEL: Final = "level"
ERRORS: Final = "level:(ERROR OR CRITICAL)"
CHOSEN: Final = f"{NAMESPACE_FIELD}:$namespace AND {CONTAINER}:$container"
SEARCHED: Final = "(${search:raw})"
"""What somebody wrote into the box, as Lucene: otherwise Grafana takes colons and quotes for text."""
GPS_EVENTS: Final = "event:gps_ingested"
LONGEST_SECONDS: Final = 5


def logs(context: DashboardContext) -> Dashboard:
    """Lay out the dashboard of logs."""
    share = context.gps_sampling_percent
    kept = (
        "Every line is kept"
        if share == 100  # noqa: PLR2004  (percent)
        else f"Of successful GPS events {share} % are kept, of everything else every line"
    )
    return Dashboard(
        uid="fleet-logs",
        title=context.title("Logs"),
        description=(
            f"{kept}, for {context.log_days} days. The box takes Lucene: level:ERROR, "
            'message:"could not serialize", status:[500 TO 599].'
        ),
        refresh="1m",
        time_from="now-3h",
        rows=(
            Row(title="Errors", lines=(_errors(), (_error_lines(),))),
            Row(title="Requests to Odoo", lines=(_requests(),)),
            Row(title="GPS", lines=(_gps(context),)),
            Row(title="Volume", lines=(_volume(context),)),
            Row(title="All lines", lines=((_all_lines(),),)),
        ),
        variables=(
            _field("namespace", "Namespace", NAMESPACE_FIELD),
            _field("container", "Container", CONTAINER),
            TextBox(name="search", label="Search", initial="*"),
        ),
        annotations=(ALERTS,),
        tags=("technical",),
    )


def _field(name: str, label: str, field: str) -> Variable:
    values = json.dumps({"find": "terms", "field": field, "size": 200})
    return Variable(name=name, label=label, values=values, every="*", source=LOGS)


def _errors() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Errors by service",
            description="Lines of level ERROR or CRITICAL, by container.",
            queries=(LogsQuery(lucene=f"{CHOSEN} AND {ERRORS}", by=CONTAINER),),
            unit=Unit.COUNT,
            bars=True,
            stacked=True,
            weight=2,
        ),
        Table(
            title="Who writes errors",
            queries=(LogsQuery(lucene=f"{CHOSEN} AND {ERRORS}", by="logger", over_time=False),),
            unit=Unit.COUNT,
            columns=(Column(name="logger", heading="Logger"), Column(name="Count", heading="Lines")),
            sort_by="Lines",
        ),
    )


def _error_lines() -> Panel:
    return Logs(
        title="Newest errors",
        queries=(LogsQuery(lucene=f"{CHOSEN} AND {ERRORS} AND {SEARCHED}", answer="lines"),),
    )


def _requests() -> tuple[Panel, ...]:
    slow = f"event:http_request AND duration_seconds:>{LONGEST_SECONDS}"
    return (
        TimeSeries(
            title="Requests that failed, by handler",
            description="Status 500 and above, from the access log of the proxy beside Odoo.",
            queries=(LogsQuery(lucene="event:http_request AND status:[500 TO 599]", by="handler"),),
            unit=Unit.COUNT,
            bars=True,
            stacked=True,
        ),
        Table(
            title=f"Handlers that took longer than {LONGEST_SECONDS} s",
            queries=(LogsQuery(lucene=slow, by="handler", over_time=False),),
            unit=Unit.COUNT,
            columns=(Column(name="handler", heading="Handler"), Column(name="Count", heading="Requests")),
            sort_by="Requests",
        ),
    )


def _gps(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="GPS events by outcome, as many as there were",
            description=(
                "Kept lines divided by the share that is kept: what was left out is counted, errors are "
                "never left out."
            ),
            queries=(
                LogsQuery(
                    lucene=f"{GPS_EVENTS} AND outcome:success", answer="weighted count", alias="success"
                ),
                LogsQuery(lucene=f"{GPS_EVENTS} AND NOT outcome:success", alias="not stored"),
            ),
            unit=Unit.COUNT,
            colours={"success": GOOD, "not stored": CRITICAL},
            weight=2,
        ),
        TimeSeries(
            title="Share of successful events that is kept",
            description="Measured at the service and at the shipper; the stack file says what it should be.",
            queries=(
                PrometheusQuery(
                    expression=(
                        "1 - sum(rate(fluentbit_filter_drop_records_total[15m]))"
                        ' / sum(rate(gps_events_total{outcome="success"}[15m]))'
                    ),
                    legend="kept",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
            thresholds=Thresholds(GOOD, ((context.gps_sampling_percent * 1.1 / 100, WARNING),))
            if context.gps_sampling_percent < 100  # noqa: PLR2004  (percent)
            else Thresholds.none(),
        ),
    )


def _volume(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Lines by container",
            queries=(LogsQuery(lucene=CHOSEN, by=CONTAINER),),
            unit=Unit.SHORT,
            bars=True,
            stacked=True,
            weight=2,
        ),
        TimeSeries(
            title="Lines by level",
            queries=(LogsQuery(lucene=CHOSEN, by=LEVEL),),
            unit=Unit.SHORT,
            bars=True,
            stacked=True,
            colours={"ERROR": CRITICAL, "CRITICAL": "purple", "WARNING": WARNING},
            weight=2,
        ),
        Stat(
            title="Lines lost in a day",
            description="Given up on by Fluent Bit after every retry.",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum(increase(fluentbit_output_dropped_records_total[1d]))"
                        " + sum(increase(fluentbit_output_retries_failed_total[1d]))"
                    ),
                    legend="lost",
                ),
            ),
            unit=Unit.COUNT,
            thresholds=Thresholds.rising(warning=1),
            links=(PanelLink(title="What to do", url=context.runbook("logs")),),
            no_value="not measured",
        ),
    )


def _all_lines() -> Panel:
    return Logs(
        title="Newest lines",
        queries=(LogsQuery(lucene=f"{CHOSEN} AND {SEARCHED}", answer="lines"),),
    )
