"""Which alarms an environment has: all that make sense there, and none that would ring for nothing."""

from __future__ import annotations

import pytest

from tests.conftest import EstateRenderer

from .reading import COMPOSITE, ESTATES, ON_THE_TRAIL, SLEEPING, alarms, event_alarms, rings

ENDS_OF_A_MACHINE = ("failed", "stopped", "timed-out")
DATABASE = {
    "database-burst-iops",
    "database-burst-throughput",
    "database-cpu",
    "database-disk-queue",
    "database-memory",
    "database-storage",
}
WRITES = {"database-connections", "database-transaction-ids", "database-transaction-logs"}
REPORT = {
    *(name.replace("database", "database-report", 1) for name in DATABASE),
    "database-report-connections",
    "database-report-replica-lag",
}
BROKER = {
    "broker-connections",
    "broker-cpu",
    "broker-disk",
    "broker-memory",
    "broker-queues",
    "broker-silent",
}
CACHE = {f"cache-1-{what}" for what in ("cpu", "evictions", "memory", "swap")}
CACHE_OF_TWO = {
    f"cache-{node}-{what}"
    for node in (1, 2)
    for what in ("cpu", "evictions", "memory", "replication-lag", "swap")
}
SEARCH = {
    *(f"search-{what}" for what in ("cpu", "heap", "kmskeyerror", "kmskeyinaccessible", "nodes", "red")),
    *(f"search-{what}" for what in ("snapshot", "storage", "writes-blocked")),
}
SEARCH_OF_MANY = SEARCH | {"search-yellow", "search-master-cpu", "search-master-heap"}
EVERYWHERE = {
    "certificate-expiry",
    "control-plane-errors",
    "control-plane-silent",
    "control-plane-storage",
    "filestore-io-limit",
    "filestore-throughput",
    "firewall-blocks",
    "nat-a-drops",
    "nat-a-ports",
    "rejected-flows",
    "silent-flow-logs",
}
SECOND_ZONE = {"nat-b-drops", "nat-b-ports"}
USERS = {"balancer-rejected", "broker-backlog", "target-errors", "unhealthy-gps", "unhealthy-odoo"}
COPIED = ("attachments", "gps-archive", "records")
"""Buckets with a copy in the recovery region."""
REFRESH = {
    "refresh-not-started",
    *(f"{machine}-{ended}" for machine in ("refresh", "refresh-sweep") for ended in ENDS_OF_A_MACHINE),
}
INTAKE = {f"intake-{ended}" for ended in ENDS_OF_A_MACHINE}
ALWAYS_USERS = {
    "balancer-errors",
    "broker-consumers",
    "filestore-clients",
    "no-healthy-gps",
    "no-healthy-odoo",
}

EXPECTED = {
    "prod": DATABASE
    | WRITES
    | {"database-slot-lag"}
    | REPORT
    | BROKER
    | CACHE_OF_TWO
    | SEARCH_OF_MANY
    | EVERYWHERE
    | SECOND_ZONE
    | USERS
    | ALWAYS_USERS
    | ON_THE_TRAIL
    | REFRESH
    | {f"replication-failed-{bucket}" for bucket in COPIED}
    | {"replication-files", "web-latency", "pods-without-node"},
    "staging": DATABASE
    | WRITES
    | BROKER
    | CACHE
    | SEARCH
    | EVERYWHERE
    | USERS
    | ON_THE_TRAIL
    | INTAKE
    | {"web-latency"},
    "testing": DATABASE | WRITES | BROKER | CACHE | EVERYWHERE | USERS | INTAKE,
    "dr": DATABASE
    | {"database-replica-lag", "pods-without-node"}
    | BROKER
    | CACHE_OF_TWO
    | SEARCH_OF_MANY
    | EVERYWHERE
    | SECOND_ZONE
    | {f"replica-{what}-{bucket}" for what in ("latency", "pending") for bucket in COPIED},
}

NEVER_STOPS = {
    "broker-silent",
    "certificate-expiry",
    "control-plane-silent",
    "search-red",
    "silent-flow-logs",
}
"""Alarms on silence of what nobody can stop: it is the same at night."""


@pytest.mark.parametrize("stack", ESTATES)
def test_each_environment_has_the_alarms_that_make_sense_there(estate: EstateRenderer, stack: str) -> None:
    assert set(alarms(estate(stack))) == EXPECTED[stack]


@pytest.mark.parametrize(
    ("stack", "expected"), [("prod", ["site-down"]), ("staging", []), ("testing", []), ("dr", [])]
)
def test_one_message_says_that_the_site_is_down(
    estate: EstateRenderer, stack: str, expected: list[str]
) -> None:
    assert [composite.name for composite in estate(stack).of_type(COMPOSITE)] == expected


@pytest.mark.parametrize("stack", ESTATES)
def test_events_are_heard_everywhere(estate: EstateRenderer, stack: str) -> None:
    assert {rule.name for rule in event_alarms(estate(stack))} == {
        "access-from-outside",
        "backup-failed",
        "configuration-drift",
        "guardduty-finding",
        "health-event",
        "image-scan",
        "inspector-finding",
        "key-at-risk",
        "rotation-failed",
        "security-hub-finding",
    }


@pytest.mark.parametrize("stack", SLEEPING)
def test_a_night_without_nodes_and_database_rings_nothing(estate: EstateRenderer, stack: str) -> None:
    """What stops at night sends no data, and what watches over pods is not there at all."""
    found = alarms(estate(stack))
    assert {name for name, alarm in found.items() if rings(alarm, None)} <= NEVER_STOPS
    no_pods = {"HealthyHostCount", "HTTPCode_ELB_5XX_Count", "ConsumerCount", "ClientConnections"}
    assert [name for name, alarm in found.items() if alarm.inputs.get("metricName") in no_pods] == []
    assert "pods-without-node" not in found


def test_a_standby_misses_no_users(estate: EstateRenderer) -> None:
    found = alarms(estate("dr"))
    assert {name for name, alarm in found.items() if rings(alarm, None)} - NEVER_STOPS == {
        "database-replica-lag"
    }
    assert not found.keys() & (USERS | ALWAYS_USERS)


def test_silence_of_what_must_always_be_there_rings_in_production(estate: EstateRenderer) -> None:
    found = alarms(estate("prod"))
    silent = {name for name, alarm in found.items() if rings(alarm, None)}
    assert silent == (NEVER_STOPS - {"certificate-expiry"}) | {
        "filestore-clients",
        "no-healthy-gps",
        "no-healthy-odoo",
        "replication-files",
    }
