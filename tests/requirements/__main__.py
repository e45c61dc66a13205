"""Print which requirement rows are proven, by which tests, and which are not yet: `make requirements`."""

from __future__ import annotations

import sys
from typing import Final

from rich.console import Console
from rich.table import Table

from .trace import marks, rows

TESTS_SHOWN: Final = 3


def main() -> int:
    """Print the table; status 1 when a test names an unknown row."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False)
    proofs: dict[str, list[str]] = {}
    for mark in marks():
        proofs.setdefault(mark.row_id, []).append(mark.test)
    known = rows()
    table = Table(title="Requirement rows", header_style="bold")
    table.add_column("row", no_wrap=True)
    table.add_column("must", ratio=2)
    table.add_column("proven by", ratio=3, overflow="fold")
    for row in known:
        tests = proofs.get(row.id, [])
        table.add_row(
            row.id,
            row.must if len(row.must) <= 90 else row.must[:87] + "...",
            _proof(tests) if tests else "[yellow]not yet[/yellow]",
        )
    console.print(table)
    proven = sum(row.id in proofs for row in known)
    console.print(f"{proven} of {len(known)} rows proven, {len(known) - proven} not yet.")
    unknown = sorted(set(proofs) - {row.id for row in known})
    for row_id in unknown:
        console.print(
            f"[red]{row_id} is not a row of docs/requirements.yaml[/red]: {', '.join(proofs[row_id])}"
        )
    return 1 if unknown else 0


def _proof(tests: list[str]) -> str:
    """Name the first tests, and how many more there are."""
    shown = [test.removeprefix("tests/") for test in tests[:TESTS_SHOWN]]
    more = len(tests) - TESTS_SHOWN
    return "\n".join([*shown, f"and {more} more"] if more > 0 else shown)


if __name__ == "__main__":
    sys.exit(main())
