"""Maintenance and backup windows, told in the time of the people who use the system."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from policies.framework import Setting, Settings

LOCAL_ZONE: Final = "Asia/Kolkata"
DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_DAY_MINUTES: Final = 24 * 60
_WEEK_MINUTES: Final = 7 * _DAY_MINUTES
_WINDOW: Final = re.compile(
    r"^(?:(?P<day>[a-z]{3}):)?(?P<at>\d\d:\d\d)-(?:(?P<end_day>[a-z]{3}):)?(?P<end>\d\d:\d\d)$"
)
_OFFSETS: Final = {"UTC": 0, LOCAL_ZONE: 330}
"""Minutes east of Greenwich; the two that count, so that no machine without a zone table fails."""
_SOME_DAY: Final = datetime(2026, 1, 5)


def window_settings() -> dict[str, Setting]:
    """Give the settings of a rule about windows.

    An environment that always runs is maintained at night; one that sleeps at night while it is awake,
    because nothing reaches a stopped database.
    """
    awake: dict[str, str] = dict.fromkeys(("staging", "testing"), "08:00")
    asleep: dict[str, str] = dict.fromkeys(("staging", "testing"), "20:00")
    working = list(DAYS[:5])
    return {
        "begin": Setting("22:00", f"earliest begin of a window, {LOCAL_ZONE}", awake),
        "end": Setting("06:00", f"latest end of a window, {LOCAL_ZONE}", asleep),
        "days": Setting(
            list(DAYS), "days on which a window may begin there", {"staging": working, "testing": working}
        ),
    }


def minutes(clock: str) -> int:
    """Give `08:30` as minutes after midnight."""
    hours, _, rest = clock.partition(":")
    return int(hours) * 60 + int(rest)


def refused(window: str, settings: Settings) -> str | None:
    """Give why a window in UTC, `sun:20:30-sun:21:30` or `19:00-20:00`, is a bad one; None when it is not."""
    matched = _WINDOW.match(window.lower())
    if not matched:
        return f"{window!r} is no window"
    length = (minutes(matched["end"]) - minutes(matched["at"])) % _DAY_MINUTES
    return refused_begin(matched["day"], matched["at"], "UTC", length, settings)


def refused_begin(day: str | None, at: str, zone: str, length: int, settings: Settings) -> str | None:
    """Give why a window of `length` minutes that begins then is a bad one; None when it is not."""
    offset = _offset_minutes(zone)
    if offset is None:
        return f"{zone} is no time zone"
    shift = _OFFSETS[LOCAL_ZONE] - offset
    index = DAYS.index(day[:3].lower()) if day else 0
    begin = (index * _DAY_MINUTES + minutes(at) + shift) % _WEEK_MINUTES
    allowed = (minutes(str(settings["end"])) - minutes(str(settings["begin"]))) % _DAY_MINUTES
    after = (begin - minutes(str(settings["begin"]))) % _DAY_MINUTES
    said = f"{_clock(begin)} to {_clock(begin + length)} {LOCAL_ZONE}"
    if after + length > allowed:
        return f"it is {said}, outside {settings['begin']} to {settings['end']}"
    allowed_days: Any = settings["days"]
    if day and DAYS[begin // _DAY_MINUTES] not in allowed_days:
        return f"it is {said} on a {DAYS[begin // _DAY_MINUTES]}, not on {', '.join(allowed_days)}"
    return None


def _offset_minutes(zone: str) -> int | None:
    if zone in _OFFSETS:
        return _OFFSETS[zone]
    try:
        offset = ZoneInfo(zone).utcoffset(_SOME_DAY)
    except (ZoneInfoNotFoundError, ValueError):
        return None
    return None if offset is None else int(offset.total_seconds() // 60)


def overlap(one: str, other: str) -> bool:
    """Whether two windows of one day touch, whatever their days; a window that is none touches nothing."""
    matched = [_WINDOW.match(window.lower()) for window in (one, other)]
    if not matched[0] or not matched[1]:
        return False
    begins = [minutes(match["at"]) for match in matched if match]
    lengths = [(minutes(match["end"]) - minutes(match["at"])) % _DAY_MINUTES for match in matched if match]
    return (begins[1] - begins[0]) % _DAY_MINUTES < lengths[0] or (
        begins[0] - begins[1]
    ) % _DAY_MINUTES < lengths[1]


def _clock(minute: int) -> str:
    minute %= _DAY_MINUTES
    return f"{minute // 60:02}:{minute % 60:02}"
