"""The mutation score: how many breakages of each stack the rules catch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich.table import Table

from tests.policies.mutations.checks import Outcome, mutations_of, outcomes
from tests.policies.mutations.subjects import SUBJECTS


@dataclass(frozen=True)
class Score:
    """One stack's figures. `breakages` are those that a rule is meant to see in this environment."""

    stack: str
    breakages: int
    caught: int
    stopped: int
    """Of the caught ones: how many stop a deployment."""
    not_demanded: int
    """Breakages that only rules are about which are meant to be off in this environment."""
    rules: int
    """Rules that caught at least one."""
    problems: tuple[str, ...]

    @property
    def percent(self) -> float:
        """The share that is caught exactly as listed."""
        return 100 * self.caught / self.breakages if self.breakages else 0.0


def score(stack: str, subjects: Iterable[str] = tuple(SUBJECTS)) -> Score:
    """Break a stack in every way of the subjects."""
    subjects = tuple(subjects)
    found: list[Outcome] = [outcome for subject in subjects for outcome in outcomes(stack, subject)]
    caught = [outcome for outcome in found if outcome.caught]
    return Score(
        stack=stack,
        breakages=len(found),
        caught=len(caught),
        stopped=sum(outcome.stopped for outcome in caught),
        not_demanded=sum(len(mutations_of(stack, subject)) for subject in subjects) - len(found),
        rules=len({rule for outcome in caught for rule in outcome.fired}),
        problems=tuple(f"{outcome.mutation.name}: {outcome.problem}" for outcome in found if outcome.problem),
    )


def table(scores: Iterable[Score]) -> Table:
    """Give the scores as a table."""
    grid = Table(title="Mutation score")
    grid.add_column("stack")
    for column in ("breakages", "caught", "stop", "advise", "rules", "not demanded here", "score"):
        grid.add_column(column, justify="right")
    for entry in scores:
        grid.add_row(
            entry.stack,
            str(entry.breakages),
            str(entry.caught),
            str(entry.stopped),
            str(entry.caught - entry.stopped),
            str(entry.rules),
            str(entry.not_demanded),
            f"{entry.percent:.1f} %",
        )
    return grid
