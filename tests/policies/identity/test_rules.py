"""Every rule of the pack identity: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.identity import (
    table_backups,
    table_cluster,
    table_documents,
    table_keys,
    table_logins,
    table_resources,
    table_trusts,
)


class TestIdentity(PackTests):
    """The rows of this pack."""

    rows = (
        *table_documents.ROWS,
        *table_keys.ROWS,
        *table_resources.ROWS,
        *table_backups.ROWS,
        *table_trusts.ROWS,
        *table_cluster.ROWS,
        *table_logins.ROWS,
    )

    @pytest.mark.requirement("SEC-03")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
