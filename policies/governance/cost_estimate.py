"""The estimated bill, before it comes."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import (
    BROKERS,
    CACHES,
    CLUSTERS,
    DATABASES,
    LOAD_BALANCERS,
    MACHINES,
    NAT_GATEWAYS,
    NODE_GROUPS,
    SEARCH_DOMAINS,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    Setting,
    Settings,
    Severity,
    everywhere,
    stack_rule,
)
from policies.governance.price_list import estimate_of, monthly_usd

_SUBJECTS: Final = (
    *CLUSTERS,
    *NODE_GROUPS,
    *MACHINES,
    *DATABASES,
    *BROKERS,
    *CACHES,
    *SEARCH_DOMAINS,
    *NAT_GATEWAYS,
    *LOAD_BALANCERS,
)
"""What nearly all of the money goes to; the estimate is of everything."""
_REQUIREMENTS: Final = ("OPS-01",)
_CEILING: Final = Setting(
    3500,
    "US dollars a month that the stack may cost. That of dr holds the active state too: no rule about money"
    " may stand in the way of a recovery.",
    {"staging": 1100, "testing": 750, "dr": 3500, "dev": 50},
)


@stack_rule(
    "cst-estimate",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=everywhere(Level.ADVISORY),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Look at the dearest lines of the preview, or raise the ceiling with its owner.",
    settings={"ceilingUsd": _CEILING},
)
def estimate(graph: Graph, settings: Settings) -> Findings:
    """The stack costs no more a month than its ceiling, by the estimate."""
    if (cost := monthly_usd(graph)) > settings["ceilingUsd"]:
        yield f"{_dearest(graph, cost)}, over the ceiling of {settings['ceilingUsd']:,.0f} USD"


@stack_rule(
    "cst-estimate-limit",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Look at the dearest lines of the preview, or raise the ceiling with its owner.",
    settings={
        "ceilingUsd": _CEILING,
        "overPercent": Setting(20, "By how much the ceiling may be passed before it stops a deployment."),
    },
)
def estimate_limit(graph: Graph, settings: Settings) -> Findings:
    """The stack does not cost 20 % more than its ceiling, by the estimate."""
    limit = settings["ceilingUsd"] * (1 + settings["overPercent"] / 100)
    if (cost := monthly_usd(graph)) > limit:
        yield f"{_dearest(graph, cost)}, over the limit of {limit:,.0f} USD"


@stack_rule(
    "cst-estimate-complete",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=everywhere(Level.ADVISORY),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Add the missing prices to the table of the preview, with source and date.",
    settings={"maximumUnpriced": Setting(50, "How many parts of resources may be without any price.")},
)
def estimate_complete(graph: Graph, settings: Settings) -> Findings:
    """Nearly everything that costs money has a price, so that the estimate says something."""
    unpriced = [entry for entry in graph.fact(estimate_of).unpriced if entry.upper_usd_per_month is None]
    if len(unpriced) > settings["maximumUnpriced"]:
        yield f"{len(unpriced)} parts have no price, more than {settings['maximumUnpriced']:g}"


def _dearest(graph: Graph, cost: float) -> str:
    lines = graph.fact(estimate_of).biggest(1)
    dearest = (
        f" (most for {lines[0].name}: {lines[0].what}, {lines[0].usd_per_month:,.0f} USD)" if lines else ""
    )
    return f"the stack costs {cost:,.0f} USD a month{dearest}"
