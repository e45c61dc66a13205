"""What the archive knows of each month, in the database itself (`ops_archive`, made by the bootstrap job)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

import psycopg
from psycopg.rows import class_row, scalar_row

from ops.errors import OperatorError

from .content import Content
from .layout import File, Part

LOCK: Final = 0x0F1E_E7A5
"""Key of the advisory lock: one run at a time, whoever starts it."""
State = Literal["exporting", "exported", "verified", "detached", "dropped", "changed"]
LOCK_TRIES: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """A month, or one generation of it."""

    month: date
    generation: int
    state: State
    attempts: int
    bucket: str
    positions: int | None
    first_at: datetime | None
    last_at: datetime | None
    checksum: int | None
    read_back_positions: int | None
    hours: int | None
    manifest_key: str | None
    manifest_version: str | None
    note: str | None

    @property
    def part(self) -> Part:
        """What it is about."""
        return Part(self.month, self.generation)

    @property
    def content(self) -> Content:
        """What was exported. Raises ValueError before that."""
        if self.positions is None or self.checksum is None:
            raise ValueError(f"{self.part} was not exported")
        return Content(
            positions=self.positions,
            first_at=self.first_at,
            last_at=self.last_at,
            checksum=int(self.checksum),
        )


_ENTRY: Final = """
SELECT month, generation, state, attempts, bucket, positions, first_at, last_at, checksum,
    read_back_positions, hours, manifest_key, manifest_version, note
FROM ops_archive.months
"""


@contextmanager
def one_run(connection: psycopg.Connection) -> Iterator[None]:
    """Hold the lock of the archive. Raises OperatorError where another run holds it."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        if not cursor.execute("SELECT pg_try_advisory_lock(%s)", [LOCK]).fetchone():
            raise OperatorError("another run of the archive is under way")
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def entries(connection: psycopg.Connection) -> list[Entry]:
    """Give all that is known, oldest month first."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(_ENTRY + " ORDER BY month, generation").fetchall()


def latest(connection: psycopg.Connection, month: date) -> Entry | None:
    """Give the last generation of a month."""
    with connection.cursor(row_factory=class_row(Entry)) as cursor:
        return cursor.execute(
            _ENTRY + " WHERE month = %s ORDER BY generation DESC LIMIT 1", [month]
        ).fetchone()


def files(connection: psycopg.Connection, part: Part) -> list[File]:
    """Give the files of a part in their order."""
    with connection.cursor(row_factory=class_row(File)) as cursor:
        return cursor.execute(
            "SELECT key, version, bytes, positions, sha256, first_at, last_at FROM ops_archive.files"
            " WHERE month = %s AND generation = %s ORDER BY part",
            [part.month, part.generation],
        ).fetchall()


def old_months(connection: psycopg.Connection, *, online_months: int) -> list[date]:
    """Give months to archive: old partitions, old rows in the default partition, and what was begun.

    Old is a month all of which is older than `online_months`; the database refuses fewer than its own.
    """
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute(
            """
            WITH cutoff AS (
                SELECT date_trunc('month', now() AT TIME ZONE 'UTC' - make_interval(months => %s))::date AS at
            ), found (month) AS (
                SELECT to_date(right(relname, 7), 'YYYY_MM') FROM pg_inherits
                JOIN pg_class ON pg_class.oid = inhrelid
                WHERE inhparent = 'gps.positions'::regclass AND relname ~ '^positions_\\d{4}_\\d{2}$'
                UNION SELECT month FROM ops_archive.months WHERE state <> 'dropped'
                UNION SELECT gps.straggler_months()
            )
            SELECT month FROM found, cutoff WHERE month < cutoff.at ORDER BY month
            """,
            [online_months],
        ).fetchall()


def is_attached(connection: psycopg.Connection, month: date) -> bool:
    """Whether the month is a partition of the table of positions."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        found = cursor.execute(
            "SELECT EXISTS (SELECT FROM pg_inherits"
            " WHERE inhrelid = to_regclass('gps.' || gps.partition_of(%s))"
            " AND inhparent = 'gps.positions'::regclass)",
            [month],
        ).fetchone()
    return bool(found)


def collect_stragglers(connection: psycopg.Connection, month: date) -> int:
    """Give late rows of a month a partition; give how many they are."""
    with connection.cursor(row_factory=scalar_row) as cursor:
        return cursor.execute("SELECT gps.collect_stragglers(%s)", [month]).fetchone() or 0


def begin(connection: psycopg.Connection, part: Part, bucket: str) -> None:
    """Record that an export begins, the first or another one."""
    connection.execute(
        "INSERT INTO ops_archive.months AS m (month, generation, state, bucket)"
        " VALUES (%s, %s, 'exporting', %s)"
        " ON CONFLICT (month, generation) DO UPDATE SET state = 'exporting', attempts = m.attempts + 1,"
        " bucket = excluded.bucket, exported_at = NULL, verified_at = NULL, detached_at = NULL,"
        " read_back_positions = NULL, read_back_checksum = NULL"
        " WHERE m.state IN ('exporting', 'changed')",
        [part.month, part.generation, bucket],
    )


def exported(
    connection: psycopg.Connection,
    part: Part,
    content: Content,
    found: Sequence[File],
    *,
    hours: int,
    manifest: tuple[str, str],
) -> None:
    """Record, in the transaction of the export, what was exported; `manifest` is key and version."""
    key = [part.month, part.generation]
    connection.execute("DELETE FROM ops_archive.files WHERE month = %s AND generation = %s", key)
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO ops_archive.files VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            [
                (*key, number, f.key, f.version, f.bytes, f.positions, f.sha256, f.first_at, f.last_at)
                for number, f in enumerate(found)
            ],
        )
    connection.execute(
        "UPDATE ops_archive.months SET state = 'exported', exported_at = clock_timestamp(), positions = %s,"
        " first_at = %s, last_at = %s, checksum = %s, hours = %s, manifest_key = %s, manifest_version = %s,"
        " note = NULL WHERE month = %s AND generation = %s AND state = 'exporting'",
        [
            content.positions,
            content.first_at,
            content.last_at,
            content.checksum,
            hours,
            *manifest,
            *key,
        ],
    )


def verified(connection: psycopg.Connection, part: Part, read_back: Content) -> None:
    """Record what was read back from S3 and found equal."""
    connection.execute(
        "UPDATE ops_archive.months SET state = 'verified', verified_at = clock_timestamp(),"
        " read_back_positions = %s, read_back_checksum = %s"
        " WHERE month = %s AND generation = %s AND state = 'exported'",
        [read_back.positions, read_back.checksum, part.month, part.generation],
    )


def changed(connection: psycopg.Connection, part: Part, reason: str) -> None:
    """Record that what was exported is not, or no longer, what the month holds: it is exported again."""
    connection.execute(
        "UPDATE ops_archive.months SET state = 'changed', note = %s"
        " WHERE month = %s AND generation = %s AND state IN ('exported', 'verified')",
        [reason, part.month, part.generation],
    )


def detach(connection: psycopg.Connection, month: date) -> None:
    """Take a verified month out of the table. Raises LockNotAvailable where the lock does not come."""
    connection.execute("SELECT gps.detach_partition(%s)", [month])


def attach(connection: psycopg.Connection, month: date, reason: str) -> None:
    """Put a detached month back, with what came to it meanwhile."""
    connection.execute("SELECT gps.attach_partition(%s, %s)", [month, reason])


def drop(connection: psycopg.Connection, month: date) -> None:
    """Drop a month. Raises IntegrityConstraintViolation where its rows are not those that were verified."""
    connection.execute("SELECT gps.drop_partition(%s)", [month])
