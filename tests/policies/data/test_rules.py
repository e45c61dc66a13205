"""Every rule of the pack data: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import (
    Breakage,
    breakages,
    check_aliases,
    check_breaks,
    check_exempt,
    check_holds,
    check_unknown,
)
from tests.policies.data import table_backups, table_buckets, table_records
from tests.policies.table import Row, pack_of

ROWS = (*table_buckets.ROWS, *table_records.ROWS, *table_backups.ROWS)

per_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.rule}-{row.stack}")
per_breakage = pytest.mark.parametrize("breakage", breakages(ROWS), ids=str)


def test_every_rule_has_a_row() -> None:
    assert {row.rule for row in ROWS} == {rule.id for rule in pack_of(ROWS[0]).rules}


@per_row
def test_a_complying_stack_holds(row: Row) -> None:
    check_holds(row)


@pytest.mark.requirement("DATA-05", "DATA-06", "DATA-07")
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
