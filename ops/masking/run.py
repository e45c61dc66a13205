"""The run: every step once, in batches, each a transaction that says itself what it did."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_EXCEPTION, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg import errors, sql

from ops.errors import OperatorError

from . import statements
from .catalog import Relation, read_catalog
from .copies import connect, require_copy
from .functions import create_progress, install
from .key import MaskingKey
from .manifest import Manifest
from .plan import Plan, Step, make_plan

LOCK_KEY: Final = 0x6D61736B
"""One run at a time works on a database."""
LOCK_WAIT_SECONDS: Final = 30
"""The server needs a moment to notice that the run before was killed."""
RETRIES: Final = 3
VACUUM_EVERY: Final = 50
"""After so many batches the space of old versions is given to the next ones: a table does not double."""

Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How much at once."""

    batch_rows: int = 20_000
    sample_rows: int = 2_000
    jobs: int = 1
    statement_minutes: int = 120
    lock_seconds: int = 60


@dataclass(slots=True, kw_only=True)
class Outcome:
    """What a run did; rows of steps that an earlier run had finished are not counted."""

    rows: int = 0
    seconds: float = 0.0
    already_masked: bool = False
    resumed: bool = False
    tables: dict[str, int] = field(default_factory=dict)


class MaskingRun:
    """A run on one database."""

    def __init__(
        self,
        service: str,
        manifest: Manifest,
        key: MaskingKey,
        *,
        database: str | None = None,
        options: Options | None = None,
        progress: Progress = lambda _: None,
    ) -> None:
        self.service = service
        self.manifest = manifest
        self.key = key
        self.database = database
        self.options = options or Options()
        self.progress = progress
        self.outcome = Outcome()
        self.workers: list[psycopg.Connection] = []

    def session(self, *, autocommit: bool = False) -> psycopg.Connection:
        """Open a session that has the key and its limits."""
        connection = connect(self.service, database=self.database)
        for name, value in (
            ("statement_timeout", f"{self.options.statement_minutes}min"),
            ("lock_timeout", f"{self.options.lock_seconds}s"),
        ):
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        connection.commit()
        self.key.hand_to(connection)
        connection.autocommit = autocommit
        return connection

    def require_copy(self, connection: psycopg.Connection) -> None:
        """Refuse every database that is not a marked copy."""
        require_copy(connection, self.manifest)

    def run(self) -> Outcome:
        """Do what is not yet done; raises `OperatorError`, and leaves what was done."""
        begun = time.monotonic()
        with self.session() as connection, self.session(autocommit=True) as outside:
            self.require_copy(connection)
            self._lock(outside)
            relations = read_catalog(connection)
            plan = self._begin(connection, relations)
            if plan is not None:
                self.workers = [self.session() for _ in range(self.options.jobs)]
                try:
                    for number, step in enumerate(plan.steps):
                        self._do(connection, outside, number, step)
                    connection.execute("UPDATE ops_masking.run SET finished_at = clock_timestamp()")
                    connection.commit()
                finally:
                    for worker in self.workers:
                        worker.close()
        self.outcome.seconds = time.monotonic() - begun
        return self.outcome

    def _lock(self, connection: psycopg.Connection) -> None:
        until = time.monotonic() + LOCK_WAIT_SECONDS
        while True:
            row = connection.execute("SELECT pg_try_advisory_lock(%s)", (LOCK_KEY,)).fetchone()
            if row is not None and row[0]:
                return
            if time.monotonic() > until:
                raise OperatorError("another masking run is at work on this database")
            time.sleep(0.25)

    def _begin(self, connection: psycopg.Connection, relations: Mapping[int, Relation]) -> Plan | None:
        """Record the run and its steps, or find those of a run that was interrupted."""
        create_progress(connection)
        row = connection.execute("SELECT key_check, manifest, finished_at FROM ops_masking.run").fetchone()
        if row is not None:
            if row[1] != self.manifest.digest:
                raise OperatorError(
                    "the manifest has changed since this copy was begun: restore the copy anew, for what was"
                    " masked before cannot be masked again"
                )
            if row[0] != self.key.check:
                raise OperatorError(
                    "this copy was begun with another key: use that, or restore the copy anew"
                )
            if row[2] is not None:
                connection.rollback()
                self.outcome.already_masked = True
                return None
            self.outcome.resumed = True
        plan = make_plan(self.manifest, relations)
        if row is None:
            if plan.mistakes:
                raise OperatorError("\n".join(plan.mistakes))
            connection.execute(
                "INSERT INTO ops_masking.run (key_check, manifest) VALUES (%s, %s)",
                (self.key.check, self.manifest.digest),
            )
            with connection.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO ops_masking.step (number, kind, subject) VALUES (%s, %s, %s)",
                    [(number, step.kind, step.subject) for number, step in enumerate(plan.steps)],
                )
        recorded = connection.execute("SELECT kind, subject FROM ops_masking.step ORDER BY number").fetchall()
        if recorded != [(step.kind, step.subject) for step in plan.steps]:
            raise OperatorError(
                "the tables of the database have changed since this copy was begun: restore the copy anew"
            )
        install(connection, self.manifest)
        connection.commit()
        return plan

    def _do(
        self, connection: psycopg.Connection, outside: psycopg.Connection, number: int, step: Step
    ) -> None:
        row = connection.execute(
            "SELECT done_at IS NOT NULL, planned_at IS NOT NULL FROM ops_masking.step WHERE number = %s",
            (number,),
        ).fetchone()
        connection.commit()
        done, planned = row or (False, False)
        if done:
            return
        begun = time.monotonic()
        rows = 0
        match step.kind:
            case "sample" | "except" | "neutralise" | "renew":
                for statement in statements.at_once(step, self.manifest, self.options.sample_rows):
                    rows += max(connection.execute(statement).rowcount, 0)
            case "clean":
                for statement in statements.cleaning(connection, step):
                    outside.execute(statement)
            case _:
                if not planned:
                    statements.plan_batches(connection, number, step, self.options.batch_rows)
                    connection.commit()
                rows = self._batches(outside, number, step)
                statements.finish(connection, step)
        connection.execute(
            "UPDATE ops_masking.step SET done_at = clock_timestamp(), rows = %s WHERE number = %s",
            (rows, number),
        )
        connection.commit()
        if step.kind in {"mask", "rebuild", "empty"}:
            seconds = max(time.monotonic() - begun, 1e-6)
            self.outcome.rows += rows
            self.outcome.tables[step.subject] = rows
            pace = f"{rows:>12,} rows {rows / seconds:>12,.0f} rows/s"
            self.progress(f"{step.kind:<10} {step.subject:<40} {pace}")
        else:
            self.progress(f"{step.kind:<10} {step.subject}")

    def _batches(self, outside: psycopg.Connection, number: int, step: Step) -> int:
        statement = statements.batch(step)
        # Switching triggers off locks the table, so one session at a time.
        workers = self.workers[:1] if step.target.triggers else self.workers
        done_batches = 0
        done_rows = 0

        def work(worker: psycopg.Connection) -> None:
            nonlocal done_batches, done_rows
            while (rows := self._one_batch(worker, number, statement, step.target)) is not None:
                done_batches += 1
                done_rows += rows
                if step.kind == "mask" and done_batches % VACUUM_EVERY == 0:
                    self.progress(f"           {step.subject:<40} {done_rows:>12,} rows so far")

        with ThreadPoolExecutor(len(workers)) as pool:
            running: list[Future[None]] = [pool.submit(work, worker) for worker in workers]
            vacuumed = 0
            while True:
                finished, waiting = wait(running, timeout=1, return_when=FIRST_EXCEPTION)
                for future in finished:
                    future.result()
                if not waiting:
                    return done_rows
                if step.kind == "mask" and done_batches - vacuumed >= VACUUM_EVERY:
                    vacuumed = done_batches
                    outside.execute(sql.SQL("VACUUM {}").format(statements.identifier(step.target)))

    def _one_batch(
        self, worker: psycopg.Connection, number: int, statement: sql.Composed, relation: Relation
    ) -> int | None:
        """Claim a batch, do it and say so in one transaction; give its rows, or nothing when all are done."""
        for attempt in range(RETRIES + 1):
            try:
                claimed = worker.execute(
                    "SELECT number, lower, upper FROM ops_masking.batch WHERE step = %s AND done_at IS NULL"
                    " ORDER BY number LIMIT 1 FOR UPDATE SKIP LOCKED",
                    (number,),
                ).fetchone()
                if claimed is None:
                    worker.rollback()
                    return None
                for quiet in statements.triggers(relation, on=False):
                    worker.execute(quiet)
                rows = worker.execute(statement, {"lower": claimed[1], "upper": claimed[2]}).rowcount
                for loud in statements.triggers(relation, on=True):
                    worker.execute(loud)
                worker.execute(
                    "UPDATE ops_masking.batch SET done_at = clock_timestamp(), rows = %s"
                    " WHERE step = %s AND number = %s",
                    (rows, number, claimed[0]),
                )
                worker.commit()
            except (errors.LockNotAvailable, errors.DeadlockDetected, errors.SerializationFailure):
                worker.rollback()
                if attempt == RETRIES:
                    raise
                time.sleep(1 + attempt)
            else:
                return rows
        return None
