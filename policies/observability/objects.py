"""Access logs of buckets."""

from __future__ import annotations

from typing import Final

from policies.aws.buckets import buckets_at, settings_of
from policies.aws.tokens import BUCKET_LOGGINGS, BUCKETS, CLASSIC_LOAD_BALANCERS, LOAD_BALANCERS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
)

_LEVELS: Final = mandatory_in("prod", "dr")
_INLINE: Final = ("logging", "loggings")


@joined_rule(
    "log-s3-access",
    subjects=BUCKETS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("S3.9",), ("CKV_AWS_18",), ("SEC-14", "DATA-07"), ("8(5)",)),
    remedy="Declare s3.BucketLogging(bucket=<the bucket>, target_bucket=<the bucket for access logs>, …).",
)
def s3_access(bucket: ResourceView, graph: Graph) -> Findings:
    """Every bucket logs who reads and writes it, but for the one that takes the logs.

    A bucket takes logs when other buckets or load balancers write theirs to it;
    its own log would feed itself.
    """
    if any(bucket.has(inline) for inline in _INLINE) or settings_of(bucket, graph, BUCKET_LOGGINGS):
        return
    if bucket.urn not in graph.fact(_log_buckets):
        yield "no s3.BucketLogging belongs to it"


def _log_buckets(graph: Graph) -> frozenset[str]:
    """Give the URNs of the buckets that logs are written to. Raises NotJudged for an untraced destination."""
    balancers = graph.of(*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS)
    links = [
        *(logging.link("targetBucket") for logging in graph.of(*BUCKET_LOGGINGS)),
        *(balancer.link("accessLogs.bucket") for balancer in balancers),
    ]
    return frozenset(bucket.urn for link in links for bucket in buckets_at(link))


@joined_rule(
    "log-s3-access-target",
    subjects=BUCKET_LOGGINGS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("S3.9",), (), ("SEC-14",)),
    remedy="Log to the bucket for access logs of this stack, below a prefix of the bucket's own.",
)
def s3_access_target(logging: ResourceView, _graph: Graph) -> Findings:
    """Access logs go to another bucket of this stack, below a prefix."""
    target = logging.link("targetBucket")
    buckets = buckets_at(target)
    if not buckets:
        yield f"targetBucket is {target.value or 'a bucket'}, which this stack does not declare"
    elif set(buckets) & set(logging.link("bucket").targets(*BUCKETS)):
        yield "the bucket logs into itself, and each entry makes another"
    if not logging.text("targetPrefix"):
        yield "targetPrefix is empty, so the logs of several buckets mix"
