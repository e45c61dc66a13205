"""Subnets, routes, network ACLs and security groups."""

from __future__ import annotations

import pytest

from tests.policies.mutations.checks import STACKS, problems
from tests.policies.mutations.subjects import PARTS


@pytest.mark.requirement("POL-03", "SEC-07", "ISO-01", "ISO-02", "ISO-03", "RISK-01")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("subject", PARTS["network"])
def test_every_breakage_is_caught_by_the_rules_about_it(stack: str, subject: str) -> None:
    assert problems(stack, subject) == []
