"""Every rule of the pack kubernetes: compliant, violating, unknown, alias and exempt."""

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
from tests.policies.kubernetes import (
    table_access,
    table_charts,
    table_network,
    table_openings,
    table_pods,
    table_probes,
    table_scaling,
)
from tests.policies.table import Row

ROWS = (
    *table_access.ROWS,
    *table_charts.ROWS,
    *table_network.ROWS,
    *table_openings.ROWS,
    *table_pods.ROWS,
    *table_probes.ROWS,
    *table_scaling.ROWS,
)

per_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.rule)
per_breakage = pytest.mark.parametrize("breakage", breakages(ROWS), ids=str)


def test_every_rule_has_a_row() -> None:
    rules = [rule.id for rule in load_pack(POLICIES / "kubernetes").rules]
    assert sorted(row.rule for row in ROWS) == sorted(rules)


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
