"""How long buckets keep what is in them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.bucket_lifecycles import lifecycle_rules
from policies.aws.bucket_names import called
from policies.aws.buckets import settings_of
from policies.aws.tokens import BUCKET_VERSIONINGS, BUCKETS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    stack_rule,
)

_COLD: Final = {"GLACIER": 90, "DEEP_ARCHIVE": 180, "GLACIER_IR": 90}
"""Storage classes of S3 Glacier and the days that each is paid for at least."""


@joined_rule(
    "dat-s3-lifecycle",
    subjects=BUCKETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("S3.13",), ("CKV2_AWS_61",), ("DATA-05", "DATA-06", "OPS-01"), ("8(7)",)),
    remedy="Declare s3.BucketLifecycleConfiguration with an enabled rule that expires or moves every object.",
)
def s3_lifecycle(bucket: ResourceView, graph: Graph) -> Findings:
    """Every bucket says when its objects end or move."""
    rules = lifecycle_rules(bucket, graph)
    if not any(rule.whole and (rule.expires_days is not None or rule.transitions) for rule in rules):
        yield "no enabled lifecycle rule expires or moves every object of the bucket"


@joined_rule(
    "dat-s3-multipart",
    subjects=BUCKETS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_300",), ("OPS-01",)),
    remedy="Add abort_incomplete_multipart_upload with days_after_initiation=7 to a rule for every object.",
    settings={"most_days": Setting(7, "days after which an upload that never ended is cleared away")},
)
def s3_multipart(bucket: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Uploads that never ended are cleared away; they cost money and no listing shows them."""
    days = [
        rule.abort_days
        for rule in lifecycle_rules(bucket, graph)
        if rule.whole and rule.abort_days is not None
    ]
    if not days:
        yield "no enabled lifecycle rule aborts incomplete multipart uploads"
    elif min(days) > settings["most_days"]:
        yield f"incomplete multipart uploads stay {min(days)} days, more than {settings['most_days']}"


@joined_rule(
    "dat-s3-old-versions",
    subjects=BUCKETS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), ("OPS-01",), ("8(7)",)),
    remedy="Add noncurrent_version_expiration to a rule for every object.",
)
def s3_old_versions(bucket: ResourceView, graph: Graph) -> Findings:
    """A bucket with versions ends the old ones: else nothing is ever deleted, personal data included."""
    versioned = settings_of(bucket, graph, BUCKET_VERSIONINGS) or [
        *bucket.blocks("versioning"),
        *bucket.blocks("versionings"),
    ]
    if versioned and not any(
        rule.whole and rule.old_versions_days is not None for rule in lifecycle_rules(bucket, graph)
    ):
        yield "no enabled lifecycle rule expires noncurrent versions"


@stack_rule(
    "dat-attachments-retention",
    subjects=BUCKETS,
    severity=Severity.HIGH,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-05",), ("8(7)",)),
    remedy="Let the bucket's lifecycle expire objects after 2557 days or more.",
    settings={
        "buckets": Setting(["attachments"], "buckets with records that the law keeps"),
        "least_days": Setting(2557, "seven years with two leap days, in days"),
    },
)
def attachments_retention(graph: Graph, settings: Settings) -> Findings:
    """Attachments of trips and invoices are not expired before seven years."""
    for name in settings["buckets"]:
        buckets = called(graph, name)
        if not buckets:
            yield f"the stack declares no bucket called {name}"
        for bucket in buckets:
            yield from _too_early(bucket, graph, settings["least_days"])


@stack_rule(
    "dat-gps-glacier",
    subjects=BUCKETS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls((), (), ("DATA-06",), ("8(7)",)),
    remedy="Add a transition to GLACIER within 365 days for every object, and a later expiration.",
    settings={
        "buckets": Setting(["gps-archive"], "buckets with positions of vehicles"),
        "most_days": Setting(365, "days after which the archive has gone to Glacier"),
    },
)
def gps_glacier(graph: Graph, settings: Settings) -> Findings:
    """Positions that left the database go to Glacier, and are not expired before they were there.

    Objects come into the bucket when they leave the database after twelve months, so they may move at once.
    Glacier is paid for 90 days at least, Deep Archive for 180.
    """
    for name in settings["buckets"]:
        buckets = called(graph, name)
        if not buckets:
            yield f"the stack declares no bucket called {name}"
        for bucket in buckets:
            rules = lifecycle_rules(bucket, graph)
            moves = [move for rule in rules if rule.whole for move in rule.transitions if move[1] in _COLD]
            if not moves:
                yield bucket.finding("no enabled lifecycle rule moves every object to Glacier")
                continue
            days, storage = min(moves)
            if days > settings["most_days"]:
                yield bucket.finding(f"objects go to {storage} after {days} days only")
            yield from _too_early(bucket, graph, max(days + _COLD[storage], settings["most_days"]))


def _too_early(bucket: ResourceView, graph: Graph, least: float) -> Iterator[Finding]:
    for rule in lifecycle_rules(bucket, graph):
        if rule.expires_days is not None and rule.expires_days < least:
            yield bucket.finding(f"objects expire after {rule.expires_days} days, before {least}")
