"""Measure masking and its proof on a real server: `python -m benchmarks.masking [partners]`."""

from __future__ import annotations

import os
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from threading import Event, Thread
from typing import TypeVar

import psycopg
from rich.console import Console
from rich.table import Table

from ops.masking.copies import mark_copy
from ops.masking.key import MaskingKey
from ops.masking.manifest import load
from ops.masking.run import MaskingRun, Options
from ops.masking.verify import verify
from tests.infra.workloads.jobs.postgres_server import PASSWORD, SUPERUSER, missing, running_server
from tests.ops.odoo_schema import Volume, create_gps, create_odoo, fill_gps, fill_odoo

PARTNERS = 200_000
Result = TypeVar("Result")


def main(partners: int = PARTNERS) -> int:
    """Print rows per second and peak memory; the rows are five and more times the partners."""
    if reason := missing():
        print(reason)
        return 0
    volume = Volume(
        partners=partners,
        employees=partners // 100,
        vehicles=max(partners // 400, 5),
        invoices=partners,
        messages=partners,
        trips=partners,
    )
    manifest = load()
    with running_server() as server, tempfile.TemporaryDirectory() as folder:
        service = server.service_file(Path(folder) / "service", "copy", user=SUPERUSER, password=PASSWORD)
        os.environ["PGSERVICEFILE"] = str(service)
        with psycopg.connect("service=copy dbname=postgres") as connection:
            connection.execute("SET log_statement = 'none'")
            create_odoo(connection)
            fill_odoo(connection, volume)
            create_gps(connection)
            seconds = 60 * max(partners // 100, 10)
            fill_gps(connection, vehicles=50, begin="2026-09-30 00:00+00", seconds=seconds, every=60)
            connection.execute("ANALYZE")
            connection.commit()
            mark_copy(connection, manifest, source_snapshot="benchmark", environment="staging")
        masking = MaskingRun(
            "copy",
            manifest,
            MaskingKey(bytes(32)),
            database="postgres",
            options=Options(jobs=2),
            progress=lambda line: print(line, file=sys.stderr),
        )
        table = Table(title="Masking", box=None, title_justify="left")
        for heading in ("what", "rows", "seconds", "rows/s", "server session MiB", "client MiB"):
            table.add_column(heading, justify="right")
        outcome, peak = _watched(server.folder, masking.run)
        _row(table, "mask", outcome.rows, outcome.seconds, peak)
        result, peak = _watched(server.folder, lambda: verify(masking))
        _row(table, f"verify, {result.marks:,} marks", result.rows, result.seconds, peak)
        Console(width=100).print(table)
        if not result.passed:
            print(*(finding.line for finding in result.findings), sep="\n")
    return int(not result.passed)


def _row(table: Table, what: str, rows: int, seconds: float, peak: float) -> None:
    client = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    table.add_row(
        what, f"{rows:,}", f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{peak:.0f}", f"{client:.0f}"
    )


def _watched(folder: Path, work: Callable[[], Result]) -> tuple[Result, float]:
    """Give the result and the largest private memory that a process of the server had meanwhile, in MiB."""
    over = Event()
    peak = 0

    def watch() -> None:
        nonlocal peak
        while not over.wait(1):
            peak = max(peak, *(_private_kib(process) for process in Path("/proc").glob("[0-9]*")), 0)

    def _private_kib(process: Path) -> int:
        try:
            if str(folder) not in (process / "exe").readlink().as_posix():
                return 0
            lines = (process / "status").read_text().splitlines()
        except OSError:
            return 0
        return sum(int(line.split()[1]) for line in lines if line.startswith("RssAnon:"))

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        result = work()
    finally:
        over.set()
        watcher.join()
    return result, peak / 1024


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
