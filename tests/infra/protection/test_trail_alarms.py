"""Alarms on the trail: which acts ring, and which of the pipeline's and of AWS's own do not."""

from __future__ import annotations

from typing import Any, Final

import pytest

from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer

from .filter_patterns import matches

FILTER: Final = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
ALARM: Final = "aws:cloudwatch/metricAlarm:MetricAlarm"
TRAIL: Final = "aws:cloudtrail/trail:Trail"
WATCHED: Final = ("prod", "staging")
"""Stacks with a trail."""

Event = dict[str, Any]
ACCOUNTS: Final = {"prod": "111122223333", "staging": "222233334444"}


def by_role(stack: str, role: str, **event: Any) -> Event:
    """A call by a session of a role of the account."""
    arn = f"arn:aws:iam::{ACCOUNTS[stack]}:role/{role}"
    return {
        "eventType": "AwsApiCall",
        "userIdentity": {"type": "AssumedRole", "sessionContext": {"sessionIssuer": {"arn": arn}}},
        **event,
    }


def by_root(**event: Any) -> Event:
    """A call by the root user."""
    return {"eventType": "AwsApiCall", "userIdentity": {"type": "Root"}, **event}


def sign_in(result: str, mfa: str) -> Event:
    """A sign-in of an IAM user to the console."""
    failed = {"errorMessage": "Failed authentication"} if result == "Failure" else {}
    return {
        "eventName": "ConsoleLogin",
        "eventType": "AwsConsoleSignIn",
        "userIdentity": {"type": "IAMUser"},
        "additionalEventData": {"MFAUsed": mfa},
        "responseElements": {"ConsoleLogin": result},
        **failed,
    }


def kms(stack: str, role: str, call: str, **identity: str) -> Event:
    """A call of KMS; `invokedBy` is the service that made it for the role."""
    event = by_role(stack, role, eventSource="kms.amazonaws.com", eventName=call)
    event["userIdentity"] |= identity
    return event


def heard(graph: ResourceGraph, event: Event) -> set[str]:
    """The filters on the trail that count an event."""
    return {
        found.name
        for found in graph.of_type(FILTER)
        if found.name != "rejected-flows" and matches(found.inputs["pattern"], event)
    }


def events(stack: str) -> dict[str, tuple[Event, set[str]]]:
    """Events, and the alarms that each must ring."""
    deployer, break_glass = f"fleet-erp-deploy-{stack}", f"fleet-erp-break-glass-{stack}"
    s3, ec2, iam = "s3.amazonaws.com", "ec2.amazonaws.com", "iam.amazonaws.com"
    by_a_service = by_root(eventName="CreateRole")
    by_a_service["userIdentity"]["invokedBy"] = "support.amazonaws.com"
    glass = f"arn:aws:iam::{ACCOUNTS[stack]}:role/{break_glass}"
    return {
        "root looks": (by_root(eventName="ListUsers"), {"root-used"}),
        "root makes a key": (by_root(eventName="CreateAccessKey"), {"root-used", "iam-changed"}),
        "a service for root": (by_a_service, {"iam-changed"}),
        "sign-in with a factor": (sign_in("Success", "Yes"), set()),
        "sign-in without": (sign_in("Success", "No"), {"sign-in-without-mfa"}),
        "sign-in failed": (sign_in("Failure", "No"), {"failed-sign-ins"}),
        "denied": (
            by_role(stack, "x", eventName="RunInstances", errorCode="Client.UnauthorizedOperation"),
            {"denied-calls"},
        ),
        "denied too": (
            by_role(
                stack,
                "x",
                eventName="GetSecretValue",
                errorCode="AccessDenied",
                sourceIPAddress="198.51.100.1",
            ),
            {"denied-calls"},
        ),
        "glass broken": (
            by_role(stack, "x", eventName="AssumeRole", requestParameters={"roleArn": glass}),
            {"break-glass-used"},
        ),
        "another role taken": (
            by_role(stack, "x", eventName="AssumeRole", requestParameters={"roleArn": f"{glass}-not"}),
            set(),
        ),
        "trail stopped": (by_role(stack, "x", eventName="StopLogging"), {"watching-changed"}),
        "trail stopped by the pipeline": (
            by_role(stack, deployer, eventName="StopLogging"),
            {"watching-changed"},
        ),
        "detector deleted": (by_role(stack, deployer, eventName="DeleteDetector"), {"watching-changed"}),
        "policy attached": (
            by_role(stack, "x", eventSource=iam, eventName="AttachRolePolicy"),
            {"iam-changed"},
        ),
        "policy deployed": (by_role(stack, deployer, eventSource=iam, eventName="AttachRolePolicy"), set()),
        "policy of a like-named role": (
            by_role(stack, f"{deployer}-not", eventSource=iam, eventName="AttachRolePolicy"),
            {"iam-changed"},
        ),
        "key policy changed": (kms(stack, "x", "PutKeyPolicy"), {"keys-changed"}),
        "key used": (kms(stack, "x", "Decrypt"), set()),
        "grant for a volume": (kms(stack, "x", "CreateGrant", invokedBy="ec2.amazonaws.com"), set()),
        "grant by hand": (kms(stack, "x", "CreateGrant"), {"keys-changed"}),
        "bucket opened": (
            by_role(stack, "x", eventSource=s3, eventName="PutBucketPolicy"),
            {"buckets-changed"},
        ),
        "bucket deployed": (by_role(stack, deployer, eventSource=s3, eventName="PutBucketPolicy"), set()),
        "port opened": (
            by_role(stack, "x", eventSource=ec2, eventName="AuthorizeSecurityGroupIngress"),
            {"network-changed"},
        ),
        "port deployed": (
            by_role(stack, deployer, eventSource=ec2, eventName="AuthorizeSecurityGroupIngress"),
            set(),
        ),
        "read": (by_role(stack, "x", eventSource=s3, eventName="GetObject"), set()),
    }


EVENTS: Final = {(stack, name): found for stack in WATCHED for name, found in events(stack).items()}


@pytest.mark.parametrize(("stack", "name"), EVENTS, ids=lambda part: part)
def test_an_act_rings_what_is_about_it(estate: EstateRenderer, stack: str, name: str) -> None:
    event, expected = EVENTS[stack, name]
    # CloudTrail fills in where a call comes from.
    event = {"sourceIPAddress": "198.51.100.7", **event}
    assert heard(estate(stack), event) == expected


@pytest.mark.parametrize("stack", WATCHED)
def test_every_filter_is_tried(estate: EstateRenderer, stack: str) -> None:
    filters = {found.name for found in estate(stack).of_type(FILTER)} - {"rejected-flows"}
    assert filters == {name for _, expected in events(stack).values() for name in expected}


@pytest.mark.parametrize("stack", WATCHED)
def test_what_is_counted_rings_at_the_topic(estate: EstateRenderer, stack: str) -> None:
    """From the trail's own log group through filter, metric and alarm to the topic."""
    graph = estate(stack)
    (trail,) = graph.of_type(TRAIL)
    alarms = {alarm.name: alarm for alarm in graph.of_type(ALARM)}
    for found in graph.of_type(FILTER):
        if found.name == "rejected-flows":
            continue
        assert (
            found.property_dependencies["logGroupName"]
            == trail.property_dependencies["cloudWatchLogsGroupArn"]
        )
        made, alarm = found.inputs["metricTransformation"], alarms[found.name]
        assert (alarm.inputs["namespace"], alarm.inputs["metricName"]) == (made["namespace"], made["name"])
        assert (made["value"], alarm.inputs["statistic"]) == ("1", "Sum")
        assert alarm.inputs["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
        assert alarm.inputs["threshold"] == {"denied-calls": 50, "failed-sign-ins": 5}.get(found.name, 1)
        (topic,) = alarm.property_dependencies["alarmActions"]
        assert topic.endswith("aws:sns/topic:Topic::alarms")
        assert len(found.inputs["pattern"]) <= 1024


@pytest.mark.parametrize(
    "pattern", ["{ $.a = }", "$.a = 1", "{ ($.a = 1 }", "{ $.a IS TRUE }", "{ $.a > 1 }"]
)
def test_a_pattern_that_is_not_understood_is_refused(pattern: str) -> None:
    with pytest.raises((ValueError, IndexError)):
        matches(pattern, {"a": 1})
