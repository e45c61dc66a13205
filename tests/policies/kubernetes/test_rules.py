"""Every rule of the pack kubernetes: compliant, violating, unknown, alias and exempt."""

from __future__ import annotations

import pytest

from tests.policies.cases import Breakage, PackTests, check_breaks
from tests.policies.kubernetes import (
    table_access,
    table_charts,
    table_network,
    table_openings,
    table_pods,
    table_probes,
    table_scaling,
)


class TestKubernetes(PackTests):
    """The rows of this pack."""

    rows = (
        *table_access.ROWS,
        *table_charts.ROWS,
        *table_network.ROWS,
        *table_openings.ROWS,
        *table_pods.ROWS,
        *table_probes.ROWS,
        *table_scaling.ROWS,
    )

    @pytest.mark.requirement("RISK-01")
    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        check_breaks(breakage)
