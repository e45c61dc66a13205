"""Cases of alerts about database, cache, broker, logs and backups."""

from __future__ import annotations

from infra.observability.rules import RuleContext

from .cases import Case, Series, held, rising, then

GIB = 1024**3
PRIMARY = 'job="postgres", service="postgres-exporter"'


def gauge(series: str, *, fires: float, quiet: float, minutes: int) -> Case:
    """A case of one gauge on both sides of a threshold."""
    return Case(fires={series: held(fires)}, quiet=({series: held(quiet)},), minutes=minutes)


def missing(series: str, *, minutes: int, step: str = "1m") -> Case:
    """A case of something that should report."""
    return Case(fires={}, quiet=({series: held(0)},), minutes=minutes, step=step)


def store_cases(context: RuleContext) -> dict[str, Case]:
    """Give the cases by alert."""
    return {
        **(_server(context) if context.serving else {}),
        **_instance(context),
        **(_report_replica(context) if context.report_replica else {}),
        **(_standby(context) if context.standby else {}),
        **_cache(context),
        **(_broker() if context.serving else {}),
        **_logs(),
        **(_domain(context.search_volume_gib) if context.search_volume_gib else {}),
        **(_backups(context) if context.backed_up else {}),
    }


def _server(context: RuleContext) -> dict[str, Case]:
    def connections(erp: int, gps: int) -> Series:
        return {
            f'pg_stat_database_numbackends{{{PRIMARY}, datname="tms"}}': held(erp),
            f'pg_stat_database_numbackends{{{PRIMARY}, datname="gps"}}': held(gps),
            f"pg_settings_max_connections{{{PRIMARY}}}": held(1000),
        }

    kept = context.storage_gib // 10 * GIB
    slot = 'slot_name="rds_ap_southeast_1_db_x", service="postgres-exporter"'
    return {
        "DatabaseDown": gauge(f"pg_up{{{PRIMARY}}}", fires=0, quiet=1, minutes=5),
        "DatabaseMetricsMissing": missing("pg_up", minutes=15),
        "DatabaseConnectionsHigh": Case(
            fires=connections(701, 100), quiet=(connections(700, 99),), minutes=15
        ),
        "DatabaseConnectionsExhausted": Case(
            fires=connections(851, 100), quiet=(connections(850, 99),), minutes=5
        ),
        "ReplicationSlotHoldsWal": gauge(
            f"pg_replication_slots_pg_wal_lsn_diff{{{slot}}}",
            fires=kept + 4096,
            quiet=kept - 4096,
            minutes=20,
        ),
        "ReplicationSlotInactive": gauge(
            f"pg_replication_slots_active{{{slot}}}", fires=0, quiet=1, minutes=20
        ),
    }


def _instance(context: RuleContext) -> dict[str, Case]:
    main = f'{{dimension_DBInstanceIdentifier="{context.database}"}}'
    other = '{dimension_DBInstanceIdentifier="another"}'
    size = context.storage_gib * GIB

    def free(percent: int, minutes: int) -> Case:
        limit = size * percent // 100
        return Case(
            fires={f"aws_rds_free_storage_space_minimum{main}": held(limit - 4096)},
            quiet=(
                {f"aws_rds_free_storage_space_minimum{main}": held(limit + 4096)},
                {f"aws_rds_free_storage_space_minimum{other}": held(limit - 4096)},
            ),
            minutes=minutes,
        )

    def balance(bytes_percent: float, operations_percent: float) -> Series:
        return {
            f"aws_rds_ebsbyte_balance_percent_minimum{main}": held(bytes_percent),
            f"aws_rds_ebsiobalance_percent_minimum{main}": held(operations_percent),
        }

    return {
        "DatabaseStorageLow": free(10, 40),
        "DatabaseStorageExhausted": free(5, 10),
        "DatabaseBurstBalanceLow": Case(fires=balance(19, 90), quiet=(balance(20, 20),), minutes=20),
        "DatabaseCpuHigh": gauge(f"aws_rds_cpuutilization_average{main}", fires=91, quiet=90, minutes=20),
        "DatabaseTransactionIdsUsedUp": gauge(
            f"aws_rds_maximum_used_transaction_ids_maximum{main}",
            fires=1_000_000_001,
            quiet=1_000_000_000,
            minutes=70,
        ),
    }


def _report_replica(context: RuleContext) -> dict[str, Case]:
    lag = f'aws_rds_replica_lag_maximum{{dimension_DBInstanceIdentifier="{context.report_replica}"}}'
    return {"ReportReplicaLag": gauge(lag, fires=301, quiet=300, minutes=15)}


def _standby(context: RuleContext) -> dict[str, Case]:
    lag = f'aws_rds_replica_lag_maximum{{dimension_DBInstanceIdentifier="{context.database}"}}'
    return {
        "StandbyReplicaLagWarning": gauge(lag, fires=451, quiet=450, minutes=10),
        "StandbyReplicaLagCritical": gauge(lag, fires=901, quiet=900, minutes=10),
        "StandbyReplicaLagMissing": missing(lag, minutes=20),
        **_drills(context),
    }


def _drills(context: RuleContext) -> dict[str, Case]:
    told, of_another = (
        f'aws_fleeterp_recovery_last_drill_maximum{{dimension_Environment="{environment}"}}'
        for environment in (context.environment, "another")
    )
    day = 24 * 60
    return {
        # The clock of the test begins at 0. Told once, then not for a year: 0 is no moment.
        "RecoveryDrillTooOld": Case(
            fires={told: then(1, 1, 0)},
            quiet=({told: then(1, 1, 0)}, {told: then(1, 200, 200 * 86_400)}),
            minutes=367 * day,
            quiet_minutes=365 * day,
            step="1d",
        ),
        "RecoveryDrillNeverSeen": Case(
            fires={told: held(0), of_another: held(1)},
            quiet=({told: held(1)},),
            minutes=2 * day,
            step="1h",
        ),
    }


def _cache(context: RuleContext) -> dict[str, Case]:
    node = '{dimension_CacheClusterId="fleet-erp-cache-001"}'
    lag = gauge(f"aws_elasticache_replication_lag_maximum{node}", fires=10.1, quiet=10, minutes=15)
    evicted = 'redis_evicted_keys_total{instance="rediss://cache:6379"}'
    return {
        "CacheDown": gauge("redis_up", fires=0, quiet=1, minutes=5),
        "CacheMetricsMissing": missing("redis_up", minutes=15),
        "CacheMemoryHigh": gauge(
            f"aws_elasticache_database_memory_usage_percentage_maximum{node}", fires=81, quiet=80, minutes=20
        ),
        "CacheEvictions": Case(fires={evicted: rising(1)}, quiet=({evicted: held(7)},), minutes=15),
        "CacheCpuHigh": gauge(
            f"aws_elasticache_engine_cpuutilization_maximum{node}", fires=91, quiet=90, minutes=20
        ),
        **({"CacheReplicaLag": lag} if context.cache_replicated else {}),
    }


def _broker() -> dict[str, Case]:
    def share(used: str, limit: str, value: float) -> Series:
        return {f'{used}{{instance="broker"}}': held(value), f'{limit}{{instance="broker"}}': held(1000)}

    memory = ("rabbitmq_process_resident_memory_bytes", "rabbitmq_resident_memory_limit_bytes")
    disk = ("rabbitmq_disk_space_available_bytes", "rabbitmq_disk_space_available_limit_bytes")

    def alarms(memory_alarm: int, disk_alarm: int) -> Series:
        return {
            "rabbitmq_alarms_memory_used_watermark": held(memory_alarm),
            "rabbitmq_alarms_free_disk_space_watermark": held(disk_alarm),
        }

    return {
        "BrokerBlocksPublishers": Case(fires=alarms(0, 1), quiet=(alarms(0, 0),), minutes=5),
        "BrokerMemoryHigh": Case(fires=share(*memory, 801), quiet=(share(*memory, 800),), minutes=15),
        "BrokerDiskLow": Case(fires=share(*disk, 1999), quiet=(share(*disk, 2000),), minutes=15),
        "BrokerMetricsMissing": missing("rabbitmq_alarms_memory_used_watermark", minutes=15),
    }


def _logs() -> dict[str, Case]:
    output = '{name="opensearch.0", pod="fluent-bit-a"}'

    def shippers(ready: int) -> Series:
        labels = 'namespace="node-agents", daemonset="fluent-bit"'
        return {
            f"kube_daemonset_status_desired_number_scheduled{{{labels}}}": held(3),
            f"kube_daemonset_status_number_ready{{{labels}}}": held(ready),
        }

    def counter(metric: str, *, minutes: int, limit: float = 0) -> Case:
        series = f"fluentbit_output_{metric}_total{output}"
        return Case(
            fires={series: rising(limit / 15 * 1.2 or 1)},
            quiet=({series: rising(limit / 15 * 0.9)},),
            minutes=minutes,
        )

    return {
        "LogsLost": counter("dropped_records", minutes=10),
        "LogsDelayed": counter("retries", minutes=40, limit=10),
        "LogOutputErrors": counter("errors", minutes=25),
        "LogShipperMissing": Case(fires=shippers(2), quiet=(shippers(3),), minutes=20),
        "LogMetricsMissing": missing(f"fluentbit_output_proc_records_total{output}", minutes=20),
    }


def _domain(volume_gib: int) -> dict[str, Case]:
    domain = '{dimension_DomainName="fleet-erp-logs"}'
    floor = volume_gib * 1024 * 20 // 100
    ended_well = "kube_cronjob_status_last_successful_time"
    checked = f'{ended_well}{{namespace="observability", cronjob="search-retention-check"}}'
    minutes = 310
    return {
        # The clock of the test begins at 0: 26 hours have passed at its start, or not before its end.
        "LogRetentionNotChecked": Case(
            fires={checked: held(-26 * 3600 - 1)},
            quiet=({checked: held(minutes * 60 - 26 * 3600)},),
            minutes=minutes,
            step="10m",
        ),
        "SearchClusterRed": gauge(f"aws_es_cluster_status_red_maximum{domain}", fires=1, quiet=0, minutes=10),
        "SearchWritesBlocked": gauge(
            f"aws_es_cluster_index_writes_blocked_maximum{domain}", fires=1, quiet=0, minutes=10
        ),
        "SearchStorageLow": gauge(
            f"aws_es_free_storage_space_minimum{domain}", fires=floor - 1, quiet=floor, minutes=20
        ),
        "SearchMemoryPressure": gauge(
            f"aws_es_jvmmemory_pressure_maximum{domain}", fires=86, quiet=85, minutes=20
        ),
    }


def _backups(context: RuleContext) -> dict[str, Case]:
    vault = '{dimension_BackupVaultName="fleet-erp"}'
    done = f"aws_backup_number_of_backup_jobs_completed_sum{vault}"
    failed = f"aws_backup_number_of_backup_jobs_failed_sum{vault}"
    proven, not_whole, of_another = (
        f'aws_fleeterp_restoretests_{verdict}_sum{{dimension_Environment="{environment}"}}'
        for verdict, environment in (
            ("passed", context.environment),
            ("failed", context.environment),
            ("passed", "another"),
        )
    )
    by_anybody = "aws_backup_number_of_restore_jobs_completed_sum"
    restored = proven if context.restore_tests else by_anybody
    not_restored = "aws_backup_number_of_restore_jobs_failed_sum"
    day = 24 * 60
    tests = {
        # What somebody restored, and what another environment has proven, says nothing of this one.
        "RestoreTestNeverSeen": Case(
            fires={restored: held(0), by_anybody: held(1), of_another: held(1)},
            quiet=({restored: held(1)},),
            minutes=2 * day,
            step="1h",
        ),
        "RestoreTestFailed": gauge(not_whole, fires=1, quiet=0, minutes=2),
    }
    return {
        # One backup at the start: after 26 hours it is too old, and one hour later somebody hears of it.
        "BackupTooOld": Case(
            fires={done: then(1, 1, 0)},
            quiet=({done: then(1, 1, 0)},),
            minutes=28 * 60,
            quiet_minutes=26 * 60,
            step="30m",
        ),
        "BackupJobFailed": gauge(failed, fires=1, quiet=0, minutes=2),
        "RestoreTestTooOld": Case(
            fires={restored: then(1, 1, 0)},
            quiet=({restored: then(1, 1, 0)}, {restored: then(0, 200, 1)}),
            minutes=95 * day,
            quiet_minutes=93 * day,
            step="1d",
        ),
        "RestoreFailed": gauge(not_restored, fires=1, quiet=0, minutes=2),
        **(tests if context.restore_tests else {}),
    }
