"""Alarms of a rendered stack as short facts, and CloudWatch's metric math for numbers."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from preview.graph import Resource, ResourceGraph

ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE: Final = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"
EVENT_TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
SUBSCRIPTION: Final = "aws:rds/eventSubscription:EventSubscription"
ESTATES: Final = ("prod", "staging", "testing", "dr")
SLEEPING: Final = ("staging", "testing")
DECLARED_ELSEWHERE: Final = frozenset({"certificate-expiry", "rejected-flows", "silent-flow-logs"})

_OF_ALARMS: Final = "fleet:observability:Alarms$"

ON_THE_TRAIL: Final = frozenset(
    {
        "break-glass-used",
        "buckets-changed",
        "denied-calls",
        "failed-sign-ins",
        "iam-changed",
        "keys-changed",
        "network-changed",
        "root-used",
        "sign-in-without-mfa",
        "watching-changed",
    }
)
"""Alarms on what stands in the trail, where there is one."""


@dataclass(frozen=True)
class Watched:
    """A metric as an alarm names it."""

    namespace: str
    metric: str
    statistic: str
    dimensions: Mapping[str, str]


def alarms(graph: ResourceGraph) -> dict[str, Resource]:
    """The metric alarms of a stack by logical name."""
    return {alarm.name: alarm for alarm in graph.of_type(ALARM)}


def watched(alarm: Resource) -> Iterator[Watched]:
    """The metrics that an alarm reads: its own, or those of its formula."""
    inputs = alarm.inputs
    if "metricQueries" not in inputs:
        statistic = inputs.get("statistic") or inputs["extendedStatistic"]
        yield Watched(inputs["namespace"], inputs["metricName"], statistic, inputs.get("dimensions", {}))
    for query in inputs.get("metricQueries", ()):
        if (metric := query.get("metric")) is not None:
            yield Watched(metric["namespace"], metric["metricName"], metric["stat"], metric["dimensions"])


def sources(alarm: Resource) -> list[str]:
    """The resources that the watched dimensions come from: `Instance postgres`, without components."""
    urns = (
        urn for path in ("dimensions", "metricQueries") for urn in alarm.property_dependencies.get(path, ())
    )
    kinds = (urn.rsplit("::", 2)[-2:] for urn in urns)
    return sorted(
        {
            f"{kind.rsplit(':', 1)[-1]} {name}"
            for kind, name in kinds
            if not kind.endswith("eks:index:Cluster")
        }
    )


def targets(resource: Resource, path: str) -> list[str]:
    """The names of the resources that a property refers to."""
    return sorted({urn.rsplit("::", 1)[-1] for urn in resource.property_dependencies.get(path, ())})


def value(alarm: Resource, **samples: float) -> float | None:
    """What the formula of an alarm makes of one sample of each metric; None where there is no result.

    A metric that is not given has no data in the period.
    """
    (result,) = [query for query in alarm.inputs["metricQueries"] if query["returnData"]]
    metrics = [query for query in alarm.inputs["metricQueries"] if not query["returnData"]]
    names = {query["id"]: samples.get(query["id"], math.nan) for query in metrics}
    assert set(samples) <= set(names)
    period = metrics[0]["metric"]["period"]
    functions: dict[str, Any] = {
        "IF": lambda condition, then, otherwise: then if condition else otherwise,
        "FILL": lambda number, filler: filler if math.isnan(number) else number,
        "PERIOD": lambda _metric: period,
    }
    numbers = {name: _Number(number) for name, number in names.items()}
    # Metric math is written like Python, and the text comes from this repository.
    found = float(eval(result["expression"], {"__builtins__": {}}, {**functions, **numbers}))  # noqa: S307
    return None if math.isnan(found) else found


def rings(alarm: Resource, number: float | None) -> bool:
    """Whether a period with this number counts against the alarm; None is a period without data."""
    if number is None:
        return alarm.inputs["treatMissingData"] == "breaching"
    threshold = alarm.inputs["threshold"]
    return {
        "GreaterThanOrEqualToThreshold": number >= threshold,
        "GreaterThanThreshold": number > threshold,
        "LessThanOrEqualToThreshold": number <= threshold,
        "LessThanThreshold": number < threshold,
    }[alarm.inputs["comparisonOperator"]]


class _Number(float):
    """A sample: dividing by nothing gives nothing, as in CloudWatch."""

    def __truediv__(self, other: float) -> _Number:
        return _Number(math.nan if other == 0 else float(self) / float(other))

    def __rtruediv__(self, other: float) -> _Number:
        return _Number(other) / float(self)

    def __mul__(self, other: float) -> _Number:
        return _Number(float(self) * float(other))

    __rmul__ = __mul__

    def __add__(self, other: float) -> _Number:
        return _Number(float(self) + float(other))

    def __sub__(self, other: float) -> _Number:
        return _Number(float(self) - float(other))


def event_alarms(graph: ResourceGraph) -> list[Resource]:
    """Give the event rules that tell people; others start machinery."""
    return [rule for rule in graph.of_type(EVENT_RULE) if _OF_ALARMS in rule.urn]


def event_messages(graph: ResourceGraph) -> list[Resource]:
    """Give what those rules call."""
    return [target for target in graph.of_type(EVENT_TARGET) if _OF_ALARMS in target.urn]
