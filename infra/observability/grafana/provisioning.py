"""Data sources as Grafana provisions them: one file, rendered in the cluster with the database's password.

| uid | asks | as whom |
|---|---|---|
| `prometheus` | Prometheus in the cluster | anybody in the namespace |
| `amp` | Amazon Managed Prometheus | the pod's role (SigV4) |
| `erp-database` | views of schema `bi` | `grafana`, who reads nothing else |
| `logs` | OpenSearch | the pod's role (SigV4) |
| `alertmanager` | Alertmanager in the cluster | anybody in the namespace |

Nobody changes one in the browser, and one that leaves this file leaves Grafana.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import yaml

from ...network.ports import POSTGRES
from ...workloads.jobs.users import GRAFANA
from ..dashboards.data_sources import DATABASE, LOGS, LONG_TERM, PROMETHEUS, DataSource
from .values import DATABASE_ROOTS

FILE: Final = "data-sources.yaml"
PASSWORD: Final = "database_password"
"""The value that the template stands for. Passwords are letters and digits: neither YAML nor Grafana, which
takes a dollar sign for a variable, finds anything in them."""
STACK: Final = "kube-prometheus-stack"
"""What the names of the chart's services begin with."""
PROMETHEUS_URL: Final = f"http://{STACK}-prometheus:9090"
ALERTMANAGER_URL: Final = f"http://{STACK}-alertmanager:9093"
ALERTMANAGER: Final = DataSource(uid="alertmanager", type="alertmanager", name="Alertmanager")
MOST_CONNECTIONS: Final = 5
"""Half of what the role may hold (`connections.DASHBOARDS`): a new pod starts before the old one is gone."""
CONNECTION_SECONDS: Final = 1800
"""An idle connection is not kept longer: after a failover of the database none leads to the old one."""
QUERY_SECONDS: Final = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the data sources are."""

    region: str
    database_host: str
    """The replica for reports where there is one, else the primary (LOAD-03)."""
    database: str
    long_term_url: str
    """`https://aps-workspaces.<region>.amazonaws.com/workspaces/<id>`."""
    search_host: str
    search_version: str
    """`OpenSearch_2.19`, as AWS calls it."""
    indices: str
    """Pattern of the indices that logs are in."""
    scrape_seconds: int


def provisioning(places: Places) -> str:
    """Give the file, a Go template of External Secrets."""
    sources = (
        _prometheus(places),
        _long_term(places),
        _database(places),
        _logs(places),
        _source(
            ALERTMANAGER,
            ALERTMANAGER_URL,
            {"implementation": "prometheus", "handleGrafanaManagedAlerts": False},
        ),
    )
    document = {"apiVersion": 1, "prune": True, "datasources": list(sources)}
    return yaml.safe_dump(document, sort_keys=False, width=200)


def _source(source: DataSource, url: str, json_data: dict[str, Any], **more: Any) -> dict[str, Any]:  # noqa: ANN401  (keys of Grafana's file)
    return {
        "name": source.name,
        "uid": source.uid,
        "type": source.type,
        "access": "proxy",
        "url": url,
        "editable": False,
        "jsonData": json_data,
        **more,
    }


def _prometheus(places: Places) -> dict[str, Any]:
    return _source(
        PROMETHEUS,
        PROMETHEUS_URL,
        {
            "httpMethod": "POST",
            "timeInterval": f"{places.scrape_seconds}s",
            "queryTimeout": f"{QUERY_SECONDS}s",
        },
        isDefault=True,
    )


def _long_term(places: Places) -> dict[str, Any]:
    return _source(
        LONG_TERM,
        places.long_term_url,
        {"httpMethod": "POST", "timeInterval": "5m", **_signed(places)},
    )


def _database(places: Places) -> dict[str, Any]:
    return _source(
        DATABASE,
        f"{places.database_host}:{POSTGRES.first}",
        {
            "database": places.database,
            "sslmode": "verify-full",
            "tlsConfigurationMethod": "file-path",
            "sslRootCertFile": DATABASE_ROOTS,
            "maxOpenConns": MOST_CONNECTIONS,
            "maxIdleConns": 2,
            "connMaxLifetime": CONNECTION_SECONDS,
            "postgresVersion": 1600,
            "timescaledb": False,
        },
        user=GRAFANA,
        secureJsonData={"password": f"{{{{ .{PASSWORD} }}}}"},
    )


def _logs(places: Places) -> dict[str, Any]:
    return _source(
        LOGS,
        f"https://{places.search_host}",
        {
            "database": places.indices,
            "flavor": "opensearch",
            "version": f"{places.search_version.removeprefix('OpenSearch_')}.0",
            "timeField": "@timestamp",
            "logMessageField": "message",
            "logLevelField": "level",
            "maxConcurrentShardRequests": 5,
            "pplEnabled": False,
            "serverless": False,
            **_signed(places),
        },
    )


def _signed(places: Places) -> dict[str, Any]:
    """Sign with the pod's own role; no key is kept anywhere."""
    return {"sigV4Auth": True, "sigV4AuthType": "default", "sigV4Region": places.region}
