"""The machinery at a glance: answers, errors, pods, stores, nodes (OBS-15)."""

from __future__ import annotations

from typing import Final

from ...rules.database import CONNECTIONS_CRITICAL, CONNECTIONS_WARNING
from ..board import Dashboard, Row, Variable
from ..context import DashboardContext
from ..panels import Gauge, Heatmap, Panel, PanelLink, Stat, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import Thresholds, Unit
from .shared import ALERTS, NEW_IMAGES

REFRESH: Final = "30s"
ERROR_WARNING: Final = 0.001
"""The whole error budget of the service level (SLO-01)."""
ERROR_CRITICAL: Final = 0.0144
"""14.4 times that: in an hour 2 % of the month's budget are gone."""
USED: Final = Thresholds.rising(warning=CONNECTIONS_WARNING, critical=CONNECTIONS_CRITICAL)
"""Of what a store or a node has."""
REQUEST_WARNING: Final = 1.0
"""A pod that uses all that it requested lives on what others leave."""

SERVICE: Final = Variable(
    name="service", label="Service", values="label_values(service:http_requests:rate5m, service)"
)
NAMESPACE: Final = Variable(
    name="namespace",
    label="Namespace",
    values="label_values(namespace_pod:cpu_usage:ratio_of_request, namespace)",
)


def technical(context: DashboardContext) -> Dashboard:
    """Lay out the technical dashboard."""
    return Dashboard(
        uid="fleet-technical",
        title=context.title("Technical"),
        description=(
            "Latency, errors, load, pods, connections and queues. Lines at the thresholds at which "
            f"{context.environment} alerts."
        ),
        refresh=REFRESH,
        time_from="now-6h",
        rows=(
            Row(title="Now", lines=(_now(context),)),
            Row(title="Requests", lines=(_latency(context), _requests(context))),
            Row(title="Pods", lines=(_usage(), _replicas())),
            Row(title="Database, queues, cache", lines=(_stores(context),)),
            Row(title="Nodes", lines=(_nodes(),)),
        ),
        variables=(SERVICE, NAMESPACE),
        annotations=(ALERTS, NEW_IMAGES),
        tags=("technical",),
    )


def _now(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        Stat(
            title="API latency p95",
            description="The slowest service; of 100 requests 95 are faster.",
            queries=(
                PrometheusQuery(
                    expression='max(service:http_request_duration_seconds:p95_5m{service=~"$service"})'
                ),
            ),
            unit=Unit.SECONDS,
            thresholds=_latency_thresholds(context),
            links=(_runbook(context, "latency"),),
            trend=True,
        ),
        Stat(
            title="API latency p99",
            description="The slowest service; of 100 requests 99 are faster.",
            queries=(
                PrometheusQuery(
                    expression='max(service:http_request_duration_seconds:p99_5m{service=~"$service"})'
                ),
            ),
            unit=Unit.SECONDS,
            trend=True,
        ),
        Stat(
            title="Error rate",
            description="Share of requests that end in 5xx, of the service with most.",
            queries=(
                PrometheusQuery(
                    expression='max(service:http_requests:error_ratio_rate5m{service=~"$service"})'
                ),
            ),
            unit=Unit.SHARE,
            decimals=2,
            thresholds=Thresholds.rising(warning=ERROR_WARNING, critical=ERROR_CRITICAL),
            trend=True,
        ),
        Stat(
            title="Requests",
            queries=(PrometheusQuery(expression='sum(service:http_requests:rate5m{service=~"$service"})'),),
            unit=Unit.REQUESTS_PER_SECOND,
            trend=True,
        ),
        Stat(
            title="GPS end to end p95",
            description="From the request of a vehicle to the committed row.",
            queries=(PrometheusQuery(expression="gps:processing_latency_seconds:p95_5m"),),
            unit=Unit.SECONDS,
            thresholds=Thresholds.rising(critical=context.gps_seconds),
            trend=True,
        ),
        Stat(
            title="Dead letters",
            description="Messages that nobody could process; empty when the broker is not measured.",
            queries=(PrometheusQuery(expression='sum(mq:queue_messages{queue=~".*[.]dlq"})'),),
            unit=Unit.COUNT,
            thresholds=Thresholds.rising(critical=1),
            links=(_runbook(context, "queues"),),
            no_value="not measured",
        ),
    )


def _latency(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="API latency p95 by service",
            queries=(
                PrometheusQuery(
                    expression='service:http_request_duration_seconds:p95_5m{service=~"$service"}',
                    legend="{{service}}",
                ),
            ),
            unit=Unit.SECONDS,
            thresholds=_latency_thresholds(context),
            links=(_runbook(context, "latency"),),
        ),
        TimeSeries(
            title="API latency p99 by service",
            queries=(
                PrometheusQuery(
                    expression='service:http_request_duration_seconds:p99_5m{service=~"$service"}',
                    legend="{{service}}",
                ),
            ),
            unit=Unit.SECONDS,
        ),
        Heatmap(
            title="Requests by time to answer",
            description="How many requests fell into each bucket.",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum by (le) (increase("
                        'http_request_duration_seconds_bucket{service=~"$service"}[$__rate_interval]))'
                    ),
                    legend="{{le}}",
                    buckets=True,
                ),
            ),
            unit=Unit.SECONDS,
        ),
    )


def _requests(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Error rate by service",
            queries=(
                PrometheusQuery(
                    expression='service:http_requests:error_ratio_rate5m{service=~"$service"}',
                    legend="{{service}}",
                ),
            ),
            unit=Unit.SHARE,
            thresholds=Thresholds.rising(warning=ERROR_WARNING, critical=ERROR_CRITICAL),
            links=(PanelLink(title="Service levels", url="/d/fleet-slo"),),
        ),
        TimeSeries(
            title="Requests by service and status",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum by (service, status) (rate("
                        'http_requests_total{service=~"$service"}[$__rate_interval]))'
                    ),
                    legend="{{service}} {{status}}",
                ),
            ),
            unit=Unit.REQUESTS_PER_SECOND,
            stacked=True,
        ),
        TimeSeries(
            title="GPS end to end p95, over time",
            queries=(PrometheusQuery(expression="gps:processing_latency_seconds:p95_5m", legend="p95"),),
            unit=Unit.SECONDS,
            thresholds=Thresholds.rising(critical=context.gps_seconds),
        ),
    )


def _usage() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Pod CPU, of what it requested",
            description="Above 100 % a pod lives on what others leave.",
            queries=(
                PrometheusQuery(
                    expression='namespace_pod:cpu_usage:ratio_of_request{namespace=~"$namespace"}',
                    legend="{{namespace}}/{{pod}}",
                ),
            ),
            unit=Unit.SHARE,
            thresholds=Thresholds.rising(warning=REQUEST_WARNING),
        ),
        TimeSeries(
            title="Pod memory, of what it requested",
            description="Above 100 % a pod is among the first to go when its node runs short.",
            queries=(
                PrometheusQuery(
                    expression='namespace_pod:memory_usage:ratio_of_request{namespace=~"$namespace"}',
                    legend="{{namespace}}/{{pod}}",
                ),
            ),
            unit=Unit.SHARE,
            thresholds=Thresholds.rising(warning=REQUEST_WARNING),
        ),
    )


def _replicas() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Pods and the bounds of their autoscalers",
            description="Dashed: fewest and most pods, where an autoscaler decides.",
            queries=(
                PrometheusQuery(
                    expression='kube_deployment_status_replicas_available{namespace=~"$namespace"}',
                    legend="{{deployment}}",
                ),
                PrometheusQuery(
                    expression='kube_horizontalpodautoscaler_spec_max_replicas{namespace=~"$namespace"}',
                    legend="{{horizontalpodautoscaler}} at most",
                ),
                PrometheusQuery(
                    expression='kube_horizontalpodautoscaler_spec_min_replicas{namespace=~"$namespace"}',
                    legend="{{horizontalpodautoscaler}} at least",
                ),
            ),
            unit=Unit.COUNT,
            dashed=" at (most|least)$",
            weight=2,
        ),
        TimeSeries(
            title="Restarts in an hour",
            queries=(
                PrometheusQuery(
                    expression=(
                        "sum by (namespace, pod) (increase("
                        'kube_pod_container_status_restarts_total{namespace=~"$namespace"}[1h])) > 0'
                    ),
                    legend="{{namespace}}/{{pod}}",
                ),
            ),
            unit=Unit.COUNT,
            bars=True,
            thresholds=Thresholds.rising(warning=1),
        ),
    )


def _stores(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        Gauge(
            title="DB connections in use",
            description="Of those that PostgreSQL accepts.",
            queries=(PrometheusQuery(expression="max(database:connections:ratio)", legend="in use"),),
            unit=Unit.SHARE,
            thresholds=USED,
            maximum=1,
        ),
        TimeSeries(
            title="DB connections",
            queries=(
                PrometheusQuery(
                    expression="sum by (service, datname) (pg_stat_database_numbackends) > 0",
                    legend="{{service}} {{datname}}",
                ),
                PrometheusQuery(
                    expression="max by (service) (pg_settings_max_connections)",
                    legend="{{service}} at most",
                ),
            ),
            unit=Unit.COUNT,
            dashed=" at most$",
            weight=2,
        ),
        TimeSeries(
            title="Queue depth",
            description=f"From {context.queue_depth} messages on, consumers are added.",
            queries=(
                PrometheusQuery(
                    expression="mq:queue_messages",
                    legend="{{vhost}} {{queue}}",
                ),
            ),
            unit=Unit.COUNT,
            thresholds=Thresholds.rising(warning=context.queue_depth),
            links=(_runbook(context, "queues"),),
            weight=2,
        ),
        Gauge(
            title="Cache memory in use",
            queries=(
                PrometheusQuery(
                    expression="max(redis_memory_used_bytes / (redis_memory_max_bytes > 0))",
                    legend="in use",
                ),
            ),
            unit=Unit.SHARE,
            thresholds=USED,
            maximum=1,
        ),
    )


def _nodes() -> tuple[Panel, ...]:
    return (
        Stat(
            title="Nodes ready",
            queries=(
                PrometheusQuery(
                    expression='sum(kube_node_status_condition{condition="Ready", status="true"})',
                    legend="ready",
                ),
                PrometheusQuery(expression="count(kube_node_info)", legend="of"),
            ),
            unit=Unit.COUNT,
        ),
        TimeSeries(
            title="Node CPU in use",
            queries=(
                PrometheusQuery(
                    expression=(
                        '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval]))'
                    ),
                    legend="{{instance}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
            thresholds=USED,
            weight=2,
        ),
        TimeSeries(
            title="Node memory in use",
            queries=(
                PrometheusQuery(
                    expression="1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes",
                    legend="{{instance}}",
                ),
            ),
            unit=Unit.SHARE,
            maximum=1,
            thresholds=USED,
            weight=2,
        ),
    )


def _latency_thresholds(context: DashboardContext) -> Thresholds:
    """Give the two thresholds of the stack file, which alerts use too (OBS-05, OBS-07)."""
    return Thresholds.rising(
        warning=context.latency_warning_seconds, critical=context.latency_critical_seconds
    )


def _runbook(context: DashboardContext, name: str) -> PanelLink:
    return PanelLink(title="What to do", url=context.runbook(name))
