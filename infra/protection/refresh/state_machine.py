"""State machines with a role, a log, alarms, and roles for what starts them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, policy_document
from ...naming import Kind, Naming
from ...observability.alarms.metric_alarm import Alarm, Bell, Metric

STATES_SERVICE: Final = "states.amazonaws.com"
KEEP_LOG_DAYS: Final = 365
"""The history of a refresh is evidence (SEC-14)."""
RUNBOOK: Final = "refresh"


@dataclass(frozen=True, slots=True, kw_only=True)
class MachinePlan:
    """What a machine does, and what it may."""

    label: str
    """Logical name of machine, role and policy."""
    name: str
    role_name: str
    document: dict[str, object]
    statements: Sequence[Statement]


def declare_machine(
    plan: MachinePlan, *, naming: Naming, logs_key_arn: pulumi.Input[str], parent: pulumi.Resource
) -> aws.sfn.StateMachine:
    """Make a machine with the log of its runs and a role that no other has."""
    group = log_group_of(plan.name)
    log = aws.cloudwatch.LogGroup(
        f"{plan.label}-log",
        aws.cloudwatch.LogGroupArgs(
            name=group,
            retention_in_days=KEEP_LOG_DAYS,
            kms_key_id=logs_key_arn,
            tags=naming.tags(group),
        ),
        opts=pulumi.ResourceOptions(parent=parent, retain_on_delete=True),
    )
    role, policy = _role(plan, naming=naming, parent=parent)
    return aws.sfn.StateMachine(
        plan.label,
        aws.sfn.StateMachineArgs(
            name=plan.name,
            type="STANDARD",
            role_arn=role.arn,
            definition=pulumi.Output.json_dumps(plan.document),
            logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                level="ALL",
                # Names and states; never rows: those do not leave the job.
                include_execution_data=True,
                log_destination=f"{naming.arn('logs', f'log-group:{group}')}:*",
            ),
            tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
            tags=naming.tags(plan.name),
        ),
        opts=pulumi.ResourceOptions(parent=parent, depends_on=[policy, log]),
    )


def log_group_of(machine: str) -> str:
    """Name the log of a machine.

    The prefix keeps the policy of CloudWatch Logs short (Step Functions developer guide, "Logging").
    """
    return f"/aws/vendedlogs/states/{machine}"


def machine_arn(naming: Naming, machine: str) -> str:
    """Compose the ARN of a machine."""
    return naming.arn("states", f"stateMachine:{machine}")


def let_logs_be_delivered(
    label: str, machines: Sequence[str], *, naming: Naming, parent: pulumi.Resource
) -> None:
    """Let the delivery of CloudWatch Logs write to the logs of these machines, and to no others."""
    aws.cloudwatch.LogResourcePolicy(
        label,
        aws.cloudwatch.LogResourcePolicyArgs(
            policy_name=f"{naming.prefix}-{label}",
            policy_document=policy_document(
                Statement(
                    sid="DeliverLogsOfMachines",
                    actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                    resources=tuple(
                        naming.arn("logs", f"log-group:{log_group_of(machine)}:*") for machine in machines
                    ),
                    principals=(Principal.service("delivery.logs.amazonaws.com"),),
                    conditions=(
                        _own_account(naming),
                        Condition(operator="ArnLike", key="aws:SourceArn", values=(naming.arn("logs", "*"),)),
                    ),
                )
            ),
        ),
        opts=pulumi.ResourceOptions(parent=parent),
    )


def running_statements(naming: Naming) -> tuple[Statement, ...]:
    """Say what every machine needs: it tells people, writes its log and traces itself."""
    return (
        Statement(
            sid="TellPeople",
            actions=("sns:Publish",),
            resources=(naming.arn("sns", naming.name(Kind.TOPIC, "alarms")),),
        ),
        Statement(
            sid="EncryptMessages",
            actions=("kms:Decrypt", "kms:GenerateDataKey"),
            resources=(naming.arn("kms", "key/*"),),
            conditions=(
                aliases(naming, "logs"),
                Condition(
                    operator="StringEquals",
                    key="kms:ViaService",
                    values=(f"sns.{naming.region}.amazonaws.com",),
                ),
            ),
        ),
        Statement(
            sid="DeliverLog",
            # These take no resource (developer guide, "Logging using CloudWatch Logs"). The policy of the log
            # groups is declared, so that nobody need be able to change it.
            actions=(
                "logs:CreateLogDelivery",
                "logs:DeleteLogDelivery",
                "logs:DescribeLogGroups",
                "logs:DescribeResourcePolicies",
                "logs:GetLogDelivery",
                "logs:ListLogDeliveries",
                "logs:UpdateLogDelivery",
            ),
            resources=("*",),
        ),
        Statement(
            sid="Trace",
            actions=(
                "xray:GetSamplingRules",
                "xray:GetSamplingTargets",
                "xray:PutTelemetryRecords",
                "xray:PutTraceSegments",
            ),
            resources=("*",),
        ),
    )


def aliases(naming: Naming, *purposes: str) -> Condition:
    """Give the condition that a key is one of these, by its alias."""
    return Condition(
        operator="ForAnyValue:StringEquals",
        key="kms:ResourceAliases",
        values=tuple(naming.key_alias(purpose) for purpose in purposes),
    )


def starter_role(
    label: str,
    *,
    service: str,
    source_arn: str,
    about: str,
    statements: Sequence[Statement],
    naming: Naming,
    parent: pulumi.Resource,
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    """Make the role of one schedule or event rule."""
    opts = pulumi.ResourceOptions(parent=parent)
    name = naming.name(Kind.ROLE, label)
    role = aws.iam.Role(
        label,
        aws.iam.RoleArgs(
            name=name,
            description=about,
            assume_role_policy=policy_document(
                Statement(
                    sid="AssumeByService",
                    actions=("sts:AssumeRole",),
                    principals=(Principal.service(service),),
                    conditions=(
                        _own_account(naming),
                        Condition(operator="ArnEquals", key="aws:SourceArn", values=(source_arn,)),
                    ),
                )
            ),
            tags=naming.tags(name),
        ),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        label,
        aws.iam.RolePolicyArgs(name=label, role=role.name, policy=policy_document(*statements)),
        opts=opts,
    )
    return role, policy


def declare_alarms(bell: Bell, what: str, machine: str, *, naming: Naming, left: str, do: str) -> None:
    """Tell people of runs that ended otherwise than well. `left` says what that leaves behind."""
    for metric, name, ended in (
        ("ExecutionsFailed", "failed", "failed"),
        ("ExecutionsTimedOut", "timed-out", "ran longer than its deadline"),
        ("ExecutionsAborted", "stopped", "was stopped"),
    ):
        bell.declare(
            Alarm(
                name=f"{what}-{name}",
                watches=Metric(
                    namespace="AWS/States",
                    name=metric,
                    statistic="Sum",
                    dimensions={"StateMachineArn": machine_arn(naming, machine)},
                ),
                when=">=",
                threshold=1,
                periods=1,
                # Between two refreshes there is nothing to count.
                missing="notBreaching",
                says=f"{machine} {ended}: {left}.",
                do=do,
                runbook=RUNBOOK,
            )
        )


def _role(
    plan: MachinePlan, *, naming: Naming, parent: pulumi.Resource
) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
    opts = pulumi.ResourceOptions(parent=parent)
    role = aws.iam.Role(
        plan.label,
        aws.iam.RoleArgs(
            name=plan.role_name,
            description=f"What {plan.name} may do",
            assume_role_policy=policy_document(
                Statement(
                    sid="AssumeByMachine",
                    actions=("sts:AssumeRole",),
                    principals=(Principal.service(STATES_SERVICE),),
                    conditions=(
                        _own_account(naming),
                        Condition(
                            operator="ArnLike",
                            key="aws:SourceArn",
                            values=(machine_arn(naming, plan.name),),
                        ),
                    ),
                )
            ),
            tags=naming.tags(plan.role_name),
        ),
        opts=opts,
    )
    policy = aws.iam.RolePolicy(
        plan.label,
        aws.iam.RolePolicyArgs(name=plan.label, role=role.name, policy=policy_document(*plan.statements)),
        opts=opts,
    )
    return role, policy


def _own_account(naming: Naming) -> Condition:
    return Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,))
