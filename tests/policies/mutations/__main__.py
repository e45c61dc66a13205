"""`python -m tests.policies.mutations [stack …]`: break the stacks and print the mutation score."""

from __future__ import annotations

import sys

from rich.console import Console

from tests.policies.mutations.checks import STACKS
from tests.policies.mutations.score import score, table


def main(stacks: list[str]) -> int:
    """Print the table and what was not caught as listed; 1 when there is any."""
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    scores = [score(stack) for stack in stacks or STACKS]
    console.print(table(scores))
    problems = [f"{entry.stack}: {problem}" for entry in scores for problem in entry.problems]
    for problem in problems:
        console.print(problem, markup=False)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
