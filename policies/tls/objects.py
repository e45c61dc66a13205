"""Buckets."""

from __future__ import annotations

from policies.aws.buckets import settings_of
from policies.aws.tokens import BUCKET_POLICIES, BUCKETS
from policies.aws.transport import OLD_TLS, PLAIN, turns_away
from policies.framework import Controls, Findings, Graph, ResourceView, Severity, everywhere, joined_rule


@joined_rule(
    "tls-s3-secure-transport",
    subjects=BUCKETS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("S3.5",), ("CKV_AWS_379",), ("SEC-05", "STOR-02", "POL-02"), ("8(5)",)),
    remedy=(
        "Add two Deny statements on s3:* for everyone to the bucket policy: Bool aws:SecureTransport=false,"
        " and NumericLessThan s3:TlsVersion=1.2."
    ),
    exemptible=False,
)
def s3_secure_transport(bucket: ResourceView, graph: Graph) -> Findings:
    """Every bucket refuses requests without TLS, and with less than TLS 1.2."""
    holders = [*settings_of(bucket, graph, BUCKET_POLICIES), *([bucket] if bucket.has("policy") else [])]
    if not holders:
        yield "no bucket policy is declared for the bucket"
        return
    if not turns_away(holders, PLAIN, "s3:*"):
        yield "the bucket policy does not deny s3:* where aws:SecureTransport is false"
    if not turns_away(holders, OLD_TLS, "s3:*"):
        yield "the bucket policy does not deny s3:* where s3:TlsVersion is less than 1.2"
