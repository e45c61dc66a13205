"""`python -m ops archive`: positions that are old enough, out of the database and into S3 (DATA-06)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Annotated, Final

import psycopg
import typer
from botocore.exceptions import BotoCoreError, ClientError

from ops.errors import NotProvenError, OperatorError
from ops.records import Record, put

from . import ledger
from .export import Sizes
from .objects import Bucket
from .restoration import NotYetError
from .restoration import restore as restore_month
from .run import Options
from .run import run as run_archive
from .verification import MismatchError, read_back

app = typer.Typer(no_args_is_help=True, help=__doc__)

Service = Annotated[str, typer.Option(help="connection to PostgreSQL, as libpq takes it")]
BucketName = Annotated[str, typer.Option("--bucket", help="has versions", envvar="ARCHIVE_BUCKET")]
Endpoint = Annotated[str | None, typer.Option(help="another S3 than AWS's", envvar="ARCHIVE_S3_ENDPOINT")]
Json = Annotated[bool, typer.Option("--json", help="the result as JSON")]
Month = Annotated[str, typer.Argument(help="month, as 2025-07")]

DEFAULT: Final = "service=archive"


@app.command()
def run(
    *,
    bucket: BucketName,
    connection: Service = DEFAULT,
    environment: Annotated[str, typer.Option(help="name of the environment, for the record")] = "prod",
    online_months: Annotated[int, typer.Option(min=1, help="younger months stay")] = 12,
    most_months: Annotated[int | None, typer.Option(min=1, help="how many months at most")] = None,
    rows_per_file: Annotated[int, typer.Option(min=1000)] = Sizes().rows_per_file,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Archive every month that is due: aggregate, export, verify, detach, drop. A killed run is continued."""
    began = datetime.now(UTC)
    options = Options(
        online_months=online_months,
        most_months=most_months,
        sizes=Sizes(rows_per_file=rows_per_file, rows_per_group=min(rows_per_file, Sizes().rows_per_group)),
    )
    with _understood():
        store = Bucket.connect(bucket, endpoint=endpoint)
        outcome = run_archive(lambda: connect(connection), store, options, progress)
        if outcome.dropped or outcome.problems:
            record = Record(
                kind="archive",
                environment=environment,
                started_at=began,
                finished_at=datetime.now(UTC),
                by=os.environ.get("HOSTNAME", "operator") or "operator",
                result="failed" if outcome.problems else "passed",
                figures={
                    "months": len(outcome.dropped),
                    "positions": outcome.positions,
                    "late_positions": outcome.stragglers,
                },
                details={
                    "months": [str(part) for part in outcome.dropped],
                    "problems": list(outcome.problems),
                },
            )
            put(record, bucket, client=store.client)
    _show(
        {
            "dropped": [str(part) for part in outcome.dropped],
            "positions": outcome.positions,
            "stragglers": outcome.stragglers,
            "problems": list(outcome.problems),
        },
        as_json=as_json,
    )
    if outcome.problems:
        raise NotProvenError(f"{len(outcome.problems)} months stay in the database; see above")


@app.command()
def status(*, connection: Service = DEFAULT, online_months: int = 12, as_json: Json = False) -> None:
    """Show every month that has left or is leaving, and what is due."""
    with _understood(), connect(connection) as opened:
        known = [
            {
                "month": str(entry.part),
                "state": entry.state,
                "positions": entry.positions,
                "attempts": entry.attempts,
                "note": entry.note,
            }
            for entry in ledger.entries(opened)
        ]
        due = ledger.old_months(opened, online_months=online_months)
    _show({"months": known, "due": [f"{month:%Y-%m}" for month in due]}, as_json=as_json)


@app.command()
def verify(
    month: Month,
    *,
    bucket: BucketName,
    connection: Service = DEFAULT,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Read a month back from S3 and compare it with what the database said when it was exported."""
    wanted = parse_month(month)
    with _understood(), connect(connection) as opened:
        found = [
            entry
            for entry in ledger.entries(opened)
            if entry.month == wanted and entry.state not in {"exporting", "changed"}
        ]
        if not found:
            raise OperatorError(f"{month} is not in the archive")
        store = Bucket.connect(bucket, endpoint=endpoint)
        try:
            read = [read_back(opened, entry, store, progress) for entry in found]
        except MismatchError as error:
            raise NotProvenError(str(error)) from error
    _show({"month": month, "verified": sum(each.positions for each in read)}, as_json=as_json)


@app.command()
def restore(
    month: Month,
    *,
    bucket: BucketName,
    connection: Service = DEFAULT,
    endpoint: Endpoint = None,
    as_json: Json = False,
) -> None:
    """Load an archived month into a table of schema gps_restored; asks Glacier first where it must."""
    wanted = parse_month(month)
    with _understood(), connect(connection) as opened:
        try:
            table = restore_month(opened, wanted, Bucket.connect(bucket, endpoint=endpoint), progress)
        except (MismatchError, NotYetError) as error:
            raise NotProvenError(str(error)) from error
    _show({"month": month, "table": table}, as_json=as_json)


def connect(conninfo: str) -> psycopg.Connection:
    """Reach the database; each statement stands for itself unless a transaction is opened."""
    return psycopg.connect(conninfo, autocommit=True, application_name="ops-archive", connect_timeout=10)


def parse_month(text: str) -> date:
    """Read a month like 2025-07. Raises OperatorError."""
    try:
        return datetime.strptime(f"{text}-01", "%Y-%m-%d").replace(tzinfo=UTC).date()
    except ValueError:
        raise OperatorError(f"{text} is no month such as 2025-07") from None


def progress(line: str) -> None:
    """Tell a person, or the log, what is done."""
    print(f"archive: {line}", file=sys.stderr, flush=True)


@contextmanager
def _understood() -> Iterator[None]:
    """Give failures of database and S3 as one line; the next run goes on where this one stopped."""
    try:
        yield
    except (ClientError, BotoCoreError) as error:
        raise OperatorError(f"S3: {error}") from error
    except psycopg.Error as error:
        raise OperatorError(f"PostgreSQL: {str(error).strip() or type(error).__name__}") from error


def _show(result: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        lines = value if isinstance(value, list) else [value]
        for line in lines or ["none"]:
            print(f"{name}: {line}")
