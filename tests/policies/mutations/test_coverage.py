"""The mutations themselves: enough of them, each of its own, and one for every rule that stops."""

from __future__ import annotations

from pathlib import Path

import pytest

from policies.framework.levels import level_now, read_awaited
from policies.framework.pack import POLICIES, all_rules, load_packs
from policies.framework.rules import Level
from tests.policies.mutations.checks import STACKS, estate_of, mutations_of
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.subjects import ABSENT, PARTS, SUBJECTS
from tests.policies.mutations.unbroken import UNBROKEN

_LEAST = 150


def _all(stack: str) -> list[Mutation]:
    return [mutation for subject in SUBJECTS for mutation in mutations_of(stack, subject)]


@pytest.mark.requirement("RISK-01")
@pytest.mark.parametrize("stack", STACKS)
def test_each_stack_is_broken_in_many_different_ways(stack: str) -> None:
    names = [mutation.name for mutation in _all(stack)]
    assert sorted({name for name in names if names.count(name) > 1}) == []
    assert len(names) >= _LEAST


@pytest.mark.parametrize("stack", STACKS)
def test_every_subject_breaks_something_where_it_exists(stack: str) -> None:
    empty = {subject for subject in SUBJECTS if not mutations_of(stack, subject)}
    assert empty == {subject for subject, stacks in ABSENT.items() if stack in stacks}


@pytest.mark.parametrize("stack", STACKS)
def test_every_mutation_changes_the_stack_and_names_a_rule(stack: str) -> None:
    graph = estate_of(stack).graph
    assert [mutation.name for mutation in _all(stack) if mutation.change(graph) == graph] == []
    assert [mutation.name for mutation in _all(stack) if not mutation.caught_by] == []


def test_every_part_has_its_tests() -> None:
    """Each part is a module of its own, so that the parts can run side by side."""
    assert {path.stem for path in Path(__file__).parent.glob("test_*_broken.py")} == {
        f"test_{part}_broken" for part in PARTS
    }
    assert sorted(SUBJECTS) == sorted(subject for subjects in PARTS.values() for subject in subjects)


@pytest.mark.requirement("RISK-01", "POL-01", "POL-02", "POL-03")
def test_every_rule_that_stops_has_something_to_catch() -> None:
    """A rule that stops somewhere, and looks at a type that is declared there, is in some mutation's list.

    The rules in `UNBROKEN` are left out; one that is caught all the same does not belong there.
    """
    rules, awaited = all_rules(load_packs()), read_awaited(POLICIES)
    aimed_at = {rule for stack in STACKS for mutation in _all(stack) for rule in mutation.caught_by}
    declared = {stack: {resource.type for resource in estate_of(stack).graph.resources} for stack in STACKS}
    stopping = {
        rule.id
        for rule in rules.values()
        for stack in STACKS
        if level_now(rule, stack, awaited) in {Level.MANDATORY, Level.REMEDIATE}
        and declared[stack] & set(rule.subjects)
    }
    assert sorted(aimed_at - rules.keys()) == []
    assert sorted(stopping - aimed_at - UNBROKEN.keys()) == []
    assert sorted(UNBROKEN.keys() & aimed_at) == []
    assert sorted(UNBROKEN.keys() - stopping) == []
