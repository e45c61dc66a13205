"""Expressions of EventBridge Scheduler."""

from __future__ import annotations

from typing import Any

import pytest

from infra.operations.hours import sleep_expression, wake_expression
from infra.settings.environment import AwakeSettings


def awake(**changes: Any) -> AwakeSettings:
    hours = {"weekdays": "MON-FRI", "start": "08:00", "stop": "20:00", "time_zone": "Asia/Kolkata"}
    return AwakeSettings(**(hours | changes))


@pytest.mark.parametrize(
    ("weekdays", "start", "lead_minutes", "expression"),
    [
        ("MON-FRI", "08:00", 0, "cron(0 8 ? * MON-FRI *)"),
        ("MON-FRI", "08:00", 30, "cron(30 7 ? * MON-FRI *)"),
        ("MON-SAT", "08:15", 30, "cron(45 7 ? * MON-SAT *)"),
        ("MON-SUN", "08:00", 0, "cron(0 8 * * ? *)"),
        # The evening before Monday is Sunday's.
        ("MON-FRI", "00:10", 30, "cron(40 23 ? * SUN-THU *)"),
        ("MON-SAT", "00:10", 30, "cron(40 23 ? * SUN-FRI *)"),
        ("MON-SUN", "00:10", 30, "cron(40 23 * * ? *)"),
        ("MON-FRI", "00:30", 30, "cron(0 0 ? * MON-FRI *)"),
    ],
)
def test_waking(weekdays: str, start: str, lead_minutes: int, expression: str) -> None:
    assert wake_expression(awake(weekdays=weekdays, start=start), lead_minutes=lead_minutes) == expression


@pytest.mark.parametrize("weekdays", ["MON-FRI", "MON-SAT", "MON-SUN"])
def test_sleep_is_daily(weekdays: str) -> None:
    assert sleep_expression(awake(weekdays=weekdays, stop="20:05")) == "cron(5 20 * * ? *)"


@pytest.mark.parametrize("lead_minutes", [-1, 1440])
def test_a_lead_of_a_day_is_refused(lead_minutes: int) -> None:
    with pytest.raises(ValueError, match=f"a lead of {lead_minutes} minutes; allowed: 0 to 1439"):
        wake_expression(awake(), lead_minutes=lead_minutes)
