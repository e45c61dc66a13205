"""The Schedule tag says when schedules really keep something awake."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.switches import Switch, runs_by_itself, switches
from policies.aws.tags import Tags
from policies.aws.tokens import DATABASES, NODE_GROUPS
from policies.aws.weekly_hours import (
    DAYS,
    MINUTES_PER_DAY,
    MINUTES_PER_WEEK,
    NotWeekly,
    awake_minutes,
    weekly_minutes,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
)
from preview.cost.schedule import TAG, Schedule, ScheduleError


@joined_rule(
    "tag-schedule",
    subjects=(*NODE_GROUPS, *DATABASES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-02",)),
    remedy="Derive the tag and the schedules from the same setting, schedule.awake.",
    settings={"leadMinutes": Setting(60, "How long before the hours of the tag something may start.")},
)
def schedule(thing: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Node groups and databases carry a Schedule tag, and it says when schedules keep them awake."""
    tag = Tags(thing).value(TAG)
    if not tag:
        yield f"it has no tag {TAG}"
        return
    try:
        hours = Schedule.parse(tag)
    except ScheduleError as error:
        yield str(error)
        return
    found = graph.fact(switches).get(thing.urn, [])
    if hours is None:
        yield from (
            f"its tag {TAG} is {tag}, and the schedule {switch.schedule.name} stops it"
            for switch in found
            if switch.effect != "start"
        )
    elif not found:
        yield f"its tag {TAG} is {tag}, and no schedule starts or stops it"
    else:
        yield from _differences(thing, tag, hours, found, settings["leadMinutes"])


def _differences(
    thing: ResourceView, tag: str, hours: Schedule, found: list[Switch], lead: float
) -> Iterator[str]:
    """Play a week of the schedules and compare it with the hours of the tag."""
    for switch in found:
        if switch.time_zone != hours.zone:
            name = switch.schedule.name
            yield f"its tag {TAG} is in {hours.zone}, the schedule {name} in {switch.time_zone}"
    wanted = _tagged_minutes(hours)
    try:
        starts, stops = _events(found, wanted)
    except NotWeekly as error:
        yield f"the hours of its schedules cannot be compared with the tag: {error}"
        return
    if not runs_by_itself(thing):
        # People start it, and the schedule only sees to it that it does not stay on.
        starts |= wanted - stops
    awake = awake_minutes(starts, stops)
    early = {
        (minute - before) % MINUTES_PER_WEEK
        for minute in _firsts(wanted)
        for before in range(1, int(lead) + 1)
    }
    if missing := len(wanted - awake):
        yield f"its tag {TAG} is {tag}, but schedules leave it asleep for {missing} minutes of these hours"
    if extra := len(awake - wanted - early):
        yield f"its tag {TAG} is {tag}, but schedules keep it awake for {extra} minutes outside these hours"


def _firsts(minutes: frozenset[int]) -> Iterator[int]:
    """Give the first minute of each stretch."""
    return (minute for minute in minutes if (minute - 1) % MINUTES_PER_WEEK not in minutes)


def _events(found: list[Switch], wanted: frozenset[int]) -> tuple[set[int], set[int]]:
    """Give the minutes at which switches start and stop something.

    Where a request is not known yet the time tells: what fires when the hours of the tag end is a stop.
    """
    starts: set[int] = set()
    stops: set[int] = set()
    ends = {minute + 1 for minute in wanted if (minute + 1) % MINUTES_PER_WEEK not in wanted}
    for switch in found:
        minutes = weekly_minutes(switch.expression)
        effect = switch.effect or ("stop" if ends and ends <= minutes else "start")
        (starts if effect == "start" else stops).update(minutes)
    return starts, stops


def _tagged_minutes(hours: Schedule) -> frozenset[int]:
    return frozenset(
        DAYS.index(day) * MINUTES_PER_DAY + minute
        for day in hours.days
        for minute in range(hours.start_minute, hours.end_minute)
    )
