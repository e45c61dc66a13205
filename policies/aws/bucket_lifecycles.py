"""Lifecycle rules of buckets, separate or inline, read alike."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from policies.aws.buckets import settings_of
from policies.aws.tokens import BUCKET_LIFECYCLES
from policies.framework import Block, Graph, ResourceView

_NARROWING = (
    "and",
    "tag",
    "objectSizeGreaterThan",
    "objectSizeLessThan",
)


@dataclass(frozen=True, slots=True)
class LifecycleRule:
    """One enabled rule of a bucket. Days are None where it does not say them."""

    whole: bool
    """Whether it is about every object, not only those under a prefix, with a tag or of a size."""
    expires_days: float | None
    old_versions_days: float | None
    abort_days: float | None
    transitions: tuple[tuple[float, str], ...]
    """Days and storage class of each move."""

    @property
    def ends_something(self) -> bool:
        """Whether it moves or deletes anything at all."""
        return bool(self.transitions) or any(
            days is not None for days in (self.expires_days, self.old_versions_days, self.abort_days)
        )


def lifecycle_rules(bucket: ResourceView, graph: Graph) -> list[LifecycleRule]:
    """Give the enabled rules of a bucket. Raises NotJudged for an unknown or untraced one."""
    return [_read(rule) for rule in _blocks(bucket, graph) if _enabled(rule)]


def _blocks(bucket: ResourceView, graph: Graph) -> Iterator[Block]:
    for setting in settings_of(bucket, graph, BUCKET_LIFECYCLES):
        yield from setting.blocks("rules")
    yield from bucket.blocks("lifecycleRules")


def _enabled(rule: Block) -> bool:
    return rule.flag("enabled") if rule.has("enabled") else rule.text("status") == "Enabled"


def _read(rule: Block) -> LifecycleRule:
    narrow = (
        any(rule.has(f"filter.{name}") for name in _NARROWING)
        or rule.text("filter.prefix")
        or rule.text("prefix")
        or rule.keys("tags")
    )
    return LifecycleRule(
        whole=not narrow,
        expires_days=rule.number("expiration.days"),
        old_versions_days=_first(
            rule, "noncurrentVersionExpiration.noncurrentDays", "noncurrentVersionExpiration.days"
        ),
        abort_days=_first(
            rule, "abortIncompleteMultipartUpload.daysAfterInitiation", "abortIncompleteMultipartUploadDays"
        ),
        transitions=tuple(
            (move.number("days") or 0, move.text("storageClass")) for move in rule.blocks("transitions")
        ),
    )


def _first(rule: Block, *paths: str) -> float | None:
    return next((value for path in paths if (value := rule.number(path)) is not None), None)
