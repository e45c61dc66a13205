"""A clock that plays schedules for a week and counts the minutes in which something is awake."""

from __future__ import annotations

import re
from typing import Final

DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MINUTES_PER_DAY: Final = 24 * 60
MINUTES_PER_WEEK: Final = len(DAYS) * MINUTES_PER_DAY
FORM: Final = re.compile(r"cron\((\d+) (\d+) (?:(\?) \* ([A-Z]{3})-([A-Z]{3})|\* \* \?) \*\)")


def minutes_of(expression: str) -> set[int]:
    """Minutes of the week, from Sunday midnight, at which an expression fires; refuses other forms."""
    match = FORM.fullmatch(expression)
    assert match, f"{expression} is not a form that this clock knows"
    days = range(len(DAYS))
    if match[3]:
        first, last = DAYS.index(match[4]), DAYS.index(match[5])
        # The service counts SUN as 1 and takes no range that runs backwards.
        assert first <= last, expression
        days = range(first, last + 1)
    return {day * MINUTES_PER_DAY + int(match[2]) * 60 + int(match[1]) for day in days}


def awake_minutes(*, wake: str, sleep: str) -> int:
    """Minutes of a steady week in which it is awake: two weeks are played, the second one counts."""
    waking, sleeping = minutes_of(wake), minutes_of(sleep)
    awake, counted = False, 0
    for minute in range(2 * MINUTES_PER_WEEK):
        of_week = minute % MINUTES_PER_WEEK
        awake = (awake or of_week in waking) and of_week not in sleeping
        if minute >= MINUTES_PER_WEEK:
            counted += awake
    return counted
