"""The intakes of staging and testing as registered: what starts them, who reaches what, what they may."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings
from tests.infra.network.reading import EGRESS, GROUP, INGRESS, Rule, named, one, rules

INSIDE = "fleet:protection:Intake$"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
REPOSITORY_POLICY = "aws:ecr/repositoryPolicy:RepositoryPolicy"
ACCOUNTS = {"staging": "222233334444", "testing": "333344445555"}
KNOWN = {
    # Asked with a filter, RDS wants the right to list all.
    "Look: rds:DescribeDBInstances can name its db, but allows all",
    "Look: rds:DescribeDBSnapshots can name its db or snapshot, but allows all",
}


@pytest.fixture(scope="module", params=ACCOUNTS)
def stack(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture(scope="module")
def graph(estate: EstateRenderer, stack: str) -> ResourceGraph:
    return estate(stack)


def inside(graph: ResourceGraph, token: str) -> Iterator[Resource]:
    return (resource for resource in graph.of_type(token) if INSIDE in resource.urn)


def statements(graph: ResourceGraph, name: str) -> list[dict[str, Any]]:
    policy = next(policy for policy in inside(graph, ROLE_POLICY) if policy.name == name)
    return json.loads(policy.inputs["policy"])["Statement"]


def resources_of(document: list[dict[str, Any]], action: str) -> list[str]:
    found: list[str] = []
    for statement in document:
        actions = statement["Action"]
        if action in ([actions] if isinstance(actions, str) else actions):
            given = statement["Resource"]
            found += [given] if isinstance(given, str) else given
    return found


@pytest.mark.requirement("DATA-03")
def test_production_s_event_starts_it(estate: EstateRenderer, graph: ResourceGraph, stack: str) -> None:
    prod = estate("prod")
    told = one(prod, "aws:cloudwatch/eventTarget:EventTarget", f"refresh-tell-{stack}")
    bus = f"arn:aws:events:ap-south-1:{ACCOUNTS[stack]}:event-bus/fleet-erp-{stack}-intake"
    assert told.inputs["arn"] == bus
    rule = one(graph, "aws:cloudwatch/eventRule:EventRule", "intake")
    pattern, theirs = (
        json.loads(found.inputs["eventPattern"])
        for found in (rule, one(prod, "aws:cloudwatch/eventRule:EventRule", "refresh-shared"))
    )
    assert pattern == theirs | {"account": ["111122223333"]}
    assert pattern["detail"] == {
        "stateMachineArn": ["arn:aws:states:ap-south-1:111122223333:stateMachine:fleet-erp-prod-refresh"],
        "status": ["SUCCEEDED"],
    }
    target = one(graph, "aws:cloudwatch/eventTarget:EventTarget", "intake")
    assert target.inputs["inputTransformer"] == {
        "inputPaths": {"run": "$.detail.name"},
        "inputTemplate": '{"run": <run>}',
    }
    (policy,) = inside(graph, "aws:cloudwatch/eventBusPolicy:EventBusPolicy")
    (statement,) = json.loads(policy.inputs["policy"])["Statement"]
    assert statement["Principal"] == {"AWS": "arn:aws:iam::111122223333:root"}
    assert statement["Condition"] == {
        "ArnEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/fleet-erp-prod-refresh-tell"}
    }


@pytest.mark.requirement("SEC-09")
def test_only_the_examiner_reaches_a_candidate(graph: ResourceGraph, stack: str) -> None:
    candidate, examiner = f"sg-candidate-{stack}", f"sg-candidate-examiner-{stack}"
    assert {group.name for group in inside(graph, GROUP)} == {candidate, examiner}
    assert rules(graph, INGRESS, candidate) == [Rule(examiner, "tcp", 5432, 5432)]
    assert rules(graph, EGRESS, candidate) == []
    assert rules(graph, INGRESS, examiner) == []
    assert rules(graph, EGRESS, examiner) == [Rule(candidate, "tcp", 5432, 5432)]
    (function,) = inside(graph, "aws:lambda/function:Function")
    assert named(function, "vpcConfig") == sorted([examiner, "private-a", "private-b"])


@pytest.mark.requirement("SEC-09", "DATA-03")
def test_it_takes_only_what_production_masked(graph: ResourceGraph, stack: str) -> None:
    document = statements(graph, "intake")
    own = f"arn:aws:rds:ap-south-1:{ACCOUNTS[stack]}:snapshot:fleet-erp-{stack}-masked-*"
    assert resources_of(document, "rds:CopyDBSnapshot") == [
        "arn:aws:rds:ap-south-1:111122223333:snapshot:fleet-erp-prod-masked-*",
        own,
    ]
    restored = resources_of(document, "rds:RestoreDBInstanceFromDBSnapshot")
    assert [arn for arn in restored if ":snapshot:" in arn] == [own]


def test_it_cannot_touch_the_database_of_the_environment(graph: ResourceGraph, stack: str) -> None:
    for policy in inside(graph, ROLE_POLICY):
        document = json.loads(policy.inputs["policy"])["Statement"]
        for statement in document:
            given = statement["Resource"]
            for arn in [given] if isinstance(given, str) else given:
                if ":db:" in arn:
                    assert arn.endswith(f":db:fleet-erp-{stack}-candidate-*")
    (deleted,) = resources_of(statements(graph, "intake"), "rds:DeleteDBInstance")
    assert deleted.endswith(f":db:fleet-erp-{stack}-candidate-*")


def test_an_accepted_snapshot_is_never_deleted_by_it(graph: ResourceGraph) -> None:
    (statement,) = (
        entry for entry in statements(graph, "intake") if entry["Action"] == "rds:DeleteDBSnapshot"
    )
    assert statement["Condition"]["StringNotEquals"] == {"aws:ResourceTag/Accepted": "true"}


def test_roles_say_what_iam_understands(graph: ResourceGraph) -> None:
    policies = list(inside(graph, ROLE_POLICY))
    assert {policy.name for policy in policies} == {"intake", "intake-start", "refresh-acceptance"}
    for policy in policies:
        if policy.name != "refresh-acceptance":
            found = [line for line in findings(policy.inputs["policy"]) if line not in KNOWN]
            assert found == [], policy.urn


def test_one_policy_lets_its_function_pull(graph: ResourceGraph, stack: str) -> None:
    (policy,) = (
        found for found in graph.of_type(REPOSITORY_POLICY) if "ops" in str(found.inputs["repository"])
    )
    function = f"arn:aws:lambda:ap-south-1:{ACCOUNTS[stack]}:function:fleet-erp-{stack}-refresh-acceptance"
    assert function in policy.inputs["policy"]


@pytest.mark.parametrize("other", ["prod", "dr"])
def test_nobody_else_takes_masked_data(estate: EstateRenderer, other: str) -> None:
    assert not [found for found in estate(other).resources if "fleet:protection:Intake" in found.urn]
