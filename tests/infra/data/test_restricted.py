"""Restricted data, store by store on the real stacks: classified, encrypted, reached by few (DATA-07).

Policies judge each property of each type; this asks the whole question of every store that is tagged
restricted, and demands that whatever can hold personal data is tagged so.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, Final

import pytest

from ops.evidence.access import stores as readers_of_stores
from ops.evidence.logs import name_of, restricted_stores
from policies.framework.exemptions import read_exemptions
from policies.framework.pack import POLICIES
from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer

ESTATES: Final = ("prod", "staging", "testing", "dr")
DATABASE: Final = "aws:rds/instance:Instance"
BROKER: Final = "aws:mq/broker:Broker"
FILES: Final = "aws:efs/fileSystem:FileSystem"
BUCKET: Final = "aws:s3/bucket:Bucket"
SECRET: Final = "aws:secretsmanager/secret:Secret"
VAULT: Final = "aws:backup/vault:Vault"
PERSONAL: Final = (DATABASE, BROKER, FILES, SECRET)
"""What holds personal data, or opens it, whatever its name."""
PERSONAL_BUCKETS: Final = {"prod": {"attachments", "gps-archive"}}
"""Elsewhere these hold what was masked."""
KEYS: Final = ("aws:kms/key:Key", "aws:kms/replicaKey:ReplicaKey")
NODES: Final = "sg-eks-nodes-"
PORTS: Final = {DATABASE: {5432}, BROKER: {443, 5671, 15671, 16001}, FILES: {2049}}
"""All of them speak TLS and nothing else: see `in_transit`."""

Check = Callable[[Resource, ResourceGraph], Iterator[str]]


def belonging(graph: ResourceGraph, token: str, to: Resource) -> list[Resource]:
    return [each for each in graph.of_type(token) if to.urn in each.dependencies]


def own_key(graph: ResourceGraph, value: object) -> bool:
    """Whether a key is one that this stack declares."""
    return value is not None and value in {
        key.outputs.get("arn") for token in KEYS for key in graph.of_type(token)
    }


def at_rest(store: Resource, graph: ResourceGraph) -> Iterator[str]:
    inputs = store.inputs
    if store.type == DATABASE:
        if inputs.get("storageEncrypted") is not True:
            yield "its storage is not encrypted"
        source = str(inputs.get("replicateSourceDb") or "")
        here = source.split(":")[3:4] == str(store.outputs.get("arn")).split(":")[3:4]
        # A replica in the same region has its source's key and may name none.
        if not (source and here) and not own_key(graph, inputs.get("kmsKeyId")):
            yield "its key is not ours"
    elif store.type == BROKER:
        accepted = [
            each
            for each in read_exemptions(POLICIES / "exemptions.yaml")
            if each.rule == "enc-mq-at-rest" and each.covers_urn(store.urn) and graph.stack in each.stacks
        ]
        # Amazon MQ encrypts RabbitMQ's queues with a key of its own, and takes no other.
        if "encryptionOptions" not in inputs and not accepted:
            yield "that its key is AWS's is not accepted by anybody"
    elif store.type == BUCKET:
        token = "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration"
        defaults = [
            rule.get("applyServerSideEncryptionByDefault") or {}
            for each in belonging(graph, token, store)
            for rule in each.inputs["rules"]
        ]
        if not any(
            default.get("sseAlgorithm") == "aws:kms" and own_key(graph, default.get("kmsMasterKeyId"))
            for default in defaults
        ):
            yield "its objects are not encrypted with our key"
    elif store.type == FILES:
        if inputs.get("encrypted") is not True or not own_key(graph, inputs.get("kmsKeyId")):
            yield "its files are not encrypted with our key"
    elif store.type == VAULT:
        if not own_key(graph, inputs.get("kmsKeyArn")):
            yield "its backups are not encrypted with our key"
    elif not own_key(graph, inputs.get("kmsKeyId")):
        yield "its key is not ours"


def denies_plain(policies: list[Resource]) -> bool:
    """Whether a policy turns away everybody who comes without TLS, with no other condition."""
    return any(
        statement["Effect"] == "Deny"
        and statement.get("Principal") in ("*", {"AWS": "*"})
        and statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
        and statement["Action"] in ("*", "s3:*", "elasticfilesystem:*")
        for policy in policies
        for statement in json.loads(policy.inputs["policy"])["Statement"]
    )


def in_transit(store: Resource, graph: ResourceGraph) -> Iterator[str]:
    if store.type == DATABASE:
        parameters = {
            parameter["name"]: parameter["value"]
            for group in graph.of_type("aws:rds/parameterGroup:ParameterGroup")
            if group.urn in store.dependencies
            for parameter in group.inputs["parameters"]
        }
        if parameters.get("rds.force_ssl") != "1" or parameters.get("ssl_min_protocol_version") not in {
            "TLSv1.2",
            "TLSv1.3",
        }:
            yield "it takes connections without TLS 1.2"
    elif store.type == BROKER:
        # Amazon MQ opens only the TLS ports of RabbitMQ; the ports are held by `reached`.
        if store.inputs.get("engineType") != "RabbitMQ":
            yield "its engine is one with listeners in clear"
    elif store.type == BUCKET:
        if not denies_plain(belonging(graph, "aws:s3/bucketPolicy:BucketPolicy", store)):
            yield "it takes requests without TLS"
    elif store.type == FILES and not denies_plain(
        belonging(graph, "aws:efs/fileSystemPolicy:FileSystemPolicy", store)
    ):
        yield "it is mounted without TLS"
    # Secrets and vaults have no other way in than AWS's own API, which speaks TLS 1.2 and newer alone.


def reached(store: Resource, graph: ResourceGraph) -> Iterator[str]:
    if store.inputs.get("publiclyAccessible"):
        yield "it has a public address"
    holders = belonging(graph, "aws:efs/mountTarget:MountTarget", store) if store.type == FILES else [store]
    if store.type in PORTS:
        ids = {
            each
            for holder in holders
            for key in ("vpcSecurityGroupIds", "securityGroups")
            for each in holder.inputs.get(key) or ()
        }
        groups = {group.id: group for group in graph.of_type("aws:ec2/securityGroup:SecurityGroup")}
        if not ids or any(groups[each].inputs.get("ingress") for each in ids):
            yield "no security group holds it"
        names = {each: str((group.inputs.get("tags") or {}).get("Name")) for each, group in groups.items()}
        ways = [
            rule.inputs
            for rule in graph.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
            if rule.inputs["securityGroupId"] in ids
        ]
        for way in ways:
            source = names.get(str(way.get("referencedSecurityGroupId")), "an address")
            ports = set(range(way["fromPort"], way["toPort"] + 1))
            if not source.startswith(NODES) or not ports <= PORTS[store.type]:
                yield f"{source} reaches it at {way['fromPort']} to {way['toPort']}"
    if store.type == BUCKET:
        token = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
        for switch in ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"):
            if [each.inputs.get(switch) for each in belonging(graph, token, store)] != [True]:
                yield f"{switch} is off"


def granted(graph: ResourceGraph) -> Iterator[tuple[str, str]]:
    """Give each store that somebody may read who is no role of this stack, or whom everybody can become."""
    account = str(next(iter(graph.of_type("aws:kms/key:Key"))).outputs["arn"]).split(":")[4]
    for store in readers_of_stores(graph):
        for reader in store.readers:
            role = reader.who.startswith("role ") and reader.taken_by and "*" not in str(reader.taken_by)
            ours = reader.who.startswith(f"AWS arn:aws:iam::{account}:")
            if not role and not ours:
                yield store.resource, f"{reader.who} may read it, by {reader.by}"


CHECKS: Final[Mapping[str, Check]] = {"at rest": at_rest, "in transit": in_transit, "reached": reached}


def shortcomings(graph: ResourceGraph) -> set[str]:
    found = {
        f"{name_of(store)}: {what}"
        for store in restricted_stores(graph)
        for check in CHECKS.values()
        for what in check(store, graph)
    }
    found |= {f"{store}: {what}" for store, what in granted(graph)}
    tagged = {store.urn for store in restricted_stores(graph)}
    return found | {
        f"{name_of(each)}: holds personal data and is not tagged restricted"
        for each in graph.resources
        if (
            each.type in PERSONAL
            or (each.type == BUCKET and each.name in PERSONAL_BUCKETS.get(graph.stack, ()))
        )
        and each.urn not in tagged
    }


@pytest.mark.requirement("DATA-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_store_of_restricted_data_is_protected(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    found = {store.type for store in restricted_stores(graph)}
    assert found <= {DATABASE, BROKER, FILES, BUCKET, SECRET, VAULT}, "a store that nothing here asks about"
    assert found >= {DATABASE, BROKER, FILES, SECRET}
    assert shortcomings(graph) == set()


def test_what_is_accepted_of_the_broker_is_still_in_force() -> None:
    entries = [e for e in read_exemptions(POLICIES / "exemptions.yaml") if e.rule == "enc-mq-at-rest"]
    assert [entry.expires > date(2026, 11, 25) for entry in entries] == [True]


def changed(graph: ResourceGraph, token: str, name: str, **inputs: Any) -> ResourceGraph:
    """Give the graph with inputs of one resource changed; None takes an input away."""
    done = []

    def change(each: Resource) -> Resource:
        if each.type != token or each.name != name:
            return each
        done.append(each)
        merged = {**each.inputs, **inputs}
        return replace(each, inputs={key: value for key, value in merged.items() if value is not None})

    made = replace(graph, resources=tuple(map(change, graph.resources)))
    assert len(done) == 1, f"{token} {name} is not there to break"
    return made


OPEN_POLICY: Final = json.dumps(
    {"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "*"}]}
)
BROKEN: Final[Mapping[str, tuple[str, str, dict[str, Any], str]]] = {
    "database in clear": (DATABASE, "postgres", {"storageEncrypted": False}, "not encrypted"),
    "database with AWS's key": (DATABASE, "postgres", {"kmsKeyId": None}, "key is not ours"),
    "database in public": (DATABASE, "postgres-report", {"publiclyAccessible": True}, "public address"),
    "database without class": (DATABASE, "postgres", {"tags": {}}, "not tagged restricted"),
    "database without TLS": (
        "aws:rds/parameterGroup:ParameterGroup",
        "postgres-parameters",
        {"parameters": []},
        "without TLS 1.2",
    ),
    "database open to addresses": (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "rds-from-eks-nodes-postgres",
        {"referencedSecurityGroupId": None, "cidrIpv4": "10.0.0.0/8"},
        "an address reaches it",
    ),
    "broker on a port in clear": (
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "mq-from-eks-nodes-amqps",
        {"fromPort": 5671, "toPort": 5672},
        "reaches it at 5671 to 5672",
    ),
    "broker of another engine": (BROKER, "rabbitmq", {"engineType": "ActiveMQ"}, "in clear"),
    "files without encryption": (FILES, "filestore", {"encrypted": False}, "files are not encrypted"),
    "files without TLS": (
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "filestore",
        {"policy": '{"Statement": []}'},
        "mounted without TLS",
    ),
    "bucket with AWS's key": (
        "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
        "attachments",
        {"rules": [{"applyServerSideEncryptionByDefault": {"sseAlgorithm": "aws:kms"}}]},
        "not encrypted with our key",
    ),
    "bucket for everybody": (
        "aws:s3/bucketPolicy:BucketPolicy",
        "gps-archive",
        {"policy": OPEN_POLICY},
        "may read it",
    ),
    "bucket that may be public": (
        "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock",
        "attachments",
        {"restrictPublicBuckets": False},
        "restrictPublicBuckets is off",
    ),
    "bucket without class": (BUCKET, "gps-archive", {"tags": {}}, "not tagged restricted"),
    "secret with AWS's key": (SECRET, "database-odoo-secret", {"kmsKeyId": None}, "key is not ours"),
    "secret's reader that anybody becomes": (
        "aws:iam/role:Role",
        "erp-secrets",
        {
            "assumeRolePolicy": json.dumps(
                {"Statement": {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}}
            )
        },
        "may read it",
    ),
}


@pytest.mark.requirement("DATA-07")
@pytest.mark.parametrize("breakage", BROKEN)
def test_each_loss_of_protection_is_noticed(estate: EstateRenderer, breakage: str) -> None:
    token, name, inputs, words = BROKEN[breakage]
    found = shortcomings(changed(estate("prod"), token, name, **inputs))
    assert any(words in line for line in found), found
