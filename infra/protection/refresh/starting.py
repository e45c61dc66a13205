"""What starts the machines of a refresh: a schedule, and the end of a run, bad or good."""

from __future__ import annotations

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Statement
from ...naming import Kind, Naming
from ...observability.alarms.metric_alarm import Alarm, Bell, Metric
from ...settings import RefreshSettings
from .parts import REFRESH, intake_bus_name, machine_name, sweeper_name
from .roles import starter_statements
from .state_machine import RUNBOOK, machine_arn, starter_role

START_EXECUTION: Final = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
START_WITHIN_SECONDS: Final = 3600
EVENTS: Final = "events.amazonaws.com"


def start_by_schedule(
    refresh: RefreshSettings,
    *,
    naming: Naming,
    key_arn: pulumi.Input[str],
    bell: Bell,
    parent: pulumi.Resource,
) -> None:
    """Start the refresh when the settings say so, and tell people if that is refused."""
    opts = pulumi.ResourceOptions(parent=parent)
    group_name = naming.name(Kind.SCHEDULE, REFRESH)
    group = aws.scheduler.ScheduleGroup(
        REFRESH,
        aws.scheduler.ScheduleGroupArgs(name=group_name, tags=naming.tags(group_name)),
        opts=opts,
    )
    role, policy = starter_role(
        "refresh-start",
        service="scheduler.amazonaws.com",
        source_arn=naming.arn("scheduler", f"schedule-group/{group_name}"),
        about=f"Starts {machine_name(naming)}",
        statements=starter_statements(naming, machine_name(naming)),
        naming=naming,
        parent=parent,
    )
    aws.scheduler.Schedule(
        REFRESH,
        aws.scheduler.ScheduleArgs(
            name=naming.name(Kind.SCHEDULE, REFRESH),
            group_name=group.name,
            description="Masks a copy of production for the environments outside it",
            schedule_expression=refresh.schedule.expression,
            schedule_expression_timezone=refresh.schedule.time_zone,
            flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
            kms_key_arn=key_arn,
            state="ENABLED",
            target=aws.scheduler.ScheduleTargetArgs(
                arn=START_EXECUTION,
                role_arn=role.arn,
                # Small letters and digits, as an identifier of RDS wants them.
                input=json.dumps(
                    {
                        "StateMachineArn": machine_arn(naming, machine_name(naming)),
                        "Name": "scheduled-<aws.scheduler.execution-id>",
                        "Input": "{}",
                    }
                ),
                # Each attempt has an id of its own: tried again, it could run twice.
                retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                    maximum_event_age_in_seconds=START_WITHIN_SECONDS, maximum_retry_attempts=0
                ),
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )
    bell.declare(
        Alarm(
            name=f"{REFRESH}-not-started",
            watches=Metric(
                namespace="AWS/Scheduler",
                name="TargetErrorCount",
                statistic="Sum",
                dimensions={"ScheduleGroup": group_name},
            ),
            when=">=",
            threshold=1,
            periods=1,
            missing="notBreaching",
            says="The schedule could not start the refresh.",
            do="Start it by hand: python -m ops refresh start.",
            runbook=RUNBOOK,
        )
    )


def sweep_after_failures(sweeper_arn: pulumi.Input[str], *, naming: Naming, parent: pulumi.Resource) -> None:
    """Start the sweeper when a run ends that may not have come to its own last steps."""
    rule = _ended(
        "refresh-sweep",
        naming.name(Kind.EVENT_RULE, REFRESH, "sweep"),
        "A refresh ended otherwise than well: whatever it left is deleted",
        ["ABORTED", "FAILED", "TIMED_OUT"],
        naming=naming,
        parent=parent,
    )
    role, policy = starter_role(
        "refresh-sweep-start",
        service=EVENTS,
        source_arn=naming.arn("events", f"rule/{naming.name(Kind.EVENT_RULE, REFRESH, 'sweep')}"),
        about=f"Starts {sweeper_name(naming)}",
        statements=starter_statements(naming, sweeper_name(naming)),
        naming=naming,
        parent=parent,
    )
    aws.cloudwatch.EventTarget(
        "refresh-sweep",
        aws.cloudwatch.EventTargetArgs(
            rule=rule.name,
            arn=sweeper_arn,
            role_arn=role.arn,
            input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                input_paths={"run": "$.detail.name"}, input_template='{"run": <run>}'
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
    )


def tell_targets(refresh: RefreshSettings, *, naming: Naming, parent: pulumi.Resource) -> None:
    """Tell each target that a masked snapshot was shared: the event of the run's good end goes to its bus."""
    rule_name = naming.name(Kind.EVENT_RULE, REFRESH, "shared")
    buses = {
        target.environment: naming.peer(
            environment=target.environment, account_id=target.account_id, region=naming.region
        )
        for target in refresh.targets
    }
    arns = {name: peer.arn("events", f"event-bus/{intake_bus_name(peer)}") for name, peer in buses.items()}
    rule = _ended(
        "refresh-shared",
        rule_name,
        "A masked snapshot was shared: its targets take it",
        ["SUCCEEDED"],
        naming=naming,
        parent=parent,
    )
    role, policy = starter_role(
        "refresh-tell",
        service=EVENTS,
        source_arn=naming.arn("events", f"rule/{rule_name}"),
        about="Tells other environments of a masked snapshot",
        statements=(
            Statement(sid="TellTargets", actions=("events:PutEvents",), resources=tuple(arns.values())),
        ),
        naming=naming,
        parent=parent,
    )
    for environment, arn in arns.items():
        aws.cloudwatch.EventTarget(
            f"refresh-tell-{environment}",
            aws.cloudwatch.EventTargetArgs(rule=rule.name, arn=arn, role_arn=role.arn),
            opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy]),
        )


def ended_pattern(machine: str, statuses: list[str]) -> dict[str, object]:
    """Match the end of runs of a machine, by its ARN."""
    return {
        "source": ["aws.states"],
        "detail-type": ["Step Functions Execution Status Change"],
        "detail": {"stateMachineArn": [machine], "status": statuses},
    }


def _ended(
    label: str,
    name: str,
    about: str,
    statuses: list[str],
    *,
    naming: Naming,
    parent: pulumi.Resource,
) -> aws.cloudwatch.EventRule:
    return aws.cloudwatch.EventRule(
        label,
        aws.cloudwatch.EventRuleArgs(
            name=name,
            description=about,
            event_pattern=json.dumps(ended_pattern(machine_arn(naming, machine_name(naming)), statuses)),
            tags=naming.tags(name),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )
