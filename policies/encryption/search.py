"""Search domains."""

from __future__ import annotations

from policies.aws.keys import without_customer_key
from policies.aws.tokens import SEARCH_COLLECTIONS, SEARCH_DOMAINS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule


@resource_rule(
    "enc-opensearch-at-rest",
    subjects=(*SEARCH_DOMAINS, *SEARCH_COLLECTIONS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("Opensearch.1",), ("CKV_AWS_5", "CKV_AWS_247"), ("SEC-06", "POL-01"), ("8(5)",)),
    remedy="Set encrypt_at_rest with enabled=True and the data key; it can never be switched off.",
    exemptible=False,
    by_reference=True,
)
def opensearch_at_rest(domain: ResourceView) -> Findings:
    """The search domain is encrypted at rest with a customer key."""
    if domain.type in SEARCH_COLLECTIONS:
        yield "a serverless collection takes its key from a policy elsewhere: declare an opensearch.Domain"
        return
    if not domain.flag("encryptAtRest.enabled"):
        yield "encryptAtRest.enabled is not true"
    if why := without_customer_key(domain, "encryptAtRest.kmsKeyId"):
        yield why
