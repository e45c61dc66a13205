"""The classic configuration of Fluent Bit, read back into sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_SECTION: Final = re.compile(r"\[(?P<name>[A-Z_]+)\]")
_ENTRY: Final = re.compile(r"    (?P<key>\S+) (?P<value>\S.*)")


@dataclass(frozen=True)
class Section:
    """A section and its entries, in order."""

    name: str
    entries: tuple[tuple[str, str], ...]

    def get(self, key: str) -> str | None:
        """Give the value of a key, however it is written; None when it is missing."""
        found = self.all(key)
        assert len(found) < 2, f"{key} stands twice"
        return found[0] if found else None

    def all(self, key: str) -> list[str]:
        """Give every value of a key."""
        return [value for name, value in self.entries if name.lower() == key.lower()]


def sections(text: str) -> Iterator[Section]:
    """Read a configuration; a line that is neither a section nor an entry fails."""
    name, entries = None, []
    for line in text.splitlines():
        if match := _SECTION.fullmatch(line):
            if name is not None:
                yield Section(name, tuple(entries))
            name, entries = match["name"], []
        else:
            entry = _ENTRY.fullmatch(line)
            assert entry is not None, f"{line!r} is no line of a configuration"
            entries.append((entry["key"], entry["value"]))
    assert name is not None
    yield Section(name, tuple(entries))
