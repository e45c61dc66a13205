"""What rows are, whatever their order: how many, from when to when, and the sum of their hashes.

The hash is that of `gps.position_hash` in `infra/workloads/jobs/sql/gps_archive.sql`: the same bytes,
computed here from what Parquet holds. A test compares both, row by row.
"""

from __future__ import annotations

import hashlib
import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc

POSTGRES_EPOCH_US: Final = 946_684_800_000_000
"""2000-01-01, from which PostgreSQL counts, in microseconds of Unix time."""
_UNIX: Final = datetime(1970, 1, 1, tzinfo=UTC)
_HEAD: Final = struct.Struct(">qqqdd")
_REAL: Final = struct.Struct(">f")
_LENGTH: Final = struct.Struct(">i")
_NONE: Final = b"\x00"
_SOME: Final = b"\x01"


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Rows as a whole."""

    positions: int
    first_at: datetime | None
    last_at: datetime | None
    checksum: int

    def __add__(self, other: Content) -> Content:
        return Content(
            positions=self.positions + other.positions,
            first_at=min((at for at in (self.first_at, other.first_at) if at is not None), default=None),
            last_at=max((at for at in (self.last_at, other.last_at) if at is not None), default=None),
            checksum=self.checksum + other.checksum,
        )


EMPTY: Final = Content(positions=0, first_at=None, last_at=None, checksum=0)


def content_of(batch: pa.RecordBatch) -> Content:
    """Count and hash the rows of a batch in the archive's schema."""
    if not batch.num_rows:
        return EMPTY
    times = [_microseconds(batch.column(name)) for name in ("device_time", "accepted_at", "stored_at")]
    others = [
        batch.column(name).to_pylist()
        for name in ("latitude", "longitude", "speed_kmh", "heading_degrees", "vehicle_id", "details")
    ]
    total = 0
    head, real, length, md5, number = _HEAD.pack, _REAL.pack, _LENGTH.pack, hashlib.md5, int.from_bytes
    for device, accepted, stored, latitude, longitude, speed, heading, vehicle, details in zip(
        *times, *others, strict=True
    ):
        name = vehicle.encode()
        row = b"".join(
            (
                head(
                    device - POSTGRES_EPOCH_US,
                    accepted - POSTGRES_EPOCH_US,
                    stored - POSTGRES_EPOCH_US,
                    latitude,
                    longitude,
                ),
                _NONE if speed is None else _SOME + real(speed),
                _NONE if heading is None else _SOME + real(heading),
                length(len(name)),
                name,
                _NONE if details is None else _SOME + details.encode(),
            )
        )
        total += number(md5(row, usedforsecurity=False).digest()[:8], "big", signed=True)
    first, last = min(times[0]), max(times[0])
    return Content(positions=batch.num_rows, first_at=moment(first), last_at=moment(last), checksum=total)


def moment(microseconds: int) -> datetime:
    """Turn microseconds of Unix time into a moment, exactly."""
    return _UNIX + timedelta(microseconds=microseconds)


def _microseconds(column: pa.Array) -> list[int]:
    return pc.cast(column, pa.int64()).to_pylist()
