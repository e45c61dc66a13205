"""What Prometheus learns about requests to Odoo: counted from the proxy's access log (OBS-08, SLO-01).

Odoo measures nothing itself, and an exporter beside each pod would take CPU that the nodes do not have. The
proxy says of each request how long it took and how it ended, and Fluent Bit reads that anyway: it keeps the
counters of the requests on its node, and serves them on a port of its own.

| metric | labels |
|---|---|
| `http_requests_total` | `namespace`, `service`, `status`, `method`, `handler` |
| `http_request_duration_seconds` | `namespace`, `service`, `method`, `handler`, `le` |

`service` is the component of the pod, which is the name of its Service: whoever scrapes honours these labels,
for his own would say fluent-bit. The counters begin anew when Fluent Bit does, as counters may.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

METRICS_PORT: Final = 2021
METRICS_PATH: Final = "/metrics"
PORT_NAME: Final = "requests"
PROXY_TAG: Final = "kube.*_erp_nginx-*"
"""Lines of the proxies beside Odoo."""
TAG: Final = "metrics.requests"
BUCKETS_SECONDS: Final = (
    0.01,
    0.025,
    0.05,
    0.1,
    0.15,
    0.18,
    0.2,
    0.25,
    0.3,
    0.4,
    0.5,
    0.75,
    1,
    2.5,
    5,
    10,
    30,
)
"""The thresholds of every environment are among them (OBS-05, OBS-07): there a quantile is exact."""

_LABELS: Final = (
    ("add_label", "namespace $kubernetes['namespace_name']"),
    ("add_label", "service $kubernetes['labels']['app.kubernetes.io/component']"),
    ("label_field", "method"),
    ("label_field", "handler"),
)
Entries = tuple[tuple[str, str | int | float], ...]


def filters() -> tuple[Entries, ...]:
    """Give the filters, which leave the lines as they are; lines that are no requests have no status."""
    return (
        (
            *_common("http_requests", "counter", "total", subsystem="requests", what="Answered requests"),
            *_LABELS,
            ("label_field", "status"),
        ),
        (
            *_common(
                "http_request_duration",
                "histogram",
                "duration_seconds",
                subsystem="request",
                what="Time to answer a request",
            ),
            ("value_field", "duration_seconds"),
            *(("bucket", bound) for bound in BUCKETS_SECONDS),
            *_LABELS,
        ),
    )


def output() -> Mapping[str, str | int]:
    """Give the output that serves the counters."""
    return {
        "Name": "prometheus_exporter",
        "Alias": "requests",
        "Match": TAG,
        "Host": "0.0.0.0",  # noqa: S104  (in a pod; policies say who gets in)
        "Port": METRICS_PORT,
    }


def _common(alias: str, mode: str, name: str, *, subsystem: str, what: str) -> Entries:
    return (
        ("Name", "log_to_metrics"),
        ("Alias", alias),
        ("Match", PROXY_TAG),
        ("tag", TAG),
        ("metric_mode", mode),
        ("metric_namespace", "http"),
        ("metric_subsystem", subsystem),
        ("metric_name", name),
        ("metric_description", what),
        ("regex", "event ^http_request$"),
        ("flush_interval_sec", 5),
    )
