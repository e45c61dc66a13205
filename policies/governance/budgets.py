"""Budgets: somebody is told before the money is gone."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import BUDGETS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    resource_rule,
    stack_rule,
)
from policies.governance.price_list import estimate_of, monthly_usd

_REQUIREMENTS: Final = ("OPS-01",)
_KINDS: Final = ("ACTUAL", "FORECASTED")


def _is_monthly_cost(budget: ResourceView) -> bool:
    return budget.text("budgetType") == "COST" and budget.text("timeUnit") == "MONTHLY"


@stack_rule(
    "cst-budget",
    subjects=BUDGETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Declare budgets.Budget(budget_type='COST', time_unit='MONTHLY', …) with notifications.",
)
def budget(graph: Graph) -> Findings:
    """A stack that costs money has a monthly budget for its cost."""
    if not any(_is_monthly_cost(entry) for entry in graph.of(*BUDGETS)) and _costs(graph):
        yield "the stack declares no monthly budgets.Budget of type COST"


def _costs(graph: Graph) -> bool:
    found = graph.fact(estimate_of)
    return bool(found.lines or found.unpriced)


@joined_rule(
    "cst-budget-estimate",
    subjects=BUDGETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set limit_amount above the estimate of the preview.",
)
def budget_estimate(entry: ResourceView, graph: Graph) -> Findings:
    """The budget is no smaller than the estimate, else it alarms every month and nobody looks."""
    if not _is_monthly_cost(entry):
        return
    limit = entry.number("limitAmount") or 0
    unit = entry.text("limitUnit", "USD")
    if unit != "USD":
        yield f"limitUnit is {unit}, and the estimate is in USD"
    elif limit < (cost := monthly_usd(graph)):
        yield f"limitAmount is {limit:,.0f} USD, and the stack costs {cost:,.0f} USD a month"


@resource_rule(
    "cst-budget-alerts",
    subjects=BUDGETS,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Add notifications of both types, with threshold 100 or less and a subscriber.",
)
def budget_alerts(entry: ResourceView) -> Findings:
    """A budget tells somebody when the money is spent, and when it is going to be."""
    told: set[str] = set()
    for notification in entry.blocks("notifications"):
        heard = notification.has("subscriberEmailAddresses.0") or notification.has("subscriberSnsTopicArns.0")
        percent = notification.text("thresholdType") == "PERCENTAGE"
        in_time = not percent or (notification.number("threshold") or 0) <= 100  # noqa: PLR2004  (percent)
        if heard and in_time:
            told.add(notification.text("notificationType"))
    missing = [kind for kind in _KINDS if kind not in told]
    if missing:
        yield f"nobody is told of {' and '.join(missing)} cost in time"


@resource_rule(
    "cst-budget-scope",
    subjects=BUDGETS,
    severity=Severity.LOW,
    levels=everywhere(),
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Add a cost filter TagKeyValue with user:Environment$<environment>.",
)
def budget_scope(entry: ResourceView) -> Findings:
    """A budget counts the cost of its own environment, not of the account that several share."""
    if not _is_monthly_cost(entry):
        return
    wanted = f"user:Environment${entry.environment}"
    values = [
        value
        for found in entry.blocks("costFilters")
        if found.text("name") == "TagKeyValue"
        for value in found.texts("values")
    ]
    if values != [wanted]:
        yield f"costFilters do not say TagKeyValue {wanted}"
