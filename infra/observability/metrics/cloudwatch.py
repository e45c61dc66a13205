"""What is read from CloudWatch: services of AWS that nobody in the cluster can ask (OBS-01).

| service | why not otherwise |
|---|---|
| load balancer | what users wait for, before any pod of ours is asked |
| NAT gateways, file system, search domain | they serve no metrics of their own |
| RDS | storage, memory and credits of the machine; the exporter knows only PostgreSQL |
| ElastiCache, Amazon MQ | CPU and memory of the machine; they live when the exporter cannot connect |
| Certificate Manager | days until a certificate ends, once or twice a day |
| Backup | how many jobs ended how, by the hour |
| our own restore tests | what the examination of a restored database has shown |
| our own drills | when the last one passed |

Each metric costs money each time it is read, so there is one value for five minutes, and no metric that
nobody asks for. Resources are found by their tags: those of this environment alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import yaml

from ...identity import Statement
from ...naming import Naming

API_VERSION: Final = "v1alpha1"
PERIOD_SECONDS: Final = 300
LENGTH_SECONDS: Final = 900
"""CloudWatch is late by some minutes: the newest value of a quarter of an hour is taken."""


class Reading(NamedTuple):
    """One metric of a service and the statistic of it that is read."""

    metric: str
    statistic: str


READINGS: Final[dict[str, tuple[Reading, ...]]] = {
    "AWS/ApplicationELB": (
        Reading("RequestCount", "Sum"),
        Reading("TargetResponseTime", "Average"),
        Reading("TargetResponseTime", "p95"),
        Reading("TargetResponseTime", "p99"),
        Reading("HTTPCode_Target_5XX_Count", "Sum"),
        Reading("HTTPCode_ELB_5XX_Count", "Sum"),
        Reading("UnHealthyHostCount", "Maximum"),
        Reading("HealthyHostCount", "Minimum"),
        Reading("RejectedConnectionCount", "Sum"),
    ),
    "AWS/NATGateway": (
        Reading("ErrorPortAllocation", "Sum"),
        Reading("PacketsDropCount", "Sum"),
        Reading("BytesOutToDestination", "Sum"),
        Reading("ActiveConnectionCount", "Maximum"),
    ),
    "AWS/EFS": (
        Reading("PercentIOLimit", "Maximum"),
        Reading("MeteredIOBytes", "Sum"),
        Reading("ClientConnections", "Sum"),
    ),
    "AWS/ES": (
        Reading("ClusterStatus.green", "Minimum"),
        Reading("ClusterStatus.red", "Maximum"),
        Reading("ClusterIndexWritesBlocked", "Maximum"),
        Reading("FreeStorageSpace", "Minimum"),
        Reading("JVMMemoryPressure", "Maximum"),
        Reading("CPUUtilization", "Average"),
    ),
    "AWS/AmazonMQ": (
        Reading("SystemCpuUtilization", "Average"),
        Reading("MessageCount", "Average"),
        Reading("RabbitMQMemUsed", "Average"),
        Reading("RabbitMQDiskFree", "Minimum"),
    ),
    "AWS/RDS": (
        Reading("CPUUtilization", "Average"),
        Reading("DatabaseConnections", "Maximum"),
        Reading("FreeStorageSpace", "Minimum"),
        Reading("FreeableMemory", "Minimum"),
        Reading("ReplicaLag", "Maximum"),
        Reading("OldestReplicationSlotLag", "Maximum"),
        Reading("TransactionLogsDiskUsage", "Maximum"),
        Reading("EBSIOBalance%", "Minimum"),
        Reading("EBSByteBalance%", "Minimum"),
        Reading("MaximumUsedTransactionIDs", "Maximum"),
        Reading("ReadLatency", "Average"),
        Reading("WriteLatency", "Average"),
        Reading("ReadIOPS", "Average"),
        Reading("WriteIOPS", "Average"),
    ),
    "AWS/ElastiCache": (
        Reading("EngineCPUUtilization", "Maximum"),
        Reading("DatabaseMemoryUsagePercentage", "Maximum"),
        Reading("Evictions", "Sum"),
        Reading("CurrConnections", "Maximum"),
        Reading("ReplicationLag", "Maximum"),
    ),
    "AWS/CertificateManager": (Reading("DaysToExpiry", "Minimum"),),
    "AWS/Backup": (
        Reading("NumberOfBackupJobsCompleted", "Sum"),
        Reading("NumberOfBackupJobsFailed", "Sum"),
        Reading("NumberOfRestoreJobsCompleted", "Sum"),
        Reading("NumberOfRestoreJobsFailed", "Sum"),
    ),
    "FleetErp/RestoreTests": (Reading("Passed", "Sum"), Reading("Failed", "Sum")),
    "FleetErp/Recovery": (Reading("LastDrill", "Maximum"),),
}
"""By the namespace of CloudWatch."""
SLOW: Final = {
    "AWS/CertificateManager": (86_400, 172_800),
    "AWS/Backup": (3_600, 7_200),
    # One value in a quarter: for a day it can be read, whatever becomes of the exporter meanwhile.
    "FleetErp/RestoreTests": (3_600, 86_400),
    "FleetErp/Recovery": (3_600, 86_400),
}
"""Period and length of services that publish less often than every five minutes."""
UNTAGGED: Final[dict[str, tuple[str, ...]]] = {
    "AWS/Backup": (),
    "FleetErp/RestoreTests": ("Environment",),
    "FleetErp/Recovery": ("Environment",),
}
"""Read without looking for resources, with the dimensions that are asked for; none: all that there are. The
vault that EFS's own backups go to carries no tags, and our own metrics are of no resource. An hour without a
value counts as 0."""


def configuration(naming: Naming) -> str:
    """Render the exporter's file; `addCloudwatchTimestamp` stays off, so that values are never too old."""
    document = {
        "apiVersion": API_VERSION,
        "sts-region": naming.region,
        "discovery": {
            "jobs": [
                {"type": service, "searchTags": _tags(naming), **_job(service, naming)}
                for service in READINGS
                if service not in UNTAGGED
            ]
        },
        "customNamespace": [
            {
                "name": service,
                "namespace": service,
                "nilToZero": True,
                **({"dimensionNameRequirements": list(dimensions)} if dimensions else {}),
                **_job(service, naming),
            }
            for service, dimensions in UNTAGGED.items()
        ],
    }
    return yaml.safe_dump(document, sort_keys=False, width=200)


def _tags(naming: Naming) -> Sequence[dict[str, str]]:
    """Values are regular expressions: "prod" would find "preprod" as well."""
    return [{"key": key, "value": f"^{naming.default_tags[key]}$"} for key in ("Application", "Environment")]


def _job(service: str, naming: Naming) -> dict[str, Any]:
    statistics: dict[str, list[str]] = {}
    for reading in READINGS[service]:
        statistics.setdefault(reading.metric, []).append(reading.statistic)
    period, length = SLOW.get(service, (PERIOD_SECONDS, LENGTH_SECONDS))
    return {
        "regions": [naming.region],
        "period": period,
        "length": length,
        "metrics": [{"name": name, "statistics": wanted} for name, wanted in statistics.items()],
    }


def metric_name(service: str, reading: Reading) -> str:
    """Give the name under which the exporter serves a reading (pkg/promutil/migrate.go, BuildMetricName)."""
    beginning = _snake(service.lower())
    name = _snake(reading.metric)
    skipped = 0
    for part in beginning.split("_"):
        if name[skipped:].startswith(part):
            skipped = len(part)
    whose = "" if beginning.startswith("aws") else "aws_"
    return f"{whose}{beginning}_{name[skipped:].removeprefix('_')}_{_snake(reading.statistic)}"


def _snake(text: str) -> str:
    """Write a name in lower case with underscores, as the exporter does."""
    written, before = "", ""
    for letter in text:
        if letter in " ,\t/\\.-:=@<>()":
            written += "_"
        elif letter == "%":
            written += "_percent"
        else:
            written += "_" if letter.isupper() and (before.islower() or before.isdigit()) else ""
            written += letter.lower()
        before = letter
    return written


def statements() -> tuple[Statement, ...]:
    """Find resources by tag and read metrics; none of the actions knows single resources."""
    return (
        Statement(
            sid="ReadMetrics",
            actions=("cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "tag:GetResources"),
            resources=("*",),
        ),
    )
