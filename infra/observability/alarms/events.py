"""Event rules that tell people at the topic, in sentences instead of JSON."""

from __future__ import annotations

import json

from pulumi_aws import cloudwatch

from ...naming import Kind
from .event_rules import EVENT_ALARMS, EventAlarm
from .metric_alarm import Bell


def declare_event_alarms(*, bell: Bell) -> None:
    """Declare a rule and its target for each kind of event.

    EventBridge publishes as a service, which topic and key admit; a target that is a topic takes no role.
    """
    for event in EVENT_ALARMS:
        name = bell.naming.name(Kind.EVENT_RULE, event.name)
        rule = cloudwatch.EventRule(
            event.name,
            cloudwatch.EventRuleArgs(
                name=name,
                description=event.about,
                event_pattern=json.dumps(event.pattern),
                tags=bell.naming.tags(name),
            ),
            opts=bell.opts,
        )
        cloudwatch.EventTarget(
            event.name,
            cloudwatch.EventTargetArgs(
                rule=rule.name,
                target_id="alarm-topic",
                arn=bell.topic_arn,
                input_transformer=cloudwatch.EventTargetInputTransformerArgs(
                    input_paths=dict(event.paths), input_template=_template(event, bell)
                ),
            ),
            opts=bell.opts,
        )


def _template(event: EventAlarm, bell: Bell) -> str:
    """Render the message: to EventBridge a quoted string is text, and may not hold quotes of its own."""
    text = f"{bell.naming.prefix}: {bell.describe(event.says, event.do, event.runbook)}"
    if '"' in text:
        raise ValueError(f"quotes in the message of {event.name}")
    return f'"{text}"'
