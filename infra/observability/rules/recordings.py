"""Series that Prometheus computes: for alerts, dashboards and the store that keeps them a year (OBS-08).

The store takes every name with a colon. Those of the second group are one value for five minutes, by which a
year can still be read.
"""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import Recording, RuleGroup

NO_ANSWERS: Final = 'handler!~"websocket|report|static"'
"""Requests that last as long as somebody listens, or as a report has pages, and files that the proxy alone
serves, say nothing about latency. The values are the proxy's (infra/workloads/odoo/proxy.py)."""
WINDOWS: Final = ("5m", "30m", "1h", "6h")
"""Windows of the error ratio, measured on the counters themselves."""
LONG_WINDOWS: Final = ("2h", "1d", "3d")
"""Windows computed from the recorded rates: three days of counters would be read at every evaluation."""

GAUGES: Final = (
    "service:http_request_duration_seconds:p95_5m",
    "service:http_request_duration_seconds:p99_5m",
    "service:http_requests:error_ratio_rate5m",
    "service:http_requests:rate5m",
    "gps:processing_latency_seconds:p95_5m",
    "mq:queue_messages",
    "namespace_pod:cpu_usage:ratio_of_request",
    "namespace_pod:memory_usage:ratio_of_request",
    "database:connections:ratio",
)
"""Recorded series of which average and maximum are kept."""


def recording_groups(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the recorded series: as samples come, and every five minutes."""
    served = (
        RuleGroup(name="fleet-erp-record-latency", rules=_latency(context)),
        RuleGroup(name="fleet-erp-record-requests", rules=_requests(context)),
    )
    return (
        *(served if context.serving else ()),
        RuleGroup(name="fleet-erp-record-resources", rules=_resources()),
        RuleGroup(name="fleet-erp-aggregates", rules=_aggregates(context), interval="5m"),
    )


def _resources() -> tuple[Recording, ...]:
    return (
        Recording(
            # The node that leads a queue tells of it alone. Behind the broker's balancer two targets may be
            # the same node, and one node none for a while: the largest of two minutes is right in both cases.
            record="mq:queue_messages",
            expression="max by (vhost, queue) (max_over_time(rabbitmq_detailed_queue_messages[2m]))",
        ),
        Recording(
            record="namespace_pod:cpu_usage:ratio_of_request",
            expression=(
                'sum by (namespace, pod) (rate(container_cpu_usage_seconds_total{container!=""}[5m]))'
                ' / sum by (namespace, pod) (kube_pod_container_resource_requests{resource="cpu"})'
            ),
        ),
        Recording(
            record="namespace_pod:memory_usage:ratio_of_request",
            expression=(
                'sum by (namespace, pod) (container_memory_working_set_bytes{container!=""})'
                ' / sum by (namespace, pod) (kube_pod_container_resource_requests{resource="memory"})'
            ),
        ),
        Recording(
            record="database:connections:ratio",
            expression=(
                "sum by (service) (pg_stat_database_numbackends)"
                " / max by (service) (pg_settings_max_connections)"
            ),
        ),
    )


def _latency(context: RuleContext) -> tuple[Recording, ...]:
    duration = f"http_request_duration_seconds_bucket{{{context.in_namespaces}, {NO_ANSWERS}}}"
    return (
        *(
            Recording(
                record=f"service:http_request_duration_seconds:p{percent}_5m",
                expression=(f"histogram_quantile(0.{percent}, sum by (service, le) (rate({duration}[5m])))"),
            )
            for percent in (95, 99)
        ),
        Recording(
            record="gps:processing_latency_seconds:p95_5m",
            expression=(
                "histogram_quantile(0.95, sum by (le)"
                f" (rate(gps_processing_latency_seconds_bucket{{{context.in_namespaces}}}[5m])))"
            ),
        ),
    )


def _requests(context: RuleContext) -> tuple[Recording, ...]:
    every = f"http_requests_total{{{context.in_namespaces}}}"
    failed = f'http_requests_total{{{context.in_namespaces}, status=~"5.."}}'
    return (
        Recording(
            record="service:http_requests:rate5m",
            expression=f"sum by (service) (rate({every}[5m]))",
        ),
        Recording(
            # A service that never failed has no such counter; its errors are 0, not nothing.
            record="service:http_errors:rate5m",
            expression=f"sum by (service) (rate({failed}[5m])) or 0 * service:http_requests:rate5m",
        ),
        *(
            Recording(
                record=f"service:http_requests:error_ratio_rate{window}",
                expression=(
                    f"(sum by (service) (rate({failed}[{window}]))"
                    f" or 0 * sum by (service) (rate({every}[{window}])))"
                    f" / sum by (service) (rate({every}[{window}]))"
                ),
            )
            for window in WINDOWS
        ),
        *(
            Recording(
                record=f"service:http_requests:error_ratio_rate{window}",
                expression=(
                    f"sum_over_time(service:http_errors:rate5m[{window}])"
                    f" / sum_over_time(service:http_requests:rate5m[{window}])"
                ),
            )
            for window in LONG_WINDOWS
        ),
    )


def _aggregates(context: RuleContext) -> tuple[Recording, ...]:
    served = (*_latency(context), *_requests(context)) if context.serving else ()
    recorded = {recording.record for recording in (*served, *_resources())}
    means = tuple(
        Recording(record=f"{name}:{kind}_5m", expression=f"{kind}_over_time({name}[5m])")
        for name in GAUGES
        if name in recorded
        for kind in ("avg", "max")
    )
    if not context.serving:
        return means
    within = context.in_namespaces
    counters = {
        "service:http_requests:sum_5m": (f"sum by (service) (increase(http_requests_total{{{within}}}[5m]))"),
        "service:http_errors:sum_5m": (
            f'sum by (service) (increase(http_requests_total{{{within}, status=~"5.."}}[5m]))'
        ),
        "gps:positions_stored:sum_5m": (
            f"sum(increase(gps_processing_latency_seconds_count{{{within}}}[5m]))"
        ),
    }
    return (
        *means,
        *(Recording(record=name, expression=expression) for name, expression in counters.items()),
    )
