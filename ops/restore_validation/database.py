"""The questions to a restored database, in SQL, and their answers judged.

Nothing is changed and no row leaves: sessions are read-only, answers are counts, times and checksums.

| check | fails when |
|---|---|
| tables | a table of business is missing, or empty |
| counts | a table has lost more than a tenth of the rows that the last good test counted |
| freshness | the newest position is older than RPO at the moment of the backup |
| checksums | a closed set differs from what the last good test recorded of it |

A closed set is what nobody changes any more: posted journal entries of months that ended a quarter ago, and
the first positions of each month of GPS history. A restored volume loads its blocks when they are first read,
so every question reads a bounded part.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, LiteralString

import boto3
import psycopg
from psycopg import sql

from .findings import Answer, Finding, Question, Recorded

USER: Final = "restore_validation"
"""Made by the bootstrap of the database, so every backup has it; it logs in with a token of IAM alone."""
BUSINESS: Final = ("account_move", "res_partner", "res_users", "sale_order", "stock_picking")
"""Tables of Odoo without which there is no business."""
POSITIONS: Final = "gps.positions"
MAY_SHRINK: Final = 0.1
"""A tenth may have been tidied up in a quarter."""
CLOSED_MONTHS: Final = 3
"""How many months ago entries are closed: their tax return is filed."""
ENTRY_MONTHS: Final = 12
"""So many closed months are summed up."""
POSITION_ROWS: Final = 20_000
"""So many positions of a month are summed up, in the order of their key."""
STATEMENT_SECONDS: Final = 240
CONNECT_SECONDS: Final = 15
VEHICLES: Final = 5_000

SESSION: Final = " ".join(
    f"-c {setting}"
    for setting in (
        f"statement_timeout={STATEMENT_SECONDS}s",
        "default_transaction_read_only=on",
        # A checksum is of the text of a row, so the text must not depend on anybody's settings.
        "timezone=UTC",
        "datestyle=ISO",
        "extra_float_digits=1",
    )
)
CERTIFICATES: Final = Path(__file__).with_name("certificates")
"""AWS's own bundles of the authorities of RDS, by region."""

ESTIMATE: Final = """
    SELECT coalesce(sum(greatest(part.reltuples, 0)), 0)::bigint
    FROM pg_inherits JOIN pg_class AS part ON part.oid = inhrelid
    WHERE inhparent = 'gps.positions'::regclass
"""
ANY_POSITION: Final = "SELECT count(*) FROM (SELECT FROM gps.positions LIMIT 1) AS one_row"
NEWEST: Final = """
    WITH RECURSIVE vehicles AS (
        SELECT min(vehicle_id) AS id, 1 AS n FROM gps.positions
        UNION ALL
        SELECT (SELECT min(vehicle_id) FROM gps.positions WHERE vehicle_id > vehicles.id), n + 1
        FROM vehicles WHERE id IS NOT NULL AND n < %s
    )
    SELECT max(newest.device_time) FROM vehicles CROSS JOIN LATERAL (
        SELECT device_time FROM gps.positions
        WHERE vehicle_id = vehicles.id AND device_time > %s AND device_time <= %s
        ORDER BY device_time DESC LIMIT 1
    ) AS newest
"""
ENTRIES: Final = """
    SELECT id, name, move_type, date, amount_total_signed FROM public.account_move
    WHERE state = 'posted' AND date >= %s AND date < %s ORDER BY id
"""
FIRST_POSITIONS: Final = """
    SELECT vehicle_id, device_time, latitude, longitude FROM gps.positions
    WHERE device_time >= %s AND device_time < %s ORDER BY vehicle_id, device_time LIMIT %s
"""
SUM: Final = sql.SQL(
    "SELECT count(*), md5(coalesce(string_agg(md5(entry::text), '' ORDER BY n), ''))"
    " FROM (SELECT entry, row_number() OVER () AS n FROM ({}) AS entry) AS numbered"
)

Connect = Callable[[str], AbstractContextManager[psycopg.Connection]]
"""Opens a read-only session in a database of the restored instance."""


def handler(event: Mapping[str, Any], _context: object = None) -> dict[str, Any]:
    """Answer a question as the function in the network: log in by IAM and ask."""
    question = Question.model_validate(event)
    return examine(question, by_token(question)).model_dump(mode="json")


def by_token(question: Question) -> Connect:
    """Give sessions that log in with a token, which is signed here and valid for 15 minutes."""

    def connect(database: str) -> psycopg.Connection:
        token = boto3.client("rds").generate_db_auth_token(
            DBHostname=question.host, Port=question.port, DBUsername=USER
        )
        return psycopg.connect(
            host=question.host,
            port=question.port,
            dbname=database,
            user=USER,
            password=token,
            sslmode="verify-full",
            sslrootcert=str(CERTIFICATES / f"rds-{os.environ['AWS_REGION']}.pem"),
            connect_timeout=CONNECT_SECONDS,
            application_name="restore-validation",
            options=SESSION,
        )

    return connect


def examine(question: Question, connect: Connect) -> Answer:
    """Ask everything; a question that cannot be asked is a failed check, not an end."""
    findings: list[Finding] = []
    counts: dict[str, int] = {}
    sets: dict[str, Recorded] = {}
    newest: datetime | None = None
    try:
        with connect(question.odoo_database) as odoo:
            counts |= _counts(odoo)
            sets |= dict(_entries(odoo, question.taken_at)) if "account_move" in counts else {}
        with connect(question.gps_database) as gps:
            counts |= _position_count(gps)
            if POSITIONS in counts:
                newest = _newest_position(gps, question.taken_at)
                sets |= dict(_positions(gps, question.taken_at))
    except psycopg.Error as error:
        # The class of an error says what went wrong; its text may quote a row.
        findings.append(
            Finding(name="access", passed=False, detail=f"the database refused: {type(error).__name__}")
        )
    findings += _tables(counts)
    findings += _lost_rows(question.counts, counts)
    if question.max_age_minutes is not None:
        findings.append(_freshness(newest, question.taken_at, timedelta(minutes=question.max_age_minutes)))
    findings += _checksums(question, sets)
    return Answer(findings=tuple(findings), counts=counts, sets=sets, newest_position_at=newest)


def _counts(connection: psycopg.Connection) -> dict[str, int]:
    counts: dict[str, int] = {}
    for table in BUSINESS:
        if _one(connection, "SELECT to_regclass(%s) IS NOT NULL", f"public.{table}"):
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
            counts[table] = int(_one(connection, query))
    return counts


def _position_count(connection: psycopg.Connection) -> dict[str, int]:
    """Take the planner's figure of the partitions: counting a year of positions would read all of them."""
    if not _one(connection, "SELECT to_regclass(%s) IS NOT NULL", POSITIONS):
        return {}
    # A table that was never analysed has no figure yet.
    return {POSITIONS: int(_one(connection, ESTIMATE) or _one(connection, ANY_POSITION))}


def _newest_position(connection: psycopg.Connection, taken_at: datetime) -> datetime | None:
    """Find the newest position before the backup, by a step of the index for each vehicle.

    Devices with a clock that is ahead would hide that nothing came in, so what is later does not count.
    """
    return _one(connection, NEWEST, VEHICLES, taken_at - timedelta(days=31), taken_at)


def _entries(connection: psycopg.Connection, taken_at: datetime) -> Iterator[tuple[str, Recorded]]:
    """Sum up the posted entries of each closed month, by the columns that posting fixes."""
    for begin, end in _months(taken_at, first=CLOSED_MONTHS, count=ENTRY_MONTHS):
        yield (
            f"account_move {begin:%Y-%m}",
            _sum(
                connection,
                ENTRIES,
                begin.date(),
                end.date(),
            ),
        )


def _positions(connection: psycopg.Connection, taken_at: datetime) -> Iterator[tuple[str, Recorded]]:
    for begin, end in _months(taken_at, first=2, count=10):
        yield (
            f"{POSITIONS} {begin:%Y-%m}",
            _sum(
                connection,
                FIRST_POSITIONS,
                begin,
                end,
                POSITION_ROWS,
            ),
        )


def _months(moment: datetime, *, first: int, count: int) -> Iterator[tuple[datetime, datetime]]:
    """Give `count` months in UTC, the newest one ended at least `first - 1` whole months before `moment`."""
    utc = moment.astimezone(UTC)
    number = utc.year * 12 + utc.month - 1

    def start(index: int) -> datetime:
        return datetime(index // 12, index % 12 + 1, 1, tzinfo=UTC)

    for back in range(first, first + count):
        yield start(number - back), start(number - back + 1)


def _sum(connection: psycopg.Connection, query: LiteralString, *values: object) -> Recorded:
    row = connection.execute(SUM.format(sql.SQL(query)), values).fetchone()
    return Recorded(rows=row[0], checksum=row[1]) if row is not None else Recorded(rows=0, checksum="")


def _one(connection: psycopg.Connection, query: LiteralString | sql.Composed, *values: object) -> Any:  # noqa: ANN401  (a value of SQL)
    row = connection.execute(query, values).fetchone()
    return None if row is None else row[0]


def _tables(counts: Mapping[str, int]) -> Iterator[Finding]:
    for table in (*BUSINESS, POSITIONS):
        if table not in counts:
            yield Finding(name=f"table {table}", passed=False, detail="is missing")
        elif counts[table] == 0:
            yield Finding(name=f"table {table}", passed=False, detail="is empty")
        else:
            yield Finding(name=f"table {table}", passed=True, detail=f"{counts[table]} rows")


def _lost_rows(before: Mapping[str, int], now: Mapping[str, int]) -> Iterator[Finding]:
    for table, rows in sorted(before.items()):
        least = int(rows * (1 - MAY_SHRINK))
        found = now.get(table, 0)
        yield Finding(
            name=f"count of {table}",
            passed=found >= least,
            detail=f"{found} rows, {rows} in the last good test",
        )


def _freshness(newest: datetime | None, taken_at: datetime, limit: timedelta) -> Finding:
    if newest is None:
        return Finding(name="freshness", passed=False, detail="no position of the month before the backup")
    age = taken_at - newest
    return Finding(
        name="freshness",
        passed=age <= limit,
        detail=f"the newest position is {int(age.total_seconds() // 60)} minutes older than the backup,"
        f" at most {int(limit.total_seconds() // 60)} are allowed",
    )


def _checksums(question: Question, found: Mapping[str, Recorded]) -> Iterator[Finding]:
    """Compare what both tests summed up; a month that has left the database since is in the archive."""
    for name, recorded in sorted(question.sets.items()):
        now = found.get(name)
        if now is None:
            continue
        yield Finding(
            name=f"checksum of {name}",
            passed=now == recorded,
            detail=f"{now.rows} rows, {recorded.rows} recorded"
            + ("" if now == recorded else ", and they differ"),
        )
