"""Alarms: somebody hears them."""

from __future__ import annotations

from policies.aws.alarms import acts
from policies.aws.tokens import ALARMS, COMPOSITE_ALARMS, TOPIC_SUBSCRIPTIONS, TOPICS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
)


@joined_rule(
    "log-alarm-actions",
    subjects=(*ALARMS, *COMPOSITE_ALARMS),
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("CloudWatch.15", "CloudWatch.17"), ("CKV_AWS_319",), ("OBS-13", "NET-07", "SEC-04")),
    remedy=(
        "Give the alarm alarm_actions with the alarm topic, and leave actions_enabled at True; or name it in"
        " the rule of a composite alarm that has them."
    ),
)
def alarm_actions(alarm: ResourceView, graph: Graph) -> Findings:
    """Every alarm has an action that is enabled, or is part of a composite alarm that has one."""
    if not alarm.links("alarmActions"):
        if any(acts(whole) for whole in graph.attached(alarm, "alarmRule", *COMPOSITE_ALARMS)):
            return
        yield "alarmActions is empty, so nobody hears the alarm"
    if not alarm.flag("actionsEnabled", default=True):
        yield "actionsEnabled is false, so its actions never run"


@joined_rule(
    "log-alarm-heard",
    subjects=TOPICS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), (), ("OBS-13", "NET-07", "SEC-10")),
    remedy="Declare sns.TopicSubscription(topic=<the topic>, …) for a person, a chat channel or a pager.",
)
def alarm_heard(topic: ResourceView, graph: Graph) -> Findings:
    """Every topic has at least one subscription."""
    if not graph.attached(topic, "topic", *TOPIC_SUBSCRIPTIONS):
        yield "nothing subscribes to it, so its messages reach nobody"
