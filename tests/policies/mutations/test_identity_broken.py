"""Roles, documents, the cluster and its add-ons."""

from __future__ import annotations

import pytest

from tests.policies.mutations.checks import STACKS, problems
from tests.policies.mutations.subjects import PARTS


@pytest.mark.requirement("SEC-03", "ISO-01", "ISO-03", "RISK-01")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("subject", PARTS["identity"])
def test_every_breakage_is_caught_by_the_rules_about_it(stack: str, subject: str) -> None:
    assert problems(stack, subject) == []
