"""Values of the exporters' charts: programs that ask somebody else and serve the answers as metrics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import pulumi

from ...cluster_platform.charts import CONFINED, ROLE_ANNOTATION, SCRAPE_INTERVAL, UNPRIVILEGED, Values
from ...cluster_platform.labels import ERP, PRIORITY_STANDARD
from ...data.cache import APPLICATION_USERNAME
from ...naming import Naming
from ...network import ports
from ...workloads import certificates
from ...workloads.jobs.users import EXPORTER
from ..requests import BLACKBOX_EXPORTER, CLOUDWATCH_EXPORTER, POSTGRES_EXPORTER, REDIS_EXPORTER
from . import cloudwatch

NOBODY: Final = 65534
POSTGRES_USER: Final = 1001
REDIS_USER: Final = 59000
BLACKBOX_USER: Final = 1000
"""Users of the images, by number: the kubelet refuses names."""
POSTGRES_SECRET: Final = "postgres-exporter"
REDIS_SECRET: Final = "redis-exporter"
PASSWORD_KEY: Final = "password"
CERTIFICATES: Final = "/etc/rds"
DATABASE: Final = "postgres"
"""Where the exporter logs in: its statistics are of the whole server."""
CLOUDWATCH_SERVICE_ACCOUNT: Final = "cloudwatch-exporter"
ODOO_SERVICE: Final = "odoo-web"
FROM_OUTSIDE: Final = "https_2xx"
FROM_INSIDE: Final = "http_2xx"
PROBE_TIMEOUT: Final = "10s"


@dataclass(frozen=True, slots=True, kw_only=True)
class Probe:
    """Something that the black box exporter asks for, as its `target` label names it."""

    target: str
    url: str
    module: str


def postgres_values(*, host: pulumi.Input[str]) -> Values:
    """Values of prometheus-postgres-exporter: one connection, verified to be the database's (SEC-05)."""
    return {
        "config": {
            "datasource": {
                "host": host,
                "port": str(ports.POSTGRES.first),
                "user": EXPORTER,
                "passwordSecret": {"name": POSTGRES_SECRET, "key": PASSWORD_KEY},
                "database": DATABASE,
                "sslmode": "verify-full",
                "extraParams": f"sslrootcert={CERTIFICATES}/{certificates.FILE_NAME}",
            },
            "logFormat": "json",
            "extraArgs": [
                "--collector.database_wraparound",
                "--collector.long_running_transactions",
                # Tables of Odoo: a thousand of them, twenty series each, of the one database logged in to.
                "--no-collector.stat_user_tables",
                "--no-collector.statio_user_tables",
                # RDS lets nobody but its own superuser look at the files of the log.
                "--no-collector.wal",
            ],
        },
        "resources": POSTGRES_EXPORTER.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "podSecurityContext": {**CONFINED, "runAsUser": POSTGRES_USER, "runAsGroup": POSTGRES_USER},
        "securityContext": UNPRIVILEGED,
        "extraVolumes": [{"name": "database-certificates", "configMap": {"name": certificates.CONFIG_MAP}}],
        "extraVolumeMounts": [{"name": "database-certificates", "mountPath": CERTIFICATES, "readOnly": True}],
        "serviceMonitor": {"enabled": True, "interval": SCRAPE_INTERVAL},
    }


def redis_address(host: pulumi.Input[str]) -> pulumi.Output[str]:
    """Give the address of the cache: TLS and no other way (SEC-05)."""
    return pulumi.Output.concat("rediss://", host, f":{ports.REDIS.first}")


def redis_values(*, address: pulumi.Input[str]) -> Values:
    """Values of prometheus-redis-exporter, which logs in as the application's user: that may call INFO.

    ElastiCache has no CONFIG command, and asking for it would only fill the log.
    """
    return {
        "redisAddress": address,
        "auth": {
            "enabled": True,
            "secret": {"name": REDIS_SECRET, "key": PASSWORD_KEY},
            "redisUser": APPLICATION_USERNAME,
        },
        "extraArgs": {"config-command": "-", "log-format": "json"},
        "resources": REDIS_EXPORTER.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "podSecurityContext": {**CONFINED, "runAsUser": REDIS_USER, "runAsGroup": REDIS_USER},
        "securityContext": UNPRIVILEGED,
        "serviceMonitor": {"enabled": True, "interval": SCRAPE_INTERVAL},
    }


def cloudwatch_values(*, naming: Naming, role_arn: str) -> Values:
    """Values of prometheus-yet-another-cloudwatch-exporter; it reads every five minutes, whoever scrapes."""
    return {
        "config": cloudwatch.configuration(naming),
        "extraArgs": {
            # The default listens on the pod's loopback alone.
            "listen-address": ":5000",
            "scraping-interval": cloudwatch.PERIOD_SECONDS,
        },
        "testConnection": False,
        "serviceAccount": {
            "create": True,
            "name": CLOUDWATCH_SERVICE_ACCOUNT,
            "annotations": {ROLE_ANNOTATION: role_arn},
            # The role's token is mounted all the same; this one is for the Kubernetes API.
            "automountServiceAccountToken": False,
        },
        "resources": CLOUDWATCH_EXPORTER.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "podSecurityContext": {**CONFINED, "runAsUser": NOBODY, "runAsGroup": NOBODY},
        "securityContext": UNPRIVILEGED,
        "serviceMonitor": {"enabled": True, "interval": SCRAPE_INTERVAL},
    }


def probes(*, web_hostname: str, gps_hostname: str) -> tuple[Probe, ...]:
    """Give what is probed: both host names as the world sees them, and Odoo as the cluster sees it.

    When only the first fails the way is broken, not Odoo: name, certificate, firewall or balancer.
    """
    return (
        Probe(target="web", url=f"https://{web_hostname}/web/health", module=FROM_OUTSIDE),
        Probe(target="gps", url=f"https://{gps_hostname}/health", module=FROM_OUTSIDE),
        Probe(
            target="odoo-inside",
            url=f"http://{ODOO_SERVICE}.{ERP}.svc.cluster.local:{ports.ODOO.first}/web/health",
            module=FROM_INSIDE,
        ),
    )


def blackbox_values(asked: tuple[Probe, ...]) -> Values:
    """Values of prometheus-blackbox-exporter: certificates are checked as browsers do."""
    return {
        "config": {
            "modules": {
                FROM_OUTSIDE: _module({"fail_if_not_ssl": True, "tls_config": {"min_version": "TLS12"}}),
                FROM_INSIDE: _module({}),
            }
        },
        "resources": BLACKBOX_EXPORTER.resources,
        "priorityClassName": PRIORITY_STANDARD,
        "podSecurityContext": CONFINED,
        "securityContext": {**UNPRIVILEGED, "runAsUser": BLACKBOX_USER, "runAsGroup": BLACKBOX_USER},
        "serviceMonitor": {
            "enabled": True,
            "selfMonitor": {"enabled": True, "interval": SCRAPE_INTERVAL, "scrapeTimeout": PROBE_TIMEOUT},
            "defaults": {"interval": SCRAPE_INTERVAL, "scrapeTimeout": PROBE_TIMEOUT},
            "targets": [{"name": probe.target, "url": probe.url, "module": probe.module} for probe in asked],
        },
    }


def _module(more: dict[str, Any]) -> Values:
    return {
        "prober": "http",
        "timeout": PROBE_TIMEOUT,
        "http": {
            "method": "GET",
            "valid_status_codes": [200],
            "follow_redirects": False,
            "preferred_ip_protocol": "ip4",
            "ip_protocol_fallback": False,
            **more,
        },
    }
