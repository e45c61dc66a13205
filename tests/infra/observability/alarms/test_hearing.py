"""Who hears an alarm: the topic, which may be published to, and whose key lets the publisher in."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer

from .reading import (
    ALARM,
    COMPOSITE,
    DECLARED_ELSEWHERE,
    ESTATES,
    SUBSCRIPTION,
    alarms,
    event_alarms,
    event_messages,
    targets,
)

PUBLISHERS = ("cloudwatch.amazonaws.com", "events.amazonaws.com", "events.rds.amazonaws.com")


def topic_of(graph: ResourceGraph) -> Resource:
    """The only topic of the stack."""
    (topic,) = graph.of_type("aws:sns/topic:Topic")
    return topic


@pytest.mark.requirement("NET-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_alarm_rings_at_the_topic_and_says_when_it_is_over(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    parts = {name for composite in graph.of_type(COMPOSITE) for name in targets(composite, "alarmRule")}
    for alarm in graph.of_type(ALARM, COMPOSITE):
        heard = [] if alarm.name in parts else ["alarms"]
        assert (alarm.name, targets(alarm, "alarmActions")) == (alarm.name, heard)
        assert (alarm.name, targets(alarm, "okActions")) == (alarm.name, heard)
        assert alarm.inputs.get("actionsEnabled", True) is True


def test_the_site_is_down_when_any_part_says_so(estate: EstateRenderer) -> None:
    graph = estate("prod")
    (composite,) = graph.of_type(COMPOSITE)
    found = alarms(graph)
    parts = ("no-healthy-odoo", "no-healthy-gps", "balancer-errors")
    assert targets(composite, "alarmRule") == sorted(parts)
    assert composite.inputs["alarmRule"] == " OR ".join(
        f'ALARM("{found[part].inputs["name"]}")' for part in parts
    )


@pytest.mark.parametrize("stack", ESTATES)
def test_every_event_rule_has_the_topic_as_its_target(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    assert {
        (target.name, *targets(target, "rule"), *targets(target, "arn")) for target in event_messages(graph)
    } == {(rule.name, rule.name, "alarms") for rule in event_alarms(graph)}


@pytest.mark.parametrize("stack", ESTATES)
@pytest.mark.parametrize("publisher", PUBLISHERS)
def test_topic_and_its_key_let_the_publisher_in(estate: EstateRenderer, stack: str, publisher: str) -> None:
    graph = estate(stack)
    (policy,) = graph.of_type("aws:sns/topicPolicy:TopicPolicy")
    admitted = [
        statement
        for statement in json.loads(policy.inputs["policy"])["Statement"]
        if statement["Effect"] == "Allow" and publisher in _services(statement)
    ]
    assert [statement["Action"] for statement in admitted] == ["sns:Publish"]
    (key_urn,) = topic_of(graph).property_dependencies["kmsMasterKeyId"]
    key = json.loads(graph.by_urn[key_urn].inputs["policy"])
    (use,) = [statement for statement in key["Statement"] if publisher in _services(statement)]
    assert {"kms:Decrypt", "kms:GenerateDataKey*"} <= set(use["Action"])
    assert "Condition" not in use


@pytest.mark.parametrize("stack", ESTATES)
def test_rds_reports_to_the_topic(estate: EstateRenderer, stack: str) -> None:
    subscriptions = {found.inputs["sourceType"]: found for found in estate(stack).of_type(SUBSCRIPTION)}
    assert set(subscriptions) == {"db-instance", "db-parameter-group", "db-security-group"}
    for subscription in subscriptions.values():
        assert targets(subscription, "snsTopic") == ["alarms"]
        assert "sourceIds" not in subscription.inputs
    instance = set(subscriptions["db-instance"].inputs["eventCategories"])
    assert {"configuration change", "failover", "failure", "low storage", "maintenance"} <= instance
    # A database that its schedule stops every night says so every night.
    assert ("availability" in instance) == (stack in {"prod", "dr"})
    assert subscriptions["db-parameter-group"].inputs["eventCategories"] == ["configuration change"]
    assert subscriptions["db-security-group"].inputs["eventCategories"] == ["configuration change", "failure"]


@pytest.mark.parametrize("stack", ESTATES)
def test_every_description_leads_to_a_page_that_exists(
    estate: EstateRenderer, repository: Path, stack: str
) -> None:
    graph = estate(stack)
    # Testing has no settings of alerts, which say where the repository is read.
    published = "https://git.example.com/fleet-erp/blob/main/docs/runbooks"
    folder = "docs/runbooks" if stack == "testing" else published
    texts = [
        *(
            alarm.inputs["alarmDescription"].replace(" docs/runbooks", f" {folder}")
            if alarm.name in DECLARED_ELSEWHERE
            else alarm.inputs["alarmDescription"]
            for alarm in graph.of_type(ALARM, COMPOSITE)
        ),
        *(target.inputs["inputTransformer"]["inputTemplate"] for target in event_messages(graph)),
    ]
    pages = {text.strip('"').rpartition("Runbook: ")[2] for text in texts}
    for page in pages:
        where, _, name = page.rpartition("/")
        assert where == folder
        assert (repository / "docs/runbooks" / name).is_file(), name


@pytest.mark.parametrize("stack", ESTATES)
def test_names_are_of_the_environment_and_descriptions_fit(estate: EstateRenderer, stack: str) -> None:
    for alarm in estate(stack).of_type(ALARM):
        assert alarm.inputs["name"] == f"fleet-erp-{stack}-{alarm.name}"
        assert 60 <= len(alarm.inputs["alarmDescription"]) <= 1024
        # More than CloudWatch looks at: evaluation beyond a day is refused below a period of an hour.
        metrics = [query["metric"] for query in alarm.inputs.get("metricQueries", ()) if "metric" in query]
        period = alarm.inputs.get("period") or metrics[0]["period"]
        assert period * alarm.inputs["evaluationPeriods"] <= 86_400


def _services(statement: dict[str, dict[str, str | list[str]]]) -> list[str]:
    principal = statement.get("Principal", {})
    services = principal.get("Service", []) if isinstance(principal, dict) else []
    return [services] if isinstance(services, str) else services
