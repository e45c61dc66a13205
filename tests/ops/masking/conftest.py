"""Copies of one filled database: Odoo's tables, trips and positions, with invented people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from ops.masking.copies import mark_copy
from ops.masking.key import MaskingKey
from ops.masking.manifest import Manifest, load
from ops.masking.run import MaskingRun, Options
from tests.infra.workloads.jobs.postgres_server import (
    PASSWORD,
    SUPERUSER,
    PostgresServer,
    missing,
    running_server,
)
from tests.ops.odoo_schema import Volume, create_gps, create_odoo, fill_gps, fill_odoo

KEY = MaskingKey(b"0123456789abcdef0123456789abcdef")
SERVICE = "copy"
SNAPSHOT = "rds:fleet-erp-prod-postgres-2026-11-24"


@dataclass(frozen=True)
class Copies:
    """A server with a template of which copies are made."""

    server: PostgresServer
    service_file: Path
    numbers: count[int]

    def connect(self, database: str) -> psycopg.Connection:
        """Connect as the owner, without any of the code under test."""
        return psycopg.connect(
            host="127.0.0.1", port=self.server.port, user=SUPERUSER, password=PASSWORD, dbname=database
        )

    def make(self, *, marked: bool = True, template: str = "filled") -> str:
        """Make a copy; give the name of its database."""
        name = f"copy_{next(self.numbers)}"
        with self.connect("postgres") as connection:
            connection.autocommit = True
            create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
            connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
        if marked:
            with self.connect(name) as connection:
                mark_copy(connection, load(), source_snapshot=SNAPSHOT, environment="staging")
        return name

    def content(self, database: str, *, of: str = "") -> dict[str, str]:
        """Give a digest of the rows of each table, whatever their order."""
        with self.connect(database) as connection:
            tables = connection.execute(
                "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relnamespace IN"
                " ('public'::regnamespace, 'gps'::regnamespace) AND oid::regclass::text LIKE %s",
                (f"%{of}%",),
            ).fetchall()
            return {
                table: connection.execute(
                    sql.SQL(
                        "SELECT md5(coalesce(string_agg(t::text, '|' ORDER BY t::text), '')) FROM {} AS t"
                    ).format(sql.SQL(table))
                ).fetchone()[0]  # pyright: ignore[reportOptionalSubscript]
                for (table,) in tables
            }


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copies]:
    """Give a server with a filled template; skips, saying why, where none can be started."""
    if reason := missing():
        pytest.skip(reason)
    with running_server() as server:
        path = tmp_path_factory.mktemp("service") / "pg_service.conf"
        server.service_file(path, SERVICE, user=SUPERUSER, password=PASSWORD)
        made = Copies(server, path, count())
        with made.connect("postgres") as connection:
            connection.autocommit = True
            connection.execute("CREATE DATABASE filled TEMPLATE template0")
        with made.connect("filled") as connection:
            create_odoo(connection)
            fill_odoo(
                connection, Volume(partners=120, invoices=60, messages=60, trips=30, employees=12, vehicles=6)
            )
            create_gps(connection)
            fill_gps(connection, vehicles=3, begin="2026-09-30 23:00+00", seconds=7200, every=120)
            # What the planner remembers of originals is part of a restored copy.
            connection.execute("ANALYZE")
            connection.commit()
        yield made
        # Who is still connected would make the server wait before it stops.
        with made.connect("postgres") as connection:
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
            )


@pytest.fixture(autouse=True)
def _service(copies: Copies, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(copies.service_file))


@pytest.fixture(scope="session")
def manifest() -> Manifest:
    return load()


Masking = Callable[..., MaskingRun]


@pytest.fixture
def masking(manifest: Manifest) -> Masking:
    """Give `masking(database, key=…, manifest=…, batch_rows=…)`: a run that has not begun."""

    def make(
        database: str,
        *,
        key: MaskingKey = KEY,
        manifest: Manifest = manifest,
        batch_rows: int = 50,
        jobs: int = 1,
    ) -> MaskingRun:
        return MaskingRun(
            SERVICE,
            manifest,
            key,
            database=database,
            options=Options(batch_rows=batch_rows, jobs=jobs),
        )

    return make


@pytest.fixture(scope="session")
def masked(copies: Copies, manifest: Manifest) -> str:
    """Give a copy that is masked; nobody changes it."""
    database = copies.make()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGSERVICEFILE", str(copies.service_file))
        MaskingRun(SERVICE, manifest, KEY, database=database).run()
    return database
