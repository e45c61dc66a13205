"""Start and stop of an environment that sleeps at night and at weekends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Final, Protocol

import pulumi
from pulumi_aws import iam, scheduler

from ..identity import Condition, Principal, Statement, policy_document
from ..naming import Kind, Naming
from ..settings.cluster import NodeSizeSettings
from ..settings.environment import AwakeSettings
from .hours import sleep_expression, wake_expression

SCHEDULER_SERVICE: Final = "scheduler.amazonaws.com"
UPDATE_NODE_GROUP: Final = "arn:aws:scheduler:::aws-sdk:eks:updateNodegroupConfig"
START_DATABASE: Final = "arn:aws:scheduler:::aws-sdk:rds:startDBInstance"
STOP_DATABASE: Final = "arn:aws:scheduler:::aws-sdk:rds:stopDBInstance"

DATABASE_LEAD_MINUTES: Final = 30
"""How long before the nodes the database starts: it takes minutes, and pods without it restart in loops."""
RETRY_FOR_SECONDS: Final = 3600
RETRIES: Final = 5


class ScheduledNodeGroup(Protocol):
    """What a schedule must know of a node group."""

    @property
    def name(self) -> str:
        """The name in the settings; the one in EKS is this, a hyphen and a generated part."""
        ...

    @property
    def node_group_name(self) -> pulumi.Output[str]:
        """The name in EKS."""
        ...

    @property
    def size(self) -> NodeSizeSettings:
        """How many nodes it has when awake."""
        ...


class Schedules(pulumi.ComponentResource):
    """Schedules that put node groups to zero and stop the database outside working hours (OPS-02).

    | what | wakes | sleeps |
    |---|---|---|
    | database | 30 minutes before `start` on the awake weekdays | at `stop`, every day |
    | node groups with nodes when awake | at `start` on the awake weekdays | at `stop`, every day |
    | node groups that people scale by hand from zero | never by itself | at `stop`, every day |

    Broker, cache, search, NAT gateways, load balancer and control plane cannot stop. The program leaves the
    sizes of scheduled groups to the schedules. There is no dead-letter queue: to stop what is stopped
    already fails, rightly, every weekend, and would fill it. `key_arn` is the data key of the environment:
    the role may decrypt with the key of that alias.
    """

    group_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        settings: AwakeSettings,
        naming: Naming,
        node_groups: Sequence[ScheduledNodeGroup],
        database_identifier: str,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:operations:Schedules", name, None, opts)
        self._settings = settings
        self._naming = naming
        self._key_arn = key_arn
        group_name = naming.name(Kind.SCHEDULE)
        group = scheduler.ScheduleGroup(
            "schedules",
            scheduler.ScheduleGroupArgs(name=group_name, tags=naming.tags(group_name)),
            opts=pulumi.ResourceOptions(parent=self),
        )
        role, policy = self._role(group_name, node_groups, database_identifier)
        self._role_arn = role.arn
        self._group = group.name
        # A schedule whose role may do nothing yet would fail in silence.
        self._opts = pulumi.ResourceOptions(parent=self, depends_on=[policy])

        wake = wake_expression(settings)
        sleep = sleep_expression(settings)
        database = json.dumps({"DbInstanceIdentifier": database_identifier})
        self._schedule(
            "database-start",
            "Start the database before the nodes",
            wake_expression(settings, lead_minutes=DATABASE_LEAD_MINUTES),
            START_DATABASE,
            database,
        )
        self._schedule("database-stop", "Stop the database for the night", sleep, STOP_DATABASE, database)
        for nodes in node_groups:
            size = nodes.size
            if size.desired > 0:
                self._schedule(
                    f"nodes-{nodes.name}-start",
                    f"Bring the nodes of {nodes.name} back",
                    wake,
                    UPDATE_NODE_GROUP,
                    self._scaling(nodes, minimum=size.min, desired=size.desired),
                )
            self._schedule(
                f"nodes-{nodes.name}-stop",
                f"Put the nodes of {nodes.name} to zero for the night",
                sleep,
                UPDATE_NODE_GROUP,
                self._scaling(nodes, minimum=0, desired=0),
            )
        self.group_name = group.name
        self.role_arn = role.arn
        self.register_outputs({"group_name": self.group_name, "role_arn": self.role_arn})

    def _schedule(
        self, what: str, description: str, expression: str, action: str, request: pulumi.Input[str]
    ) -> None:
        scheduler.Schedule(
            what,
            scheduler.ScheduleArgs(
                name=self._naming.name(Kind.SCHEDULE, what),
                group_name=self._group,
                description=description,
                schedule_expression=expression,
                schedule_expression_timezone=self._settings.time_zone,
                flexible_time_window=scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                kms_key_arn=self._key_arn,
                state="ENABLED",
                target=scheduler.ScheduleTargetArgs(
                    arn=action,
                    role_arn=self._role_arn,
                    input=request,
                    retry_policy=scheduler.ScheduleTargetRetryPolicyArgs(
                        maximum_event_age_in_seconds=RETRY_FOR_SECONDS, maximum_retry_attempts=RETRIES
                    ),
                ),
            ),
            opts=self._opts,
        )

    def _scaling(self, nodes: ScheduledNodeGroup, *, minimum: int, desired: int) -> pulumi.Output[str]:
        """Compose a request to EKS: Scheduler wants PascalCase, EKS a maximum of at least 1."""
        return pulumi.Output.json_dumps(
            {
                "ClusterName": self._naming.cluster,
                "NodegroupName": nodes.node_group_name,
                "ScalingConfig": {"MinSize": minimum, "MaxSize": nodes.size.max, "DesiredSize": desired},
            }
        )

    def _role(
        self, group_name: str, node_groups: Sequence[ScheduledNodeGroup], database_identifier: str
    ) -> tuple[iam.Role, iam.RolePolicy]:
        naming = self._naming
        opts = pulumi.ResourceOptions(parent=self)
        role_name = naming.name(Kind.ROLE, "schedules")
        role = iam.Role(
            "schedules",
            iam.RoleArgs(
                name=role_name,
                description="Starts and stops the node groups and the database",
                assume_role_policy=_trust(naming, group_name),
                tags=naming.tags(role_name),
            ),
            opts=opts,
        )
        document = policy_document(
            Statement(
                sid="ScaleNodeGroups",
                actions=("eks:UpdateNodegroupConfig",),
                resources=[
                    naming.arn("eks", f"nodegroup/{naming.cluster}/{nodes.name}-*/*") for nodes in node_groups
                ],
            ),
            Statement(
                sid="StartAndStopDatabase",
                actions=("rds:StartDBInstance", "rds:StopDBInstance"),
                resources=(naming.arn("rds", f"db:{database_identifier}"),),
            ),
            # The key by its alias: its ARN is unknown before the first deployment, and would hide the whole
            # document from those who judge it.
            Statement(
                sid="ReadOwnRequests",
                actions=("kms:Decrypt",),
                resources=(naming.arn("kms", "key/*"),),
                conditions=(
                    Condition(
                        operator="ForAnyValue:StringEquals",
                        key="kms:ResourceAliases",
                        values=(naming.key_alias("data"),),
                    ),
                    Condition(
                        operator="ArnLike",
                        key="kms:EncryptionContext:aws:scheduler:schedule:arn",
                        values=(naming.arn("scheduler", f"schedule/{group_name}/*"),),
                    ),
                ),
            ),
        )
        policy = iam.RolePolicy(
            "schedules", iam.RolePolicyArgs(name="schedules", role=role.name, policy=document), opts=opts
        )
        return role, policy


def _trust(naming: Naming, group_name: str) -> pulumi.Input[str]:
    """Trust EventBridge Scheduler for the schedules of this group only (confused-deputy guard)."""
    return policy_document(
        Statement(
            sid="AssumeByScheduler",
            actions=("sts:AssumeRole",),
            principals=(Principal.service(SCHEDULER_SERVICE),),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
                Condition(
                    operator="ArnEquals",
                    key="aws:SourceArn",
                    values=(naming.arn("scheduler", f"schedule-group/{group_name}"),),
                ),
            ),
        )
    )
