"""Logs outside production do not pile up."""

from __future__ import annotations

from policies.aws.tokens import FLOW_LOGS, LOG_GROUPS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Setting,
    Settings,
    Severity,
    advisory_in,
    joined_rule,
)


@joined_rule(
    "cst-log-bounded",
    subjects=LOG_GROUPS,
    severity=Severity.LOW,
    levels=advisory_in("testing", "dev"),
    controls=Controls((), (), ("OBS-12", "OPS-01")),
    remedy="Set retention_in_days to 30 or less.",
    settings={"maximumDays": Setting(30, "The longest time for which a log is kept outside production.")},
)
def log_bounded(group: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Outside production logs are kept for 30 days at most; flow logs everywhere for 90 (NET-07)."""
    days = group.number("retentionInDays") or 0
    if 0 < days <= settings["maximumDays"] or graph.attached(group, "logDestination", *FLOW_LOGS):
        return
    yield f"retentionInDays is {f'{days:g}' if days else 'not set'}, more than {settings['maximumDays']:g}"
