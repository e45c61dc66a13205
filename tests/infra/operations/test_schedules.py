"""What starts and stops an environment, as registered."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from infra.naming import Naming
from infra.operations import Schedules
from infra.settings.cluster import NodeSizeSettings
from infra.settings.environment import AwakeSettings
from preview.graph import Resource, ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer
from tests.infra.keys.evaluation import may, statements

from .week import MINUTES_PER_WEEK, awake_minutes

SCHEDULE = "aws:scheduler/schedule:Schedule"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
DATABASE = "aws:rds/instance:Instance"

CONTEXT = "kms:EncryptionContext:aws:scheduler:schedule:arn"
UNIVERSAL = "arn:aws:scheduler:::aws-sdk:"
ACTIONS = {"eks:updateNodegroupConfig", "rds:startDBInstance", "rds:stopDBInstance"}
KEY_ARN = "arn:aws:kms:ap-south-1:111122223333:key/6f0a1f6e-7f3b-4c55-9f5e-2b1f3f5d7a10"
AWAKE = AwakeSettings(weekdays="MON-FRI", start="08:00", stop="20:00", time_zone="Asia/Kolkata")
ACCOUNT = "arn:aws:{service}:ap-south-1:111122223333:"


@dataclass(frozen=True)
class Nodes:
    """What a schedule sees of a node group."""

    name: str
    node_group_name: pulumi.Output[str]
    size: NodeSizeSettings


def program(naming: Naming, provider: Callable[[], aws.Provider]) -> Callable[[], None]:
    def make() -> None:
        Schedules(
            "schedules",
            settings=AWAKE,
            naming=naming,
            node_groups=[
                Nodes(
                    name=name,
                    node_group_name=pulumi.Output.from_input(f"{name}-20261101"),
                    size=NodeSizeSettings(min=low, desired=desired, max=high),
                )
                for name, low, desired, high in (("general", 2, 2, 3), ("dev", 0, 0, 4))
            ],
            database_identifier=naming.database,
            key_arn=KEY_ARN,
            opts=pulumi.ResourceOptions(providers=[provider()]),
        )

    return make


@pytest.fixture(scope="module")
def graph(
    component: ComponentRenderer, naming: Naming, provider: Callable[[], aws.Provider]
) -> ResourceGraph:
    return component(program(naming, provider))


def schedules(graph: ResourceGraph) -> dict[str, Resource]:
    """Schedules that stop or start something; others do chores of their own."""
    return {
        schedule.name: schedule
        for schedule in graph.of_type(SCHEDULE)
        if schedule.inputs["target"]["arn"].removeprefix(UNIVERSAL) in ACTIONS
    }


def request(schedule: Resource) -> tuple[str, dict[str, Any]]:
    """The API action of a schedule and what it sends."""
    target = schedule.inputs["target"]
    return target["arn"].removeprefix(UNIVERSAL), json.loads(target["input"])


def scaling(group: str, low: int, desired: int, high: int) -> tuple[str, dict[str, Any]]:
    size = {"MinSize": low, "MaxSize": high, "DesiredSize": desired}
    cluster = {"ClusterName": "fleet-erp-prod", "NodegroupName": f"{group}-20261101"}
    return "eks:updateNodegroupConfig", {**cluster, "ScalingConfig": size}


def test_each_schedule_sends_this(graph: ResourceGraph) -> None:
    database = {"DbInstanceIdentifier": "fleet-erp-prod-postgres"}
    assert {name: request(schedule) for name, schedule in schedules(graph).items()} == {
        "database-start": ("rds:startDBInstance", database),
        "database-stop": ("rds:stopDBInstance", database),
        "nodes-general-start": scaling("general", 2, 2, 3),
        "nodes-general-stop": scaling("general", 0, 0, 3),
        "nodes-dev-stop": scaling("dev", 0, 0, 4),
    }


def test_each_schedule_fires_then(graph: ResourceGraph) -> None:
    assert {name: item.inputs["scheduleExpression"] for name, item in schedules(graph).items()} == {
        "database-start": "cron(30 7 ? * MON-FRI *)",
        "database-stop": "cron(0 20 * * ? *)",
        "nodes-general-start": "cron(0 8 ? * MON-FRI *)",
        "nodes-general-stop": "cron(0 20 * * ? *)",
        "nodes-dev-stop": "cron(0 20 * * ? *)",
    }


def test_every_schedule_is_exact_encrypted_and_retried(graph: ResourceGraph) -> None:
    for name, schedule in schedules(graph).items():
        inputs = schedule.inputs
        assert inputs["name"] == f"fleet-erp-prod-{name}"
        assert inputs["groupName"] == "fleet-erp-prod"
        assert inputs["scheduleExpressionTimezone"] == "Asia/Kolkata"
        assert inputs["flexibleTimeWindow"] == {"mode": "OFF"}
        assert inputs["kmsKeyArn"] == KEY_ARN
        assert inputs["state"] == "ENABLED"
        assert inputs["target"]["retryPolicy"] == {
            "maximumEventAgeInSeconds": 3600,
            "maximumRetryAttempts": 5,
        }


def test_the_role_may_do_this_and_nothing_else(graph: ResourceGraph) -> None:
    (policy,) = graph.of_type(ROLE_POLICY)
    nodes = ACCOUNT.format(service="eks") + "nodegroup/fleet-erp-prod/"
    assert json.loads(policy.inputs["policy"])["Statement"] == [
        {
            "Sid": "ScaleNodeGroups",
            "Effect": "Allow",
            "Action": "eks:UpdateNodegroupConfig",
            "Resource": [f"{nodes}general-*/*", f"{nodes}dev-*/*"],
        },
        {
            "Sid": "StartAndStopDatabase",
            "Effect": "Allow",
            "Action": ["rds:StartDBInstance", "rds:StopDBInstance"],
            "Resource": ACCOUNT.format(service="rds") + "db:fleet-erp-prod-postgres",
        },
        {
            "Sid": "ReadOwnRequests",
            "Effect": "Allow",
            "Action": "kms:Decrypt",
            "Resource": ACCOUNT.format(service="kms") + "key/*",
            "Condition": {
                "ForAnyValue:StringEquals": {"kms:ResourceAliases": "alias/fleet-erp-prod-data"},
                "ArnLike": {CONTEXT: ACCOUNT.format(service="scheduler") + "schedule/fleet-erp-prod/*"},
            },
        },
    ]


@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_the_key_lets_the_role_read_its_requests(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    policy = statements(graph, "data")
    for schedule in schedules(graph).values():
        (key,) = schedule.property_dependencies["kmsKeyArn"]
        assert key.endswith("::data")
        # The account root stands for its roles whose own policies allow the action too.
        account = schedule.outputs["target"]["roleArn"].partition(":role/")[0] + ":root"
        arn = schedule.outputs["arn"]
        assert may(policy, account, "kms:Decrypt", **{CONTEXT: arn})
        assert not may(policy, account, "kms:Decrypt", **{CONTEXT: arn.replace("fleet-erp", "other")})


def test_only_this_group_of_schedules_takes_the_role(graph: ResourceGraph) -> None:
    (role,) = graph.of_type(ROLE)
    (statement,) = json.loads(role.inputs["assumeRolePolicy"])["Statement"]
    assert statement["Principal"] == {"Service": "scheduler.amazonaws.com"}
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": "111122223333"},
        "ArnEquals": {"aws:SourceArn": ACCOUNT.format(service="scheduler") + "schedule-group/fleet-erp-prod"},
    }


def test_schedules_wait_for_the_rights_of_their_role(graph: ResourceGraph) -> None:
    policies = {policy.urn for policy in graph.of_type(ROLE_POLICY)}
    for schedule in graph.of_type(SCHEDULE):
        assert policies <= set(schedule.dependencies)


def test_the_first_preview_shows_every_resource(
    component: ComponentRenderer,
    naming: Naming,
    provider: Callable[[], aws.Provider],
    graph: ResourceGraph,
) -> None:
    unknown = component(program(naming, provider), unknowns=True)
    assert {resource.urn for resource in graph.resources} == {resource.urn for resource in unknown.resources}


@pytest.mark.requirement("OPS-02")
@pytest.mark.parametrize("stack", ["staging", "testing"])
def test_nights_and_weekends_save_sixty_to_seventy_percent(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    when = {name: item.inputs["scheduleExpression"] for name, item in schedules(graph).items()}
    sent = {name: request(schedule) for name, schedule in schedules(graph).items()}

    groups = {group.name: group for group in graph.of_type(NODE_GROUP)}
    assert groups
    for name, group in groups.items():
        action, stop = sent[f"nodes-{name}-stop"]
        assert action == "eks:updateNodegroupConfig"
        assert stop["NodegroupName"] == group.outputs["nodeGroupName"]
        assert (stop["ScalingConfig"]["MinSize"], stop["ScalingConfig"]["DesiredSize"]) == (0, 0)
        assert stop["ScalingConfig"]["MaxSize"] >= 1
        size = group.inputs["scalingConfig"]
        if size["desiredSize"] == 0:
            assert f"nodes-{name}-start" not in sent
            continue
        _, start = sent[f"nodes-{name}-start"]
        assert start["ScalingConfig"] == {
            "MinSize": size["minSize"],
            "DesiredSize": size["desiredSize"],
            "MaxSize": size["maxSize"],
        }
        minutes = awake_minutes(wake=when[f"nodes-{name}-start"], sleep=when[f"nodes-{name}-stop"])
        assert minutes == 60 * 60
        assert round(100 * (1 - minutes / MINUTES_PER_WEEK)) == 64

    (database,) = graph.of_type(DATABASE)
    assert sent["database-stop"] == (
        "rds:stopDBInstance",
        {"DbInstanceIdentifier": database.inputs["identifier"]},
    )
    assert sent["database-start"][0] == "rds:startDBInstance"
    minutes = awake_minutes(wake=when["database-start"], sleep=when["database-stop"])
    # Half an hour more on five days.
    assert minutes == 62.5 * 60
    assert 0.60 <= 1 - minutes / MINUTES_PER_WEEK <= 0.70


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_production_never_sleeps(estate: EstateRenderer, stack: str) -> None:
    assert schedules(estate(stack)) == {}
