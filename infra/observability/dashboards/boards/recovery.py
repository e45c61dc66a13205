"""What could be lost, and whether it could be brought back (DATA-02, DATA-08, SEC-13)."""

from __future__ import annotations

from typing import Final

from ...rules.backups import BACKUP_HOURS, LAST_RESTORE, RESTORE_DAYS
from ...rules.drills import DRILL_DAYS, LAST_DRILL
from ..board import Dashboard, Row
from ..context import RECOVERY_TIME_HOURS, DashboardContext
from ..panels import Panel, PanelLink, Stat, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import Thresholds, Unit
from .shared import ALERTS

HOUR_SECONDS: Final = 3600
DAY_SECONDS: Final = 86400
INSTANCE: Final = "{{dimension_DBInstanceIdentifier}}"
LAG: Final = "max by (dimension_DBInstanceIdentifier) (aws_rds_replica_lag_maximum)"
FINISHED: Final = "aws_backup_number_of_backup_jobs_completed_sum"


def recovery(context: DashboardContext) -> Dashboard:
    """Lay out the dashboard of recovery."""
    return Dashboard(
        uid="fleet-recovery",
        title=context.title("Recovery"),
        description=(
            f"At most {context.recovery_point_minutes} minutes may be lost, and {RECOVERY_TIME_HOURS} hours "
            "pass, when a region is. How far the standby is behind is measured where it runs; the time it "
            "takes is measured by drills alone."
        ),
        refresh="1m",
        time_from="now-7d",
        rows=(
            Row(title="What was promised, and what is", lines=(_promises(context),)),
            Row(title="Replicas", lines=(_replicas(context),)),
            Row(title="Backups and restores", lines=(_backups(context),)),
        ),
        annotations=(ALERTS,),
        tags=("technical", "recovery"),
    )


def _promises(context: DashboardContext) -> tuple[Panel, ...]:
    drill = PanelLink(title="Failover and drills", url=context.runbook("recovery"))
    backups = PanelLink(title="What to do", url=context.runbook("backups"))
    return (
        Stat(
            title="RPO promised",
            description="What may be lost.",
            queries=(PrometheusQuery(expression=f"vector({context.recovery_point_minutes})", legend="RPO"),),
            unit=Unit.MINUTES,
            links=(drill,),
        ),
        Stat(
            title="Replicas are behind",
            description="The slowest of this region: the standby's, or the one that reports read.",
            queries=(PrometheusQuery(expression=f"max({LAG}) / 60", legend="behind"),),
            unit=Unit.MINUTES,
            decimals=1,
            thresholds=_lag_minutes(context),
            links=(drill,),
            no_value="no replica",
        ),
        Stat(
            title="RTO promised",
            description="How long it may take; drills measure how long it does.",
            queries=(PrometheusQuery(expression=f"vector({RECOVERY_TIME_HOURS})", legend="RTO"),),
            unit=Unit.HOURS,
            links=(drill,),
        ),
        Stat(
            title="Age of the last backup",
            description="Of any that AWS Backup finished; it counts by the hour.",
            queries=(
                PrometheusQuery(
                    expression=(
                        f"(time() - max(max_over_time(timestamp({FINISHED} > 0)[7d:10m]))) / {HOUR_SECONDS}"
                    ),
                    legend="age",
                    instant=True,
                ),
            ),
            unit=Unit.HOURS,
            decimals=0,
            thresholds=Thresholds.rising(critical=BACKUP_HOURS),
            links=(backups,),
            no_value="none in a week",
        ),
        Stat(
            title="Age of the last restore test",
            description="A backup that was never restored is a hope.",
            queries=(
                PrometheusQuery(
                    expression=f"(time() - {LAST_RESTORE}) / {DAY_SECONDS}", legend="age", instant=True
                ),
            ),
            unit=Unit.DAYS,
            decimals=0,
            thresholds=Thresholds.rising(warning=RESTORE_DAYS * 0.75, critical=RESTORE_DAYS),
            links=(backups,),
            no_value="never seen",
        ),
        *((_age_of_drill(context),) if context.standby else ()),
    )


def _age_of_drill(context: DashboardContext) -> Panel:
    return Stat(
        title="Age of the last drill",
        description="Of the last one that passed: only a drill shows how long the move takes.",
        queries=(
            PrometheusQuery(
                expression=f"(time() - {LAST_DRILL}) / {DAY_SECONDS}", legend="age", instant=True
            ),
        ),
        unit=Unit.DAYS,
        decimals=0,
        thresholds=Thresholds.rising(warning=DRILL_DAYS * 0.75, critical=DRILL_DAYS),
        links=(PanelLink(title="How to drill", url=context.runbook("drill")),),
        no_value="never seen",
    )


def _replicas(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="How far replicas are behind",
            queries=(PrometheusQuery(expression=f"{LAG} / 60", legend=INSTANCE),),
            unit=Unit.MINUTES,
            thresholds=_lag_minutes(context),
            links=(PanelLink(title="What to do", url=context.runbook("recovery")),),
        ),
        TimeSeries(
            title="Log held back for replicas",
            description="Write-ahead log that the slowest reader of a slot has not taken yet.",
            queries=(
                PrometheusQuery(expression="aws_rds_oldest_replication_slot_lag_maximum", legend=INSTANCE),
            ),
            unit=Unit.BYTES,
        ),
        TimeSeries(
            title="Cache replicas are behind",
            queries=(
                PrometheusQuery(
                    expression="aws_elasticache_replication_lag_maximum",
                    legend="{{dimension_CacheClusterId}}",
                ),
            ),
            unit=Unit.SECONDS,
        ),
    )


def _backups(context: DashboardContext) -> tuple[Panel, ...]:
    runbook = PanelLink(title="What to do", url=context.runbook("backups"))
    return (
        TimeSeries(
            title="Backups finished in an hour",
            queries=(
                PrometheusQuery(
                    expression=f"max by (dimension_BackupVaultName) ({FINISHED})",
                    legend="{{dimension_BackupVaultName}}",
                ),
            ),
            unit=Unit.COUNT,
            bars=True,
        ),
        TimeSeries(
            title="Backups and restores that failed in an hour",
            queries=(
                PrometheusQuery(
                    expression="max(aws_backup_number_of_backup_jobs_failed_sum)", legend="backups"
                ),
                PrometheusQuery(
                    expression="max(aws_backup_number_of_restore_jobs_failed_sum)", legend="restores"
                ),
            ),
            unit=Unit.COUNT,
            bars=True,
            thresholds=Thresholds.rising(critical=1),
            links=(runbook,),
        ),
        TimeSeries(
            title="Restores finished in an hour",
            queries=(
                PrometheusQuery(
                    expression="max(aws_backup_number_of_restore_jobs_completed_sum)", legend="restores"
                ),
            ),
            unit=Unit.COUNT,
            bars=True,
        ),
    )


def _lag_minutes(context: DashboardContext) -> Thresholds:
    """Give the thresholds of the standby's alerts: half of what may be lost, and all of it."""
    promised = context.recovery_point_minutes
    return Thresholds.rising(warning=promised / 2, critical=promised)
