"""Whether requests are answered at all: the error budget of 99.9 %, and the look from outside (SLO-01)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from .context import RuleContext
from .model import OF_THE_SERVICE, PLATFORM, Alert, RuleGroup, Severity


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnRate:
    """How fast the budget of 30 days burns: over a long window, and in a short one too."""

    name: str
    factor: float
    """Times the speed at which the budget lasts exactly 30 days."""
    long: str
    short: str
    hold: str
    severity: Severity
    meaning: str


BURN_RATES: Final = (
    BurnRate(
        name="ErrorBudgetBurnFast",
        factor=14.4,
        long="1h",
        short="5m",
        hold="2m",
        severity="critical",
        meaning="in an hour 2 % of the month's budget are gone",
    ),
    BurnRate(
        name="ErrorBudgetBurnSlow",
        factor=6,
        long="6h",
        short="30m",
        hold="15m",
        severity="critical",
        meaning="in six hours 5 % of the month's budget are gone",
    ),
    BurnRate(
        name="ErrorBudgetBurnSteady",
        factor=3,
        long="1d",
        short="2h",
        hold="1h",
        severity="warning",
        meaning="in a day 10 % of the month's budget are gone",
    ),
    BurnRate(
        name="ErrorBudgetBurnDrip",
        factor=1,
        long="3d",
        short="6h",
        hold="3h",
        severity="warning",
        meaning="nothing will be left of the month's budget",
    ),
)
"""The four pairs of windows of Google's SRE workbook, chapter 5."""


def availability_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give burn rates, and what speaks where there is no traffic; nothing where nobody is served."""
    if not context.serving:
        return ()
    return (
        RuleGroup(
            name="fleet-erp-availability",
            rules=(
                *(_burn(context, rate) for rate in BURN_RATES),
                context.alert(
                    "EndpointDown",
                    "probe_success == 0",
                    hold="2m",
                    severity="critical",
                    owner=PLATFORM,
                    runbook="availability",
                    summary="{{ $labels.instance }} does not answer",
                    description=(
                        "Every probe of {{ $labels.instance }} has failed for 2 minutes: no answer, a wrong"
                        " one, or a certificate that does not hold."
                    ),
                ),
                context.alert(
                    "EndpointProbeMissing",
                    "absent(probe_success)",
                    hold="10m",
                    severity="warning",
                    owner=PLATFORM,
                    runbook="availability",
                    summary="Nobody looks at the estate from outside",
                    description=(
                        "No probe has reported for 10 minutes: without traffic an outage would not be"
                        " noticed."
                    ),
                ),
                *((_requests_missing(context),) if context.live else ()),
            ),
        ),
    )


def _requests_missing(context: RuleContext) -> Alert:
    """Say that a service reports nothing; where tests are the only traffic, that is the rule."""
    return context.alert(
        "RequestMetricsMissing",
        " or ".join(
            f'absent(service:http_requests:rate5m{{service="{service}"}})' for service in context.services
        ),
        hold="15m",
        severity="warning",
        owner=PLATFORM,
        runbook="availability",
        summary="{{ $labels.service }} reports no requests",
        description=(
            "{{ $labels.service }} has not reported a request for 15 minutes: it is not"
            " scraped, or"
            " nobody reaches it. Latency and error budget are not watched meanwhile."
        ),
    )


def _burn(context: RuleContext, rate: BurnRate) -> Alert:
    ratio = "service:http_requests:error_ratio_rate"
    limit = f"({rate.factor:g} * {context.error_budget:g})"
    return context.alert(
        rate.name,
        f"{ratio}{rate.long} > {limit} and {ratio}{rate.short} > {limit}",
        hold=rate.hold,
        severity=rate.severity,
        owner=OF_THE_SERVICE,
        runbook="availability",
        summary="{{ $labels.service }} fails too often",
        description=(
            f"{{{{ $value | humanizePercentage }}}} of the requests to {{{{ $labels.service }}}} failed over"
            f" {rate.long}, {rate.factor:g} times what {1 - context.error_budget:.1%} allow: {rate.meaning}."
        ),
    )
