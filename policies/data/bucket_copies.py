"""Buckets that nobody may change, and their copies in another region."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.bucket_names import called, is_called
from policies.aws.buckets import settings_of
from policies.aws.placement import region_of
from policies.aws.tokens import BUCKET_OBJECT_LOCKS, BUCKET_REPLICATIONS, BUCKETS, TRAILS
from policies.framework import (
    Block,
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    stack_rule,
)

_YEAR_DAYS: Final = 365.25
_MODES: Final = frozenset({"GOVERNANCE", "COMPLIANCE"})


@stack_rule(
    "dat-s3-object-lock",
    subjects=(*BUCKETS, *TRAILS),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls(("S3.15",), ("CKV_AWS_143",), ("DATA-05", "SEC-14"), ("8(7)",)),
    remedy=(
        "Set object_lock_enabled=True on the bucket, which is possible at creation only, and declare"
        " s3.BucketObjectLockConfiguration with GOVERNANCE for 2557 days."
    ),
    settings={
        "buckets": Setting(["attachments"], "buckets with records that the law keeps"),
        "least_days": Setting(2557, "seven years with two leap days, in days"),
    },
)
def s3_object_lock(graph: Graph, settings: Settings) -> Findings:
    """Attachments and audit trails cannot be changed or deleted for seven years.

    GOVERNANCE is enough: COMPLIANCE would also stop a deletion that the law demands.
    """
    locked: dict[str, ResourceView] = {}
    for name in settings["buckets"]:
        buckets = called(graph, name)
        if not buckets:
            yield f"the stack declares no bucket called {name}"
        locked |= {bucket.urn: bucket for bucket in buckets}
    for trail in graph.of(*TRAILS):
        locked |= {bucket.urn: bucket for bucket in trail.link("s3BucketName").targets(*BUCKETS)}
    for bucket in locked.values():
        yield from _without_lock(bucket, graph, settings["least_days"])


def _without_lock(bucket: ResourceView, graph: Graph, least: float) -> Iterator[Finding]:
    inline = bucket.block("objectLockConfiguration")
    if not bucket.flag("objectLockEnabled") and inline.text("objectLockEnabled") != "Enabled":
        yield bucket.finding("objectLockEnabled is not true")
    retentions = list(_retentions(bucket, graph))
    if not retentions:
        yield bucket.finding("no default retention is declared for the bucket")
    for retention in retentions:
        mode = retention.text("mode")
        days = retention.number("days") or (retention.number("years") or 0) * _YEAR_DAYS
        if mode not in _MODES:
            yield bucket.finding(f"the default retention's mode is {mode or 'not set'}")
        if round(days + 0.5) < least:
            yield bucket.finding(f"the default retention is {days} days, less than {least}")


def _retentions(bucket: ResourceView, graph: Graph) -> Iterator[Block]:
    holders: list[Block] = [
        *settings_of(bucket, graph, BUCKET_OBJECT_LOCKS),
        bucket.block("objectLockConfiguration"),
    ]
    for holder in holders:
        for rule in (*holder.blocks("rule"), *holder.blocks("rules")):
            yield from rule.blocks("defaultRetention")
            yield from rule.blocks("defaultRetentions")


@joined_rule(
    "dat-s3-replication",
    subjects=BUCKETS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls(("S3.7",), ("CKV_AWS_144",), ("DATA-08", "DATA-05", "ENV-05"), ("8(5)",)),
    remedy=(
        "Declare s3.BucketReplicationConfig to a bucket of this stack in the recovery region, with"
        " sse_kms_encrypted_objects and the replica key of that region."
    ),
    settings={
        "buckets": Setting(["attachments", "gps-archive"], "buckets that must survive the region"),
        "region": Setting("ap-southeast-1", "the recovery region"),
    },
)
def s3_replication(bucket: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Buckets that must survive the region are copied to the recovery region, encrypted objects too."""
    wanted = any(is_called(bucket, name) for name in settings["buckets"])
    if not wanted or region_of(bucket) == settings["region"]:
        return
    rules = [rule for rule in _replication_rules(bucket, graph) if rule.text("status") == "Enabled"]
    there = [rule for rule in rules if _goes_to(rule, settings["region"])]
    if not there:
        yield f"no enabled replication rule copies it to a bucket of this stack in {settings['region']}"
    for rule in there:
        criteria = rule.block("sourceSelectionCriteria")
        status = criteria.text("sseKmsEncryptedObjects.status")
        if status != "Enabled" and not criteria.flag("sseKmsEncryptedObjects.enabled"):
            yield f"{rule.at}.sourceSelectionCriteria leaves out objects under a customer key"
        destination = rule.block("destination")
        if not destination.has("encryptionConfiguration.replicaKmsKeyId") and not destination.has(
            "replicaKmsKeyId"
        ):
            yield f"{rule.at}.destination names no key of its region"


def _replication_rules(bucket: ResourceView, graph: Graph) -> Iterator[Block]:
    for setting in settings_of(bucket, graph, BUCKET_REPLICATIONS):
        yield from setting.blocks("rules")
    for inline in ("replicationConfiguration", "replicationConfigurations"):
        for block in bucket.blocks(inline):
            yield from block.blocks("rules")


def _goes_to(rule: Block, region: str) -> bool:
    if rule.owner is None:
        return False
    link = rule.owner.link(f"{rule.at}.destination.bucket")
    return any(region_of(target) == region for target in link.targets(*BUCKETS))
