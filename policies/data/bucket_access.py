"""Buckets: closed to the public, owned by the account, with their history."""

from __future__ import annotations

from typing import Final

from policies.aws.buckets import settings_of
from policies.aws.tokens import (
    ACCESS_POINTS,
    ACCOUNT_PUBLIC_ACCESS_BLOCKS,
    BUCKET_ACLS,
    BUCKET_OWNERSHIPS,
    BUCKET_PUBLIC_ACCESS_BLOCKS,
    BUCKET_VERSIONINGS,
    BUCKETS,
)
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)

_SWITCHES: Final = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
_OWNER: Final = "BucketOwnerEnforced"


def _open_switches(block: Block, *, default: bool = False) -> list[str]:
    return [name for name in _SWITCHES if not block.flag(name, default=default)]


@joined_rule(
    "dat-s3-block-public",
    subjects=BUCKETS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(
        ("S3.8",),
        ("CKV2_AWS_6", "CKV_AWS_53", "CKV_AWS_54", "CKV_AWS_55", "CKV_AWS_56"),
        ("DATA-07", "STOR-02"),
        ("8(5)",),
    ),
    remedy="Declare s3.BucketPublicAccessBlock for the bucket with all four switches True.",
    exemptible=False,
)
def s3_block_public(bucket: ResourceView, graph: Graph) -> Findings:
    """Every bucket blocks public access in all four ways."""
    blocks = settings_of(bucket, graph, BUCKET_PUBLIC_ACCESS_BLOCKS)
    if not blocks:
        yield "no public access block is declared for the bucket"
    for block in blocks:
        for name in _open_switches(block):
            yield f"{name} of {block.name} is not true"


@resource_rule(
    "dat-s3-access-point",
    subjects=ACCESS_POINTS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("S3.19",), (), ("DATA-07",), ("8(5)",)),
    remedy="Leave public_access_block_configuration out, or set all four switches True.",
)
def s3_access_point(point: ResourceView) -> Findings:
    """An access point blocks public access in all four ways, which is what AWS does when nothing is said."""
    for name in _open_switches(point.block("publicAccessBlockConfiguration"), default=True):
        yield f"publicAccessBlockConfiguration.{name} is false"


@stack_rule(
    "dat-s3-account-block",
    subjects=(*ACCOUNT_PUBLIC_ACCESS_BLOCKS, *BUCKETS),
    severity=Severity.HIGH,
    # The recovery stack lies in production's account, and a workspace in testing's.
    levels=mandatory_in("prod", "staging", "testing", otherwise=Level.DISABLED),
    controls=Controls(("S3.1",), (), ("DATA-07", "ISO-01"), ("8(5)",)),
    remedy="Declare s3.AccountPublicAccessBlock with all four switches True, once for each account.",
)
def s3_account_block(graph: Graph) -> Findings:
    """The account blocks public access, for buckets that this program does not know too."""
    blocks = graph.of(*ACCOUNT_PUBLIC_ACCESS_BLOCKS)
    if graph.of(*BUCKETS) and not blocks:
        yield "the stack has buckets but declares no s3.AccountPublicAccessBlock"
    for block in blocks:
        for name in _open_switches(block):
            yield block.finding(f"{name} is not true")


@joined_rule(
    "dat-s3-ownership",
    subjects=BUCKETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("S3.12",), ("CKV2_AWS_65",), ("DATA-07",)),
    remedy="Declare s3.BucketOwnershipControls with BucketOwnerEnforced, and no ACL.",
)
def s3_ownership(bucket: ResourceView, graph: Graph) -> Findings:
    """The account owns every object, and access lists of single objects are off."""
    controls = settings_of(bucket, graph, BUCKET_OWNERSHIPS)
    if not controls:
        yield "no ownership controls are declared for the bucket"
    for control in controls:
        ownership = control.text("rule.objectOwnership")
        if ownership != _OWNER:
            yield f"rule.objectOwnership of {control.name} is {ownership or 'not set'}, not {_OWNER}"
    if bucket.has("acl") or bucket.has("grants"):
        yield "the bucket declares an access list"
    for acl in settings_of(bucket, graph, BUCKET_ACLS):
        yield f"{acl.name} gives the bucket an access list"


@joined_rule(
    "dat-s3-versioning",
    subjects=BUCKETS,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "dr"),
    controls=Controls(("S3.14",), ("CKV_AWS_21",), ("DATA-05", "ENV-04")),
    remedy="Declare s3.BucketVersioning for the bucket with status='Enabled'.",
)
def s3_versioning(bucket: ResourceView, graph: Graph) -> Findings:
    """What is overwritten or deleted in a bucket can be brought back."""
    states = [
        setting.text("versioningConfiguration.status")
        for setting in settings_of(bucket, graph, BUCKET_VERSIONINGS)
    ]
    inline = [*bucket.blocks("versioning"), *bucket.blocks("versionings")]
    states += ["Enabled" if block.flag("enabled") else "off" for block in inline]
    if not states:
        yield "no versioning is declared for the bucket"
    for state in states:
        if state != "Enabled":
            yield f"versioning is {state or 'not set'}"
