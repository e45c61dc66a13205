"""Programs of an edge alone, with the settings of a real stack and stand-ins for its neighbours."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pulumi_aws as aws

from infra.data.object_store import AccessLogs
from infra.edge import Edge
from infra.naming import Naming
from infra.network import Network
from infra.settings import EstateSettings
from preview.graph import Resource, ResourceGraph
from tests.infra.settings.stack_files import areas_of, parse_areas

VPC_ID = "vpc-0a1b2c3d4e5f60718"
SUBNET_IDS = ("subnet-0a1b2c3d4e5f60711", "subnet-0a1b2c3d4e5f60712")
SECURITY_GROUP_ID = "sg-0a1b2c3d4e5f60718"
LOG_BUCKET = "fleet-erp-prod-access-logs-111122223333-ap-south-1"
KEY_ARN = "arn:aws:kms:ap-south-1:111122223333:key/6f0a1f6e-7f3b-4c55-9f5e-2b1f3f5d7a10"
TOPIC_ARN = "arn:aws:sns:ap-south-1:111122223333:fleet-erp-prod-alarms"

Changes = Mapping[str, Mapping[str, Any]]


def settings_of(stack: str, changes: Changes | None = None) -> EstateSettings:
    """The settings of a real stack, with some keys of some areas changed."""
    areas = areas_of(stack)
    for area, values in (changes or {}).items():
        areas[area] |= values
    settings = parse_areas(areas, stack)
    assert isinstance(settings, EstateSettings)
    return settings


def edge_program(stack: str, changes: Changes | None = None) -> Callable[[], None]:
    """A program that makes the edge of `stack` and nothing else."""
    settings = settings_of(stack, changes)
    known = pulumi.Output.from_input

    def program() -> None:
        provider = aws.Provider("aws", aws.ProviderArgs(region=settings.environment.region))
        network = SimpleNamespace(
            vpc_id=known(VPC_ID),
            public_subnet_ids=[known(subnet) for subnet in SUBNET_IDS],
            security_groups=SimpleNamespace(alb=known(SECURITY_GROUP_ID)),
        )
        Edge(
            "edge",
            settings=settings.edge,
            load=settings.load,
            recovery=settings.recovery,
            naming=Naming.of(settings.environment, settings.schedule),
            network=cast("Network", network),
            access_logs=AccessLogs(bucket_name=known(LOG_BUCKET), arn=f"arn:aws:s3:::{LOG_BUCKET}"),
            logs_key_arn=KEY_ARN,
            alarm_topic_arn=TOPIC_ARN,
            opts=pulumi.ResourceOptions(providers=[provider]),
        )

    return program


def only(graph: ResourceGraph, token: str) -> Resource:
    """The one resource of a type."""
    (resource,) = graph.of_type(token)
    return resource


def named(graph: ResourceGraph, token: str) -> dict[str, Resource]:
    """The resources of a type by logical name."""
    return {resource.name: resource for resource in graph.of_type(token)}
