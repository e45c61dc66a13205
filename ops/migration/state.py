"""What a run that was killed has to know: kept in the database `postgres` of the new server."""

# ruff: noqa: E501  (queries, which read better unbroken)

from __future__ import annotations

from typing import Any, Final, Literal

import psycopg
from psycopg.rows import class_row
from pydantic import BaseModel, ConfigDict

from ops.errors import OperatorError

from .facts import Facts
from .servers import Server

Phase = Literal["begun", "guarded", "dumped", "restored", "validated", "switched", "halted", "undone"]
ENDED: Final = ("switched", "halted", "undone")
LOCK: Final = 0x0DB_317

_SCHEMA: Final = """
CREATE SCHEMA IF NOT EXISTS ops_migration;
CREATE TABLE IF NOT EXISTS ops_migration.runs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    database text NOT NULL,
    phase text NOT NULL DEFAULT 'begun',
    fingerprint text NOT NULL,
    tool text NOT NULL,
    -- Whether the old server refuses writes because of us, and what its setting was before.
    guarded boolean NOT NULL DEFAULT false,
    setting_before text,
    dump text,
    facts jsonb,
    kept_as text,
    note text,
    begun_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now()
);
"""


class Run(BaseModel):
    """A cutover, as far as it came."""

    model_config = ConfigDict(frozen=True)

    id: int
    database: str
    phase: Phase
    fingerprint: str
    tool: str
    guarded: bool
    setting_before: str | None
    dump: str | None
    facts: Facts | None
    kept_as: str | None
    note: str | None

    @property
    def ended(self) -> bool:
        """Whether nothing is left to be continued."""
        return self.phase in ENDED


def open_state(target: Server) -> psycopg.Connection[Any]:
    """Connect to where the state is kept, as the only one. Raises OperatorError where another one works."""
    connection = target.open("postgres")
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone()
    if row is None or not row[0]:
        connection.close()
        raise OperatorError("another migration to this server is under way")
    connection.execute(_SCHEMA)
    return connection


def last(connection: psycopg.Connection[Any], database: str) -> Run | None:
    """Give the last cutover to a database."""
    with connection.cursor(row_factory=class_row(Run)) as cursor:
        return cursor.execute(
            "SELECT id, database, phase, fingerprint, tool, guarded, setting_before, dump, facts, kept_as, note"
            " FROM ops_migration.runs WHERE database = %s ORDER BY id DESC LIMIT 1",
            [database],
        ).fetchone()


def begin(connection: psycopg.Connection[Any], database: str, fingerprint: str, tool: str) -> Run:
    """Record a new cutover."""
    connection.execute(
        "INSERT INTO ops_migration.runs (database, fingerprint, tool) VALUES (%s, %s, %s)",
        [database, fingerprint, tool],
    )
    return _known(connection, database)


def guarding(connection: psycopg.Connection[Any], run: Run, setting_before: str | None) -> Run:
    """Record, before it is done, that the old server is to refuse writes."""
    connection.execute(
        "UPDATE ops_migration.runs SET guarded = true, setting_before = %s, changed_at = now() WHERE id = %s",
        [setting_before, run.id],
    )
    return _known(connection, run.database)


def unguarded(connection: psycopg.Connection[Any], run: Run) -> Run:
    """Record, after it was done, that the old server takes writes again."""
    connection.execute(
        "UPDATE ops_migration.runs SET guarded = false, changed_at = now() WHERE id = %s", [run.id]
    )
    return _known(connection, run.database)


def dumped(connection: psycopg.Connection[Any], run: Run, dump: str, facts: Facts) -> Run:
    """Record a dump that is complete, and what it has to hold."""
    connection.execute(
        "UPDATE ops_migration.runs SET dump = %s, facts = %s, phase = 'dumped', changed_at = now() WHERE id = %s",
        [dump, facts.model_dump_json(), run.id],
    )
    return _known(connection, run.database)


def reached(
    connection: psycopg.Connection[Any],
    run: Run,
    phase: Phase,
    *,
    note: str | None = None,
    kept_as: str | None = None,
) -> Run:
    """Record how far it came."""
    connection.execute(
        "UPDATE ops_migration.runs SET phase = %s, note = coalesce(%s, note), kept_as = coalesce(%s, kept_as),"
        " changed_at = now() WHERE id = %s",
        [phase, note, kept_as, run.id],
    )
    return _known(connection, run.database)


def _known(connection: psycopg.Connection[Any], database: str) -> Run:
    run = last(connection, database)
    if run is None:
        raise OperatorError(f"the state of {database} is gone from schema ops_migration")
    return run
