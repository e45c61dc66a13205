"""The `Schedule` tag: when a resource is awake, and which share of the hours that is (OPS-02)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Final

TAG: Final = "Schedule"
ALWAYS_ON: Final = "always-on"
FORM: Final = f'"{ALWAYS_ON}" or like "MON-FRI 08:00-20:00 Asia/Kolkata"'

WEEK: Final = ("MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN")
MINUTES_PER_DAY: Final = 24 * 60
MINUTES_PER_WEEK: Final = len(WEEK) * MINUTES_PER_DAY

_DAY = "|".join(WEEK)
_TAG_FORM = re.compile(
    rf"(?P<first>{_DAY})(?:-(?P<last>{_DAY}))? "
    r"(?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d) "
    r"(?P<zone>[A-Z][A-Za-z_]+(?:/[A-Z][A-Za-z0-9_+-]+)*)"
)


class ScheduleError(ValueError):
    """A `Schedule` tag says nothing that can be read as hours."""


@dataclass(frozen=True, slots=True)
class Schedule:
    """The hours of a week in which something runs: days, and minutes from midnight local time."""

    days: tuple[str, ...]
    start_minute: int
    end_minute: int
    zone: str
    """IANA zone of the hours. It has no influence on their number: clock changes even out over a year."""

    @property
    def awake_share(self) -> Fraction:
        """The awake part of a week, above 0 and at most 1. Monday to Friday 08:00-20:00 gives 60/168."""
        return Fraction(len(self.days) * (self.end_minute - self.start_minute), MINUTES_PER_WEEK)

    @classmethod
    def parse(cls, tag: str) -> Schedule | None:
        """Read the value of a `Schedule` tag; None means always on.

        A range of days may run over the end of the week (`SUN-THU`); the hours stay within one day,
        `24:00` is its end. Raises ScheduleError, whose text says what is wrong and what is allowed.
        """
        if tag == ALWAYS_ON:
            return None
        found = _TAG_FORM.fullmatch(tag)
        if found is None:
            raise ScheduleError(f'tag {TAG} "{tag}" is not {FORM}')
        start, end = _minute(found["start"]), _minute(found["end"])
        if start is None or end is None or start >= end:
            raise ScheduleError(f'tag {TAG} "{tag}": {found["start"]}-{found["end"]} is not a part of a day')
        first = WEEK.index(found["first"])
        length = (WEEK.index(found["last"] or found["first"]) - first) % len(WEEK) + 1
        days = tuple(WEEK[(first + offset) % len(WEEK)] for offset in range(length))
        return cls(days=days, start_minute=start, end_minute=end, zone=found["zone"])


def _minute(clock: str) -> int | None:
    """Give the minute of the day of `HH:MM`, up to 24:00; None when there is no such time."""
    hours, minutes = int(clock[:2]), int(clock[3:])
    minute = hours * 60 + minutes
    return minute if minutes < 60 and minute <= MINUTES_PER_DAY else None  # noqa: PLR2004  (an hour)
