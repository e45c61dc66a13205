"""An old server and a new one: both PostgreSQL 16, the new one as RDS hands it over."""

# ruff: noqa: S608  (names of ours)

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString, cast

import psycopg

from ops.migration.servers import Programs, Server
from ops.migration.transfer import Transfer
from tests.infra.workloads.jobs.postgres_server import (
    MASTER,
    PASSWORD,
    SUPERUSER,
    PostgresServer,
    running_server,
)
from tests.ops import odoo_schema

TEMPLATE = "old_template"
SETUP = """
CREATE ROLE odoo LOGIN PASSWORD 'OfOdoo0123456789';
CREATE ROLE reader NOLOGIN;
GRANT odoo TO fleet_admin WITH INHERIT TRUE, SET TRUE;
CREATE DATABASE old_template OWNER odoo TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """A database that is to move, and where."""

    server: PostgresServer
    number: int
    work: Path

    @property
    def old(self) -> str:
        """Name of the old database."""
        return f"old_{self.number}"

    @property
    def new(self) -> str:
        """Name of the new one."""
        return f"tms_{self.number}"

    @property
    def transfer(self) -> Transfer:
        """How the data is carried."""
        return Transfer(
            source=Server(conninfo=self._conninfo(SUPERUSER), database=self.old),
            target=Server(conninfo=self._conninfo(MASTER), database=self.new),
            programs=Programs(folder=self.server.programs),
            work=self.work,
            jobs=2,
            owner="odoo",
            samples=50,
        )

    def ask(self, database: str, query: str) -> list[tuple[Any, ...]]:
        """Run SQL as a superuser, and give the rows."""
        with psycopg.connect(f"{self._conninfo(SUPERUSER)} dbname={database}", autocommit=True) as connection:
            done = connection.execute(cast("LiteralString", query))
            return done.fetchall() if done.description else []

    def write_as_odoo(self) -> None:
        """Write to the old database as people do."""
        with psycopg.connect(
            f"host=127.0.0.1 port={self.server.port} user=odoo password=OfOdoo0123456789 dbname={self.old}"
        ) as connection:
            connection.execute("INSERT INTO ir_config_parameter (key, value) VALUES (gen_random_uuid(), 'x')")

    def exists(self, database: str) -> bool:
        """Whether a database is there."""
        return self.ask("postgres", f"SELECT EXISTS (SELECT FROM pg_database WHERE datname = '{database}')")[
            0
        ][0]

    def _conninfo(self, user: str) -> str:
        return f"host=127.0.0.1 port={self.server.port} user={user} password={PASSWORD} sslmode=disable"


@contextmanager
def servers() -> Iterator[PostgresServer]:
    """Start a server with a filled template of the old database."""
    with running_server() as server:
        for statement in SETUP.split(";"):
            server.ask(statement)
        with psycopg.connect(
            f"host=127.0.0.1 port={server.port} user=odoo password=OfOdoo0123456789 dbname={TEMPLATE}"
        ) as connection:
            odoo_schema.create_odoo(connection)
            odoo_schema.fill_odoo(connection)
            connection.execute(
                "CREATE VIEW open_trips AS SELECT id FROM res_partner; GRANT SELECT ON res_partner TO reader;"
                " CREATE SEQUENCE ir_sequence_001; SELECT nextval('ir_sequence_001');"
                " CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql RETURN n * 2"
            )
        yield server


def migration(server: PostgresServer, number: int, work: Path) -> Migration:
    """Make an old database of the template, and an empty new one with rights of its own."""
    server.ask(f"CREATE DATABASE old_{number} OWNER odoo TEMPLATE {TEMPLATE}")
    server.ask(f"CREATE DATABASE tms_{number} OWNER odoo TEMPLATE template0 LC_COLLATE 'C' LC_CTYPE 'C'")
    server.ask(f"REVOKE ALL ON DATABASE tms_{number} FROM PUBLIC")
    server.ask(f"GRANT CONNECT ON DATABASE tms_{number} TO reader")
    return Migration(server=server, number=number, work=work)
