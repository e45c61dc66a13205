"""Windows in UTC, judged in the users' time."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from policies.aws.windows import DAYS, minutes, overlap, refused, refused_begin, window_settings

NIGHT = {name: setting.value_in("prod") for name, setting in window_settings().items()}
AWAKE = {name: setting.value_in("staging") for name, setting in window_settings().items()}


@pytest.mark.parametrize(
    ("window", "settings"),
    [
        ("sun:20:30-sun:21:30", NIGHT),
        ("sun:16:30-sun:17:30", NIGHT),
        ("sat:23:30-sun:00:30", NIGHT),
        ("19:00-20:00", NIGHT),
        ("thu:08:30-thu:09:30", AWAKE),
        ("02:30-14:30", AWAKE),
    ],
)
def test_good_windows_are_accepted(window: str, settings: dict[str, Any]) -> None:
    assert refused(window, settings) is None


@pytest.mark.parametrize(
    ("window", "settings", "why"),
    [
        ("sun:16:29-sun:17:29", NIGHT, "it is 21:59 to 22:59 Asia/Kolkata, outside 22:00 to 06:00"),
        ("sun:23:31-mon:00:31", NIGHT, "it is 05:01 to 06:01 Asia/Kolkata, outside 22:00 to 06:00"),
        ("16:30-00:31", NIGHT, "it is 22:00 to 06:01 Asia/Kolkata, outside 22:00 to 06:00"),
        ("19:00-20:00", AWAKE, "it is 00:30 to 01:30 Asia/Kolkata, outside 08:00 to 20:00"),
        (
            "sat:08:30-sat:09:30",
            AWAKE,
            "it is 14:00 to 15:00 Asia/Kolkata on a sat, not on mon, tue, wed, thu, fri",
        ),
        ("whenever", NIGHT, "'whenever' is no window"),
    ],
)
def test_bad_windows_say_why(window: str, settings: dict[str, Any], why: str) -> None:
    assert refused(window, settings) == why


def test_the_day_is_the_local_one() -> None:
    """Sunday 20:00 UTC is Monday in India, a working day."""
    early = {**AWAKE, "begin": "00:00", "end": "08:00"}
    assert refused("sun:20:00-sun:21:00", early) is None
    assert refused("fri:20:00-fri:21:00", early) is not None


@given(begin=st.integers(0, 1439), length=st.integers(1, 480), day=st.sampled_from(DAYS))
def test_the_zone_a_window_is_written_in_does_not_matter(begin: int, length: int, day: str) -> None:
    """The same moment, said in India's time, gets the same answer."""
    shifted = begin + 330
    local_day = DAYS[(DAYS.index(day) + shifted // 1440) % 7]
    in_utc = refused_begin(day, clock(begin), "UTC", length, NIGHT)
    in_local = refused_begin(local_day, clock(shifted), "Asia/Kolkata", length, NIGHT)
    assert in_utc == in_local


def clock(minute: int) -> str:
    """Give minutes after midnight as `08:30`."""
    return f"{minute % 1440 // 60:02}:{minute % 60:02}"


@given(minute=st.integers(0, 1439))
def test_a_clock_reads_back(minute: int) -> None:
    assert minutes(clock(minute)) == minute


@pytest.mark.parametrize(
    ("one", "other", "touching"),
    [
        ("19:00-20:00", "sun:20:30-sun:21:30", False),
        ("19:00-20:00", "sun:20:00-sun:21:00", False),
        ("19:00-20:30", "sun:20:00-sun:21:00", True),
        ("23:30-00:30", "sun:00:00-sun:01:00", True),
        ("nothing", "19:00-20:00", False),
    ],
)
def test_windows_that_touch(one: str, other: str, touching: bool) -> None:  # noqa: FBT001  (parametrized)
    assert overlap(one, other) is touching
    assert overlap(other, one) is touching
