"""A broken stack does not pass the command that the pipeline runs over a preview."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from policies.framework.pack import all_rules, load_packs
from policies.framework.rules import Level
from preview.__main__ import main
from preview.graph import ResourceGraph
from tests.policies.mutations.checks import STACKS, estate_of, mutations_of
from tests.policies.mutations.mutation import Mutation
from tests.policies.mutations.subjects import PARTS


def _checked(graph: ResourceGraph, stack: str, folder: Path) -> tuple[int, set[str]]:
    """Run `preview check` over a resource list; give its exit status and the broken mandatory rules."""
    file, findings = folder / "stack.json", folder / "findings.json"
    file.write_text(json.dumps(graph.to_json()), encoding="utf-8")
    status = main(["check", str(file), "--stack", stack, "--json", str(findings)])
    document = json.loads(findings.read_text(encoding="utf-8"))
    return status, {
        finding["rule"]
        for finding in document["findings"]
        if (finding["level"], finding["status"]) == ("mandatory", "violation")
    }


def _some(stack: str) -> list[Mutation]:
    """Give breakages that mandatory rules of the environment are about: of each part on one of the stacks.

    That every breakage of every stack is found is shown by the tests beside this one.
    """
    rules = all_rules(load_packs())
    mine = list(PARTS.values())[STACKS.index(stack) :: len(STACKS)]
    return [
        next(
            mutation
            for mutation in mutations_of(stack, subjects[-1])
            if any(rules[rule].levels[stack] is Level.MANDATORY for rule in mutation.caught_by)
        )
        for subjects in mine
    ]


@pytest.mark.requirement("POL-04", "RISK-01")
@pytest.mark.parametrize("stack", STACKS)
def test_only_the_unbroken_stack_passes(stack: str, tmp_path: Path) -> None:
    graph = estate_of(stack).graph
    assert _checked(graph, stack, tmp_path) == (0, set())
    for mutation in _some(stack):
        status, found = _checked(mutation.change(graph), stack, tmp_path)
        assert (mutation.name, status == 0) == (mutation.name, False)
        assert mutation.caught_by & found
