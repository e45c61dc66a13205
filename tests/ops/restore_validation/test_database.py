"""What the check finds in a restored database that is whole, stale, empty or changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from itertools import count

import psycopg
import pytest
from psycopg import sql

from ops.restore_validation.database import BUSINESS, POSITIONS, SESSION, USER, _position_count, examine
from ops.restore_validation.findings import Answer, Question
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import PASSWORD, SUPERUSER, PostgresServer, running_server
from tests.ops.odoo_schema import Volume, create_gps, create_odoo, fill_gps, fill_odoo

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)

TAKEN_AT = datetime(2026, 10, 20, 12, 0, tzinfo=UTC)
NEWEST = TAKEN_AT - timedelta(minutes=4)
MONTHS = tuple(f"2026-{month:02}" for month in range(1, 11))
OF_THE_CHECK = "OfTheCheck0123456789"
_NUMBERS = count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_server() as running:
        with _as_superuser(running, "postgres") as connection:
            connection.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{OF_THE_CHECK}'")
            connection.execute("CREATE DATABASE tms TEMPLATE template0 LC_COLLATE 'C'")
            connection.execute("CREATE DATABASE gps TEMPLATE template0 LC_COLLATE 'C'")
        with _as_superuser(running, "tms") as connection:
            create_odoo(connection)
            # Enough invoices that every closed month has some.
            fill_odoo(connection, Volume(invoices=2700))
            connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {USER}")
        with _as_superuser(running, "gps") as connection:
            create_gps(connection, months=MONTHS)
            fill_gps(connection, vehicles=5, begin="2026-08-01 00:00+00", seconds=3600, every=60)
            begin = NEWEST - timedelta(minutes=30)
            fill_gps(connection, vehicles=5, begin=begin.isoformat(), seconds=1801, every=60)
            connection.execute(f"GRANT USAGE ON SCHEMA gps TO {USER}")
            connection.execute(
                f"GRANT SELECT (vehicle_id, device_time, latitude, longitude) ON {POSITIONS} TO {USER}"
            )
            connection.execute("ANALYZE")
        yield running


@pytest.fixture(scope="module")
def good(server: PostgresServer) -> Answer:
    """What a whole database answers: what later tests are compared with."""
    return ask(server, question())


def _as_superuser(server: PostgresServer, database: str) -> psycopg.Connection:
    return psycopg.connect(
        host="127.0.0.1",
        port=server.port,
        dbname=database,
        user=SUPERUSER,
        password=PASSWORD,
        autocommit=True,
    )


def question(**changes: object) -> Question:
    values: dict[str, object] = {
        "host": "127.0.0.1",
        "odoo_database": "tms",
        "gps_database": "gps",
        "taken_at": TAKEN_AT,
        "max_age_minutes": 15,
    }
    return Question.model_validate(values | changes)


def ask(server: PostgresServer, asked: Question, *, databases: dict[str, str] | None = None) -> Answer:
    """Ask as the function does, but for the password in the place of a token."""

    def connect(database: str) -> AbstractContextManager[psycopg.Connection]:
        return psycopg.connect(
            host="127.0.0.1",
            port=server.port,
            dbname=(databases or {}).get(database, database),
            user=USER,
            password=OF_THE_CHECK,
            options=SESSION,
        )

    return examine(asked, connect)


def failed(answer: Answer) -> list[str]:
    return [finding.name for finding in answer.findings if not finding.passed]


@pytest.fixture
def copy(server: PostgresServer, request: pytest.FixtureRequest) -> str:
    """Give a copy of the database that the test names, to be damaged."""
    name = f"damaged_{next(_NUMBERS)}"
    with _as_superuser(server, "postgres") as connection:
        connection.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(
                sql.Identifier(name), sql.Identifier(request.param)
            )
        )
    return name


def test_whole_database_passes(good: Answer) -> None:
    assert failed(good) == []
    assert good.passed
    assert set(good.counts) == {*BUSINESS, POSITIONS}
    assert good.newest_position_at == NEWEST


def test_what_was_summed_up_is_there_and_belongs_to_closed_months(good: Answer) -> None:
    summed = {name: found.rows for name, found in good.sets.items() if found.rows}
    assert summed[f"{POSITIONS} 2026-08"] == 5 * 60
    assert "account_move 2026-07" in good.sets
    assert "account_move 2026-08" not in good.sets, "its tax return is not filed yet"
    assert all(rows > 0 for name, rows in summed.items() if name.startswith("account_move"))
    assert len([name for name in good.sets if name.startswith("account_move")]) == 12


def test_same_database_is_recognised_a_quarter_later(server: PostgresServer, good: Answer) -> None:
    later = ask(server, question(counts=good.counts, sets=good.sets))
    assert later.passed
    assert sum(finding.name.startswith("checksum") for finding in later.findings) == len(good.sets)


@pytest.mark.parametrize("copy", ["gps"], indirect=True)
def test_stale_backup_fails(server: PostgresServer, copy: str) -> None:
    """Positions of the last hours are missing: the copy is older than it says."""
    with _as_superuser(server, copy) as connection:
        connection.execute(
            "DELETE FROM gps.positions WHERE device_time > %s", [TAKEN_AT - timedelta(minutes=16)]
        )
    answer = ask(server, question(), databases={"gps": copy})
    assert failed(answer) == ["freshness"]
    assert "16 minutes" in answer.summary or "17 minutes" in answer.summary


def test_device_with_a_fast_clock_does_not_make_a_backup_fresh(server: PostgresServer) -> None:
    answer = ask(server, question(taken_at=TAKEN_AT - timedelta(minutes=36)))
    assert failed(answer) == ["freshness"]


def test_where_nobody_drives_nothing_need_be_fresh(server: PostgresServer) -> None:
    assert ask(server, question(taken_at=TAKEN_AT + timedelta(days=40), max_age_minutes=None)).passed


@pytest.mark.parametrize("copy", ["tms"], indirect=True)
def test_changed_amount_is_found(server: PostgresServer, good: Answer, copy: str) -> None:
    with _as_superuser(server, copy) as connection:
        connection.execute(
            "UPDATE account_move SET amount_total_signed = amount_total_signed + 0.01 WHERE id ="
            " (SELECT min(id) FROM account_move WHERE date >= '2026-05-01' AND state = 'posted')"
        )
    answer = ask(server, question(counts=good.counts, sets=good.sets), databases={"tms": copy})
    assert failed(answer) == ["checksum of account_move 2026-05"]


@pytest.mark.parametrize("copy", ["gps"], indirect=True)
def test_lost_position_is_found(server: PostgresServer, good: Answer, copy: str) -> None:
    with _as_superuser(server, copy) as connection:
        connection.execute("DELETE FROM gps.positions WHERE device_time = '2026-08-01 00:30+00'")
    answer = ask(server, question(sets=good.sets), databases={"gps": copy})
    assert failed(answer) == [f"checksum of {POSITIONS} 2026-08"]


@pytest.mark.parametrize("copy", ["tms"], indirect=True)
def test_half_of_the_orders_is_found_missing(server: PostgresServer, good: Answer, copy: str) -> None:
    with _as_superuser(server, copy) as connection:
        connection.execute("DELETE FROM sale_order WHERE id % 2 = 0")
    answer = ask(server, question(counts=good.counts), databases={"tms": copy})
    assert failed(answer) == ["count of sale_order"]


def test_empty_databases_fail(server: PostgresServer) -> None:
    """Schema without rows, and no schema at all."""
    with _as_superuser(server, "postgres") as connection:
        for name in ("hollow", "nothing"):
            connection.execute(f"CREATE DATABASE {name} TEMPLATE template0")
    with _as_superuser(server, "hollow") as connection:
        create_odoo(connection)
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {USER}")
    answer = ask(server, question(), databases={"tms": "hollow", "gps": "nothing"})
    assert failed(answer) == [*(f"table {table}" for table in BUSINESS), f"table {POSITIONS}", "freshness"]
    assert [f.detail for f in answer.findings[:6]] == ["is empty"] * 5 + ["is missing"]


def test_database_that_lets_nobody_in_fails_without_quoting_anything(server: PostgresServer) -> None:
    answer = ask(server, question(), databases={"gps": "of Ramesh Iyer"})
    assert "access" in failed(answer)
    assert "Ramesh" not in answer.model_dump_json()


def test_session_cannot_change_anything(server: PostgresServer) -> None:
    with (
        psycopg.connect(
            host="127.0.0.1",
            port=server.port,
            dbname="tms",
            user=USER,
            password=OF_THE_CHECK,
            options=SESSION,
        ) as connection,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        connection.execute("CREATE TEMPORARY TABLE t (id int)")


def test_positions_that_nobody_analysed_are_there_all_the_same(server: PostgresServer) -> None:
    """The planner has no figure of a table that was just restored, or just made."""
    with _as_superuser(server, "postgres") as connection:
        connection.execute("CREATE DATABASE fresh TEMPLATE template0 LC_COLLATE 'C'")
    with _as_superuser(server, "fresh") as connection:
        create_gps(connection, months=MONTHS[-1:])
        assert _position_count(connection) == {POSITIONS: 0}
        fill_gps(connection, vehicles=1, begin="2026-10-01 00:00+00", seconds=120, every=60)
        assert _position_count(connection) == {POSITIONS: 1}
