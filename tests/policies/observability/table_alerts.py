"""Rows of the rules about GuardDuty and alarms."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

_DETECTOR: Final = thing(
    "aws:guardduty/detector:Detector",
    "detector",
    enable=True,
    findingPublishingFrequency="FIFTEEN_MINUTES",
)


def feature(name: str, **inputs: Any) -> Thing:
    """Give a feature of the detector."""
    return thing(
        "aws:guardduty/detectorFeature:DetectorFeature",
        "feature",
        detectorId=Ref("detector"),
        name=name,
        status="ENABLED",
        **inputs,
    )


def feature_row(suffix: str, name: str, old: dict[str, Any] | None = None) -> Row:
    """Give the row of a rule about one feature; `old` is how the detector itself can switch it on."""
    off = {"detector": f"the feature {name} is not enabled"}
    return Row(
        f"log-guardduty-{suffix}",
        (_DETECTOR, feature(name)),
        (
            Break({"feature": DROP}, off),
            Break({"feature.status": "DISABLED"}, off),
            Break({"feature.name": "AI_PROTECTION"}, off),
        ),
        unknown="feature.status",
        unknown_at="detector",
        also_holds=() if old is None else ({"feature": DROP, "detector.datasources": old},),
    )


_AGENT: Final = [{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}]
_EVENT_RULE: Final = "aws:cloudwatch/eventRule:EventRule"


def pattern(source: str = "aws.guardduty", numeric: list[Any] | None = None) -> str:
    """Give an event pattern."""
    detail = {} if numeric is None else {"detail": {"severity": [{"numeric": numeric}]}}
    return json.dumps({"source": [source], **detail})


_ROUTE: Final = (
    thing(_EVENT_RULE, "findings", eventPattern=pattern(numeric=[">=", 4])),
    thing("aws:cloudwatch/eventTarget:EventTarget", "target", rule=Ref("findings"), arn=Ref("topic", "arn")),
    thing("aws:sns/topic:Topic", "topic", name="alarms"),
    thing(
        "aws:sns/topicSubscription:TopicSubscription",
        "oncall",
        topic=Ref("topic", "arn"),
        protocol="email",
        endpoint="oncall@example.com",
    ),
)
_NO_RULE: Final = {"detector": "no enabled event rule matches source aws.guardduty"}

ROWS: Final = (
    Row(
        "log-guardduty",
        (_DETECTOR,),
        (
            Break({"detector": DROP}, {"the stack": "the stack declares no guardduty.Detector"}),
            Break({"detector.enable": False}, {"detector": "enable is false"}),
        ),
        unknown="detector.enable",
    ),
    Row(
        "log-guardduty-frequency",
        (_DETECTOR,),
        (
            Break(
                {"detector.findingPublishingFrequency": DROP},
                {
                    "detector": "findingPublishingFrequency is SIX_HOURS, so a finding that goes on"
                    " is silent for six hours"
                },
            ),
        ),
        unknown="detector.findingPublishingFrequency",
    ),
    feature_row("eks-audit", "EKS_AUDIT_LOGS", {"kubernetes": {"auditLogs": {"enable": True}}}),
    feature_row("rds", "RDS_LOGIN_EVENTS"),
    feature_row("s3", "S3_DATA_EVENTS", {"s3Logs": {"enable": True}}),
    feature_row("lambda", "LAMBDA_NETWORK_LOGS"),
    feature_row(
        "malware",
        "EBS_MALWARE_PROTECTION",
        {
            "malwareProtection": {
                "scanEc2InstanceWithFindings": {"ebsVolumes": {"enable": True}},
            }
        },
    ),
    Row(
        "log-guardduty-runtime",
        (_DETECTOR, feature("RUNTIME_MONITORING", additionalConfigurations=_AGENT)),
        (
            Break({"feature": DROP}, {"detector": "the feature RUNTIME_MONITORING is not enabled"}),
            Break(
                {"feature.status": "DISABLED"},
                {"detector": "the feature RUNTIME_MONITORING is not enabled"},
            ),
            Break(
                {"feature.additionalConfigurations": DROP},
                {"feature": "EKS_ADDON_MANAGEMENT is not enabled, so no node gets the agent"},
            ),
            Break(
                {"feature.additionalConfigurations.0.status": "DISABLED"},
                {"feature": "EKS_ADDON_MANAGEMENT is not enabled, so no node gets the agent"},
            ),
        ),
        unknown="feature.status",
        unknown_at="detector",
        also_holds=({"feature.name": "EKS_RUNTIME_MONITORING"},),
    ),
    Row(
        "log-guardduty-runtime-once",
        (_DETECTOR, feature("RUNTIME_MONITORING")),
        (
            Break(
                {},
                {
                    "detector": "RUNTIME_MONITORING and EKS_RUNTIME_MONITORING are both enabled,"
                    " which AWS refuses"
                },
                plus=(
                    thing(
                        "aws:guardduty/detectorFeature:DetectorFeature",
                        "eks-runtime",
                        detectorId=Ref("detector"),
                        name="EKS_RUNTIME_MONITORING",
                        status="ENABLED",
                    ),
                ),
            ),
        ),
        unknown="feature.name",
        unknown_at="detector",
    ),
    Row(
        "log-guardduty-routed",
        (_DETECTOR, *_ROUTE),
        (
            Break({"findings": DROP}, _NO_RULE),
            Break({"findings.state": "DISABLED"}, _NO_RULE),
            Break({"findings.eventPattern": pattern("aws.health")}, _NO_RULE),
            Break(
                {"findings.eventPattern": pattern(numeric=[">=", 7])},
                {"findings": "it leaves out findings of severity 4"},
            ),
            Break(
                {"findings.eventPattern": pattern(numeric=[">", 4, "<", 9])},
                {"findings": "it leaves out findings of severity 4"},
            ),
            Break({"target": DROP}, {"findings": "no target of the rule is a topic of this stack"}),
            Break(
                {"target.arn": "arn:aws:sns:ap-south-1:111122223333:other"},
                {"findings": "no target of the rule is a topic of this stack"},
            ),
            Break({"oncall": DROP}, {"topic": "nothing subscribes to the topic of GuardDuty's findings"}),
        ),
        unknown="findings.eventPattern",
        unknown_at="detector",
        also_holds=(
            {"findings.eventPattern": pattern()},
            {"findings.eventPattern": json.dumps({"source": ["aws.guardduty"], "detail": {"severity": [4]}})},
        ),
    ),
    Row(
        "log-alarm-actions",
        (
            thing(
                "aws:cloudwatch/metricAlarm:MetricAlarm",
                "alarm",
                alarmActions=[Ref("topic", "arn")],
                actionsEnabled=True,
            ),
            thing("aws:cloudwatch/metricAlarm:MetricAlarm", "part", name="part", actionsEnabled=True),
            thing(
                "aws:cloudwatch/compositeAlarm:CompositeAlarm",
                "both",
                alarmActions=[Ref("topic", "arn")],
                alarmRule=Ref("part", "name"),
            ),
            *_ROUTE[2:],
        ),
        (
            Break(
                {"alarm.alarmActions": DROP},
                {"alarm": "alarmActions is empty, so nobody hears the alarm"},
            ),
            Break(
                {"both.alarmActions": []},
                {
                    "both": "alarmActions is empty, so nobody hears the alarm",
                    "part": "alarmActions is empty, so nobody hears the alarm",
                },
            ),
            Break(
                {"both.actionsEnabled": False},
                {
                    "both": "actionsEnabled is false, so its actions never run",
                    "part": "alarmActions is empty, so nobody hears the alarm",
                },
            ),
            Break(
                {"both.alarmRule": "FALSE"},
                {"part": "alarmActions is empty, so nobody hears the alarm"},
            ),
            Break(
                {"alarm.actionsEnabled": False},
                {"alarm": "actionsEnabled is false, so its actions never run"},
            ),
        ),
        unknown="alarm.actionsEnabled",
    ),
    Row(
        "log-alarm-heard",
        _ROUTE[2:],
        (
            Break({"oncall": DROP}, {"topic": "nothing subscribes to it, so its messages reach nobody"}),
            Break(
                {"oncall.topic": "arn:aws:sns:ap-south-1:111122223333:other"},
                {"topic": "nothing subscribes to it, so its messages reach nobody"},
            ),
        ),
        unknown="oncall.topic",
        unknown_at="topic",
    ),
)
