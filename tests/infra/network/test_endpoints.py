"""Private ways to AWS services."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.conftest import ACCOUNT_ID, EstateRenderer
from tests.infra.settings.stack_files import estate_settings

from .reading import ESTATES, named, one

ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ROUTE_TABLE = "aws:ec2/routeTable:RouteTable"


@pytest.mark.parametrize("stack", ESTATES)
def test_s3_is_reached_through_a_gateway_from_every_private_subnet(
    estate: EstateRenderer, stack: str
) -> None:
    graph = estate(stack)
    s3 = one(graph, ENDPOINT, "s3")
    region = estate_settings(stack).environment.region
    assert s3.inputs["vpcEndpointType"] == "Gateway"
    assert s3.inputs["serviceName"] == f"com.amazonaws.{region}.s3"
    assert named(s3, "routeTableIds") == [
        table.name for table in graph.of_type(ROUTE_TABLE) if table.name.startswith("private")
    ]


@pytest.mark.parametrize("stack", ESTATES)
def test_interface_endpoints_are_those_of_the_settings(estate: EstateRenderer, stack: str) -> None:
    settings = estate_settings(stack)
    region = settings.environment.region
    endpoints = [endpoint for endpoint in estate(stack).of_type(ENDPOINT) if endpoint.name != "s3"]
    assert sorted(endpoint.inputs["serviceName"] for endpoint in endpoints) == sorted(
        f"com.amazonaws.{region}.{service}" for service in settings.network.interface_endpoints
    )
    for endpoint in endpoints:
        assert endpoint.inputs["vpcEndpointType"] == "Interface"
        assert endpoint.inputs["privateDnsEnabled"] is True
        assert named(endpoint, "subnetIds") == ["private-a", "private-b"]
        assert named(endpoint, "securityGroupIds") == [f"sg-endpoints-{stack}"]


@pytest.fixture(scope="module")
def s3_policy(estate: EstateRenderer) -> dict[str, Any]:
    """The statements of prod's S3 endpoint policy by id."""
    document = json.loads(one(estate("prod"), ENDPOINT, "s3").inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


def test_only_our_callers_reach_only_our_buckets(s3_policy: dict[str, Any]) -> None:
    assert s3_policy["OwnBuckets"]["Condition"] == {
        "StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID, "aws:ResourceAccount": ACCOUNT_ID}
    }
    assert s3_policy["NewBuckets"]["Condition"] == {"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}}
    assert s3_policy["NewBuckets"]["Action"] == ["s3:CreateBucket", "s3:ListAllMyBuckets"]


def test_image_layers_of_others_are_read_only(s3_policy: dict[str, Any]) -> None:
    """Without these, nodes cannot pull images from ECR or registry.k8s.io."""
    images = s3_policy["PublicImages"]
    assert images["Action"] == "s3:GetObject"
    assert images["Resource"] == [
        "arn:aws:s3:::prod-ap-south-1-starport-layer-bucket/*",
        "arn:aws:s3:::prod-registry-k8s-io-ap-south-1/*",
        "arn:aws:s3:::al2023-repos-ap-south-1-de612dc2/*",
    ]
    assert set(s3_policy) == {"OwnBuckets", "NewBuckets", "PublicImages"}
