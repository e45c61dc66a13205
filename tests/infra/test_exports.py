"""docs/exports.md describes every export, and no other."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.conftest import EstateRenderer

ROW = re.compile(r"\| `(?P<name>[a-z_]+)` \| (?P<form>[^|]+) \| (?P<text>[^|]+) \|")


def described(repository: Path) -> dict[str, str]:
    """The form of each export in the table, by name."""
    lines = (repository / "docs" / "exports.md").read_text().splitlines()
    rows = [line for line in lines if line.startswith("| `")]
    matches = [ROW.fullmatch(line) for line in rows]
    assert None not in matches
    assert len({match["name"] for match in matches if match}) == len(rows)
    return {match["name"]: match["form"] for match in matches if match}


@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
def test_every_export_is_described(estate: EstateRenderer, repository: Path, stack: str) -> None:
    table = described(repository)
    exported = set(estate(stack).exports)
    optional = {name for name, form in table.items() if form.endswith("or absent")}
    assert exported - set(table) == set()
    assert set(table) - exported <= optional


def test_production_and_its_standby_export_all_of_them(estate: EstateRenderer, repository: Path) -> None:
    assert set(estate("prod").exports) | set(estate("dr").exports) == set(described(repository))
