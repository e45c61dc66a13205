"""What an alarm watches, and whether it tells anybody."""

from __future__ import annotations

from collections.abc import Iterator

from policies.framework import Block, ResourceView


def metrics_of(alarm: ResourceView) -> Iterator[Block]:
    """Give the blocks that name a metric: the alarm itself, and the queries of an alarm on an expression."""
    yield alarm
    for query in alarm.blocks("metricQueries"):
        yield query.block("metric")


def watches(alarm: ResourceView, namespace: str, metric: str) -> bool:
    """Whether the alarm is about this metric. Raises NotJudged while its metric is unknown."""
    return any(
        watched.text("namespace") == namespace and watched.text("metricName") == metric
        for watched in metrics_of(alarm)
    )


def acts(alarm: ResourceView) -> bool:
    """Whether the alarm does something when it goes off; an action whose ARN is unknown yet is one."""
    return bool(alarm.links("alarmActions")) and alarm.flag("actionsEnabled", default=True)
