"""The masked copy of production for environments outside it."""

from __future__ import annotations

import json
from typing import Final

import pulumi
import pulumi_aws as aws

from ...data.database_parameters import FAMILY, primary_parameters
from ...identity import ANYONE, Condition, Principal, Statement, policy_document
from ...naming import Kind, Naming
from ...network.flow_logs import FlowLogPlace
from ...observability.alarms.metric_alarm import Alarm, Bell, Metric
from ...settings import EstateSettings, RefreshSettings
from ...workloads.jobs.users import GPS_DATABASE
from .definition import HOUR, definition, sweeping_definition
from .keys import RefreshKeys
from .masking_task import MaskingTask
from .parts import PURPOSE_TAG, QUARANTINE, REFRESH, Parts, machine_name, queue_name, sweeper_name
from .quarantine import Quarantine
from .roles import (
    deleting_statements,
    machine_role,
    refresh_role_name,
    refresh_statements,
    starter_statements,
    sweeper_role_name,
)

START_EXECUTION: Final = "arn:aws:scheduler:::aws-sdk:sfn:startExecution"
KEEP_LOG_DAYS: Final = 365
"""The history of a refresh is evidence (SEC-14)."""
RUNBOOK: Final = "refresh"
QUIET_PARAMETERS: Final = ("log_min_duration_statement",)
"""A slow statement of the masking job would be logged with the personal data that it holds."""


class Refresh(pulumi.ComponentResource):
    """All that it takes to make a masked copy of production (ENV-03, SEC-09, DATA-03).

    | part | what it does |
    |---|---|
    | machine `refresh` | snapshot → quarantine → neutralise, mask, verify → masked snapshot, shared |
    | machine `refresh-sweep` | deletes what a stopped run left behind |
    | key `quarantine` | everything unmasked; no other account can ever use it |
    | key `masked` | the snapshot that is shared, and nothing else |
    | queue | failed runs that wait for a person: `python -m ops refresh resume` or `discard` |

    What is unmasked carries the tag `Purpose=quarantine` and a name of its own, and the roles may delete by
    both; what is shared carries `Purpose=masked`. Targets take the masked snapshot with rights of their own.
    """

    machine_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        refresh: RefreshSettings,
        settings: EstateSettings,
        naming: Naming,
        flow_logs: FlowLogPlace,
        data_key_arn: pulumi.Input[str],
        logs_key_arn: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
        runbooks: str,
        protect: bool,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make it all. `runbooks` is the folder of the runbooks as people open it."""
        super().__init__("fleet:protection:Refresh", name, None, opts)
        self._naming = naming
        self._opts = pulumi.ResourceOptions(parent=self)
        keys = RefreshKeys(
            encryption=settings.encryption,
            accounts=[target.account_id for target in refresh.targets],
            naming=naming,
            protect=protect,
            parent=self,
        )
        quarantine = Quarantine(
            "quarantine",
            settings=refresh.quarantine,
            naming=naming,
            flow_logs=flow_logs,
            opts=self._opts,
        )
        job = MaskingTask(
            "masking",
            settings=refresh,
            image=settings.workloads.images.ops,
            # Every database of the instance: the job refuses a copy that holds another.
            databases=(settings.workloads.odoo.database, GPS_DATABASE),
            naming=naming,
            logs_key_arn=logs_key_arn,
            opts=self._opts,
        )
        parts = Parts(
            quarantine_key_arn=keys.quarantine.arn,
            masked_key_arn=keys.masked.arn,
            subnet_group=quarantine.subnet_group_name,
            parameter_group=self._parameters(settings.database.storage_gib),
            database_security_group_id=quarantine.database_security_group_id,
            job_security_group_id=quarantine.job_security_group_id,
            job_subnet_id=quarantine.subnet_ids[0],
            cluster_arn=job.cluster_arn,
            task_definition_arn=job.task_definition_arn,
            queue_url=self._queue(refresh, keys.quarantine.arn),
            topic_arn=topic_arn,
            availability_zone=refresh.quarantine.subnets[0].zone,
        )
        machine = self._machine(
            REFRESH,
            machine_name(naming),
            refresh_role_name(naming),
            definition(naming, refresh, parts),
            refresh_statements(naming),
            logs_key_arn,
        )
        sweeper = self._machine(
            f"{REFRESH}-sweep",
            sweeper_name(naming),
            sweeper_role_name(naming),
            sweeping_definition(naming, parts),
            deleting_statements(naming),
            logs_key_arn,
        )
        self._let_logs_be_delivered()
        self._sweep(machine, sweeper)
        self._schedule(refresh, machine, data_key_arn)
        self._alarms(Bell(naming=naming, topic_arn=topic_arn, runbooks=runbooks, opts=self._opts))
        self.machine_arn = machine.arn
        self.register_outputs({"machineArn": self.machine_arn})

    def _parameters(self, storage_gib: int) -> str:
        name = self._naming.name(Kind.PARAMETER_GROUP, QUARANTINE, FAMILY)
        aws.rds.ParameterGroup(
            QUARANTINE,
            aws.rds.ParameterGroupArgs(
                name=name,
                family=FAMILY,
                description="PostgreSQL 16 with forced TLS 1.2, whose log holds no data",
                parameters=[
                    *(
                        parameter
                        for parameter in primary_parameters(storage_gib=storage_gib)
                        if parameter.name not in QUIET_PARAMETERS
                    ),
                    aws.rds.ParameterGroupParameterArgs(
                        name="log_min_duration_statement", value="-1", apply_method="immediate"
                    ),
                    aws.rds.ParameterGroupParameterArgs(
                        name="log_min_error_statement", value="panic", apply_method="immediate"
                    ),
                ],
                tags={**self._naming.tags(name), PURPOSE_TAG: QUARANTINE},
            ),
            opts=self._opts,
        )
        return name

    def _queue(self, refresh: RefreshSettings, key_arn: pulumi.Input[str]) -> pulumi.Output[str]:
        name = queue_name(self._naming)
        queue = aws.sqs.Queue(
            "refresh-decisions",
            aws.sqs.QueueArgs(
                name=name,
                kms_master_key_id=key_arn,
                # Who waits no longer has no question.
                message_retention_seconds=refresh.keep_failed_hours * HOUR,
                visibility_timeout_seconds=30,
                tags=self._naming.tags(name),
            ),
            opts=self._opts,
        )
        aws.sqs.QueuePolicy(
            "refresh-decisions",
            aws.sqs.QueuePolicyArgs(
                queue_url=queue.url,
                policy=policy_document(
                    Statement(
                        sid="DenyWithoutTls",
                        effect="Deny",
                        actions=("sqs:*",),
                        resources=(self._naming.arn("sqs", name),),
                        principals=(ANYONE,),
                        conditions=(
                            Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),
                        ),
                    )
                ),
            ),
            opts=self._opts,
        )
        return queue.url

    def _machine(  # noqa: PLR0917  (each is named where it is called)
        self,
        label: str,
        name: str,
        role_name: str,
        document: dict[str, object],
        statements: tuple[Statement, ...],
        logs_key_arn: pulumi.Input[str],
    ) -> aws.sfn.StateMachine:
        # The prefix keeps the account's policy of CloudWatch Logs short (Step Functions, "Logging").
        group = f"/aws/vendedlogs/states/{name}"
        log = aws.cloudwatch.LogGroup(
            f"{label}-log",
            aws.cloudwatch.LogGroupArgs(
                name=group,
                retention_in_days=KEEP_LOG_DAYS,
                kms_key_id=logs_key_arn,
                tags=self._naming.tags(group),
            ),
            opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
        )
        role, policy = machine_role(
            label, role_name, name, f"What {name} may do", statements, naming=self._naming, parent=self
        )
        return aws.sfn.StateMachine(
            label,
            aws.sfn.StateMachineArgs(
                name=name,
                type="STANDARD",
                role_arn=role.arn,
                definition=pulumi.Output.json_dumps(document),
                logging_configuration=aws.sfn.StateMachineLoggingConfigurationArgs(
                    level="ALL",
                    # Names and states; never rows: those do not leave the job.
                    include_execution_data=True,
                    log_destination=f"{self._naming.arn('logs', f'log-group:{group}')}:*",
                ),
                tracing_configuration=aws.sfn.StateMachineTracingConfigurationArgs(enabled=True),
                tags=self._naming.tags(name),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy, log]),
        )

    def _let_logs_be_delivered(self) -> None:
        """Let the delivery of CloudWatch Logs write to the logs of the machines, and to no others."""
        naming = self._naming
        name = f"{naming.prefix}-{REFRESH}"
        aws.cloudwatch.LogResourcePolicy(
            REFRESH,
            aws.cloudwatch.LogResourcePolicyArgs(
                policy_name=name,
                policy_document=policy_document(
                    Statement(
                        sid="DeliverLogsOfMachines",
                        actions=("logs:CreateLogStream", "logs:PutLogEvents"),
                        resources=tuple(
                            naming.arn("logs", f"log-group:/aws/vendedlogs/states/{machine}:*")
                            for machine in (machine_name(naming), sweeper_name(naming))
                        ),
                        principals=(Principal.service("delivery.logs.amazonaws.com"),),
                        conditions=(
                            Condition(
                                operator="StringEquals",
                                key="aws:SourceAccount",
                                values=(naming.account_id,),
                            ),
                            Condition(
                                operator="ArnLike", key="aws:SourceArn", values=(naming.arn("logs", "*"),)
                            ),
                        ),
                    )
                ),
            ),
            opts=self._opts,
        )

    def _sweep(self, machine: aws.sfn.StateMachine, sweeper: aws.sfn.StateMachine) -> None:
        """Start the sweeper when a run ends that may not have come to its own last steps."""
        rule_name = self._naming.name(Kind.EVENT_RULE, REFRESH, "sweep")
        del machine
        rule = aws.cloudwatch.EventRule(
            "refresh-sweep",
            aws.cloudwatch.EventRuleArgs(
                name=rule_name,
                description="A refresh ended otherwise than well: whatever it left is deleted",
                event_pattern=json.dumps(
                    {
                        "source": ["aws.states"],
                        "detail-type": ["Step Functions Execution Status Change"],
                        "detail": {
                            "stateMachineArn": [self._machine_arn()],
                            "status": ["ABORTED", "FAILED", "TIMED_OUT"],
                        },
                    }
                ),
                tags=self._naming.tags(rule_name),
            ),
            opts=self._opts,
        )
        role, policy = self._starter(
            "refresh-sweep-start",
            "events.amazonaws.com",
            sweeper_name(self._naming),
            self._naming.arn("events", f"rule/{rule_name}"),
        )
        aws.cloudwatch.EventTarget(
            "refresh-sweep",
            aws.cloudwatch.EventTargetArgs(
                rule=rule.name,
                arn=sweeper.arn,
                role_arn=role.arn,
                input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                    input_paths={"run": "$.detail.name"}, input_template='{"run": <run>}'
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _schedule(
        self, refresh: RefreshSettings, machine: aws.sfn.StateMachine, key_arn: pulumi.Input[str]
    ) -> None:
        naming = self._naming
        group_name = naming.name(Kind.SCHEDULE, REFRESH)
        group = aws.scheduler.ScheduleGroup(
            REFRESH,
            aws.scheduler.ScheduleGroupArgs(name=group_name, tags=naming.tags(group_name)),
            opts=self._opts,
        )
        role, policy = self._starter(
            "refresh-start",
            "scheduler.amazonaws.com",
            machine_name(naming),
            naming.arn("scheduler", f"schedule-group/{group_name}"),
        )
        del machine
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
                            "StateMachineArn": self._machine_arn(),
                            "Name": "scheduled-<aws.scheduler.execution-id>",
                            "Input": "{}",
                        }
                    ),
                    # Each attempt has an id of its own: tried again, it could run twice.
                    retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=HOUR, maximum_retry_attempts=0
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )

    def _starter(
        self, label: str, service: str, machine: str, source_arn: str
    ) -> tuple[aws.iam.Role, aws.iam.RolePolicy]:
        naming = self._naming
        name = naming.name(Kind.ROLE, label)
        role = aws.iam.Role(
            label,
            aws.iam.RoleArgs(
                name=name,
                description=f"Starts {machine}",
                assume_role_policy=policy_document(
                    Statement(
                        sid="AssumeByService",
                        actions=("sts:AssumeRole",),
                        principals=(Principal.service(service),),
                        conditions=(
                            Condition(
                                operator="StringEquals",
                                key="aws:SourceAccount",
                                values=(naming.account_id,),
                            ),
                            Condition(operator="ArnEquals", key="aws:SourceArn", values=(source_arn,)),
                        ),
                    )
                ),
                tags=naming.tags(name),
            ),
            opts=self._opts,
        )
        policy = aws.iam.RolePolicy(
            label,
            aws.iam.RolePolicyArgs(
                name=label, role=role.name, policy=policy_document(*starter_statements(naming, machine))
            ),
            opts=self._opts,
        )
        return role, policy

    def _machine_arn(self) -> str:
        return self._naming.arn("states", f"stateMachine:{machine_name(self._naming)}")

    def _alarms(self, bell: Bell) -> None:
        for machine, what in (
            (machine_name(self._naming), REFRESH),
            (sweeper_name(self._naming), f"{REFRESH}-sweep"),
        ):
            arn = self._naming.arn("states", f"stateMachine:{machine}")
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
                            dimensions={"StateMachineArn": arn},
                        ),
                        when=">=",
                        threshold=1,
                        periods=1,
                        # Between two refreshes there is nothing to count.
                        missing="notBreaching",
                        says=f"{machine} {ended}: a copy of production may still lie in the quarantine.",
                        do="See what is left and delete it; staging keeps the data it has.",
                        runbook=RUNBOOK,
                    )
                )
        bell.declare(
            Alarm(
                name=f"{REFRESH}-not-started",
                watches=Metric(
                    namespace="AWS/Scheduler",
                    name="TargetErrorCount",
                    statistic="Sum",
                    dimensions={"ScheduleGroup": self._naming.name(Kind.SCHEDULE, REFRESH)},
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
