"""Measure the offline preview: `make benchmark`."""

from __future__ import annotations

import sys

from rich.console import Console
from rich.table import Table

from preview.stack_preview import preview_stack

from .measurement import Measurement, measure
from .synthetic import TODAY

SIZES = (250, 500, 1000, 2500, 5000, 10000)
REPEATS = 3
REPEATS_FROM_1000 = 1


def main() -> int:
    """Print the tables; status 0, since a figure is for a person to judge."""
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    console.print(
        "Best of several runs, each in a process of its own; ratios are against the import floor.\n"
    )
    floor = measure(["-c", "import pulumi, pulumi_aws"], repeats=REPEATS)
    staging = measure(["-m", "preview", "show", "staging"], repeats=REPEATS)
    everything = measure(["-m", "preview", "show", "all"], repeats=REPEATS)
    console.print(_previews(floor, staging, everything))
    console.print(
        _growth(
            {
                size: measure(["-m", "benchmarks.synthetic", str(size)], repeats=_repeats(size))
                for size in SIZES
            }
        )
    )
    return 0


def _previews(floor: Measurement, staging: Measurement, everything: Measurement) -> Table:
    resources = preview_stack("staging", today=TODAY).resource_count
    table = _table("Offline preview", "what", "seconds", "ratio", "peak MiB", "ratio")
    for what, figure in (
        ("floor: import pulumi, pulumi_aws", floor),
        (f"staging ({resources} resources): render, policies, cost", staging),
        ("all stacks in one process", everything),
    ):
        table.add_row(
            what,
            f"{figure.seconds:.2f}",
            f"{figure.seconds / floor.seconds:.1f}",
            f"{figure.peak_mib:.0f}",
            f"{figure.peak_mib / floor.peak_mib:.1f}",
        )
    return table


def _growth(figures: dict[int, Measurement]) -> Table:
    table = _table(
        "Growth of a synthetic program", "resources", "seconds", "per second", "ms each further", "peak MiB"
    )
    previous: tuple[int, Measurement] | None = None
    for size, figure in figures.items():
        further = ""
        if previous is not None:
            further = f"{(figure.seconds - previous[1].seconds) / (size - previous[0]) * 1000:.2f}"
        table.add_row(
            f"{size:,}",
            f"{figure.seconds:.2f}",
            f"{size / figure.seconds:.0f}",
            further,
            f"{figure.peak_mib:.0f}",
        )
        previous = (size, figure)
    return table


def _repeats(size: int) -> int:
    return REPEATS if size < 1000 else REPEATS_FROM_1000


def _table(title: str, first: str, *columns: str) -> Table:
    table = Table(
        title=title, title_justify="left", title_style="bold", box=None, pad_edge=False, padding=(0, 2, 0, 0)
    )
    table.add_column(first)
    for column in columns:
        table.add_column(column, justify="right")
    return table


if __name__ == "__main__":
    sys.exit(main())
