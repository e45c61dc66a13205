"""How long users and vehicles wait for an answer (OBS-05, OBS-07)."""

from __future__ import annotations

from .context import RuleContext
from .model import OF_THE_SERVICE, RuleGroup


def latency_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the two thresholds of p95, each as the stack file has it; nothing where nobody is served."""
    if not context.serving:
        return ()
    measured = "service:http_request_duration_seconds:p95_5m"
    warning, critical = context.latency_warning_seconds, context.latency_critical_seconds
    return (
        RuleGroup(
            name="fleet-erp-latency",
            rules=(
                context.alert(
                    "ApiLatencyP95Warning",
                    f"{measured} > {warning:g}",
                    hold="5m",
                    severity="warning",
                    owner=OF_THE_SERVICE,
                    runbook="latency",
                    summary="{{ $labels.service }} answers slowly",
                    description=(
                        "p95 of {{ $labels.service }} is {{ $value | humanizeDuration }} over 5 minutes,"
                        f" above {warning * 1000:g} ms: one request in twenty takes longer."
                    ),
                ),
                context.alert(
                    "ApiLatencyP95Critical",
                    f"{measured} > {critical:g}",
                    hold="5m",
                    severity="critical",
                    owner=OF_THE_SERVICE,
                    runbook="latency",
                    summary="{{ $labels.service }} is too slow to work with",
                    description=(
                        "p95 of {{ $labels.service }} is {{ $value | humanizeDuration }} over 5 minutes,"
                        f" above {critical * 1000:g} ms, the limit of the service level."
                    ),
                ),
            ),
        ),
    )
