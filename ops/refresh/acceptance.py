"""Whether a masked copy may become the database of an environment (SEC-09, DATA-03).

A function in the network of the environment that takes the copy asks the questions, before anybody else can
reach it. It logs in with a token of IAM as a role that every backup holds, in read-only sessions; answers are
counts and names of columns, never a row.

| check | fails when |
|---|---|
| origin | the database was not marked as the copy of this run |
| masked | masking did not end, or its verification did not |
| columns | a column is there that this environment's manifest neither masks nor declares safe |
| patterns | a column holds addresses, telephone numbers or tax numbers that nobody made up |
| neutralised | the copy would send mail, call partners or charge cards |
| tables | a table of business is missing, or empty |

The verification in production looks for originals, with a key that exists no more; this one looks again for
what is personal by its pattern, in the first pages of each table.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final

import boto3
import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict, Field

from ops.masking.catalog import Relation, read_catalog
from ops.masking.manifest import Manifest, load
from ops.masking.plan import unlisted
from ops.masking.statements import identifier
from ops.masking.verify import NOT_SEARCHED, as_text, is_allowed
from ops.restore_validation.database import (
    BUSINESS,
    CERTIFICATES,
    CONNECT_SECONDS,
    POSITIONS,
    SESSION,
    USER,
)
from ops.restore_validation.findings import Finding, Name

PAGES: Final = 64
"""Pages of a table that are searched: a restored volume loads its blocks when they are first read."""
NAMED: Final = 5
"""So many columns are named; the rest is a number."""

Connect = Callable[[str], AbstractContextManager[psycopg.Connection]]
"""Opens a read-only session in a database of the candidate."""

_READABLE: Final = """
SELECT attrelid, attname FROM pg_attribute JOIN pg_class AS c ON c.oid = attrelid
WHERE attnum > 0 AND NOT attisdropped AND c.relkind IN ('r', 'm')
    AND has_schema_privilege(c.relnamespace, 'USAGE') AND has_column_privilege(attrelid, attnum, 'SELECT')
"""
_ANY_POSITION: Final = "SELECT EXISTS (SELECT FROM gps.positions)"
_NEUTRALISED: Final = r"""
SELECT EXISTS (
    SELECT FROM public.ir_config_parameter WHERE key = 'database.is_neutralized' AND value = 'true')
    AND NOT EXISTS (SELECT FROM public.ir_mail_server WHERE active AND smtp_host !~ '(^|\.)invalid$')
"""


class Candidate(BaseModel):
    """A restored copy, and whose copy it should be."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    host: str
    port: int = 5432
    odoo_database: Name
    gps_database: Name
    source_snapshot: str = Field(min_length=1)
    """What production's run copied: masking marked each database with it."""


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer as the function: whether all passed, and in one line what did not."""
    candidate = Candidate.model_validate(event)
    findings = accept(candidate, by_token(candidate), load())
    failed = [f"{finding.name}: {finding.detail}" for finding in findings if not finding.passed]
    return {
        "passed": bool(findings) and not failed,
        "summary": "; ".join(failed) or f"{len(findings)} checks passed",
        "findings": [finding.model_dump() for finding in findings],
    }


def by_token(candidate: Candidate) -> Connect:
    """Give sessions that log in with a token, which is signed here and valid for 15 minutes."""

    def connect(database: str) -> psycopg.Connection:
        token = boto3.client("rds").generate_db_auth_token(
            DBHostname=candidate.host, Port=candidate.port, DBUsername=USER
        )
        return psycopg.connect(
            host=candidate.host,
            port=candidate.port,
            dbname=database,
            user=USER,
            password=token,
            sslmode="verify-full",
            sslrootcert=str(CERTIFICATES / f"rds-{os.environ['AWS_REGION']}.pem"),
            connect_timeout=CONNECT_SECONDS,
            application_name="refresh-acceptance",
            options=SESSION,
        )

    return connect


def accept(candidate: Candidate, connect: Connect, manifest: Manifest) -> tuple[Finding, ...]:
    """Ask everything; a question that cannot be asked is a failed check, not an end."""
    findings: list[Finding] = []
    for database, smoke in (
        (candidate.odoo_database, _is_a_business),
        (candidate.gps_database, _has_positions),
    ):
        try:
            with connect(database) as connection:
                findings += _origin(database, connection, candidate.source_snapshot)
                findings += _again(database, connection, manifest)
                findings += smoke(connection)
        except psycopg.Error as error:
            # The class of an error says what went wrong; its text may quote a row.
            findings.append(
                Finding(name=f"access to {database}", passed=False, detail=f"refused: {type(error).__name__}")
            )
    return tuple(findings)


def _origin(database: str, connection: psycopg.Connection, source_snapshot: str) -> Iterator[Finding]:
    marked = _one(connection, "SELECT to_regclass('ops_masking.copy') IS NOT NULL")
    source = _one(connection, "SELECT source_snapshot FROM ops_masking.copy") if marked else None
    yield Finding(
        name=f"origin of {database}",
        passed=source == source_snapshot,
        detail=f"marked as a copy of {source}" if source else "was never marked as a copy",
    )
    begun = _one(connection, "SELECT to_regclass('ops_masking.run') IS NOT NULL")
    ended = (
        _one(
            connection,
            "SELECT finished_at IS NOT NULL AND verified_at IS NOT NULL AND verified_at >= finished_at"
            " FROM ops_masking.run",
        )
        if begun
        else None
    )
    yield Finding(
        name=f"masking of {database}",
        passed=ended is True,
        detail="ended and was verified" if ended else "did not end, or was not verified after it",
    )


def _again(database: str, connection: psycopg.Connection, manifest: Manifest) -> Iterator[Finding]:
    """Verify again what needs no key: that every column is listed, and that no pattern is found."""
    relations = read_catalog(connection)
    missed = unlisted(manifest, relations)
    yield Finding(
        name=f"columns of {database}",
        passed=not missed,
        detail=_named(missed) or f"all columns of {len(relations)} tables are listed",
    )
    readable: dict[int, set[str]] = {}
    for oid, column in connection.execute(_READABLE).fetchall():
        readable.setdefault(oid, set()).add(column)
    searched = 0
    found: list[str] = []
    for relation in relations.values():
        names = [
            column.name
            for column in relation.columns.values()
            if column.must_be_listed
            and column.type not in NOT_SEARCHED
            and column.name in readable.get(relation.oid, ())
        ]
        if relation.holds_rows and names:
            searched += len(names)
            found += _patterns(connection, relation, names, manifest)
    yield Finding(
        name=f"patterns in {database}",
        passed=not found,
        detail=_named(found) or f"none in {searched} columns",
    )


def _patterns(
    connection: psycopg.Connection, relation: Relation, names: list[str], manifest: Manifest
) -> Iterator[str]:
    values = sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(number), as_text(relation.columns[name].type, name))
        for number, name in enumerate(names)
    )
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    rows = connection.execute(
        sql.SQL(
            "WITH t AS NOT MATERIALIZED (SELECT {columns} FROM ONLY {table}"
            " WHERE ctid < format('(%%s,0)', %(pages)s::bigint)::tid)"
            " SELECT DISTINCT c.number, pattern FROM t"
            " CROSS JOIN LATERAL (VALUES {values}) AS c (number, value)"
            " CROSS JOIN LATERAL ops_masking.detect(c.value) AS pattern WHERE c.value <> ''"
        ).format(columns=columns, table=identifier(relation), values=values),
        {"pages": PAGES},
    ).fetchall()
    for number, pattern in rows:
        if not is_allowed(manifest, relation, names[number], pattern):
            yield f"{relation.listed_as}.{names[number]} holds {pattern}"


def _is_a_business(connection: psycopg.Connection) -> Iterator[Finding]:
    for table in BUSINESS:
        there = _one(connection, "SELECT to_regclass(%s) IS NOT NULL", f"public.{table}")
        query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier("public", table))
        filled = bool(there) and _one(connection, query)
        yield Finding(
            name=f"table {table}",
            passed=bool(filled),
            detail="has rows" if filled else "is empty" if there else "is missing",
        )
    neutralised = _one(connection, _NEUTRALISED)
    yield Finding(
        name="neutralised",
        passed=neutralised is True,
        detail="sends nothing" if neutralised else "it would send mail or call partners",
    )


def _has_positions(connection: psycopg.Connection) -> Iterator[Finding]:
    there = _one(connection, "SELECT to_regclass(%s) IS NOT NULL", POSITIONS)
    filled = bool(there) and bool(_one(connection, _ANY_POSITION))
    yield Finding(
        name=f"table {POSITIONS}",
        passed=filled,
        detail="has rows" if filled else "is empty" if there else "is missing",
    )


def _named(lines: Sequence[str]) -> str:
    rest = f" and {len(lines) - NAMED} more" if len(lines) > NAMED else ""
    return ", ".join(sorted(set(lines))[:NAMED]) + rest


def _one(connection: psycopg.Connection, query: Any, *values: object) -> Any:  # noqa: ANN401  (a value of SQL)
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]
