"""Rows about money: what the stack is estimated to cost, and the budget that watches the real cost."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, REGION, Thing, thing, urn_of
from tests.policies.governance.fixtures import NODE_GROUP
from tests.policies.table import Break, Row

_PROVIDER: Final = thing("pulumi:providers:aws", "aws", region=REGION)


def nodes(size: int) -> Thing:
    """Give a node group of so many m5.large."""
    return Thing(
        NODE_GROUP,
        "general",
        {
            "instanceTypes": ["m5.large"],
            "scalingConfig": {"minSize": size, "desiredSize": size, "maxSize": size},
        },
        options={"provider": f"{urn_of('prod', 'pulumi:providers:aws', 'aws')}::aws-id"},
    )


_STACK: Final = (_PROVIDER, nodes(3))


def notification(kind: str, **changes: Any) -> dict[str, Any]:
    """Give a notification that somebody hears."""
    return {
        "notificationType": kind,
        "comparisonOperator": "GREATER_THAN",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "subscriberEmailAddresses": ["owner@example.com"],
        **changes,
    }


_BUDGET: Final = thing(
    "aws:budgets/budget:Budget",
    "budget",
    budgetType="COST",
    timeUnit="MONTHLY",
    limitAmount="3500",
    limitUnit="USD",
    costFilters=[{"name": "TagKeyValue", "values": ["user:Environment$prod"]}],
    notifications=[notification("ACTUAL"), notification("FORECASTED")],
)
_USAGE: Final = thing("aws:budgets/budget:Budget", "hours", budgetType="USAGE", timeUnit="MONTHLY")
_NONE: Final = {"the stack": "the stack declares no monthly budgets.Budget of type COST"}
_SCOPE: Final = {"budget": "costFilters do not say TagKeyValue user:Environment$prod"}


def costs(usd: str, what: str, nodes_usd: str) -> dict[str, str]:
    """Give what is said of a stack that costs too much."""
    return {
        "the stack": f"the stack costs {usd} USD a month (most for general: {nodes_usd}), over the {what}"
    }


def node_hours(size: int, usd: str) -> str:
    """Give the name of the line for nodes."""
    return f"{size} x m5.large node, {usd} USD"


_FIFTY: Final = node_hours(50, "3,686")
_SIXTY: Final = node_hours(60, "4,424")

ROWS: Final = (
    Row(
        "cst-estimate",
        _STACK,
        (
            Break({"general": nodes(50)}, costs("3,686", "ceiling of 3,500 USD", _FIFTY)),
            Break({"general": nodes(60)}, costs("4,424", "ceiling of 3,500 USD", _SIXTY)),
        ),
        unknown="general.instanceTypes",
    ),
    Row(
        "cst-estimate-limit",
        _STACK,
        (Break({"general": nodes(60)}, costs("4,424", "limit of 4,200 USD", _SIXTY)),),
        unknown="general.instanceTypes",
        also_holds=({"general": nodes(50)},),
    ),
    Row(
        "cst-estimate-complete",
        _STACK,
        (
            Break(
                {},
                {"the stack": "54 parts have no price, more than 50"},
                plus=tuple(
                    thing("aws:neptune/clusterInstance:ClusterInstance", f"graph-{number}")
                    for number in range(51)
                ),
            ),
        ),
        unknown=None,
    ),
    Row(
        "cst-budget",
        (*_STACK, _BUDGET),
        (
            Break({"budget": DROP}, _NONE),
            Break({"budget.budgetType": "USAGE"}, _NONE),
            Break({"budget.timeUnit": "DAILY"}, _NONE),
        ),
        unknown="budget.budgetType",
        also_holds=({"budget": DROP, "general": DROP, "aws": DROP},),
    ),
    Row(
        "cst-budget-estimate",
        (*_STACK, _BUDGET, _USAGE),
        (
            Break(
                {"budget.limitAmount": "200"},
                {"budget": "limitAmount is 200 USD, and the stack costs 221 USD a month"},
            ),
            Break(
                {"budget.limitAmount": DROP},
                {"budget": "limitAmount is 0 USD, and the stack costs 221 USD a month"},
            ),
            Break({"budget.limitUnit": "INR"}, {"budget": "limitUnit is INR, and the estimate is in USD"}),
        ),
        unknown="budget.limitAmount",
    ),
    Row(
        "cst-budget-alerts",
        (_BUDGET,),
        (
            Break(
                {"budget.notifications": DROP},
                {"budget": "nobody is told of ACTUAL and FORECASTED cost in time"},
            ),
            Break(
                {"budget.notifications.1.subscriberEmailAddresses": []},
                {"budget": "nobody is told of FORECASTED cost in time"},
            ),
            Break(
                {"budget.notifications.0.threshold": 150},
                {"budget": "nobody is told of ACTUAL cost in time"},
            ),
        ),
        unknown="budget.notifications",
        also_holds=(
            {
                "budget.notifications.0.subscriberEmailAddresses": DROP,
                "budget.notifications.0.subscriberSnsTopicArns": ["arn:aws:sns:x"],
            },
        ),
    ),
    Row(
        "cst-budget-scope",
        (_BUDGET, _USAGE),
        (
            Break({"budget.costFilters": DROP}, _SCOPE),
            Break({"budget.costFilters.0.values.0": "user:Environment$dr"}, _SCOPE),
            Break({"budget.costFilters.0.values.1": "user:Environment$dr"}, _SCOPE),
        ),
        unknown="budget.costFilters",
    ),
)
