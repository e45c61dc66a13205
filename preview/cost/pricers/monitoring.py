"""CloudWatch: log groups, metric filters and alarms."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers
from preview.cost.usage import LogUse

SERVICE: Final = "CloudWatch"
HIGH_RESOLUTION_SECONDS: Final = 60
DAYS_PER_MONTH: Final = 30


def _ingestion(item: Item) -> Iterator[Charge]:
    use = _log_use(item)
    if item.text("logGroupClass", default="STANDARD") != "STANDARD":
        raise NotPriced("no price for the Infrequent Access log class")
    rate = item.rate(SERVICE, "logs ingestion Standard class", unit="GB")
    yield item.assumed("log ingestion", rate, use.value, use)


def _stored_logs(item: Item) -> Iterator[Charge]:
    """What a full retention period holds, compressed as CloudWatch bills it."""
    use = _log_use(item)
    stored = item.assumption("log_stored_share")
    retention = item.number("retentionInDays", default=0)
    if retention == 0:
        raise NotPriced("the group keeps its logs for ever, so its storage has no bound")
    rate = item.rate(SERVICE, "logs storage", unit="GB-month")
    yield item.assumed("log storage", rate, use.value * stored.value * retention / DAYS_PER_MONTH, stored)


def _log_use(item: Item) -> LogUse:
    for use in item.usage.logs:
        if item.fits(use.group, physical_name="name"):
            return use
    raise NotPriced("depends on usage, and usage.yaml assumes nothing for this log group")


def _filter_metrics(item: Item) -> Iterator[Charge]:
    """The filter itself is free; the metric it publishes is a custom one."""
    transformation = item.value("metricTransformation")
    if transformation is None:
        raise NotPriced("metricTransformation is not declared")
    if item.within(transformation, "dimensions"):
        raise NotPriced("usage-based: one metric for each combination of dimensions")
    yield item.monthly("custom metric", item.rate(SERVICE, "custom metric first 10k", unit="metric-month"), 1)


def _alarm(item: Item) -> Iterator[Charge]:
    """An alarm on one metric, or on several combined by an expression: each metric counts."""
    if item.declares("thresholdMetricId"):
        raise NotPriced("no price for an alarm on anomaly detection")
    if item.declares("evaluationCriteria"):
        raise NotPriced("no price for an alarm on a query")
    queries = item.entries("metricQueries")
    metrics = [metric for query in queries if (metric := item.within(query, "metric")) is not None]
    holders = metrics or [item.resource.inputs]
    usual = HIGH_RESOLUTION_SECONDS
    if any(item.number("period", default=usual, inside=holder) < usual for holder in holders):
        raise NotPriced("no price for a high-resolution alarm")
    if any("SELECT" in str(item.within(query, "expression") or "") for query in queries):
        raise NotPriced("usage-based: a Metrics Insights query counts each metric it reads")
    count = len(metrics) or 1
    what = "alarm" if count == 1 else f"alarm on {count} metrics"
    yield item.monthly(what, item.rate(SERVICE, "standard alarm", unit="alarm-month"), count)


def _composite_alarm(item: Item) -> Iterator[Charge]:
    yield item.monthly("composite alarm", item.rate(SERVICE, "composite alarm", unit="alarm-month"), 1)


PRICERS: Final[Pricers] = {
    "aws:cloudwatch/logGroup:LogGroup": {"log ingestion": _ingestion, "log storage": _stored_logs},
    "aws:cloudwatch/logMetricFilter:LogMetricFilter": {"custom metric": _filter_metrics},
    "aws:cloudwatch/metricAlarm:MetricAlarm": {"alarm": _alarm},
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": {"composite alarm": _composite_alarm},
}
