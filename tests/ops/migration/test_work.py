"""A migration that goes well, and what stops one: the old database takes writes again each time."""

# ruff: noqa: S608  (names of ours)

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from ops.errors import NotProvenError, OperatorError
from ops.migration import state, work
from ops.migration.servers import fingerprint, tool_version
from ops.migration.transfer import Transfer
from ops.records import Record

from .world import Migration


def quiet(_: str) -> None:
    pass


def anyway(_fingerprint: str, _tool: str) -> None:
    pass


def phase(migration: Migration) -> tuple[str, bool]:
    ((reached, guarded),) = migration.ask(
        "postgres",
        "SELECT phase, guarded FROM ops_migration.runs"
        f" WHERE database = '{migration.new}' ORDER BY id DESC LIMIT 1",
    )
    return reached, guarded


@pytest.mark.requirement("DATA-04", "RISK-03")
def test_dry_run_passes_and_disturbs_nobody(migration: Migration) -> None:
    found = work.rehearse(migration.transfer, lambda _: migration.write_as_odoo())
    assert found.findings == ()
    assert found.facts.rows > 1000
    assert not migration.exists(migration.new + work.REHEARSAL)
    assert list(migration.work.iterdir()) == []
    migration.write_as_odoo()


@pytest.mark.requirement("DATA-04", "RISK-03")
def test_cutover_switches_what_it_validated(migration: Migration) -> None:
    run = work.cut_over(migration.transfer, anyway, quiet)
    assert (run.phase, run.kept_as) == ("switched", f"{migration.new}_before_{run.id}")
    count = "SELECT count(*) FROM res_partner"
    assert migration.ask(migration.new, count) == migration.ask(migration.old, count)
    # Who could connect to the empty database can connect to the full one, and nobody else.
    assert migration.ask(
        "postgres",
        f"SELECT datacl::text FROM pg_database WHERE datname = '{migration.new}'",
    ) == [("{odoo=CTc/odoo,reader=c/odoo}",)]
    with pytest.raises(psycopg.errors.ReadOnlySqlTransaction):
        migration.write_as_odoo()
    assert list(migration.work.iterdir()) == []
    with pytest.raises(OperatorError, match="switched already"):
        work.cut_over(migration.transfer, anyway, quiet)


CORRUPTIONS = {
    "missing row": ("DELETE FROM mail_message WHERE id = 7", "public.mail_message: 100 rows there, 99 here"),
    "changed amount": (
        "UPDATE account_move SET amount_total = amount_total + 0.01 WHERE id = 3",
        "public.account_move.amount_total: the sum is",
    ),
    "broken foreign key": (
        "SET session_replication_role = replica; UPDATE res_users SET partner_id = 99999 WHERE id = 1",
        "point to no res_partner",
    ),
    "sequence behind": ("SELECT setval('res_partner_id_seq', 5)", "res_partner_id_seq gives 6 next"),
    "sequence without a column behind": (
        "SELECT setval('ir_sequence_001', 1, false)",
        "ir_sequence_001 gives 1 next, 2 there",
    ),
    "changed byte": (
        "UPDATE res_partner SET comment = overlay(comment PLACING '#' FROM 5) WHERE id = 4",
        "sampled rows differ, among them (4)",
    ),
    "index missing": ("DROP INDEX res_partner_vat_index", "index public.res_partner_vat_index is missing"),
    "constraint missing": (
        "ALTER TABLE res_partner DROP CONSTRAINT res_partner_check_name",
        "constraint public.res_partner.res_partner_check_name is missing",
    ),
    "grant missing": ("REVOKE SELECT ON res_partner FROM reader", "reader SELECT is missing"),
    "other owner": (
        "ALTER VIEW open_trips OWNER TO reader",
        "owner public.open_trips: odoo there, reader here",
    ),
    "function changed": (
        "CREATE OR REPLACE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN n * 3",
        "twice",
    ),
    "view missing": ("DROP VIEW open_trips", "view public.open_trips is missing"),
    "table missing": ("DROP TABLE res_users_log", "table public.res_users_log is missing"),
}


@pytest.mark.requirement("DATA-04", "RISK-03")
def test_every_corruption_is_found(migration: Migration) -> None:
    """Planted one by one into a good copy, and nothing else is found."""
    # All rows of every table: what a sample finds, it finds for certain.
    transfer = replace(migration.transfer, samples=10_000)
    dump, facts = transfer.dump()
    copy = f"copy_{migration.number}"
    transfer.restore(dump, copy)
    assert work.validate(transfer, facts, copy) == []
    for name, (statement, expected) in CORRUPTIONS.items():
        spoilt = f"spoilt_{migration.number}"
        migration.ask("postgres", f"CREATE DATABASE {spoilt} OWNER odoo TEMPLATE {copy}")
        migration.ask(spoilt, statement)
        findings = work.validate(transfer, facts, spoilt)
        assert any(expected in finding for finding in findings), (name, findings)
        migration.ask("postgres", f"DROP DATABASE {spoilt} WITH (FORCE)")


@pytest.mark.requirement("RISK-03")
def test_failed_validation_halts(migration: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    """The new database stays for who wants to look, under another name; people go on with the old one."""
    spoil(migration, monkeypatch, "UPDATE account_move SET amount_total = 0 WHERE id = 3")
    with pytest.raises(NotProvenError, match=r"account_move\.amount_total"):
        work.cut_over(migration.transfer, anyway, quiet)
    assert phase(migration) == ("halted", False)
    migration.write_as_odoo()
    assert migration.ask(migration.new, "SELECT to_regclass('res_partner')") == [(None,)]
    assert list(migration.work.iterdir()) == []
    monkeypatch.undo()
    assert work.cut_over(migration.transfer, anyway, quiet).phase == "switched"


@pytest.mark.requirement("RISK-03")
def test_a_write_in_spite_of_the_guard_halts(migration: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    def sneak(_: object = None) -> None:
        migration.ask(migration.old, "BEGIN READ WRITE; DELETE FROM mail_message WHERE id = 1; COMMIT")

    with pytest.raises(NotProvenError, match=r"since the dump: public\.mail_message"):
        work.cut_over(migration.transfer, anyway, lambda line: sneak() if line == "restored" else None)
    assert phase(migration) == ("halted", False)
    migration.write_as_odoo()


@pytest.mark.requirement("RISK-03")
def test_a_program_that_fails_halts(migration: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: object) -> None:
        raise OperatorError("pg_restore failed: no space left")

    monkeypatch.setattr(Transfer, "restore", fail)
    with pytest.raises(OperatorError, match="no space left"):
        work.cut_over(migration.transfer, anyway, quiet)
    assert phase(migration) == ("halted", False)
    migration.write_as_odoo()


def test_a_setting_from_before_is_put_back(migration: Migration, monkeypatch: pytest.MonkeyPatch) -> None:
    migration.ask("postgres", f"ALTER DATABASE {migration.old} SET default_transaction_read_only = 'off'")
    spoil(migration, monkeypatch, "DELETE FROM mail_message WHERE id = 1")
    with pytest.raises(NotProvenError):
        work.cut_over(migration.transfer, anyway, quiet)
    assert migration.ask(
        "postgres",
        "SELECT setconfig FROM pg_db_role_setting JOIN pg_database ON pg_database.oid = setdatabase"
        f" WHERE datname = '{migration.old}'",
    ) == [(["default_transaction_read_only=off"],)]


@pytest.mark.requirement("RISK-03")
def test_rollback_gives_writes_back(migration: Migration) -> None:
    run = work.cut_over(migration.transfer, anyway, quiet)
    with pytest.raises(OperatorError, match="--after-switch"):
        work.roll_back(migration.transfer, quiet, after_switch=False)
    undone = work.roll_back(migration.transfer, quiet, after_switch=True)
    assert (undone.phase, undone.guarded) == ("undone", False)
    migration.write_as_odoo()
    assert migration.ask(migration.new, "SELECT to_regclass('res_partner')") == [(None,)]
    assert migration.exists(f"{migration.new}_moved_{run.id}")


def test_preflight_finds_what_would_fail(migration: Migration) -> None:
    migration.ask("postgres", "CREATE ROLE outsider NOLOGIN")
    migration.ask(migration.new, "CREATE TABLE here_first (id int)")
    migration.ask(migration.old, "ALTER TABLE res_bank OWNER TO outsider")
    migration.ask("postgres", "ALTER ROLE odoo SET default_transaction_read_only = 'off'")
    try:
        with psycopg.connect(migration.transfer.source.to(), autocommit=False) as busy:
            busy.execute("LOCK TABLE res_partner IN ACCESS EXCLUSIVE MODE")
            wrong = {f.check: f.message for f in work.check(migration.transfer) if f.level == "error"}
    finally:
        migration.ask("postgres", "ALTER ROLE odoo RESET default_transaction_read_only")
    assert set(wrong) == {"target", "locks", "guard"}
    assert "AccessExclusiveLock on public.res_partner" in wrong["locks"]


def test_one_migration_at_a_time(migration: Migration) -> None:
    with (
        state.open_state(migration.transfer.target),
        pytest.raises(OperatorError, match="another migration to this server"),
    ):
        work.cut_over(migration.transfer, anyway, quiet)


def record(**changes: Any) -> Record:
    now = datetime.now(UTC)
    return Record(
        **{
            "kind": "migration-dry-run",
            "environment": "staging",
            "started_at": now,
            "finished_at": now,
            "by": "operator",
            "result": "passed",
            "figures": {"fingerprint": "f", "tool": "t"},
        }
        | changes
    )


@pytest.mark.requirement("DATA-04", "RISK-03")
@pytest.mark.parametrize(
    ("records", "refusal"),
    [
        ([], "no dry run allows this cutover$"),
        ([record(result="failed")], "it did not pass"),
        ([record(figures={"fingerprint": "g", "tool": "t"})], "another source or other tables"),
        ([record(figures={"fingerprint": "f", "tool": "u"})], "another version of this tool"),
        (
            [
                record(
                    started_at=datetime.now(UTC) - timedelta(days=15),
                    finished_at=datetime.now(UTC) - timedelta(days=15),
                )
            ],
            "older than 14 days",
        ),
    ],
)
def test_cutover_needs_a_dry_run(records: list[Record], refusal: str) -> None:
    def required(found: list[Record]) -> Record:
        return work.require_rehearsal(found, fingerprint_now="f", tool="t", longest_days=14)

    with pytest.raises(OperatorError, match=refusal):
        required(records)
    good = record()
    assert required([*records, good]) is good


@pytest.mark.requirement("DATA-04")
def test_refused_cutover_touches_nothing(migration: Migration) -> None:
    def refuse(found: str, tool: str) -> None:
        assert tool == tool_version()
        with migration.transfer.source.open() as source:
            assert found == fingerprint(source)
        raise OperatorError("no dry run")

    with pytest.raises(OperatorError, match="no dry run"):
        work.cut_over(migration.transfer, refuse, quiet)
    migration.write_as_odoo()


def test_another_column_is_another_source(migration: Migration) -> None:
    with migration.transfer.source.open() as source:
        before = fingerprint(source)
        migration.write_as_odoo()
        assert fingerprint(source) == before
        migration.ask(migration.old, "ALTER TABLE res_bank ADD COLUMN x_note text")
        assert fingerprint(source) != before


def spoil(migration: Migration, monkeypatch: pytest.MonkeyPatch, statement: str) -> None:
    """Change the copy after it was restored."""
    whole = Transfer.restore

    def restore(self: Transfer, dump: Any, database: str) -> None:
        whole(self, dump, database)
        migration.ask(database, statement)

    monkeypatch.setattr(Transfer, "restore", restore)
