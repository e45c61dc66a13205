"""The old database read-only while it is moved, and writable again whenever the move does not happen."""

from __future__ import annotations

import time
from typing import Any, Final

import psycopg
from psycopg import sql

from ops.errors import OperatorError

from . import state
from .servers import APPLICATION, Server, scalar

SETTING: Final = "default_transaction_read_only"
LEAVE_SECONDS: Final = 30
_SET: Final = """
SELECT split_part(setting, '=', 2) FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setrole = 0 AND setdatabase = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND split_part(setting, '=', 1) = 'default_transaction_read_only'
"""
_OTHERS: Final = """
SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
    AND backend_type IN ('client backend', 'parallel worker') AND application_name <> %s
"""


def close(source: Server, ledger: psycopg.Connection[Any], run: state.Run) -> state.Run:
    """Let the old database take no more writes, and end every session that began before."""
    with source.open() as connection:
        if not run.guarded:
            run = state.guarding(ledger, run, scalar(connection, _SET))
        _set(connection, "on")
        end_sessions(connection)
    return run


def reopen(source: Server, ledger: psycopg.Connection[Any], run: state.Run) -> state.Run:
    """Give the old database its setting back; sessions that began meanwhile are ended, for they keep ours."""
    reopen_source(source, run)
    return state.unguarded(ledger, run)


def reopen_source(source: Server, run: state.Run) -> None:
    """Do the same without recording it."""
    if run.guarded:
        with source.open() as connection:
            _set(connection, run.setting_before)
            end_sessions(connection)


def is_closed(connection: psycopg.Connection[Any]) -> bool:
    """Whether the database's own setting refuses writes."""
    return scalar(connection, _SET) == "on"


def end_sessions(connection: psycopg.Connection[Any]) -> None:
    """End all sessions of a database but our own. Raises OperatorError where one does not go."""
    deadline = time.monotonic() + LEAVE_SECONDS
    while others := connection.execute(_OTHERS, [APPLICATION]).fetchall():
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM unnest(%s::int[]) AS pid", [[p for (p,) in others]]
        )
        if time.monotonic() > deadline:
            raise OperatorError(f"{len(others)} sessions of {connection.info.dbname} do not end")
        time.sleep(0.05)


def _set(connection: psycopg.Connection[Any], value: str | None) -> None:
    database = sql.Identifier(connection.info.dbname)
    if value is None:
        statement = sql.SQL("ALTER DATABASE {} RESET {}").format(database, sql.SQL(SETTING))
    else:
        statement = sql.SQL("ALTER DATABASE {} SET {} = {}").format(
            database, sql.SQL(SETTING), sql.Literal(value)
        )
    connection.execute(statement)
