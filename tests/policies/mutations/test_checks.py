"""The checks notice what they are there for, and the score counts it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from rich.console import Console

from policies.framework.rules import Level
from preview.graph import ResourceGraph
from tests.policies.mutations.checks import Outcome, estate_of, judge_of
from tests.policies.mutations.editing import with_input
from tests.policies.mutations.mutation import Mutation, broken, mutation
from tests.policies.mutations.score import score, table

_DATABASE = "aws:rds/instance:Instance"


def _judged(breakage: Mutation, stack: str = "prod") -> Outcome:
    judge = judge_of(stack)
    said = judge.judge(breakage.change(estate_of(stack).graph)) - judge.base
    return Outcome(breakage, stack, judge.rules, said, judge.levels)


def _unencrypted(*caught_by: str) -> Mutation:
    return broken(estate_of("prod").named("postgres", _DATABASE), "storageEncrypted", False, *caught_by)


def test_a_breakage_that_its_rule_catches_is_caught() -> None:
    outcome = _judged(_unencrypted("enc-rds-storage"))
    assert (outcome.caught, outcome.stopped, outcome.problem) == (True, True, "")


def test_a_breakage_that_nothing_catches_is_a_problem() -> None:
    def rename(graph: ResourceGraph) -> ResourceGraph:
        topic = estate_of("prod").of("aws:sns/topic:Topic")[0]
        return with_input(topic.urn, "displayName", "Others")(graph)

    outcome = _judged(mutation("another display name", rename, caught_by=("enc-sns-cmk",)))
    assert outcome.problem == ("nothing catches it; not caught by enc-sns-cmk; no rule that stops catches it")


def test_a_rule_that_is_not_listed_is_a_problem() -> None:
    outcome = _judged(_unencrypted("enc-rds-cmk"))
    assert outcome.problem == (
        "not caught by enc-rds-cmk; also caught by enc-rds-storage: storageEncrypted is not true, so the"
        " database lies on disk in clear"
    )


def test_advice_alone_is_a_problem_where_a_rule_must_stop() -> None:
    outcome = _judged(_unencrypted("enc-rds-storage"))
    softened = replace(outcome, levels={**outcome.levels, "enc-rds-storage": Level.ADVISORY})
    assert softened.problem == "no rule that stops catches it"
    allowed = replace(softened, mutation=replace(softened.mutation, mandatory=False))
    assert allowed.problem == ""


def test_what_is_meant_to_be_off_is_not_demanded() -> None:
    unprotected = broken(
        estate_of("testing").named("postgres", _DATABASE),
        "deletionProtection",
        None,
        "avl-rds-deletion-protection",
    )
    assert _judged(unprotected, "testing").demanded == frozenset()


@pytest.mark.parametrize("stack", ["testing"])
def test_the_score_counts_breakages(stack: str) -> None:
    found = score(stack, ("addons",))
    assert (found.percent, found.problems) == (100.0, ())
    assert found.breakages == found.caught > 0
    console = Console(record=True, width=100)
    console.print(table([found]))
    assert "100.0 %" in console.export_text()
