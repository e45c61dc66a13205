"""Measure the archive of positions: `python -m benchmarks.archive [positions]`, five million unless said.

A real PostgreSQL 16 and a stand-in for S3 on this machine, whose processors all of it shares. The figures are
of the job alone: its time from start to end, of each of its steps, and its peak memory.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.table import Table

from tests.ops.archive import world

from .measurement import ROOT

POSITIONS: Final = 5_000_000
VEHICLES: Final = 2_000
STEPS: Final = (
    (r"positions$", "count and hash in the database"),
    (r"by vehicle and hour$", "aggregate by vehicle and hour"),
    (r": exported$", "write Parquet to S3"),
    (r": verified$", "read back from S3, hash every row"),
    (r": detached$", "count and hash again, detach"),
    (r": dropped$", "count and hash once more, drop"),
)


def main() -> int:
    """Print the figures; status 0, since a figure is for a person to judge."""
    positions = int(sys.argv[1]) if len(sys.argv) > 1 else POSITIONS
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    with world.databases() as server, world.s3_endpoint() as endpoint:
        gps = world.database(server, "gps_benchmark")
        bucket = world.bucket(endpoint, world.BUCKET)
        fill(gps, positions)
        service = server.service_file(
            server.folder / "archive.conf", "archive", user="gps_archive", password=world.ARCHIVE_PASSWORD
        )
        began = time.perf_counter()
        job = subprocess.Popen(
            [
                *(sys.executable, "-m", "ops", "archive", "run"),
                *(f"--bucket={bucket.name}", f"--endpoint={endpoint}"),
                "--connection=service=archive dbname=gps_benchmark",
            ],
            cwd=ROOT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env={
                **os.environ,
                "PGSERVICEFILE": str(service),
                "AWS_ACCESS_KEY_ID": "testing",
                "AWS_SECRET_ACCESS_KEY": "testing",
                "AWS_DEFAULT_REGION": "ap-south-1",
            },
        )
        assert job.stderr is not None  # noqa: S101  (PIPE was asked for)
        lines = [(time.perf_counter(), line.strip()) for line in job.stderr]
        _, status, usage = os.wait4(job.pid, 0)
        seconds = time.perf_counter() - began
        job.returncode = os.waitstatus_to_exitcode(status)
        if job.returncode:
            raise RuntimeError(f"the archive failed: {lines[-3:]}")
        sizes = [
            found["Size"]
            for found in bucket.client.list_objects_v2(Bucket=bucket.name, Prefix="positions/")["Contents"]
            if Path(found["Key"]).suffix == ".parquet"
        ]
    table = Table("step", "seconds", "positions a second", title=f"{positions:,} positions", box=None)
    before = began
    for pattern, what in STEPS:
        at = next(moment for moment, line in lines if re.search(pattern, line))
        table.add_row(what, f"{at - before:.1f}", f"{positions / (at - before):,.0f}")
        before = at
    table.add_row("all", f"{seconds:.1f}", f"{positions / seconds:,.0f}")
    console.print(table)
    console.print(
        f"peak memory of the job {usage.ru_maxrss / 1024:.0f} MiB;"
        f" {len(sizes)} files, {sum(sizes) / positions:.1f} bytes a position"
    )
    return 0


def fill(gps: world.Database, positions: int) -> None:
    """Fill a month as the fleet does: each vehicle at even intervals, along a line."""
    month = world.months_ago(14)
    gps.fill(month, positions=0)
    each = positions // VEHICLES
    gps.ask(
        f"""
        INSERT INTO gps.positions
        SELECT 'KA01-' || lpad(v::text, 5, '0'), at, at + interval '1.2 seconds', at + interval '2 seconds',
            round((12.9 + v * 0.001 + random() * 0.5)::numeric, 6), round((77.6 + random())::numeric, 6),
            round((random() * 90)::numeric, 1), floor(random() * 360),
            CASE WHEN n % 10 = 0 THEN jsonb_build_object('ignition', true, 'odometer', n) END
        FROM generate_series(1, {VEHICLES}) AS v, generate_series(0, {each - 1}) AS n,
            LATERAL (SELECT timestamptz '{month} 00:00+00'
                + n * interval '{27 * 86400 / each} seconds') AS t (at)
        """  # noqa: S608  (numbers of ours)
    )
    gps.ask("VACUUM ANALYZE gps.positions")


if __name__ == "__main__":
    sys.exit(main())
