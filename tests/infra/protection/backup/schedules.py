"""The moments at which a cron expression of AWS comes round, counted out day by day.

Reference: EventBridge Scheduler user guide, "Cron-based schedules": minutes, hours, day of month, month, day
of week (1 is Sunday, `2#1` the first Monday), year; of the two days one is `?`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Final

DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
ALL: Final = frozenset({"*", "?"})


def moments(expression: str, *, since: datetime, years: int) -> list[datetime]:
    """Give every moment of an expression in so many years.

    Raises ValueError for what is no expression, or one that does not come round every year.
    """
    matched = re.fullmatch(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) \*\)", expression)
    if matched is None:
        raise ValueError(f"{expression} is no expression that comes round every year")
    minutes, hours, day_of_month, month, day_of_week = matched.groups()
    if (day_of_month == "?") == (day_of_week == "?"):
        raise ValueError(f"{expression} must leave out one of the two days")
    found = []
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    end = day.replace(year=day.year + years)
    while day < end:
        if (
            day.month in _values(month, range(1, 13), names=("", *MONTHS))
            and day.day in _values(day_of_month, range(1, 32))
            and _is_weekday(day, day_of_week)
        ):
            found += [
                day.replace(hour=hour, minute=minute)
                for hour in sorted(_values(hours, range(24)))
                for minute in sorted(_values(minutes, range(60)))
            ]
        day += timedelta(days=1)
    return found


def longest_gap(expression: str, *, since: datetime, years: int = 2) -> timedelta:
    """Give the longest time between two moments, and from either end of the years to the next."""
    found = moments(expression, since=since, years=years)
    ends = (since, *found, since.replace(year=since.year + years))
    return max(later - earlier for earlier, later in pairwise(ends))


def _is_weekday(day: datetime, field: str) -> bool:
    number = day.isoweekday() % 7 + 1
    if "#" in field:
        weekday, _, nth = field.partition("#")
        return number == _number(weekday, ("", *DAYS)) and (day.day - 1) // 7 + 1 == int(nth)
    return number in _values(field, range(1, 8), names=("", *DAYS))


def _values(field: str, whole: range, names: tuple[str, ...] = ()) -> set[int]:
    return {value for part in field.split(",") for value in _part(part, whole, names)}


def _part(part: str, whole: range, names: tuple[str, ...]) -> Iterator[int]:
    span, _, step = part.partition("/")
    if span in ALL:
        yield from whole[:: int(step or 1)]
        return
    first, _, last = span.partition("-")
    begin = _number(first, names)
    end = _number(last, names) if last else (whole[-1] if step else begin)
    if begin not in whole or end not in whole:
        raise ValueError(f"{part} is not among {whole[0]} to {whole[-1]}")
    yield from range(begin, end + 1, int(step or 1))


def _number(text: str, names: tuple[str, ...]) -> int:
    return names.index(text) if text and text in names else int(text)
