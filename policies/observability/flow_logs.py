"""Flow logs: what crosses the network is recorded, in one place, and watched."""

from __future__ import annotations

from typing import Final

from policies.aws.alarms import acts, watches
from policies.aws.tokens import (
    ALARMS,
    DEFAULT_VPCS,
    FLOW_LOGS,
    LOG_GROUPS,
    LOG_METRIC_FILTERS,
    VPCS,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
)

_REQUIREMENTS: Final = ("NET-07",)


@joined_rule(
    "log-vpc-flow",
    subjects=(*VPCS, *DEFAULT_VPCS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("EC2.6",), ("CKV2_AWS_11",), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare ec2.FlowLog(vpc_id=<the VPC>, traffic_type='ALL', …).",
)
def vpc_flow(vpc: ResourceView, graph: Graph) -> Findings:
    """Every VPC has a flow log of all its traffic."""
    logs = graph.attached(vpc, "vpcId", *FLOW_LOGS)
    if not logs:
        yield "no flow log records its traffic"
    elif not any(log.text("trafficType") == "ALL" for log in logs):
        yield f"its flow log {logs[0].name} records {logs[0].text('trafficType', 'nothing')} only, not ALL"


@joined_rule(
    "log-vpc-flow-destination",
    subjects=FLOW_LOGS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set log_destination to the flow-log group of this stack.",
)
def vpc_flow_destination(log: ResourceView, graph: Graph) -> Findings:
    """All flow logs of a stack go to one log group that the stack declares."""
    groups = log.link("logDestination").targets(*LOG_GROUPS)
    if not groups:
        yield "logDestination is no log group of this stack, so nothing says how long it is kept"
    first = next(iter(graph.of(*FLOW_LOGS)))
    if groups and log is not first and groups != first.link("logDestination").targets(*LOG_GROUPS):
        yield f"it goes to {groups[0].name}, while {first.name} goes elsewhere"


@joined_rule(
    "log-vpc-flow-alarm",
    subjects=FLOW_LOGS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS, ("8(5)",)),
    remedy=(
        "Declare cloudwatch.LogMetricFilter on the group for REJECT and cloudwatch.MetricAlarm on its metric,"
        " with an action."
    ),
)
def vpc_flow_alarm(log: ResourceView, graph: Graph) -> Findings:
    """Rejected packets are counted, and an alarm on their number tells somebody."""
    for group in log.link("logDestination").targets(*LOG_GROUPS):
        filters = [
            metric
            for metric in graph.attached(group, "logGroupName", *LOG_METRIC_FILTERS)
            if "REJECT" in metric.text("pattern")
        ]
        if not filters:
            yield f"no metric filter counts REJECT in {group.name}"
        for metric in filters:
            name = metric.text("metricTransformation.name")
            namespace = metric.text("metricTransformation.namespace")
            if not any(acts(alarm) and watches(alarm, namespace, name) for alarm in graph.of(*ALARMS)):
                yield f"no alarm with an action watches {namespace} {name}"
