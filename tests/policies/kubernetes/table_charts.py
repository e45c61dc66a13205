"""Rows of the rules about charts and the logs of applications."""

from __future__ import annotations

from typing import Final

from preview.graph import UNKNOWN
from tests.policies.builders import DROP
from tests.policies.kubernetes.jobs import INIT_JOB
from tests.policies.kubernetes.platform import FLUENT_BIT, INDEX_POLICIES, KEDA, PROMETHEUS, SAMPLING, TRIVY
from tests.policies.kubernetes.workloads import (
    GPS_API,
    GPS_SETTINGS,
    ODOO,
    ODOO_CONF,
    ODOO_CONFIGURATION,
    TMS,
)
from tests.policies.table import Break, Row

_CONF: Final = "odoo-conf.spec.target.template.data"
_CONTAINER: Final = "odoo-web.spec.template.spec.containers.0"

ROWS: Final = (
    Row(
        "dat-k8s-chart-pinned",
        (TMS, KEDA, PROMETHEUS),
        (
            Break({"keda.version": DROP}, {"keda": "version is not set, not one exact version"}),
            Break({"keda.version": "^2.20.0"}, {"keda": "version is ^2.20.0, not one exact version"}),
            Break({"monitoring.version": "88.x"}, {"monitoring": "version is 88.x, not one exact version"}),
            Break(
                {"keda.repositoryOpts": {"repo": "http://charts.example.com"}},
                {"keda": "repositoryOpts.repo is http://charts.example.com, not https:// or oci://"},
            ),
            Break(
                {"keda.repositoryOpts": DROP},
                {"keda": "repositoryOpts.repo is not set, not https:// or oci://"},
            ),
        ),
        unknown="keda.version",
        also_holds=({"keda.chart": "./charts/keda", "keda.version": DROP}, {"keda.version": "v2.20.2-rc.1"}),
    ),
    Row(
        "avl-k8s-release-whole",
        (TMS, KEDA),
        (
            Break({"keda.atomic": DROP}, {"keda": "atomic is not true, so a failed upgrade stays half done"}),
            Break(
                {"keda.skipAwait": True},
                {"keda": "skipAwait is true, so nobody notices that it does not come up"},
            ),
        ),
        unknown="keda.atomic",
    ),
    Row(
        "dat-image-scanned",
        (TMS, ODOO, TRIVY),
        (
            Break({"trivy-operator": DROP}, {"the stack": "the stack declares pods but no trivy-operator"}),
            Break(
                {"trivy-operator.values.operator.scannerReportTTL": "720h"},
                {"trivy-operator": "values.operator.scannerReportTTL is 720h, not a week or less"},
            ),
            Break(
                {"trivy-operator.values.operator.scannerReportTTL": "0h"},
                {"trivy-operator": "values.operator.scannerReportTTL is 0h, not a week or less"},
            ),
        ),
        unknown="trivy-operator.values",
        also_holds=({"trivy-operator.values.operator": DROP}, {"odoo-web": DROP, "trivy-operator": DROP}),
    ),
    Row(
        "dat-image-scan-watched",
        (TMS, ODOO, TRIVY),
        (
            Break(
                {"trivy-operator.values.serviceMonitor": DROP},
                {"trivy-operator": "values.serviceMonitor.enabled is not true, so nobody is alerted"},
            ),
        ),
        unknown="trivy-operator.values",
    ),
    Row(
        "log-app-level",
        (TMS, ODOO, ODOO_CONFIGURATION, GPS_API, GPS_SETTINGS, INIT_JOB),
        (
            Break(
                {_CONF: {"odoo.conf": ODOO_CONF.replace("log_level = info", "log_level = debug")}},
                {
                    "odoo-web": "container odoo: ExternalSecret odoo-conf sets the log level to debug, not"
                    " info"
                },
            ),
            Break(
                {_CONF: {"odoo.conf": "[options]\n"}},
                {"odoo-web": "container odoo: nothing sets its log level"},
            ),
            Break(
                {"gps-settings.data.LOG_LEVEL": "DEBUG"},
                {"gps-api": "container gps: the variable LOG_LEVEL sets the log level to DEBUG, not info"},
            ),
            Break(
                {"gps-settings.metadata.namespace": "other"},
                {"gps-api": "container gps: nothing sets its log level"},
            ),
            Break(
                {f"{_CONTAINER}.args": ["odoo", "--log-level", "warn"]},
                {"odoo-web": "container odoo: the command line sets the log level to warn, not info"},
            ),
        ),
        unknown=_CONF,
        unknown_at="odoo-web",
        also_holds=(
            {
                "gps-api.spec.template.spec.containers.0.envFrom": DROP,
                "gps-api.spec.template.spec.containers.0.env": [
                    {
                        "name": "LOG_LEVEL",
                        "valueFrom": {"configMapKeyRef": {"name": "gps-settings", "key": "LOG_LEVEL"}},
                    }
                ],
            },
            {f"{_CONTAINER}.args": ["odoo", "--log-level=info"]},
            # The address of a database that is yet to come says nothing about logs.
            {f"{_CONTAINER}.env": [{"name": "PGHOST", "value": UNKNOWN}]},
        ),
    ),
    Row(
        "log-app-stdout",
        (TMS, ODOO, ODOO_CONFIGURATION),
        (
            Break(
                {_CONF: {"odoo.conf": ODOO_CONF + "logfile = /var/log/odoo.log\n"}},
                {"odoo-web": "odoo.conf in ExternalSecret odoo-conf sends the log to /var/log/odoo.log"},
            ),
            Break(
                {f"{_CONTAINER}.args": ["odoo", "--logfile=/tmp/odoo.log"]},
                {"odoo-web": "container odoo: the command line sends the log to a file"},
            ),
        ),
        unknown=_CONF,
        unknown_at="odoo-web",
        also_holds=({_CONF: {"odoo.conf": ODOO_CONF + "logfile = False\n"}},),
    ),
    Row(
        "log-app-sampling",
        (TMS, FLUENT_BIT, GPS_SETTINGS),
        (
            Break(
                {"fluent-bit.values.luaScripts": {"sample.lua": SAMPLING.replace("< 0.10", "< 0.01")}},
                {"fluent-bit": "it keeps 0.01 of the events, not 0.1"},
            ),
            Break(
                {"fluent-bit.values.luaScripts": DROP},
                {"fluent-bit": "it has no filter that samples ingestion events"},
                aspect="missing",
            ),
            Break(
                {
                    "fluent-bit.values.luaScripts": {
                        "sample.lua": "if math.random() < 0.1 then return 0, timestamp, record end"
                    }
                },
                {"fluent-bit": "its sampling asks neither for gps_ingested nor for success"},
            ),
            Break(
                {"fluent-bit.values.config.filters": "[FILTER]\n    Name throttle\n    Rate 100\n"},
                {"fluent-bit": "it drops events by rate, whatever they say"},
                aspect="throttle",
            ),
        ),
        unknown="fluent-bit.chart",
    ),
    Row(
        "log-app-retention",
        (TMS, INDEX_POLICIES, GPS_SETTINGS),
        (
            Break(
                {"index-policies.data": {"retain.json": '{"min_index_age": "30d"}'}},
                {"index-policies": "indices go after 30d, not 90d"},
            ),
            Break(
                {"index-policies.data": {"retain.yaml": "min_index_age: 1d"}},
                {"index-policies": "indices go after 1d, not 90d"},
            ),
        ),
        unknown=None,
    ),
)
