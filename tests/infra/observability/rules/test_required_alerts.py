"""The strategy's own numbers, against the rules of the real stack files: a changed setting fails here."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from infra.observability.rules import RuleContext, rule_groups
from infra.workloads.capacity import Capacity
from tests.infra.settings.stack_files import areas_of, parse_areas

from .cases import Case, Series, held
from .promtool import (
    WATCHED,
    alerts_of,
    context_of,
    firing_checks,
    needs_promtool,
    promtool,
    write_checks,
)
from .service_cases import API, CONSUMER, WEB, durations, requests
from .store_cases import gauge

DAY = 86_400
EVERYWHERE = {
    "AlertmanagerUnreachable",
    "CacheDown",
    "DatabaseStorageExhausted",
    "DnsDown",
    "DnsServerFailures",
    "ExposedSecret",
    "NotificationsFailing",
    "RuleEvaluationFailing",
    "VolumeAlmostFull",
}
WHERE_PEOPLE_WORK = EVERYWHERE | {
    "ApiLatencyP95Critical",
    "BrokerBlocksPublishers",
    "CertificateAboutToExpire",
    "DatabaseConnectionsExhausted",
    "DatabaseDown",
    "DeadLetterQueueNotEmpty",
    "EndpointDown",
    "ErrorBudgetBurnFast",
    "ErrorBudgetBurnSlow",
    "GpsLatencyP95",
    "GpsPositionsNotStored",
    "QueueNearlyFull",
    "QueueWithoutConsumers",
    "WorkloadUnavailable",
}
CRITICAL = {
    "prod": WHERE_PEOPLE_WORK,
    "staging": WHERE_PEOPLE_WORK,
    "dr": EVERYWHERE | {"StandbyReplicaLagCritical"},
}
"""What somebody is called for: an alert is on the list or can wait until the morning."""


def judged(context: RuleContext, cases: Mapping[str, Case], folder: Path) -> str:
    """Ask promtool; give what it found wrong, or nothing."""
    groups = rule_groups(context)
    answer = promtool("test", "rules", *write_checks(firing_checks(cases, groups), groups, folder))
    return "" if answer.returncode == 0 else answer.stdout + answer.stderr


def latency(limit_ms: int) -> Case:
    """p95 a millisecond and less around a limit, with the buckets that both services have there."""

    def around(within: float) -> Series:
        seconds = limit_ms / 1000
        return {
            f'http_request_duration_seconds_bucket{{{WEB}, handler="data", le="{bound}"}}': f"0+{count:g}x60"
            for bound, count in (
                (seconds - 0.001, 0),
                (seconds, within),
                (seconds + 0.001, 100),
                ("+Inf", 100),
            )
        }

    return Case(
        fires=around(94.9), quiet=(around(95.1),), minutes=12, labels={"service": "odoo-web", "owner": "erp"}
    )


def latency_cases(warning_ms: int, critical_ms: int) -> dict[str, Case]:
    return {"ApiLatencyP95Warning": latency(warning_ms), "ApiLatencyP95Critical": latency(critical_ms)}


@needs_promtool
@pytest.mark.requirement("OBS-05")
def test_production_warns_at_180_and_calls_at_200_milliseconds(tmp_path: Path) -> None:
    assert judged(context_of("prod"), latency_cases(180, 200), tmp_path) == ""


@needs_promtool
@pytest.mark.requirement("OBS-07")
def test_staging_warns_at_300_and_is_critical_at_500_milliseconds(tmp_path: Path) -> None:
    assert judged(context_of("staging"), latency_cases(300, 500), tmp_path) == ""


@needs_promtool
@pytest.mark.parametrize("change", [{"warning_ms": 185}, {"critical_ms": 195}, {"critical_ms": 205}])
def test_another_threshold_is_noticed(change: dict[str, int], tmp_path: Path) -> None:
    areas = areas_of("prod")
    areas["observability"]["latency"] |= change
    settings = parse_areas(areas, "prod")
    context = RuleContext.of(settings, Capacity.of_estate(settings))  # pyright: ignore[reportArgumentType]
    assert "FAILED" in judged(context, latency_cases(180, 200), tmp_path)


@pytest.mark.parametrize("stack", WATCHED)
def test_people_are_called_for_these_and_for_nothing_else(stack: str) -> None:
    alerts = alerts_of(rule_groups(context_of(stack)))
    assert {name for name, alert in alerts.items() if alert.severity == "critical"} == CRITICAL[stack]


@needs_promtool
@pytest.mark.requirement("OBS-06")
def test_one_dead_letter_calls_and_silence_of_the_broker_is_told(tmp_path: Path) -> None:
    dead = 'rabbitmq_detailed_queue_messages{vhost="fleet", queue="gps.positions.dlq"}'
    waiting = 'rabbitmq_detailed_queue_messages{vhost="fleet", queue="gps.positions"}'
    cases = {
        "DeadLetterQueueNotEmpty": Case(fires={dead: held(1)}, quiet=({dead: held(0)},), minutes=1),
        "DeadLetterQueueMetricsMissing": Case(fires={waiting: held(3)}, quiet=({dead: held(0)},), minutes=12),
    }
    context = context_of("prod")
    assert judged(context, cases, tmp_path) == ""
    assert alerts_of(rule_groups(context))["DeadLetterQueueNotEmpty"].severity == "critical"


@needs_promtool
@pytest.mark.requirement("SLO-01")
def test_a_month_of_999_in_1000_slow_pages_and_late_positions_are_watched(tmp_path: Path) -> None:
    """14.4 times the budget of 0.1 % for an hour, 6 times for six: 1.44 % and 0.6 % of requests."""

    def errors(per_100_000: float) -> Series:
        return requests(API, succeeded=100_000 - per_100_000, failed=per_100_000)

    def burn(per_100_000: int, minutes: int, step: str = "10m") -> Case:
        return Case(
            fires=errors(per_100_000 + 1),
            quiet=(errors(per_100_000 - 1),),
            minutes=minutes,
            step=step,
            sample_step="1m",
            labels={"service": "gps-api", "owner": "gps"},
        )

    metric = "gps_processing_latency_seconds"
    cases = {
        "ErrorBudgetBurnFast": burn(1440, 15, step="1m"),
        "ErrorBudgetBurnSlow": burn(600, 60, step="5m"),
        "ErrorBudgetBurnSteady": burn(300, 120),
        "ErrorBudgetBurnDrip": burn(100, 240),
        "ApiLatencyP95Critical": latency(200),
        "GpsLatencyP95": Case(
            fires=durations(metric, CONSUMER, limit=10, within=94.9),
            quiet=(durations(metric, CONSUMER, limit=10, within=95.1),),
            minutes=12,
        ),
    }
    context = context_of("prod")
    assert judged(context, cases, tmp_path) == ""
    calls = {name for name, alert in alerts_of(rule_groups(context)).items() if alert.severity == "critical"}
    assert {
        "ErrorBudgetBurnFast",
        "ErrorBudgetBurnSlow",
        "ApiLatencyP95Critical",
        "GpsLatencyP95",
    } <= calls


@needs_promtool
@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_a_certificate_is_told_of_30_days_before_its_end(stack: str, tmp_path: Path) -> None:
    managed = 'aws_certificatemanager_days_to_expiry_minimum{dimension_CertificateArn="arn:aws:acm:x"}'
    shown = 'probe_ssl_earliest_cert_expiry{instance="https://erp.example.com"}'
    cases = {
        "CertificateNotRenewed": gauge(managed, fires=29, quiet=30, minutes=70),
        "CertificateExpiresSoon": Case(
            fires={shown: held(30 * DAY - 1)}, quiet=({shown: held(30 * DAY + 4500)},), minutes=70
        ),
    }
    assert judged(context_of(stack), cases, tmp_path) == ""


@needs_promtool
@pytest.mark.requirement("NET-08")
@pytest.mark.parametrize("stack", WATCHED)
def test_a_resolver_that_fails_its_health_checks_calls(stack: str, tmp_path: Path) -> None:
    healthy = 'kube_deployment_status_replicas_available{namespace="kube-system", deployment="coredns"}'

    def answers(failed: int) -> Series:
        return {
            f'coredns_dns_responses_total{{rcode="{code}"}}': f"0+{count}x60"
            for code, count in (("SERVFAIL", failed), ("NOERROR", 1000 - failed))
        }

    cases = {
        "DnsDown": gauge(healthy, fires=0, quiet=1, minutes=3),
        "DnsServerFailures": Case(fires=answers(60), quiet=(answers(40),), minutes=12),
    }
    assert judged(context_of(stack), cases, tmp_path) == ""


@pytest.mark.parametrize("stack", WATCHED)
def test_a_critical_vulnerability_of_a_running_image_is_told(stack: str) -> None:
    alerts = alerts_of(rule_groups(context_of(stack)))
    assert (
        'trivy_image_vulnerabilities{severity="Critical"}) > 0' in alerts["CriticalVulnerability"].expression
    )
    assert "trivy_image_exposedsecrets" in alerts["ExposedSecret"].expression


def test_a_recovery_environment_at_rest_watches_its_replica_and_is_not_asked_for_requests() -> None:
    alerts = alerts_of(rule_groups(context_of("dr")))
    assert "> 900" in alerts["StandbyReplicaLagCritical"].expression
    absent = {
        "ApiLatencyP95Critical",
        "ErrorBudgetBurnFast",
        "EndpointDown",
        "GpsLatencyP95",
        "QueueWithoutConsumers",
        "DatabaseDown",
        "BrokerMetricsMissing",
        "HpaAtLimit",
    }
    assert not absent & set(alerts)
    assert absent <= set(alerts_of(rule_groups(context_of("prod"))))


def test_a_recovery_environment_that_serves_is_watched_as_production_is() -> None:
    areas = areas_of("dr")
    areas["recovery"]["active"] = True
    settings = parse_areas(areas, "dr")
    context = RuleContext.of(settings, Capacity.of_estate(settings))  # pyright: ignore[reportArgumentType]
    served = set(alerts_of(rule_groups(context)))
    # Production alone has a replica for reports.
    assert set(alerts_of(rule_groups(context_of("prod")))) - served == {"ReportReplicaLag"}
    assert not any(name.startswith("Standby") for name in served)


def test_there_are_no_rules_where_nothing_is_measured() -> None:
    settings = parse_areas(areas_of("testing"), "testing")
    with pytest.raises(ValueError, match="testing keeps no metrics"):
        RuleContext.of(settings, Capacity.of_estate(settings))  # pyright: ignore[reportArgumentType]
