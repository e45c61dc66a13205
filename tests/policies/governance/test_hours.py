"""Hours of schedules: expressions, a week played, and requests that are not known yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.operations.hours import sleep_expression, wake_expression
from infra.settings.environment import AwakeSettings
from policies.aws.weekly_hours import (
    DAYS,
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    NotWeekly,
    awake_minutes,
    weekly_minutes,
)
from policies.framework.pack import POLICIES, load_pack
from preview.graph import UNKNOWN
from tests.policies.builders import edited, graph_of
from tests.policies.governance.fixtures import SLEEPING
from tests.policies.table import judged, said

EIGHT = 8 * 60


def at(day: str, minute: int) -> int:
    """Give a minute of the week."""
    return DAYS.index(day) * MINUTES_PER_DAY + minute


@pytest.mark.parametrize(
    ("expression", "minutes"),
    [
        ("cron(0 8 ? * MON *)", {at("MON", EIGHT)}),
        ("cron(0 8 ? * 2 *)", {at("MON", EIGHT)}),
        ("cron(30 7 ? * SAT-SUN *)", {at("SAT", 450), at("SUN", 450)}),
        ("cron(0 8 ? * SUN-MON *)", {at("SUN", EIGHT), at("MON", EIGHT)}),
        ("cron(0 8,20 ? * TUE *)", {at("TUE", EIGHT), at("TUE", 1200)}),
        ("cron(0/30 8 ? * TUE *)", {at("TUE", EIGHT), at("TUE", EIGHT + 30)}),
        ("cron(0 20 * * ? *)", {at(day, 1200) for day in DAYS}),
    ],
)
def test_an_expression_gives_its_minutes(expression: str, minutes: set[int]) -> None:
    assert weekly_minutes(expression) == minutes


@pytest.mark.parametrize(
    "expression",
    [
        "rate(1 days)",
        "at(2027-01-01T08:00:00)",
        "cron(0 8 * * *)",
        "cron(0 8 1 * ? *)",
        "cron(0 8 ? JAN MON *)",
        "cron(0 8 ? * MON 2027)",
        "cron(0 24 ? * MON *)",
        "cron(60 8 ? * MON *)",
        "cron(0 8 ? * MONDAY *)",
        "cron(0 8 ? * 2#1 *)",
        "",
    ],
)
def test_what_does_not_repeat_every_week_is_refused(expression: str) -> None:
    with pytest.raises(NotWeekly):
        weekly_minutes(expression)


def test_a_week_begins_with_what_the_last_one_left() -> None:
    started_on_sunday = awake_minutes([at("SUN", 1380)], [at("MON", 60)])
    assert started_on_sunday == {*range(60), *range(at("SUN", 1380), MINUTES_PER_WEEK)}


def test_without_stops_it_always_runs_and_without_starts_never() -> None:
    assert len(awake_minutes([], [])) == MINUTES_PER_WEEK
    assert len(awake_minutes([at("MON", EIGHT)], [])) == MINUTES_PER_WEEK
    assert awake_minutes([], [at("MON", EIGHT)]) == frozenset()


@pytest.mark.requirement("OPS-02")
@given(
    start=st.integers(1, 11),
    stop=st.integers(12, 23),
    last=st.sampled_from(["FRI", "SAT", "SUN"]),
)
def test_the_programs_own_expressions_keep_awake_for_the_hours_of_the_settings(
    start: int, stop: int, last: str
) -> None:
    """Two readers of the same language, written apart: what the program writes, this one reads."""
    awake = AwakeSettings.model_validate(
        {
            "weekdays": f"MON-{last}",
            "start": f"{start:02}:00",
            "stop": f"{stop:02}:00",
            "time_zone": "Asia/Kolkata",
        }
    )
    days = DAYS.index(last) + 1
    minutes = awake_minutes(weekly_minutes(wake_expression(awake)), weekly_minutes(sleep_expression(awake)))
    assert len(minutes) == days * (stop - start) * 60


def test_a_request_that_comes_from_nowhere_leaves_both_unjudged() -> None:
    """It may stop the database, the node group or neither."""
    things = edited(SLEEPING, {"database-stop.target.input": UNKNOWN})
    judgement = judged(load_pack(POLICIES / "governance"), graph_of(*things, stack="staging"))
    assert {(name, status) for name, status, _ in said(judgement, "cst-schedule")} == {
        ("postgres", "not judged"),
        ("general", "not judged"),
    }
