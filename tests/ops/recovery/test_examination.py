"""What the pod of a drill finds in its copy, in a real PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from ops.__main__ import main
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import (
    MASTER,
    PASSWORD,
    SUPERUSER,
    PostgresServer,
    running_server,
)

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)
OF_THE_COPY = "OfTheCopy0123456789-_"
ODOO = """
SET ROLE odoo;
CREATE TABLE public.res_users (active boolean);
CREATE TABLE public.ir_module_module (name text, state text);
INSERT INTO res_users VALUES (true), (true), (false);
INSERT INTO ir_module_module VALUES ('base', 'installed');
"""
GPS = """
SET ROLE gps_owner;
CREATE SCHEMA gps;
CREATE TABLE gps.positions (device_time timestamptz) PARTITION BY RANGE (device_time);
CREATE TABLE gps.positions_other PARTITION OF gps.positions DEFAULT;
INSERT INTO gps.positions SELECT now() - n * interval '1 minute' FROM generate_series(1, 500) AS n;
ANALYZE gps.positions_other;
"""


def conninfo(server: PostgresServer, user: str, password: str, database: str) -> str:
    return (
        f"host=127.0.0.1 port={server.port} user={user} password={password} dbname={database} sslmode=disable"
    )


@pytest.fixture(scope="module")
def copy() -> Iterator[PostgresServer]:
    """A server whose master may become the owners, as the bootstrap job leaves it."""
    with running_server() as server:
        with psycopg.connect(
            conninfo(server, SUPERUSER, PASSWORD, "postgres"), autocommit=True
        ) as connection:
            connection.execute("CREATE ROLE odoo LOGIN")
            connection.execute("CREATE ROLE gps_owner NOLOGIN")
            connection.execute(f"GRANT odoo, gps_owner TO {MASTER} WITH ADMIN TRUE, INHERIT TRUE, SET TRUE")
            connection.execute("CREATE DATABASE tms OWNER odoo")
            connection.execute("CREATE DATABASE gps OWNER gps_owner")
        for database, statements in (("tms", ODOO), ("gps", GPS)):
            with psycopg.connect(
                conninfo(server, SUPERUSER, PASSWORD, database), autocommit=True
            ) as connection:
                connection.execute(statements.encode())
        yield server


def examine(copy: PostgresServer, folder: Path, monkeypatch: pytest.MonkeyPatch) -> int:
    service = copy.service_file(folder / "pg_service.conf", "drill", user=MASTER, password=PASSWORD)
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    (folder / "password").write_text(OF_THE_COPY)
    return main(
        [
            *("recovery", "examine", "--service=drill", "--odoo-database=tms", "--gps-database=gps"),
            f"--open-with={folder / 'password'}",
        ]
    )


def test_a_sound_copy_gives_its_figures_and_opens_for_odoo(
    copy: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The password of the drill is in force afterwards, and was in no statement that is logged."""
    assert examine(copy, tmp_path, monkeypatch) == 0
    figures = json.loads(capsys.readouterr().out)
    assert (figures["users"], figures["positions"]) == (2, 500)
    with psycopg.connect(conninfo(copy, "odoo", OF_THE_COPY, "tms")) as connection:
        assert connection.execute("SELECT count(*) FROM res_users").fetchone() == (3,)
    assert OF_THE_COPY not in (copy.folder / "log").read_text()


@pytest.mark.requirement("DATA-08")
def test_a_copy_that_lacks_something_fails(
    copy: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with psycopg.connect(conninfo(copy, SUPERUSER, PASSWORD, "tms"), autocommit=True) as connection:
        connection.execute("UPDATE ir_module_module SET state = 'to install'")
        connection.execute("UPDATE res_users SET active = false")
    with psycopg.connect(conninfo(copy, SUPERUSER, PASSWORD, "gps"), autocommit=True) as connection:
        connection.execute("UPDATE gps.positions SET device_time = device_time - interval '40 days'")
    assert examine(copy, tmp_path, monkeypatch) == 1
    assert capsys.readouterr().err.splitlines() == [
        "tms: Odoo is not installed",
        "tms: there are no users",
        "gps: there is no position of the last 30 days",
    ]


def test_a_copy_that_does_not_answer_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    arguments = ["recovery", "examine", "--service=drill", "--odoo-database=tms", "--gps-database=gps"]
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("the copy refused: ")
