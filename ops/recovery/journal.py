"""What has been done so far, kept in the recovery region: an object for each kind of work, and its lease.

Both are written by conditional requests (`If-Match`, `If-None-Match`): of two processes, one loses and says
so. A write whose answer was lost is recognised by its own mark when it is tried again.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from botocore.exceptions import BotoCoreError, ClientError
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, JsonValue, ValidationError

from ..errors import OperatorError
from ..records import Figure
from .aws import code_of
from .clock import Clock

PREFIX: Final = "recovery"
LEASE_SECONDS: Final = 300
"""Longer than the longest silence between two renewals: some calls of AWS with all their tries."""

Kind = Literal["failover", "drill"]
State = Literal["running", "undoing", "completed", "unchanged", "half-done"]
"""`half-done`: something has changed that was not undone. A person must act, and every command says so."""
StepState = Literal["waiting", "begun", "done", "failed", "undone"]

_REFUSED: Final = frozenset({"PreconditionFailed", "ConditionalRequestConflict", "412", "409"})


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", validate_assignment=True)


class StepEntry(_Model):
    """How far a step is."""

    name: str
    state: StepState = "waiting"
    attempts: int = 0
    began_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    detail: str = ""


class Decision(_Model):
    """A point at which somebody, or an option given before, decided."""

    at: AwareDatetime
    point: str
    choice: str
    by: str


class Entries(_Model):
    """The content of a journal."""

    schema_version: Literal[1] = 1
    kind: Kind
    run: str
    state: State = "running"
    reason: str = ""
    by: str
    started_at: AwareDatetime
    ended_at: AwareDatetime | None = None
    outage_began: AwareDatetime | None = None
    steps: list[StepEntry] = Field(default_factory=list)
    decisions: list[Decision] = Field(default_factory=list)
    figures: dict[str, Figure] = Field(default_factory=dict)
    memory: dict[str, JsonValue] = Field(default_factory=dict)
    """What later steps must know, as the id of what an earlier one made."""
    mark: str = ""

    @property
    def ended(self) -> bool:
        """Whether nothing is left to do."""
        return self.state in {"completed", "unchanged"}

    def step(self, name: str) -> StepEntry:
        """Give the entry of a step, made when it is not there."""
        for entry in self.steps:
            if entry.name == name:
                return entry
        self.steps.append(StepEntry(name=name))
        return self.steps[-1]


class TakenOverError(OperatorError):
    """Another process has the work now: this one must not touch anything any more."""


class Journal:
    """The journal of one kind of work, and the right to write it."""

    def __init__(self, kind: Kind, bucket: str, client: Any, clock: Clock) -> None:  # noqa: ANN401  (boto3)
        self.kind: Kind = kind
        self._bucket = bucket
        self._client = client
        self._clock = clock
        self._key = f"{PREFIX}/{kind}.json"
        self._lease_key = f"{PREFIX}/{kind}.lease.json"
        self._holder = secrets.token_hex(8)
        self._etag: str | None = None
        self._lease_etag: str | None = None
        self._until: datetime | None = None
        self._by = ""
        self._marks: set[str] = set()
        self.entries: Entries | None = None

    @property
    def place(self) -> str:
        """Where it lies."""
        return f"s3://{self._bucket}/{self._key}"

    def load(self) -> Entries | None:
        """Read it; None where there never was one. Raises OperatorError where it cannot be read."""
        body, self._etag = self._get(self._key)
        if body is None:
            self.entries = None
            return None
        try:
            self.entries = Entries.model_validate_json(body)
        except ValidationError:
            raise OperatorError(f"{self.place}: is no journal; look at its versions") from None
        return self.entries

    def acquire(self, by: str, *, take_over: bool) -> None:
        """Take the lease. Raises OperatorError where a living process has it."""
        body, etag = self._get(self._lease_key)
        now = self._clock.now()
        if body is not None:
            lease = json.loads(body)
            until = datetime.fromisoformat(lease["until"])
            if lease["holder"] != self._holder and until > now and not take_over:
                raise OperatorError(
                    f"{lease['by']} works on this {self.kind} until {until:%Y-%m-%d %H:%M:%S %Z} at least; "
                    "wait, or, if you know that the process is dead: --take-over"
                )
        self._lease_etag = etag
        self._write_lease(by, now)
        self._by = by

    def beat(self) -> None:
        """Renew the lease when half of it is gone. Raises TakenOverError where another has it."""
        now = self._clock.now()
        if self._until is None or self._until - now > timedelta(seconds=LEASE_SECONDS / 2):
            return
        self._write_lease(self._by, now)

    def release(self) -> None:
        """Give the lease back; that it could not be is no loss, for it ends by itself."""
        if self._until is None:
            return
        self._until = None
        try:
            self._put(
                self._lease_key,
                {"holder": "", "by": "", "until": "1970-01-01T00:00:00+00:00"},
                self._lease_etag,
            )
        except (BotoCoreError, ClientError):
            return

    def begin(self, entries: Entries) -> Entries:
        """Begin a new piece of work in place of one that has ended."""
        self.entries = entries
        self.save()
        return entries

    def save(self) -> None:
        """Write it. Raises TakenOverError where another process has written since."""
        if self.entries is None:
            raise ValueError("there is nothing to write")
        mark = secrets.token_hex(8)
        self.entries.mark = mark
        document = self.entries.model_dump(mode="json")
        self._etag = self._written(self._key, document, self._etag, mark)

    def _write_lease(self, by: str, now: datetime) -> None:
        until = now + timedelta(seconds=LEASE_SECONDS)
        mark = secrets.token_hex(8)
        document = {"holder": self._holder, "by": by, "until": until.isoformat(), "mark": mark}
        self._lease_etag = self._written(self._lease_key, document, self._lease_etag, mark)
        self._until = until

    def _written(self, key: str, document: dict[str, Any], etag: str | None, mark: str) -> str:
        self._marks.add(mark)
        try:
            return self._put(key, document, etag)
        except ClientError as error:
            if code_of(error) not in _REFUSED:
                raise
        # It may have been our own earlier try, whose answer was lost.
        body, found = self._get(key)
        if body is not None and found is not None:
            written = json.loads(body).get("mark")
            if written == mark:
                return found
            if written in self._marks:
                return self._written(key, document, found, mark)
        self._until = None
        raise TakenOverError(f"another process has taken over this {self.kind}; this one has stopped")

    def _put(self, key: str, document: dict[str, Any], etag: str | None) -> str:
        condition = {"IfNoneMatch": "*"} if etag is None else {"IfMatch": etag}
        answer = self._client.put_object(
            Bucket=self._bucket,
            Key=key,
            Body=json.dumps(document, indent=1, sort_keys=True).encode(),
            ContentType="application/json",
            **condition,
        )
        return answer["ETag"]

    def _get(self, key: str) -> tuple[bytes | None, str | None]:
        try:
            answer = self._client.get_object(Bucket=self._bucket, Key=key)
        except ClientError as error:
            if code_of(error) == "NoSuchKey":
                return None, None
            raise
        return answer["Body"].read(), answer["ETag"]


def begun(kind: Kind, *, by: str, now: datetime, outage_began: datetime | None) -> Entries:
    """Give the first entries of a new piece of work."""
    return Entries(kind=kind, run=f"{now:%Y%m%dt%H%M%S}", by=by, started_at=now, outage_began=outage_began)


Say = Callable[[str], None]
"""Tells a person how far the work is."""
