"""Every rule of the pack encryption: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.encryption.table import ROWS


class TestEncryption(PackTests):
    """The rows of this pack."""

    rows = ROWS

    @pytest.mark.requirement("POL-01", "SEC-06")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
