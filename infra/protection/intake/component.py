"""Masked snapshots of production, taken by an environment outside it."""

from __future__ import annotations

import json
from typing import Final, Self

import pulumi
import pulumi_aws as aws

from ...identity import Condition, Principal, Statement, policy_document
from ...keys import Keys
from ...naming import Kind, Naming
from ...network import Network
from ...observability.alarms.component import RUNBOOKS_IN_REPOSITORY
from ...observability.alarms.metric_alarm import Bell
from ...settings import EstateSettings, IntakeSettings
from ..backup.function import OpsFunction, let_functions_pull
from ..refresh.parts import intake_bus_name
from ..refresh.parts import machine_name as refresh_machine_name
from ..refresh.starting import EVENTS, ended_pattern
from ..refresh.state_machine import (
    MachinePlan,
    declare_alarms,
    declare_machine,
    let_logs_be_delivered,
    machine_arn,
    starter_role,
)
from .definition import definition, production_of
from .groups import CandidateGroups
from .parts import ACCEPTANCE, INTAKE, Parts, machine_name
from .rights import examiner_statements, machine_statements

EXAMINE_SECONDS: Final = 840
EXAMINE_MEMORY_MIB: Final = 512


class Intake(pulumi.ComponentResource):
    """All that it takes to turn a shared snapshot into one that this environment may be made of.

    Serves ENV-02, ENV-03, SEC-09 and DATA-03.

    | part | what it does |
    |---|---|
    | bus and rule | hear from production that a masked snapshot was shared, and start the machine |
    | machine `intake` | copies it with its own key, restores a candidate, has it examined, marks it |
    | function `refresh-acceptance` | examines the candidate, which nobody else can reach |

    Which snapshot the database is made from is a setting, `database.snapshot`: the machine never touches the
    declared instance (docs/decisions/intake.md).
    """

    machine_arn: pulumi.Output[str]

    @classmethod
    def where_set(
        cls,
        settings: EstateSettings,
        *,
        naming: Naming,
        network: Network,
        keys: Keys,
        topic_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions,
    ) -> Self | None:
        """Make it in an environment that takes masked snapshots."""
        if settings.intake is None:
            return None
        observability = settings.observability
        return cls(
            INTAKE,
            intake=settings.intake,
            settings=settings,
            naming=naming,
            network=network,
            data_key_arn=keys.data.arn,
            logs_key_arn=keys.logs.arn,
            topic_arn=topic_arn,
            runbooks=(
                observability.alerting.runbooks_url if observability is not None else RUNBOOKS_IN_REPOSITORY
            ),
            opts=opts,
        )

    def __init__(
        self,
        name: str,
        *,
        intake: IntakeSettings,
        settings: EstateSettings,
        naming: Naming,
        network: Network,
        data_key_arn: pulumi.Input[str],
        logs_key_arn: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
        runbooks: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Make it all. `runbooks` is the folder of the runbooks as people open it."""
        super().__init__("fleet:protection:Intake", name, None, opts)
        self._naming = naming
        child = pulumi.ResourceOptions(parent=self)
        groups = CandidateGroups("candidates", naming=naming, network=network, opts=child)
        examiner = self._examiner(settings, groups, network, logs_key_arn, topic_arn)
        machine = declare_machine(
            MachinePlan(
                label=INTAKE,
                name=machine_name(naming),
                role_name=naming.name(Kind.ROLE, INTAKE),
                document=definition(
                    naming,
                    intake,
                    Parts(
                        key_arn=data_key_arn,
                        security_group_id=groups.candidate_id,
                        function_arn=examiner.arn,
                        topic_arn=topic_arn,
                    ),
                    odoo_database=settings.workloads.odoo.database,
                    storage_gib=settings.database.storage_gib,
                ),
                statements=machine_statements(naming, intake, function_arn=examiner.arn),
            ),
            naming=naming,
            logs_key_arn=logs_key_arn,
            parent=self,
        )
        let_logs_be_delivered(INTAKE, (machine_name(naming),), naming=naming, parent=self)
        self._hear(production_of(naming, intake), machine)
        declare_alarms(
            Bell(naming=naming, topic_arn=topic_arn, runbooks=runbooks, opts=child),
            INTAKE,
            machine_name(naming),
            naming=naming,
            left=f"{naming.environment} keeps the data it has, and a candidate may be left",
            do="See why, and start it again: python -m ops refresh take.",
        )
        self.machine_arn = machine.arn
        self.register_outputs({"machineArn": self.machine_arn})

    def _examiner(
        self,
        settings: EstateSettings,
        groups: CandidateGroups,
        network: Network,
        logs_key_arn: pulumi.Input[str],
        topic_arn: pulumi.Input[str],
    ) -> OpsFunction:
        naming = self._naming
        image = settings.workloads.images.ops
        # A repository has one policy: where restores are tested, that names this function too.
        after = (
            [
                let_functions_pull(
                    image.repository,
                    (ACCEPTANCE,),
                    naming=naming,
                    opts=pulumi.ResourceOptions(parent=self),
                )
            ]
            if settings.protection.backup is None
            else []
        )
        return OpsFunction(
            ACCEPTANCE,
            handler="acceptance",
            about="Asks a masked copy whether it may be taken",
            image=image,
            statements=examiner_statements(naming),
            timeout_seconds=EXAMINE_SECONDS,
            memory_mib=EXAMINE_MEMORY_MIB,
            naming=naming,
            logs_key_arn=logs_key_arn,
            log_retention_days=settings.database.log_retention_days,
            topic_arn=topic_arn,
            vpc=aws.lambda_.FunctionVpcConfigArgs(
                subnet_ids=network.private_subnet_ids, security_group_ids=[groups.examiner_id]
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=after),
        )

    def _hear(self, production: Naming, machine: aws.sfn.StateMachine) -> None:
        """Start the machine when production says that it has shared a masked snapshot."""
        naming = self._naming
        child = pulumi.ResourceOptions(parent=self)
        bus_name = intake_bus_name(naming)
        bus = aws.cloudwatch.EventBus(
            INTAKE,
            aws.cloudwatch.EventBusArgs(
                name=bus_name,
                description="What production says about masked snapshots",
                tags=naming.tags(bus_name),
            ),
            opts=child,
        )
        aws.cloudwatch.EventBusPolicy(
            INTAKE,
            aws.cloudwatch.EventBusPolicyArgs(
                event_bus_name=bus.name,
                policy=policy_document(
                    Statement(
                        sid="HearProduction",
                        actions=("events:PutEvents",),
                        resources=(naming.arn("events", f"event-bus/{bus_name}"),),
                        principals=(Principal.aws(production.account_root_arn),),
                        conditions=(
                            Condition(
                                operator="ArnEquals",
                                key="aws:PrincipalArn",
                                values=(production.role_arn(production.name(Kind.ROLE, "refresh-tell")),),
                            ),
                        ),
                    )
                ),
            ),
            opts=child,
        )
        rule_name = naming.name(Kind.EVENT_RULE, INTAKE)
        pattern = ended_pattern(machine_arn(production, refresh_machine_name(production)), ["SUCCEEDED"])
        rule = aws.cloudwatch.EventRule(
            INTAKE,
            aws.cloudwatch.EventRuleArgs(
                name=rule_name,
                event_bus_name=bus.name,
                description="Production shared a masked snapshot: it is taken",
                event_pattern=json.dumps({"account": [production.account_id], **pattern}),
                tags=naming.tags(rule_name),
            ),
            opts=child,
        )
        role, policy = starter_role(
            "intake-start",
            service=EVENTS,
            source_arn=naming.arn("events", f"rule/{bus_name}/{rule_name}"),
            about=f"Starts {machine_name(naming)}",
            statements=(
                Statement(
                    sid="Start",
                    actions=("states:StartExecution",),
                    resources=(machine_arn(naming, machine_name(naming)),),
                ),
            ),
            naming=naming,
            parent=self,
        )
        aws.cloudwatch.EventTarget(
            INTAKE,
            aws.cloudwatch.EventTargetArgs(
                rule=rule.name,
                event_bus_name=bus.name,
                arn=machine.arn,
                role_arn=role.arn,
                input_transformer=aws.cloudwatch.EventTargetInputTransformerArgs(
                    input_paths={"run": "$.detail.name"}, input_template='{"run": <run>}'
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[policy]),
        )
