"""Which schedules start and stop a node group or a database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from policies.aws.tokens import DATABASES, NODE_GROUPS, SCHEDULES
from policies.framework import Graph, NotJudged, ResourceView

SCALE: Final = ":aws-sdk:eks:updatenodegroupconfig"
START: Final = ":aws-sdk:rds:startdbinstance"
STOP: Final = ":aws-sdk:rds:stopdbinstance"
"""Ends of the target's ARN, in lower case: the service reads them without regard to it."""

Effect = Literal["start", "stop"]


@dataclass(frozen=True, slots=True)
class Switch:
    """One enabled schedule that starts or stops one thing.

    `effect` is None while the sizes in a request to EKS are unknown: before the first deployment the node
    group has no name yet, so the whole request is.
    """

    schedule: ResourceView
    effect: Effect | None

    @property
    def expression(self) -> str:
        """When it fires."""
        return self.schedule.text("scheduleExpression")

    @property
    def time_zone(self) -> str:
        """The zone of the expression."""
        return self.schedule.text("scheduleExpressionTimezone", "UTC")


def action_of(schedule: ResourceView) -> str | None:
    """Give the end of the target's ARN if the schedule starts or stops something, else None."""
    arn = schedule.text("target.arn").lower()
    return next((action for action in (SCALE, START, STOP) if arn.endswith(action)), None)


def switches(graph: Graph) -> dict[str, list[Switch]]:
    """Give the switches of each node group and database, by URN (a fact of the graph).

    Raises NotJudged for a schedule whose request is unknown and refers to nothing of this stack.
    """
    found: dict[str, list[Switch]] = {}
    for schedule in graph.of(*SCHEDULES):
        action = action_of(schedule)
        if action is None or schedule.text("state", "ENABLED") != "ENABLED":
            continue
        types = NODE_GROUPS if action == SCALE else DATABASES
        for target in _targets(schedule, graph, types):
            found.setdefault(target.urn, []).append(Switch(schedule, _effect(schedule, action)))
    return found


def _request(schedule: ResourceView) -> dict[str, Any] | None:
    """Give the request with its keys in lower case; None while it is unknown."""
    if schedule.is_unknown("target.input"):
        return None
    document = schedule.document("target.input")
    return {key.lower(): value for key, value in document.items()} if isinstance(document, dict) else {}


def _targets(schedule: ResourceView, graph: Graph, types: tuple[str, ...]) -> list[ResourceView]:
    request = _request(schedule)
    if request is not None:
        name = request.get("nodegroupname" if types is NODE_GROUPS else "dbinstanceidentifier")
        return [thing for thing in graph.of(*types) if name in _names(thing)]
    declared = schedule.property_dependencies.get("target", ())
    things = [graph.by_urn[urn] for urn in declared if urn in graph.by_urn]
    targets = [thing for thing in things if thing.type in types]
    if not targets:
        raise NotJudged("target.input is not known yet and refers to nothing that starts and stops", schedule)
    return targets


def _names(thing: ResourceView) -> set[str]:
    path = "nodeGroupName" if thing.type in NODE_GROUPS else "identifier"
    return {
        block.text(path) for block in (thing, thing.outputs) if block.has(path) and not block.is_unknown(path)
    }


def _effect(schedule: ResourceView, action: str) -> Effect | None:
    if action != SCALE:
        return "start" if action == START else "stop"
    request = _request(schedule)
    if request is None:
        return None
    scaling = {key.lower(): value for key, value in (request.get("scalingconfig") or {}).items()}
    return "stop" if scaling.get("desiredsize") == 0 else "start"


def runs_by_itself(thing: ResourceView) -> bool:
    """Whether it runs when nobody starts it: a database, or a node group with nodes."""
    if thing.type not in NODE_GROUPS:
        return True
    return any((thing.number(f"scalingConfig.{size}") or 0) > 0 for size in ("minSize", "desiredSize"))
