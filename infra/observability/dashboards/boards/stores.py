"""What AWS runs for us: database, broker, cache, search, files, balancer, gateway."""

from __future__ import annotations

from typing import Final

from ...rules.database import BALANCE_PERCENT, GIB, STORAGE_CRITICAL_PERCENT, STORAGE_WARNING_PERCENT
from ...rules.logs import FREE_PERCENT, PRESSURE_PERCENT
from ..board import Dashboard, Row
from ..context import DashboardContext
from ..panels import Panel, PanelLink, Stat, TimeSeries
from ..queries import PrometheusQuery
from ..thresholds import CRITICAL, GOOD, Thresholds, Unit
from .shared import ALERTS

INSTANCE: Final = "{{dimension_DBInstanceIdentifier}}"
CLUSTER: Final = "{{dimension_CacheClusterId}}"
TARGETS: Final = "{{dimension_TargetGroup}}"
BUSY: Final = Thresholds.rising(warning=80, critical=95)
"""Percent."""


def stores(context: DashboardContext) -> Dashboard:
    """Lay out the dashboard of data stores and edge."""
    return Dashboard(
        uid="fleet-stores",
        title=context.title("Data stores and edge"),
        description=(
            "As CloudWatch and the exporters see them; CloudWatch's values are of five minutes and arrive "
            "some minutes late."
        ),
        refresh="1m",
        time_from="now-12h",
        rows=(
            Row(title="Reachable", lines=(_reachable(),)),
            Row(title="PostgreSQL", lines=(_load(context), _transactions(context))),
            Row(title="RabbitMQ", lines=(_broker(),)),
            Row(title="Redis", lines=(_cache(),)),
            Row(title="Search and files", lines=(_search_and_files(context),)),
            Row(title="Load balancer and way out", lines=(_edge(),)),
        ),
        annotations=(ALERTS,),
        tags=("technical",),
    )


def _curve(
    title: str,
    expression: str,
    legend: str,
    unit: Unit,
    *,
    thresholds: Thresholds | None = None,
    description: str = "",
    links: tuple[PanelLink, ...] = (),
    maximum: float | None = None,
) -> TimeSeries:
    return TimeSeries(
        title=title,
        description=description,
        queries=(PrometheusQuery(expression=expression, legend=legend),),
        unit=unit,
        thresholds=thresholds or Thresholds.none(),
        links=links,
        maximum=maximum,
    )


def _reachable() -> tuple[Panel, ...]:
    up = Thresholds(CRITICAL, ((1, GOOD),))
    return tuple(
        Stat(
            title=title,
            description="1: the exporter reaches it.",
            queries=(PrometheusQuery(expression=expression, legend=legend),),
            unit=Unit.COUNT,
            thresholds=up,
            no_value="not measured",
        )
        for title, expression, legend in (
            ("PostgreSQL", "min by (service) (pg_up)", "{{service}}"),
            ("Redis", "min(redis_up)", "Redis"),
            ("RabbitMQ", "count(rabbitmq_build_info) > bool 0", "RabbitMQ"),
            ("OpenSearch whole", "min(aws_es_cluster_status_green_minimum)", "OpenSearch"),
        )
    )


def _load(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        _curve(
            "CPU of the instances",
            "aws_rds_cpuutilization_average",
            INSTANCE,
            Unit.PERCENT,
            thresholds=BUSY,
            maximum=100,
        ),
        _curve(
            "Free storage",
            "aws_rds_free_storage_space_minimum",
            INSTANCE,
            Unit.BYTES,
            thresholds=Thresholds.falling(
                warning=context.storage_gib * GIB * STORAGE_WARNING_PERCENT / 100,
                critical=context.storage_gib * GIB * STORAGE_CRITICAL_PERCENT / 100,
            ),
        ),
        _curve(
            "Credits of the volume left",
            "min by (dimension_DBInstanceIdentifier) (aws_rds_ebsiobalance_percent_minimum "
            "or aws_rds_ebsbyte_balance_percent_minimum)",
            INSTANCE,
            Unit.PERCENT,
            thresholds=Thresholds.falling(warning=BALANCE_PERCENT),
            description="At 0 the instance reads and writes at its baseline.",
            maximum=100,
        ),
        TimeSeries(
            title="Time to read and write",
            queries=(
                PrometheusQuery(expression="aws_rds_read_latency_average", legend=f"{INSTANCE} read"),
                PrometheusQuery(expression="aws_rds_write_latency_average", legend=f"{INSTANCE} write"),
            ),
            unit=Unit.SECONDS,
            thresholds=Thresholds.rising(warning=0.02),
        ),
    )


def _transactions(context: DashboardContext) -> tuple[Panel, ...]:
    database = PanelLink(title="What to do", url=context.runbook("database"))
    return (
        _curve(
            "Transactions",
            "sum by (datname) (rate(pg_stat_database_xact_commit[5m])) > 0",
            "{{datname}}",
            Unit.PER_SECOND,
        ),
        _curve(
            "Connections by state",
            "sum by (state) (pg_stat_activity_count)",
            "{{state}}",
            Unit.COUNT,
            links=(database,),
        ),
        _curve(
            "Longest transaction",
            "max by (datname) (pg_stat_activity_max_tx_duration)",
            "{{datname}}",
            Unit.SECONDS,
            thresholds=Thresholds.rising(warning=300, critical=1800),
            links=(database,),
        ),
        _curve(
            "Deadlocks in an hour",
            "sum by (datname) (increase(pg_stat_database_deadlocks[1h])) > 0",
            "{{datname}}",
            Unit.COUNT,
        ),
    )


def _broker() -> tuple[Panel, ...]:
    return (
        TimeSeries(
            title="Messages that wait, and that somebody holds",
            queries=(
                PrometheusQuery(
                    expression="sum by (queue) (rabbitmq_detailed_queue_messages_ready)",
                    legend="{{queue}} waits",
                ),
                PrometheusQuery(
                    expression="sum by (queue) (rabbitmq_detailed_queue_messages_unacked)",
                    legend="{{queue}} held",
                ),
            ),
            unit=Unit.COUNT,
        ),
        _curve(
            "Consumers",
            "sum by (queue) (rabbitmq_detailed_queue_consumers)",
            "{{queue}}",
            Unit.COUNT,
        ),
        _curve(
            "Memory, of what it may use",
            "rabbitmq_process_resident_memory_bytes / rabbitmq_resident_memory_limit_bytes",
            "{{instance}}",
            Unit.SHARE,
            thresholds=Thresholds.rising(warning=0.8, critical=1),
            description="At 100 % publishers are held back.",
        ),
        _curve(
            "CPU of the broker",
            "aws_amazonmq_system_cpu_utilization_average",
            "{{dimension_Broker}}",
            Unit.PERCENT,
            thresholds=BUSY,
            maximum=100,
        ),
    )


def _cache() -> tuple[Panel, ...]:
    return (
        _curve(
            "CPU of its one core",
            "aws_elasticache_engine_cpuutilization_maximum",
            CLUSTER,
            Unit.PERCENT,
            thresholds=BUSY,
            maximum=100,
        ),
        _curve(
            "Memory in use",
            "aws_elasticache_database_memory_usage_percentage_maximum",
            CLUSTER,
            Unit.PERCENT,
            thresholds=BUSY,
            maximum=100,
        ),
        _curve(
            "Keys dropped for lack of memory",
            "aws_elasticache_evictions_sum",
            CLUSTER,
            Unit.COUNT,
            thresholds=Thresholds.rising(warning=1),
        ),
        _curve(
            "Keys found",
            "sum(rate(redis_keyspace_hits_total[5m])) / (sum(rate(redis_keyspace_hits_total[5m])) "
            "+ sum(rate(redis_keyspace_misses_total[5m])))",
            "found",
            Unit.SHARE,
            maximum=1,
        ),
    )


def _search_and_files(context: DashboardContext) -> tuple[Panel, ...]:
    return (
        _curve(
            "Search: memory pressure",
            "aws_es_jvmmemory_pressure_maximum",
            "{{dimension_DomainName}}",
            Unit.PERCENT,
            thresholds=Thresholds.rising(warning=PRESSURE_PERCENT, critical=92),
            maximum=100,
        ),
        _curve(
            "Search: free space",
            "aws_es_free_storage_space_minimum * 1024 * 1024",
            "{{dimension_DomainName}}",
            Unit.BYTES,
            thresholds=Thresholds.none()
            if context.search_volume_gib is None
            else Thresholds.falling(warning=context.search_volume_gib * GIB * FREE_PERCENT / 100),
        ),
        _curve(
            "Files: of the I/O limit",
            "aws_efs_percent_iolimit_maximum",
            "{{dimension_FileSystemId}}",
            Unit.PERCENT,
            thresholds=BUSY,
            maximum=100,
        ),
        _curve(
            "Files: read and written",
            "aws_efs_metered_iobytes_sum / 300",
            "{{dimension_FileSystemId}}",
            Unit.BYTES_PER_SECOND,
        ),
    )


def _edge() -> tuple[Panel, ...]:
    return (
        _curve(
            "Requests at the balancer",
            "sum by (dimension_TargetGroup) (aws_applicationelb_request_count_sum) / 300",
            TARGETS,
            Unit.REQUESTS_PER_SECOND,
        ),
        _curve(
            "5xx of the balancer itself",
            "aws_applicationelb_httpcode_elb_5_xx_count_sum",
            "{{dimension_LoadBalancer}}",
            Unit.COUNT,
            description="No target answered: nobody's log has these.",
            thresholds=Thresholds.rising(warning=1),
        ),
        _curve(
            "Targets that are not healthy",
            "aws_applicationelb_un_healthy_host_count_maximum",
            TARGETS,
            Unit.COUNT,
            thresholds=Thresholds.rising(warning=1),
        ),
        _curve(
            "Connections that found no port at NAT",
            "aws_natgateway_error_port_allocation_sum",
            "{{dimension_NatGatewayId}}",
            Unit.COUNT,
            thresholds=Thresholds.rising(warning=1),
        ),
    )
