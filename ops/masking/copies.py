"""Which database may be masked: a copy that the refresh pipeline restored, quarantined and marked."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Final

import psycopg
from psycopg.conninfo import make_conninfo

from ops.errors import OperatorError

from .manifest import Manifest

CONNECT_SECONDS: Final = 10

_MARKER: Final = """
CREATE SCHEMA IF NOT EXISTS ops_masking;
REVOKE ALL ON SCHEMA ops_masking FROM PUBLIC;
CREATE TABLE IF NOT EXISTS ops_masking.copy (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    source_snapshot text NOT NULL,
    environment text NOT NULL,
    database text NOT NULL,
    host text NOT NULL,
    marked_at timestamptz NOT NULL DEFAULT now());
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """What the marker says."""

    source_snapshot: str
    environment: str
    marked_at: datetime


def connect(service: str, *, database: str | None = None, autocommit: bool = False) -> psycopg.Connection:
    """Connect to a service of the connection service file; raises `OperatorError`, without any secret."""
    try:
        return psycopg.connect(
            make_conninfo(f"service={service}", dbname=database),
            connect_timeout=CONNECT_SECONDS,
            application_name="ops masking",
            autocommit=autocommit,
            # The server stops working for a client that was killed.
            options="-c client_connection_check_interval=1s -c idle_in_transaction_session_timeout=10min"
            " -c timezone=UTC -c search_path=public,pg_temp",
        )
    except psycopg.Error as error:
        file = os.environ.get("PGSERVICEFILE", "~/.pg_service.conf")
        reason = " ".join(str(error).split())
        if "definition of service" in reason:
            raise OperatorError(f'service "{service}": is not in {file} (PGSERVICEFILE)') from None
        raise OperatorError(f'service "{service}": cannot connect: {reason}') from None


def mark_copy(
    connection: psycopg.Connection, manifest: Manifest, *, source_snapshot: str, environment: str
) -> None:
    """Mark a restored and quarantined copy: the pipeline, and nobody else, does so before all else."""
    _refuse_production(connection, manifest)
    if environment == "prod":
        raise OperatorError("a copy is for an environment other than prod")
    connection.execute(_MARKER)
    connection.execute(
        "INSERT INTO ops_masking.copy (source_snapshot, environment, database, host)"
        " VALUES (%s, %s, current_database(), %s) ON CONFLICT (one) DO NOTHING",
        (source_snapshot, environment, connection.info.host),
    )
    row = connection.execute("SELECT source_snapshot FROM ops_masking.copy").fetchone()
    connection.commit()
    if row is None or row[0] != source_snapshot:
        raise OperatorError(f"the database is already marked as a copy of {row[0] if row else 'nothing'}")


def require_copy(connection: psycopg.Connection, manifest: Manifest) -> Copy:
    """Give the marker of the database; raises `OperatorError` when it has none or speaks of another."""
    _refuse_production(connection, manifest)
    name = connection.info.dbname
    exists = connection.execute("SELECT to_regclass('ops_masking.copy') IS NOT NULL").fetchone()
    row = None
    if exists is not None and exists[0]:
        row = connection.execute(
            "SELECT source_snapshot, environment, marked_at, database, host FROM ops_masking.copy"
        ).fetchone()
    connection.commit()
    if row is None:
        raise OperatorError(
            f'database "{name}" on {connection.info.host} is not marked as a quarantined copy: only what the'
            " refresh pipeline restored and marked is masked"
        )
    if row[3] != name or row[4] != connection.info.host:
        raise OperatorError(
            f'the marker speaks of database "{row[3]}" on {row[4]}, this is "{name}" on'
            f" {connection.info.host}: a snapshot of a marked copy is marked anew by the pipeline"
        )
    return Copy(source_snapshot=row[0], environment=row[1], marked_at=row[2])


def _refuse_production(connection: psycopg.Connection, manifest: Manifest) -> None:
    host = connection.info.host.lower()
    for pattern in manifest.production_hosts:
        if fnmatchcase(host, pattern):
            raise OperatorError(f"{host} is production's ({pattern}): never masked")


@contextmanager
def clear_failures() -> Iterator[None]:
    """Turn what the server refuses into a line for the operator, without the row that it may quote."""
    try:
        yield
    except psycopg.Error as error:
        primary = error.diag.message_primary or type(error).__name__
        place = ".".join(
            part
            for part in (error.diag.schema_name, error.diag.table_name, error.diag.constraint_name)
            if part
        )
        if error.sqlstate is not None and error.sqlstate.startswith("22"):
            # Data exceptions quote the value.
            primary = f"a value does not fit ({type(error).__name__})"
        raise OperatorError(f"the server refused: {primary}{f' ({place})' if place else ''}") from None
