"""What was done, when, by whom and with which result: one JSON document for each time.

Records are what gates and the audit evidence read (SEC-12..14, DATA-02, DATA-04). They lie under
`records/<kind>/` of a checkout or of a bucket, and hold figures, never anybody's personal data.
`python -m ops.records schema/record.schema.json` writes their JSON schema.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Protocol, get_args

from pydantic import (
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    JsonValue,
    StrictBool,
    StrictInt,
    ValidationError,
    model_validator,
)

from .errors import OperatorError

Kind = Literal[
    "archive",
    "chaos",
    "drill",
    "failover",
    "masking",
    "migration",
    "migration-dry-run",
    "penetration-test",
    "refresh",
    "restore-test",
]
Result = Literal["passed", "failed", "aborted"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)

SCHEMA_VERSION: Final = 1
PREFIX: Final = "records"
"""Under which records lie in a bucket, a folder for each kind."""

Text = Annotated[str, Field(min_length=1, max_length=4000)]
Figure = StrictBool | StrictInt | FiniteFloat | str
"""A number, or a text where a number would lose digits, as a sum of money does."""


class ObjectStore(Protocol):
    """What of boto3's S3 client is used here."""

    def put_object(self, **arguments: object) -> Any:  # noqa: ANN401  (boto3 has no types of its own)
        """Store an object whole, or not at all."""

    def get_object(self, **arguments: object) -> Any:  # noqa: ANN401
        """Read an object."""

    def get_paginator(self, operation_name: str) -> Any:  # noqa: ANN401
        """Go through all pages of a listing."""


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Step(_Model):
    """One part of the work, in the order in which it was done."""

    name: Text
    result: Result
    started_at: AwareDatetime | None = None
    finished_at: AwareDatetime | None = None
    detail: str = ""


class Record(_Model):
    """One piece of work that is proven to have been done, or to have failed.

    Times carry their offset from UTC. `by` is who did it: a person, or the identity of a job. `figures` are
    measured numbers, `details` whatever else the kind knows.
    """

    kind: Kind
    schema_version: Literal[1] = SCHEMA_VERSION
    environment: Annotated[str, Field(pattern=r"^(prod|staging|testing|dr|dev(-[a-z0-9-]+)?)$")]
    started_at: AwareDatetime
    finished_at: AwareDatetime
    by: Text
    result: Result
    figures: dict[str, Figure] = Field(default_factory=dict)
    steps: tuple[Step, ...] = ()
    details: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_consistent(self) -> Record:
        if self.finished_at < self.started_at:
            raise ValueError("finished_at is before started_at")
        failed = [step.name for step in self.steps if step.result != "passed"]
        if self.result == "passed" and failed:
            raise ValueError(f"the result is passed, but not that of {', '.join(failed)}")
        return self

    def to_text(self) -> str:
        """Give the record as the text of its file: the same record always gives the same text."""
        return json.dumps(self.model_dump(mode="json"), indent=2, ensure_ascii=False, sort_keys=True) + "\n"

    @property
    def file_name(self) -> str:
        """When it began (UTC), where, and a digest: the same record twice is one file, another never."""
        began = self.started_at.astimezone(UTC)
        digest = hashlib.sha256(self.to_text().encode()).hexdigest()[:12]
        return f"{began:%Y%m%dT%H%M%SZ}-{self.environment}-{digest}.json"


def parse(text: str | bytes, source: str) -> Record:
    """Read a record. Raises OperatorError with a line for each mistake, `source` first."""
    try:
        return Record.model_validate_json(text)
    except ValidationError as error:
        lines = [
            f"{source}: {'.'.join(map(str, problem['loc'])) or 'record'}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]
        raise OperatorError("\n".join(lines)) from None


def write(record: Record, folder: Path = Path(PREFIX)) -> Path:
    """Write a record below `folder`, whole or not at all, and give its path."""
    place = folder / record.kind / record.file_name
    place.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=place.parent, prefix=".", suffix=".unfinished")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(record.to_text())
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).chmod(0o644)
        Path(unfinished).replace(place)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    return place


def read_all(folder: Path = Path(PREFIX), *, kind: Kind | None = None) -> list[Record]:
    """Read every record below `folder`, oldest first; none where the folder is missing.

    Raises OperatorError with all mistakes of all files: a record that cannot be read is never skipped.
    """
    kinds = KINDS if kind is None else (kind,)
    paths = [path for each in kinds for path in sorted((folder / each).glob("*.json"))]
    return _in_order((path.as_posix(), path.read_bytes(), path.parent.name) for path in paths)


def put(record: Record, bucket: str, prefix: str = PREFIX, *, client: ObjectStore) -> str:
    """Store a record in a bucket, encrypted as the bucket encrypts, and give its key."""
    key = f"{prefix}/{record.kind}/{record.file_name}"
    client.put_object(
        Bucket=bucket,
        Key=key,
        Body=record.to_text().encode(),
        ContentType="application/json",
        # A bucket with Object Lock takes nothing without a checksum.
        ChecksumAlgorithm="SHA256",
    )
    return key


def list_all(
    bucket: str, prefix: str = PREFIX, *, client: ObjectStore, kind: Kind | None = None
) -> list[Record]:
    """Read every record of a bucket, oldest first. Raises OperatorError as `read_all` does."""

    def found() -> Iterator[tuple[str, bytes, str]]:
        for each in KINDS if kind is None else (kind,):
            pages = client.get_paginator("list_objects_v2").paginate(
                Bucket=bucket, Prefix=f"{prefix}/{each}/"
            )
            for key in (entry["Key"] for page in pages for entry in page.get("Contents", ())):
                if key.endswith(".json"):
                    body = client.get_object(Bucket=bucket, Key=key)["Body"].read()
                    yield f"s3://{bucket}/{key}", body, each

    return _in_order(found())


def read_from(place: str) -> list[Record]:
    """Read every record of a folder, or of `s3://<bucket>[/<prefix>]`. Raises OperatorError as `read_all`."""
    if not place.startswith("s3://"):
        return read_all(Path(place))
    import boto3  # noqa: PLC0415  (half a second that most commands need not wait for)
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    try:
        client: Any = boto3.client("s3")
        return list_all(bucket, prefix.strip("/") or PREFIX, client=client)
    except (BotoCoreError, ClientError) as error:
        raise OperatorError(f"{place}: {error}") from None


def _in_order(documents: Iterator[tuple[str, bytes, str]]) -> list[Record]:
    """Parse `(source, text, kind of its folder)`; the order depends on nothing but the records."""
    records: list[Record] = []
    mistakes: list[str] = []
    for source, text, kind in documents:
        try:
            record = parse(text, source)
        except OperatorError as error:
            mistakes.append(str(error))
            continue
        if record.kind != kind:
            mistakes.append(f"{source}: kind: is {record.kind}, but lies among {kind}")
        records.append(record)
    if mistakes:
        raise OperatorError("\n".join(mistakes))
    return sorted(records, key=lambda record: (record.started_at, record.kind, record.file_name))


def schema() -> str:
    """Give the JSON schema of a record as the text of its file."""
    return json.dumps(Record.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    Path(sys.argv[1]).write_text(schema(), encoding="utf-8")
