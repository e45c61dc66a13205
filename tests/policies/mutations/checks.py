"""What came of each breakage: which rules found it, and whether they are those that should."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property
from typing import Final

from policies.framework.environments import STRICTEST
from policies.framework.levels import level_now, read_awaited
from policies.framework.pack import POLICIES
from policies.framework.rules import Level, Rule
from tests.conftest import rendering_of
from tests.policies.mutations.judge import COSTS, Said, StackJudge
from tests.policies.mutations.mutation import Estate, Mutation
from tests.policies.mutations.subjects import SUBJECTS

STACKS: Final = ("prod", "staging", "testing", "dr")
"""The stacks that declare what AWS runs; `dev` lies inside testing's cluster."""

TODAY: Final = date(2026, 11, 24)
"""A day on which every exemption of the repository holds."""

_STOPS: Final = frozenset({Level.MANDATORY, Level.REMEDIATE})


@cache
def estate_of(stack: str) -> Estate:
    """Give the unbroken stack, rendered once for each process."""
    return Estate(rendering_of(stack).graph, stack)


@cache
def judge_of(stack: str) -> StackJudge:
    """Give the judge of a stack, once for each process."""
    return StackJudge(estate_of(stack).graph, environment=stack, today=TODAY)


@cache
def mutations_of(stack: str, subject: str) -> tuple[Mutation, ...]:
    """Give every breakage of a subject on a stack."""
    return tuple(SUBJECTS[subject](estate_of(stack)))


@cache
def _awaited() -> Mapping[str, str]:
    return read_awaited(POLICIES)


@dataclass(frozen=True)
class Outcome:
    """One breakage of one stack, judged. Levels are those that the rules' metadata asks for."""

    mutation: Mutation
    environment: str
    rules: Mapping[str, Rule]
    said: frozenset[Said]
    """What is said of the broken stack and not of the unbroken one."""
    levels: Mapping[str, Level]
    """The levels that count in a run."""

    def _demanded_level(self, rule: str) -> Level:
        return level_now(self.rules[rule], self.environment, _awaited())

    @cached_property
    def demanded(self) -> frozenset[str]:
        """The rules that must catch it here; none where each of them is meant to be off."""
        return frozenset(
            rule for rule in self.mutation.caught_by if self._demanded_level(rule) is not Level.DISABLED
        )

    @cached_property
    def fired(self) -> frozenset[str]:
        """The rules that newly find a violation.

        The estimate is a sum of the whole stack: whatever makes something dearer may tip its rules, so they
        count only where they are listed.
        """
        found = {said.rule for said in self.said if said.status == "violation"}
        return frozenset(found - (COSTS - self.mutation.caught_by))

    @property
    def stopped(self) -> bool:
        """Whether one of them stops the deployment."""
        return any(self.levels[rule] in _STOPS for rule in self.fired)

    @property
    def caught(self) -> bool:
        """Whether exactly the listed rules caught it, as strictly as they should."""
        return not self.problem

    @property
    def problem(self) -> str:
        """What is wrong about the outcome; empty when nothing is."""
        missing, surplus = sorted(self.demanded - self.fired), sorted(self.fired - self.demanded)
        unclear = sorted(said for said in self.said if said.status in {"not judged", "error"})
        parts = [
            "nothing catches it" if not self.fired else "",
            f"not caught by {', '.join(missing)}" if missing else "",
            *(f"also caught by {rule}: {self._message(rule)}" for rule in surplus),
            *(f"{said.rule} says {said.status}: {said.message}" for said in unclear),
            "no rule that stops catches it" if self._must_stop and not self.stopped else "",
        ]
        return "; ".join(part for part in parts if part)

    @property
    def _must_stop(self) -> bool:
        """In production always; elsewhere where one of its rules is meant to stop."""
        return self.mutation.mandatory and (
            self.environment == STRICTEST
            or any(self._demanded_level(rule) in _STOPS for rule in self.demanded)
        )

    def _message(self, rule: str) -> str:
        return next(said.message for said in sorted(self.said) if said.rule == rule)


def outcomes(stack: str, subject: str) -> Iterator[Outcome]:
    """Break the stack in every way of the subject and judge it.

    Breakages that no rule is meant to see in this environment are left out.
    """
    judge = judge_of(stack)
    for mutation in mutations_of(stack, subject):
        known = sorted(mutation.caught_by - judge.rules.keys())
        if known:
            raise LookupError(f"{mutation.name}: there is no rule {', '.join(known)}")
        outcome = Outcome(mutation, stack, judge.rules, frozenset(), judge.levels)
        if outcome.demanded:
            broken = mutation.change(estate_of(stack).graph)
            said = judge.judge(broken, unasked=COSTS - mutation.caught_by) - judge.base
            yield Outcome(mutation, stack, judge.rules, said, judge.levels)


def problems(stack: str, subject: str) -> list[str]:
    """Give each breakage that was not caught as listed, with what is wrong about it."""
    return [
        f"{outcome.mutation.name}: {outcome.problem}"
        for outcome in outcomes(stack, subject)
        if outcome.problem
    ]
