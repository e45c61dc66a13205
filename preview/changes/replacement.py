"""What is known about types: whether they hold data, and which changes make another resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import yaml

TABLE: Final = Path(__file__).with_name("replacement.yaml")
EVERYTHING: Final = "*"

Holds = Literal["data", "work"]


@dataclass(frozen=True, slots=True)
class KnownType:
    """One type of the table."""

    holds: Holds
    """`data` that ends with the resource, or `work` that another one can take over."""
    new: frozenset[str]
    """Paths whose change makes another resource; a path stands for everything below it."""
    new_when_set: frozenset[str]
    """The same, but taking the property away changes in place."""

    def replaced_by(self, changed: Iterable[str], after: Mapping[str, Any]) -> tuple[str, ...]:
        """Name the changed paths that make another resource; `after` are its inputs then."""
        return tuple(
            path
            for path in changed
            if EVERYTHING in self.new
            or any(_within(path, known) for known in self.new)
            or any(_within(path, known) and after.get(known) is not None for known in self.new_when_set)
        )


KnownTypes = Mapping[str, KnownType]
"""By type token."""


@cache
def load_known_types() -> KnownTypes:
    """Read the table."""
    document = yaml.safe_load(TABLE.read_text(encoding="utf-8"))
    return {
        token: KnownType(
            holds=entry["holds"],
            new=frozenset([*entry["new"], *entry.get("new_when_changed", ())]),
            new_when_set=frozenset(entry.get("new_when_set", ())),
        )
        for token, entry in document.items()
    }


def _within(path: str, known: str) -> bool:
    return path == known or path.startswith((f"{known}.", f"{known}["))
