"""Every rule of the pack resilience: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.resilience import table_cluster, table_databases, table_services, table_versions


class TestResilience(PackTests):
    """The rows of this pack."""

    rows = (*table_databases.ROWS, *table_services.ROWS, *table_cluster.ROWS, *table_versions.ROWS)

    @pytest.mark.requirement("COMP-01", "COMP-02", "COMP-03", "STOR-01", "STOR-03")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
