"""What the views show, on a real PostgreSQL 16: exact numbers at fixed moments."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from infra.workloads.business_views import contract
from infra.workloads.odoo.jobs import upgrade
from tests.infra.workloads.jobs import postgres_server

from .sample import EXPECTED, INDIA, NOW, TRIP_TABLE, TRIPS, MadeUpErp

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)

CONTRACT = contract.load()
STATE = """
SELECT relname, relowner::regrole, relacl, reloptions, pg_get_viewdef(pg_class.oid),
    obj_description(pg_class.oid)
FROM pg_class WHERE relnamespace = 'bi'::regnamespace ORDER BY relname
"""


@pytest.fixture
def restored(erp: MadeUpErp) -> Iterator[MadeUpErp]:
    """Give an ERP that may be changed: tables and views are as before afterwards."""
    yield erp
    erp.as_odoo("DROP TABLE IF EXISTS tms_trip CASCADE; " + TRIP_TABLE + TRIPS)
    made = erp.make_views()
    assert made.returncode == 0, made.stderr


@pytest.mark.parametrize("view", EXPECTED)
def test_views_show_what_the_rows_say(erp: MadeUpErp, view: str) -> None:
    """Refunds, drafts, currencies, boundaries of days, months and years, part payments, late trips."""
    assert erp.view(view) == EXPECTED[view]


def test_the_sample_fills_every_view_of_the_contract() -> None:
    assert set(EXPECTED) == set(CONTRACT.views)


def test_parts_add_up_to_wholes(erp: MadeUpErp) -> None:
    """Ages to all that is pending, days to the year, states to delayed trips."""
    assert (
        erp.rows(
            "SELECT company_id, sum(amount), sum(invoices) FROM bi.collections_by_age GROUP BY 1"
            " EXCEPT SELECT company_id, amount, invoices FROM bi.pending_collections"
        )
        == []
    )
    assert (
        erp.rows(
            "SELECT company_id, fiscal_year, sum(revenue) FROM bi.revenue_by_day"
            " WHERE fiscal_year = '2026-27' GROUP BY 1, 2"
            " EXCEPT SELECT company_id, fiscal_year, year_to_date FROM bi.revenue"
        )
        == []
    )
    assert erp.rows("SELECT sum(delayed) FROM bi.trips_by_state") == erp.rows(
        "SELECT count(*) FROM bi.delayed_trips"
    )


REVENUE = "SELECT fiscal_year, month_to_date, year_to_date FROM bi.revenue WHERE company_id = 1"
OLD_YEAR = "236000.00"
"""What company 1 sold from April 2025 to 31 March 2026, as in the sample."""


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        # The last minute of a fiscal year in India, at 18:29 UTC, and the first of the next.
        (datetime(2026, 3, 31, 23, 59, tzinfo=INDIA), ("2025-26", "100000.00", OLD_YEAR)),
        (datetime(2026, 4, 1, 0, 0, tzinfo=INDIA), ("2026-27", "200000.00", "200000.00")),
        # Another five hours later it is April in UTC as well: nothing changes.
        (datetime(2026, 4, 1, 6, 0, tzinfo=INDIA), ("2026-27", "200000.00", "200000.00")),
        # The same for a month.
        (datetime(2026, 4, 30, 23, 59, tzinfo=INDIA), ("2026-27", "230000.50", "230000.50")),
        (datetime(2026, 5, 1, 0, 0, tzinfo=INDIA), ("2026-27", "1000.00", "231000.50")),
        (datetime(2026, 12, 31, 12, 0, tzinfo=INDIA), ("2026-27", "0", "318600.50")),
        (datetime(2027, 1, 1, 12, 0, tzinfo=INDIA), ("2026-27", "0", "318600.50")),
    ],
    ids=lambda value: value.isoformat() if isinstance(value, datetime) else "",
)
def test_months_and_fiscal_years_turn_at_midnight_in_india(
    restored: MadeUpErp, at: datetime, expected: tuple[str, ...]
) -> None:
    assert restored.make_views(at=at).returncode == 0
    assert restored.rows(REVENUE) == [expected]


def test_the_clock_goes(restored: MadeUpErp) -> None:
    """Without a fixed moment the views follow the server's: a new invoice of today is revenue at once."""
    assert restored.make_views(at=None).returncode == 0
    today = "(now() AT TIME ZONE 'Asia/Kolkata')::date"
    before = restored.rows("SELECT month_to_date FROM bi.revenue WHERE company_id = 3")
    restored.as_odoo(
        "INSERT INTO account_move (id, company_id, move_type, state, payment_state, date,"  # noqa: S608
        " amount_untaxed_signed, amount_residual_signed)"
        f" VALUES (900, 3, 'out_invoice', 'posted', 'paid', {today}, 77.00, 0)"
    )
    try:
        after = restored.rows("SELECT month_to_date FROM bi.revenue WHERE company_id = 3")
        assert (before, after) == ([("0",)], [("77.00",)])
    finally:
        restored.as_odoo("DELETE FROM account_move WHERE id = 900")


def test_runs_again_without_change(erp: MadeUpErp) -> None:
    """And twice leaves what once did, rights and comments included."""
    before = erp.server.ask(STATE, database="tms")
    assert erp.make_views().returncode == 0
    assert erp.server.ask(STATE, database="tms") == before
    assert all("security_barrier=true" in line for line in before if "|odoo|" in line)


def test_columns_are_those_of_the_contract(erp: MadeUpErp) -> None:
    """Names, order and types, for whoever draws panels."""
    for name, view in CONTRACT.views.items():
        found = erp.rows(
            "SELECT attname, format_type(atttypid, NULL) FROM pg_attribute"  # noqa: S608  (our own name)
            f" WHERE attrelid = 'bi.{name}'::regclass AND attnum > 0 ORDER BY attnum"
        )
        assert found == [(column, facts.type) for column, facts in view.columns.items()]


def test_without_the_trips_module_the_rest_goes_on(restored: MadeUpErp) -> None:
    """Its views have no rows, the log and the board say why, and the job ends well."""
    restored.as_odoo("DROP TABLE tms_trip CASCADE")
    made = restored.make_views()
    assert made.returncode == 0, made.stderr
    assert "bi.delayed_trips IS INCOMPLETE and has no rows; missing: tms_trip" in made.stdout
    for view in ("delayed_trips", "trips_by_state", "trips_by_day"):
        assert restored.view(view) == []
    assert restored.view("revenue") == EXPECTED["revenue"]
    assert restored.rows("SELECT view_name, missing FROM bi.contract WHERE NOT complete ORDER BY 1") == [
        ("delayed_trips", "tms_trip"),
        ("trips_by_day", "tms_trip"),
        ("trips_by_state", "tms_trip"),
    ]


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ("ALTER TABLE tms_trip DROP COLUMN arrival", "tms_trip.arrival"),
        (
            "ALTER TABLE tms_trip ALTER arrival TYPE text",
            "tms_trip.arrival (is text, not timestamp)",
        ),
        (
            "ALTER TABLE tms_trip DROP COLUMN vehicle_id, DROP COLUMN state",
            "tms_trip.state, tms_trip.vehicle_id",
        ),
    ],
)
def test_a_column_that_is_not_as_agreed_is_named(restored: MadeUpErp, change: str, missing: str) -> None:
    restored.as_odoo(upgrade.WITHDRAW_VIEWS + "; " + change)
    made = restored.make_views()
    assert made.returncode == 0, made.stderr
    assert f"bi.trips_by_day IS INCOMPLETE and has no rows; missing: {missing}\n" in made.stdout
    assert restored.view("trips_by_day") == []


def test_before_odoo_there_are_views_without_rows(restored: MadeUpErp) -> None:
    """A database that Odoo has not initialised yet has none of the tables."""
    names = ("account_move", "res_company", "res_currency", "stock_picking", "stock_picking_type", "tms_trip")
    hide = "; ".join(f"ALTER TABLE {name} RENAME TO hidden_{name}" for name in names)
    show = "; ".join(f"ALTER TABLE hidden_{name} RENAME TO {name}" for name in names)
    restored.as_odoo(hide)
    try:
        made = restored.make_views()
        assert made.returncode == 0, made.stderr
        assert all(restored.view(view) == [] for view in CONTRACT.views if view != "contract")
        assert restored.rows("SELECT count(*) FROM bi.contract WHERE complete") == [("0",)]
    finally:
        restored.as_odoo(show)


def test_an_upgrade_may_change_what_the_views_read(restored: MadeUpErp) -> None:
    """Odoo could not change a column's type under a view: its upgrade job takes the views away first."""
    widen = "ALTER TABLE account_move ALTER amount_untaxed_signed TYPE double precision"
    refused = restored.run(widen, user="odoo")
    assert "cannot alter type of a column used by a view" in refused.stderr
    restored.as_odoo(upgrade.WITHDRAW_VIEWS)
    assert restored.rows("SELECT count(*) FROM pg_views WHERE schemaname = 'bi'") == [("0",)]
    restored.as_odoo(widen)
    try:
        assert restored.make_views().returncode == 0
        assert restored.rows("SELECT month_to_date FROM bi.revenue WHERE company_id = 1") == [("88000",)]
    finally:
        restored.as_odoo(
            upgrade.WITHDRAW_VIEWS
            + "; ALTER TABLE account_move ALTER amount_untaxed_signed TYPE numeric USING"
            " amount_untaxed_signed::numeric(20, 2)"
        )


def test_a_view_that_the_contract_no_longer_has_goes(restored: MadeUpErp) -> None:
    restored.as_odoo("CREATE VIEW bi.old AS SELECT 1 AS one; CREATE VIEW bi.older AS SELECT * FROM bi.old")
    assert restored.make_views().returncode == 0
    found = restored.rows("SELECT viewname FROM pg_views WHERE schemaname = 'bi' ORDER BY 1")
    assert found == [(name,) for name in sorted(CONTRACT.views)]


def test_readers_see_old_views_until_the_new_ones_are_whole(restored: MadeUpErp) -> None:
    """A failure half-way leaves everything as it was."""
    before = restored.server.ask(STATE, database="tms")
    restored.as_odoo("CREATE SCHEMA aside")
    restored.server.ask("CREATE VIEW bi.revenue_of_somebody AS SELECT 1 AS one", database="tms")
    restored.server.ask("ALTER VIEW bi.revenue_by_day OWNER TO rdsadmin", database="tms")
    try:
        failed = restored.make_views()
        assert failed.returncode != 0
        assert "not made after 1 tries" in failed.stderr
    finally:
        restored.server.ask("ALTER VIEW bi.revenue_by_day OWNER TO odoo", database="tms")
        restored.server.ask("DROP VIEW bi.revenue_of_somebody", database="tms")
        restored.as_odoo("DROP SCHEMA aside")
    assert restored.server.ask(STATE, database="tms") == before


def test_two_hundred_thousand_invoices_are_read_within_the_time_limit(restored: MadeUpErp) -> None:
    """The dashboards' role is stopped after 15 s; every view of collections and revenue takes a fraction."""
    restored.as_odoo(
        "INSERT INTO account_move (id, company_id, move_type, state, payment_state, date, invoice_date_due,"
        " amount_untaxed_signed, amount_residual_signed)"
        " SELECT 10000 + n, 3, 'out_invoice', 'posted', CASE WHEN n % 10 = 0 THEN 'not_paid' ELSE 'paid' END,"
        " date '2026-05-15' - n % 1000, date '2026-05-15' - n % 1000 + 30, 100, CASE WHEN n % 10 = 0 THEN 118"
        " ELSE 0 END FROM generate_series(1, 200000) AS n; ANALYZE account_move"
    )
    try:
        for view in ("revenue", "revenue_by_day", "pending_collections", "collections_by_age"):
            done = restored.run(f"SET statement_timeout = '5s'; SELECT count(*) FROM bi.{view}")  # noqa: S608
            assert done.returncode == 0, done.stderr
        # 15 days of May, 200 invoices a day.
        assert restored.rows("SELECT month_to_date FROM bi.revenue WHERE company_id = 3") == [("300000",)]
    finally:
        restored.as_odoo("DELETE FROM account_move WHERE id > 10000")


def test_the_sample_begins_a_day_that_has_not_begun_in_utc() -> None:
    """Else it would not tell the two apart."""
    assert NOW.astimezone(UTC).date() < NOW.date()
