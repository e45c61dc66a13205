"""A backup that was never restored is a hope."""

from __future__ import annotations

from collections.abc import Iterator

from policies.aws.schedules import longest_gap_days
from policies.aws.tokens import DATABASES, RESTORE_TEST_SELECTIONS, RESTORE_TESTS
from policies.framework import (
    Controls,
    Finding,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    mandatory_in,
    stack_rule,
)


@stack_rule(
    "dat-restore-test",
    subjects=(*RESTORE_TESTS, *RESTORE_TEST_SELECTIONS, *DATABASES),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", otherwise=Level.DISABLED),
    controls=Controls((), (), ("SEC-13", "DATA-02"), ("8(5)",)),
    remedy=(
        "Declare backup.RestoreTestingPlan with cron(0 3 1 1/3 ? *) and a RestoreTestingSelection for RDS"
        " that names the database or takes all."
    ),
    settings={
        "most_days": Setting(93, "days between two tests at most: a quarter"),
        "type": Setting("RDS", "what must be restored"),
    },
)
def restore_test(graph: Graph, settings: Settings) -> Findings:
    """The database is restored from a backup every quarter or more often."""
    plans = {
        plan.urn: plan
        for selection in graph.of(*RESTORE_TEST_SELECTIONS)
        if selection.text("protectedResourceType") == settings["type"] and _takes_something(selection)
        for plan in selection.link("restoreTestingPlanName").targets(*RESTORE_TESTS)
    }
    if graph.of(*DATABASES) and not plans:
        yield "no restore testing plan takes the database"
    for plan in plans.values():
        yield from _too_rare(plan, settings["most_days"])


def _takes_something(selection: ResourceView) -> bool:
    return bool(selection.links("protectedResourceArns")) or selection.has("protectedResourceConditions")


def _too_rare(plan: ResourceView, most: float) -> Iterator[Finding]:
    expression = plan.text("scheduleExpression")
    gap = longest_gap_days(expression)
    if gap is None:
        yield plan.finding(f"scheduleExpression {expression!r} is no schedule that comes round every year")
    elif gap > most:
        yield plan.finding(f"scheduleExpression {expression} leaves up to {gap:g} days between two tests")
