"""Whether S3 holds what the database held: every byte and every row is read back."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

import psycopg
import pyarrow.parquet as pq
from pydantic import ValidationError

from . import ledger
from .aggregation import positions_aggregated
from .content import EMPTY, Content, content_of
from .layout import SCHEMA, SCHEMA_VERSION, VERSION_KEY, File, Manifest
from .objects import Bucket, FrozenObjectError

if TYPE_CHECKING:
    from .export import Progress
    from .ledger import Entry

BATCH_ROWS: Final = 50_000


class MismatchError(Exception):
    """What S3 holds is not what was exported: the month has to be exported again."""


def read_back(connection: psycopg.Connection, entry: Entry, bucket: Bucket, progress: Progress) -> Content:
    """Read a part back from S3, and compare it with what the database said of it when it was exported.

    Raises MismatchError with what differs.
    """
    part = entry.part
    files = ledger.files(connection, part)
    try:
        _check_manifest(entry, files, bucket)
        check_versions(entry, files, bucket)
        total = EMPTY
        for file in files:
            total += read_file(file, bucket)
            progress(f"{part}: {file.key} read back")
    except FrozenObjectError as error:
        raise MismatchError(f"{error} before it was verified") from error
    if total != entry.content:
        raise MismatchError(f"{part}: S3 holds {total}, the database exported {entry.content}")
    aggregated = positions_aggregated(connection, part)
    if aggregated != total.positions:
        raise MismatchError(f"{part}: {total.positions} positions, {aggregated} of them aggregated")
    return total


def read_file(file: File, bucket: Bucket, keep: Path | None = None) -> Content:
    """Read a file of the archive, byte by byte and row by row; keep it at `keep`, if given.

    Raises MismatchError where it is not what it was, FrozenObjectError where it lies in Glacier.
    """
    with tempfile.TemporaryDirectory(prefix="archive-") as folder:
        path = Path(folder) / "part.parquet" if keep is None else keep
        got = bucket.download(file.key, file.version, path)
        if (got.bytes, got.sha256) != (file.bytes, file.sha256):
            raise MismatchError(
                f"{file.key}: {got.bytes} bytes with SHA-256 {got.sha256},"
                f" sent were {file.bytes} with {file.sha256}"
            )
        total = EMPTY
        with pq.ParquetFile(path) as parquet:
            written = parquet.schema_arrow
            version = (written.metadata or {}).get(VERSION_KEY)
            if not written.equals(SCHEMA) or version != str(SCHEMA_VERSION).encode():
                raise MismatchError(f"{file.key} has another schema: version {version!r}")
            for batch in parquet.iter_batches(batch_size=BATCH_ROWS):
                total += content_of(batch)
    if (total.positions, total.first_at, total.last_at) != (file.positions, file.first_at, file.last_at):
        raise MismatchError(f"{file.key} holds {total}, its entry says {file}")
    return total


def _check_manifest(entry: Entry, files: list[File], bucket: Bucket) -> None:
    key, version = entry.manifest_key, entry.manifest_version
    if key is None or version is None:
        raise MismatchError(f"{entry.part} has no manifest")
    try:
        found = Manifest.model_validate(json.loads(b"".join(bucket.pieces(key, version))))
    except (ValidationError, ValueError) as error:
        raise MismatchError(f"{key} is no manifest: {error}") from error
    said = (found.month, found.generation, found.positions, found.checksum, found.hours, found.files)
    known = (
        entry.month,
        entry.generation,
        entry.positions,
        str(entry.content.checksum),
        entry.hours,
        tuple(files),
    )
    if said != known:
        raise MismatchError(f"{key} and the database differ")


def check_versions(entry: Entry, files: list[File], bucket: Bucket) -> None:
    """Raise MismatchError unless what was written still lies there, version by version, and nothing else.

    Reads no object, so it holds for those in Glacier too.
    """
    part = entry.part
    current = bucket.current_versions(part.files_prefix)
    wanted = {file.key: file.version for file in files}
    if current != wanted:
        differing = sorted(key for key in current | wanted if current.get(key) != wanted.get(key))
        raise MismatchError(f"{part}: objects are missing, replaced or nobody's: {', '.join(differing)}")
    manifest = bucket.current_versions(part.manifest_key).get(part.manifest_key)
    if manifest != entry.manifest_version:
        raise MismatchError(f"{part.manifest_key} is missing or was replaced")
