"""Every rule of the pack tls: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.tls import table_edge, table_stores


class TestTls(PackTests):
    """The rows of this pack."""

    rows = (*table_edge.ROWS, *table_stores.ROWS)

    @pytest.mark.requirement("POL-02", "SEC-05")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
