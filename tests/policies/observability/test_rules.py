"""Every rule of the pack observability: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.observability import table_account, table_alerts, table_network, table_stores


class TestObservability(PackTests):
    """The rows of this pack."""

    rows = (*table_account.ROWS, *table_alerts.ROWS, *table_network.ROWS, *table_stores.ROWS)

    @pytest.mark.requirement("RISK-01")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
