"""Rows of the rules about broker, cache, search, load balancer, functions, and what holds state."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.resilience.places import BOTH_ZONES, NIGHT, ONE_ZONE, OTHER_ZONE
from tests.policies.table import Break, Row

_BROKER: Final = thing(
    "aws:mq/broker:Broker",
    "rabbitmq",
    engineType="RabbitMQ",
    engineVersion="4.2",
    deploymentMode="CLUSTER_MULTI_AZ",
    hostInstanceType="mq.m7g.large",
    autoMinorVersionUpgrade=True,
    maintenanceWindowStartTime={"dayOfWeek": "SUNDAY", "timeOfDay": "21:30", "timeZone": "UTC"},
    subnetIds=BOTH_ZONES,
)
_STOPS: Final = "deploymentMode is SINGLE_INSTANCE, so the loss of a zone stops the queues"
_CACHE: Final = thing(
    "aws:elasticache/replicationGroup:ReplicationGroup",
    "redis",
    numCacheClusters=2,
    automaticFailoverEnabled=True,
    multiAzEnabled=True,
    autoMinorVersionUpgrade=True,
    snapshotRetentionLimit=7,
    snapshotWindow="18:00-19:00",
    maintenanceWindow="sun:22:00-sun:23:00",
)
_MEMBER: Final = thing("aws:elasticache/cluster:Cluster", "member", replicationGroupId="redis")
_SEARCH: Final = thing(
    "aws:opensearch/domain:Domain",
    "logs",
    clusterConfig={
        "instanceCount": 2,
        "zoneAwarenessEnabled": True,
        "zoneAwarenessConfig": {"availabilityZoneCount": 2},
        "dedicatedMasterEnabled": True,
        "dedicatedMasterCount": 3,
    },
)
_BALANCER: Final = thing(
    "aws:lb/loadBalancer:LoadBalancer",
    "edge",
    subnets=BOTH_ZONES,
    enableDeletionProtection=True,
    desyncMitigationMode="defensive",
)
_CLASSIC: Final = thing(
    "aws:elb/loadBalancer:LoadBalancer", "classic", availabilityZones=["ap-south-1a", "ap-south-1b"]
)
_FUNCTION: Final = thing(
    "aws:lambda/function:Function",
    "check",
    runtime="python3.13",
    deadLetterConfig={"targetArn": "arn:aws:sqs:ap-south-1:111122223333:failed"},
    reservedConcurrentExecutions=2,
)
_OUTCOME: Final = thing(
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig",
    "outcome",
    functionName=Ref("check"),
    destinationConfig={"onFailure": {"destination": "arn:aws:sqs:ap-south-1:111122223333:failed"}},
)
_NO_LETTER: Final = "deadLetterConfig.targetArn is not set and no failure destination is declared"
_STATEFUL: Final = (
    "aws:rds/instance:Instance",
    "aws:mq/broker:Broker",
    "aws:opensearch/domain:Domain",
    "aws:s3/bucket:Bucket",
    "aws:efs/fileSystem:FileSystem",
    "aws:kms/key:Key",
    "aws:secretsmanager/secret:Secret",
    "aws:eks/cluster:Cluster",
    "aws:backup/vault:Vault",
)


def _protected(token: str, name: str) -> Thing:
    return replace(thing(token, name), options={"protect": True})


ROWS: Final = (
    Row(
        "avl-mq-cluster",
        (ONE_ZONE, OTHER_ZONE, _BROKER),
        (
            Break({"rabbitmq.deploymentMode": "SINGLE_INSTANCE"}, {"rabbitmq": _STOPS}),
            Break({"rabbitmq.deploymentMode": DROP}, {"rabbitmq": _STOPS}),
            Break({"rabbitmq.subnetIds": [Ref("private-a")]}, {"rabbitmq": "subnetIds lie in one zone"}),
            Break(
                {"rabbitmq.hostInstanceType": "mq.m7g.medium"},
                {"rabbitmq": "hostInstanceType is mq.m7g.medium, which is made for tests"},
            ),
        ),
        unknown="rabbitmq.deploymentMode",
        also_holds=(
            {"rabbitmq.engineType": "ActiveMQ", "rabbitmq.deploymentMode": "ACTIVE_STANDBY_MULTI_AZ"},
        ),
    ),
    Row(
        "avl-mq-version",
        (_BROKER,),
        (
            Break({"rabbitmq.engineVersion": "3.13"}, {"rabbitmq": "engineVersion is 3.13, not one of 4.2"}),
            Break(
                {"rabbitmq.engineVersion": "4.2.1"}, {"rabbitmq": "engineVersion is 4.2.1, not one of 4.2"}
            ),
            Break(
                {"rabbitmq.hostInstanceType": "mq.m5.large"},
                {"rabbitmq": "hostInstanceType is mq.m5.large, and RabbitMQ 4.2 runs on mq.m7g only"},
            ),
            Break(
                {"rabbitmq.engineType": "ActiveMQ"},
                {"rabbitmq": "engineType is ActiveMQ, and the program speaks to RabbitMQ"},
            ),
        ),
        unknown="rabbitmq.engineVersion",
    ),
    Row(
        "avl-mq-minor-upgrade",
        (_BROKER,),
        (
            Break(
                {"rabbitmq.autoMinorVersionUpgrade": False},
                {"rabbitmq": "autoMinorVersionUpgrade is not true"},
            ),
            Break(
                {"rabbitmq.autoMinorVersionUpgrade": DROP},
                {"rabbitmq": "autoMinorVersionUpgrade is not true"},
            ),
        ),
        unknown="rabbitmq.autoMinorVersionUpgrade",
    ),
    Row(
        "avl-mq-window",
        (_BROKER,),
        (
            Break(
                {"rabbitmq.maintenanceWindowStartTime": DROP},
                {"rabbitmq": "maintenanceWindowStartTime is not set, so AWS picks one"},
            ),
            Break(
                {"rabbitmq.maintenanceWindowStartTime.timeOfDay": "09:30"},
                {
                    "rabbitmq": "maintenanceWindowStartTime is sunday 09:30 UTC: it is 15:00 to 17:00"
                    f" Asia/Kolkata, {NIGHT}"
                },
            ),
            Break(
                {"rabbitmq.maintenanceWindowStartTime.timeZone": "Asia/Nowhere"},
                {
                    "rabbitmq": "maintenanceWindowStartTime is sunday 21:30 Asia/Nowhere:"
                    " Asia/Nowhere is no time zone"
                },
            ),
        ),
        unknown="rabbitmq.maintenanceWindowStartTime.timeOfDay",
        also_holds=(
            {
                "rabbitmq.maintenanceWindowStartTime": {
                    "dayOfWeek": "SUNDAY",
                    "timeOfDay": "03:00",
                    "timeZone": "Asia/Kolkata",
                }
            },
        ),
    ),
    Row(
        "avl-cache-failover",
        (_CACHE, _MEMBER),
        (
            Break({"redis.numCacheClusters": 1}, {"redis": "it has 1 nodes, less than 2"}),
            Break(
                {"redis.automaticFailoverEnabled": DROP},
                {"redis": "automaticFailoverEnabled is not true, so the loss of a zone stops the cache"},
            ),
            Break(
                {"redis.multiAzEnabled": False},
                {"redis": "multiAzEnabled is not true, so the loss of a zone stops the cache"},
            ),
            Break(
                {"redis.numCacheClusters": DROP, "redis.replicasPerNodeGroup": 0},
                {"redis": "it has 1 nodes, less than 2"},
            ),
            Break(
                {"member.replicationGroupId": DROP},
                {"member": "a cache cluster outside a replication group cannot fail over"},
            ),
        ),
        unknown="redis.multiAzEnabled",
        also_holds=({"redis.numCacheClusters": DROP, "redis.replicasPerNodeGroup": 1},),
    ),
    Row(
        "avl-cache-failover",
        (thing(_CACHE.token, "redis", numCacheClusters=1),),
        (
            Break(
                {"redis.numCacheClusters": 2, "redis.multiAzEnabled": True},
                {"redis": "automaticFailoverEnabled is not true, so the loss of a zone stops the cache"},
            ),
        ),
        unknown="redis.numCacheClusters",
        stack="staging",
    ),
    Row(
        "avl-cache-backup",
        (_CACHE, _MEMBER),
        (
            Break(
                {"redis.snapshotRetentionLimit": 0},
                {"redis": "snapshotRetentionLimit is 0 days, less than 1"},
            ),
            Break(
                {"member.replicationGroupId": DROP},
                {"member": "snapshotRetentionLimit is 0 days, less than 1"},
            ),
        ),
        unknown="redis.snapshotRetentionLimit",
    ),
    Row(
        "avl-cache-minor-upgrade",
        (_CACHE,),
        (Break({"redis.autoMinorVersionUpgrade": False}, {"redis": "autoMinorVersionUpgrade is false"}),),
        unknown="redis.autoMinorVersionUpgrade",
        also_holds=({"redis.autoMinorVersionUpgrade": DROP},),
    ),
    Row(
        "avl-cache-windows",
        (_CACHE,),
        (
            Break(
                {"redis.maintenanceWindow": DROP}, {"redis": "maintenanceWindow is not set, so AWS picks one"}
            ),
            Break(
                {"redis.snapshotWindow": "08:00-09:00"},
                {"redis": f"snapshotWindow is 08:00-09:00: it is 13:30 to 14:30 Asia/Kolkata, {NIGHT}"},
            ),
        ),
        unknown="redis.snapshotWindow",
        also_holds=({"redis.snapshotWindow": DROP, "redis.snapshotRetentionLimit": 0},),
    ),
    Row(
        "avl-opensearch-nodes",
        (_SEARCH,),
        (
            Break(
                {"logs.clusterConfig.instanceCount": 1},
                {
                    "logs": (
                        "clusterConfig.instanceCount is 1, less than 2",
                        "1 data nodes do not spread evenly over 2 zones",
                    )
                },
            ),
            Break(
                {"logs.clusterConfig.zoneAwarenessEnabled": False},
                {"logs": "clusterConfig.zoneAwarenessEnabled is not true for 2 data nodes"},
            ),
            Break(
                {"logs.clusterConfig.instanceCount": 3},
                {"logs": "3 data nodes do not spread evenly over 2 zones"},
            ),
        ),
        unknown="logs.clusterConfig.instanceCount",
        also_holds=(
            {"logs.clusterConfig.instanceCount": 3, "logs.clusterConfig.zoneAwarenessEnabled": False},
            {"logs.clusterConfig.instanceCount": 4},
        ),
    ),
    Row(
        "avl-opensearch-masters",
        (_SEARCH,),
        (
            Break(
                {"logs.clusterConfig.dedicatedMasterEnabled": False},
                {"logs": "clusterConfig.dedicatedMasterEnabled is not true"},
            ),
            Break(
                {"logs.clusterConfig.dedicatedMasterCount": 2},
                {"logs": "clusterConfig.dedicatedMasterCount is 2, less than 3"},
            ),
        ),
        unknown="logs.clusterConfig.dedicatedMasterCount",
    ),
    Row(
        "avl-alb-zones",
        (ONE_ZONE, OTHER_ZONE, _BALANCER, _CLASSIC),
        (
            Break({"edge.subnets": [Ref("private-a")]}, {"edge": "it stands in ap-south-1a only"}),
            Break({"edge.subnets": DROP}, {"edge": "it stands in no zone only"}),
            Break(
                {"classic.availabilityZones": ["ap-south-1a"]}, {"classic": "it stands in ap-south-1a only"}
            ),
        ),
        unknown="edge.subnets",
        also_holds=(
            {
                "edge.subnets": DROP,
                "edge.subnetMappings": [{"subnetId": Ref("private-a")}, {"subnetId": Ref("private-b")}],
            },
        ),
    ),
    Row(
        "avl-alb-protection",
        (_BALANCER,),
        (Break({"edge.enableDeletionProtection": DROP}, {"edge": "enableDeletionProtection is not true"}),),
        unknown="edge.enableDeletionProtection",
    ),
    Row(
        "avl-alb-desync",
        (_BALANCER, _CLASSIC),
        (
            Break({"edge.desyncMitigationMode": "monitor"}, {"edge": "desyncMitigationMode is monitor"}),
            Break(
                {"classic.desyncMitigationMode": "monitor"}, {"classic": "desyncMitigationMode is monitor"}
            ),
        ),
        unknown="edge.desyncMitigationMode",
        also_holds=({"edge.desyncMitigationMode": DROP}, {"edge.desyncMitigationMode": "strictest"}),
    ),
    Row(
        "avl-lambda-safe",
        (_FUNCTION,),
        (
            Break(
                {"check.runtime": "python3.10"},
                {"check": "runtime is python3.10, not one of python3.13, python3.14, provided.al2023"},
            ),
            Break(
                {"check.runtime": DROP},
                {"check": "runtime is not set, not one of python3.13, python3.14, provided.al2023"},
            ),
        ),
        unknown="check.runtime",
        also_holds=({"check.runtime": DROP, "check.packageType": "Image"},),
    ),
    Row(
        "avl-lambda-dead-letter",
        (_FUNCTION,),
        (Break({"check.deadLetterConfig": DROP}, {"check": _NO_LETTER}),),
        unknown=None,
    ),
    Row(
        "avl-lambda-dead-letter",
        (thing(_FUNCTION.token, "check"), _OUTCOME),
        (
            Break({"outcome": DROP}, {"check": _NO_LETTER}),
            Break({"outcome.destinationConfig.onFailure": DROP}, {"check": _NO_LETTER}),
        ),
        unknown="outcome.functionName",
        unknown_at="check",
    ),
    Row(
        "avl-lambda-concurrency",
        (_FUNCTION,),
        (
            Break(
                {"check.reservedConcurrentExecutions": DROP},
                {"check": "reservedConcurrentExecutions is not set"},
            ),
            Break(
                {"check.reservedConcurrentExecutions": -1},
                {"check": "reservedConcurrentExecutions is not set"},
            ),
        ),
        unknown="check.reservedConcurrentExecutions",
    ),
    Row(
        "avl-protect-stateful",
        tuple(_protected(token, f"stateful-{at}") for at, token in enumerate(_STATEFUL)),
        tuple(
            Break(
                {f"stateful-{at}": thing(token, f"stateful-{at}")},
                {f"stateful-{at}": "the option protect is not set"},
            )
            for at, token in enumerate(_STATEFUL)
        ),
        unknown=None,
    ),
)
