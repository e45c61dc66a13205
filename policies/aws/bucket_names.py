"""Buckets by what they are for."""

from __future__ import annotations

from policies.aws.tokens import BUCKETS
from policies.framework import Graph, ResourceView


def called(graph: Graph, name: str) -> list[ResourceView]:
    """Give the buckets whose logical name is `name`, or whose real name holds it between dashes."""
    return [bucket for bucket in graph.of(*BUCKETS) if is_called(bucket, name)]


def is_called(bucket: ResourceView, name: str) -> bool:
    """Whether the bucket's logical name is `name`, or its real name, when known, holds it between dashes."""
    real = "" if bucket.is_unknown("bucket") else bucket.text("bucket")
    return bucket.name == name or f"-{name}-" in f"-{real}-"
