"""The trail and the history of AWS Config: written by AWS alone, kept, and changed by nobody."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.identity.iam_lint import findings
from tests.infra.keys.evaluation import may, statements

TRAIL: Final = "aws:cloudtrail/trail:Trail"
BUCKET_POLICY: Final = "aws:s3/bucketPolicy:BucketPolicy"
ACCOUNTS: Final = {"prod": "111122223333", "staging": "222233334444", "dr": "111122223333"}
REGIONS: Final = {"prod": "ap-south-1", "staging": "ap-south-1", "dr": "ap-southeast-1"}
WITH_TRAIL: Final = ("prod", "staging")
WITH_RECORDER: Final = ("prod", "dr")


def bucket_policy(graph: ResourceGraph, bucket: str) -> dict[str, dict[str, Any]]:
    """The statements of a bucket's policy by id."""
    (found,) = [policy for policy in graph.of_type(BUCKET_POLICY) if policy.name == bucket]
    document = json.loads(found.inputs["policy"])
    assert document["Version"] == "2012-10-17"
    return {statement["Sid"]: statement for statement in document["Statement"]}


def named(graph: ResourceGraph, token: str, name: str) -> Resource:
    """The one resource of a type with a logical name."""
    (found,) = [resource for resource in graph.of_type(token) if resource.name == name]
    return found


def trail_arn(stack: str) -> str:
    return f"arn:aws:cloudtrail:{REGIONS[stack]}:{ACCOUNTS[stack]}:trail/fleet-erp-{stack}"


def bucket_arn(stack: str, purpose: str) -> str:
    return f"arn:aws:s3:::fleet-erp-{stack}-{purpose}-{ACCOUNTS[stack]}-{REGIONS[stack]}"


@pytest.mark.parametrize("stack", WITH_TRAIL)
def test_the_trail_records_every_region_signed_and_encrypted(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (trail,) = graph.of_type(TRAIL)
    assert trail.inputs["name"] == f"fleet-erp-{stack}"
    for switch in (
        "isMultiRegionTrail",
        "includeGlobalServiceEvents",
        "enableLogFileValidation",
        "enableLogging",
    ):
        assert trail.inputs[switch] is True
    (key,) = trail.property_dependencies["kmsKeyId"]
    assert key.endswith("aws:kms/key:Key::logs")
    assert trail.protect is (stack == "prod")
    # The bucket's name comes from its policy: CloudTrail asks whether it may write before it starts.
    (source,) = trail.property_dependencies["s3BucketName"]
    assert source.endswith(f"{BUCKET_POLICY}::trail")


@pytest.mark.parametrize("stack", WITH_TRAIL)
def test_only_this_trail_writes_to_its_bucket(estate: EstateRenderer, stack: str) -> None:
    """Word for word what the CloudTrail user guide asks for, and beside it only what denies."""
    found = bucket_policy(estate(stack), "trail")
    allowed = {sid: found[sid] for sid in found if found[sid]["Effect"] == "Allow"}
    bucket = bucket_arn(stack, "trail")
    assert allowed == {
        "AWSCloudTrailAclCheck20150319": {
            "Sid": "AWSCloudTrailAclCheck20150319",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": {"StringEquals": {"aws:SourceArn": trail_arn(stack)}},
        },
        "AWSCloudTrailWrite20150319": {
            "Sid": "AWSCloudTrailWrite20150319",
            "Effect": "Allow",
            "Principal": {"Service": "cloudtrail.amazonaws.com"},
            "Action": "s3:PutObject",
            "Resource": f"{bucket}/AWSLogs/{ACCOUNTS[stack]}/*",
            "Condition": {
                "StringEquals": {
                    "s3:x-amz-acl": "bucket-owner-full-control",
                    "aws:SourceArn": trail_arn(stack),
                }
            },
        },
    }
    assert set(found) - set(allowed) == {"DenyWithoutTls", "DenyOldTls", "KeepTheLock"}
    assert found["KeepTheLock"] == {
        "Sid": "KeepTheLock",
        "Effect": "Deny",
        "Principal": "*",
        "Action": ["s3:BypassGovernanceRetention", "s3:PutObjectLegalHold", "s3:PutObjectRetention"],
        "Resource": f"{bucket}/*",
        "Condition": {
            "ArnNotEquals": {
                "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNTS[stack]}:role/fleet-erp-break-glass-{stack}"
            }
        },
    }


@pytest.mark.parametrize("stack", WITH_RECORDER)
def test_only_config_of_this_account_writes_its_history(estate: EstateRenderer, stack: str) -> None:
    """Word for word what the AWS Config developer guide asks for."""
    found = bucket_policy(estate(stack), "config")
    allowed = {sid: found[sid] for sid in found if found[sid]["Effect"] == "Allow"}
    bucket, account = bucket_arn(stack, "config"), ACCOUNTS[stack]
    common = {"Effect": "Allow", "Principal": {"Service": "config.amazonaws.com"}}
    of_account = {"aws:SourceAccount": account}
    assert allowed == {
        "AWSConfigBucketPermissionsCheck": {
            "Sid": "AWSConfigBucketPermissionsCheck",
            **common,
            "Action": "s3:GetBucketAcl",
            "Resource": bucket,
            "Condition": {"StringEquals": of_account},
        },
        "AWSConfigBucketExistenceCheck": {
            "Sid": "AWSConfigBucketExistenceCheck",
            **common,
            "Action": "s3:ListBucket",
            "Resource": bucket,
            "Condition": {"StringEquals": of_account},
        },
        "AWSConfigBucketDelivery": {
            "Sid": "AWSConfigBucketDelivery",
            **common,
            "Action": "s3:PutObject",
            "Resource": f"{bucket}/AWSLogs/{account}/Config/*",
            "Condition": {"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control", **of_account}},
        },
    }
    assert set(found) - set(allowed) == {"DenyWithoutTls", "DenyOldTls"}
    # AWS Config delivers to no bucket with a default retention.
    locks = estate(stack).of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration")
    assert "config" not in {lock.name for lock in locks}


def test_productions_trail_is_locked_for_seven_years(estate: EstateRenderer) -> None:
    graph = estate("prod")
    bucket = named(graph, "aws:s3/bucket:Bucket", "trail")
    assert bucket.inputs["objectLockEnabled"] is True
    assert bucket.protect is True
    lock = named(graph, "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration", "trail")
    assert lock.inputs["rule"]["defaultRetention"] == {"mode": "GOVERNANCE", "days": 2557}
    lifecycle = named(graph, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration", "trail")
    (retention,) = [rule for rule in lifecycle.inputs["rules"] if rule["id"] == "retention"]
    assert retention["transitions"] == [{"days": 90, "storageClass": "GLACIER"}]
    assert retention["expiration"] == {"days": 2557}


@pytest.mark.parametrize(("stack", "bucket"), [("prod", "trail"), ("prod", "config"), ("staging", "trail")])
def test_who_reads_the_records_is_recorded(estate: EstateRenderer, stack: str, bucket: str) -> None:
    graph = estate(stack)
    logging = named(graph, "aws:s3/bucketLogging:BucketLogging", bucket)
    assert logging.inputs["targetPrefix"] == f"s3/{bucket}/"
    delivery = bucket_policy(graph, "access-logs")["BucketLogs"]
    assert bucket_arn(stack, bucket) in delivery["Condition"]["ArnLike"]["aws:SourceArn"]


def test_reads_and_writes_of_restricted_data_are_recorded(estate: EstateRenderer) -> None:
    (trail,) = estate("prod").of_type(TRAIL)
    management, data = trail.inputs["advancedEventSelectors"]
    assert management["fieldSelectors"] == [{"field": "eventCategory", "equals": ["Management"]}]
    assert data["fieldSelectors"] == [
        {"field": "eventCategory", "equals": ["Data"]},
        {"field": "resources.type", "equals": ["AWS::S3::Object"]},
        {
            "field": "resources.ARN",
            "startsWiths": [f"{bucket_arn('prod', name)}/" for name in ("attachments", "gps-archive")],
        },
    ]


@pytest.mark.parametrize("stack", WITH_TRAIL)
def test_the_log_group_takes_what_the_trail_writes(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    (trail,) = graph.of_type(TRAIL)
    group = named(graph, "aws:cloudwatch/logGroup:LogGroup", "trail")
    assert group.inputs["name"] == f"/fleet-erp/{stack}/trail"
    assert group.inputs["retentionInDays"] == {"prod": 90, "staging": 30}[stack]
    assert trail.property_dependencies["cloudWatchLogsGroupArn"] == (group.urn,)
    assert trail.inputs["cloudWatchLogsGroupArn"].endswith(":*")
    assert named(graph, "aws:iam/rolePolicy:RolePolicy", "trail").urn in trail.dependencies
    policy = json.loads(named(graph, "aws:iam/rolePolicy:RolePolicy", "trail").inputs["policy"])
    (statement,) = policy["Statement"]
    account, region = ACCOUNTS[stack], REGIONS[stack]
    assert statement["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert statement["Resource"] == (
        f"arn:aws:logs:{region}:{account}:log-group:/fleet-erp/{stack}/trail"
        f":log-stream:{account}_CloudTrail_{region}*"
    )
    trust = json.loads(named(graph, "aws:iam/role:Role", "trail").inputs["assumeRolePolicy"])
    (assume,) = trust["Statement"]
    assert assume["Principal"] == {"Service": "cloudtrail.amazonaws.com"}
    assert assume["Condition"] == {
        "StringEquals": {"aws:SourceArn": trail_arn(stack), "aws:SourceAccount": account}
    }


@pytest.mark.parametrize("stack", WITH_TRAIL)
def test_the_key_lets_this_trail_and_no_other_encrypt(estate: EstateRenderer, stack: str) -> None:
    policy = [_like_equals(statement) for statement in statements(estate(stack), "logs")]
    arn, who = trail_arn(stack), "cloudtrail.amazonaws.com"
    context = {"kms_EncryptionContext_aws_cloudtrail_arn": arn}
    assert may(policy, who, "kms:GenerateDataKey", aws_SourceArn=arn, **context)
    assert may(policy, who, "kms:DescribeKey", aws_SourceArn=arn)
    assert not may(policy, who, "kms:GenerateDataKey", aws_SourceArn=f"{arn}-other", **context)
    assert not may(policy, who, "kms:GenerateDataKey", aws_SourceArn=arn)
    assert not may(policy, who, "kms:Decrypt", aws_SourceArn=arn, **context)


@pytest.mark.parametrize("stack", WITH_RECORDER)
def test_the_key_lets_config_of_this_account_encrypt(estate: EstateRenderer, stack: str) -> None:
    policy = statements(estate(stack), "logs")
    who = "config.amazonaws.com"
    for action in ("kms:Decrypt", "kms:GenerateDataKey"):
        assert may(policy, who, action, aws_SourceAccount=ACCOUNTS[stack])
        assert not may(policy, who, action, aws_SourceAccount="999988887777")
    channel = named(estate(stack), "aws:cfg/deliveryChannel:DeliveryChannel", "default")
    (key,) = channel.property_dependencies["s3KmsKeyArn"]
    assert key.endswith("aws:kms/key:Key::logs")


def _like_equals(statement: Any) -> Any:
    """Give a statement as the evaluation knows it: patterns of texts compare like patterns of ARNs."""
    conditions = dict(statement.get("Condition", {}))
    if "StringLike" in conditions:
        conditions["ArnLike"] = conditions.pop("StringLike")
    return {**statement, "Condition": conditions}


@pytest.mark.parametrize(
    ("stack", "name"), [("prod", "trail"), ("staging", "trail"), ("prod", "config"), ("dr", "config")]
)
def test_documents_name_actions_and_keys_that_iam_knows(
    estate: EstateRenderer, stack: str, name: str
) -> None:
    """The bucket's policy but for its denials of every action, and the role's two documents."""
    graph = estate(stack)
    policy = bucket_policy(graph, name)
    kept = [statement for statement in policy.values() if statement["Action"] != "s3:*"]
    documents = [json.dumps({"Version": "2012-10-17", "Statement": kept})]
    if name == "trail":
        documents += [
            named(graph, "aws:iam/rolePolicy:RolePolicy", name).inputs["policy"],
            named(graph, "aws:iam/role:Role", name).inputs["assumeRolePolicy"],
        ]
    assert [line for document in documents for line in findings(document)] == []
