"""Everyone who might talk to anyone in production's network."""

from __future__ import annotations

from typing import Final

from infra.cluster_platform.labels import (
    ALLOWED,
    NAME,
    REACHES_AWS,
    REACHES_BROKER_MANAGEMENT,
    REACHES_PARTNERS,
    SENDS_MAIL,
)
from infra.cluster_platform.paths import (
    CLUSTER_AUTOSCALER_PODS,
    EXTERNAL_SECRETS_PODS,
    EXTERNAL_SECRETS_WEBHOOK_PODS,
    KEDA_METRICS_PODS,
    KEDA_OPERATOR_PODS,
    KEDA_WEBHOOK_PODS,
    LOAD_BALANCER_CONTROLLER_PODS,
    TRIVY_OPERATOR_PODS,
    TRIVY_SCAN_PODS,
    TRIVY_SERVER_PODS,
)

from .evaluation import End

METRICS_PORT: Final = 9464
_NAMED: Final = {METRICS_PORT: "metrics"}


def _pod(namespace: str, name: str, last: int, *labels: str, **more: str) -> End:
    return End(
        name=f"{namespace}/{name}",
        namespace=namespace,
        address=f"10.0.1.{last}",
        labels={NAME: name, **dict.fromkeys(labels, ALLOWED), **more},
        port_names=_NAMED,
    )


def _system(name: str, last: int, labels: dict[str, str]) -> End:
    return End(
        name=f"platform-system/{name}", namespace="platform-system", address=f"10.0.1.{last}", labels=labels
    )


ODOO: Final = _pod("erp", "odoo", 20)
ODOO_REPORT: Final = End(
    name="erp/odoo-report", namespace="erp", address="10.0.1.25", labels={NAME: "odoo"}, port_names=_NAMED
)
ODOO_TO_PARTNERS: Final = _pod("erp", "e-invoices", 21, REACHES_PARTNERS)
ODOO_TO_AWS: Final = _pod("erp", "archive", 22, REACHES_AWS)
ODOO_MAIL: Final = _pod("erp", "mailing", 23, SENDS_MAIL)
MAIL_SINK: Final = _pod("erp", "mail-catcher", 24)
GPS: Final = _pod("gps", "gps-api", 30)
GPS_TO_PARTNERS: Final = _pod("gps", "positions", 31, REACHES_PARTNERS)
BROKER_BOOTSTRAP: Final = _pod("gps", "broker-bootstrap", 32, REACHES_BROKER_MANAGEMENT)
PROMETHEUS: Final = _pod("observability", "prometheus", 40)
ALERTMANAGER: Final = _pod("observability", "alertmanager", 41)
GRAFANA: Final = _pod("observability", "grafana", 42)
OPERATOR: Final = _pod("observability", "kube-prometheus-stack-prometheus-operator", 43)
KUBE_STATE_METRICS: Final = _pod("observability", "kube-state-metrics", 44)
POSTGRES_EXPORTER: Final = _pod("observability", "prometheus-postgres-exporter", 45)
REDIS_EXPORTER: Final = _pod("observability", "prometheus-redis-exporter", 46)
CLOUDWATCH_EXPORTER: Final = _pod("observability", "prometheus-yet-another-cloudwatch-exporter", 47)
BLACKBOX_EXPORTER: Final = _pod("observability", "prometheus-blackbox-exporter", 48)
SEARCH_SETUP: Final = _pod("observability", "search-setup", 49, REACHES_AWS)
FLUENT_BIT: Final = _pod("node-agents", "fluent-bit", 55)
DNS: Final = End(
    name="kube-system/coredns", namespace="kube-system", address="10.0.2.50", labels={"k8s-app": "kube-dns"}
)
STRANGER: Final = _pod("dev-alice", "odoo", 60, REACHES_PARTNERS, REACHES_AWS)
"""A pod of another namespace that calls itself what others are called."""

LOAD_BALANCER_CONTROLLER: Final = _system("lbc", 70, LOAD_BALANCER_CONTROLLER_PODS)
EXTERNAL_SECRETS: Final = _system("external-secrets", 71, EXTERNAL_SECRETS_PODS)
EXTERNAL_SECRETS_WEBHOOK: Final = _system("external-secrets-webhook", 72, EXTERNAL_SECRETS_WEBHOOK_PODS)
TRIVY_OPERATOR: Final = _system("trivy-operator", 73, TRIVY_OPERATOR_PODS)
TRIVY_SERVER: Final = _system("trivy-server", 74, TRIVY_SERVER_PODS)
TRIVY_SCAN: Final = _system("trivy-scan", 75, TRIVY_SCAN_PODS)
CLUSTER_AUTOSCALER: Final = _system("cluster-autoscaler", 76, CLUSTER_AUTOSCALER_PODS)
KEDA_OPERATOR: Final = _system("keda-operator", 77, KEDA_OPERATOR_PODS)
KEDA_METRICS: Final = _system("keda-metrics", 78, KEDA_METRICS_PODS)
KEDA_WEBHOOKS: Final = _system("keda-webhooks", 79, KEDA_WEBHOOK_PODS)

PODS: Final = (
    ODOO,
    ODOO_REPORT,
    ODOO_TO_PARTNERS,
    ODOO_TO_AWS,
    ODOO_MAIL,
    MAIL_SINK,
    GPS,
    GPS_TO_PARTNERS,
    BROKER_BOOTSTRAP,
    PROMETHEUS,
    ALERTMANAGER,
    GRAFANA,
    OPERATOR,
    KUBE_STATE_METRICS,
    POSTGRES_EXPORTER,
    REDIS_EXPORTER,
    CLOUDWATCH_EXPORTER,
    BLACKBOX_EXPORTER,
    SEARCH_SETUP,
    FLUENT_BIT,
    DNS,
    STRANGER,
    LOAD_BALANCER_CONTROLLER,
    EXTERNAL_SECRETS,
    EXTERNAL_SECRETS_WEBHOOK,
    TRIVY_OPERATOR,
    TRIVY_SERVER,
    TRIVY_SCAN,
    CLUSTER_AUTOSCALER,
    KEDA_OPERATOR,
    KEDA_METRICS,
    KEDA_WEBHOOKS,
)

BALANCER: Final = End(name="load balancer", address="10.0.101.7")
INSIDE: Final = End(name="private subnets", address="10.0.2.200")
"""Data stores, interface endpoints and the control plane: which of them answers is for security groups."""
API: Final = End(name="kubernetes", address="172.20.0.1")
INTERNET: Final = End(name="internet", address="203.0.113.10")
METADATA: Final = End(name="metadata", address="169.254.169.254")
HOSTS: Final = (BALANCER, INSIDE, API, INTERNET, METADATA)

EVERYONE: Final = (*PODS, *HOSTS)

PORTS: Final = (
    22,
    25,
    53,
    80,
    443,
    587,
    1025,
    2020,
    2021,
    2049,
    3000,
    3306,
    4954,
    5000,
    5432,
    5671,
    5672,
    6379,
    6443,
    8000,
    8069,
    8072,
    8080,
    8081,
    8085,
    8443,
    9090,
    9093,
    9100,
    9115,
    9121,
    9153,
    9187,
    9200,
    9443,
    METRICS_PORT,
    9666,
    10250,
    10251,
    15671,
    15672,
    16001,
)
"""Every port that anybody here listens on, and some that nobody should."""
