"""What runs in the cluster: pods, namespaces, network policies, scaling, secrets, charts."""

from __future__ import annotations

import pytest

from tests.policies.mutations.checks import STACKS, problems
from tests.policies.mutations.subjects import PARTS


@pytest.mark.requirement("ISO-03", "SEC-02", "SEC-03", "POL-03", "RISK-01")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("subject", PARTS["workloads"])
def test_every_breakage_is_caught_by_the_rules_about_it(stack: str, subject: str) -> None:
    assert problems(stack, subject) == []
