"""What Prometheus scrapes beside what charts declare for themselves: GPS and the broker (OBS-01, OBS-08).

Odoo's requests are counted by the log shipper, whose chart declares its own monitor
(docs/decisions/request-metrics.md).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi_kubernetes import apiextensions

from ...cluster_platform.charts import SCRAPE_INTERVAL
from ...cluster_platform.labels import GPS, METRICS_PORT_NAME
from ...network import ports
from ...workloads import pods
from ...workloads.gps.pod import APPLICATION as GPS_APPLICATION
from ...workloads.jobs.broker_plan import VHOST

API: Final = "monitoring.coreos.com"
BROKER_SECRET: Final = "rabbitmq-monitoring"
BROKER: Final = "rabbitmq"
QUEUES: Final = "rabbitmq-queues"
QUEUE_FAMILIES: Final = ("queue_coarse_metrics", "queue_metrics")
TIMEOUT: Final = "10s"


def declare_pod_monitor(
    *, namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> apiextensions.CustomResource:
    """Scrape the pods of the GPS service: the API on the port `http`, the consumers on the port `metrics`.

    The label `service` is the part's name, which for the API is that of its Service; consumers have none.
    """
    return apiextensions.CustomResource(
        "scrape-gps",
        api_version=f"{API}/v1",
        kind="PodMonitor",
        metadata=pods.metadata("gps", namespace=namespace, labels=_labels("gps")),
        spec={
            "namespaceSelector": {"matchNames": [GPS]},
            "selector": {"matchLabels": {pods.NAME_LABEL: GPS_APPLICATION}},
            "podMetricsEndpoints": [
                {
                    "port": port,
                    "path": "/metrics",
                    "interval": SCRAPE_INTERVAL,
                    "scrapeTimeout": TIMEOUT,
                    "relabelings": [
                        {
                            "sourceLabels": ["__meta_kubernetes_pod_label_app_kubernetes_io_component"],
                            "targetLabel": "service",
                        }
                    ],
                }
                for port in ("http", METRICS_PORT_NAME)
            ],
        },
        opts=opts,
    )


def declare_broker_scraping(
    *, endpoint: pulumi.Output[str], namespace: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Sequence[apiextensions.CustomResource]:
    """Scrape RabbitMQ: the broker as a whole, and each queue of our virtual host.

    `endpoint` is `amqps://<host>:5671`. A node tells of the queues that it leads, and a cluster's name has an
    address in each zone: every address is a target, so that all nodes are asked. The certificate is of the
    name, which is said apart.
    """
    host = endpoint.apply(_host)
    return [
        _scrape_config(name, host=host, path=path, parameters=parameters, namespace=namespace, opts=opts)
        for name, path, parameters in (
            (BROKER, "/metrics", {}),
            (QUEUES, "/metrics/detailed", {"family": list(QUEUE_FAMILIES), "vhost": [VHOST]}),
        )
    ]


def _scrape_config(
    name: str,
    *,
    host: pulumi.Output[str],
    path: str,
    parameters: dict[str, list[str]],
    namespace: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> apiextensions.CustomResource:
    spec: dict[str, Any] = {
        "jobName": name,
        "dnsSDConfigs": [{"names": [host], "type": "A", "port": ports.MQ_METRICS.first}],
        "scheme": "HTTPS",
        "metricsPath": path,
        "tlsConfig": {"serverName": host, "minVersion": "TLS12"},
        "basicAuth": {member: {"name": BROKER_SECRET, "key": member} for member in ("username", "password")},
        "scrapeInterval": SCRAPE_INTERVAL,
        "scrapeTimeout": TIMEOUT,
        "relabelings": [{"targetLabel": "service", "replacement": BROKER}],
    }
    if parameters:
        spec["params"] = parameters
    return apiextensions.CustomResource(
        f"scrape-{name}",
        api_version=f"{API}/v1alpha1",
        kind="ScrapeConfig",
        metadata=pods.metadata(name, namespace=namespace, labels=_labels(name)),
        spec=spec,
        opts=opts,
    )


def _labels(component: str) -> dict[str, str]:
    return pods.labels("prometheus", component=component)


def _host(endpoint: str) -> str:
    return endpoint.removeprefix("amqps://").rpartition(":")[0]
