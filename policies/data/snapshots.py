"""Snapshots: nobody else's, and marked like what they are of."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import (
    DATABASE_CLUSTERS,
    DATABASE_SNAPSHOTS,
    DATABASES,
    IMAGE_BLOCKS,
    IMAGE_SHARES,
    LAUNCH_TEMPLATES,
    NODE_GROUPS,
    SNAPSHOT_COPIES,
    VOLUME_SNAPSHOT_BLOCKS,
    VOLUME_SNAPSHOT_SHARES,
    VOLUMES,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    resource_rule,
    stack_rule,
)

_CLOSED: Final = "block-all-sharing"
_NO_NEW_SHARING: Final = "block-new-sharing"


@resource_rule(
    "dat-rds-snapshots",
    subjects=(*DATABASE_SNAPSHOTS, *SNAPSHOT_COPIES),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("RDS.1",), ("CKV_AWS_302",), ("SEC-13", "DATA-07"), ("8(5)",)),
    remedy="Leave shared_accounts out; an account that must read it needs an exemption for [shared].",
)
def rds_snapshots(snapshot: ResourceView) -> Findings:
    """Snapshots of the database are this account's alone."""
    for account in snapshot.texts("sharedAccounts"):
        if account == "all":
            yield snapshot.finding("sharedAccounts holds all: everyone may restore the data", aspect="public")
        else:
            yield snapshot.finding(f"sharedAccounts holds {account}", aspect="shared")


@resource_rule(
    "dat-rds-snapshot-tags",
    subjects=(*DATABASES, *DATABASE_CLUSTERS),
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls(("RDS.17",), ("CKV2_AWS_60",), ("DATA-07",)),
    remedy="Set copy_tags_to_snapshot=True.",
)
def rds_snapshot_tags(database: ResourceView) -> Findings:
    """Snapshots carry the classification of the database they are of."""
    if not database.flag("copyTagsToSnapshot"):
        yield "copyTagsToSnapshot is not true"


@stack_rule(
    "dat-ebs-snapshots",
    subjects=(
        *VOLUME_SNAPSHOT_BLOCKS,
        *VOLUME_SNAPSHOT_SHARES,
        *NODE_GROUPS,
        *LAUNCH_TEMPLATES,
        *VOLUMES,
    ),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.1", "EC2.182"), (), ("SEC-13", "DATA-07"), ("8(5)",)),
    remedy="Declare ebs.SnapshotBlockPublicAccess with state='block-all-sharing', and share no snapshot.",
)
def ebs_snapshots(graph: Graph) -> Findings:
    """Snapshots of volumes can never be public, where a stack has volumes."""
    blocks = graph.of(*VOLUME_SNAPSHOT_BLOCKS)
    if graph.of(*NODE_GROUPS, *LAUNCH_TEMPLATES, *VOLUMES) and not blocks:
        yield "the stack has machines or volumes but declares no ebs.SnapshotBlockPublicAccess"
    for block in blocks:
        state = block.text("state")
        if state != _CLOSED:
            yield block.finding(f"state is {state or 'not set'}, not {_CLOSED}")
    for share in graph.of(*VOLUME_SNAPSHOT_SHARES):
        yield share.finding("a snapshot is shared with another account")


@stack_rule(
    "dat-machine-images",
    subjects=(*IMAGE_BLOCKS, *IMAGE_SHARES, *NODE_GROUPS, *LAUNCH_TEMPLATES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-13", "DATA-07"), ("8(5)",)),
    remedy="Declare ec2.ImageBlockPublicAccess with state='block-new-sharing', and share no image.",
)
def machine_images(graph: Graph) -> Findings:
    """Images of machines can never be public, where a stack has machines; nobody else is given one."""
    blocks = graph.of(*IMAGE_BLOCKS)
    if graph.of(*NODE_GROUPS, *LAUNCH_TEMPLATES) and not blocks:
        yield "the stack has machines but declares no ec2.ImageBlockPublicAccess"
    for block in blocks:
        state = block.text("state")
        if state != _NO_NEW_SHARING:
            yield block.finding(f"state is {state or 'not set'}, not {_NO_NEW_SHARING}")
    for share in graph.of(*IMAGE_SHARES):
        yield share.finding("an image of a machine is shared")
