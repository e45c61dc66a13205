"""RabbitMQ in every environment."""

from __future__ import annotations

import json
import re

import pytest

from preview.graph import is_secret, plain
from tests.infra.data.conftest import PRIVATE_SUBNETS, Stores, key_arn, one

BROKER = "aws:mq/broker:Broker"
SCHEDULE = "aws:scheduler/schedule:Schedule"


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize(
    ("stack", "instance_type", "mode", "subnets"),
    [
        ("prod", "mq.m7g.large", "CLUSTER_MULTI_AZ", PRIVATE_SUBNETS),
        ("staging", "mq.m7g.large", "SINGLE_INSTANCE", PRIVATE_SUBNETS[:1]),
        ("testing", "mq.m7g.medium", "SINGLE_INSTANCE", PRIVATE_SUBNETS[:1]),
        ("dr", "mq.m7g.large", "CLUSTER_MULTI_AZ", PRIVATE_SUBNETS),
    ],
)
def test_shape(stores: Stores, stack: str, instance_type: str, mode: str, subnets: tuple[str, ...]) -> None:
    inputs = one(stores(stack), BROKER, "rabbitmq").inputs
    assert (inputs["hostInstanceType"], inputs["deploymentMode"]) == (instance_type, mode)
    assert inputs["subnetIds"] == list(subnets)
    assert inputs["securityGroups"] == ["sg-of-mq"]
    assert inputs["publiclyAccessible"] is False
    assert (inputs["engineType"], inputs["engineVersion"]) == ("RabbitMQ", "4.2")


@pytest.mark.parametrize("stack", ["prod", "testing"])
def test_what_the_api_refuses_is_not_said(stores: Stores, stack: str) -> None:
    broker = one(stores(stack), BROKER, "rabbitmq")
    assert "encryptionOptions" not in broker.inputs
    assert broker.inputs["logs"] == {"general": True}
    assert broker.inputs["autoMinorVersionUpgrade"] is True
    assert broker.ignore_changes == ("users",)


def test_one_administrator_whose_password_is_kept(stores: Stores) -> None:
    graph = stores("prod")
    broker = one(graph, BROKER, "rabbitmq")
    (user,) = plain(broker.inputs["users"])
    assert plain(user["username"]) == "fleet-admin"
    assert is_secret(user["password"]) or is_secret(broker.inputs["users"])
    password = one(graph, "random:index/randomPassword:RandomPassword", "broker-admin-password")
    # 12 to 250 characters, no comma, colon or equals sign.
    assert (password.inputs["length"], password.inputs["special"]) == (48, False)
    secret = one(graph, "aws:secretsmanager/secret:Secret", "broker-admin-secret")
    assert secret.inputs["kmsKeyId"] == key_arn("secrets", "ap-south-1")
    version = one(graph, "aws:secretsmanager/secretVersion:SecretVersion", "broker-admin-secret-value")
    assert set(json.loads(plain(version.inputs["secretStringWo"]))) == {
        *("endpoint", "console", "port", "username", "password")
    }


@pytest.mark.requirement("SEC-06")
@pytest.mark.parametrize(("stack", "days"), [("prod", 90), ("testing", 14)])
def test_schedules_bound_and_encrypt_the_groups_that_amazon_mq_makes(
    stores: Stores, stack: str, days: int
) -> None:
    graph = stores(stack)
    broker = one(graph, BROKER, "rabbitmq")
    calls = {
        (
            schedule.inputs["target"]["arn"].rsplit(":", 1)[1],
            *(json.loads(schedule.inputs["target"]["input"]).values()),
        )
        for schedule in graph.of_type(SCHEDULE)
    }
    groups = [f"/aws/amazonmq/broker/{broker.id}/{log}" for log in ("general", "connection", "channel")]
    assert calls == {("putRetentionPolicy", group, days) for group in groups} | {
        ("associateKmsKey", group, key_arn("logs", "ap-south-1")) for group in groups
    }
    assert {s.inputs["kmsKeyArn"] for s in graph.of_type(SCHEDULE)} == {key_arn("data", "ap-south-1")}


def test_the_schedules_may_do_that_and_no_more(stores: Stores) -> None:
    policy = one(stores("prod"), "aws:iam/rolePolicy:RolePolicy", "broker-logs")
    statements = json.loads(policy.inputs["policy"])["Statement"]
    assert [(s["Action"], s["Resource"]) for s in statements] == [
        (
            ["logs:AssociateKmsKey", "logs:PutRetentionPolicy"],
            "arn:aws:logs:ap-south-1:111122223333:log-group:/aws/amazonmq/broker/*",
        ),
        ("kms:Decrypt", "arn:aws:kms:ap-south-1:111122223333:key/*"),
    ]
    assert statements[1]["Condition"] == {
        "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/fleet-erp-prod-data"},
        "ArnLike": {
            "kms:EncryptionContext:aws:scheduler:schedule:arn": (
                "arn:aws:scheduler:ap-south-1:111122223333:schedule/default/fleet-erp-prod-broker-*"
            )
        },
    }


def test_endpoint_speaks_tls(stores: Stores) -> None:
    graph = stores("prod")
    broker = one(graph, BROKER, "rabbitmq")
    assert graph.exports["broker_id"] == broker.id
    assert re.fullmatch(rf"amqps://{broker.id}\..+:5671", graph.exports["broker_endpoint"])
