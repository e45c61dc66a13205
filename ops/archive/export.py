"""One month out of the database: aggregated, counted, hashed and written to S3, all of one snapshot.

Everything happens in one transaction. Killed at any point, it leaves objects that nobody refers to, and the
next attempt makes newer versions of them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final

import psycopg
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from psycopg.rows import class_row

from . import ledger
from .aggregation import aggregate
from .content import EMPTY, Content, moment
from .layout import SCHEMA, File, Manifest, Part
from .objects import Bucket, Upload

Progress = Callable[[str], None]
BLOCK_BYTES: Final = 8 * 1024 * 1024
"""Of rows as text, before they become columns."""

_CONTENT: Final = """
SELECT count(*) AS positions, min(device_time) AS first_at, max(device_time) AS last_at,
    coalesce(sum(gps.position_hash(vehicle_id, device_time, accepted_at, stored_at, latitude, longitude,
        speed_kmh, heading_degrees, details::text)), 0) AS checksum
FROM gps.positions WHERE device_time >= %s AND device_time < %s
"""
_ROWS: Final = """
COPY (
    SELECT vehicle_id, round(date_part('epoch', device_time) * 1e6)::bigint,
        round(date_part('epoch', accepted_at) * 1e6)::bigint,
        round(date_part('epoch', stored_at) * 1e6)::bigint,
        latitude, longitude, speed_kmh, heading_degrees, details::text
    FROM gps.positions WHERE device_time >= %s AND device_time < %s
    ORDER BY vehicle_id, device_time
) TO STDOUT (FORMAT csv)
"""
_TEXT: Final = pa_csv.ConvertOptions(
    column_types={
        field.name: pa.int64() if pa.types.is_timestamp(field.type) else field.type for field in SCHEMA
    },
    null_values=[""],
    strings_can_be_null=True,
    # An empty text comes as "", NULL as nothing.
    quoted_strings_can_be_null=False,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """How large files and groups of rows are."""

    rows_per_file: int = 2_000_000
    rows_per_group: int = 200_000


def content(connection: psycopg.Connection, part: Part) -> Content:
    """Count and hash what the month holds now."""
    with connection.cursor(row_factory=class_row(Content)) as cursor:
        found = cursor.execute(_CONTENT, [part.begin, part.end]).fetchone() or EMPTY
    # PostgreSQL's sum is a Decimal.
    return replace(found, checksum=int(found.checksum))


def export(
    connection: psycopg.Connection, part: Part, bucket: Bucket, *, sizes: Sizes, progress: Progress
) -> None:
    """Export a month whose export was recorded as begun; its state is `exported` when this returns.

    `connection` must not be in a transaction. Rows that are written while this runs are not part of it.
    """
    with connection.transaction():
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        found = content(connection, part)
        progress(f"{part}: {found.positions:,} positions")
        hours = aggregate(connection, part)
        progress(f"{part}: {hours:,} rows by vehicle and hour")
        files = _write(connection, part, bucket, sizes, progress)
        manifest = Manifest(
            month=part.month,
            generation=part.generation,
            positions=found.positions,
            first_at=found.first_at,
            last_at=found.last_at,
            checksum=str(found.checksum),
            hours=hours,
            files=tuple(files),
            exported_at=datetime.now(UTC),
        )
        body = json.dumps(manifest.model_dump(mode="json"), indent=2).encode()
        written = bucket.put(part.manifest_key, body)
        ledger.exported(connection, part, found, files, hours=hours, manifest=(written.key, written.version))
    progress(f"{part}: exported")


def _write(
    connection: psycopg.Connection, part: Part, bucket: Bucket, sizes: Sizes, progress: Progress
) -> list[File]:
    """Write all rows, so many to a file."""
    files: list[File] = []
    # Closed in any case: a COPY that nobody reads to its end would keep the connection from rolling back.
    with closing(_tables(connection, part)) as tables:
        groups = _groups(tables, sizes.rows_per_group)
        group = next(groups, None)
        while group is not None:
            with Upload(bucket, part.file_key(len(files))) as upload:
                positions = 0
                bounds: list[int] = []
                with pq.ParquetWriter(
                    pa.PythonFile(upload, mode="w"), SCHEMA, compression="zstd", write_statistics=True
                ) as writer:
                    while group is not None and positions < sizes.rows_per_file:
                        writer.write_table(group, row_group_size=sizes.rows_per_group)
                        times = pc.cast(group.column("device_time"), pa.int64())
                        found = pc.call_function("min_max", [times]).as_py()
                        bounds += found.values()
                        positions += group.num_rows
                        group = next(groups, None)
                written = upload.finish()
            files.append(
                File(
                    key=written.key,
                    version=written.version,
                    bytes=written.bytes,
                    positions=positions,
                    sha256=written.sha256,
                    first_at=moment(min(bounds)),
                    last_at=moment(max(bounds)),
                )
            )
            progress(f"{part}: {written.key}, {positions:,} positions, {written.bytes:,} bytes")
    return files


def _groups(tables: Iterator[pa.Table], rows: int) -> Iterator[pa.Table]:
    """Cut tables into ones of exactly so many rows; the last may have fewer."""
    waiting: list[pa.Table] = []
    count = 0
    for table in tables:
        waiting.append(table)
        count += table.num_rows
        while count >= rows:
            whole = pa.concat_tables(waiting)
            # One chunk: what is cut off must not keep the whole alive.
            yield whole.slice(0, rows).combine_chunks()
            rest = whole.slice(rows)
            waiting, count = [rest], rest.num_rows
    if count:
        yield pa.concat_tables(waiting).combine_chunks()


def _tables(connection: psycopg.Connection, part: Part) -> Generator[pa.Table, None, None]:
    """Give the rows of a month as tables of some megabytes, ordered by vehicle and time."""
    with connection.cursor() as cursor, cursor.copy(_ROWS, [part.begin, part.end]) as copy:
        block = io.BytesIO()
        while data := copy.read():
            # Each is whole rows.
            block.write(data)
            if block.tell() >= BLOCK_BYTES:
                yield _table(block)
                block = io.BytesIO()
        if block.tell():
            yield _table(block)


def _table(block: io.BytesIO) -> pa.Table:
    parsed = pa_csv.read_csv(
        pa.BufferReader(block.getbuffer()),
        read_options=pa_csv.ReadOptions(column_names=SCHEMA.names, use_threads=False),
        parse_options=pa_csv.ParseOptions(newlines_in_values=True),
        convert_options=_TEXT,
    )
    return parsed.cast(SCHEMA)
