"""What production's exporters would say: a quarter of an hour as it should be, then one that goes wrong.

Counters follow from the time alone, so that nothing has to be remembered between two scrapes. Their speed is
per second of the test; what alerts look at are shares and quantiles, which no speed changes.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

REQUESTS_PER_SECOND: Final = 100.0
SLOW_SHARE: Final = 0.5
"""Of the requests to Odoo in the bad quarter: then p95 lies between half a second and one."""
DEAD_LETTERS: Final = 3
BUCKETS: Final = (0.05, 0.1, 0.5, 1.0)
"""In seconds. A good request takes less than 0.05, a slow one more than 0.5."""
DAY: Final = 86_400

_HEALTHY: Final[Mapping[str, float]] = {
    'probe_success{instance="https://erp.example.com",job="probe"}': 1,
    'rabbitmq_detailed_queue_messages{vhost="erp",queue="gps.positions"}': 12,
    'rabbitmq_detailed_queue_consumers{vhost="erp",queue="gps.positions"}': 2,
    "rabbitmq_alarms_memory_used_watermark": 0,
    "rabbitmq_alarms_free_disk_space_watermark": 0,
    'rabbitmq_process_resident_memory_bytes{instance="broker"}': 1e9,
    'rabbitmq_resident_memory_limit_bytes{instance="broker"}': 3e9,
    'rabbitmq_disk_space_available_bytes{instance="broker"}': 1e11,
    'rabbitmq_disk_space_available_limit_bytes{instance="broker"}': 1e10,
    "cluster_autoscaler_cluster_safe_to_autoscale": 1,
    "cluster_autoscaler_nodes_count": 3,
    'pg_up{service="postgres-exporter"}': 1,
    'pg_stat_database_numbackends{service="postgres-exporter",datname="tms"}': 40,
    'pg_settings_max_connections{service="postgres-exporter"}': 400,
    'redis_up{service="redis-exporter"}': 1,
    'aws_rds_cpuutilization_average{dimension_DBInstanceIdentifier="fleet-erp-prod-postgres"}': 20,
    'aws_rds_free_storage_space_minimum{dimension_DBInstanceIdentifier="fleet-erp-prod-postgres"}': 3e11,
    'aws_certificatemanager_days_to_expiry_minimum{dimension_CertificateArn="x"}': 200,
    'fluentbit_output_proc_records_total{name="opensearch.0"}': 1000,
    'externalsecret_status_condition{condition="Ready",status="False",name="odoo"}': 0,
    'trivy_image_vulnerabilities{severity="Critical",image_repository="fleet-erp/odoo",image_tag="18.0"}': 0,
    'kube_node_info{node="ip-10-0-1-7"}': 1,
    'kube_node_status_condition{node="ip-10-0-1-7",condition="Ready",status="true"}': 1,
    'kube_deployment_spec_replicas{namespace="erp",deployment="odoo-web"}': 3,
    'kube_deployment_status_replicas_available{namespace="erp",deployment="odoo-web"}': 3,
    'kube_deployment_status_replicas_available{namespace="kube-system",deployment="coredns"}': 2,
    'node_memory_MemAvailable_bytes{instance="10.0.1.7:9100"}': 4e9,
    'container_memory_working_set_bytes{namespace="erp",pod="odoo-web-1",container="odoo"}': 2e9,
    'coredns_dns_responses_total{rcode="NOERROR"}': 5000,
    'kubelet_volume_stats_used_bytes{namespace="observability",persistentvolumeclaim="prometheus"}': 2e10,
    'kubelet_volume_stats_capacity_bytes{namespace="observability",persistentvolumeclaim="prometheus"}': 1e11,
}
"""Gauges, and counters that need not move, of everything whose absence would be an alert."""


def exposition(seconds: float, *, bad_from: float, now: float) -> str:
    """Give what an exporter says so many seconds after it started; `now` is the time of day."""
    bad = max(0.0, seconds - bad_from)
    samples = dict(_HEALTHY)
    samples['probe_ssl_earliest_cert_expiry{instance="https://erp.example.com"}'] = now + 90 * DAY
    samples['rabbitmq_detailed_queue_messages{vhost="erp",queue="gps.positions.dlq"}'] = (
        DEAD_LETTERS if bad > 0 else 0
    )
    requests = REQUESTS_PER_SECOND * seconds
    samples |= _histogram(
        "http_request_duration_seconds",
        'namespace="erp",service="odoo-web",handler="/web",method="GET"',
        total=requests,
        slow=SLOW_SHARE * REQUESTS_PER_SECOND * bad,
    )
    samples |= _histogram(
        "http_request_duration_seconds",
        'namespace="gps",service="gps-api",handler="/v1/positions",method="POST"',
        total=requests,
        slow=0,
    )
    samples |= _histogram("gps_processing_latency_seconds", 'namespace="gps"', total=requests, slow=0)
    samples['http_requests_total{namespace="erp",service="odoo-web",status="200",method="GET"}'] = requests
    samples['http_requests_total{namespace="gps",service="gps-api",status="202",method="POST"}'] = requests
    return "".join(f"{series} {value:.6f}\n" for series, value in samples.items())


def _histogram(name: str, labels: str, *, total: float, slow: float) -> dict[str, float]:
    counts = {f"{limit:g}": total - slow if limit <= 0.5 else total for limit in BUCKETS}
    buckets = {
        f'{name}_bucket{{{labels},le="{limit}"}}': count for limit, count in {**counts, "+Inf": total}.items()
    }
    return {**buckets, f"{name}_count{{{labels}}}": total, f"{name}_sum{{{labels}}}": total * 0.02 + slow}


@dataclass(slots=True)
class Exporter:
    """A running exporter; the bad quarter begins when somebody says so."""

    port: int
    started: float
    bad_from: float = float("inf")

    def go_wrong(self) -> None:
        """Begin the bad quarter of an hour."""
        self.bad_from = time.monotonic() - self.started


@contextmanager
def exporter() -> Iterator[Exporter]:
    """Serve the world's metrics on the loopback."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seconds = time.monotonic() - world.started
            body = exposition(seconds, bad_from=world.bad_from, now=time.time()).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/plain; version=0.0.4")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    world = Exporter(port=server.server_port, started=time.monotonic())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield world
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
