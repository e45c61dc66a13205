"""Buckets: each whole, and the one that takes access logs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.settings import EstateSettings
from preview.engine import RenderError
from preview.graph import Resource, ResourceGraph
from tests.infra.data.conftest import Stores, key_arn, one

S3 = "aws:s3/{0}:{1}"
BUCKET = "aws:s3/bucket:Bucket"
ESTATES = ("prod", "staging", "testing", "dr")
PARTS = (
    "bucketVersioning:BucketVersioning",
    "bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration",
    "bucketPublicAccessBlock:BucketPublicAccessBlock",
    "bucketOwnershipControls:BucketOwnershipControls",
    "bucketPolicy:BucketPolicy",
    "bucketLifecycleConfiguration:BucketLifecycleConfiguration",
)
LOG_BUCKET = "access-logs"


def part(graph: ResourceGraph, kind: str, bucket: str) -> Resource:
    """A sub-resource of a bucket, and proof that it is this bucket's."""
    resource = one(graph, f"aws:s3/{kind[0].lower()}{kind[1:]}:{kind}", bucket)
    assert resource.property_dependencies["bucket"] == (one(graph, BUCKET, bucket).urn,)
    return resource


def statements(graph: ResourceGraph, bucket: str) -> dict[str, dict[str, Any]]:
    document = json.loads(part(graph, "BucketPolicy", bucket).inputs["policy"])
    return {statement["Sid"]: statement for statement in document["Statement"]}


@pytest.mark.requirement("STOR-02")
@pytest.mark.parametrize(
    ("stack", "purposes"),
    [
        ("prod", {"attachments", "gps-archive", "metrics", "records"}),
        ("staging", {"attachments", "gps-archive", "metrics", "records"}),
        ("testing", {"attachments", "gps-archive"}),
        ("dr", {"metrics", "recovery"}),
    ],
)
def test_every_bucket_is_whole(stores: Stores, stack: str, purposes: set[str]) -> None:
    graph = stores(stack)
    buckets = {bucket.name: bucket for bucket in graph.of_type(BUCKET)}
    assert set(buckets) == purposes | {LOG_BUCKET}
    for token in PARTS:
        assert {resource.name for resource in graph.of_type(f"aws:s3/{token}")} == set(buckets)
    assert set(graph.exports["bucket_names"]) == purposes


@pytest.mark.requirement("STOR-02", "SEC-06")
@pytest.mark.parametrize("stack", ESTATES)
def test_our_key_encrypts_all_but_the_log_bucket(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    region = "ap-southeast-1" if stack == "dr" else "ap-south-1"
    for bucket in graph.of_type(BUCKET):
        (rule,) = part(graph, "BucketServerSideEncryptionConfiguration", bucket.name).inputs["rules"]
        default = rule["applyServerSideEncryptionByDefault"]
        if bucket.name == LOG_BUCKET:
            # Elastic Load Balancing refuses to write to anything else.
            assert default == {"sseAlgorithm": "AES256"}
        else:
            assert default == {"sseAlgorithm": "aws:kms", "kmsMasterKeyId": key_arn("data", region)}
            assert rule["bucketKeyEnabled"] is True


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", ESTATES)
def test_everybody_without_tls_1_2_is_refused(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    for bucket in graph.of_type(BUCKET):
        found = statements(graph, bucket.name)
        arn = f"arn:aws:s3:::{bucket.inputs['bucket']}"
        for sid, condition in {
            "DenyWithoutTls": {"Bool": {"aws:SecureTransport": "false"}},
            "DenyOldTls": {"NumericLessThan": {"s3:TlsVersion": "1.2"}},
        }.items():
            assert found[sid] == {
                "Sid": sid,
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:*",
                "Resource": [arn, f"{arn}/*"],
                "Condition": condition,
            }


@pytest.mark.parametrize("stack", ESTATES)
def test_nothing_is_public_and_everything_versioned(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    for bucket in graph.of_type(BUCKET):
        block = part(graph, "BucketPublicAccessBlock", bucket.name).inputs
        assert {key: value for key, value in block.items() if key != "bucket"} == dict.fromkeys(
            ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"), True
        )
        ownership = part(graph, "BucketOwnershipControls", bucket.name).inputs["rule"]
        assert ownership == {"objectOwnership": "BucketOwnerEnforced"}
        versioning = part(graph, "BucketVersioning", bucket.name).inputs["versioningConfiguration"]
        assert versioning == {"status": "Enabled"}


@pytest.mark.parametrize("stack", ESTATES)
def test_buckets_log_to_the_log_bucket_which_logs_nowhere(stores: Stores, stack: str) -> None:
    graph = stores(stack)
    purposes = {bucket.name for bucket in graph.of_type(BUCKET)} - {LOG_BUCKET}
    policy = part(graph, "BucketPolicy", LOG_BUCKET)
    logging = {r.name: r for r in graph.of_type("aws:s3/bucketLogging:BucketLogging")}
    assert set(logging) == purposes
    for purpose, resource in logging.items():
        assert resource.property_dependencies["targetBucket"] == (policy.urn,)
        assert resource.inputs["targetPrefix"] == f"s3/{purpose}/"
    delivery = statements(graph, LOG_BUCKET)["BucketLogs"]
    assert delivery["Principal"] == {"Service": "logging.s3.amazonaws.com"}
    sources = delivery["Condition"]["ArnLike"]["aws:SourceArn"]
    assert (
        {sources}
        if isinstance(sources, str)
        else set(sources)
        == {f"arn:aws:s3:::{one(graph, BUCKET, purpose).inputs['bucket']}" for purpose in purposes}
    )


@pytest.mark.parametrize(("stack", "account"), [("prod", "718504428378"), ("dr", "114774131450")])
def test_both_principals_of_load_balancing_may_deliver(stores: Stores, stack: str, account: str) -> None:
    graph = stores(stack)
    delivery = statements(graph, LOG_BUCKET)["LoadBalancerLogs"]
    assert delivery["Principal"] == {
        "AWS": f"arn:aws:iam::{account}:root",
        "Service": "logdelivery.elasticloadbalancing.amazonaws.com",
    }
    assert delivery["Action"] == "s3:PutObject"
    log_bucket = one(graph, BUCKET, LOG_BUCKET).inputs["bucket"]
    assert delivery["Resource"] == f"arn:aws:s3:::{log_bucket}/alb-*/AWSLogs/111122223333/*"


def in_region(region: str) -> Any:
    def change(settings: EstateSettings) -> EstateSettings:
        return settings.model_copy(
            update={"environment": settings.environment.model_copy(update={"region": region})}
        )

    return change


def test_a_young_region_has_the_service_alone(stores: Stores) -> None:
    delivery = statements(stores("prod", change=in_region("ap-south-2")), LOG_BUCKET)["LoadBalancerLogs"]
    assert delivery["Principal"] == {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}


def test_a_region_without_a_record_is_refused(stores: Stores) -> None:
    with pytest.raises(RenderError, match="eu-west-1; known regions: ap-south-1, ap-southeast-1, ap-south-2"):
        stores("prod", change=in_region("eu-west-1"))


@pytest.mark.requirement("DATA-05")
def test_attachments_are_locked_and_kept_seven_years(stores: Stores) -> None:
    graph = stores("prod")
    assert one(graph, BUCKET, "attachments").inputs["objectLockEnabled"] is True
    lock = part(graph, "BucketObjectLockConfiguration", "attachments").inputs["rule"]
    assert lock == {"defaultRetention": {"mode": "GOVERNANCE", "days": 2557}}
    retention, markers = part(graph, "BucketLifecycleConfiguration", "attachments").inputs["rules"]
    assert retention["expiration"] == {"days": 2557}
    assert retention["noncurrentVersionExpiration"] == {"noncurrentDays": 30}
    assert retention["abortIncompleteMultipartUpload"] == {"daysAfterInitiation": 7}
    assert markers["expiration"] == {"expiredObjectDeleteMarker": True}


@pytest.mark.requirement("DATA-06")
def test_gps_archive_goes_to_glacier(stores: Stores) -> None:
    rule, _ = part(stores("prod"), "BucketLifecycleConfiguration", "gps-archive").inputs["rules"]
    assert rule["transitions"] == [{"days": 1, "storageClass": "GLACIER"}]
    assert rule["expiration"] == {"days": 2557}


def test_only_locked_buckets_have_a_lock(stores: Stores) -> None:
    graph = stores("prod")
    locks = list(graph.of_type("aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration"))
    assert [lock.name for lock in locks] == ["attachments", "records"]
    locked = {b.name for b in graph.of_type(BUCKET) if b.inputs["objectLockEnabled"]}
    assert locked == {"attachments", "records"}


@pytest.mark.parametrize(("stack", "kept"), [("prod", True), ("testing", False)])
def test_production_buckets_outlive_the_program(stores: Stores, stack: str, *, kept: bool) -> None:
    for bucket in stores(stack).of_type(BUCKET):
        assert (bucket.protect, bucket.retain_on_delete) == (kept, kept)
        assert bucket.inputs["forceDestroy"] is not kept


def test_names_say_environment_account_and_region(stores: Stores) -> None:
    names = {b.inputs["bucket"] for b in stores("prod").of_type(BUCKET)}
    assert names == {
        f"fleet-erp-prod-{purpose}-111122223333-ap-south-1"
        for purpose in ("access-logs", "attachments", "gps-archive", "metrics", "records")
    }
