"""Buckets and image repositories."""

from __future__ import annotations

from policies.aws.buckets import encryption_default, encryption_rules
from policies.aws.keys import without_customer_key
from policies.aws.tokens import BUCKETS, REPOSITORIES, REPOSITORY_TEMPLATES
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
)


@joined_rule(
    "enc-s3-kms",
    subjects=BUCKETS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(
        ("S3.17",), ("CKV_AWS_19", "CKV_AWS_145"), ("SEC-06", "STOR-02", "POL-01", "DATA-07"), ("8(5)",)
    ),
    remedy=(
        "Declare s3.BucketServerSideEncryptionConfiguration for the bucket with sse_algorithm='aws:kms',"
        " the data key and bucket_key_enabled=True."
    ),
)
def s3_kms(bucket: ResourceView, graph: Graph) -> Findings:
    """Every bucket encrypts by default with a customer key and a bucket key.

    The bucket key saves one KMS request for each object. A load balancer writes its access logs only to
    buckets with SSE-S3: that finding has the aspect `sse-s3` and is exempted for that one bucket.
    """
    rules = list(encryption_rules(bucket, graph))
    if not rules:
        yield bucket.finding("no default encryption is declared for the bucket", aspect="none")
    for rule in rules:
        default = encryption_default(rule)
        algorithm = default.text("sseAlgorithm")
        if algorithm == "AES256":
            yield bucket.finding("sseAlgorithm is AES256: the key is S3's own", aspect="sse-s3")
            continue
        if not algorithm.startswith("aws:kms"):
            yield f"sseAlgorithm is {algorithm or 'not set'}, not aws:kms"
        if default.owner and (why := without_customer_key(default.owner, f"{default.at}.kmsMasterKeyId")):
            yield why
        if not rule.flag("bucketKeyEnabled"):
            yield bucket.finding("bucketKeyEnabled is not true", aspect="bucket-key")


@resource_rule(
    "enc-ecr-cmk",
    subjects=(*REPOSITORIES, *REPOSITORY_TEMPLATES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("ECR.5",), ("CKV_AWS_136",), ("SEC-06", "POL-01")),
    remedy="Set encryption_configurations to type KMS with the data key; it is fixed at creation.",
    by_reference=True,
)
def ecr_cmk(repository: ResourceView) -> Findings:
    """Images are encrypted with a customer key, also in repositories that replication creates."""
    configurations = repository.blocks("encryptionConfigurations")
    if not configurations:
        yield "encryptionConfigurations is not set, so images are encrypted with a key of AWS"
    for configuration in configurations:
        if configuration.text("encryptionType", "AES256") not in {"KMS", "KMS_DSSE"}:
            yield f"{configuration.at}.encryptionType is not KMS"
        if why := without_customer_key(repository, f"{configuration.at}.kmsKey"):
            yield why
