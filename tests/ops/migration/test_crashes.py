"""Cutovers that are killed anywhere: the next run continues, or the way back gives writes back."""

from __future__ import annotations

import random
import time

import pytest

from ops.migration import work
from tests.ops.killing import run_and_kill

from .test_work import anyway, phase, quiet
from .world import Migration

KILLS = 8
SEED = 11


@pytest.mark.requirement("DATA-04", "RISK-03")
def test_killed_cutovers_are_continued_or_undone(migration: Migration) -> None:
    """Killed at random moments: either it is switched and valid, or the old database is whole."""

    def move() -> None:
        work.cut_over(migration.transfer, anyway, quiet)

    count = "SELECT count(*), sum(amount_total) FROM account_move"
    there = migration.ask(migration.old, count)
    began = time.monotonic()
    work.rehearse(migration.transfer, quiet)
    whole = time.monotonic() - began
    chance = random.Random(SEED)  # noqa: S311  (seeded on purpose)
    killed, switched = 0, False
    while killed < KILLS:
        if not run_and_kill(move, after_seconds=chance.uniform(0, whole)):
            switched = True
        else:
            killed += 1
            runs = migration.ask("postgres", "SELECT to_regclass('ops_migration.runs')")
            assert runs != [(None,)]
            switched = bool(
                migration.ask(migration.new, "SELECT to_regclass('account_move') IS NOT NULL")[0][0]
            )
            # The name and the record change at the same moment.
            began_at_all = migration.ask(
                "postgres",
                f"SELECT count(*) FROM ops_migration.runs WHERE database = '{migration.new}'",  # noqa: S608
            )[0][0]
            assert (bool(began_at_all) and phase(migration)[0] == "switched") is switched
            if not switched and killed % 3 == 0 and began_at_all:
                work.roll_back(migration.transfer, quiet, after_switch=False)
                migration.write_as_odoo()
        if switched:
            assert migration.ask(migration.new, count) == there
            work.roll_back(migration.transfer, quiet, after_switch=True)
            migration.write_as_odoo()
    move()
    assert migration.ask(migration.new, count) == there
    assert phase(migration) == ("switched", True)
