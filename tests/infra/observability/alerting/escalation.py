"""Reading who PagerDuty calls from what a stack declares."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

from preview.graph import Resource, ResourceGraph

USER = "pagerduty:index/user:User"
SCHEDULE = "pagerduty:index/schedule:Schedule"
POLICY = "pagerduty:index/escalationPolicy:EscalationPolicy"
SERVICE = "pagerduty:index/service:Service"
INTEGRATION = "pagerduty:index/serviceIntegration:ServiceIntegration"
PROVIDER = "pulumi:providers:pagerduty"


def the(graph: ResourceGraph, token: str) -> Resource:
    (found,) = graph.of_type(token)
    return found


def called_at(graph: ResourceGraph) -> dict[int, str]:
    """Say who is called at which minute of an incident that nobody acknowledges, as PagerDuty counts.

    Each rule holds for its delay; the next one begins when it ends.
    """
    names = {each.outputs["id"]: each.inputs["name"] for each in graph.of_type(USER)}
    names |= {each.outputs["id"]: "on call" for each in graph.of_type(SCHEDULE)}
    rules = the(graph, POLICY).inputs["rules"]
    starts = begins([rule["escalationDelayInMinutes"] for rule in rules])
    return {
        start: ", ".join(names[target["id"]] for target in rule["targets"])
        for start, rule in zip(starts, rules, strict=True)
    }


def begins(delays: Sequence[int]) -> list[int]:
    """Give the minutes after an incident at which each step begins."""
    return list(accumulate(delays[:-1], initial=0))
