"""Who may talk to whom to see how the others are: namespaces `observability` and `node-agents`.

| who | reaches |
|---|---|
| Prometheus | what it scrapes, Alertmanager, Amazon Managed Prometheus |
| Grafana | Prometheus, Alertmanager, Amazon Managed Prometheus, the database, OpenSearch |
| Alertmanager | PagerDuty and Slack, which are anywhere |
| exporters | each what it asks: database, cache, CloudWatch, our own host names and Odoo |
| Fluent Bit | OpenSearch |

People reach Grafana through the Kubernetes API (port forwarding), which the node passes on to its own pods:
that needs no rule, and nothing here listens to the outside. The node exporter has the node's own address, and
no policy holds for it: the nodes' security group keeps its port inside the VPC.
"""

from __future__ import annotations

from typing import Final

from ..network import ports
from .addresses import Addresses
from .labels import (
    ALLOWED,
    ERP,
    GPS,
    METRICS_PORT_NAME,
    NAME,
    NODE_AGENTS,
    OBSERVABILITY,
    REACHES_AWS,
    SYSTEM,
)
from .ways import (
    HTTPS,
    PROMETHEUS_PODS,
    Path,
    Pods,
    called_by_api,
    internet,
    private_networks,
    scraped,
    scrapes,
    to_aws,
    to_kubernetes_api,
    to_store,
)

KUBELET: Final = 10250
COREDNS_METRICS: Final = 9153
NODE_EXPORTER: Final = 9100
FLUENT_BIT: Final = 2020
FLUENT_BIT_METRICS_FROM_LOGS: Final = 2021
"""Where Fluent Bit serves what it counts in Odoo's access log."""
PROMETHEUS: Final = 9090
ALERTMANAGER: Final = 9093
CONFIG_RELOADER: Final = 8080
OPERATOR: Final = 10250
GRAFANA: Final = 3000
KUBE_STATE_METRICS: Final = 8080
KUBE_STATE_METRICS_ITSELF: Final = 8081
POSTGRES_EXPORTER: Final = 9187
REDIS_EXPORTER: Final = 9121
CLOUDWATCH_EXPORTER: Final = 5000
BLACKBOX_EXPORTER: Final = 9115

OPERATOR_PODS: Final = {NAME: "kube-prometheus-stack-prometheus-operator"}
"""Of the jobs that make its certificate as well."""
ALERTMANAGER_PODS: Final = {NAME: "alertmanager"}
GRAFANA_PODS: Final = {NAME: "grafana"}
KUBE_STATE_METRICS_PODS: Final = {NAME: "kube-state-metrics"}
POSTGRES_EXPORTER_PODS: Final = {NAME: "prometheus-postgres-exporter"}
REDIS_EXPORTER_PODS: Final = {NAME: "prometheus-redis-exporter"}
CLOUDWATCH_EXPORTER_PODS: Final = {NAME: "prometheus-yet-another-cloudwatch-exporter"}
BLACKBOX_EXPORTER_PODS: Final = {NAME: "prometheus-blackbox-exporter"}
FLUENT_BIT_PODS: Final = {NAME: "fluent-bit"}
"""Labels that the charts and the operator put on their pods."""

OBSERVED_HERE: Final = (
    PROMETHEUS,
    ALERTMANAGER,
    CONFIG_RELOADER,
    OPERATOR,
    GRAFANA,
    KUBE_STATE_METRICS_ITSELF,
    POSTGRES_EXPORTER,
    REDIS_EXPORTER,
    CLOUDWATCH_EXPORTER,
    BLACKBOX_EXPORTER,
)
"""Ports in `observability` that Prometheus scrapes; the config reloaders' is that of kube-state-metrics."""


def monitoring_paths(addresses: Addresses, *, controllers: tuple[int, ...]) -> tuple[Path, ...]:
    """Give the paths of `observability`; `controllers` are the metrics ports of `platform-system`."""
    return (
        *_prometheus(addresses, controllers),
        *_grafana(addresses),
        *_exporters(addresses),
        to_kubernetes_api(addresses, who="operator", pods=OPERATOR_PODS),
        to_kubernetes_api(addresses, who="kube-state-metrics", pods=KUBE_STATE_METRICS_PODS),
        called_by_api("prometheus-operator", addresses, OPERATOR_PODS, OPERATOR),
        Path(
            name="alertmanager-tells-people",
            direction="egress",
            pods=ALERTMANAGER_PODS,
            peers=(internet(addresses),),
            tcp=(HTTPS,),
        ),
        Path(
            name="alertmanager",
            direction="ingress",
            pods=ALERTMANAGER_PODS,
            peers=(Pods(labels=GRAFANA_PODS),),
            tcp=(ALERTMANAGER,),
        ),
        to_aws("jobs-aws", addresses, pods={REACHES_AWS: ALLOWED}),
    )


def node_agents_paths(addresses: Addresses) -> tuple[Path, ...]:
    """Give the paths of `node-agents`: Fluent Bit's, for the node exporter has the node's own."""
    return (
        to_kubernetes_api(addresses, who="fluent-bit", pods=FLUENT_BIT_PODS),
        to_aws("fluent-bit-aws", addresses, pods=FLUENT_BIT_PODS, services=("sts",)),
        to_store("search", addresses, ports.SEARCH.first, pods=FLUENT_BIT_PODS),
        scraped(FLUENT_BIT, FLUENT_BIT_METRICS_FROM_LOGS),
    )


def _prometheus(addresses: Addresses, controllers: tuple[int, ...]) -> tuple[Path, ...]:
    return (
        to_kubernetes_api(addresses, who="prometheus", pods=PROMETHEUS_PODS),
        to_aws("prometheus-aws", addresses, pods=PROMETHEUS_PODS, services=("aps-workspaces", "sts")),
        scrapes(ERP, METRICS_PORT_NAME),
        scrapes(GPS, ports.GPS.first, METRICS_PORT_NAME),
        scrapes(SYSTEM, *controllers),
        scrapes("kube-system", COREDNS_METRICS),
        scrapes(NODE_AGENTS, FLUENT_BIT, FLUENT_BIT_METRICS_FROM_LOGS),
        Path(
            name="scrape-inside",
            direction="egress",
            pods=PROMETHEUS_PODS,
            peers=private_networks(addresses),
            tcp=(KUBELET, NODE_EXPORTER, ports.MQ_METRICS.first),
        ),
        Path(
            name=f"scrape-{OBSERVABILITY}",
            direction="egress",
            pods=PROMETHEUS_PODS,
            peers=(Pods(),),
            tcp=OBSERVED_HERE,
        ),
        Path(
            name="scraping",
            direction="ingress",
            peers=(Pods(labels=PROMETHEUS_PODS),),
            tcp=OBSERVED_HERE,
        ),
        Path(
            name="prometheus",
            direction="ingress",
            pods=PROMETHEUS_PODS,
            peers=(Pods(labels=GRAFANA_PODS),),
            tcp=(PROMETHEUS,),
        ),
    )


def _grafana(addresses: Addresses) -> tuple[Path, ...]:
    return (
        to_kubernetes_api(addresses, who="grafana", pods=GRAFANA_PODS),
        to_aws("grafana-aws", addresses, pods=GRAFANA_PODS, services=("aps-workspaces", "sts")),
        to_store("grafana-database", addresses, ports.POSTGRES.first, pods=GRAFANA_PODS),
        to_store("grafana-search", addresses, ports.SEARCH.first, pods=GRAFANA_PODS),
        Path(
            name="grafana-asks-prometheus",
            direction="egress",
            pods=GRAFANA_PODS,
            peers=(Pods(labels=PROMETHEUS_PODS),),
            tcp=(PROMETHEUS,),
        ),
        Path(
            name="grafana-asks-alertmanager",
            direction="egress",
            pods=GRAFANA_PODS,
            peers=(Pods(labels=ALERTMANAGER_PODS),),
            tcp=(ALERTMANAGER,),
        ),
    )


def _exporters(addresses: Addresses) -> tuple[Path, ...]:
    return (
        to_store("postgres-exporter", addresses, ports.POSTGRES.first, pods=POSTGRES_EXPORTER_PODS),
        to_store("redis-exporter", addresses, ports.REDIS.first, pods=REDIS_EXPORTER_PODS),
        to_aws(
            "cloudwatch-exporter-aws",
            addresses,
            pods=CLOUDWATCH_EXPORTER_PODS,
            services=("monitoring", "tagging", "sts"),
        ),
        Path(
            name="blackbox-exporter-outside",
            direction="egress",
            pods=BLACKBOX_EXPORTER_PODS,
            peers=(internet(addresses),),
            tcp=(HTTPS,),
        ),
        Path(
            name="blackbox-exporter-odoo",
            direction="egress",
            pods=BLACKBOX_EXPORTER_PODS,
            peers=(Pods(namespace=ERP),),
            tcp=(ports.ODOO.first,),
        ),
    )
