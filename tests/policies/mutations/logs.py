"""Breakages of what is recorded and heard: log groups, flow logs, alarms, the topic."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import MISSING, without
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_GROUPS: Final = ("aws:cloudwatch/logGroup:LogGroup",)
_FLOW_LOGS: Final = ("aws:ec2/flowLog:FlowLog",)
_FILTERS: Final = ("aws:cloudwatch/logMetricFilter:LogMetricFilter",)
_ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm",)
_TOPICS: Final = ("aws:sns/topic:Topic",)
_SUBSCRIPTIONS: Final = ("aws:sns/topicSubscription:TopicSubscription",)
_NO_FLOWS: Final = ("cst-log-bounded",)
"""A group that no flow log writes to is kept too long for testing."""
_UNHEARD: Final = ("log-alarm-heard", "log-guardduty-routed")
"""Nobody hears the topic, so nobody hears of findings either."""
_LEAST_DAYS: Final = {"prod": 90, "staging": 30, "testing": 14, "dr": 90}


def _of_flows(metric: Resource) -> bool:
    """Whether a filter counts flows; of those on the trail tests of their own demand what they count."""
    return metric.name == "rejected-flows"


_FLAWS: Final = (
    Flaw(_GROUPS, "kmsKeyId", MISSING, ("enc-log-group-cmk",)),
    Flaw(_GROUPS, "kmsKeyId", "alias/aws/logs", ("enc-log-group-cmk",)),
    Flaw(_FLOW_LOGS, "trafficType", "ACCEPT", ("log-vpc-flow",)),
    Flaw(
        _FLOW_LOGS,
        "logDestination",
        "arn:aws:logs:ap-south-1:999988887777:log-group:elsewhere",
        ("log-vpc-flow-destination", *_NO_FLOWS),
    ),
    Flaw(_FILTERS, "pattern", "", ("log-vpc-flow-alarm",), _of_flows),
    Flaw(_FILTERS, "metricTransformation.name", "Something", ("log-vpc-flow-alarm",), _of_flows),
    Flaw(_FILTERS, "logGroupName", "/somewhere/else", ("log-vpc-flow-alarm",), _of_flows),
    Flaw(_TOPICS, "kmsMasterKeyId", MISSING, ("enc-sns-cmk",)),
    Flaw(_TOPICS, "kmsMasterKeyId", "alias/aws/sns", ("enc-sns-cmk",)),
    Flaw(_SUBSCRIPTIONS, "topic", "arn:aws:sns:ap-south-1:999988887777:other", _UNHEARD),
)


def logs(estate: Estate) -> Iterator[Mutation]:
    """Break logs, their groups, their alarms and who hears them."""
    yield from flawed(estate, _FLAWS)
    flows = [
        group
        for log in estate.of(*_FLOW_LOGS)
        for group in estate.depended_on(log, "logDestination", *_GROUPS)
    ]
    for group in estate.of(*_GROUPS):
        yield from _group(group, estate, of_flows=group in flows)
    for log in estate.of(*_FLOW_LOGS):
        yield mutation(f"without {label(log)}", without(log.urn), caught_by=("log-vpc-flow", *_NO_FLOWS))
    for metric in filter(_of_flows, estate.of(*_FILTERS)):
        yield mutation(f"without {label(metric)}", without(metric.urn), caught_by=("log-vpc-flow-alarm",))
    for alarm in estate.of(*_ALARMS):
        yield from _alarm(alarm)
    subscriptions = estate.of(*_SUBSCRIPTIONS)
    yield mutation(
        "without subscriptions",
        without(*(subscription.urn for subscription in subscriptions)),
        caught_by=_UNHEARD,
    )


def _group(group: Resource, estate: Estate, *, of_flows: bool) -> Iterator[Mutation]:
    yield broken(group, "kmsKeyId", estate.foreign_key, "enc-key-per-environment")
    least = _LEAST_DAYS[estate.environment]
    bounded = () if of_flows else ("cst-log-bounded",)
    for value in (0, MISSING):
        yield broken(group, "retentionInDays", value, "log-retention", *bounded)
    if of_flows:
        yield broken(group, "retentionInDays", 60, "log-retention-flow", *_class(60, least))
    else:
        yield broken(group, "retentionInDays", 1, "log-retention-class")
        yield broken(group, "retentionInDays", least - 1, "log-retention-class")
        yield broken(group, "retentionInDays", 3653, "cst-log-bounded", mandatory=False)
    if rules := _missed(group):
        yield mutation(f"without {label(group)}", without(group.urn), caught_by=rules)


def _class(days: int, least: int) -> tuple[str, ...]:
    return ("log-retention-class",) if days < least else ()


def _missed(group: Resource) -> tuple[str, ...]:
    """Give who misses a group: services by its name or by reference."""
    name = str(group.inputs["name"])
    if name.startswith(("/aws/eks/", "/aws/rds/")) or "/search/" in name:
        return ("log-group-declared",)
    if "/cache/" in name:
        return ("log-cache-destination",)
    if name.endswith("/trail"):
        return ("log-trail-cloudwatch",)
    if name.startswith("aws-waf-logs-"):
        return ("log-waf-destination",)
    return ("log-vpc-flow-destination",) if name.endswith("/flow-logs") else ()


def _alarm(alarm: Resource) -> Iterator[Mutation]:
    counts_flows = alarm.inputs.get("metricName") == "RejectedFlows"
    of_flows = ("log-vpc-flow-alarm",) if counts_flows else ()
    if alarm.inputs.get("namespace") == "AWS/CertificateManager":
        return  # the edge breaks it
    if not alarm.inputs["alarmActions"]:
        return  # a composite alarm speaks for it
    yield broken(alarm, "alarmActions", [], "log-alarm-actions", *of_flows)
    yield broken(alarm, "alarmActions", MISSING, "log-alarm-actions", *of_flows)
    yield broken(alarm, "actionsEnabled", False, "log-alarm-actions", *of_flows)
    if counts_flows:
        yield broken(alarm, "metricName", "SomethingElse", *of_flows)
        yield broken(alarm, "namespace", "somewhere", *of_flows)
        yield mutation(f"without {label(alarm)}", without(alarm.urn), caught_by=of_flows)
