"""Redis in every environment."""

from __future__ import annotations

import json

import pytest

from infra.settings import EstateSettings
from preview.graph import is_secret, plain
from tests.infra.data.conftest import PRIVATE_SUBNETS, Stores, key_arn, one

GROUP = "aws:elasticache/replicationGroup:ReplicationGroup"
USER = "aws:elasticache/user:User"
ESTATES = ("prod", "staging", "testing", "dr")


@pytest.mark.parametrize(
    ("stack", "node_type", "nodes"),
    [
        ("prod", "cache.m7g.large", 2),
        ("staging", "cache.t4g.medium", 1),
        ("testing", "cache.t4g.micro", 1),
        ("dr", "cache.m7g.large", 2),
    ],
)
def test_two_nodes_fail_over_and_one_does_not(stores: Stores, stack: str, node_type: str, nodes: int) -> None:
    inputs = one(stores(stack), GROUP, "cache").inputs
    assert (inputs["nodeType"], inputs["numCacheClusters"]) == (node_type, nodes)
    assert (inputs["automaticFailoverEnabled"], inputs["multiAzEnabled"]) == (nodes > 1, nodes > 1)


@pytest.mark.requirement("SEC-05", "SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_encrypted_in_transit_and_at_rest(stores: Stores, stack: str) -> None:
    inputs = one(stores(stack), GROUP, "cache").inputs
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    assert (inputs["transitEncryptionEnabled"], inputs["transitEncryptionMode"]) == (True, "required")
    assert (inputs["atRestEncryptionEnabled"], inputs["kmsKeyId"]) == (True, key_arn("data", region))


@pytest.mark.requirement("NET-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_private_subnets(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    subnets = one(graph, "aws:elasticache/subnetGroup:SubnetGroup", "cache-subnets")
    assert subnets.inputs["subnetIds"] == list(PRIVATE_SUBNETS)
    inputs = one(graph, GROUP, "cache").inputs
    assert inputs["subnetGroupName"] == subnets.inputs["name"]
    assert inputs["securityGroupIds"] == ["sg-of-cache"]


def test_clients_log_in_as_a_limited_user(stores: Stores) -> None:
    graph = stores("prod")
    users = {user.inputs["userName"]: user for user in graph.of_type(USER)}
    group = one(graph, "aws:elasticache/userGroup:UserGroup", "cache-users")
    assert set(group.inputs["userIds"]) == {user.inputs["userId"] for user in users.values()}
    assert one(graph, GROUP, "cache").inputs["userGroupIds"] == [group.inputs["userGroupId"]]
    assert {name: user.inputs["accessString"].split()[0] for name, user in users.items()} == {
        "default": "off",
        "fleet-app": "on",
    }
    assert {"-@admin", "-@dangerous"} <= set(users["fleet-app"].inputs["accessString"].split())
    assert all(is_secret(user.inputs["passwordsWo"]) for user in users.values())
    version = one(graph, "aws:secretsmanager/secretVersion:SecretVersion", "cache-app-secret-value")
    document = json.loads(plain(version.inputs["secretStringWo"]))
    assert (document["username"], document["port"]) == ("fleet-app", 6379)


def test_valkey_has_its_family_and_no_default_user(stores: Stores) -> None:
    def to_valkey(settings: EstateSettings) -> EstateSettings:
        return settings.model_copy(
            update={
                "cache": settings.cache.model_copy(update={"engine": "valkey"}),
                "versions": settings.versions.model_copy(update={"redis": "8.1"}),
            }
        )

    redis, valkey = stores("prod"), stores("prod", change=to_valkey)
    families = [
        one(graph, "aws:elasticache/parameterGroup:ParameterGroup", "cache-parameters").inputs["family"]
        for graph in (redis, valkey)
    ]
    assert families == ["redis7", "valkey8"]
    assert [user.inputs["userName"] for user in valkey.of_type(USER)] == ["fleet-app"]
    assert {user.inputs["engine"] for user in valkey.of_type(USER)} == {"valkey"}


def test_keys_without_expiry_are_never_evicted(stores: Stores) -> None:
    group = one(stores("prod"), "aws:elasticache/parameterGroup:ParameterGroup", "cache-parameters")
    assert group.inputs["parameters"] == [{"name": "maxmemory-policy", "value": "volatile-lru"}]


@pytest.mark.parametrize(("stack", "days"), [("prod", 90), ("testing", 14)])
def test_slow_and_engine_logs_go_to_encrypted_groups(stores: Stores, stack: str, days: int) -> None:
    graph = stores(stack)
    delivered = {
        entry["logType"]: entry["destination"]
        for entry in one(graph, GROUP, "cache").inputs["logDeliveryConfigurations"]
    }
    assert set(delivered) == {"slow-log", "engine-log"}
    groups = {
        group.inputs["name"]: (group.inputs["retentionInDays"], group.inputs["kmsKeyId"])
        for group in graph.of_type("aws:cloudwatch/logGroup:LogGroup")
    }
    for destination in delivered.values():
        assert groups[destination] == (days, key_arn("logs", "ap-south-1"))
