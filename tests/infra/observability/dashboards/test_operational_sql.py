"""The SQL of the operational dashboard: against the contract of the views, and on PostgreSQL 16 (OBS-14)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

import pytest

from infra.workloads.business_views import contract
from tests.infra.workloads.business_views.sample import NOW, TRIP_TABLE, TRIPS, MadeUpErp, prepare
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import running_server

from .boards import boards_of, panels, sql_queries, titled

needs_postgres = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)
VIEWS: Final = contract.load().views
SQL_WORDS: Final = frozenset(
    {
        "select",
        "case",
        "when",
        "then",
        "end",
        "as",
        "from",
        "where",
        "and",
        "or",
        "not",
        "is",
        "true",
        "distinct",
        "group",
        "by",
        "order",
        "desc",
        "asc",
        "limit",
        "sum",
        "count",
        "coalesce",
        "max",
        "min",
        "abs",
        "nullif",
    }
)
NUMBERS: Final = {
    "Pending deliveries": "4",
    "Overdue deliveries": "2",
    "Delayed trips": "4",
    "Longest delay": "420",
    "Pending payment collections": "358568.59",
    "Overdue collections": "165520.00",
    "Total revenue, month to date": "88000.00",
    "Total revenue, fiscal year to date": "318000.50",
    "Same days of the fiscal year before": "30000.00",
    "Growth over the fiscal year before": "9.6000166666666667",
    "Views without data": "0",
}
"""What the board shows of the made-up ERP, on 15 May 2026 at half past midnight in India.

Rupees alone: the company that has dollars is in the tables.
"""
TABLES: Final = {
    "Pending collections by age": [
        ("not due", "3", "193048.59"),
        ("1-30 days", "2", "87640.00"),
        ("31-60 days", "1", "11800.00"),
        ("61-90 days", "2", "27140.00"),
        ("over 90 days", "2", "38940.00"),
    ],
    "Revenue by company": [
        ("1", "INR", "2026-27", "88000.00", "318000.50", "30000.00"),
        ("2", "USD", "2026-27", "0", "5000.00", "0"),
        ("3", "INR", "2026-27", "0", "0", "0"),
    ],
    "Trips that are late now": [
        ("5", "15", "1", "planned", "arrival", "2026-05-14 12:00:00+00", "420"),
        ("2", "12", "1", "under_way", "arrival", "2026-05-14 17:29:30+00", "90"),
        ("1", "11", "1", "planned", "departure", "2026-05-14 18:00:00+00", "60"),
        ("12", "", "2", "planned", "departure", "2026-05-14 18:59:00+00", "1"),
    ],
    "Trips by state": [
        ("arrived", "1", "0"),
        ("cancelled", "1", "0"),
        ("draft", "1", "0"),
        ("planned", "4", "3"),
        ("under_way", "2", "1"),
    ],
    "Pending deliveries by state": [
        ("ready", "2", "1", "2026-05-14 18:00:00+00"),
        ("waiting", "2", "1", "2026-05-13 09:00:00+00"),
    ],
    # Of the last thirty days.
    "Revenue by day": [
        ("2026-04-19 18:30:00+00", "-50000.00"),
        ("2026-04-29 18:30:00+00", "80000.50"),
        ("2026-04-30 18:30:00+00", "1000.00"),
        ("2026-05-09 18:30:00+00", "83000.00"),
        ("2026-05-11 18:30:00+00", "-3000.00"),
        ("2026-05-14 18:30:00+00", "7000.00"),
    ],
    "Deliveries made by day": [
        ("2026-04-30 18:30:00+00", "1", "0"),
        ("2026-05-13 18:30:00+00", "1", "0"),
        ("2026-05-14 18:30:00+00", "0", "1"),
    ],
    "Trips by day of departure": [
        ("2026-05-12 18:30:00+00", "0", "0", "1"),
        ("2026-05-13 18:30:00+00", "0", "1", "0"),
        ("2026-05-14 18:30:00+00", "1", "0", "1"),
    ],
}
FROM_TRIPS: Final = ("Delayed trips", "Longest delay")


def expanded(sql: str) -> str:
    """Put the last thirty days before `NOW` for Grafana's macro; any other macro is a mistake."""
    sql = re.sub(
        r"\$__timeFilter\((\w+)\)",
        rf"\1 BETWEEN '{NOW.isoformat()}'::timestamptz - interval '30 days' AND '{NOW.isoformat()}'",
        sql,
    )
    assert "$" not in sql, sql
    return sql


@pytest.fixture(scope="module")
def erp(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MadeUpErp]:
    """Give a made-up ERP with the views at `NOW`."""
    with running_server() as server:
        yield prepare(server, tmp_path_factory.mktemp("erp"))


@pytest.fixture
def erp_without_trips(erp: MadeUpErp) -> Iterator[MadeUpErp]:
    """Give the ERP while the module of trips is not installed."""
    erp.as_odoo("DROP TABLE tms_trip CASCADE")
    assert erp.make_views().returncode == 0
    yield erp
    erp.as_odoo(TRIP_TABLE + TRIPS)
    assert erp.make_views().returncode == 0


def queries() -> dict[str, str]:
    """SQL of every panel of the board, by title."""
    return dict(sql_queries(boards_of("prod")["fleet-operational"].to_json()))


@pytest.mark.parametrize("stack", ["prod", "staging", "dr"])
def test_sql_reads_views_and_columns_of_the_contract_alone(stack: str) -> None:
    asked = [
        (board.uid, title, sql)
        for board in boards_of(stack).values()
        for title, sql in sql_queries(board.to_json())
    ]
    assert {uid for uid, _, _ in asked} == {"fleet-operational"}
    for _, title, sql in asked:
        views = re.findall(r"\b(?:FROM|JOIN)\s+(\S+?)(?=[\s)]|$)", sql)
        assert views, title
        assert all(view.startswith("bi.") and view.removeprefix("bi.") in VIEWS for view in views), (
            title,
            views,
        )
        columns = {name for view in views for name in VIEWS[view.removeprefix("bi.")].columns}
        bare = re.sub(r"\"[^\"]*\"|'[^']*'|\$__\w+|\bbi\.\w+", " ", sql)
        names = {word.lower() for word in re.findall(r"[A-Za-z_]\w*", bare)} - SQL_WORDS
        assert names <= columns, (title, names - columns)


def test_every_number_and_table_is_checked() -> None:
    assert set(queries()) == {*NUMBERS, *TABLES}


@needs_postgres
@pytest.mark.requirement("OBS-14")
@pytest.mark.parametrize("title", NUMBERS)
def test_the_board_shows_the_numbers(erp: MadeUpErp, title: str) -> None:
    """As the dashboards' own role gets them: one row of one number."""
    assert erp.rows(expanded(queries()[title])) == [(NUMBERS[title],)]


@needs_postgres
@pytest.mark.parametrize("title", TABLES)
def test_the_board_shows_the_tables_and_curves(erp: MadeUpErp, title: str) -> None:
    assert erp.rows(expanded(queries()[title])) == TABLES[title]


@needs_postgres
def test_what_is_not_known_is_not_shown_as_nought(erp_without_trips: MadeUpErp) -> None:
    """Without the trips module there are no delayed trips to count: no number, and a count of such views."""
    board = boards_of("prod")["fleet-operational"].to_json()
    for title in FROM_TRIPS:
        # One row of NULL, for which Grafana puts the panel's own words.
        assert erp_without_trips.rows(expanded(queries()[title])) == [("",)]
        assert titled(board, title)["fieldConfig"]["defaults"]["noValue"] == "view not complete"
    assert erp_without_trips.rows(queries()["Views without data"]) == [("3",)]
    for title in ("Pending deliveries", "Total revenue, month to date"):
        assert erp_without_trips.rows(expanded(queries()[title])) == [(NUMBERS[title],)]


def test_tables_show_nobody() -> None:
    """No heading of the board is a name, a number of a telephone, an address or a plate (DATA-07)."""
    board = boards_of("prod")["fleet-operational"].to_json()
    headings = {
        heading.lower()
        for panel in panels(board)
        for target in panel["targets"]
        for heading in re.findall(r'AS "([^"]+)"', target["rawSql"])
    }
    assert headings
    for word in ("name", "driver", "customer", "phone", "address", "plate", "mail", "partner"):
        assert not any(word in heading for heading in headings), word
