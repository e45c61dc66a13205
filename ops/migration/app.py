"""`python -m ops migration`: a database to RDS, rehearsed, validated, undone on failure (DATA-04)."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final

import boto3
import psycopg
import typer

from ops import records
from ops.errors import NotProvenError, OperatorError
from ops.records import Record

from . import state, work
from .facts import SAMPLES
from .servers import Programs, Server, tool_version
from .transfer import Transfer

app = typer.Typer(no_args_is_help=True, help=__doc__)

Source = Annotated[str, typer.Option(help="the old server, a service of PGSERVICEFILE")]
Target = Annotated[str, typer.Option(help="the new server, a service of PGSERVICEFILE")]
SourceDatabase = Annotated[str, typer.Option(help="database of the old server")]
TargetDatabase = Annotated[str, typer.Option(help="database of the new server")]
Work = Annotated[Path, typer.Option(help="folder for the dump, on an encrypted volume")]
Owner = Annotated[str | None, typer.Option(help="who is to own everything; else who owned it before")]
Jobs = Annotated[int, typer.Option(min=1, help="tables that are dumped and restored at once")]
Records = Annotated[str, typer.Option(help="folder or s3://bucket of the records")]
Name = Annotated[str, typer.Option(help="name of the environment, for the record")]
Samples = Annotated[int, typer.Option(min=1, help="rows of each table that are compared whole, at least")]
ProgramFolder = Annotated[Path | None, typer.Option(help="folder of pg_dump and pg_restore; else as found")]
Json = Annotated[bool, typer.Option("--json", help="the result as JSON")]

_SOURCE: Final = "service=old"
_TARGET: Final = "service=new"
_DATABASE: Final = "tms"
_WORK: Final = Path("/work/dump")


@app.command()
def preflight(
    *,
    source: Source = _SOURCE,
    target: Target = _TARGET,
    source_database: SourceDatabase = _DATABASE,
    target_database: TargetDatabase = _DATABASE,
    owner: Owner = None,
    programs: ProgramFolder = None,
    as_json: Json = False,
) -> None:
    """Look for whatever would make a migration fail; change nothing."""
    transfer = _transfer(source, source_database, target, target_database, owner=owner, programs=programs)
    with _understood():
        findings = work.check(transfer)
    if as_json:
        print(json.dumps([finding.model_dump() for finding in findings]))
    else:
        for finding in findings:
            print(f"{finding.level}: {finding.check}: {finding.message}")
    wrong = sum(finding.level == "error" for finding in findings)
    if wrong:
        raise NotProvenError(f"{wrong} errors")


@app.command("dry-run")
def dry_run(
    *,
    source: Source = _SOURCE,
    target: Target = _TARGET,
    source_database: SourceDatabase = _DATABASE,
    target_database: TargetDatabase = _DATABASE,
    work_folder: Work = _WORK,
    owner: Owner = None,
    jobs: Jobs = 4,
    samples: Samples = SAMPLES,
    programs: ProgramFolder = None,
    records_at: Records = records.PREFIX,
    environment: Name = "staging",
    as_json: Json = False,
) -> None:
    """Rehearse: dump, restore beside, validate, and record the result. Without it there is no cutover."""
    transfer = _transfer(
        source,
        source_database,
        target,
        target_database,
        owner=owner,
        programs=programs,
        work_folder=work_folder,
        jobs=jobs,
        samples=samples,
    )
    began = datetime.now(UTC)
    with _understood():
        found = work.rehearse(transfer, progress)
    record = Record(
        kind="migration-dry-run",
        environment=environment,
        started_at=began,
        finished_at=datetime.now(UTC),
        by=_who(),
        result="failed" if found.findings else "passed",
        figures={
            "fingerprint": found.fingerprint,
            "tool": found.tool,
            "tables": len(found.facts.tables),
            "rows": found.facts.rows,
            "findings": len(found.findings),
        },
        details={"findings": list(found.findings)},
    )
    kept = keep(record, records_at)
    _show(
        {"result": record.result, "record": kept, "rows": found.facts.rows, "findings": list(found.findings)},
        as_json=as_json,
    )
    if found.findings:
        raise NotProvenError(f"the dry run failed: {len(found.findings)} findings")


@app.command()
def cutover(
    *,
    source: Source = _SOURCE,
    target: Target = _TARGET,
    source_database: SourceDatabase = _DATABASE,
    target_database: TargetDatabase = _DATABASE,
    work_folder: Work = _WORK,
    owner: Owner = None,
    jobs: Jobs = 4,
    samples: Samples = SAMPLES,
    programs: ProgramFolder = None,
    records_at: Records = records.PREFIX,
    longest_days: Annotated[int, typer.Option(min=1, help="how old the dry run may be")] = 14,
    environment: Name = "prod",
    as_json: Json = False,
) -> None:
    """Move the database; whatever fails, the old one takes writes again. A killed one is continued."""
    transfer = _transfer(
        source,
        source_database,
        target,
        target_database,
        owner=owner,
        programs=programs,
        work_folder=work_folder,
        jobs=jobs,
        samples=samples,
    )
    began = datetime.now(UTC)

    def allowed(fingerprint: str, tool: str) -> Record:
        return work.require_rehearsal(
            kept_records(records_at), fingerprint_now=fingerprint, tool=tool, longest_days=longest_days
        )

    problem: OperatorError | NotProvenError | None = None
    run: state.Run | None = None
    try:
        with _understood():
            run = work.cut_over(transfer, allowed, progress)
    except (OperatorError, NotProvenError) as error:
        problem = error
    facts = None if run is None else run.facts
    kept = keep(
        Record(
            kind="migration",
            environment=environment,
            started_at=began,
            finished_at=datetime.now(UTC),
            by=_who(),
            result="passed" if problem is None else "failed",
            figures={
                "tool": tool_version(),
                **({} if run is None else {"fingerprint": run.fingerprint}),
                **({} if facts is None else {"tables": len(facts.tables), "rows": facts.rows}),
            },
            details={} if problem is None else {"problem": str(problem)},
        ),
        records_at,
    )
    if problem is not None:
        raise problem
    _show({"result": "switched", "record": kept}, as_json=as_json)


@app.command()
def validate(
    *,
    source: Source = _SOURCE,
    target: Target = _TARGET,
    source_database: SourceDatabase = _DATABASE,
    target_database: TargetDatabase = _DATABASE,
    owner: Owner = None,
    as_json: Json = False,
) -> None:
    """Compare the new database once more with what the old one held at the cutover, before anybody writes."""
    transfer = _transfer(source, source_database, target, target_database, owner=owner)
    with _understood():
        with state.open_state(transfer.target) as ledger:
            run = state.last(ledger, target_database)
        if run is None or run.facts is None or run.phase not in {"restored", "validated", "switched"}:
            raise OperatorError(f"{target_database} was not moved")
        database = target_database + ("" if run.phase == "switched" else work.INCOMING)
        findings = work.validate(transfer, run.facts, database)
    _show({"database": database, "findings": findings}, as_json=as_json)
    if findings:
        raise NotProvenError(f"{len(findings)} findings")


@app.command()
def rollback(
    *,
    source: Source = _SOURCE,
    target: Target = _TARGET,
    source_database: SourceDatabase = _DATABASE,
    target_database: TargetDatabase = _DATABASE,
    after_switch: Annotated[bool, typer.Option(help="go back although people write to the new one")] = False,
    as_json: Json = False,
) -> None:
    """Make the old database the truth again, and let it take writes."""
    transfer = _transfer(source, source_database, target, target_database)
    with _understood():
        run = work.roll_back(transfer, progress, after_switch=after_switch)
    _show({"result": run.phase}, as_json=as_json)


def progress(line: str) -> None:
    """Tell a person, or the log, what is done."""
    print(f"migration: {line}", file=sys.stderr, flush=True)


def keep(record: Record, place: str) -> str:
    """Write a record to a folder or a bucket; say where."""
    if place.startswith("s3://"):
        bucket = place.removeprefix("s3://").rstrip("/")
        client: Any = boto3.client("s3")
        return f"s3://{bucket}/{records.put(record, bucket, client=client)}"
    return str(records.write(record, Path(place)))


def kept_records(place: str) -> list[Record]:
    """Read the records of dry runs, oldest first."""
    if place.startswith("s3://"):
        bucket = place.removeprefix("s3://").rstrip("/")
        client: Any = boto3.client("s3")
        return records.list_all(bucket, client=client, kind="migration-dry-run")
    return records.read_all(Path(place), kind="migration-dry-run")


def _transfer(
    source: str,
    source_database: str,
    target: str,
    target_database: str,
    *,
    owner: str | None = None,
    programs: Path | None = None,
    work_folder: Path = _WORK,
    jobs: int = 1,
    samples: int = SAMPLES,
) -> Transfer:
    return Transfer(
        source=Server(conninfo=source, database=source_database),
        target=Server(conninfo=target, database=target_database),
        programs=Programs(folder=programs),
        work=work_folder,
        jobs=jobs,
        owner=owner,
        samples=samples,
    )


def _who() -> str:
    return os.environ.get("OPERATOR") or os.environ.get("USER") or os.environ.get("HOSTNAME") or "operator"


@contextmanager
def _understood() -> Iterator[None]:
    try:
        yield
    except psycopg.Error as error:
        raise OperatorError(f"PostgreSQL: {str(error).strip() or type(error).__name__}") from error


def _show(result: dict[str, object], *, as_json: bool) -> None:
    if as_json:
        print(json.dumps(result))
        return
    for name, value in result.items():
        for line in (value if isinstance(value, list) else [value]) or ["none"]:
            print(f"{name}: {line}")
