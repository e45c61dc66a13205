"""`python -m ops masking …`: what the refresh pipeline runs on a copy, and what a person runs to look."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from psycopg import sql

from ops.errors import NotProvenError, OperatorError

from .catalog import read_catalog
from .copies import clear_failures, connect, mark_copy, require_copy
from .key import make_key, read_key
from .manifest import MANIFEST, load, schema
from .plan import make_plan, masked_columns
from .run import MaskingRun, Options
from .statements import identifier
from .verify import verify as search

DEFAULTS = Options()

app = typer.Typer(
    help="Mask a copy of production before anybody reaches it, and prove it.", no_args_is_help=True
)

Service = Annotated[
    str, typer.Option(help="Connection service of the copy, of the file that PGSERVICEFILE names")
]
Database = Annotated[str | None, typer.Option(help="Database, if not that of the service")]
ManifestFile = Annotated[Path, typer.Option("--manifest", help="Which columns are masked, and how")]
KeyFile = Annotated[Path, typer.Option(help="Key of this refresh, readable by its owner alone")]
BatchRows = Annotated[int, typer.Option(min=1, max=1_000_000, help="Rows of a transaction")]
SampleRows = Annotated[
    int, typer.Option(min=1, max=1_000_000, help="Rows of a table of which marks are kept")
]
Jobs = Annotated[int, typer.Option(min=1, max=64, help="Sessions at once")]
StatementMinutes = Annotated[int, typer.Option(min=1, help="A statement that takes longer is given up")]
LockSeconds = Annotated[int, typer.Option(min=1, help="Somebody's lock is waited for so long, four times")]
Json = Annotated[bool, typer.Option("--json", help="Result as JSON")]


@app.command()
def key(path: Path) -> None:
    """Make the key of one refresh; delete it when the copy is verified."""
    make_key(path)


@app.command(name="schema")
def write_schema() -> None:
    """Print the JSON schema of the manifest, for editors."""
    print(schema(), end="")


@app.command()
def mark(
    service: Service,
    source_snapshot: Annotated[str, typer.Option(help="The snapshot that the copy was restored from")],
    environment: Annotated[str, typer.Option(help="Whom the copy is for, as staging")],
    database: Database = None,
    manifest: ManifestFile = MANIFEST,
) -> None:
    """Mark a database as a quarantined copy: for the refresh pipeline, right after it restored one."""
    listed = load(manifest)
    with clear_failures(), connect(service, database=database) as connection:
        mark_copy(connection, listed, source_snapshot=source_snapshot, environment=environment)
    _say(f"marked as a copy of {source_snapshot} for {environment}")


@app.command()
def plan(
    service: Service,
    database: Database = None,
    manifest: ManifestFile = MANIFEST,
    *,
    counts: Annotated[bool, typer.Option("--count", help="Count rows, which reads every table")] = False,
    as_json: Json = False,
) -> None:
    """Show what `run` would do, and every column that is not listed; changes nothing (a dry run)."""
    listed = load(manifest)
    with clear_failures(), connect(service, database=database) as connection:
        connection.execute("SET default_transaction_read_only = on")
        connection.commit()
        try:
            require_copy(connection, listed)
        except OperatorError as error:
            _say(f"`run` would refuse: {error}")
        planned = make_plan(listed, read_catalog(connection))
        lines: list[dict[str, object]] = []
        for step in planned.steps:
            if step.kind not in {"empty", "mask", "rebuild"}:
                continue
            rows = step.target.estimated_rows
            if counts:
                count = sql.SQL("SELECT count(*) FROM ONLY {}").format(identifier(step.target))
                row = connection.execute(count).fetchone()
                rows = row[0] if row is not None else 0
            how = {name: entry.mask for name, entry in masked_columns(step.target, step.listed).items()}
            lines.append({"table": step.subject, "step": step.kind, "rows": rows, "columns": how})
            if not as_json:
                print(f"{step.kind:<8} {step.subject:<36} {rows:>14,} rows  {len(how):>3} columns")
    if as_json:
        print(json.dumps({"steps": lines, "mistakes": planned.mistakes}, indent=2))
    if planned.mistakes:
        for mistake in planned.mistakes if not as_json else ():
            print(mistake)
        raise NotProvenError(f"{len(planned.mistakes)} mistakes: `run` would begin nothing")


@app.command()
def run(
    *,
    service: Service,
    key_file: KeyFile,
    database: Database = None,
    manifest: ManifestFile = MANIFEST,
    batch_rows: BatchRows = DEFAULTS.batch_rows,
    sample_rows: SampleRows = DEFAULTS.sample_rows,
    jobs: Jobs = DEFAULTS.jobs,
    statement_minutes: StatementMinutes = DEFAULTS.statement_minutes,
    lock_seconds: LockSeconds = DEFAULTS.lock_seconds,
    as_json: Json = False,
) -> None:
    """Neutralise and mask a marked copy; started again after a crash, it goes on where it was."""
    masking = MaskingRun(
        service,
        load(manifest),
        read_key(key_file),
        database=database,
        options=Options(
            batch_rows=batch_rows,
            sample_rows=sample_rows,
            jobs=jobs,
            statement_minutes=statement_minutes,
            lock_seconds=lock_seconds,
        ),
        progress=_say,
    )
    with clear_failures():
        outcome = masking.run()
    if as_json:
        print(json.dumps(asdict(outcome), indent=2))
    elif outcome.already_masked:
        print("masked before; nothing was done")
    else:
        pace = outcome.rows / max(outcome.seconds, 1e-6)
        print(f"masked {outcome.rows:,} rows in {outcome.seconds:,.1f} s, {pace:,.0f} rows/s")


@app.command()
def verify(
    *,
    service: Service,
    key_file: KeyFile,
    database: Database = None,
    manifest: ManifestFile = MANIFEST,
    jobs: Jobs = DEFAULTS.jobs,
    statement_minutes: StatementMinutes = DEFAULTS.statement_minutes,
    as_json: Json = False,
) -> None:
    """Prove that a masked copy holds nothing personal; what is found is named by table, column and count."""
    session = MaskingRun(
        service,
        load(manifest),
        read_key(key_file),
        database=database,
        options=Options(jobs=jobs, statement_minutes=statement_minutes),
        progress=_say,
    )
    with clear_failures():
        result = search(session)
    if as_json:
        print(json.dumps({**asdict(result), "passed": result.passed}, indent=2))
    else:
        for finding in result.findings:
            print(finding.line)
    if not result.passed:
        raise NotProvenError(f"not proven: {len(result.findings)} findings; nobody may reach this copy")
    _say(
        f"proven: {result.rows:,} rows and {result.columns:,} columns searched for {result.marks:,} marks of"
        f" originals and for patterns of personal data, in {result.seconds:,.1f} s"
    )


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
