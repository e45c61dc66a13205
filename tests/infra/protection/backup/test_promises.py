"""What was promised of loss and time, and who hears when it no longer holds (DATA-02)."""

from __future__ import annotations

import pytest

from infra.observability.dashboards.context import RECOVERY_TIME_HOURS
from infra.observability.metrics import cloudwatch
from infra.observability.rules import Alert, rule_groups
from infra.observability.rules.backups import FAILED, LAST_RESTORE, PASSED
from infra.protection.backup.restore_testing import METRICS, RECOVERY_TIME_MINUTES
from ops.restore_validation import judge
from tests.infra.observability.rules.promtool import alerts_of, declared_context

RPO_MINUTES = 15
RTO_MINUTES = 240


def alerts(stack: str) -> dict[str, Alert]:
    return alerts_of(rule_groups(declared_context(stack)))


def records(stack: str) -> dict[str, str]:
    return {
        made.record: made.expression
        for group in rule_groups(declared_context(stack))
        for made in group.recordings
    }


@pytest.mark.requirement("DATA-02")
def test_somebody_hears_before_more_is_lost_with_a_region_than_was_promised() -> None:
    found = alerts("dr")
    for name, minutes in (
        ("StandbyReplicaLagWarning", RPO_MINUTES / 2),
        ("StandbyReplicaLagCritical", RPO_MINUTES),
    ):
        assert found[name].expression.endswith(f"> {minutes * 60:g}"), found[name].expression
    assert "StandbyReplicaLagMissing" in found
    assert found["StandbyReplicaLagCritical"].severity == "critical"


@pytest.mark.requirement("DATA-02")
def test_a_restore_may_take_as_long_as_was_promised() -> None:
    assert RECOVERY_TIME_MINUTES == RECOVERY_TIME_HOURS * 60 == RTO_MINUTES


@pytest.mark.requirement("SEC-13", "DATA-02")
def test_verdicts_are_read_where_they_are_written() -> None:
    assert judge.NAMESPACE == METRICS
    readings = {reading.metric: reading for reading in cloudwatch.READINGS[METRICS]}
    assert set(readings) == {judge.PASSED, judge.FAILED}
    assert cloudwatch.metric_name(METRICS, readings[judge.PASSED]) == PASSED
    assert cloudwatch.metric_name(METRICS, readings[judge.FAILED]) == FAILED
    # The judge gives each verdict the environment, and nothing else.
    assert cloudwatch.UNTAGGED[METRICS] == ("Environment",)


@pytest.mark.requirement("SEC-13", "DATA-02")
@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_somebody_hears_when_no_test_has_passed_for_a_quarter(stack: str) -> None:
    """Of this environment: a restore by hand, or another environment's test, is none."""
    mine = f'{{dimension_Environment="{stack}"}}'
    recorded = records(stack)[LAST_RESTORE]
    assert f"{PASSED}{mine}" in recorded
    assert "restore_jobs" not in recorded
    found = alerts(stack)
    assert found["RestoreTestTooOld"].expression == f"(time() - {LAST_RESTORE}) / 86400 > 93"
    assert found["RestoreTestFailed"].expression == f"max({FAILED}{mine}) > 0"
    assert {"RestoreTestNeverSeen", "RestoreFailed", "BackupTooOld", "BackupJobFailed"} <= found.keys()


def test_where_nothing_is_tested_any_restore_counts() -> None:
    assert "restore_jobs_completed" in records("dr")[LAST_RESTORE]
    assert not {"RestoreTestFailed", "RestoreTestNeverSeen"} & alerts("dr").keys()
