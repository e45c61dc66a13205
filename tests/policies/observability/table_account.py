"""Rows about what watches the account: cluster log, trail, GuardDuty, Inspector, Config, alarms."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.table import Break, Row

_TRAIL: Final = thing(
    "aws:cloudtrail/trail:Trail",
    "trail",
    isMultiRegionTrail=True,
    enableLogFileValidation=True,
    cloudWatchLogsGroupArn=Ref("trail-log", "arn", "{}:*"),
    cloudWatchLogsRoleArn="arn:aws:iam::111122223333:role/trail",
    eventSelectors=[{"dataResources": [{"type": "AWS::S3::Object", "values": ["arn:aws:s3"]}]}],
)
_TRAIL_LOG: Final = thing("aws:cloudwatch/logGroup:LogGroup", "trail-log", name="/fleet-erp/prod/trail")
_OTHER_LOG: Final = "arn:aws:logs:ap-south-1:111122223333:log-group:other:*"
_ADVANCED: Final = [
    {"fieldSelectors": [{"field": "resources.type", "equals": ["AWS::S3::Object"]}]},
]

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
_RECORDER: Final = thing(
    "aws:cfg/recorder:Recorder",
    "recorder",
    name="default",
    recordingGroup={"allSupported": True, "includeGlobalResourceTypes": True},
)
_RUNNING: Final = (
    thing("aws:cfg/deliveryChannel:DeliveryChannel", "channel", s3BucketName="config"),
    thing("aws:cfg/recorderStatus:RecorderStatus", "status", name=Ref("recorder", "name"), isEnabled=True),
)
_INSPECTOR: Final = thing("aws:inspector2/enabler:Enabler", "scanner", resourceTypes=["ECR", "EC2", "LAMBDA"])


def inspector_row(rule: str, kind: str, position: int) -> Row:
    """Give the row of a rule about what Inspector scans."""
    return Row(
        rule,
        (_INSPECTOR,),
        (
            Break(
                {f"scanner.resourceTypes.{position}": "CODE_REPOSITORY"},
                {"scanner": f"resourceTypes lacks {kind}"},
            ),
        ),
        unknown="scanner.resourceTypes",
    )


ROWS: Final = (
    Row(
        "log-eks-control-plane",
        (
            thing(
                "aws:eks/cluster:Cluster",
                "cluster",
                enabledClusterLogTypes=["api", "audit", "authenticator", "controllerManager", "scheduler"],
            ),
        ),
        (
            Break(
                {"cluster.enabledClusterLogTypes": DROP},
                {
                    "cluster": "enabledClusterLogTypes lacks api, audit, authenticator, controllerManager,"
                    " scheduler"
                },
            ),
            Break(
                {"cluster.enabledClusterLogTypes.1": "api"},
                {"cluster": "enabledClusterLogTypes lacks audit"},
            ),
        ),
        unknown="cluster.enabledClusterLogTypes",
    ),
    Row(
        "log-trail-exists",
        (_TRAIL, _TRAIL_LOG),
        (Break({"trail": DROP}, {"the stack": "the stack declares no cloudtrail.Trail"}),),
        unknown=None,
    ),
    Row(
        "log-trail",
        (_TRAIL, _TRAIL_LOG),
        (
            Break({"trail.isMultiRegionTrail": DROP}, {"trail": "isMultiRegionTrail is not true"}),
            Break(
                {"trail.includeGlobalServiceEvents": False},
                {"trail": "includeGlobalServiceEvents is false, so IAM and STS are left out"},
            ),
        ),
        unknown="trail.isMultiRegionTrail",
    ),
    Row(
        "log-trail-enabled",
        (_TRAIL, _TRAIL_LOG),
        (Break({"trail.enableLogging": False}, {"trail": "enableLogging is false"}),),
        unknown="trail.enableLogging",
    ),
    Row(
        "log-trail-validation",
        (_TRAIL, _TRAIL_LOG),
        (Break({"trail.enableLogFileValidation": DROP}, {"trail": "enableLogFileValidation is not true"}),),
        unknown="trail.enableLogFileValidation",
    ),
    Row(
        "log-trail-cloudwatch",
        (_TRAIL, _TRAIL_LOG),
        (
            Break({"trail.cloudWatchLogsGroupArn": DROP}, {"trail": "cloudWatchLogsGroupArn is not set"}),
            Break(
                {"trail.cloudWatchLogsGroupArn": _OTHER_LOG},
                {"trail": f"cloudWatchLogsGroupArn is {_OTHER_LOG}, which this stack does not declare"},
            ),
            Break(
                {"trail.cloudWatchLogsRoleArn": DROP},
                {"trail": "cloudWatchLogsRoleArn is not set, so nothing may be written there"},
            ),
        ),
        unknown="trail.cloudWatchLogsGroupArn",
    ),
    Row(
        "log-trail-data-events",
        (_TRAIL, _TRAIL_LOG),
        (
            Break({"trail.eventSelectors": DROP}, {"trail": "no event selector is about AWS::S3::Object"}),
            Break(
                {"trail.eventSelectors.0.dataResources.0.type": "AWS::Lambda::Function"},
                {"trail": "no event selector is about AWS::S3::Object"},
            ),
        ),
        unknown="trail.eventSelectors",
        also_holds=({"trail.eventSelectors": DROP, "trail.advancedEventSelectors": _ADVANCED},),
    ),
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
        "log-inspector",
        (_INSPECTOR,),
        (
            Break({"scanner": DROP}, {"the stack": "the stack declares no inspector2.Enabler"}),
            Break({"scanner.resourceTypes": ["EC2"]}, {"scanner": "resourceTypes lacks ECR"}),
        ),
        unknown="scanner.resourceTypes",
    ),
    inspector_row("log-inspector-ec2", "EC2", 1),
    inspector_row("log-inspector-lambda", "LAMBDA", 2),
    Row(
        "log-config",
        (_RECORDER, *_RUNNING),
        (Break({"recorder": DROP}, {"the stack": "the stack declares no cfg.Recorder"}),),
        unknown=None,
    ),
    Row(
        "log-config-running",
        (_RECORDER, *_RUNNING),
        (
            Break(
                {"channel": DROP},
                {
                    "recorder": "the stack declares no cfg.DeliveryChannel, without which the recorder"
                    " cannot start"
                },
            ),
            Break({"status": DROP}, {"recorder": "no cfg.RecorderStatus switches it on"}),
            Break({"status.isEnabled": False}, {"recorder": "no cfg.RecorderStatus switches it on"}),
        ),
        unknown="status.isEnabled",
        unknown_at="recorder",
    ),
    Row(
        "log-config-everything",
        (_RECORDER,),
        (
            Break(
                {"recorder.recordingGroup.allSupported": False},
                {"recorder": "recordingGroup.allSupported is false"},
            ),
            Break(
                {"recorder.recordingGroup.includeGlobalResourceTypes": DROP},
                {"recorder": "recordingGroup.includeGlobalResourceTypes is not true, so IAM is left out"},
            ),
        ),
        unknown="recorder.recordingGroup",
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
