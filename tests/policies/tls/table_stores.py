"""Rows about databases, caches, brokers, search, buckets, topics and queues."""

from __future__ import annotations

import json
from typing import Any, Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.table import Break, Row


def denial(action: str, **condition: Any) -> dict[str, Any]:
    """Give a statement that denies everyone under one condition."""
    return {
        "Effect": "Deny",
        "Principal": "*",
        "Action": action,
        "Resource": "*",
        "Condition": {operator: {key: value} for operator, (key, value) in condition.items()},
    }


def document(*statements: dict[str, Any]) -> str:
    """Give a policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


_NO_PLAIN: Final = denial("s3:*", Bool=("aws:SecureTransport", "false"))
_NO_OLD: Final = denial("s3:*", NumericLessThan=("s3:TlsVersion", "1.2"))
_BUCKET: Final = thing("aws:s3/bucket:Bucket", "attachments", bucket="fleet-erp-prod-attachments")
_BUCKET_POLICY: Final = thing(
    "aws:s3/bucketPolicy:BucketPolicy",
    "bucket-policy",
    bucket=Ref("attachments", "bucket"),
    policy=document(_NO_PLAIN, _NO_OLD),
)
_NOT_PLAIN: Final = "the bucket policy does not deny s3:* where aws:SecureTransport is false"
_NOT_OLD: Final = "the bucket policy does not deny s3:* where s3:TlsVersion is less than 1.2"

_GROUP: Final = thing(
    "aws:rds/parameterGroup:ParameterGroup",
    "postgres16",
    name="fleet-erp-prod-postgres16",
    parameters=[
        {"name": "rds.force_ssl", "value": "1"},
        {"name": "ssl_min_protocol_version", "value": "TLSv1.2"},
    ],
)
_DATABASE: Final = thing(
    "aws:rds/instance:Instance",
    "postgres",
    parameterGroupName=Ref("postgres16", "name"),
    caCertIdentifier="rds-ca-rsa2048-g1",
)
_DOMAIN: Final = thing(
    "aws:opensearch/domain:Domain",
    "logs",
    domainEndpointOptions={"enforceHttps": True, "tlsSecurityPolicy": "Policy-Min-TLS-1-2-PFS-2023-10"},
    nodeToNodeEncryption={"enabled": True},
)
_MQ_GROUP: Final = thing(
    "aws:ec2/securityGroup:SecurityGroup", "sg-mq-prod", name="mq-prod", tags={"Name": "sg-mq-prod"}
)
_BROKER: Final = thing("aws:mq/broker:Broker", "rabbitmq", securityGroups=[Ref("sg-mq-prod")])
_AMQPS: Final = thing(
    "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
    "amqps",
    securityGroupId=Ref("sg-mq-prod"),
    ipProtocol="tcp",
    fromPort=5671,
    toPort=5671,
    cidrIpv4="10.0.0.0/16",
)
_OLD_RULE: Final = thing(
    "aws:ec2/securityGroupRule:SecurityGroupRule",
    "old",
    securityGroupId=Ref("sg-mq-prod"),
    type="ingress",
    protocol="tcp",
    fromPort=15672,
    toPort=15672,
    cidrBlocks=["10.0.0.0/16"],
)
_TOPIC: Final = thing("aws:sns/topic:Topic", "alarms")
_TOPIC_POLICY: Final = thing(
    "aws:sns/topicPolicy:TopicPolicy",
    "topic-policy",
    arn=Ref("alarms", "arn"),
    policy=document(denial("sns:Publish", Bool=("aws:SecureTransport", "false"))),
)
_FILES: Final = thing("aws:efs/fileSystem:FileSystem", "filestore", encrypted=True)
_FILE_POLICY: Final = thing(
    "aws:efs/fileSystemPolicy:FileSystemPolicy",
    "filestore-policy",
    fileSystemId=Ref("filestore"),
    policy=document(denial("*", Bool=("aws:SecureTransport", "false"))),
)
_QUEUE: Final = thing(
    "aws:sqs/queue:Queue", "jobs", policy=document(denial("sqs:*", Bool=("aws:SecureTransport", False)))
)

ROWS: Final = (
    Row(
        "tls-rds-force-ssl",
        (_GROUP, _DATABASE),
        (
            Break(
                {"postgres16.parameters.0.value": "0"},
                {"postgres": "the parameter group postgres16 sets rds.force_ssl to 0"},
            ),
            Break(
                {"postgres16.parameters.0": DROP},
                {"postgres": "the parameter group postgres16 does not set rds.force_ssl"},
            ),
            Break(
                {"postgres.parameterGroupName": DROP},
                {
                    "postgres": "parameterGroupName is not set,"
                    " so AWS's default parameter group decides about rds.force_ssl"
                },
            ),
            Break(
                {"postgres.parameterGroupName": "default.postgres16"},
                {
                    "postgres": "parameterGroupName names default.postgres16,"
                    " which this stack does not declare"
                },
            ),
        ),
        unknown="postgres.parameterGroupName",
    ),
    Row(
        "tls-rds-minimum",
        (_GROUP, _DATABASE),
        (
            Break(
                {"postgres16.parameters.1.value": "TLSv1.1"},
                {"postgres": "the parameter group postgres16 sets ssl_min_protocol_version to TLSv1.1"},
            ),
        ),
        unknown="postgres16.parameters",
        unknown_at="postgres",
    ),
    Row(
        "tls-rds-ca",
        (_DATABASE,),
        (
            Break(
                {"postgres.caCertIdentifier": "rds-ca-2019"}, {"postgres": "caCertIdentifier is rds-ca-2019"}
            ),
            Break({"postgres.caCertIdentifier": DROP}, {"postgres": "caCertIdentifier is not set"}),
        ),
        unknown="postgres.caCertIdentifier",
    ),
    Row(
        "tls-cache-transit",
        (
            thing(
                "aws:elasticache/replicationGroup:ReplicationGroup",
                "redis",
                transitEncryptionEnabled=True,
                transitEncryptionMode="required",
            ),
        ),
        (
            Break(
                {"redis.transitEncryptionEnabled": DROP}, {"redis": "transitEncryptionEnabled is not true"}
            ),
            Break(
                {"redis.transitEncryptionMode": "preferred"},
                {"redis": "transitEncryptionMode is preferred, not required"},
            ),
        ),
        unknown="redis.transitEncryptionEnabled",
    ),
    Row(
        "tls-mq-amqps-only",
        (_MQ_GROUP, _BROKER, _AMQPS),
        (
            Break(
                {"amqps.fromPort": 5672, "amqps.toPort": 5672},
                {"amqps": "tcp 5672 is open to the broker, which is more than its TLS ports"},
            ),
            Break(
                {"amqps.toPort": 5672},
                {"amqps": "tcp 5671-5672 is open to the broker, which is more than its TLS ports"},
            ),
            Break(
                {"amqps.ipProtocol": "-1"},
                {"amqps": "every protocol and port is open to the broker, which is more than its TLS ports"},
            ),
            Break(
                {},
                {"old": "tcp 15672 is open to the broker, which is more than its TLS ports"},
                plus=(_OLD_RULE,),
            ),
            Break(
                {
                    "sg-mq-prod.ingress": [
                        {"protocol": "tcp", "fromPort": 1883, "toPort": 1883, "cidrBlocks": ["10.0.0.0/16"]}
                    ]
                },
                {"sg-mq-prod": "ingress.0: tcp 1883 is open to the broker, which is more than its TLS ports"},
            ),
        ),
        unknown="amqps.securityGroupId",
    ),
    Row(
        "tls-opensearch-https",
        (_DOMAIN,),
        (
            Break(
                {"logs.domainEndpointOptions.enforceHttps": False},
                {"logs": "domainEndpointOptions.enforceHttps is not true"},
            ),
            Break(
                {"logs.domainEndpointOptions.tlsSecurityPolicy": "Policy-Min-TLS-1-0-2019-07"},
                {"logs": "domainEndpointOptions.tlsSecurityPolicy is Policy-Min-TLS-1-0-2019-07"},
            ),
        ),
        unknown="logs.domainEndpointOptions",
    ),
    Row(
        "tls-opensearch-nodes",
        (_DOMAIN,),
        (Break({"logs.nodeToNodeEncryption": DROP}, {"logs": "nodeToNodeEncryption.enabled is not true"}),),
        unknown="logs.nodeToNodeEncryption.enabled",
    ),
    Row(
        "tls-s3-secure-transport",
        (_BUCKET, _BUCKET_POLICY),
        (
            Break({"bucket-policy": DROP}, {"attachments": "no bucket policy is declared for the bucket"}),
            Break({"bucket-policy.policy": document(_NO_OLD)}, {"attachments": _NOT_PLAIN}),
            Break({"bucket-policy.policy": document(_NO_PLAIN)}, {"attachments": _NOT_OLD}),
            Break(
                {"bucket-policy.policy": document({**_NO_PLAIN, "Effect": "Allow"}, _NO_OLD)},
                {"attachments": _NOT_PLAIN},
            ),
            Break(
                {"bucket-policy.policy": document({**_NO_PLAIN, "Action": "s3:GetObject"}, _NO_OLD)},
                {"attachments": _NOT_PLAIN},
            ),
            Break(
                {
                    "bucket-policy.policy": document(
                        {**_NO_PLAIN, "Principal": {"AWS": "arn:aws:iam::111122223333:root"}}, _NO_OLD
                    )
                },
                {"attachments": _NOT_PLAIN},
            ),
        ),
        unknown="bucket-policy.policy",
        unknown_at="attachments",
    ),
    Row(
        "tls-queue-topic-policy",
        (_TOPIC, _TOPIC_POLICY, _QUEUE),
        (
            Break({"topic-policy": DROP}, {"alarms": "no policy is declared for it"}),
            Break(
                {
                    "topic-policy.policy": document(
                        denial("sns:Publish", Bool=("aws:SecureTransport", "true"))
                    )
                },
                {"alarms": "its policy does not deny sns:Publish where aws:SecureTransport is false"},
            ),
            Break({"jobs.policy": DROP}, {"jobs": "no policy is declared for it"}),
            Break(
                {"jobs.policy": document()},
                {"jobs": "its policy does not deny sqs:* where aws:SecureTransport is false"},
            ),
        ),
        unknown="jobs.policy",
    ),
    Row(
        "tls-efs-transport",
        (_FILES, _FILE_POLICY),
        (
            Break({"filestore-policy": DROP}, {"filestore": "no file system policy is declared for it"}),
            Break(
                {
                    "filestore-policy.policy": document(
                        denial("elasticfilesystem:ClientMount", Bool=("aws:SecureTransport", "false"))
                    )
                },
                {"filestore": "its policy does not deny * where aws:SecureTransport is false"},
            ),
        ),
        unknown="filestore-policy.policy",
        unknown_at="filestore",
    ),
)
