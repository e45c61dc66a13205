"""Where CloudWatch alarms and other messages for people go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import pulumi
import pulumi_aws as aws

from ..identity import ANYONE, Condition, Principal, Statement, policy_document
from ..keys import ALARM_PUBLISHERS
from ..naming import Kind, Naming

EVENT_BRIDGE: Final = "events.amazonaws.com"


class AlarmTopic(pulumi.ComponentResource):
    """An encrypted SNS topic with e-mail subscriptions; each address confirms its own once (NET-07).

    Only the services that raise alarms, for this account, may publish, and only over TLS (SEC-05, SEC-06).
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        name: str,
        *,
        emails: Sequence[str],
        naming: Naming,
        key_arn: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("fleet:observability:AlarmTopic", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        topic_name = naming.name(Kind.TOPIC, "alarms")
        topic = aws.sns.Topic(
            "alarms",
            aws.sns.TopicArgs(
                name=topic_name,
                display_name=f"Alarms of {naming.prefix}",
                # The AWS-managed key of SNS admits neither CloudWatch alarms nor EventBridge.
                kms_master_key_id=key_arn,
                tags=naming.tags(topic_name),
            ),
            opts=child,
        )
        aws.sns.TopicPolicy(
            "alarms",
            aws.sns.TopicPolicyArgs(
                arn=topic.arn,
                policy=policy_document(*_statements(naming.arn("sns", topic_name), naming)),
            ),
            opts=child,
        )
        for email in emails:
            aws.sns.TopicSubscription(
                email,
                aws.sns.TopicSubscriptionArgs(topic=topic.arn, protocol="email", endpoint=email),
                opts=child,
            )
        self.arn = topic.arn
        self.register_outputs({"arn": self.arn})


def _statements(topic_arn: str, naming: Naming) -> tuple[Statement, ...]:
    sources_known = [service for service in ALARM_PUBLISHERS if service != EVENT_BRIDGE]
    return (
        Statement(
            sid="PublishForThisAccount",
            actions=("sns:Publish",),
            resources=(topic_arn,),
            principals=(Principal.service(*sources_known),),
            conditions=(
                Condition(operator="StringEquals", key="aws:SourceAccount", values=(naming.account_id,)),
            ),
        ),
        # EventBridge fills in no source when it publishes to SNS: with a condition its messages are lost.
        Statement(
            sid="PublishEvents",
            actions=("sns:Publish",),
            resources=(topic_arn,),
            principals=(Principal.service(EVENT_BRIDGE),),
        ),
        Statement(
            sid="DenyWithoutTls",
            effect="Deny",
            actions=("sns:Publish",),
            resources=(topic_arn,),
            principals=(ANYONE,),
            conditions=(Condition(operator="Bool", key="aws:SecureTransport", values=("false",)),),
        ),
    )
