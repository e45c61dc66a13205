"""A real PostgreSQL 16 on loopback, set up as RDS hands one over: its master is no superuser."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

MASTER: Final = "fleet_admin"
SUPERUSER: Final = "rdsadmin"
"""RDS keeps the only superuser to itself."""
PASSWORD: Final = "OfTheMaster0123456789"
START_SECONDS: Final = 60
STATEMENT_SECONDS: Final = 60
UNPRIVILEGED: Final = "nobody"
"""PostgreSQL refuses to run as root."""

_STAND_INS: Final = {
    "unaccent": "CREATE FUNCTION unaccent(text) RETURNS text LANGUAGE sql IMMUTABLE RETURN $1;",
    "pg_trgm": "CREATE FUNCTION similarity(text, text) RETURNS real LANGUAGE sql IMMUTABLE RETURN 0;",
}
"""The packaged server has no contrib modules. These have the same names and may, as the real ones, be made by
whoever owns the database."""

_AS_RDS: Final = f"""
CREATE ROLE rds_superuser NOLOGIN;
GRANT pg_monitor TO rds_superuser WITH ADMIN OPTION;
CREATE ROLE {MASTER} LOGIN CREATEDB CREATEROLE PASSWORD '{PASSWORD}' IN ROLE rds_superuser;
ALTER DATABASE postgres OWNER TO {MASTER};
ALTER DATABASE template1 OWNER TO {MASTER};
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server."""

    programs: Path
    port: int
    folder: Path

    def service_file(self, path: Path, name: str, *, user: str, password: str) -> Path:
        """Write a connection service, as External Secrets does in the cluster."""
        path.write_text(
            f"[{name}]\nhost=127.0.0.1\nport={self.port}\nuser={user}\npassword={password}\nsslmode=disable\n"
        )
        path.chmod(0o600)
        return path

    def environment(self, **variables: str) -> dict[str, str]:
        """Give the environment of a program that finds psql, and no server but by what it is told."""
        path = f"{self.programs}{os.pathsep}{os.environ['PATH']}"
        return {"PATH": path, "HOME": str(self.folder), "LC_ALL": "C", **variables}

    def run(
        self, statement: str, *, user: str, password: str, database: str
    ) -> subprocess.CompletedProcess[str]:
        """Run SQL as a user; the outcome is for the caller to judge."""
        service = self.service_file(self.folder / f"{user}.conf", user, user=user, password=password)
        return subprocess.run(  # noqa: S603  (our own command)
            [
                self.programs / "psql",
                f"service={user} dbname={database}",
                "--no-psqlrc",
                "--quiet",
                "--tuples-only",
                "--no-align",
                "--set=ON_ERROR_STOP=1",
                f"--command={statement}",
            ],
            env=self.environment(PGSERVICEFILE=str(service), PGCONNECT_TIMEOUT="5"),
            capture_output=True,
            text=True,
            timeout=STATEMENT_SECONDS,
            check=False,
        )

    def ask(self, query: str, *, database: str = "postgres") -> list[str]:
        """Give the rows of a query as the superuser sees them."""
        answer = self.run(query, user=SUPERUSER, password=PASSWORD, database=database)
        assert answer.returncode == 0, answer.stderr
        return answer.stdout.splitlines()


def missing() -> str | None:
    """Say why no server can be started, if so."""
    return None if find_spec("pgserver") else "pgserver, which carries PostgreSQL 16, is not installed"


@contextmanager
def running_server() -> Iterator[PostgresServer]:
    """Start a server in a folder of its own, and stop it."""
    spec = find_spec("pgserver")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(tempfile.mkdtemp(prefix="fleet-postgres-"))
    folder.chmod(0o755)
    package = Path(spec.origin).parent
    install = folder / "pgserver" / "pginstall"
    shutil.copytree(package / "pginstall", install, ignore=shutil.ignore_patterns("include"))
    # Programs look for their libraries beside the package.
    libraries = package.with_name("pgserver.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    for name, sql in _STAND_INS.items():
        extensions = install / "share" / "postgresql" / "extension"
        (extensions / f"{name}.control").write_text("default_version = '1.0'\ntrusted = true\n")
        (extensions / f"{name}--1.0.sql").write_text(sql)
    data = folder / "data"
    data.mkdir(mode=0o700)
    password_file = folder / "password"
    password_file.write_text(PASSWORD)
    owner = UNPRIVILEGED if os.geteuid() == 0 else None
    if owner is not None:
        shutil.chown(data, owner)
        shutil.chown(password_file, owner)
    programs = install / "bin"
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C", "HOME": str(folder)}
    server: subprocess.Popen[bytes] | None = None
    try:
        _run_as(
            owner,
            [
                *(programs / "initdb", "-D", data, "-U", SUPERUSER, "-A", "scram-sha-256"),
                *("--pwfile", password_file, "--no-sync", "--no-instructions", "-E", "UTF8"),
            ],
            environment,
        )
        port = _free_port()
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(  # noqa: S603  (our own command)
                [
                    *(programs / "postgres", "-D", data, "-p", str(port), "-c", "listen_addresses=127.0.0.1"),
                    *("-c", "unix_socket_directories=", "-c", "fsync=off", "-c", "log_statement=all"),
                ],
                env=environment,
                cwd=folder,
                user=owner,
                stdout=log,
                stderr=log,
            )
        running = PostgresServer(programs=programs, port=port, folder=folder)
        _wait(running, server)
        done = running.run(_AS_RDS, user=SUPERUSER, password=PASSWORD, database="postgres")
        assert done.returncode == 0, done.stderr
        yield running
    finally:
        if server is not None:
            server.terminate()
            try:
                server.wait(timeout=START_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
        shutil.rmtree(folder, ignore_errors=True)


def _run_as(owner: str | None, command: list[str | Path], environment: Mapping[str, str]) -> None:
    subprocess.run(  # noqa: S603  (our own command)
        command,
        env=environment,
        cwd="/",
        user=owner,
        check=True,
        stdout=subprocess.DEVNULL,
        timeout=START_SECONDS,
    )


def _wait(running: PostgresServer, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        if running.run("SELECT 1", user=SUPERUSER, password=PASSWORD, database="postgres").returncode == 0:
            return
        if server.poll() is not None:
            break
        time.sleep(0.2)
    raise RuntimeError(f"PostgreSQL did not start: {(running.folder / 'log').read_text()[-2000:]}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
