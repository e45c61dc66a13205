"""How often an AWS schedule expression comes round."""

from __future__ import annotations

import re
from typing import Final

_RATE: Final = re.compile(r"^rate\((\d+) (minute|hour|day)s?\)$")
_CRON: Final = re.compile(r"^cron\((.+)\)$")
_RATE_DAYS: Final = {"minute": 1 / 1440, "hour": 1 / 24, "day": 1.0}
_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN"),
    *("JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_CRON_FIELDS: Final = 6
_LONGEST_MONTH: Final = 31


def longest_gap_days(expression: str) -> float | None:
    """Give the days that may lie between two turns, rounded up; None when the expression is not understood.

    Of a cron expression the months decide; within a month it is taken to come once.
    """
    text = " ".join(expression.split())
    if matched := _RATE.match(text):
        return int(matched[1]) * _RATE_DAYS[matched[2]]
    matched = _CRON.match(text)
    fields = matched[1].split(" ") if matched else []
    if len(fields) != _CRON_FIELDS or fields[5] != "*":
        return None
    months = _months(fields[3])
    if not months:
        return None
    gaps = [(later - month) % 12 or 12 for month, later in zip(months, [*months[1:], months[0]], strict=True)]
    return max(gaps) * _LONGEST_MONTH


def _months(field: str) -> list[int]:
    """Give the months of a cron field, 1 to 12, sorted; none when it is not understood."""
    months: set[int] = set()
    for part in field.upper().split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = 1 if first in {"*", "?"} else _month(first)
        end = _month(last) if last else (12 if first in {"*", "?"} or step else begin)
        if begin is None or end is None or (step and not step.isdigit()) or step == "0":
            return []
        months.update(range(begin, end + 1, int(step or 1)))
    return sorted(months)


def _month(text: str) -> int | None:
    if text in _MONTHS:
        return _MONTHS.index(text) + 1
    return int(text) if text.isdigit() and 1 <= int(text) <= 12 else None  # noqa: PLR2004  (months)
