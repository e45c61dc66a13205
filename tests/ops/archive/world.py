"""A GPS database as the bootstrap job makes it, old months of positions in it, and S3 on loopback."""

from __future__ import annotations

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final, LiteralString, cast

import boto3
import psycopg
from botocore.config import Config

from infra.workloads import jobs
from ops.archive.objects import Bucket
from tests.infra.workloads.jobs.postgres_server import PASSWORD, SUPERUSER, PostgresServer, running_server

SQL: Final = Path(jobs.__file__).parent / "sql"
TEMPLATE: Final = "gps_template"
ARCHIVE_PASSWORD: Final = "OfTheArchive0123456789"
BUCKET: Final = "gps-archive"
START_SECONDS: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """A GPS database of its own."""

    server: PostgresServer
    name: str

    @property
    def archive(self) -> str:
        """How the archive job connects."""
        return self._conninfo("gps_archive", ARCHIVE_PASSWORD)

    @property
    def superuser(self) -> str:
        """How the test looks behind it."""
        return self._conninfo(SUPERUSER, PASSWORD)

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Run SQL as a superuser, and give the rows."""
        with psycopg.connect(self.superuser, autocommit=True) as connection:
            done = connection.execute(cast("LiteralString", query))
            return done.fetchall() if done.description else []

    def fill(self, month: date, *, vehicles: int = 3, positions: int = 40, attached: bool = True) -> None:
        """Give a month as many positions of each vehicle, with every oddity that a row can have."""
        name = f"gps.positions_{month:%Y_%m}"
        if attached:
            self.ask(
                f"SET ROLE gps_owner; CREATE TABLE {name} PARTITION OF gps.positions"
                f" FOR VALUES FROM ('{month} 00:00+00') TO ('{after(month)} 00:00+00')"
            )
        self.ask(
            f"""
            INSERT INTO gps.positions
            SELECT CASE v WHEN 1 THEN 'KA-01 "quoted", comma' WHEN 2 THEN E'line\\nbreak é' ELSE 'v' || v END,
                timestamptz '{month} 00:00+00' + n * interval '9 minutes 0.123457 seconds',
                timestamptz '{month} 00:00+00' + n * interval '9 minutes 1.000001 seconds',
                now(), 12.9 + n * 0.00123456789 + v, 77.6 - n * 0.001 / 3,
                CASE n % 4 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE n % 90 + 0.1 END,
                CASE WHEN n % 3 > 0 THEN n % 360 END,
                CASE n % 3 WHEN 0 THEN jsonb_build_object('fix', n, 'note', E'"\\n é') WHEN 1 THEN '""' END
            FROM generate_series(1, {vehicles}) AS v, generate_series(0, {positions - 1}) AS n
            """  # noqa: S608  (numbers of ours)
        )

    def state(self) -> list[tuple[Any, ...]]:
        """Give what is known of all months, and whether their tables are still there."""
        return self.ask(
            "SELECT to_char(month, 'YYYY-MM'), generation, state, positions,"
            " to_regclass('gps.' || gps.partition_of(month)) IS NOT NULL"
            " FROM ops_archive.months ORDER BY month, generation"
        )

    def _conninfo(self, user: str, password: str) -> str:
        return (
            f"host=127.0.0.1 port={self.server.port} user={user} password={password}"
            f" dbname={self.name} sslmode=disable"
        )


@contextmanager
def databases() -> Iterator[PostgresServer]:
    """Start a server with a template of the GPS database."""
    with running_server() as server:
        for statement in (
            "CREATE ROLE gps_owner NOLOGIN",
            "CREATE ROLE gps LOGIN",
            f"CREATE ROLE gps_archive LOGIN CONNECTION LIMIT 2 PASSWORD '{ARCHIVE_PASSWORD}'",
            f"CREATE DATABASE {TEMPLATE} OWNER gps_owner TEMPLATE template0 LC_COLLATE 'C'",
        ):
            server.ask(statement)
        service = server.service_file(
            server.folder / "super.conf", "super", user=SUPERUSER, password=PASSWORD
        )
        done = subprocess.run(  # noqa: S603  (our own command)
            [
                server.programs / "psql",
                f"service=super dbname={TEMPLATE}",
                *("--no-psqlrc", "--set=ON_ERROR_STOP=1", "--set=online_months=12", "--single-transaction"),
                f"--file={SQL / 'gps.sql'}",
                f"--file={SQL / 'gps_archive.sql'}",
            ],
            env=server.environment(PGSERVICEFILE=str(service)),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        yield server


def database(server: PostgresServer, name: str) -> Database:
    """Make a database from the template."""
    server.ask(f"CREATE DATABASE {name} OWNER gps_owner TEMPLATE {TEMPLATE}")
    return Database(server=server, name=name)


@contextmanager
def s3_endpoint() -> Iterator[str]:
    """Run moto's S3 in a process of its own: it outlives a client that is killed."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    server = subprocess.Popen(  # noqa: S603  (our own command)
        [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        endpoint = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            try:
                urllib.request.urlopen(f"{endpoint}/moto-api/", timeout=5).close()  # noqa: S310  (loopback)
                break
            except (urllib.error.URLError, ConnectionError):
                assert server.poll() is None, "moto's server ended"
                time.sleep(0.1)
        yield endpoint
    finally:
        server.terminate()
        server.wait(timeout=START_SECONDS)


def s3_client(endpoint: str, *, attempts: int = 1) -> Any:
    """Give a client of the stand-in, as the job has one of AWS's."""
    return boto3.client(
        "s3",
        endpoint_url=endpoint,
        region_name="ap-south-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
        config=Config(retries={"mode": "standard", "total_max_attempts": attempts}),
    )


def bucket(endpoint: str, name: str) -> Bucket:
    """Make a versioned bucket."""
    client = s3_client(endpoint)
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "ap-south-1"})
    client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
    return Bucket(name, client)


def months_ago(count: int) -> date:
    """Give the first day of a month that long ago."""
    today = datetime.now(UTC).date()
    years, month = divmod(today.year * 12 + today.month - 1 - count, 12)
    return date(years, month + 1, 1)


def after(month: date) -> date:
    """Give the first day of the next month."""
    years, number = divmod(month.year * 12 + month.month, 12)
    return date(years, number + 1, 1)
