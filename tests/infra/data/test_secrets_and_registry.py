"""Partner secrets, the image registry, and what holds for all data stores together."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from preview.graph import Resource, is_secret, plain
from tests.infra.data.conftest import Stores, key_arn, one

SECRET = "aws:secretsmanager/secret:Secret"
VERSION = "aws:secretsmanager/secretVersion:SecretVersion"
ESTATES = ("prod", "staging", "testing", "dr")
SENSITIVE = re.compile(r"^(password|passwords|authToken|secretString|secretBinary)(Wo)?$")


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ["prod", "staging", "testing"])
def test_partner_keys_have_a_place_and_no_value(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    partner = {r.name: r for r in graph.of_type(SECRET) if r.name in {"gsp-api-key", "gps-api-key"}}
    assert set(partner) == {"gsp-api-key", "gps-api-key"}
    for name, secret in partner.items():
        assert secret.inputs["name"] == f"fleet-erp/{stack}/{name}"
        assert secret.inputs["kmsKeyId"] == key_arn("secrets", "ap-south-1")
    urns = {secret.urn for secret in partner.values()}
    assert not [r for r in graph.resources if r.type != SECRET and urns & set(r.dependencies)]
    assert {version.name for version in graph.of_type(VERSION)} <= {
        *("database-master-secret-value", "broker-admin-secret-value", "cache-app-secret-value")
    }


@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_engine_deletes_no_secret_of_production(stores: Stores, stack: str) -> None:
    secrets = list(stores(stack).of_type(SECRET))
    assert {secret.name for secret in secrets} >= {"gsp-api-key", "gps-api-key", "cache-app-secret"}
    assert {secret.protect for secret in secrets} == {stack == "prod"}


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ESTATES)
@pytest.mark.parametrize("unknowns", [False, True])
def test_no_password_stands_in_clear(stores: Stores, stack: str, *, unknowns: bool) -> None:
    graph = stores(stack, unknowns=unknowns)
    found = [
        (resource.urn, key, hidden)
        for resource in graph.resources
        for side in (resource.inputs, resource.outputs)
        for key, hidden in sensitive(side)
    ]
    # At the least: broker, both cache users and their secrets' values.
    assert len(found) > 5
    assert [entry for entry in found if not entry[2]] == []
    for password in graph.of_type("random:index/randomPassword:RandomPassword"):
        assert "result" not in password.outputs or is_secret(password.outputs["result"])


def sensitive(value: Any, *, hidden: bool = False) -> Iterator[tuple[str, bool]]:
    """Every property whose name says it is a password, and whether a secret wrapper is around it."""
    if is_secret(value):
        value, hidden = plain(value), True
    if isinstance(value, dict):
        for key, item in value.items():
            if SENSITIVE.match(key) and item is not None:
                yield key, hidden or is_secret(item)
            yield from sensitive(item, hidden=hidden)
    if isinstance(value, list):
        for item in value:
            yield from sensitive(item, hidden=hidden)


@pytest.mark.parametrize(("stack", "days"), [("prod", 30), ("staging", 7), ("testing", 0)])
def test_deleted_secrets_can_come_back(stores: Stores, stack: str, days: int) -> None:
    windows = {secret.inputs["recoveryWindowInDays"] for secret in stores(stack).of_type(SECRET)}
    assert windows == {days}


@pytest.mark.parametrize("stack", ["prod", "staging", "testing"])
def test_images_are_immutable_encrypted_and_scanned(stores: Stores, stack: str) -> None:
    repositories = {r.name: r.inputs for r in stores(stack).of_type("aws:ecr/repository:Repository")}
    # Workspaces bring their own stores; their images are testing's to keep. It has no dashboards.
    further = {"postgres", "rabbitmq", "redis"} if stack == "testing" else {"grafana"}
    assert set(repositories) == {"odoo", "nginx", "gps", "ops"} | further
    for image, inputs in repositories.items():
        assert inputs["name"] == f"fleet-erp/{image}"
        assert inputs["imageTagMutability"] == "IMMUTABLE"
        assert inputs["imageScanningConfiguration"] == {"scanOnPush": True}
        assert inputs["encryptionConfigurations"] == [
            {"encryptionType": "KMS", "kmsKey": key_arn("data", "ap-south-1")}
        ]


@pytest.mark.parametrize(("stack", "kept"), [("prod", 50), ("testing", 20)])
def test_old_images_go(stores: Stores, stack: str, kept: int) -> None:
    policy = one(stores(stack), "aws:ecr/lifecyclePolicy:LifecyclePolicy", "odoo")
    untagged, tagged = (rule["selection"] for rule in json.loads(policy.inputs["policy"])["rules"])
    assert (untagged["tagStatus"], untagged["countNumber"]) == ("untagged", 7)
    assert (tagged["countType"], tagged["countNumber"]) == ("imageCountMoreThan", kept)


@pytest.mark.parametrize("stack", ESTATES)
def test_unknowns_hide_no_resource(stores: Stores, stack: str) -> None:
    assert set(stores(stack).by_urn) == set(stores(stack, unknowns=True).by_urn)


@pytest.mark.parametrize("stack", ESTATES)
def test_data_stores_say_how_sensitive_they_are(stores: Stores, stack: str) -> None:
    types = {
        *("aws:rds/instance:Instance", "aws:mq/broker:Broker", "aws:efs/fileSystem:FileSystem"),
        *("aws:elasticache/replicationGroup:ReplicationGroup", "aws:opensearch/domain:Domain"),
        *("aws:s3/bucket:Bucket", SECRET),
    }
    unlabelled = [r.name for r in stores(stack).of_type(*types) if label(r) is None]
    assert unlabelled == []


def label(resource: Resource) -> str | None:
    return resource.inputs["tags"].get("DataClassification")


@pytest.mark.requirement("ISO-01", "ISO-02")
def test_environments_share_no_physical_name(stores: Stores) -> None:
    keys = ("identifier", "brokerName", "replicationGroupId", "domainName", "bucket", "creationToken")
    names = {
        stack: {
            resource.inputs[key]
            for resource in stores(stack).resources
            for key in keys
            if not resource.type.startswith("aws:s3/bucket") or resource.type.endswith(":Bucket")
            if isinstance(resource.inputs.get(key), str)
        }
        for stack in ESTATES
    }
    assert all(len(found) > 5 for found in names.values())
    assert sum(map(len, names.values())) == len(set().union(*names.values()))
