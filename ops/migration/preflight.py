"""What would make a migration fail, found before anybody is shut out."""

# ruff: noqa: E501  (queries of ours, which read better unbroken)

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, Literal, LiteralString

import psycopg
from pydantic import BaseModel, ConfigDict

from .servers import Programs, Server, scalar

Level = Literal["error", "warning", "fact"]


class Finding(BaseModel):
    """Something to know before; an error stops."""

    model_config = ConfigDict(frozen=True)

    level: Level
    check: str
    message: str


_ROLES: Final = """
SELECT DISTINCT role FROM (
    SELECT c.relowner::regrole::text AS role FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL SELECT g.grantee::regrole::text FROM pg_class AS c
    JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS g
    WHERE g.grantee <> 0 AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
) AS roles
"""
_LONG: Final = """
SELECT format('%s (%s) for %s s', usename, pid, round(extract(epoch FROM now() - xact_start))) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start < now() - interval '60 s'
"""
_LOCKS: Final = """
SELECT format('%s on %s', mode, relation::regclass) FROM pg_locks
WHERE database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND mode IN ('AccessExclusiveLock', 'ExclusiveLock') AND granted AND pid <> pg_backend_pid() AND relation IS NOT NULL
"""
_OVERRULING: Final = """
SELECT coalesce(setrole::regrole::text, 'everyone') FROM pg_db_role_setting, unnest(setconfig) AS setting
WHERE setrole <> 0 AND setting ~ '^default_transaction_read_only='
    AND setdatabase IN (0, (SELECT oid FROM pg_database WHERE datname = current_database()))
    AND setting !~ '=(on|true|yes|1)$'
"""


def examine(source: Server, target: Server, programs: Programs, *, owner: str | None) -> list[Finding]:
    """Look at both servers and at the programs; change nothing."""
    findings: list[Finding] = []
    with source.open() as old, target.open("postgres") as new:
        findings += _versions(old, new, programs)
        findings += _database(old, new, target)
        findings += _extensions(old, new)
        findings += _roles(old, new, owner)
        findings += _busy(old)
    return findings


def _say(level: Level, check: str, message: str) -> Finding:
    return Finding(level=level, check=check, message=message)


def _versions(
    old: psycopg.Connection[Any], new: psycopg.Connection[Any], programs: Programs
) -> Iterator[Finding]:
    there, here = (connection.info.server_version // 10000 for connection in (old, new))
    yield _say("fact", "versions", f"PostgreSQL {there} there, {here} here")
    if there > here:
        yield _say("error", "versions", f"version {there} cannot go to the older {here}")
    for name in ("pg_dump", "pg_restore"):
        major = programs.major(name)
        # A dump of a newer pg_dump may hold what the older server does not know.
        if major < there or major > here:
            yield _say("error", "programs", f"{name} is of version {major}, for {there} to {here}")


def _database(
    old: psycopg.Connection[Any], new: psycopg.Connection[Any], target: Server
) -> Iterator[Finding]:
    query = (
        "SELECT pg_encoding_to_char(encoding), datcollate, datctype, pg_database_size(oid) FROM pg_database"
        " WHERE datname = %s"
    )
    there = old.execute(query, [old.info.dbname]).fetchone() or ("", "", "", 0)
    here = new.execute(query, [target.database]).fetchone()
    yield _say(
        "fact", "size", f"{there[3]:,} bytes; the dump needs a part of that, the new database all of it"
    )
    if here is not None and here[0] != there[0]:
        yield _say("error", "encoding", f"{there[0]} there, {here[0]} here")
    if here is not None and here[1:3] != there[1:3]:
        yield _say("warning", "collation", f"{there[1]} there, {here[1]} here: texts sort differently")
    if here is not None:
        with target.open() as connection:
            tables = scalar(
                connection,
                "SELECT count(*) FROM pg_tables WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema'",
            )
        if tables:
            yield _say(
                "error", "target", f"{target.database} has {tables} tables already: nothing is replaced"
            )
    prepared = scalar(old, "SELECT count(*) FROM pg_prepared_xacts WHERE database = current_database()")
    if prepared:
        yield _say("error", "transactions", f"{prepared} prepared transactions are neither done nor undone")
    unlogged = scalar(old, "SELECT count(*) FROM pg_class WHERE relpersistence = 'u'")
    if unlogged:
        yield _say("warning", "tables", f"{unlogged} relations are unlogged, and will be there too")


def _extensions(old: psycopg.Connection[Any], new: psycopg.Connection[Any]) -> Iterator[Finding]:
    available = dict(new.execute("SELECT name, default_version FROM pg_available_extensions").fetchall())
    for name, version in old.execute("SELECT extname, extversion FROM pg_extension").fetchall():
        if name not in available:
            yield _say("error", "extensions", f"{name} {version} is not available here")
        else:
            yield _say("fact", "extensions", f"{name}: {version} there, {available[name]} here")


def _roles(
    old: psycopg.Connection[Any], new: psycopg.Connection[Any], owner: str | None
) -> Iterator[Finding]:
    here = {name for (name,) in new.execute("SELECT quote_ident(rolname) FROM pg_roles").fetchall()}
    if owner is not None and owner not in here:
        yield _say("error", "roles", f"{owner}, who is to own everything, is missing here")
    for (name,) in old.execute(_ROLES).fetchall():
        if name not in here and owner is None:
            yield _say("error", "roles", f"{name} owns or may do something there, and is missing here")
        elif name not in here:
            yield _say("warning", "roles", f"{name} is missing here; {owner} will own what was his")


def _busy(old: psycopg.Connection[Any]) -> Iterator[Finding]:
    queries: tuple[tuple[Level, str, LiteralString, str], ...] = (
        ("warning", "transactions", _LONG, "open for long, as pg_dump would have to wait for it: {}"),
        ("error", "locks", _LOCKS, "pg_dump would wait for this lock: {}"),
        ("error", "guard", _OVERRULING, "{} may write whatever the database's setting says"),
    )
    for level, check, query, message in queries:
        for (found,) in old.execute(query).fetchall():
            yield _say(level, check, message.format(found))
