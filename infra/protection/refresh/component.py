"""The masked copy of production for environments outside it."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ...data.database_parameters import FAMILY, primary_parameters
from ...identity import ANYONE, Condition, Statement, policy_document
from ...naming import Kind, Naming
from ...network.flow_logs import FlowLogPlace
from ...observability.alarms.metric_alarm import Bell
from ...settings import EstateSettings, RefreshSettings
from ...workloads.jobs.users import GPS_DATABASE
from .definition import definition, sweeping_definition
from .keys import RefreshKeys
from .masking_task import MaskingTask
from .parts import PURPOSE_TAG, QUARANTINE, REFRESH, Parts, machine_name, queue_name, sweeper_name
from .quarantine import Quarantine
from .roles import deleting_statements, refresh_role_name, refresh_statements, sweeper_role_name
from .starting import start_by_schedule, sweep_after_failures, tell_targets
from .state_machine import MachinePlan, declare_alarms, declare_machine, let_logs_be_delivered
from .states import HOUR

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
    | rule `refresh-shared` | tells the targets that there is a masked snapshot |

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
            MachinePlan(
                label=REFRESH,
                name=machine_name(naming),
                role_name=refresh_role_name(naming),
                document=definition(naming, refresh, parts),
                statements=refresh_statements(naming),
            ),
            logs_key_arn,
        )
        sweeper = self._machine(
            MachinePlan(
                label=f"{REFRESH}-sweep",
                name=sweeper_name(naming),
                role_name=sweeper_role_name(naming),
                document=sweeping_definition(naming, parts),
                statements=deleting_statements(naming),
            ),
            logs_key_arn,
        )
        let_logs_be_delivered(
            REFRESH, (machine_name(naming), sweeper_name(naming)), naming=naming, parent=self
        )
        bell = Bell(naming=naming, topic_arn=topic_arn, runbooks=runbooks, opts=self._opts)
        sweep_after_failures(sweeper.arn, naming=naming, parent=self)
        start_by_schedule(refresh, naming=naming, key_arn=data_key_arn, bell=bell, parent=self)
        tell_targets(refresh, naming=naming, parent=self)
        for label, name_of in ((REFRESH, machine_name), (f"{REFRESH}-sweep", sweeper_name)):
            declare_alarms(
                bell,
                label,
                name_of(naming),
                naming=naming,
                left="a copy of production may still lie in the quarantine",
                do="See what is left and delete it; its targets keep the data they have.",
            )
        self.machine_arn = machine.arn
        self.register_outputs({"machineArn": self.machine_arn})

    def _machine(self, plan: MachinePlan, logs_key_arn: pulumi.Input[str]) -> aws.sfn.StateMachine:
        return declare_machine(plan, naming=self._naming, logs_key_arn=logs_key_arn, parent=self)

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
