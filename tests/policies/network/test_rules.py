"""Every rule of the pack network: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.network import table_edge, table_groups, table_openings, table_places


class TestNetwork(PackTests):
    """The rows of this pack."""

    rows = (*table_openings.ROWS, *table_groups.ROWS, *table_places.ROWS, *table_edge.ROWS)

    @pytest.mark.requirement("POL-03", "SEC-07")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
