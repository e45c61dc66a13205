"""Buckets together with the settings that are resources of their own."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.tokens import BUCKET_ENCRYPTIONS, BUCKET_POLICIES, BUCKETS
from policies.framework import Block, Graph, Link, ResourceView


def settings_of(bucket: ResourceView, graph: Graph, types: tuple[str, ...]) -> list[ResourceView]:
    """Give the settings of these types that belong to the bucket. Raises NotJudged for an untraced one."""
    return graph.attached(bucket, "bucket", *types)


def encryption_rules(bucket: ResourceView, graph: Graph) -> Iterator[Block]:
    """Give the default-encryption rules of a bucket, separate or inline, whatever the provider's version."""
    for setting in settings_of(bucket, graph, BUCKET_ENCRYPTIONS):
        yield from setting.blocks("rules")
    for inline in ("serverSideEncryptionConfiguration", "serverSideEncryptionConfigurations"):
        for block in bucket.blocks(inline):
            yield from block.blocks("rule")
            yield from block.blocks("rules")


def encryption_default(rule: Block) -> Block:
    """Give what a rule applies by default; an empty block when it applies nothing."""
    plural = rule.blocks("applyServerSideEncryptionByDefaults")
    return plural[0] if plural else rule.block("applyServerSideEncryptionByDefault")


def buckets_at(link: Link) -> tuple[ResourceView, ...]:
    """Give the buckets of this stack that a property refers to, also by way of a bucket's policy.

    What writes to a bucket often waits for the policy that lets it, and takes the bucket's name from there.
    Raises NotJudged when the value is unknown and comes from nowhere.
    """
    direct = link.targets(*BUCKETS)
    return direct or tuple(
        bucket
        for policy in link.targets(*BUCKET_POLICIES)
        for bucket in policy.link("bucket").targets(*BUCKETS)
    )
