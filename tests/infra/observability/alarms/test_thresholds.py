"""When alarms ring: thresholds follow the size of what they watch, and formulas mean what they say."""

from __future__ import annotations

from typing import get_args

import pytest

from infra.data.database_parameters import REPORT_DELAY_SECONDS
from infra.observability.alarms.cache import cache_alarms
from infra.observability.alarms.classes import BROKERS, CACHE_VCPUS
from infra.settings.types import BrokerInstanceType, CacheNodeType
from infra.workloads.connections import max_connections
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings

from .reading import ESTATES, alarms, rings, value

GIB = 1024**3
RPO_SECONDS = 15 * 60


def test_class_tables_know_every_class_that_settings_allow() -> None:
    assert set(BROKERS) == set(get_args(BrokerInstanceType)[1].values)
    assert set(CACHE_VCPUS) == set(get_args(CacheNodeType)[1].values)


@pytest.mark.parametrize("stack", ESTATES)
def test_thresholds_of_the_database_follow_its_size(estate: EstateRenderer, stack: str) -> None:
    settings, found = estate_settings(stack).database, alarms(estate(stack))
    memory = {"db.m5.xlarge": 16, "db.m5.large": 8, "db.t3.medium": 4}[settings.instance_class] * GIB
    storage = settings.storage_gib * GIB
    assert found["database-memory"].inputs["threshold"] == pytest.approx(memory * 0.1)
    assert found["database-storage"].inputs["threshold"] == pytest.approx(storage * 0.1)
    # Autoscaling acts after five minutes at a tenth; an alarm before that would ring for nothing.
    autoscaled = settings.max_storage_gib is not None
    waits_minutes = found["database-storage"].inputs["evaluationPeriods"] * 5
    assert waits_minutes >= (60 if autoscaled else 15)
    if "database-connections" in found:
        most = max_connections(settings.instance_class)
        assert most * 0.7 <= found["database-connections"].inputs["threshold"] <= most * 0.9
    if "database-transaction-logs" in found:
        # PostgreSQL drops a slot that holds back a tenth of the storage.
        assert 0 < found["database-transaction-logs"].inputs["threshold"] < storage / 10


def test_connections_of_the_workloads_fit_below_the_alarm(estate: EstateRenderer) -> None:
    """An alarm that rings at the load that is planned for would be ignored."""
    settings = estate_settings("prod")
    threshold = alarms(estate("prod"))["database-connections"].inputs["threshold"]
    assert threshold > settings.load.peak_users * 2


@pytest.mark.parametrize(
    ("lag", "expected"), [(0, False), (301, False), (RPO_SECONDS, True), (-1, True), (None, True)]
)
def test_the_standby_rings_before_a_failover_would_lose_too_much(
    estate: EstateRenderer, lag: float | None, *, expected: bool
) -> None:
    """An idle primary makes a healthy replica report up to five minutes; -1 is replication that is broken."""
    alarm = alarms(estate("dr"))["database-replica-lag"]
    number = None if lag is None else value(alarm, lag=lag)
    assert rings(alarm, number) is expected
    assert alarm.inputs["threshold"] <= RPO_SECONDS / 2


@pytest.mark.parametrize(
    ("lag", "expected"), [(0, False), (REPORT_DELAY_SECONDS + 300, False), (3600, True), (-1, True)]
)
def test_a_long_report_may_delay_its_replica(estate: EstateRenderer, lag: float, *, expected: bool) -> None:
    alarm = alarms(estate("prod"))["database-report-replica-lag"]
    assert rings(alarm, value(alarm, lag=lag)) is expected


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_latency_rings_at_the_critical_threshold_of_the_environment(
    estate: EstateRenderer, stack: str
) -> None:
    observability = estate_settings(stack).observability
    assert observability is not None
    alarm = alarms(estate(stack))["web-latency"]
    assert alarm.inputs["threshold"] == pytest.approx(observability.latency.critical_ms / 1000)
    assert alarm.inputs["extendedStatistic"] == "p95"
    assert alarm.inputs["evaluateLowSampleCountPercentiles"] == "ignore"


@pytest.mark.parametrize(
    ("requests", "errors", "expected"),
    [(1000, 60, True), (1000, 40, False), (50, 50, False), (1000, None, False)],
)
def test_errors_count_as_a_share_of_enough_requests(
    estate: EstateRenderer, requests: float, errors: float | None, *, expected: bool
) -> None:
    alarm = alarms(estate("prod"))["target-errors"]
    samples = {"requests": requests} | ({} if errors is None else {"errors": errors})
    assert rings(alarm, value(alarm, **samples)) is expected


@pytest.mark.parametrize(("healthy", "unhealthy", "expected"), [(2, 1, True), (3, 0, False), (0, 3, False)])
def test_unhealthy_pods_ring_only_beside_healthy_ones(
    estate: EstateRenderer, healthy: float, unhealthy: float, *, expected: bool
) -> None:
    """With none healthy the composite alarm speaks, and this one would only repeat it."""
    alarm = alarms(estate("prod"))["unhealthy-odoo"]
    assert rings(alarm, value(alarm, healthy=healthy, unhealthy=unhealthy)) is expected


@pytest.mark.parametrize(
    ("alarm_name", "quiet", "loud"),
    [
        ("broker-memory", {"used": 80, "limit": 100}, {"used": 90, "limit": 100}),
        ("broker-disk", {"free": 200, "limit": 100}, {"free": 120, "limit": 100}),
        ("cache-1-swap", {"swap": 5, "free": 500}, {"swap": 500, "free": 5}),
        (
            "filestore-throughput",
            # 70 and 90 of the 100 bytes a second that are permitted, over five minutes.
            {"metered": 70 * 300, "permitted": 100},
            {"metered": 90 * 300, "permitted": 100},
        ),
        (
            "nat-a-drops",
            {"dropped": 1, "source": 20_000, "destination": 20_000},
            {"dropped": 10, "source": 20_000, "destination": 20_000},
        ),
        ("control-plane-errors", {"requests": 1000, "errors": 10}, {"requests": 1000, "errors": 100}),
    ],
)
def test_formulas_tell_quiet_from_loud(
    estate: EstateRenderer, alarm_name: str, quiet: dict[str, float], loud: dict[str, float]
) -> None:
    alarm = alarms(estate("prod"))[alarm_name]
    assert not rings(alarm, value(alarm, **quiet))
    assert rings(alarm, value(alarm, **loud))


def test_a_gateway_without_traffic_is_quiet(estate: EstateRenderer) -> None:
    alarm = alarms(estate("prod"))["nat-a-drops"]
    assert not rings(alarm, value(alarm, dropped=0, source=0, destination=0))


@pytest.mark.parametrize("stack", ["prod", "staging", "testing"])
def test_backlog_is_ten_minutes_of_the_fleet_at_its_peak(estate: EstateRenderer, stack: str) -> None:
    load = estate_settings(stack).load
    per_second = load.fleet.peak_requests_per_second * load.factor
    assert alarms(estate(stack))["broker-backlog"].inputs["threshold"] == pytest.approx(
        per_second * 600, abs=1
    )


@pytest.mark.parametrize("stack", ESTATES)
def test_limits_of_broker_and_cache_follow_their_class(estate: EstateRenderer, stack: str) -> None:
    settings, found = estate_settings(stack), alarms(estate(stack))
    limits = BROKERS[settings.broker.instance_type]
    single = settings.broker.deployment_mode == "SINGLE_INSTANCE"
    assert found["broker-connections"].inputs["threshold"] == limits.connections * 0.8
    assert found["broker-queues"].inputs["threshold"] == (
        (limits.queues_single if single else limits.queues_cluster) * 0.8
    )
    # Redis works on one core: of two vCPUs half is all it can use.
    assert (found["cache-1-cpu"].inputs["metricName"], found["cache-1-cpu"].inputs["threshold"]) == (
        "CPUUtilization",
        45,
    )


@pytest.mark.parametrize("stack", ["prod", "staging", "dr"])
def test_search_rings_at_a_quarter_of_a_nodes_storage(estate: EstateRenderer, stack: str) -> None:
    search = estate_settings(stack).search
    assert search is not None
    found = alarms(estate(stack))
    # Megabytes, as OpenSearch reports them.
    assert found["search-storage"].inputs["threshold"] == search.volume_gib * 1024 / 4
    masters = search.dedicated_masters.count if search.dedicated_masters else 0
    assert found["search-nodes"].inputs["threshold"] == search.instance_count + masters


@pytest.mark.parametrize("stack", ESTATES)
def test_the_firewall_rings_at_what_one_address_may_send(estate: EstateRenderer, stack: str) -> None:
    alarm = alarms(estate(stack))["firewall-blocks"]
    assert alarm.inputs["threshold"] == estate_settings(stack).edge.firewall.web_requests_per_5_minutes
    assert alarm.inputs["period"] == 300


def test_a_larger_cache_node_is_judged_by_the_engine() -> None:
    settings = estate_settings("prod").cache.model_copy(update={"node_type": "cache.m7g.xlarge"})
    cpu = next(alarm for alarm in cache_alarms(settings=settings, node_ids=["one"]) if "cpu" in alarm.name)
    assert (getattr(cpu.watches, "name", None), cpu.threshold) == ("EngineCPUUtilization", 90)
