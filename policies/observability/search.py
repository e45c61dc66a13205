"""The search domain's logs, one rule for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

from policies.aws.tokens import SEARCH_DOMAINS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    mandatory_in,
    resource_rule,
)
from policies.framework.rules import Check, Rule

_LEVELS: Final = mandatory_in("prod", "dr")


def _log_rule(
    rule_id: str, security_hub: tuple[str, ...], checkov: tuple[str, ...], log: str
) -> Callable[[Check], Rule]:
    return resource_rule(
        rule_id,
        subjects=SEARCH_DOMAINS,
        severity=Severity.LOW,
        levels=_LEVELS,
        controls=Controls(security_hub, checkov, ("OBS-02",)),
        remedy=f"Add a log_publishing_options entry for {log} with a log group of this stack.",
    )


@_log_rule("log-opensearch", ("Opensearch.4",), ("CKV_AWS_84",), "ES_APPLICATION_LOGS")
def opensearch(domain: ResourceView) -> Findings:
    """The search domain publishes its error log."""
    yield from _missing(domain, "ES_APPLICATION_LOGS")


@_log_rule("log-opensearch-audit", ("Opensearch.5",), ("CKV_AWS_317",), "AUDIT_LOGS")
def opensearch_audit(domain: ResourceView) -> Findings:
    """The search domain publishes its audit log."""
    yield from _missing(domain, "AUDIT_LOGS")


@_log_rule("log-opensearch-slow-searches", (), ("CKV_AWS_84",), "SEARCH_SLOW_LOGS")
def opensearch_slow_searches(domain: ResourceView) -> Findings:
    """The search domain publishes its log of slow searches."""
    yield from _missing(domain, "SEARCH_SLOW_LOGS")


@_log_rule("log-opensearch-slow-indexing", (), ("CKV_AWS_84",), "INDEX_SLOW_LOGS")
def opensearch_slow_indexing(domain: ResourceView) -> Findings:
    """The search domain publishes its log of slow indexing."""
    yield from _missing(domain, "INDEX_SLOW_LOGS")


def _missing(domain: ResourceView, log: str) -> Iterator[str]:
    published = {
        option.text("logType")
        for option in domain.blocks("logPublishingOptions")
        if option.flag("enabled", default=True) and option.has("cloudwatchLogGroupArn")
    }
    if log not in published:
        yield f"logPublishingOptions has no enabled {log}"
