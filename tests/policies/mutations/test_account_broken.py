"""What holds for the whole account, what resources say of themselves, and what has no place here."""

from __future__ import annotations

import pytest

from tests.policies.mutations.checks import STACKS, problems
from tests.policies.mutations.subjects import PARTS


@pytest.mark.requirement("RISK-01", "ISO-01", "ISO-02")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("subject", PARTS["account"])
def test_every_breakage_is_caught_by_the_rules_about_it(stack: str, subject: str) -> None:
    assert problems(stack, subject) == []
