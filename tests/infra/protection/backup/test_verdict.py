"""The verdict on a restore test: who is called when one has ended, and what with (SEC-13, DATA-02)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any, Final

import pytest

from infra.observability.dashboards.context import RECOVERY_TIME_HOURS
from infra.observability.rules.context import RECOVERY_POINT_MINUTES
from ops.restore_validation import judge
from ops.restore_validation.judge import Circumstances
from ops.restore_validation.runtime import HANDLERS
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.observability.alarms.eventbridge import matches
from tests.policies.mutations.editing import Change, with_document, with_input, without

from .reading import (
    ACCOUNTS,
    BUCKET,
    FUNCTION,
    INVOCATION,
    PERMISSION,
    REGIONS,
    RULE,
    TARGET,
    called,
    inside,
    problems,
    sources,
)

TESTED: Final = ("prod", "staging")


def ended(stack: str, **detail: Any) -> dict[str, Any]:
    """A restore of the database that has ended well.

    AWS Backup developer guide, "Monitoring AWS Backup events using Amazon EventBridge", Restore Job events,
    COMPLETED, and the ARN that it adds if the job is part of a restore testing plan.
    """
    where = f"{REGIONS[stack]}:{ACCOUNTS[stack]}"
    plan = f"fleet_erp_{stack}_database-0a1b2c3d-4444-5555-6666-777788889999"
    return {
        "version": "0",
        "id": "ab32977c-378d-2122-e985-fff4596f0709",
        "detail-type": "Restore Job State Change",
        "source": "aws.backup",
        "account": ACCOUNTS[stack],
        "time": "2027-01-01T04:02:58Z",
        "region": REGIONS[stack],
        "resources": [f"arn:aws:rds:{where}:snapshot:awsbackup:job-1a2bcd34"],
        "detail": {
            "restoreJobId": "AB123456-78C9-0123-456D-789012E34567",
            "backupVaultArn": f"arn:aws:backup:{where}:backup-vault:fleet-erp-{stack}",
            "recoveryPointArn": f"arn:aws:rds:{where}:snapshot:awsbackup:job-1a2bcd34",
            "sourceResourceArn": f"arn:aws:rds:{where}:db:fleet-erp-{stack}-postgres",
            "backupSizeInBytes": "0",
            "creationDate": "2027-01-01T03:10:01.742Z",
            "iamRoleArn": f"arn:aws:iam::{ACCOUNTS[stack]}:role/fleet-erp-{stack}-backup-restore",
            "percentDone": 0,
            "resourceType": "RDS",
            "status": "COMPLETED",
            "createdResourceArn": f"arn:aws:rds:{where}:db:awsbackup-restore-test-1",
            "completionDate": "2027-01-01T04:02:53.128Z",
            "restoreTestingPlanArn": f"arn:aws:backup:{where}:restore-testing-plan:{plan}",
            **detail,
        },
    }


def by_hand(stack: str) -> dict[str, Any]:
    """The same, started by a person."""
    event = ended(stack)
    del event["detail"]["restoreTestingPlanArn"]
    return event


def others(stack: str) -> dict[str, dict[str, Any]]:
    """Events that are not about a restore test of the database that has ended."""
    another = {"prod": "staging", "staging": "prod"}[stack]
    plan = ended(stack)["detail"]["restoreTestingPlanArn"]
    return {
        "runs": ended(stack, status="RUNNING"),
        "failed": ended(stack, status="FAILED"),
        "files": ended(stack, resourceType="EFS"),
        "by a person": by_hand(stack),
        "of another environment": ended(another),
        "of another plan": ended(
            stack, restoreTestingPlanArn=plan.replace("_database-", "_database_weekly-")
        ),
        "a backup": {**ended(stack), "detail-type": "Backup Job State Change"},
    }


def rendered(template: str, paths: dict[str, str], event: dict[str, Any]) -> dict[str, Any]:
    """What the function receives: a text is put into a template of JSON with its quotes.

    EventBridge user guide, "Input transformation".
    """
    values = {}
    for name, path in paths.items():
        node: Any = event
        for step in path.removeprefix("$.").split("."):
            node = node[step]
        values[name] = json.dumps(node)
    return json.loads(re.sub(r"<(\w+)>", lambda match: values[match[1]], template))


def heard(graph: ResourceGraph) -> Iterator[str]:
    """Exactly the restore test of the database that has ended calls the judge, who may be called."""
    stack = graph.stack
    function = called(graph, FUNCTION, "restore-judge")
    calling = [target for target in inside(graph, TARGET) if function in sources(graph, target, "arn")]
    if not calling:
        yield "nobody calls the judge"
    for target in calling:
        (rule,) = sources(graph, target, "rule")
        pattern = json.loads(rule.inputs["eventPattern"])
        if not matches(pattern, ended(stack)):
            yield "a test that has ended is not heard"
        yield from (f"{what} is heard" for what, event in others(stack).items() if matches(pattern, event))
        if rule.inputs.get("state", "ENABLED") != "ENABLED":
            yield "the rule is off"
        permissions = [
            permission
            for permission in inside(graph, PERMISSION)
            if function in sources(graph, permission, "function")
            and rule in sources(graph, permission, "sourceArn")
            and permission.inputs["principal"] == "events.amazonaws.com"
            and permission.inputs["action"] == "lambda:InvokeFunction"
            and permission.inputs["sourceAccount"] == ACCOUNTS[stack]
        ]
        if len(permissions) != 1 or permissions[0].urn not in target.dependencies:
            yield "EventBridge may not call the judge"
    if len(inside(graph, PERMISSION)) > 1:
        yield "somebody else may call a function"


def told(graph: ResourceGraph) -> Iterator[str]:
    """The judge is told of this environment, by names that this stack declares."""
    for target in inside(graph, TARGET):
        transformer = target.inputs["inputTransformer"]
        event = ended(graph.stack)
        given = rendered(transformer["inputTemplate"], transformer["inputPaths"], event)
        if given.pop("restoreJobId") != event["detail"]["restoreJobId"]:
            yield "another job"
        circumstances = asdict(Circumstances(**given.pop("circumstances")))
        wanted = {
            "environment": graph.stack,
            "examiner": called(graph, FUNCTION, "restore-database").inputs["name"],
            "records_bucket": next(
                each.inputs["bucket"] for each in graph.of_type(BUCKET) if each.name == "records"
            ),
            "odoo_database": "tms",
            "gps_database": "gps",
            "max_age_minutes": RECOVERY_POINT_MINUTES if graph.stack == "prod" else None,
            "max_restore_minutes": RECOVERY_TIME_HOURS * 60,
        }
        yield from (f"{key} is {circumstances[key]}" for key in wanted if circumstances[key] != wanted[key])
        if given:
            yield f"the judge knows no {', '.join(given)}"


def failures_reach_people(graph: ResourceGraph) -> Iterator[str]:
    """A function that fails is not tried again, and says so at the topic of alarms."""
    for function in inside(graph, FUNCTION):
        settings = [
            each for each in inside(graph, INVOCATION) if function in sources(graph, each, "functionName")
        ]
        reached = [
            source.name
            for each in settings
            if each.inputs["maximumRetryAttempts"] == 0
            for source in sources(graph, each, "destinationConfig")
        ]
        if reached != ["alarms"]:
            yield f"{function.name}: nobody hears when it fails"


ALL: Final = (heard, told, failures_reach_people)


@pytest.mark.requirement("SEC-13", "DATA-02")
@pytest.mark.parametrize("stack", TESTED)
def test_what_was_restored_is_examined(estate: EstateRenderer, stack: str) -> None:
    assert problems(estate(stack), *ALL) == []


@pytest.mark.parametrize("stack", TESTED)
def test_the_judge_understands_what_it_receives(
    estate: EstateRenderer, monkeypatch: pytest.MonkeyPatch, stack: str
) -> None:
    """From the event to the judge's own arguments, through the rule's template and the function's handler."""
    graph = estate(stack)
    transformer = called(graph, TARGET, "restore-test-ended").inputs["inputTransformer"]
    event = ended(stack)
    asked: list[tuple[str, Circumstances]] = []
    monkeypatch.setattr(judge.Clients, "of_account", lambda: None)
    monkeypatch.setattr(judge, "judge", lambda job, _clients, known: asked.append((job, known)))
    HANDLERS["judge"](rendered(transformer["inputTemplate"], transformer["inputPaths"], event))
    ((job, known),) = asked
    assert job == event["detail"]["restoreJobId"]
    assert known.environment == stack


@pytest.mark.parametrize("stack", TESTED)
def test_functions_run_what_the_image_holds(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    functions = {function.name: function.inputs for function in inside(graph, FUNCTION)}
    for name, handler in (("restore-judge", "judge"), ("restore-database", "database")):
        inputs = functions[name]
        assert inputs["imageConfig"]["entryPoints"] == ["python3", "-m", "ops.restore_validation.runtime"]
        assert inputs["imageConfig"]["commands"] == [handler]
        assert handler in HANDLERS
        assert "@sha256:" in inputs["imageUri"]
        assert inputs["reservedConcurrentExecutions"] == 1
        # What it must know comes with its events: a variable could hold a secret.
        assert "environment" not in inputs
    assert functions["restore-database"]["timeout"] < functions["restore-judge"]["timeout"] <= 900


def _hears_failures(pattern: dict[str, Any]) -> None:
    pattern["detail"]["status"] = ["COMPLETED", "FAILED"]


def _hears_any_plan(pattern: dict[str, Any]) -> None:
    del pattern["detail"]["restoreTestingPlanArn"]


def _hears_the_name_alone(pattern: dict[str, Any]) -> None:
    (prefix,) = pattern["detail"]["restoreTestingPlanArn"]
    prefix["prefix"] = prefix["prefix"].removesuffix("-")


def _hears_the_plan_without_its_id(pattern: dict[str, Any]) -> None:
    (prefix,) = pattern["detail"]["restoreTestingPlanArn"]
    pattern["detail"]["restoreTestingPlanArn"] = [prefix["prefix"].removesuffix("-")]


def breakages(graph: ResourceGraph) -> dict[str, tuple[Change, str]]:
    """Losses, each with what is said of it."""
    rule = called(graph, RULE, "restore-test-ended").urn
    target = called(graph, TARGET, "restore-test-ended").urn
    permission = called(graph, PERMISSION, "restore-test-ended").urn
    template = str(graph.by_urn[target].inputs["inputTransformer"]["inputTemplate"])
    return {
        "failures are heard": (with_document(rule, "eventPattern", _hears_failures), "failed is heard"),
        "any plan is heard": (with_document(rule, "eventPattern", _hears_any_plan), "by a person is heard"),
        "plans of longer names are heard": (
            with_document(rule, "eventPattern", _hears_the_name_alone),
            "of another plan is heard",
        ),
        "a name without its id": (
            with_document(rule, "eventPattern", _hears_the_plan_without_its_id),
            "that has ended is not heard",
        ),
        "a rule that is off": (with_input(rule, "state", "DISABLED"), "the rule is off"),
        "no target": (without(target), "nobody calls"),
        "no permission": (without(permission), "may not call"),
        "a permission for anybody's rules": (
            with_input(permission, "sourceAccount", "999999999999"),
            "may not call",
        ),
        "another job": (
            with_input(target, "inputTransformer.inputPaths.job", "$.detail.recoveryPointArn"),
            "another job",
        ),
        "stale data is well": (
            with_input(
                target,
                "inputTransformer.inputTemplate",
                template.replace('"max_age_minutes": 15', '"max_age_minutes": null'),
            ),
            "max_age_minutes is None",
        ),
        "a restore may last": (
            with_input(
                target,
                "inputTransformer.inputTemplate",
                template.replace('_restore_minutes": 240', '_restore_minutes": 2400'),
            ),
            "max_restore_minutes is 2400",
        ),
        "nobody hears": (
            without(called(graph, INVOCATION, "restore-judge").urn),
            "restore-judge: nobody hears",
        ),
    }


@pytest.mark.requirement("SEC-13", "DATA-02")
def test_each_loss_is_noticed(estate: EstateRenderer) -> None:
    graph = estate("prod")
    for what, (change, said) in breakages(graph).items():
        found = problems(change(graph), *ALL)
        assert any(said in line for line in found), (what, found)
