"""What a CloudWatch alarm watches, when it rings, and what it tells whoever hears it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import pulumi
from pulumi_aws import cloudwatch

from ...naming import Kind, Naming

MINUTE: Final = 60
FIVE_MINUTES: Final = 5 * MINUTE
"""Seconds, as every period here."""

LONGEST_DESCRIPTION: Final = 1024

Comparison = Literal[">=", ">", "<=", "<"]
Missing = Literal["breaching", "notBreaching", "ignore"]
"""What no data means: that it is broken, that it rests, or nothing at all."""

_OPERATORS: Final[Mapping[Comparison, str]] = {
    ">=": "GreaterThanOrEqualToThreshold",
    ">": "GreaterThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
    "<": "LessThanThreshold",
}
_RESULT: Final = "result"
_PERCENTILE: Final = "p"


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One metric of one thing, and how its samples in a period become a number."""

    namespace: str
    name: str
    statistic: str
    """Average, Maximum, Minimum, Sum or a percentile such as p95."""
    dimensions: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Formula:
    """A number out of several metrics of the same periods, in CloudWatch's metric math."""

    expression: str
    label: str
    metrics: Mapping[str, Metric]
    """By the name they have in the expression."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """One alarm. Its description says what is wrong, what to do, and where that is written at length."""

    name: str
    """Suffix of the physical name and the logical name."""
    watches: Metric | Formula
    when: Comparison
    threshold: float
    period_seconds: int = FIVE_MINUTES
    periods: int
    """How many periods in a row."""
    missing: Missing
    says: str
    do: str
    runbook: str
    """Page in docs/runbooks, without .md."""
    heard: bool = True
    """False for a part of a composite alarm: that one speaks for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """Declares alarms that ring at one topic."""

    naming: Naming
    topic_arn: pulumi.Input[str]
    runbooks: str
    """Folder of the runbooks, as the reader opens it."""
    opts: pulumi.ResourceOptions

    def describe(self, says: str, do: str, runbook: str) -> str:
        """Compose a description. Raises ValueError for one that CloudWatch would refuse."""
        text = f"{says} {do} Runbook: {self.runbooks}/{runbook}.md"
        if len(text) > LONGEST_DESCRIPTION:
            raise ValueError(f"a description of {len(text)} characters; allowed: {LONGEST_DESCRIPTION}")
        return text

    def declare(self, alarm: Alarm) -> cloudwatch.MetricAlarm:
        """Declare one alarm; it also says when all is well again."""
        name = self.naming.name(Kind.METRIC_ALARM, alarm.name)
        actions = [self.topic_arn] if alarm.heard else []
        args = cloudwatch.MetricAlarmArgs(
            name=name,
            alarm_description=self.describe(alarm.says, alarm.do, alarm.runbook),
            comparison_operator=_OPERATORS[alarm.when],
            threshold=alarm.threshold,
            evaluation_periods=alarm.periods,
            datapoints_to_alarm=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=actions,
            ok_actions=actions,
            tags=self.naming.tags(name),
        )
        if isinstance(alarm.watches, Metric):
            _watch_metric(args, alarm.watches, alarm.period_seconds)
        else:
            args.metric_queries = list(_queries(alarm.watches, alarm.period_seconds))
        return cloudwatch.MetricAlarm(alarm.name, args, opts=self.opts)


def _watch_metric(args: cloudwatch.MetricAlarmArgs, metric: Metric, period_seconds: int) -> None:
    args.namespace = metric.namespace
    args.metric_name = metric.name
    args.dimensions = dict(metric.dimensions)
    args.period = period_seconds
    if metric.statistic.startswith(_PERCENTILE):
        args.extended_statistic = metric.statistic
        # A percentile of a handful of requests says nothing.
        args.evaluate_low_sample_count_percentiles = "ignore"
    else:
        args.statistic = metric.statistic


def _queries(formula: Formula, period_seconds: int) -> list[cloudwatch.MetricAlarmMetricQueryArgs]:
    metrics = [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=identifier,
            return_data=False,
            metric=cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.statistic,
                period=period_seconds,
            ),
        )
        for identifier, metric in formula.metrics.items()
    ]
    return [
        cloudwatch.MetricAlarmMetricQueryArgs(
            id=_RESULT, expression=formula.expression, label=formula.label, return_data=True
        ),
        *metrics,
    ]
