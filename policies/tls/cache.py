"""Caches."""

from __future__ import annotations

from policies.aws.tokens import CACHE_CLUSTERS, CACHES
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "tls-cache-transit",
    subjects=(*CACHES, *CACHE_CLUSTERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ElastiCache.5",), ("CKV_AWS_30",), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy="Set transit_encryption_enabled=True and transit_encryption_mode='required'.",
    exemptible=False,
)
def cache_transit(cache: ResourceView) -> Findings:
    """The cache accepts only connections with TLS.

    Mode `preferred` also takes plain ones; it is only for the way from off to on.
    """
    if cache.type in CACHE_CLUSTERS and cache.has("replicationGroupId"):
        return
    if not cache.flag("transitEncryptionEnabled"):
        yield "transitEncryptionEnabled is not true"
    elif cache.type in CACHES and (mode := cache.text("transitEncryptionMode")) != "required":
        yield f"transitEncryptionMode is {mode or 'not set'}, not required"
