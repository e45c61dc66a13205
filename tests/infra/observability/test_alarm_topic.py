"""The alarm topic: who may publish, to whom it sends, and that it is closed to others."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.keys import ALARM_PUBLISHERS
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings

ESTATES = ("prod", "staging", "testing", "dr")


def policy_of(graph: ResourceGraph) -> dict[str, Any]:
    """The statements of the topic's policy by id."""
    (policy,) = graph.of_type("aws:sns/topicPolicy:TopicPolicy")
    return {statement["Sid"]: statement for statement in json.loads(policy.inputs["policy"])["Statement"]}


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_topic_is_encrypted_with_the_logs_key(estate: EstateRenderer, stack: str) -> None:
    (topic,) = estate(stack).of_type("aws:sns/topic:Topic")
    assert topic.inputs["name"] == f"fleet-erp-{stack}-alarms"
    assert [urn.rsplit("$", 1)[-1] for urn in topic.property_dependencies["kmsMasterKeyId"]] == [
        "aws:kms/key:Key::logs"
    ]


@pytest.mark.parametrize("stack", ESTATES)
def test_every_address_of_the_settings_is_subscribed(estate: EstateRenderer, stack: str) -> None:
    subscriptions = estate(stack).of_type("aws:sns/topicSubscription:TopicSubscription")
    assert {(found.inputs["protocol"], found.inputs["endpoint"]) for found in subscriptions} == {
        ("email", email) for email in estate_settings(stack).environment.alarm_emails
    }


@pytest.mark.parametrize("stack", ESTATES)
def test_only_alarm_services_publish_for_this_account(estate: EstateRenderer, stack: str) -> None:
    environment = estate_settings(stack).environment
    topic = f"arn:aws:sns:{environment.region}:{environment.account_id}:fleet-erp-{stack}-alarms"
    policy = policy_of(estate(stack))
    assert {statement["Resource"] for statement in policy.values()} == {topic}
    assert {statement["Action"] for statement in policy.values()} == {"sns:Publish"}
    allowed = {sid for sid, statement in policy.items() if statement["Effect"] == "Allow"}
    assert allowed == {"PublishForThisAccount", "PublishEvents"}
    guarded = policy["PublishForThisAccount"]
    assert guarded["Condition"] == {"StringEquals": {"aws:SourceAccount": environment.account_id}}
    # EventBridge says nothing about its source, so a condition would lose its messages.
    assert policy["PublishEvents"]["Principal"] == {"Service": "events.amazonaws.com"}
    assert "Condition" not in policy["PublishEvents"]
    assert {*guarded["Principal"]["Service"], "events.amazonaws.com"} == set(ALARM_PUBLISHERS)


@pytest.mark.parametrize("stack", ESTATES)
def test_nobody_publishes_without_tls(estate: EstateRenderer, stack: str) -> None:
    denial = policy_of(estate(stack))["DenyWithoutTls"]
    assert denial["Effect"] == "Deny"
    assert denial["Principal"] == "*"
    assert denial["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
