"""Breakages of tags, schedules and options: what resources say of themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.account import default_tags
from tests.policies.mutations.editing import MISSING, with_option, without
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

_SCHEDULES: Final = ("aws:scheduler/schedule:Schedule",)
_AWAKE: Final = ("aws:eks/nodeGroup:NodeGroup", "aws:rds/instance:Instance")
_STATEFUL: Final = (
    "aws:mq/broker:Broker",
    "aws:s3/bucket:Bucket",
    "aws:eks/cluster:Cluster",
    "aws:rds/instance:Instance",
    "aws:efs/fileSystem:FileSystem",
    "aws:kms/key:Key",
    "aws:opensearch/domain:Domain",
    "aws:secretsmanager/secret:Secret",
)
_OFFICE_HOURS: Final = "MON-FRI 08:00-20:00 Asia/Kolkata"


def tags(estate: Estate) -> Iterator[Mutation]:
    """Break tags, schedules and the protection of what holds state."""
    yield from default_tags(estate)
    for resource in _one_of_each_type(estate):
        of_key = ("enc-key-per-environment",) if resource.type == "aws:kms/key:Key" else ()
        if not of_key:
            yield broken(resource, ("tags", "Environment"), estate.other, "tag-environment-true")
        yield broken(resource, ("tags", "ManagedBy"), "hand", "tag-managed-by")
        yield broken(resource, ("tags", "Application"), "another", "tag-application")
        yield broken(resource, ("tags", "Owner"), "nobody", "tag-owner")
        yield broken(resource, ("tags", "CostCenter"), "", "tag-required")
    for resource in estate.of(*_STATEFUL):
        if resource.protect:
            yield mutation(
                f"{label(resource)}: not protected",
                with_option(resource.urn, protect=False),
                caught_by=("avl-protect-stateful",),
            )
    for thing in estate.of(*_AWAKE):
        yield from _awake(thing, estate)
    for schedule in estate.of(*_SCHEDULES):
        yield broken(schedule, "kmsKeyArn", estate.foreign_key, "enc-key-per-environment")
        if "scheduleExpressionTimezone" in schedule.inputs and estate.sleeps:
            yield from _schedule(schedule)


def _one_of_each_type(estate: Estate) -> list[Resource]:
    first: dict[str, Resource] = {}
    for resource in estate.graph.resources:
        if resource.type.startswith("aws:") and "tags" in resource.inputs:
            first.setdefault(resource.type, resource)
    return list(first.values())


def _awake(thing: Resource, estate: Estate) -> Iterator[Mutation]:
    if estate.sleeps:
        yield broken(thing, ("tags", "Schedule"), "always-on", "tag-schedule", "cst-schedule-saving")
        yield broken(
            thing,
            ("tags", "Schedule"),
            "MON-SUN 06:00-23:00 Asia/Kolkata",
            "tag-schedule",
            "cst-schedule-saving",
        )
    else:
        yield broken(thing, ("tags", "Schedule"), _OFFICE_HOURS, "tag-schedule")
    yield broken(thing, ("tags", "Schedule"), "when needed", "tag-schedule")
    yield (
        broken(thing, ("tags", "Schedule"), MISSING, "tag-schedule")
        if ("Schedule" in thing.inputs.get("tags", {}))
        else broken(thing, ("tags", "Schedule"), "MON-FRI 08:00-20:00 Nowhere", "tag-schedule")
    )


def _schedule(schedule: Resource) -> Iterator[Mutation]:
    stops_database = "stopDBInstance" in schedule.inputs["target"]["arn"]
    yield mutation(
        f"without {label(schedule)}", without(schedule.urn), caught_by=("cst-schedule", "tag-schedule")
    )
    yield broken(schedule, "state", "DISABLED", "cst-schedule", "tag-schedule")
    yield broken(schedule, "scheduleExpressionTimezone", "UTC", "cst-schedule-zone", "tag-schedule")
    if stops_database:
        yield broken(schedule, "scheduleExpression", "cron(0 20 ? * MON-FRI *)", "cst-schedule-daily")
