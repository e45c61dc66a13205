"""Every rule of the pack data: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.data import table_backups, table_buckets, table_masking, table_records


class TestData(PackTests):
    """The rows of this pack."""

    rows = (*table_buckets.ROWS, *table_records.ROWS, *table_masking.ROWS, *table_backups.ROWS)

    @pytest.mark.requirement("DATA-05", "DATA-06", "DATA-07")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
