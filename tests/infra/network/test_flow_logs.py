"""Flow logs: what is recorded, how long it is kept, who is told."""

from __future__ import annotations

import json

import pytest

from tests.conftest import EstateRenderer

from .reading import ESTATES, named, one

GROUP = "aws:cloudwatch/logGroup:LogGroup"
FLOW_LOG = "aws:ec2/flowLog:FlowLog"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"


@pytest.mark.requirement("NET-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_all_traffic_is_recorded_and_kept_90_days_under_one_naming(
    estate: EstateRenderer, stack: str
) -> None:
    graph = estate(stack)
    flow_log = one(graph, FLOW_LOG)
    assert named(flow_log, "vpcId") == ["vpc"]
    assert flow_log.inputs["trafficType"] == "ALL"
    assert flow_log.inputs["maxAggregationInterval"] == 60
    assert flow_log.inputs["logDestinationType"] == "cloud-watch-logs"
    assert named(flow_log, "logDestination") == ["flow-logs"]
    group = one(graph, GROUP, "flow-logs")
    assert group.inputs["name"] == f"/fleet-erp/{stack}/flow-logs"
    assert group.inputs["retentionInDays"] == 90
    assert named(group, "kmsKeyId") == ["logs"]


@pytest.mark.requirement("NET-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_rejections_and_silence_raise_an_alarm(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    rejected = one(graph, ALARM, "rejected-flows")
    metric = one(graph, FILTER, "rejected-flows")
    transformation = metric.inputs["metricTransformation"]
    assert 'action="REJECT"' in metric.inputs["pattern"]
    assert metric.inputs["logGroupName"] == one(graph, GROUP, "flow-logs").inputs["name"]
    assert (rejected.inputs["namespace"], rejected.inputs["metricName"]) == (
        transformation["namespace"],
        transformation["name"],
    )
    silent = one(graph, ALARM, "silent-flow-logs")
    assert silent.inputs["dimensions"] == {"LogGroupName": f"/fleet-erp/{stack}/flow-logs"}
    assert silent.inputs["treatMissingData"] == "breaching"
    for alarm in (rejected, silent):
        assert named(alarm, "alarmActions") == ["alarms"]
        assert alarm.inputs.get("actionsEnabled", True) is True


@pytest.mark.parametrize(("stack", "kept"), [("prod", True), ("dr", True), ("testing", False)])
def test_the_record_outlives_the_stack_where_it_is_evidence(
    estate: EstateRenderer, stack: str, *, kept: bool
) -> None:
    group = one(estate(stack), GROUP, "flow-logs")
    assert (group.protect, group.retain_on_delete) == (kept, kept)


def test_role_writes_to_its_group_alone(estate: EstateRenderer) -> None:
    graph = estate("prod")
    policy = json.loads(one(graph, "aws:iam/rolePolicy:RolePolicy", "flow-logs").inputs["policy"])
    group = "arn:aws:logs:ap-south-1:111122223333:log-group:/fleet-erp/prod/flow-logs"
    write, find = policy["Statement"]
    assert write["Resource"] == [group, f"{group}:*"]
    assert write["Action"] == ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    assert find["Action"] == "logs:DescribeLogGroups"
    trust = json.loads(one(graph, "aws:iam/role:Role", "flow-logs").inputs["assumeRolePolicy"])
    assert trust["Statement"][0]["Principal"] == {"Service": "vpc-flow-logs.amazonaws.com"}
    assert trust["Statement"][0]["Condition"] == {"StringEquals": {"aws:SourceAccount": "111122223333"}}
