"""Print which requirement rows are proven, by which tests, and which are not yet: `make requirements`."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from .trace import marks, rows


def main() -> int:
    """Print the table; status 1 when a test names an unknown row."""
    console = Console()
    proofs: dict[str, list[str]] = {}
    for mark in marks():
        proofs.setdefault(mark.row_id, []).append(mark.test)
    known = rows()
    table = Table(title="Requirement rows", header_style="bold")
    for column in ("row", "must", "proven by"):
        table.add_column(column, overflow="fold")
    for row in known:
        tests = proofs.get(row.id, [])
        table.add_row(
            row.id,
            row.must if len(row.must) <= 90 else row.must[:87] + "...",
            "\n".join(tests) if tests else "[yellow]not yet[/yellow]",
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


if __name__ == "__main__":
    sys.exit(main())
