"""Databases: exported logs, metrics of the machine, insights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from policies.aws.tokens import DATABASE_CLUSTER_INSTANCES, DATABASE_CLUSTERS, DATABASES
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    mandatory_in,
    resource_rule,
)

_LEVELS: Final = mandatory_in("prod", "staging", "dr")
_POSTGRESQL: Final = ("postgresql", "upgrade")
_LOGS: Final[Mapping[str, tuple[str, ...]]] = {
    "postgres": _POSTGRESQL,
    "aurora-postgresql": ("postgresql",),
    "mysql": ("error", "slowquery"),
    "mariadb": ("error", "slowquery"),
    "aurora-mysql": ("error", "slowquery"),
}
"""What each engine exports. A replica names no engine: here it is PostgreSQL."""


@resource_rule(
    "log-rds",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("RDS.9", "RDS.36"), ("CKV_AWS_129", "CKV2_AWS_30"), ("OBS-01", "SEC-14"), ("8(5)",)),
    remedy="Set enabled_cloudwatch_logs_exports=['postgresql', 'upgrade'].",
)
def rds(database: ResourceView) -> Findings:
    """The database exports its logs to CloudWatch."""
    exported = database.texts("enabledCloudwatchLogsExports")
    wanted = _LOGS.get(database.text("engine"), _POSTGRESQL)
    missing = [log for log in wanted if log not in exported]
    if missing:
        yield f"enabledCloudwatchLogsExports lacks {', '.join(missing)}"


@resource_rule(
    "log-rds-monitoring",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("RDS.6",), ("CKV_AWS_118",), ("OBS-01",)),
    remedy="Set monitoring_interval=60 and monitoring_role_arn.",
)
def rds_monitoring(database: ResourceView) -> Findings:
    """Enhanced monitoring shows the machine under the database."""
    if not database.number("monitoringInterval"):
        yield "monitoringInterval is 0 or not set"
    elif not database.has("monitoringRoleArn"):
        yield "monitoringRoleArn is not set, so nothing may be delivered"


@resource_rule(
    "log-rds-insights",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), ("CKV_AWS_353",), ("OBS-01", "OBS-05")),
    remedy="Set performance_insights_enabled=True with the data key.",
)
def rds_insights(database: ResourceView) -> Findings:
    """Database Insights shows which statements load the database."""
    if not database.flag("performanceInsightsEnabled"):
        yield "performanceInsightsEnabled is not true"
