"""Breakages of who hears that something is wrong: composite alarms and subscriptions to events of RDS."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, with_input, without
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

_COMPOSITES: Final = ("aws:cloudwatch/compositeAlarm:CompositeAlarm",)
_SUBSCRIPTIONS: Final = ("aws:rds/eventSubscription:EventSubscription",)
_RULES: Final = {
    "db-instance": "log-rds-events",
    "db-parameter-group": "log-rds-events-parameters",
    "db-security-group": "log-rds-events-security-groups",
}
"""Type of source → the rule that wants its events told."""


def alarms(estate: Estate) -> Iterator[Mutation]:
    """Silence composite alarms, and take away or narrow what RDS reports."""
    for composite in estate.of(*_COMPOSITES):
        yield from _composite(composite)
    for subscription in estate.of(*_SUBSCRIPTIONS):
        yield from _subscription(subscription)


def _composite(composite: Resource) -> Iterator[Mutation]:
    """The parts of a composite alarm have no actions of their own: whatever silences it silences them."""
    for silence in ([], MISSING):
        yield broken(composite, "alarmActions", silence, "log-alarm-actions")
    yield broken(composite, "actionsEnabled", False, "log-alarm-actions")
    yield broken(composite, "alarmRule", "FALSE", "log-alarm-actions")
    yield mutation(f"without {label(composite)}", without(composite.urn), caught_by=("log-alarm-actions",))


def _subscription(subscription: Resource) -> Iterator[Mutation]:
    rule = _RULES[subscription.inputs["sourceType"]]
    yield mutation(f"without {label(subscription)}", without(subscription.urn), caught_by=(rule,))
    yield broken(subscription, "enabled", False, rule)
    yield broken(subscription, "sourceIds", ["elsewhere"], rule)
    yield broken(subscription, "sourceType", "db-snapshot", rule)
    yield mutation(
        f"{label(subscription)}: something else of the same source",
        with_input(subscription.urn, "eventCategories", ["creation"]),
        caught_by=(rule,),
    )
