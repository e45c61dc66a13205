"""The network, the job, the roles and the keys of production's quarantine, as registered."""

from __future__ import annotations

import json
from collections.abc import Iterator
from ipaddress import IPv4Network
from typing import Any

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings
from tests.infra.keys.evaluation import may, statements
from tests.infra.network.reading import EGRESS, GROUP, INGRESS, SUBNET, Rule, named, one, rules

INSIDE = "fleet:protection:Refresh$"
VPC = "aws:ec2/vpc:Vpc"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
WAYS_OUT = ("InternetGateway", "NatGateway", "eering", "ransitGateway", "vpn", "Route::", "Eip")
STAGING = "arn:aws:iam::222233334444:root"
TESTING = "arn:aws:iam::333344445555:root"
KNOWN = {
    # Asked with a filter, RDS wants the right to list all.
    "Look: rds:DescribeDBInstances can name its db, but allows all",
    "Look: rds:DescribeDBSnapshots can name its db or snapshot, but allows all",
    # The data knows the encryption context only with a placeholder.
    "ReadOwnRequests: kms:Decrypt does not know the condition key"
    " kms:EncryptionContext:aws:scheduler:schedule:arn",
    # A token opens what the role may fetch, which is one image.
    "allows credentials exposure: ecr:GetAuthorizationToken",
}
JOB, DATABASE, ENDPOINTS = (f"sg-quarantine-{role}-prod" for role in ("job", "rds", "endpoints"))


@pytest.fixture(scope="module", params=[False, True], ids=["update", "first preview"])
def graph(estate: EstateRenderer, request: pytest.FixtureRequest) -> ResourceGraph:
    return estate("prod", unknowns=request.param)


@pytest.fixture(scope="module")
def prod(estate: EstateRenderer) -> ResourceGraph:
    return estate("prod")


def inside(graph: ResourceGraph, token: str) -> Iterator[Resource]:
    return (resource for resource in graph.of_type(token) if INSIDE in resource.urn)


def document_of(graph: ResourceGraph, name: str) -> list[dict[str, Any]]:
    policy = next(policy for policy in inside(graph, ROLE_POLICY) if policy.name == name)
    return json.loads(policy.inputs["policy"])["Statement"]


def allowed(document: list[dict[str, Any]], action: str) -> list[dict[str, Any]]:
    return [part for part in document if part["Effect"] == "Allow" and action in listed(part["Action"])]


def listed(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


@pytest.mark.requirement("SEC-09")
def test_there_is_no_way_in_or_out(graph: ResourceGraph) -> None:
    quarantine = one(graph, VPC, "quarantine")
    in_it = [
        resource
        for resource in graph.resources
        if any(quarantine.urn in urns for urns in resource.property_dependencies.values())
    ]
    assert len(in_it) > len(WAYS_OUT)
    assert not [resource.urn for resource in in_it if any(way in f"{resource.type}::" for way in WAYS_OUT)]
    tables = {table.name for table in inside(graph, "aws:ec2/routeTable:RouteTable")}
    assert tables == {"quarantine"}
    assert not [
        route.urn
        for route in graph.of_type("aws:ec2/route:Route")
        if set(named(route, "routeTableId")) & tables
    ]


def test_aws_would_refuse_to_connect_it_to_production(prod: ResourceGraph) -> None:
    networks = {vpc.name: IPv4Network(vpc.inputs["cidrBlock"]) for vpc in prod.of_type(VPC)}
    assert networks["quarantine"].subnet_of(networks["vpc"])


@pytest.mark.requirement("SEC-09")
def test_only_the_job_reaches_the_copy(graph: ResourceGraph) -> None:
    assert rules(graph, INGRESS, DATABASE) == [Rule(JOB, "tcp", 5432, 5432)]
    assert rules(graph, EGRESS, DATABASE) == []
    assert rules(graph, INGRESS, JOB) == []
    assert rules(graph, EGRESS, JOB) == [
        Rule("quarantine-s3", "tcp", 443, 443),
        Rule(ENDPOINTS, "tcp", 443, 443),
        Rule(DATABASE, "tcp", 5432, 5432),
    ]
    assert rules(graph, INGRESS, ENDPOINTS) == [Rule(JOB, "tcp", 443, 443)]
    assert rules(graph, EGRESS, ENDPOINTS) == []
    assert {group.name for group in inside(graph, GROUP)} == {JOB, DATABASE, ENDPOINTS}


def test_the_copy_lies_in_the_marked_subnets(graph: ResourceGraph) -> None:
    (group,) = inside(graph, "aws:rds/subnetGroup:SubnetGroup")
    subnets = list(inside(graph, SUBNET))
    assert named(group, "subnetIds") == sorted(subnet.name for subnet in subnets)
    assert all(subnet.inputs["tags"]["Purpose"] == "quarantine" for subnet in subnets)
    assert not any(key.startswith("kubernetes.io") for subnet in subnets for key in subnet.inputs["tags"])


def test_nothing_passes_the_endpoints_but_callers_of_the_account(graph: ResourceGraph) -> None:
    endpoints = {endpoint.name: endpoint for endpoint in inside(graph, ENDPOINT)}
    assert set(endpoints) == {
        f"quarantine-{service}" for service in ("ecr.api", "ecr.dkr", "logs", "s3", "secretsmanager")
    }
    for name, endpoint in endpoints.items():
        (statement,) = json.loads(endpoint.inputs["policy"])["Statement"]
        if name == "quarantine-s3":
            assert statement["Action"] == "s3:GetObject"
            assert statement["Resource"] == "arn:aws:s3:::prod-ap-south-1-starport-layer-bucket/*"
        else:
            condition = {"StringEquals": {"aws:PrincipalAccount": "111122223333"}}
            assert statement["Condition"] == condition


@pytest.mark.requirement("SEC-09")
def test_no_other_account_can_use_the_key_of_what_is_not_masked(prod: ResourceGraph) -> None:
    rds = {"kms_ViaService": "rds.ap-south-1.amazonaws.com"}
    unmasked, masked = statements(prod, "quarantine"), statements(prod, "masked")
    for target in (STAGING, TESTING):
        assert may(masked, target, "kms:Decrypt", **rds)
        assert not may(unmasked, target, "kms:Decrypt", **rds)
    for action in ("kms:Decrypt", "kms:DescribeKey", "kms:CreateGrant"):
        assert not may(unmasked, STAGING, action, **rds, kms_GrantIsForAWSResource="true")
        assert may(masked, STAGING, action, **rds, kms_GrantIsForAWSResource="true")
        assert not may(masked, STAGING, action, kms_ViaService="s3.ap-south-1.amazonaws.com")
    assert not may(masked, STAGING, "kms:Encrypt", **rds)
    assert not may(masked, STAGING, "kms:PutKeyPolicy", **rds)


def test_roles_say_what_iam_understands(graph: ResourceGraph) -> None:
    policies = list(inside(graph, ROLE_POLICY))
    assert len(policies) == 7
    for policy in policies:
        found = [line for line in findings(policy.inputs["policy"]) if line not in KNOWN]
        assert found == [], policy.urn


@pytest.mark.requirement("SEC-09")
@pytest.mark.parametrize("role", ["refresh", "refresh-sweep"])
def test_a_machine_deletes_only_what_carries_its_tag(prod: ResourceGraph, role: str) -> None:
    document = document_of(prod, role)
    for action in ("rds:DeleteDBInstance", "rds:DeleteDBSnapshot", "secretsmanager:DeleteSecret"):
        for part in allowed(document, action):
            assert part["Condition"]["StringEquals"]["aws:ResourceTag/Purpose"] in {"quarantine", "masked"}
            for resource in listed(part["Resource"]):
                assert resource.split(":", 5)[5].startswith(
                    (
                        "db:fleet-erp-quarantine-prod-",
                        "snapshot:fleet-erp-quarantine-prod-",
                        "snapshot:fleet-erp-prod-masked-",
                        "secret:fleet-erp/prod/refresh/",
                    )
                ), resource


@pytest.mark.requirement("SEC-09")
def test_a_machine_shares_only_what_is_masked(prod: ResourceGraph) -> None:
    (share,) = allowed(document_of(prod, "refresh"), "rds:ModifyDBSnapshotAttribute")
    assert share["Resource"] == "arn:aws:rds:ap-south-1:111122223333:snapshot:fleet-erp-prod-masked-*"
    assert share["Condition"] == {"StringEquals": {"aws:ResourceTag/Purpose": "masked"}}
    for role in ("refresh-sweep", "masking-job", "masking-start"):
        assert not allowed(document_of(prod, role), "rds:ModifyDBSnapshotAttribute")


def test_nobody_changes_production_s_database(prod: ResourceGraph) -> None:
    """It is only ever the source of a snapshot."""
    production = "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres"
    for policy in inside(prod, ROLE_POLICY):
        for part in json.loads(policy.inputs["policy"])["Statement"]:
            if production in listed(part["Resource"]):
                assert listed(part["Action"]) == ["rds:CreateDBSnapshot"]


def test_the_job_is_nobody_and_writes_nowhere(prod: ResourceGraph) -> None:
    (task,) = inside(prod, "aws:ecs/taskDefinition:TaskDefinition")
    (container,) = json.loads(task.inputs["containerDefinitions"])
    assert container["readonlyRootFilesystem"] is True
    assert container["privileged"] is False
    assert not container["user"].startswith("0")
    assert container["linuxParameters"]["capabilities"] == {"drop": ["ALL"]}
    assert "@sha256:" in container["image"]
    environment = {entry["name"]: entry["value"] for entry in container["environment"]}
    assert environment["REFRESH_DATABASES"] == "tms,gps"
    assert environment["REFRESH_ENVIRONMENT"] == "staging"


@pytest.mark.parametrize("stack", ["staging", "testing", "dr"])
def test_only_production_has_one(estate: EstateRenderer, stack: str) -> None:
    assert not [
        resource for resource in estate(stack).resources if "fleet:protection:Refresh" in resource.type
    ]
