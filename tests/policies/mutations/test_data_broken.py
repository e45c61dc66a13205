"""Keys, databases, buckets and the other stores."""

from __future__ import annotations

import pytest

from tests.policies.mutations.checks import STACKS, problems
from tests.policies.mutations.subjects import PARTS


@pytest.mark.requirement("POL-01", "POL-02", "SEC-05", "SEC-06", "ISO-01", "RISK-01")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("subject", PARTS["data"])
def test_every_breakage_is_caught_by_the_rules_about_it(stack: str, subject: str) -> None:
    assert problems(stack, subject) == []
