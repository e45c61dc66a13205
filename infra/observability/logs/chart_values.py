"""Fluent Bit on every node: values of its chart, and what its role may do."""

from __future__ import annotations

from typing import Final

import pulumi

from ...cluster_platform.charts import ROLE_ANNOTATION, Chart, Values
from ...cluster_platform.labels import PRIORITY_PLATFORM
from ...identity import Statement
from ..requests import FLUENT_BIT
from . import lua, pipeline, request_metrics

CHART: Final = Chart(
    release="fluent-bit", chart="fluent-bit", repository="https://fluent.github.io/helm-charts"
)
SERVICE_ACCOUNT: Final = "fluent-bit"
NODE_STATE: Final = "/var/lib/fleet-erp/fluent-bit"
"""Folder of the node for positions and waiting chunks: the only one that the pod may write to."""
SCRAPE_INTERVAL: Final = "30s"
SCRAPE_TIMEOUT: Final = "10s"

SECURITY: Final[Values] = {
    # Files of containers belong to root, and nobody else reads them. Without capabilities root is their owner
    # and no more.
    "runAsUser": 0,
    "runAsGroup": 0,
    "runAsNonRoot": False,
    "privileged": False,
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "capabilities": {"drop": ["ALL"]},
}


def values(
    *,
    role_arn: str,
    search_host: pulumi.Input[str],
    index_prefix: str,
    region: str,
    success_sampling_percent: int,
) -> Values:
    """Values of the chart.

    The host comes as a variable, so that the configuration is text that a first preview shows as a whole.
    """
    return {
        "kind": "DaemonSet",
        "fullnameOverride": CHART.release,
        # A pod of busybox:latest.
        "testFramework": {"enabled": False},
        "serviceAccount": {
            "create": True,
            "name": SERVICE_ACCOUNT,
            "annotations": {ROLE_ANNOTATION: role_arn},
        },
        # Reads pods and namespaces; not the kubelet's API, which runs commands as well.
        "rbac": {"create": True, "nodeAccess": False, "eventsAccess": False},
        "podSecurityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
        "securityContext": SECURITY,
        "hostNetwork": False,
        "priorityClassName": PRIORITY_PLATFORM,
        "tolerations": [{"operator": "Exists"}],
        "updateStrategy": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": 1}},
        "terminationGracePeriodSeconds": pipeline.STOP_SECONDS + 15,
        "resources": FLUENT_BIT.resources,
        "env": [{"name": pipeline.HOST_VARIABLE, "value": search_host}],
        "metricsPort": pipeline.METRICS_PORT,
        "service": {"port": pipeline.METRICS_PORT},
        "extraPorts": [
            {
                "name": request_metrics.PORT_NAME,
                "port": request_metrics.METRICS_PORT,
                "containerPort": request_metrics.METRICS_PORT,
                "protocol": "TCP",
            }
        ],
        "serviceMonitor": {
            "enabled": True,
            "interval": SCRAPE_INTERVAL,
            "scrapeTimeout": SCRAPE_TIMEOUT,
            "additionalEndpoints": [
                {
                    "port": request_metrics.PORT_NAME,
                    "path": request_metrics.METRICS_PATH,
                    "interval": SCRAPE_INTERVAL,
                    "scrapeTimeout": SCRAPE_TIMEOUT,
                    # Whose requests they are says the metric; the target is Fluent Bit.
                    "honorLabels": True,
                }
            ],
        },
        "config": {
            "service": pipeline.service(),
            "inputs": pipeline.inputs(),
            "filters": pipeline.filters(),
            "outputs": pipeline.outputs(index_prefix=index_prefix, region=region),
            "customParsers": pipeline.parsers(),
        },
        "luaScripts": {lua.FILE_NAME: lua.script(success_sampling_percent=success_sampling_percent)},
        "daemonSetVolumes": [
            {"name": "logs", "hostPath": {"path": "/var/log", "type": "Directory"}},
            {"name": "state", "hostPath": {"path": NODE_STATE, "type": "DirectoryOrCreate"}},
        ],
        "daemonSetVolumeMounts": [
            {"name": "logs", "mountPath": "/var/log", "readOnly": True},
            {"name": "state", "mountPath": pipeline.STATE},
        ],
    }


def statements(*, domain_arn: str) -> tuple[Statement, ...]:
    """Send documents to the one domain, in bulk and nothing else; which indices take them says the domain."""
    return (Statement(sid="WriteLogs", actions=("es:ESHttpPost",), resources=(f"{domain_arn}/_bulk",)),)
