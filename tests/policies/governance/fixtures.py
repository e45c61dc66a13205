"""Tags, schedules and sleeping things that the rows of this pack share."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final

from tests.policies.builders import Ref, Thing, thing, urn_of

TAGS: Final = {
    "Environment": "prod",
    "Application": "fleet-erp",
    "Owner": "platform-team@example.com",
    "CostCenter": "ERP-PROD",
    "ManagedBy": "pulumi",
}
AWAKE: Final = "MON-FRI 08:00-20:00 Asia/Kolkata"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
DATABASE: Final = "aws:rds/instance:Instance"
SCHEDULE: Final = "aws:scheduler/schedule:Schedule"
_ACTION: Final = "arn:aws:scheduler:::aws-sdk:"

PROVIDER: Final = thing("pulumi:providers:aws", "aws", defaultTags=json.dumps({"tags": TAGS}))


def ours(entry: Thing) -> Thing:
    """Give the thing under the provider whose default tags hold the tag set."""
    return replace(entry, options={"provider": f"{urn_of('prod', PROVIDER.token, PROVIDER.name)}::aws-id"})


POSTGRES: Final = thing(DATABASE, "postgres", identifier="fleet-erp-prod-postgres", tags={"Schedule": AWAKE})
NODES: Final = thing(
    NODE_GROUP,
    "general",
    nodeGroupName="general-1",
    scalingConfig={"minSize": 1, "desiredSize": 1, "maxSize": 1},
    tags={"Schedule": AWAKE},
)


def schedule(name: str, expression: str, action: str, request: Any, **inputs: Any) -> Thing:
    """Give a schedule in Indian time that sends a request."""
    return thing(
        SCHEDULE,
        name,
        scheduleExpression=expression,
        scheduleExpressionTimezone="Asia/Kolkata",
        state="ENABLED",
        target={"arn": f"{_ACTION}{action}", "input": request},
        **inputs,
    )


def scaling(size: int) -> Ref:
    """Give a request to EKS; the node group's name in it is unknown before a deployment."""
    request = {
        "ClusterName": "fleet-erp-prod",
        "NodegroupName": "{}",
        "ScalingConfig": {"MinSize": size, "MaxSize": 1, "DesiredSize": size},
    }
    return Ref("general", "nodeGroupName", json.dumps(request))


_DATABASE_REQUEST: Final = json.dumps({"DbInstanceIdentifier": "fleet-erp-prod-postgres"})
WAKE: Final = "cron(0 8 ? * MON-FRI *)"
SLEEP: Final = "cron(0 20 * * ? *)"
SCHEDULES: Final = (
    schedule("database-start", "cron(30 7 ? * MON-FRI *)", "rds:startDBInstance", _DATABASE_REQUEST),
    schedule("database-stop", SLEEP, "rds:stopDBInstance", _DATABASE_REQUEST),
    schedule("nodes-start", WAKE, "eks:updateNodegroupConfig", scaling(1)),
    schedule("nodes-stop", SLEEP, "eks:updateNodegroupConfig", scaling(0)),
)
SLEEPING: Final = (POSTGRES, NODES, *SCHEDULES)
"""A database and a node group that sleep at night and at weekends, with the schedules that see to it."""
