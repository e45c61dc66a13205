"""Killed at any moment, started again, a run ends with what an uninterrupted one gives."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from itertools import count
from threading import Thread, current_thread, main_thread
from typing import Any

import psycopg
import pytest

from ops.errors import OperatorError
from ops.masking.key import MaskingKey
from ops.masking.manifest import Manifest
from ops.masking.verify import verify

from .conftest import Copies, Masking

KILLS = 24
FEW = (
    "res_partner",
    "res_users",
    "mail_message",
    "mail_mail",
    "mail_notification",
    "gps.positions",
    "res_bank",
)


@pytest.fixture(scope="module")
def small(manifest: Manifest) -> Manifest:
    """Leave most tables alone, so that two dozen runs take seconds; every kind of step stays."""
    declared = {"reason": "not part of this test", "tables": ("*",), "columns": ("*", "?*")}
    return manifest.model_validate(
        {
            **manifest.model_dump(by_alias=True),
            "tables": {name: manifest.tables[name].model_dump(by_alias=True) for name in FEW},
            "safe": [declared],
        }
    )


def on_every_statement(do: Callable[[int], None], *, of_batches: bool) -> pytest.MonkeyPatch:
    """Call with the number of each statement before it goes to the server; of batches alone, if so."""
    numbers = count(1)
    execute = psycopg.Connection.execute

    def counted(connection: psycopg.Connection, *given: Any, **more: Any) -> Any:
        if not of_batches or current_thread() is not main_thread():
            do(next(numbers))
        return execute(connection, *given, **more)

    patch = pytest.MonkeyPatch()
    patch.setattr(psycopg.Connection, "execute", counted)
    return patch


def count_statements(work: Callable[[], object]) -> int:
    seen: list[int] = []
    patch = on_every_statement(seen.append, of_batches=False)
    try:
        work()
    finally:
        patch.undo()
    return len(seen)


def kill_at_statement(number: int, *, delay_seconds: float, of_batches: bool) -> None:
    """Kill this process before a statement, or while it is at work, however busy the machine is."""

    def kill() -> None:
        time.sleep(delay_seconds)
        os.kill(os.getpid(), signal.SIGKILL)

    def at(now: int) -> None:
        if now == number and delay_seconds:
            Thread(target=kill).start()
        elif now == number:
            kill()

    on_every_statement(at, of_batches=of_batches)


@pytest.mark.requirement("SEC-09")
def test_a_run_that_is_killed_again_and_again_ends_as_if_nothing_had_happened(
    copies: Copies, masking: Masking, small: Manifest
) -> None:
    whole = copies.make()
    statements = count_statements(lambda: masking(whole, manifest=small, batch_rows=7).run())
    chance = random.Random(20261125)  # noqa: S311  (which moments are tried is no secret)
    killed = 0
    database = copies.make()
    progress: list[int] = []
    while killed < KILLS:
        # Two of three within the first batches that are left: between a change and its record, too.
        of_batches = chance.random() < 2 / 3
        at = chance.randrange(1, 16 if of_batches else statements // 2)
        delay = chance.choice((0, chance.uniform(0, 0.004)))
        child = os.fork()
        if child == 0:
            try:
                kill_at_statement(at, delay_seconds=delay, of_batches=of_batches)
                masking(database, manifest=small, batch_rows=7).run()
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        killed += os.WIFSIGNALED(status)
        with copies.connect(database) as connection:
            row = connection.execute("SELECT to_regclass('ops_masking.step') IS NOT NULL").fetchone()
            if row == (True,):
                steps = connection.execute(
                    "SELECT count(*) FROM ops_masking.step WHERE done_at IS NOT NULL"
                ).fetchone()
                progress.append(steps[0] if steps else 0)
            done = row == (True,) and connection.execute(
                "SELECT count(finished_at) FROM ops_masking.run"
            ).fetchone() == (1,)
        if done:
            assert copies.content(database) == copies.content(whole)
            database = copies.make()
    outcome = masking(database, manifest=small, batch_rows=7).run()
    assert copies.content(database) == copies.content(whole)
    assert len(set(progress)) > 5, "the kills came at different moments"
    assert outcome.resumed or outcome.already_masked or outcome.rows


def test_a_second_run_changes_nothing(copies: Copies, masking: Masking, masked: str) -> None:
    before = copies.content(masked)
    outcome = masking(masked).run()
    assert outcome.already_masked
    assert outcome.rows == 0
    assert copies.content(masked) == before


def test_one_key_always_gives_the_same_and_another_key_something_else(
    copies: Copies, masking: Masking, masked: str, small: Manifest
) -> None:
    other = copies.make()
    masking(other, batch_rows=13, jobs=3).run()
    assert copies.content(other) == copies.content(masked)
    another = copies.make()
    masking(another, manifest=small, key=MaskingKey(b"f" * 32)).run()
    assert copies.content(another)["res_partner"] != copies.content(masked)["res_partner"]


def test_neither_key_nor_manifest_change_under_way(
    copies: Copies, masking: Masking, masked: str, small: Manifest
) -> None:
    with pytest.raises(OperatorError, match="another key"):
        masking(masked, key=MaskingKey(b"f" * 32)).run()
    with pytest.raises(OperatorError, match="manifest has changed"):
        masking(masked, manifest=small).run()
    with pytest.raises(OperatorError, match="another key"):
        verify(masking(masked, key=MaskingKey(b"f" * 32)))


def test_two_runs_do_not_work_on_one_copy(
    copies: Copies, masking: Masking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ops.masking.run.LOCK_WAIT_SECONDS", 0.3)
    database = copies.make()
    with copies.connect(database) as connection:
        connection.execute("SELECT pg_advisory_lock(%s)", (0x6D61736B,))
        with pytest.raises(OperatorError, match="another masking run"):
            masking(database).run()


def test_triggers_do_not_fire_and_are_on_afterwards(copies: Copies, masking: Masking) -> None:
    database = copies.make()
    with copies.connect(database) as connection:
        connection.execute(
            "CREATE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''told''; END'"
        )
        connection.execute(
            "CREATE TRIGGER told BEFORE UPDATE ON res_bank FOR EACH ROW EXECUTE FUNCTION tell()"
        )
        connection.execute(
            "CREATE TRIGGER off BEFORE UPDATE ON res_bank FOR EACH ROW EXECUTE FUNCTION tell()"
        )
        connection.execute("ALTER TABLE res_bank DISABLE TRIGGER off")
    masking(database).run()
    with copies.connect(database) as connection:
        triggers = connection.execute(
            "SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY 1"
        ).fetchall()
    assert triggers == [("off", "D"), ("told", "O")]
