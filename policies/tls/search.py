"""Search domains."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import SEARCH_DOMAINS
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule

_MODERN: Final = frozenset({"Policy-Min-TLS-1-2-PFS-2023-10", "Policy-Min-TLS-1-2-RFC9151-FIPS-2024-08"})


@resource_rule(
    "tls-opensearch-https",
    subjects=SEARCH_DOMAINS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("Opensearch.8",), ("CKV_AWS_83", "CKV_AWS_228"), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy=(
        "Set domain_endpoint_options with enforce_https=True and"
        " tls_security_policy='Policy-Min-TLS-1-2-PFS-2023-10'."
    ),
    exemptible=False,
)
def opensearch_https(domain: ResourceView) -> Findings:
    """The search domain serves only HTTPS with TLS 1.2 and forward secrecy."""
    if not domain.flag("domainEndpointOptions.enforceHttps"):
        yield "domainEndpointOptions.enforceHttps is not true"
    policy = domain.text("domainEndpointOptions.tlsSecurityPolicy")
    if policy not in _MODERN:
        yield f"domainEndpointOptions.tlsSecurityPolicy is {policy or 'not set'}"


@resource_rule(
    "tls-opensearch-nodes",
    subjects=SEARCH_DOMAINS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("Opensearch.3",), ("CKV_AWS_6",), ("SEC-05", "POL-02"), ("8(5)",)),
    remedy="Set node_to_node_encryption with enabled=True; it can never be switched off.",
    exemptible=False,
)
def opensearch_nodes(domain: ResourceView) -> Findings:
    """The nodes of the search domain talk to each other with TLS."""
    if not domain.flag("nodeToNodeEncryption.enabled"):
        yield "nodeToNodeEncryption.enabled is not true"
