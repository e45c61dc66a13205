"""Retention and key of the log groups that Amazon MQ makes by itself."""

from __future__ import annotations

from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import Condition, Statement, assume_role_by_service, policy_document
from ..keys import Keys
from ..naming import Kind, Naming

LOGS: Final = ("general", "connection", "channel")
"""What RabbitMQ's general logging writes, one log group each."""
LOG_GROUPS: Final = "/aws/amazonmq/broker"


class BrokerLogs(pulumi.ComponentResource):
    """Schedules that give the broker's log groups their retention and our key, once a day (SEC-06).

    Amazon MQ names the groups by the id of the broker and makes them while it makes the broker: they cannot
    be declared before it, and declared after it they exist already. EventBridge Scheduler calls the two
    APIs, which change nothing once they hold; a group that a new RabbitMQ version adds late is caught too.
    """

    def __init__(
        self,
        name: str,
        *,
        broker_id: pulumi.Output[str],
        retention_days: int,
        naming: Naming,
        keys: Keys,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:data:BrokerLogs", name, None, opts)
        self._naming = naming
        self._keys = keys
        self._role = self._make_role()
        for log in LOGS:
            group = pulumi.Output.concat(LOG_GROUPS, "/", broker_id, "/", log)
            self._daily(
                f"broker-{log}-retention",
                action="putRetentionPolicy",
                arguments={"LogGroupName": group, "RetentionInDays": retention_days},
            )
            self._daily(
                f"broker-{log}-key",
                action="associateKmsKey",
                arguments={"LogGroupName": group, "KmsKeyId": keys.logs.arn},
            )
        self.register_outputs({})

    def _daily(
        self, name: str, *, action: str, arguments: dict[str, pulumi.Input[str] | pulumi.Input[int]]
    ) -> None:
        """Call an action of CloudWatch Logs once a day, and at once after a change of the schedule."""
        schedule = self._naming.name(Kind.SCHEDULE, name)
        aws.scheduler.Schedule(
            name,
            aws.scheduler.ScheduleArgs(
                name=schedule,
                description=f"{action} for a log group of the broker",
                schedule_expression="rate(1 days)",
                kms_key_arn=self._keys.data.arn,
                flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
                target=aws.scheduler.ScheduleTargetArgs(
                    arn=f"arn:aws:scheduler:::aws-sdk:cloudwatchlogs:{action}",
                    role_arn=self._role.arn,
                    input=pulumi.Output.json_dumps(arguments),
                    # Tomorrow is another try.
                    retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(maximum_retry_attempts=2),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )

    def _make_role(self) -> aws.iam.Role:
        naming, name = self._naming, self._naming.name(Kind.ROLE, "broker-logs")
        role = aws.iam.Role(
            "broker-logs",
            aws.iam.RoleArgs(
                name=name,
                description="Lets EventBridge Scheduler set retention and key of the broker's log groups",
                assume_role_policy=assume_role_by_service(
                    "scheduler.amazonaws.com", account_id=naming.account_id
                ),
                tags=naming.tags(name),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        aws.iam.RolePolicy(
            "broker-logs",
            aws.iam.RolePolicyArgs(
                name="broker-logs",
                role=role.name,
                policy=policy_document(
                    Statement(
                        sid="SetRetentionAndKey",
                        actions=("logs:AssociateKmsKey", "logs:PutRetentionPolicy"),
                        # Not by broker id, which is known only later: the document is judged as a whole.
                        resources=(naming.arn("logs", f"log-group:{LOG_GROUPS}/*"),),
                    ),
                    Statement(
                        sid="ReadOwnSchedules",
                        actions=("kms:Decrypt",),
                        # Nor by key id: the alias says which key, known before the key is made.
                        resources=(naming.arn("kms", "key/*"),),
                        conditions=(
                            Condition(
                                operator="ForAnyValue:StringEquals",
                                key="kms:ResourceAliases",
                                values=(naming.key_alias("data"),),
                            ),
                            # EventBridge Scheduler decrypts as this role, with the schedule as context.
                            Condition(
                                operator="ArnLike",
                                key="kms:EncryptionContext:aws:scheduler:schedule:arn",
                                values=(
                                    naming.arn("scheduler", f"schedule/default/{naming.prefix}-broker-*"),
                                ),
                            ),
                        ),
                    ),
                ),
            ),
            opts=pulumi.ResourceOptions(parent=self),
        )
        return role
