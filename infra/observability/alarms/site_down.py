"""One message when the site is down, not one for every sign of it."""

from __future__ import annotations

from collections.abc import Sequence

import pulumi
from pulumi_aws import cloudwatch

from ...naming import Kind
from .load_balancer import SITE_DOWN
from .metric_alarm import Bell


def declare_site_down(parts: Sequence[cloudwatch.MetricAlarm], *, bell: Bell) -> cloudwatch.CompositeAlarm:
    """Declare the composite alarm that rings when any part does; the parts themselves are silent."""
    name = bell.naming.name(Kind.METRIC_ALARM, SITE_DOWN)
    rule = pulumi.Output.all(*(part.name for part in parts)).apply(_any_of)
    return cloudwatch.CompositeAlarm(
        SITE_DOWN,
        cloudwatch.CompositeAlarmArgs(
            alarm_name=name,
            alarm_rule=rule,
            alarm_description=bell.describe(
                "The site is down: a service has no healthy pod, or the load balancer answers with errors "
                "of its own.",
                "See which part rings, then follow the page from the balancer inwards; consider the recovery "
                "region after an hour.",
                SITE_DOWN,
            ),
            alarm_actions=[bell.topic_arn],
            ok_actions=[bell.topic_arn],
            tags=bell.naming.tags(name),
        ),
        opts=bell.opts,
    )


def _any_of(names: Sequence[str]) -> str:
    return " OR ".join(f'ALARM("{name}")' for name in names)
