"""The web application firewall's logs and metrics."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import BUCKETS, LOG_GROUPS, WEB_ACL_LOGGINGS, WEB_ACL_RULES, WEB_ACLS
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_LEVELS: Final = mandatory_in("prod", "dr")
_REQUIREMENTS: Final = ("SEC-08",)
_PREFIX: Final = "aws-waf-logs-"
_STREAMS: Final = ("aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream",)


@joined_rule(
    "log-waf",
    subjects=WEB_ACLS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("WAF.11",), ("CKV2_AWS_31",), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare wafv2.WebAclLoggingConfiguration(resource_arn=<the web ACL's ARN>, …).",
)
def waf(acl: ResourceView, graph: Graph) -> Findings:
    """Every web ACL logs what it did."""
    if not graph.attached(acl, "resourceArn", *WEB_ACL_LOGGINGS):
        yield "no logging configuration names it"


@resource_rule(
    "log-waf-redaction",
    subjects=WEB_ACL_LOGGINGS,
    severity=Severity.HIGH,
    levels=_LEVELS,
    controls=Controls((), (), ("SEC-08", "SEC-02"), ("8(5)",)),
    remedy="Add redacted_fields with single_header for each of these headers.",
    settings={"headers": Setting(["authorization", "cookie"], "Headers that carry credentials.")},
)
def waf_redaction(logging: ResourceView, settings: Settings) -> Findings:
    """The firewall's log holds no credentials: their headers are redacted."""
    redacted = {
        field.text("singleHeader.name").lower()
        for field in logging.blocks("redactedFields")
        if field.has("singleHeader")
    }
    missing = [header for header in settings["headers"] if header not in redacted]
    if missing:
        yield f"redactedFields leaves the headers {', '.join(missing)} readable"


@resource_rule(
    "log-waf-metrics",
    subjects=(*WEB_ACLS, *WEB_ACL_RULES),
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("WAF.12",), (), _REQUIREMENTS),
    remedy="Set visibility_config with cloudwatch_metrics_enabled=True on the web ACL and on each rule.",
)
def waf_metrics(acl: ResourceView) -> Findings:
    """The web ACL and each of its rules have metrics."""
    for block, name in _measured(acl):
        if not block.flag("visibilityConfig.cloudwatchMetricsEnabled"):
            yield f"visibilityConfig.cloudwatchMetricsEnabled is not true on {name}"


def _measured(acl: ResourceView) -> Iterator[tuple[Block, str]]:
    yield acl, "the rule" if acl.type in WEB_ACL_RULES else "the web ACL"
    if acl.type not in WEB_ACL_RULES:
        yield from ((rule, f"rule {rule.text('name')}") for rule in acl.blocks("rules"))


@joined_rule(
    "log-waf-destination",
    subjects=WEB_ACL_LOGGINGS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("WAF.11",), (), _REQUIREMENTS),
    remedy="Log to a log group, bucket or stream of this stack whose name begins with aws-waf-logs-.",
)
def waf_destination(logging: ResourceView, _graph: Graph) -> Findings:
    """The firewall logs to a place of this stack, with the name that AWS WAF asks for."""
    links = logging.links("logDestinationConfigs")
    if not links:
        yield "logDestinationConfigs is empty"
    for link in links:
        targets = link.targets(*LOG_GROUPS, *BUCKETS, *_STREAMS)
        if not targets:
            yield f"it logs to {link.value or 'a place'}, which this stack does not declare"
        for target in targets:
            name = target.text("bucket" if target.type in BUCKETS else "name")
            if not name.startswith(_PREFIX):
                yield f"it logs to {name or target.name}, and AWS WAF only to names that begin with {_PREFIX}"


@resource_rule(
    "log-waf-filter",
    subjects=WEB_ACL_LOGGINGS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls((), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Keep requests with the action BLOCK, or leave logging_filter out.",
)
def waf_filter(logging: ResourceView) -> Findings:
    """A filter of the firewall's log keeps every blocked request."""
    if not logging.has("loggingFilter"):
        return
    kept = logging.text("loggingFilter.defaultBehavior") == "KEEP"
    for entry in logging.blocks("loggingFilter.filters"):
        conditions = entry.blocks("conditions")
        if "BLOCK" not in {condition.text("actionCondition.action") for condition in conditions}:
            continue
        if entry.text("behavior") != "KEEP":
            kept = False
            break
        # With MEETS_ALL a further condition narrows what is kept.
        if entry.text("requirement") == "MEETS_ANY" or len(conditions) == 1:
            kept = True
            break
    if not kept:
        yield "loggingFilter drops blocked requests"
