"""What a rule between values finds."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple


class Problem(NamedTuple):
    """One contradiction: where, what stands there, what is wrong with it and what is allowed."""

    path: str
    value: object
    message: str


Rule = Callable[..., Iterator[Problem]]
"""A generator over the areas that its parameters name."""
