"""Rows of the rules about trails, and what records and inspects an account."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
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
)
