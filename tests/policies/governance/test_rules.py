"""Every rule of the pack governance: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from policies.framework.pack import POLICIES, load_pack
from tests.policies.cases import (
    Breakage,
    breakages,
    check_aliases,
    check_breaks,
    check_exempt,
    check_holds,
    check_unknown,
)
from tests.policies.governance import table_cost, table_money, table_schedules, table_tags
from tests.policies.table import Row

ROWS = (*table_tags.ROWS, *table_schedules.ROWS, *table_cost.ROWS, *table_money.ROWS)

per_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
per_breakage = pytest.mark.parametrize("breakage", breakages(ROWS), ids=str)


def test_every_rule_has_one_row() -> None:
    rules = load_pack(POLICIES / "governance").rules
    assert sorted(row.rule for row in ROWS) == sorted(rule.id for rule in rules)


@per_row
def test_a_complying_stack_holds(row: Row) -> None:
    check_holds(row)


@pytest.mark.requirement("RISK-01")
@per_breakage
def test_a_broken_stack_is_found(breakage: Breakage) -> None:
    check_breaks(breakage)


@per_row
def test_an_unknown_value_is_not_judged(row: Row) -> None:
    check_unknown(row)


@per_row
def test_other_names_are_judged_alike(row: Row) -> None:
    check_aliases(row)


@per_breakage
def test_an_exemption_shows_or_is_refused(breakage: Breakage) -> None:
    check_exempt(breakage)
