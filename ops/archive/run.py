"""One run: every month that is old enough goes one step after the other until it has left.

Each step is recorded in the database before the next begins, so that a run that was killed is continued by
the next one, wherever it stopped.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date

import psycopg
from psycopg import errors

from ops.errors import OperatorError

from . import ledger
from .export import Progress, Sizes, content, export
from .layout import Part
from .objects import Bucket
from .verification import MismatchError, check_versions, read_back

Connect = Callable[[], psycopg.Connection]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run goes about it."""

    online_months: int = 12
    """Months that are younger stay; the database refuses fewer than it was set up with."""
    most_months: int | None = None
    """How many months at most; None: all that are due."""
    sizes: Sizes = field(default_factory=Sizes)
    lock_pause_seconds: float = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a run did."""

    dropped: tuple[Part, ...] = ()
    positions: int = 0
    stragglers: int = 0
    problems: tuple[str, ...] = ()
    """Months that stay where they are, and why."""


def run(connect: Connect, bucket: Bucket, options: Options, progress: Progress) -> Outcome:
    """Archive every month that is due. Months with a problem stay, and the next one is tried."""
    bucket.check()
    outcome = Outcome()
    with connect() as connection, ledger.one_run(connection):
        work = _Run(connection, connect, bucket, options, progress)
        due = ledger.old_months(connection, online_months=options.online_months)
        for month in due[: options.most_months]:
            done = work.archive(month)
            outcome = Outcome(
                dropped=outcome.dropped + done.dropped,
                positions=outcome.positions + done.positions,
                stragglers=outcome.stragglers + done.stragglers,
                problems=outcome.problems + done.problems,
            )
    return outcome


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step needs. `connection` holds the lock and the ledger; an export has one of its own."""

    connection: psycopg.Connection
    connect: Connect
    bucket: Bucket
    options: Options
    progress: Progress

    def archive(self, month: date) -> Outcome:
        """Take a month to its end, its late rows first into a partition if it had left before."""
        entry = ledger.latest(self.connection, month)
        stragglers = 0
        if (entry is None or entry.state == "dropped") and not ledger.is_attached(self.connection, month):
            stragglers = ledger.collect_stragglers(self.connection, month)
            self.progress(f"{month:%Y-%m}: {stragglers} rows had come late")
        generation = 1 if entry is None else entry.generation + (entry.state == "dropped")
        part = Part(month, generation)
        outcome = Outcome(stragglers=stragglers)
        try:
            positions = self._advance(part)
        except MismatchError as error:
            self.progress(f"{part}: {error}")
            return replace(outcome, problems=(str(error),))
        return replace(outcome, dropped=(part,), positions=positions)

    def _advance(self, part: Part) -> int:
        """Take a part from wherever it is to its end; give how many positions it had.

        Raises MismatchError, after it was recorded, where S3 or the database changed what was exported.
        """
        while True:
            entry = ledger.latest(self.connection, part.month)
            if entry is None or entry.part != part or entry.state in {"exporting", "changed"}:
                ledger.begin(self.connection, part, self.bucket.name)
                with self.connect() as exporting:
                    export(exporting, part, self.bucket, sizes=self.options.sizes, progress=self.progress)
            elif entry.state == "exported":
                self._verify(entry)
            elif entry.state == "verified":
                self._detach(entry)
            elif entry.state == "detached":
                self._drop(entry)
            else:
                return entry.positions or 0

    def _verify(self, entry: ledger.Entry) -> None:
        try:
            found = read_back(self.connection, entry, self._bucket(entry), self.progress)
        except MismatchError as error:
            ledger.changed(self.connection, entry.part, str(error))
            raise
        ledger.verified(self.connection, entry.part, found)
        self.progress(f"{entry.part}: verified")

    def _detach(self, entry: ledger.Entry) -> None:
        """Take the month out of the table, unless rows came since the export or objects changed."""
        part = entry.part
        try:
            check_versions(entry, ledger.files(self.connection, part), self._bucket(entry))
            there = content(self.connection, part)
            if there != entry.content:
                raise MismatchError(f"{part}: rows came after the export: {there}, exported {entry.content}")
        except MismatchError as error:
            ledger.changed(self.connection, part, str(error))
            raise
        for left in reversed(range(ledger.LOCK_TRIES)):
            try:
                ledger.detach(self.connection, part.month)
            except (errors.LockNotAvailable, errors.DeadlockDetected) as error:
                if not left:
                    raise OperatorError(
                        f"{part}: no lock on gps.positions to detach the month; a later run goes on"
                    ) from error
                self.progress(f"{part}: waiting for a lock")
                time.sleep(self.options.lock_pause_seconds)
            else:
                self.progress(f"{part}: detached")
                return

    def _drop(self, entry: ledger.Entry) -> None:
        """Drop the month; where its rows are not those that were verified, put it back instead."""
        part = entry.part
        try:
            ledger.drop(self.connection, part.month)
        except errors.IntegrityConstraintViolation as error:
            reason = f"{error.diag.message_primary}: {error.diag.message_detail}"
            ledger.attach(self.connection, part.month, reason)
            raise MismatchError(f"{part}: {reason}") from error
        self.progress(f"{part}: dropped")

    def _bucket(self, entry: ledger.Entry) -> Bucket:
        """The bucket that holds the part, whatever is written to now."""
        return self.bucket if entry.bucket == self.bucket.name else replace(self.bucket, name=entry.bucket)
