"""Objects of the archive's bucket: written in pieces with little memory, read as exactly one version."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from ops.errors import OperatorError

PIECE_BYTES: Final = 8 * 1024 * 1024
"""Of a multipart upload; S3 takes none below 5 MiB but the last, and 10,000 of them."""
READ_BYTES: Final = 1024 * 1024
FROZEN: Final = "InvalidObjectState"
"""What S3 answers to who reads an object that lies in Glacier."""


class FrozenObjectError(Exception):
    """The object lies in Glacier: it can be read some hours after somebody asked for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """An object as it was sent."""

    key: str
    version: str
    bytes: int
    sha256: str


@dataclass(slots=True)
class Bucket:
    """A versioned bucket."""

    name: str
    client: Any
    """boto3's, which has no types of its own."""

    @classmethod
    def connect(cls, name: str, *, endpoint: str | None = None) -> Self:
        """Reach S3 with the role of the pod; `endpoint` for another one than AWS's."""
        config = Config(
            retries={"mode": "standard", "total_max_attempts": 5}, connect_timeout=10, read_timeout=60
        )
        return cls(name, boto3.client("s3", endpoint_url=endpoint, config=config))

    def check(self) -> None:
        """Raise OperatorError where the bucket keeps no versions: a verified object could be replaced."""
        status = self.client.get_bucket_versioning(Bucket=self.name).get("Status")
        if status != "Enabled":
            raise OperatorError(f"bucket {self.name} keeps no versions: nothing is archived to it")

    def put(self, key: str, body: bytes) -> Written:
        """Write a small object at once."""
        answer = self.client.put_object(Bucket=self.name, Key=key, Body=body)
        return Written(
            key=key,
            version=answer["VersionId"],
            bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
        )

    def pieces(self, key: str, version: str) -> Iterator[bytes]:
        """Read a version of an object, piece by piece. Raises FrozenObjectError where it lies in Glacier."""
        try:
            body = self.client.get_object(Bucket=self.name, Key=key, VersionId=version)["Body"]
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") == FROZEN:
                raise FrozenObjectError(f"s3://{self.name}/{key} lies in Glacier") from error
            raise
        with body:
            yield from iter(lambda: body.read(READ_BYTES), b"")

    def download(self, key: str, version: str, path: Path) -> Written:
        """Read a version of an object into a file; give what came."""
        digest, size = hashlib.sha256(), 0
        with path.open("wb") as file:
            for piece in self.pieces(key, version):
                digest.update(piece)
                size += len(piece)
                file.write(piece)
        return Written(key=key, version=version, bytes=size, sha256=digest.hexdigest())

    def current_versions(self, prefix: str) -> dict[str, str]:
        """Give the current version of every object below a prefix."""
        pages = self.client.get_paginator("list_object_versions").paginate(Bucket=self.name, Prefix=prefix)
        return {
            found["Key"]: found["VersionId"]
            for page in pages
            for found in page.get("Versions", [])
            if found["IsLatest"]
        }


@dataclass(slots=True)
class Upload:
    """A file that is written to S3 while it is made; nothing is there before `finish`."""

    bucket: Bucket
    key: str
    _id: str = ""
    _pieces: list[dict[str, object]] = field(default_factory=list)
    _buffer: bytearray = field(default_factory=bytearray)
    _digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    _bytes: int = 0
    _open: bool = False

    def __enter__(self) -> Self:
        answer = self.bucket.client.create_multipart_upload(Bucket=self.bucket.name, Key=self.key)
        self._id, self._open = answer["UploadId"], True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._open:
            # Should this fail too, the bucket's lifecycle ends the upload within days.
            self._open = False
            try:
                self.bucket.client.abort_multipart_upload(
                    Bucket=self.bucket.name, Key=self.key, UploadId=self._id
                )
            except ClientError:
                if error is None:
                    raise

    @property
    def closed(self) -> bool:
        """Whether it takes no more: a file's attribute, which pyarrow asks for."""
        return not self._open

    def close(self) -> None:
        """Do nothing: the end of a Parquet file does not make the object, `finish` does."""

    def flush(self) -> None:
        """Do nothing: pieces have a least size."""

    def write(self, data: bytes | memoryview) -> int:
        """Take bytes; send a piece when there are enough."""
        piece = bytes(data)
        self._digest.update(piece)
        self._bytes += len(piece)
        self._buffer += piece
        while len(self._buffer) >= PIECE_BYTES:
            self._send(bytes(self._buffer[:PIECE_BYTES]))
            del self._buffer[:PIECE_BYTES]
        return len(piece)

    def finish(self) -> Written:
        """Send the rest and make the object."""
        if self._buffer or not self._pieces:
            self._send(bytes(self._buffer))
            self._buffer.clear()
        answer = self.bucket.client.complete_multipart_upload(
            Bucket=self.bucket.name,
            Key=self.key,
            UploadId=self._id,
            MultipartUpload={"Parts": self._pieces},
        )
        self._open = False
        return Written(
            key=self.key,
            version=answer["VersionId"],
            bytes=self._bytes,
            sha256=self._digest.hexdigest(),
        )

    def _send(self, piece: bytes) -> None:
        number = len(self._pieces) + 1
        answer = self.bucket.client.upload_part(
            Bucket=self.bucket.name, Key=self.key, UploadId=self._id, PartNumber=number, Body=piece
        )
        self._pieces.append({"PartNumber": number, "ETag": answer["ETag"]})
