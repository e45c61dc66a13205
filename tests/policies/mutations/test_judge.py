"""The quick judge says what the packs say."""

from __future__ import annotations

import pytest

from preview.judgement.in_process import judge
from tests.policies.mutations.checks import STACKS, TODAY, estate_of, judge_of, mutations_of
from tests.policies.mutations.judge import Said
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.subjects import SUBJECTS

_FULL_JUDGEMENTS = 4
"""For each stack: a full judgement takes as long as fifty quick ones."""


def _full(stack: str, mutation: Mutation | None = None) -> frozenset[Said]:
    graph = estate_of(stack).graph
    changed = mutation.change(graph) if mutation else graph
    return frozenset(
        Said(finding.rule, finding.urn or "", finding.status, finding.aspect, finding.message)
        for finding in judge(changed, environment=stack, today=TODAY).findings
    )


def _sample(stack: str) -> list[Mutation]:
    """Give mutations from everywhere, others for each stack."""
    every = [mutation for subject in SUBJECTS for mutation in mutations_of(stack, subject)]
    step = len(every) // _FULL_JUDGEMENTS
    return every[STACKS.index(stack) * step // len(STACKS) :: step]


@pytest.mark.parametrize("stack", STACKS)
def test_the_unbroken_stack_is_judged_as_by_the_packs(stack: str) -> None:
    assert judge_of(stack).base == _full(stack)


@pytest.mark.parametrize("stack", STACKS)
def test_broken_stacks_are_judged_as_by_the_packs(stack: str) -> None:
    sample = _sample(stack)
    assert len(sample) >= _FULL_JUDGEMENTS
    quick = judge_of(stack)
    graph = estate_of(stack).graph
    assert [
        mutation.name for mutation in sample if quick.judge(mutation.change(graph)) != _full(stack, mutation)
    ] == []


@pytest.mark.parametrize("stack", STACKS)
def test_a_judgement_leaves_no_trace(stack: str) -> None:
    quick = judge_of(stack)
    for mutation in _sample(stack)[:2]:
        quick.judge(mutation.change(estate_of(stack).graph))
        assert quick.judge(estate_of(stack).graph) == quick.base
