"""Flow logs of the VPC, and the alarms on them (NET-07)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import Statement, assume_role_by_service, policy_document
from ..naming import Kind, Naming
from ..settings import NetworkSettings

PURPOSE: Final = "flow-logs"
REJECTED_FLOWS: Final = (
    "[version, account, interface, source, destination, source_port, destination_port, protocol, packets, "
    'bytes, start, end, action="REJECT", status]'
)
"""Filter pattern over the default record format, version 2."""
REJECTED_FLOWS_METRIC: Final = "RejectedFlows"
AGGREGATION_SECONDS: Final = 60
ALARM_PERIOD_SECONDS: Final = 300
SILENCE_PERIOD_SECONDS: Final = 3600


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowLogPlace:
    """Where flows are logged, and the role that may: for another VPC of the environment too."""

    log_group_arn: pulumi.Output[str]
    role_arn: pulumi.Output[str]


def create_flow_logs(
    *,
    vpc: aws.ec2.Vpc,
    settings: NetworkSettings,
    naming: Naming,
    logs_key_arn: pulumi.Input[str],
    alarm_topic_arn: pulumi.Input[str],
    protect: bool,
    parent: pulumi.Resource,
) -> FlowLogPlace:
    """Log every flow, accepted or rejected, and raise an alarm when many are rejected or none are logged.

    Log groups of all environments carry the same name but for the environment, so that one query reads
    them all. With `protect` the log outlives the stack, as evidence.
    """
    opts = pulumi.ResourceOptions(parent=parent)
    log_group = aws.cloudwatch.LogGroup(
        PURPOSE,
        aws.cloudwatch.LogGroupArgs(
            name=naming.log_group(PURPOSE),
            retention_in_days=settings.flow_log_retention_days,
            kms_key_id=logs_key_arn,
            tags=naming.tags(naming.log_group(PURPOSE)),
        ),
        opts=pulumi.ResourceOptions(parent=parent, protect=protect, retain_on_delete=protect),
    )
    role = aws.iam.Role(
        PURPOSE,
        aws.iam.RoleArgs(
            name=naming.name(Kind.ROLE, PURPOSE),
            description=f"Writes the VPC flow logs of {naming.environment}",
            assume_role_policy=assume_role_by_service(
                "vpc-flow-logs.amazonaws.com", account_id=naming.account_id
            ),
        ),
        opts=opts,
    )
    permissions = aws.iam.RolePolicy(
        PURPOSE,
        aws.iam.RolePolicyArgs(role=role.id, policy=policy_document(*_statements(naming))),
        opts=opts,
    )
    aws.ec2.FlowLog(
        PURPOSE,
        aws.ec2.FlowLogArgs(
            vpc_id=vpc.id,
            traffic_type="ALL",
            log_destination_type="cloud-watch-logs",
            log_destination=log_group.arn,
            iam_role_arn=role.arn,
            max_aggregation_interval=AGGREGATION_SECONDS,
            tags=naming.tags(f"{naming.prefix}-{PURPOSE}"),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[permissions]),
    )
    _alarm_on_rejections(log_group, settings, naming, alarm_topic_arn, opts)
    _alarm_on_silence(naming, alarm_topic_arn, opts)
    return FlowLogPlace(log_group_arn=log_group.arn, role_arn=role.arn)


def _statements(naming: Naming) -> tuple[Statement, ...]:
    group = naming.log_group_arn(PURPOSE)
    return (
        Statement(
            sid="WriteRecords",
            actions=("logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"),
            resources=(group, f"{group}:*"),
        ),
        Statement(
            sid="FindTheGroup",
            # The service lists groups before it writes; listing takes no resource.
            actions=("logs:DescribeLogGroups",),
            resources=("*",),
        ),
    )


def _alarm_on_rejections(
    log_group: aws.cloudwatch.LogGroup,
    settings: NetworkSettings,
    naming: Naming,
    alarm_topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    aws.cloudwatch.LogMetricFilter(
        "rejected-flows",
        aws.cloudwatch.LogMetricFilterArgs(
            name="rejected-flows",
            log_group_name=log_group.name,
            pattern=REJECTED_FLOWS,
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                namespace=naming.prefix,
                name=REJECTED_FLOWS_METRIC,
                value="1",
                default_value="0",
                unit="Count",
            ),
        ),
        opts=opts,
    )
    aws.cloudwatch.MetricAlarm(
        "rejected-flows",
        aws.cloudwatch.MetricAlarmArgs(
            name=naming.name(Kind.METRIC_ALARM, "rejected-flows"),
            alarm_description=(
                f"{settings.rejected_packets_alarm} or more flows were rejected in the VPC within "
                f"{ALARM_PERIOD_SECONDS // 60} minutes: a scan, a broken deployment or a missing rule. "
                "Find who was refused where with a query of the log. Runbook: docs/runbooks/flow-logs.md"
            ),
            namespace=naming.prefix,
            metric_name=REJECTED_FLOWS_METRIC,
            statistic="Sum",
            period=ALARM_PERIOD_SECONDS,
            evaluation_periods=1,
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=settings.rejected_packets_alarm,
            treat_missing_data="notBreaching",
            alarm_actions=[alarm_topic_arn],
            ok_actions=[alarm_topic_arn],
        ),
        opts=opts,
    )


def _alarm_on_silence(
    naming: Naming, alarm_topic_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> None:
    aws.cloudwatch.MetricAlarm(
        "silent-flow-logs",
        aws.cloudwatch.MetricAlarmArgs(
            name=naming.name(Kind.METRIC_ALARM, "silent-flow-logs"),
            alarm_description=(
                "No flow was logged for an hour: the flow log, its role or its key is broken. "
                "Look at the flow log's status. Runbook: docs/runbooks/flow-logs.md"
            ),
            namespace="AWS/Logs",
            metric_name="IncomingLogEvents",
            dimensions={"LogGroupName": naming.log_group(PURPOSE)},
            statistic="Sum",
            period=SILENCE_PERIOD_SECONDS,
            evaluation_periods=1,
            comparison_operator="LessThanThreshold",
            threshold=1,
            # The load balancer and the data stores never sleep, so nothing is as bad as zero.
            treat_missing_data="breaching",
            alarm_actions=[alarm_topic_arn],
            ok_actions=[alarm_topic_arn],
        ),
        opts=opts,
    )
