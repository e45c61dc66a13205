"""What lies in S3: keys, the schema of the Parquet files, and the manifest of a month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Final, Literal

import pyarrow as pa
from pydantic import BaseModel, ConfigDict, Field

SCHEMA_VERSION: Final = 1
"""Grows with every change of the columns; a reader of version n reads all before it."""
VERSION_KEY: Final = b"fleet.positions.schema_version"
PREFIX: Final = "positions"
_UTC: Final = pa.timestamp("us", tz="UTC")

SCHEMA: Final = pa.schema(
    [
        pa.field("vehicle_id", pa.string(), nullable=False),
        pa.field("device_time", _UTC, nullable=False),
        pa.field("accepted_at", _UTC, nullable=False),
        pa.field("stored_at", _UTC, nullable=False),
        pa.field("latitude", pa.float64(), nullable=False),
        pa.field("longitude", pa.float64(), nullable=False),
        pa.field("speed_kmh", pa.float32()),
        pa.field("heading_degrees", pa.float32()),
        # JSON, as PostgreSQL writes it.
        pa.field("details", pa.string()),
    ],
    metadata={VERSION_KEY: str(SCHEMA_VERSION).encode()},
)
COLUMNS: Final = tuple(SCHEMA.names)


@dataclass(frozen=True, slots=True, order=True)
class Part:
    """What is archived at once: a month, or the rows of it that came after it had left."""

    month: date
    """Its first day; months are those of UTC."""
    generation: int = 1

    @property
    def folder(self) -> str:
        """Where the files of the month lie, with a slash at the end."""
        return f"{PREFIX}/year={self.month.year}/month={self.month.month:02}/"

    @property
    def files_prefix(self) -> str:
        """What the keys of all its files begin with."""
        return f"{self.folder}part-{self.generation}-"

    def file_key(self, number: int) -> str:
        """Name a file. An attempt that is repeated makes another version of the same object."""
        return f"{self.files_prefix}{number:05}.parquet"

    @property
    def manifest_key(self) -> str:
        """Name the manifest."""
        return f"{self.folder}manifest-{self.generation}.json"

    @property
    def begin(self) -> str:
        """The first moment of the month."""
        return f"{self.month.isoformat()} 00:00:00+00"

    @property
    def end(self) -> str:
        """The first moment after the month."""
        years, months = divmod(self.month.month, 12)
        return f"{date(self.month.year + years, months + 1, 1).isoformat()} 00:00:00+00"

    def __str__(self) -> str:
        late = f", generation {self.generation}" if self.generation > 1 else ""
        return f"{self.month:%Y-%m}{late}"


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class File(_Document):
    """One Parquet file, exactly that version of the object."""

    key: str
    version: str
    bytes: int
    positions: int
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    first_at: datetime
    last_at: datetime


class Manifest(_Document):
    """What was exported of a month, beside its files."""

    kind: Literal["gps-positions"] = "gps-positions"
    schema_version: int = SCHEMA_VERSION
    month: date
    generation: int
    positions: int
    first_at: datetime | None
    last_at: datetime | None
    checksum: str
    """Sum over all rows of the hash of gps.position_hash, as PostgreSQL computed it."""
    columns: tuple[str, ...] = COLUMNS
    hours: int
    """Rows in gps.position_hours, which stay online."""
    files: tuple[File, ...]
    exported_at: datetime
