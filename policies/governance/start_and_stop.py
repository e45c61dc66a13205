"""Environments that sleep at night and at weekends: schedules for everything that can stop."""

from __future__ import annotations

from typing import Final

from policies.aws.switches import STOP, action_of, runs_by_itself, switches
from policies.aws.tags import Tags
from policies.aws.tokens import DATABASES, NODE_GROUPS, SCHEDULES
from policies.aws.weekly_hours import DAYS, MINUTES_PER_DAY, NotWeekly, weekly_minutes
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)
from preview.cost.schedule import TAG, Schedule, ScheduleError

_SUBJECTS: Final = (*NODE_GROUPS, *DATABASES)
_SLEEPING: Final = mandatory_in("testing", "staging", otherwise=Level.DISABLED)
_REQUIREMENTS: Final = ("OPS-02",)


@joined_rule(
    "cst-schedule",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=_SLEEPING,
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set schedule.awake in the stack's settings, which declares a scheduler.Schedule for each.",
)
def schedule(thing: ResourceView, graph: Graph) -> Findings:
    """Every node group and database is stopped by a schedule, and started again if it ran before."""
    found = graph.fact(switches).get(thing.urn, [])
    effects = {switch.effect for switch in found}
    unsure = sum(switch.effect is None for switch in found)
    needed = 2 if runs_by_itself(thing) else 1
    # Requests that are not known yet are told apart by their times, which tag-schedule compares.
    if unsure >= needed and len({switch.expression for switch in found}) >= needed:
        return
    if "stop" not in effects:
        yield "no enabled schedule stops it"
    if needed > 1 and "start" not in effects:
        yield "no enabled schedule starts it again"


@resource_rule(
    "cst-schedule-zone",
    subjects=SCHEDULES,
    severity=Severity.LOW,
    levels=_SLEEPING,
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set schedule_expression_timezone to the time zone of the people who work there.",
    settings={"timeZone": Setting("Asia/Kolkata", "The time zone in which people work.")},
)
def schedule_zone(switch: ResourceView, settings: Settings) -> Findings:
    """Schedules that start and stop are in the time of the people who work there."""
    zone = switch.text("scheduleExpressionTimezone", "UTC")
    if action_of(switch) and zone != settings["timeZone"]:
        yield f"scheduleExpressionTimezone is {zone}, not {settings['timeZone']}"


@resource_rule(
    "cst-schedule-daily",
    subjects=SCHEDULES,
    severity=Severity.LOW,
    levels=_SLEEPING,
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Let the schedule that stops the database fire every day: cron(0 20 * * ? *).",
)
def schedule_daily(switch: ResourceView) -> Findings:
    """A database is stopped anew every day: RDS starts it by itself after seven."""
    if action_of(switch) != STOP:
        return
    try:
        days = {minute // MINUTES_PER_DAY for minute in weekly_minutes(switch.text("scheduleExpression"))}
    except NotWeekly as error:
        yield str(error)
        return
    missing = [name for day, name in enumerate(DAYS) if day not in days]
    if missing:
        yield f"it does not stop the database on {', '.join(missing)}"


@joined_rule(
    "cst-schedule-saving",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_SLEEPING,
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Shorten schedule.awake: Monday to Friday 08:00-20:00 saves 64 %.",
    settings={"minimumPercent": Setting(60, "How much of a week something must sleep (OPS-02).")},
)
def schedule_saving(thing: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """What sleeps by its tag sleeps at least 60 % of a week."""
    tag = Tags(thing).value(TAG)
    try:
        hours = Schedule.parse(tag) if tag else None
    except ScheduleError:
        return  # tag-schedule says so
    asleep = 0.0 if hours is None else 100 * (1 - float(hours.awake_share))
    if asleep < settings["minimumPercent"]:
        yield f"it sleeps {asleep:.0f} % of a week, less than {settings['minimumPercent']:g} %"
