"""How long a schedule may leave between two turns."""

from __future__ import annotations

import pytest

from policies.aws.schedules import longest_gap_days


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("cron(0 3 1 1/3 ? *)", 93),
        ("cron(0 3 1 */3 ? *)", 93),
        ("cron(0 3 1 1,4,7,10 ? *)", 93),
        ("cron(0 3 1 JAN,APR,JUL,OCT ? *)", 93),
        ("cron(0 3 ? * SUN *)", 31),
        ("cron(0 3 1 1/4 ? *)", 124),
        ("cron(0 3 1 2 ? *)", 372),
        ("cron(0 3 1 1-3 ? *)", 310),
        ("cron(0 3 1 1-12/6 ? *)", 186),
        ("rate(7 days)", 7),
        ("rate(12 hours)", 0.5),
    ],
)
def test_a_schedule_comes_round(expression: str, days: float) -> None:
    assert longest_gap_days(expression) == days


@pytest.mark.parametrize(
    "expression",
    [
        "cron(0 3 1 1/3 ? 2027)",
        "cron(0 3 1 13 ? *)",
        "cron(0 3 1 FOO ? *)",
        "cron(0 3 1 1/0 ? *)",
        "cron(0 3 1)",
        "at(2027-01-01T00:00:00)",
        "rate(1 year)",
        "",
    ],
)
def test_what_is_no_yearly_schedule(expression: str) -> None:
    assert longest_gap_days(expression) is None
