"""Caches."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import CACHE_CLUSTERS, CACHES, SERVERLESS_CACHES
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "enc-cache-at-rest",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ElastiCache.4",), ("CKV_AWS_29",), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy="Declare an elasticache.ReplicationGroup with at_rest_encryption_enabled=True.",
    exemptible=False,
)
def cache_at_rest(cache: ResourceView) -> Findings:
    """The cache is encrypted at rest.

    A cluster outside a replication group has no such switch at all; a member of a group takes the group's.
    """
    if cache.type in CACHE_CLUSTERS:
        if not cache.has("replicationGroupId"):
            yield "a cache cluster outside a replication group cannot be encrypted at rest"
    elif not cache.flag("atRestEncryptionEnabled"):
        yield "atRestEncryptionEnabled is not true; for Redis the default is off"


@resource_rule(
    "enc-cache-cmk",
    subjects=(*CACHES, *SERVERLESS_CACHES),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_191",), ("SEC-06", "POL-01")),
    remedy="Set kms_key_id to this environment's data key; a change replaces the cache.",
    by_reference=True,
)
def cache_cmk(cache: ResourceView) -> Findings:
    """The cache is encrypted with a customer key."""
    if why := without_customer_key(cache, "kmsKeyId"):
        yield why
