"""Rows of the rules about policies of other resources."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import ACCOUNT_ID, DROP, REGION, Ref, thing
from tests.policies.identity.fixtures import (
    AWS,
    BUCKET,
    BUCKET_POLICY,
    EVERYONE,
    FOREIGN_ACCOUNT,
    SAME_ACCOUNT,
    TOPIC,
    allow,
    ours,
    text,
)
from tests.policies.identity.let_in import let_in_rows
from tests.policies.table import Break, Row

_DOMAIN: Final = "aws:opensearch/domain:Domain"
_PERMISSION: Final = "aws:lambda/permission:Permission"
_QUEUE: Final = "aws:sqs/queuePolicy:QueuePolicy"
_TOPIC: Final = "aws:sns/topicPolicy:TopicPolicy"
_ENDPOINT: Final = "aws:ec2/vpcEndpoint:VpcEndpoint"
_DEPUTY: Final = "statement Given of the bucket policy lets {} act for any account"
_WRITE_LOGS: Final = allow(
    "s3:PutObject",
    f"{BUCKET}/*",
    Principal={"Service": "delivery.logs.amazonaws.com"},
    Condition=SAME_ACCOUNT,
)

ROWS: Final = (
    *let_in_rows("iam-messaging-policy", _QUEUE, "queue policy", "sqs:SendMessage"),
    *let_in_rows("iam-messaging-policy", _TOPIC, "topic policy", "sns:Publish", resource=TOPIC),
    *let_in_rows(
        "iam-repository-policy",
        "aws:ecr/repositoryPolicy:RepositoryPolicy",
        "repository policy",
        "ecr:BatchGetImage",
    ),
    *let_in_rows(
        "iam-secret-policy",
        "aws:secretsmanager/secretPolicy:SecretPolicy",
        "secret policy",
        "secretsmanager:GetSecretValue",
    ),
    *let_in_rows(
        "iam-storage-policy",
        "aws:efs/fileSystemPolicy:FileSystemPolicy",
        "file system policy",
        "elasticfilesystem:ClientMount",
    ),
    *let_in_rows(
        "iam-search-policy",
        "aws:opensearch/domainPolicy:DomainPolicy",
        "access policy",
        "es:ESHttpGet",
        path="accessPolicies",
    ),
    Row(
        "iam-search-policy",
        (
            AWS,
            ours(
                thing(
                    _DOMAIN,
                    "logs",
                    accessPolicies=text(allow("es:ESHttp*", "*", Principal=EVERYONE)),
                    vpcOptions={"subnetIds": ["subnet-1"]},
                    advancedSecurityOptions={"enabled": True},
                )
            ),
        ),
        (
            Break(
                {"logs.advancedSecurityOptions.enabled": False},
                {"logs": "statement Given of the access policy lets everyone in"},
                aspect="public",
            ),
            Break(
                {"logs.vpcOptions": DROP},
                {"logs": "statement Given of the access policy lets everyone in"},
                aspect="public",
            ),
        ),
        unknown="logs.advancedSecurityOptions.enabled",
    ),
    *let_in_rows(
        "iam-resource-policy",
        "aws:cloudwatch/logResourcePolicy:LogResourcePolicy",
        "log policy",
        "logs:PutLogEvents",
        path="policyDocument",
    ),
    Row(
        "iam-function-policy",
        (
            AWS,
            ours(
                thing(
                    _PERMISSION,
                    "events",
                    action="lambda:InvokeFunction",
                    function="refresh",
                    principal="events.amazonaws.com",
                    sourceArn=Ref("rule", "arn"),
                )
            ),
            thing("aws:cloudwatch/eventRule:EventRule", "rule"),
        ),
        (
            Break(
                {"events.principal": "*", "events.sourceArn": DROP},
                {"events": "it lets everyone call the function"},
                aspect="public",
            ),
        ),
        unknown="events.principal",
    ),
    Row(
        "iam-function-policy",
        (
            AWS,
            ours(
                thing(
                    _PERMISSION,
                    "bucket",
                    action="lambda:InvokeFunction",
                    function="refresh",
                    principal="s3.amazonaws.com",
                    sourceAccount=ACCOUNT_ID,
                )
            ),
        ),
        (
            Break(
                {"bucket.sourceAccount": DROP},
                {"bucket": "it lets s3.amazonaws.com call the function for any account"},
                aspect="deputy",
            ),
        ),
        unknown="bucket.principal",
    ),
    Row(
        "iam-function-policy",
        (AWS, ours(thing(_PERMISSION, "partner", action="lambda:InvokeFunction", principal=ACCOUNT_ID))),
        (
            Break(
                {"partner.principal": FOREIGN_ACCOUNT},
                {"partner": f"it lets account {FOREIGN_ACCOUNT} call the function"},
                aspect="foreign",
            ),
        ),
        unknown="partner.principal",
    ),
    Row(
        "iam-function-policy",
        (thing("aws:lambda/functionUrl:FunctionUrl", "url", authorizationType="AWS_IAM"),),
        (
            Break(
                {"url.authorizationType": "NONE"},
                {"url": "the function's URL asks nobody who calls"},
                aspect="public",
            ),
        ),
        unknown="url.authorizationType",
    ),
    Row(
        "iam-confused-deputy",
        (AWS, ours(thing(BUCKET_POLICY, "logs", policy=text(_WRITE_LOGS)))),
        (
            Break(
                {"logs.policy": text({**_WRITE_LOGS, "Condition": {}})},
                {"logs": _DEPUTY.format("delivery.logs.amazonaws.com")},
            ),
            Break(
                {
                    "logs.policy": text(
                        {**_WRITE_LOGS, "Condition": {"StringLike": {"aws:SourceAccount": "*"}}}
                    )
                },
                {"logs": _DEPUTY.format("delivery.logs.amazonaws.com")},
            ),
            Break(
                {
                    "logs.policy": text(
                        allow(
                            "s3:PutObject", f"{BUCKET}/*", Principal={"Service": "cloudwatch.amazonaws.com"}
                        )
                    )
                },
                {"logs": _DEPUTY.format("cloudwatch.amazonaws.com")},
            ),
        ),
        unknown="logs.policy",
        also_holds=(
            {
                "logs.policy": text(
                    allow(
                        "s3:PutObject",
                        f"{BUCKET}/alb/AWSLogs/{ACCOUNT_ID}/*",
                        Principal={"Service": "logdelivery.elasticloadbalancing.amazonaws.com"},
                    )
                )
            },
            {
                "logs.policy": text(
                    allow("s3:PutObject", f"{BUCKET}/*", Principal={"Service": "events.amazonaws.com"})
                )
            },
        ),
    ),
    Row(
        "iam-endpoint-policy",
        (
            thing(
                _ENDPOINT,
                "s3",
                serviceName=f"com.amazonaws.{REGION}.s3",
                policy=text(
                    allow(
                        "s3:Get*",
                        "*",
                        Principal="*",
                        Condition={"StringEquals": {"aws:PrincipalAccount": ACCOUNT_ID}},
                    )
                ),
            ),
            thing(_ENDPOINT, "sts", serviceName=f"com.amazonaws.{REGION}.sts"),
        ),
        (
            Break({"s3.policy": DROP}, {"s3": "it has no policy, so it lets everything through"}),
            Break(
                {"s3.policy": text(allow("*", "*", Principal="*"))},
                {"s3": "statement Given of the endpoint policy lets everyone through to every resource"},
            ),
        ),
        unknown="s3.policy",
        also_holds=({"s3.policy": text(allow("s3:GetObject", "arn:aws:s3:::prod-layers/*", Principal="*"))},),
    ),
)
