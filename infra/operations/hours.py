"""When a scheduled environment wakes and sleeps, as expressions of EventBridge Scheduler (OPS-02).

The expressions are in the local time of the schedule's time zone:
`cron(minutes hours day-of-month month day-of-week year)`.
"""

from __future__ import annotations

from typing import Final

from ..settings.environment import AwakeSettings

MINUTES_PER_HOUR: Final = 60
MINUTES_PER_DAY: Final = 24 * MINUTES_PER_HOUR
_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
"""In the order of the week that the expressions count in."""


def wake_expression(awake: AwakeSettings, *, lead_minutes: int = 0) -> str:
    """Say when to wake on each awake weekday, `lead_minutes` before the hour of the settings.

    A lead that reaches past midnight wakes on the evening before. Raises ValueError for a lead outside
    0 to 1439.
    """
    if not 0 <= lead_minutes < MINUTES_PER_DAY:
        raise ValueError(f"a lead of {lead_minutes} minutes; allowed: 0 to {MINUTES_PER_DAY - 1}")
    minute = _minute_of_day(awake.start) - lead_minutes
    days = _shifted(awake.weekdays, by=-1 if minute < 0 else 0)
    return _cron(minute % MINUTES_PER_DAY, days)


def sleep_expression(awake: AwakeSettings) -> str:
    """Say when to sleep: every day, also on those that are not awake.

    RDS starts a database again that was stopped for seven days, and people wake an environment for a
    weekend and forget it; to stop what is stopped changes nothing.
    """
    return _cron(_minute_of_day(awake.stop), None)


def _minute_of_day(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * MINUTES_PER_HOUR + int(minutes)


def _shifted(weekdays: str, *, by: int) -> str | None:
    """Move a range of weekdays by a number of days; None is the whole week, which is no range."""
    first, last = (_DAYS.index(day) for day in weekdays.split("-"))
    if (last - first) % len(_DAYS) == len(_DAYS) - 1:
        return None
    return f"{_DAYS[(first + by) % len(_DAYS)]}-{_DAYS[(last + by) % len(_DAYS)]}"


def _cron(minute_of_day: int, days: str | None) -> str:
    hours, minutes = divmod(minute_of_day, MINUTES_PER_HOUR)
    # Of day-of-month and day-of-week one is a question mark: the service refuses both.
    when = "* * ?" if days is None else f"? * {days}"
    return f"cron({minutes} {hours} {when} *)"
