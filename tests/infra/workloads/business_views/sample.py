"""A made-up ERP on a real PostgreSQL, with the business views over it at a fixed moment.

    with running_server() as server:
        made = sample.prepare(server, folder)          # roles, databases, tables, rows, views
        made.rows("SELECT * FROM bi.revenue")          # as the dashboards' role

Tables have the columns of Odoo 18 that the contract names and some that it does not, among them personal
data. Each row is an edge case; `EXPECTED` says what the views show of all of them at `NOW`.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Final

from infra.workloads.business_views import contract
from tests.infra.workloads.jobs.postgres_server import PostgresServer
from tests.infra.workloads.jobs.test_database_bootstrap_sql import PASSWORDS
from tests.infra.workloads.jobs.test_database_bootstrap_sql import run_job as bootstrap

DATABASE: Final = "tms"
READER: Final = "grafana"
INDIA: Final = timezone(timedelta(hours=5, minutes=30))
NOW: Final = datetime(2026, 5, 15, 0, 30, tzinfo=INDIA)
"""A Friday half an hour old in India, while it is still Thursday 19:00 in UTC."""

TABLES: Final = """
CREATE TABLE res_currency (id integer PRIMARY KEY, name varchar(3) NOT NULL);
CREATE TABLE res_company (
    id integer PRIMARY KEY, name varchar NOT NULL, currency_id integer NOT NULL,
    email varchar, phone varchar);
CREATE TABLE account_move (
    id integer PRIMARY KEY, company_id integer NOT NULL, currency_id integer, name varchar,
    move_type varchar NOT NULL, state varchar NOT NULL, payment_state varchar,
    date date NOT NULL, invoice_date date, invoice_date_due date,
    amount_untaxed numeric, amount_untaxed_signed numeric, amount_residual_signed numeric,
    invoice_partner_display_name varchar, ref varchar, narration text);
CREATE INDEX account_move_date_index ON account_move (date);
CREATE TABLE stock_picking_type (id integer PRIMARY KEY, code varchar NOT NULL);
CREATE TABLE stock_picking (
    id integer PRIMARY KEY, company_id integer, picking_type_id integer NOT NULL, partner_id integer,
    note text, state varchar, scheduled_date timestamp, date_done timestamp);
"""
TRIP_TABLE: Final = """
CREATE TABLE tms_trip (
    id integer PRIMARY KEY, company_id integer NOT NULL, vehicle_id integer, driver_name varchar,
    state varchar NOT NULL, planned_departure timestamp, planned_arrival timestamp,
    departure timestamp, arrival timestamp);
"""

COMPANIES: Final = """
INSERT INTO res_currency VALUES (1, 'USD'), (20, 'INR');
INSERT INTO res_company VALUES
    (1, 'First Made-up Company', 20, 'first@example.invalid', '+91 00000 00001'),
    (2, 'Company Abroad', 1, 'second@example.invalid', '+91 00000 00002'),
    (3, 'Company without Invoices', 20, NULL, NULL);
"""
INVOICES: Final = """
INSERT INTO account_move
    (id, company_id, move_type, state, payment_state, date, invoice_date_due,
     amount_untaxed, amount_untaxed_signed, amount_residual_signed)
VALUES
    -- The last day of a fiscal year and the first of the next.
    (1, 1, 'out_invoice', 'posted', 'paid', '2026-03-31', '2026-04-30', 100000.00, 100000.00, 0),
    (2, 1, 'out_invoice', 'posted', 'partial', '2026-04-01', '2026-04-15', 200000.00, 200000.00, 90000.00),
    -- Refunds: one settled, one open.
    (3, 1, 'out_refund', 'posted', 'paid', '2026-04-20', '2026-04-20', 50000.00, -50000.00, 0),
    (9, 1, 'out_refund', 'posted', 'not_paid', '2026-05-12', '2026-05-12', 3000.00, -3000.00, -3540.00),
    -- The last day of a month, due today, and the first of the next, due yesterday.
    (4, 1, 'out_invoice', 'posted', 'not_paid', '2026-04-30', '2026-05-15', 80000.50, 80000.50, 94400.59),
    (5, 1, 'out_invoice', 'posted', 'not_paid', '2026-05-01', '2026-05-14', 1000.00, 1000.00, 1180.00),
    -- Neither drafts nor cancelled ones count.
    (6, 1, 'out_invoice', 'draft', 'not_paid', '2026-05-02', '2026-05-02', 999999.00, 999999.00, 999999.00),
    (7, 1, 'out_invoice', 'cancel', 'not_paid', '2026-05-03', '2026-05-03', 888888.00, 888888.00, 888888.00),
    -- A thousand dollars: signed amounts are in the company's currency.
    (8, 1, 'out_invoice', 'posted', 'not_paid', '2026-05-10', '2026-06-09', 1000.00, 83000.00, 97940.00),
    -- Paid today, on its way through the bank; and one dated tomorrow.
    (10, 1, 'out_invoice', 'posted', 'in_payment', '2026-05-15', '2026-05-15', 7000.00, 7000.00, 0),
    (11, 1, 'out_invoice', 'posted', 'not_paid', '2026-05-16', '2026-05-16', 600.00, 600.00, 708.00),
    -- What suppliers want, an entry and a receipt.
    (12, 1, 'in_invoice', 'posted', 'not_paid', '2026-05-05', '2026-05-05', 40000.00, -40000.00, -47200.00),
    (13, 1, 'entry', 'posted', 'not_paid', '2026-05-05', NULL, 0, 12345.00, 12345.00),
    (22, 1, 'out_receipt', 'posted', 'not_paid', '2026-05-05', '2026-05-05', 500.00, 500.00, 590.00),
    -- A year ago: the same day, the day after, and the fiscal year before.
    (15, 1, 'out_invoice', 'posted', 'paid', '2025-05-15', '2025-05-15', 30000.00, 30000.00, 0),
    (16, 1, 'out_invoice', 'posted', 'paid', '2025-05-16', '2025-05-16', 40000.00, 40000.00, 0),
    (17, 1, 'out_invoice', 'posted', 'paid', '2025-03-31', '2025-03-31', 50000.00, 50000.00, 0),
    -- Overdue for 165, 60, 61, 90 and, without a date, 91 days.
    (14, 1, 'out_invoice', 'posted', 'not_paid', '2025-11-01', '2025-12-01', 20000.00, 20000.00, 23600.00),
    (18, 1, 'out_invoice', 'posted', 'not_paid', '2026-02-14', '2026-03-16', 10000.00, 10000.00, 11800.00),
    (19, 1, 'out_invoice', 'posted', 'not_paid', '2026-02-13', '2026-03-15', 11000.00, 11000.00, 12980.00),
    (20, 1, 'out_invoice', 'posted', 'not_paid', '2026-01-15', '2026-02-14', 12000.00, 12000.00, 14160.00),
    (21, 1, 'out_invoice', 'posted', 'not_paid', '2026-02-13', NULL, 13000.00, 13000.00, 15340.00),
    -- Another company, another currency.
    (31, 2, 'out_invoice', 'posted', 'not_paid', '2026-04-10', '2026-04-25', 5000.00, 5000.00, 5900.00);
UPDATE account_move SET invoice_partner_display_name = 'Made-up Customer', ref = 'Customer reference ' || id,
    narration = 'For the attention of somebody';
"""
DELIVERIES: Final = """
INSERT INTO stock_picking_type VALUES (1, 'outgoing'), (2, 'incoming'), (3, 'internal');
INSERT INTO stock_picking (id, company_id, picking_type_id, state, scheduled_date, date_done) VALUES
    (1, 1, 1, 'assigned', '2026-05-14 18:00', NULL),
    (2, 1, 1, 'assigned', '2026-05-15 05:00', NULL),
    (3, 1, 1, 'confirmed', '2026-05-13 09:00', NULL),
    (4, 1, 1, 'waiting', '2026-05-20 09:00', NULL),
    (5, 1, 1, 'draft', '2026-05-10 09:00', NULL),
    (6, 1, 1, 'cancel', '2026-05-10 09:00', NULL),
    (7, 1, 2, 'assigned', '2026-05-10 09:00', NULL),
    -- A minute after and a minute before midnight in India, both on 14 May in UTC.
    (8, 1, 1, 'done', '2026-05-14 18:00', '2026-05-14 18:31'),
    (9, 1, 1, 'done', '2026-05-14 18:00', '2026-05-14 18:29'),
    (10, 2, 1, 'done', '2026-05-02 10:00', '2026-05-01 10:00'),
    -- The last minute of a fiscal year that is not shown, and the first of the one that is.
    (11, 1, 1, 'done', '2025-03-31 10:00', '2025-03-31 18:29'),
    (12, 1, 1, 'done', '2025-04-01 10:00', '2025-03-31 18:30'),
    (13, 1, 3, 'done', '2026-05-14 10:00', '2026-05-14 10:00');
UPDATE stock_picking SET note = 'Ring at the neighbour';
"""
TRIPS: Final = """
INSERT INTO tms_trip
    (id, company_id, vehicle_id, state, planned_departure, planned_arrival, departure, arrival)
VALUES
    (1, 1, 11, 'planned', '2026-05-14 18:00', '2026-05-15 06:00', NULL, NULL),
    (2, 1, 12, 'under_way', '2026-05-14 06:00', '2026-05-14 17:29:30', '2026-05-14 06:10', NULL),
    -- Left late, may still arrive in time.
    (3, 1, 13, 'under_way', '2026-05-14 08:00', '2026-05-15 02:00', '2026-05-14 09:00', NULL),
    -- Due to leave at this very moment.
    (4, 1, 14, 'planned', '2026-05-14 19:00', '2026-05-15 09:00', NULL, NULL),
    -- Never left, and should be there: late once, not twice.
    (5, 1, 15, 'planned', '2026-05-14 04:00', '2026-05-14 12:00', NULL, NULL),
    -- Today and yesterday in India, the same day in UTC.
    (6, 1, 16, 'arrived', '2026-05-14 18:40', '2026-05-14 18:55', '2026-05-14 18:40', '2026-05-14 18:50'),
    (7, 1, 17, 'arrived', '2026-05-14 18:20', '2026-05-14 18:50', '2026-05-14 18:20', '2026-05-14 18:59'),
    (8, 1, 18, 'cancelled', '2026-05-15 05:00', '2026-05-15 10:00', NULL, NULL),
    (9, 1, 19, 'cancelled', '2026-05-13 05:00', '2026-05-13 10:00', NULL, NULL),
    (10, 1, NULL, 'draft', '2026-05-14 10:00', '2026-05-14 12:00', NULL, NULL),
    (11, 1, 11, 'closed', '2026-04-02 05:00', '2026-04-02 10:00', '2026-04-02 05:00', '2026-04-02 10:00'),
    (12, 2, NULL, 'planned', '2026-05-14 18:59', '2026-05-15 09:00', NULL, NULL),
    (13, 1, 11, 'closed', '2025-03-31 18:29', '2025-04-01 10:00', '2025-03-31 18:29', '2025-04-01 10:00'),
    (14, 1, 11, 'closed', '2025-03-31 18:30', '2025-04-01 10:00', '2025-03-31 18:30', '2025-04-01 10:00');
UPDATE tms_trip SET driver_name = 'Made-up Driver ' || id;
"""

Row = tuple[str, ...]

EXPECTED: Final[dict[str, list[Row]]] = {
    "pending_deliveries": [
        ("1", "ready", "2", "1", "2026-05-14 18:00:00+00"),
        ("1", "waiting", "2", "1", "2026-05-13 09:00:00+00"),
    ],
    "deliveries_by_day": [
        ("2025-03-31 18:30:00+00", "2025-04-01", "1", "1", "0"),
        ("2026-04-30 18:30:00+00", "2026-05-01", "2", "1", "0"),
        ("2026-05-13 18:30:00+00", "2026-05-14", "1", "1", "0"),
        ("2026-05-14 18:30:00+00", "2026-05-15", "1", "1", "1"),
    ],
    "delayed_trips": [
        ("1", "1", "11", "planned", "departure", "2026-05-14 18:00:00+00", "60"),
        ("12", "2", "", "planned", "departure", "2026-05-14 18:59:00+00", "1"),
        ("2", "1", "12", "under_way", "arrival", "2026-05-14 17:29:30+00", "90"),
        ("5", "1", "15", "planned", "arrival", "2026-05-14 12:00:00+00", "420"),
    ],
    "trips_by_state": [
        ("1", "arrived", "1", "0"),
        ("1", "cancelled", "1", "0"),
        ("1", "draft", "1", "0"),
        ("1", "planned", "3", "2"),
        ("1", "under_way", "2", "1"),
        ("2", "planned", "1", "1"),
    ],
    "trips_by_day": [
        ("2025-03-31 18:30:00+00", "2025-04-01", "1", "1", "1", "0", "0"),
        ("2026-04-01 18:30:00+00", "2026-04-02", "1", "1", "1", "0", "0"),
        ("2026-05-12 18:30:00+00", "2026-05-13", "1", "1", "0", "0", "1"),
        ("2026-05-13 18:30:00+00", "2026-05-14", "1", "5", "0", "1", "0"),
        ("2026-05-14 18:30:00+00", "2026-05-15", "1", "3", "1", "0", "1"),
        ("2026-05-14 18:30:00+00", "2026-05-15", "2", "1", "0", "0", "0"),
    ],
    "pending_collections": [
        ("1", "INR", "10", "358568.59", "7", "165520.00"),
        ("2", "USD", "1", "5900.00", "1", "5900.00"),
    ],
    "collections_by_age": [
        ("1", "INR", "1-30 days", "2", "2", "87640.00"),
        ("1", "INR", "31-60 days", "3", "1", "11800.00"),
        ("1", "INR", "61-90 days", "4", "2", "27140.00"),
        ("1", "INR", "not due", "1", "3", "193048.59"),
        ("1", "INR", "over 90 days", "5", "2", "38940.00"),
        ("2", "USD", "1-30 days", "2", "1", "5900.00"),
        ("2", "USD", "31-60 days", "3", "0", "0"),
        ("2", "USD", "61-90 days", "4", "0", "0"),
        ("2", "USD", "not due", "1", "0", "0"),
        ("2", "USD", "over 90 days", "5", "0", "0"),
    ],
    "revenue": [
        ("1", "INR", "2026-27", "88000.00", "318000.50", "30000.00"),
        ("2", "USD", "2026-27", "0", "5000.00", "0"),
        ("3", "INR", "2026-27", "0", "0", "0"),
    ],
    "revenue_by_day": [
        ("2025-05-14 18:30:00+00", "2025-05-15", "1", "INR", "2025-26", "30000.00", "0", "30000.00"),
        ("2025-05-15 18:30:00+00", "2025-05-16", "1", "INR", "2025-26", "40000.00", "0", "40000.00"),
        ("2025-10-31 18:30:00+00", "2025-11-01", "1", "INR", "2025-26", "20000.00", "0", "20000.00"),
        ("2026-01-14 18:30:00+00", "2026-01-15", "1", "INR", "2025-26", "12000.00", "0", "12000.00"),
        ("2026-02-12 18:30:00+00", "2026-02-13", "1", "INR", "2025-26", "24000.00", "0", "24000.00"),
        ("2026-02-13 18:30:00+00", "2026-02-14", "1", "INR", "2025-26", "10000.00", "0", "10000.00"),
        ("2026-03-30 18:30:00+00", "2026-03-31", "1", "INR", "2025-26", "100000.00", "0", "100000.00"),
        ("2026-03-31 18:30:00+00", "2026-04-01", "1", "INR", "2026-27", "200000.00", "0", "200000.00"),
        ("2026-04-09 18:30:00+00", "2026-04-10", "2", "USD", "2026-27", "5000.00", "0", "5000.00"),
        ("2026-04-19 18:30:00+00", "2026-04-20", "1", "INR", "2026-27", "0", "50000.00", "-50000.00"),
        ("2026-04-29 18:30:00+00", "2026-04-30", "1", "INR", "2026-27", "80000.50", "0", "80000.50"),
        ("2026-04-30 18:30:00+00", "2026-05-01", "1", "INR", "2026-27", "1000.00", "0", "1000.00"),
        ("2026-05-09 18:30:00+00", "2026-05-10", "1", "INR", "2026-27", "83000.00", "0", "83000.00"),
        ("2026-05-11 18:30:00+00", "2026-05-12", "1", "INR", "2026-27", "0", "3000.00", "-3000.00"),
        ("2026-05-14 18:30:00+00", "2026-05-15", "1", "INR", "2026-27", "7000.00", "0", "7000.00"),
    ],
    "contract": [
        (name, "t", "")
        for name in sorted(
            (
                *(
                    "pending_deliveries",
                    "deliveries_by_day",
                    "delayed_trips",
                    "trips_by_state",
                    "trips_by_day",
                ),
                *("pending_collections", "collections_by_age", "revenue", "revenue_by_day"),
            )
        )
    ],
}
"""Rows of every view at `NOW`, as text, sorted; times in UTC."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeUpErp:
    """The database of a made-up ERP."""

    server: PostgresServer
    folder: Path

    def run(self, statement: str, *, user: str = READER) -> subprocess.CompletedProcess[str]:
        """Run SQL as a user; the outcome is for the caller to judge."""
        return self.server.run(
            f"SET timezone = 'UTC'; {statement}", user=user, password=PASSWORDS[user], database=DATABASE
        )

    def rows(self, query: str, *, user: str = READER) -> list[Row]:
        """Give the rows of a query as the dashboards' role gets them, as text, empty for NULL."""
        done = self.run(query, user=user)
        assert done.returncode == 0, done.stderr
        return [tuple(line.split("|")) for line in done.stdout.splitlines()]

    def view(self, name: str) -> list[Row]:
        """Give all rows of a view, sorted."""
        return sorted(self.rows(f"SELECT * FROM bi.{name}"))  # noqa: S608  (our own name)

    def as_odoo(self, statements: str) -> None:
        """Change tables or rows, as Odoo does."""
        done = self.run(statements, user="odoo")
        assert done.returncode == 0, done.stderr

    def make_views(self, *, at: datetime | None = NOW) -> subprocess.CompletedProcess[str]:
        """Run the job as its pod does. `at` sets the views' clock; None: it goes."""
        scripts = self.folder / "views"
        shutil.rmtree(scripts, ignore_errors=True)
        scripts.mkdir(parents=True)
        for name, text in contract.scripts().items():
            (scripts / name).write_text(text if at is None else stopped(text, at=at))
        service = self.server.service_file(
            self.folder / "odoo-service.conf", "odoo", user="odoo", password=PASSWORDS["odoo"]
        )
        return subprocess.run(  # noqa: S603  (our own script)
            ["/bin/sh", scripts / "business_views.sh"],
            env=self.server.environment(
                SCRIPTS=str(scripts),
                PGSERVICEFILE=str(service),
                ODOO_DATABASE=DATABASE,
                TRIES="1",
                PAUSE_SECONDS="1",
            ),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )


def stopped(text: str, *, at: datetime) -> str:
    """Put a fixed moment for `now()` into SQL."""
    return text.replace("now()", f"timestamptz '{at.astimezone(UTC).isoformat()}'")


def prepare(
    server: PostgresServer, folder: Path, *, at: datetime | None = NOW, trips: bool = True
) -> MadeUpErp:
    """Bootstrap the server, fill the ERP's tables and make the views; `trips`: their module is installed."""
    done = bootstrap(server, folder, PASSWORDS)
    assert done.returncode == 0, done.stderr
    erp = MadeUpErp(server=server, folder=folder)
    erp.as_odoo(TABLES + COMPANIES + INVOICES + DELIVERIES)
    if trips:
        erp.as_odoo(TRIP_TABLE + TRIPS)
    made = erp.make_views(at=at)
    assert made.returncode == 0, made.stderr
    return erp
