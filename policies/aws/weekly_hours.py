"""When a cron expression of EventBridge fires in a week, and what starts and stops make of it.

Minutes are counted from Monday 00:00 in the expression's own time zone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

DAYS: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MINUTES_PER_HOUR: Final = 60
MINUTES_PER_DAY: Final = 24 * MINUTES_PER_HOUR
MINUTES_PER_WEEK: Final = len(DAYS) * MINUTES_PER_DAY

_CRON: Final = re.compile(r"cron\((?P<fields>[^)]*)\)")
_EVERY: Final = frozenset({"*", "?"})
_SUNDAY_FIRST: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


class NotWeekly(ValueError):  # noqa: N818  (says what the expression is, not that something failed)
    """An expression does not repeat every week."""


def weekly_minutes(expression: str) -> frozenset[int]:
    """Give the minutes of the week at which a cron expression fires.

    Raises NotWeekly for what is no cron expression, or one bound to dates, months or years.
    """
    found = _CRON.fullmatch(expression.strip())
    fields = found["fields"].split() if found else []
    if len(fields) != 6:  # noqa: PLR2004  (minutes hours day-of-month month day-of-week year)
        raise NotWeekly(f"{expression!r} is no cron expression of six fields")
    minutes, hours, day_of_month, month, day_of_week, year = fields
    if day_of_month not in _EVERY or month != "*" or year != "*":
        raise NotWeekly(f"{expression!r} does not repeat every week")
    try:
        return frozenset(
            day * MINUTES_PER_DAY + hour * MINUTES_PER_HOUR + minute
            for day in _days(day_of_week)
            for hour in _numbers(hours, 24)
            for minute in _numbers(minutes, MINUTES_PER_HOUR)
        )
    except ValueError as error:
        raise NotWeekly(f"{expression!r} cannot be read: {error}") from error


def _numbers(field: str, end: int) -> set[int]:
    """Read a list of numbers, ranges and steps below `end`."""
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, dash, last = span.partition("-")
        low = 0 if span == "*" else int(first)
        high = end - 1 if span == "*" or (step and not dash) else int(last or first)
        if not 0 <= low <= high < end:
            raise ValueError(f"{part} is not within 0 to {end - 1}")
        found.update(range(low, high + 1, int(step or 1)))
    return found


def _days(field: str) -> set[int]:
    """Read days of the week, which begin with Sunday as 1, as days that begin with Monday as 0."""
    if field in _EVERY:
        return set(range(len(DAYS)))
    found: set[int] = set()
    for part in field.upper().split(","):
        first, _, last = part.partition("-")
        start, end = _day(first), _day(last or first)
        found.update((start + offset) % len(DAYS) for offset in range((end - start) % len(DAYS) + 1))
    return found


def _day(text: str) -> int:
    name = _SUNDAY_FIRST[int(text) - 1] if text.isdigit() and 1 <= int(text) <= len(DAYS) else text
    return DAYS.index(name)


def awake_minutes(starts: Iterable[int], stops: Iterable[int]) -> frozenset[int]:
    """Give the minutes of a week in which something runs that is started and stopped at these minutes.

    Whatever ran before the first event of the week is what the last event of the week left behind. Without
    stops it always runs, without starts it never does.
    """
    events = sorted({**dict.fromkeys(starts, True), **dict.fromkeys(stops, False)}.items())
    if not events:
        return frozenset(range(MINUTES_PER_WEEK))
    awake: set[int] = set()
    running = events[-1][1]
    at = 0
    for minute, starts_here in [*events, (MINUTES_PER_WEEK, False)]:
        if running:
            awake.update(range(at, minute))
        at, running = minute, starts_here
    return frozenset(awake)
