"""Cron expressions of AWS, counted out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from .schedules import longest_gap, moments

SINCE = datetime(2026, 12, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("expression", "days"),
    [
        ("cron(0 3 1 1/3 ? *)", ["2027-01-01", "2027-04-01", "2027-07-01", "2027-10-01"]),
        ("cron(0 3 1 JAN,JUL ? *)", ["2027-01-01", "2027-07-01"]),
        ("cron(0 6 ? 1/3 2#1 *)", ["2027-01-04", "2027-04-05", "2027-07-05", "2027-10-04"]),
        ("cron(0 6 ? 1-2 SUN#1 *)", ["2027-01-03", "2027-02-07"]),
        ("cron(0 6 29 2 ? *)", []),
    ],
)
def test_days_of_a_year(expression: str, days: list[str]) -> None:
    assert [f"{moment:%Y-%m-%d}" for moment in moments(expression, since=SINCE, years=1)] == days


def test_hours_and_weekdays() -> None:
    found = moments("cron(30 */12 ? * MON-FRI *)", since=SINCE, years=1)
    assert len(found) == 2 * 261
    assert {(moment.hour, moment.minute) for moment in found} == {(0, 30), (12, 30)}
    assert {moment.isoweekday() for moment in found} == {1, 2, 3, 4, 5}


def test_gap_reaches_from_end_to_end() -> None:
    assert longest_gap("cron(0 0 1 12 ? *)", since=SINCE, years=1) == timedelta(days=365)
    assert longest_gap("cron(0 0 1 6 ? *)", since=SINCE, years=1) == timedelta(days=183)


@pytest.mark.parametrize(
    "expression", ["rate(1 day)", "cron(0 3 1 1 ? 2027)", "cron(0 3 * * * *)", "cron(0 3 ? * ? *)"]
)
def test_what_does_not_come_round_is_refused(expression: str) -> None:
    with pytest.raises(ValueError, match=r"must leave out|no expression"):
        moments(expression, since=SINCE, years=1)


def test_number_outside_its_field_is_refused() -> None:
    with pytest.raises(ValueError, match="not among"):
        moments("cron(0 25 1 1 ? *)", since=SINCE, years=1)
