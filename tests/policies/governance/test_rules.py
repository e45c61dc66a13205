"""Every rule of the pack governance: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.governance import table_cost, table_money, table_schedules, table_tags


class TestGovernance(PackTests):
    """The rows of this pack."""

    rows = (*table_tags.ROWS, *table_schedules.ROWS, *table_cost.ROWS, *table_money.ROWS)

    @pytest.mark.requirement("RISK-01")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
