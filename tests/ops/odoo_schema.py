"""Tables of Odoo 18, of the trips module and of the GPS service, with as many invented rows as wanted."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, LiteralString, cast

import psycopg
from psycopg import sql

ROOT: Final = Path(__file__).parents[2]
FOLDER: Final = Path(__file__).parent
GPS_SQL: Final = ROOT / "infra" / "workloads" / "jobs" / "sql" / "gps.sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume:
    """How many rows; tables that are not named here follow from these."""

    partners: int = 200
    employees: int = 20
    vehicles: int = 10
    invoices: int = 100
    messages: int = 100
    trips: int = 50


def create_odoo(connection: psycopg.Connection) -> None:
    """Create the tables of the ERP, empty, in schema public."""
    _run(connection, (FOLDER / "odoo_tables.sql").read_text())


def fill_odoo(connection: psycopg.Connection, volume: Volume | None = None) -> None:
    """Fill the empty tables: set-based, the same rows for the same volume."""
    _run(connection, (FOLDER / "odoo_rows.sql").read_text().format(**asdict(volume or Volume())))


def create_gps(connection: psycopg.Connection, *, months: tuple[str, ...] = ("2026-09", "2026-10")) -> None:
    """Create the table of positions as the bootstrap job declares it, partitions for months like 2026-10."""
    declared = GPS_SQL.read_text()
    tables = re.findall(r"^CREATE TABLE IF NOT EXISTS gps\..*?;$", declared, re.MULTILINE | re.DOTALL)
    assert len(tables) == 2, f"{GPS_SQL} declares positions and its default partition"
    _run(connection, "\n".join(["CREATE SCHEMA IF NOT EXISTS gps;", *tables]))
    for month in months:
        name = sql.Identifier("gps", f"positions_{month.replace('-', '_')}")
        begin = sql.Literal(f"{month}-01 00:00+00")
        connection.execute(
            sql.SQL("CREATE TABLE {} PARTITION OF gps.positions FOR VALUES FROM ({}) TO ({})").format(
                name, begin, sql.Literal(f"{_next(month)}-01 00:00+00")
            )
        )
    connection.commit()


def fill_gps(connection: psycopg.Connection, *, vehicles: int, begin: str, seconds: int, every: int) -> None:
    """Add a position of each vehicle every so many seconds from a moment on."""
    connection.execute(
        cast("LiteralString", (FOLDER / "gps_rows.sql").read_text()),
        {"vehicles": vehicles, "begin": begin, "seconds": seconds, "every": every},
    )
    connection.commit()


def _next(month: str) -> str:
    year, number = (int(part) for part in month.split("-"))
    return f"{year + number // 12}-{number % 12 + 1:02}"


def _run(connection: psycopg.Connection, text: str) -> None:
    connection.execute(cast("LiteralString", text))
    connection.commit()
