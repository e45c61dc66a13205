"""Which environment a stack is: levels and exemptions are given per environment, stacks have names."""

from __future__ import annotations

from typing import Final

ENVIRONMENTS: Final = ("prod", "staging", "testing", "dev", "dr")
"""Every environment there is, in the order of tables."""

STRICTEST: Final = "prod"
"""What a stack of unknown name is judged as: a new stack must not start its life unjudged."""


def environment_of(stack: str) -> str:
    """Give the environment of a stack: its own name, or the part before the first dash (`dev-alice` → `dev`).

    Raises ValueError for a name that belongs to no environment.
    """
    environment = stack.rsplit("/", 1)[-1].split("-", 1)[0]
    if environment not in ENVIRONMENTS:
        known = ", ".join(ENVIRONMENTS)
        raise ValueError(f"stack {stack!r} is no environment: name it {known}, or begin with one and a dash")
    return environment
