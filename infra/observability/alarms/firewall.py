"""The alarm on what the web ACL blocks (AWS/WAFV2).

Reference: AWS WAF Developer Guide, "AWS WAF metrics and dimensions".
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import pulumi

from ...edge.rate_limits import WINDOW_SECONDS
from ...settings.edge import FirewallSettings
from .metric_alarm import MINUTE, Alarm, Metric

ALL_RULES: Final = "ALL"

RUNBOOK: Final = "firewall"


def firewall_alarms(
    *, settings: FirewallSettings, web_acl: pulumi.Input[str], region: str
) -> Iterator[Alarm]:
    """Give the alarm on a flood: as many blocked requests as one address may send that is not blocked."""
    flood = settings.web_requests_per_5_minutes
    yield Alarm(
        name="firewall-blocks",
        watches=Metric(
            namespace="AWS/WAFV2",
            name="BlockedRequests",
            statistic="Sum",
            dimensions={"WebACL": web_acl, "Region": region, "Rule": ALL_RULES},
        ),
        when=">=",
        threshold=flood,
        period_seconds=WINDOW_SECONDS,
        periods=1,
        missing="notBreaching",
        says=f"The firewall has blocked {flood} requests or more in {WINDOW_SECONDS // MINUTE} minutes.",
        do="See in its log which rule and which addresses: an attack, or a rule that hits users or vehicles.",
        runbook=RUNBOOK,
    )
