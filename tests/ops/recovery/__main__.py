"""`make drill`: every rehearsal, in a table. Status 1 when one of them does not end as it must."""

from __future__ import annotations

import argparse
import os
import sys
import time
from datetime import timedelta
from typing import Final

from rich.console import Console
from rich.table import Table

CREDENTIALS: Final = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


def main() -> int:
    """Walk them and print the table."""
    parser = argparse.ArgumentParser(prog="python -m tests.ops.recovery", description=__doc__)
    parser.add_argument("--schedules", type=int, default=None, help="how many; all if not given")
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    options = parser.parse_args()
    os.environ |= CREDENTIALS

    from .schedules import SCHEDULES, Outcome, rehearse, schedule  # noqa: PLC0415  (after the credentials)
    from .world import laid_out  # noqa: PLC0415

    console = Console(width=None if sys.stdout.isatty() else 150, highlight=False)
    table = Table(title="Rehearsals of failover and drill in a simulated AWS", header_style="bold")
    for name in ("seed", "kind", "end", "runs", "crashes", "RTO", "RPO"):
        table.add_column(name, no_wrap=True, justify="left" if name in {"kind", "end"} else "right")
    table.add_column("what went wrong", ratio=2)
    table.add_column("why it stopped last", ratio=3)
    began = time.monotonic()
    outcomes: list[Outcome] = []
    wrong: list[str] = []
    count = SCHEDULES if options.schedules is None else options.schedules
    with laid_out() as world:
        for seed in range(options.seed, options.seed + count):
            plan = schedule(seed)
            try:
                outcome = rehearse(world, plan)
            except AssertionError as error:
                wrong.append(f"seed {seed}: {error}")
                table.add_row(
                    str(seed), plan.kind, "[red]WRONG[/red]", "", "", "", "", plan.troubles, str(error)
                )
                continue
            outcomes.append(outcome)
            stop = "" if not outcome.stops else outcome.stops[-1].splitlines()[0]
            reason = outcome.entries.reason or stop
            table.add_row(
                str(seed),
                plan.kind,
                "active"
                if plan.kind == "failover" and outcome.entries.state == "completed"
                else outcome.entries.state,
                str(len(outcome.stops) + 1),
                str(outcome.crashes),
                _span(outcome.rto_seconds),
                _span(outcome.rpo_seconds),
                plan.troubles,
                reason[:140],
            )
            print(".", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    console.print(table)
    ends: dict[str, int] = {}
    for outcome in outcomes:
        key = f"{outcome.schedule.kind} {outcome.entries.state}"
        ends[key] = ends.get(key, 0) + 1
    console.print(
        f"{count} rehearsals in {time.monotonic() - began:.0f} s: "
        + ", ".join(f"{number} {name}" for name, number in sorted(ends.items()))
        + f"; {sum(outcome.crashes for outcome in outcomes)} crashes were resumed."
    )
    for line in wrong:
        console.print(f"[red]{line}[/red]")
    return 1 if wrong else 0


def _span(seconds: int | None) -> str:
    return "" if seconds is None else str(timedelta(seconds=seconds))


if __name__ == "__main__":
    sys.exit(main())
