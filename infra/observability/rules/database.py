"""PostgreSQL: connections, storage, burst balance, replicas and what they hold back (OBS-01, DATA-08).

What the database itself says comes from its exporter, whose login a standby has only after its promotion:
there CloudWatch speaks alone.
"""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, RuleGroup

GIB: Final = 1024**3
CONNECTIONS_WARNING: Final = 0.8
CONNECTIONS_CRITICAL: Final = 0.95
STORAGE_WARNING_PERCENT: Final = 10
"""RDS enlarges a volume that has less than a tenth free; this says that it did not."""
STORAGE_CRITICAL_PERCENT: Final = 5
BALANCE_PERCENT: Final = 20
REPORT_LAG_SECONDS: Final = 300
SLOT_SHARE: Final = 0.1
"""Of the storage: what a slot may hold back before somebody looks."""
TRANSACTION_IDS: Final = 1_000_000_000
"""PostgreSQL stops at about 2,100 million; AWS warns at a thousand million."""
CPU_PERCENT: Final = 90


def database_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about the database, as server or as replica of another region."""
    return (
        RuleGroup(
            name="fleet-erp-database",
            rules=(
                *(_server(context) if context.serving else ()),
                *_instance(context),
                *(_report_replica(context) if context.report_replica else ()),
                *(_standby(context) if context.standby else ()),
            ),
        ),
    )


def _server(context: RuleContext) -> tuple[Alert, ...]:
    retained = int(context.storage_gib * SLOT_SHARE)
    return (
        context.alert(
            "DatabaseDown",
            "pg_up == 0",
            hold="2m",
            severity="critical",
            owner=PLATFORM,
            runbook="database",
            summary="PostgreSQL takes no connections",
            description="The exporter {{ $labels.service }} could not connect for 2 minutes.",
        ),
        context.alert(
            "DatabaseMetricsMissing",
            "absent(pg_up)",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="PostgreSQL is not watched",
            description="Its exporter has not been scraped for 10 minutes. DatabaseDown cannot fire.",
        ),
        context.alert(
            "DatabaseConnectionsHigh",
            f"database:connections:ratio > {CONNECTIONS_WARNING:g}",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="PostgreSQL runs short of connections",
            description=(
                "{{ $value | humanizePercentage }} of max_connections have been in use for 10 minutes,"
                f" above {CONNECTIONS_WARNING:.0%} ({{{{ $labels.service }}}})."
            ),
        ),
        context.alert(
            "DatabaseConnectionsExhausted",
            f"database:connections:ratio > {CONNECTIONS_CRITICAL:g}",
            hold="2m",
            severity="critical",
            owner=PLATFORM,
            runbook="database",
            summary="PostgreSQL will refuse connections",
            description=(
                "{{ $value | humanizePercentage }} of max_connections are in use,"
                f" above {CONNECTIONS_CRITICAL:.0%} ({{{{ $labels.service }}}}): the next pods get none."
            ),
        ),
        context.alert(
            "ReplicationSlotHoldsWal",
            f"max by (slot_name) (pg_replication_slots_pg_wal_lsn_diff) > {retained * GIB}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="A replica holds back WAL",
            description=(
                "Slot {{ $labels.slot_name }} has made the primary keep {{ $value | humanize1024 }}B of WAL,"
                f" more than {retained} GiB, for 15 minutes: a replica that does not come back fills its"
                " storage."
            ),
        ),
        context.alert(
            "ReplicationSlotInactive",
            "max by (slot_name) (pg_replication_slots_active) == 0",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="A replica no longer reads from the primary",
            description=(
                "Nobody has read from slot {{ $labels.slot_name }} for 15 minutes: its replica is down,"
                " and WAL"
                " piles up for it."
            ),
        ),
    )


def _instance(context: RuleContext) -> tuple[Alert, ...]:
    main = f'{{dimension_DBInstanceIdentifier="{context.database}"}}'

    def free(percent: int) -> str:
        return f"aws_rds_free_storage_space_minimum{main} < {context.storage_gib * GIB * percent // 100}"

    return (
        context.alert(
            "DatabaseStorageLow",
            free(STORAGE_WARNING_PERCENT),
            hold="30m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="The database runs out of storage",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} has {{ $value | humanize1024 }}B free, below"
                f" {STORAGE_WARNING_PERCENT} % of {context.storage_gib} GiB for 30 minutes: it has not"
                " grown by"
                " itself."
            ),
        ),
        context.alert(
            "DatabaseStorageExhausted",
            free(STORAGE_CRITICAL_PERCENT),
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="database",
            summary="The database is about to stop for want of storage",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} has {{ $value | humanize1024 }}B free, below"
                f" {STORAGE_CRITICAL_PERCENT} % of {context.storage_gib} GiB. A full instance takes no"
                " writes."
            ),
        ),
        context.alert(
            "DatabaseBurstBalanceLow",
            " or ".join(
                f"{metric}{main} < {BALANCE_PERCENT}"
                for metric in (
                    "aws_rds_ebsiobalance_percent_minimum",
                    "aws_rds_ebsbyte_balance_percent_minimum",
                )
            ),
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="The database uses up its burst of disk access",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} has {{ $value | humanize }} % of its EBS"
                " balance"
                f" left, below {BALANCE_PERCENT} % for 15 minutes: at 0 it falls to its baseline and"
                " slows down."
            ),
        ),
        context.alert(
            "DatabaseCpuHigh",
            f"aws_rds_cpuutilization_average > {CPU_PERCENT}",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="The database works at its limit",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} has used {{ $value | humanize }} % of its"
                " CPU for"
                f" 15 minutes, above {CPU_PERCENT} %."
            ),
        ),
        context.alert(
            "DatabaseTransactionIdsUsedUp",
            f"aws_rds_maximum_used_transaction_ids_maximum > {TRANSACTION_IDS}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="The database has not been vacuumed for long",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} has {{ $value | humanize }} transaction ids in"
                " use; at 2.1 G it takes no writes until it is vacuumed."
            ),
        ),
    )


def _report_replica(context: RuleContext) -> tuple[Alert, ...]:
    replica = f'{{dimension_DBInstanceIdentifier="{context.report_replica}"}}'
    return (
        context.alert(
            "ReportReplicaLag",
            f"aws_rds_replica_lag_maximum{replica} > {REPORT_LAG_SECONDS}",
            hold="10m",
            severity="warning",
            owner=PLATFORM,
            runbook="database",
            summary="Reports show old figures",
            description=(
                "{{ $labels.dimension_DBInstanceIdentifier }} is {{ $value | humanizeDuration }} behind the"
                f" primary, more than {REPORT_LAG_SECONDS} s for 10 minutes."
            ),
        ),
    )


def _standby(context: RuleContext) -> tuple[Alert, ...]:
    replica = f'aws_rds_replica_lag_maximum{{dimension_DBInstanceIdentifier="{context.database}"}}'
    most = context.recovery_point_minutes * 60
    return (
        context.alert(
            "StandbyReplicaLagWarning",
            f"{replica} > {most // 2}",
            hold="5m",
            severity="warning",
            owner=PLATFORM,
            runbook="recovery",
            summary="The standby falls behind production",
            description=(
                "The replica of production is {{ $value | humanizeDuration }} behind, more than half of the"
                f" {context.recovery_point_minutes} minutes that may be lost with the region."
            ),
        ),
        context.alert(
            "StandbyReplicaLagCritical",
            f"{replica} > {most}",
            hold="5m",
            severity="critical",
            owner=PLATFORM,
            runbook="recovery",
            summary="The recovery point is not held",
            description=(
                "The replica of production is {{ $value | humanizeDuration }} behind: losing the region now"
                f" loses more than {context.recovery_point_minutes} minutes."
            ),
        ),
        context.alert(
            "StandbyReplicaLagMissing",
            f"absent({replica})",
            hold="15m",
            severity="warning",
            owner=PLATFORM,
            runbook="recovery",
            summary="Nobody knows how far the standby is behind",
            description=(
                "No lag of {{ $labels.dimension_DBInstanceIdentifier }} has arrived for 15 minutes:"
                " replication"
                " has stopped, or CloudWatch is not asked."
            ),
        ),
    )
