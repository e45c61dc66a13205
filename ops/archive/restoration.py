"""An archived month back in a table of the schema `gps_restored`, for an inquiry."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Final

import psycopg
import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
from botocore.exceptions import ClientError
from psycopg import sql

from ops.errors import OperatorError

from . import ledger
from .content import EMPTY
from .export import Progress
from .layout import COLUMNS, File
from .objects import Bucket
from .verification import BATCH_ROWS, read_file

THAWED_DAYS: Final = 7
"""How long a copy of an object out of Glacier can be read."""
UNDER_WAY: Final = "RestoreAlreadyInProgress"
_LOADED: Final = (
    "SELECT count(*), coalesce(sum(gps.position_hash(vehicle_id, device_time, accepted_at, stored_at,"
    " latitude, longitude, speed_kmh, heading_degrees, details::text)), 0) FROM {}"
)


class NotYetError(Exception):
    """Objects were asked for out of Glacier, which takes hours; the same command goes on then."""


def restore(connection: psycopg.Connection, month: date, bucket: Bucket, progress: Progress) -> str:
    """Load all generations of a month, in one transaction; give the table's name.

    What was loaded is compared with what was verified. Raises NotYetError where Glacier is to be asked first.
    """
    parts = [
        entry
        for entry in ledger.entries(connection)
        if entry.month == month and entry.state in {"verified", "detached", "dropped"}
    ]
    if not parts:
        raise OperatorError(f"{month:%Y-%m} is not in the archive")
    listed = {entry.part: ledger.files(connection, entry.part) for entry in parts}
    _thaw([file for files in listed.values() for file in files], bucket, progress)
    name = f"positions_{month:%Y_%m}"
    table = sql.Identifier("gps_restored", name)
    with connection.transaction():
        connection.execute(sql.SQL("DROP TABLE IF EXISTS {}").format(table))
        connection.execute(
            sql.SQL(
                "CREATE TABLE {} (vehicle_id text NOT NULL, device_time timestamptz NOT NULL,"
                " accepted_at timestamptz NOT NULL, stored_at timestamptz NOT NULL,"
                " latitude double precision NOT NULL, longitude double precision NOT NULL,"
                " speed_kmh real, heading_degrees real, details jsonb)"
            ).format(table)
        )
        total = EMPTY
        for entry in parts:
            for file in listed[entry.part]:
                _load(connection, table, file, bucket)
                progress(f"{entry.part}: {file.key} loaded")
            total += entry.content
        connection.execute(sql.SQL("CREATE INDEX ON {} (vehicle_id, device_time)").format(table))
        found = connection.execute(sql.SQL(_LOADED).format(table)).fetchone()
        if found is None or (found[0], int(found[1])) != (total.positions, total.checksum):
            raise OperatorError(f"{name} was not loaded as it was archived: {found}, archived {total}")
    return f"gps_restored.{name}"


def _load(connection: psycopg.Connection, table: sql.Identifier, file: File, bucket: Bucket) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, COLUMNS))
    copy_in = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(table, columns)
    with tempfile.TemporaryDirectory(prefix="archive-") as folder:
        path = Path(folder) / "part.parquet"
        read_file(file, bucket, keep=path)
        with pq.ParquetFile(path) as parquet, connection.cursor() as cursor, cursor.copy(copy_in) as copy:
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                text = pa.BufferOutputStream()
                pa_csv.write_csv(
                    batch, text, pa_csv.WriteOptions(include_header=False, quoting_style="needed")
                )
                copy.write(text.getvalue().to_pybytes())


def _thaw(files: list[File], bucket: Bucket, progress: Progress) -> None:
    """Ask Glacier for what cannot be read; raise NotYetError where there is any."""
    waiting = 0
    for file in files:
        head = bucket.client.head_object(Bucket=bucket.name, Key=file.key, VersionId=file.version)
        frozen = head.get("StorageClass") in {"GLACIER", "DEEP_ARCHIVE"}
        if not frozen or 'ongoing-request="false"' in head.get("Restore", ""):
            continue
        waiting += 1
        if "Restore" in head:
            continue
        try:
            bucket.client.restore_object(
                Bucket=bucket.name,
                Key=file.key,
                VersionId=file.version,
                RestoreRequest={"Days": THAWED_DAYS, "GlacierJobParameters": {"Tier": "Standard"}},
            )
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") != UNDER_WAY:
                raise
        progress(f"{file.key}: asked for")
    if waiting:
        raise NotYetError(
            f"{waiting} of {len(files)} objects come out of Glacier within 5 hours;"
            " run the command again then"
        )
