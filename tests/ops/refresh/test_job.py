"""How the job of the quarantine comes to the copy, and what it refuses, with a real PostgreSQL."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from infra.naming import Naming
from infra.protection.refresh.parts import quarantined
from ops.errors import OperatorError
from ops.masking.manifest import load
from ops.refresh import job
from ops.refresh.job import SERVICE, Place, close_logins, do, require_databases
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import MASTER, PASSWORD, PostgresServer, running_server

needs_postgres = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)


class Secrets:
    """Secrets Manager, with the password of the copy and an empty place for the key."""

    def __init__(self) -> None:
        self.values = {"master": json.dumps({"username": "fleet", "password": "a:b\\c"})}

    def get_secret_value(self, **arguments: Any) -> dict[str, str]:
        if arguments["SecretId"] not in self.values:
            error: Any = {"Error": {"Code": "ResourceNotFoundException", "Message": "no value yet"}}
            raise ClientError(error, "GetSecretValue")
        return {"SecretString": self.values[arguments["SecretId"]]}

    def put_secret_value(self, **arguments: Any) -> None:
        self.values[arguments["SecretId"]] = arguments["SecretString"]


def place(folder: Path) -> Place:
    return Place.of(
        {
            "REFRESH_HOST": "copy.example.com",
            "REFRESH_DATABASES": "tms,gps",
            "REFRESH_ENVIRONMENT": "staging",
            "REFRESH_MASTER": "master",
            "REFRESH_KEY": "key",
            "REFRESH_SNAPSHOT": "fleet-erp-quarantine-prod-manual-1-source",
            "REFRESH_ROOTS": "-----BEGIN CERTIFICATE-----\n",
            "REFRESH_SCRATCH": str(folder),
        }
    )


def test_says_all_that_is_not_set() -> None:
    with pytest.raises(OperatorError, match="REFRESH_HOST, REFRESH_DATABASES"):
        Place.of({})


def test_masking_takes_the_copy_for_no_production(naming: Naming) -> None:
    """Its manifest refuses hosts of production, and the copy's name must not look like one."""
    host = f"{quarantined(naming, 'manual-1')}.abc.ap-south-1.rds.amazonaws.com"
    assert not any(fnmatchcase(host, pattern) for pattern in load().production_hosts)


@pytest.mark.requirement("SEC-09")
def test_every_database_is_masked_and_verified_with_one_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[tuple[str, str | None, str]] = []
    store = Secrets()
    for step in ("run", "verify"):

        def record(*, key_file: Path, database: str, step: str = step, **_: Any) -> None:
            assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
            done.append((step, database, key_file.read_text()))

        monkeypatch.setattr(job.masking, step, record)
    opened: list[str] = []
    monkeypatch.setattr(job, "let_be_examined", lambda _, database: opened.append(database))
    do("mask", place(tmp_path), store)
    # Another container goes on: memory is gone, the key is not.
    (tmp_path / "masking-key").unlink()
    do("verify", place(tmp_path), store)
    assert [(step, database) for step, database, _ in done] == [
        ("run", "tms"),
        ("run", "gps"),
        ("verify", "tms"),
        ("verify", "gps"),
    ]
    assert opened == ["tms", "gps"]
    assert {key for _, _, key in done} == {store.values["key"] + "\n"}


def test_the_connection_checks_whom_it_gives_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job.masking, "run", lambda **_: None)
    do("mask", place(tmp_path), Secrets())
    service = (tmp_path / "pg_service.conf").read_text()
    assert "sslmode=verify-full" in service
    assert f"sslrootcert={tmp_path / 'rds.pem'}" in service
    assert "a:b" not in service
    assert (tmp_path / "pgpass").read_text() == "*:*:*:*:a\\:b\\\\c\n"
    assert stat.S_IMODE((tmp_path / "pgpass").stat().st_mode) == 0o600


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_server() as running:
        for name in ("tms", "gps"):
            made = running.run(f"CREATE DATABASE {name}", user=MASTER, password=PASSWORD, database="postgres")
            assert made.returncode == 0, made.stderr
        yield running


@pytest.fixture
def service(server: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    file = server.service_file(tmp_path / "service", SERVICE, user=MASTER, password=PASSWORD)
    with file.open("a") as more:
        more.write("dbname=tms\n")
    monkeypatch.setenv("PGSERVICEFILE", str(file))
    return SERVICE


def as_master(server: PostgresServer, statement: str) -> None:
    answer = server.run(statement, user=MASTER, password=PASSWORD, database="postgres")
    assert answer.returncode == 0, answer.stderr


@needs_postgres
def test_refuses_a_database_that_nobody_masks(server: PostgresServer, service: str) -> None:
    require_databases(service, ["tms", "gps"])
    with pytest.raises(OperatorError, match='"gps" is on the server and is masked by nobody'):
        require_databases(service, ["tms"])
    with pytest.raises(OperatorError, match='"other" is not on the server'):
        require_databases(service, ["tms", "gps", "other"])
    as_master(server, "CREATE TABLE stray (name text)")
    with pytest.raises(OperatorError, match='"postgres" holds stray'):
        require_databases(service, ["tms", "gps"])
    as_master(server, "DROP TABLE stray")


@needs_postgres
def test_no_password_of_production_opens_the_copy(server: PostgresServer, service: str) -> None:
    as_master(server, "CREATE ROLE odoo LOGIN PASSWORD 'OfProduction0123'")
    assert server.run("SELECT 1", user="odoo", password="OfProduction0123", database="tms").returncode == 0
    close_logins(service)
    assert server.run("SELECT 1", user="odoo", password="OfProduction0123", database="tms").returncode != 0
    assert server.run("SELECT 1", user=MASTER, password=PASSWORD, database="tms").returncode == 0
