"""Both ends of a migration, and the programs that carry the data."""

# ruff: noqa: E501  (queries, which read better unbroken)

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, LiteralString

import psycopg
from psycopg.conninfo import make_conninfo

from ops.errors import OperatorError

APPLICATION: Final = "ops-migration"
_SESSION: Final = (
    "-c default_transaction_read_only=off -c statement_timeout=0 -c idle_in_transaction_session_timeout=0"
    " -c timezone=UTC -c datestyle=ISO -c intervalstyle=postgres -c bytea_output=hex -c lc_monetary=C"
    " -c extra_float_digits=1 -c xmloption=content -c search_path="
)
"""What the text of a row may depend on is the same at both ends; the guard does not bind ourselves."""
FINGERPRINT: Final = """
SELECT string_agg(line, E'\\n' ORDER BY line COLLATE "C") FROM (
    SELECT format('%s.%s.%s %s %s', n.nspname, c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
        a.attnotnull) AS line
    FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped
        AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    UNION ALL SELECT format('server %s', system_identifier) FROM pg_control_system()
    UNION ALL SELECT format('database %s', current_database())
) AS lines
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A server, as libpq finds it: a service of PGSERVICEFILE, so that no password is an argument."""

    conninfo: str
    database: str

    def to(self, database: str | None = None) -> str:
        """Give the connection to a database of it; None: the one that moves."""
        return make_conninfo(self.conninfo, dbname=database or self.database)

    def open(self, database: str | None = None) -> psycopg.Connection[Any]:
        """Connect, each statement for itself. Raises OperatorError where that fails."""
        try:
            return psycopg.connect(
                self.to(database),
                autocommit=True,
                options=_SESSION,
                application_name=APPLICATION,
                connect_timeout=10,
            )
        except psycopg.OperationalError as error:
            raise OperatorError(f"{database or self.database}: {error}") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """pg_dump and pg_restore of one version."""

    folder: Path | None = None
    """None: as the shell finds them."""

    def path(self, name: str) -> str:
        """Find a program. Raises OperatorError where it is missing."""
        found = shutil.which(name, path=None if self.folder is None else str(self.folder))
        if found is None:
            raise OperatorError(f"{name} is not installed; the version has to be that of the newer server")
        return found

    def major(self, name: str) -> int:
        """Give the major version of a program."""
        said = subprocess.run(  # noqa: S603  (a program of PostgreSQL)
            [self.path(name), "--version"], capture_output=True, text=True, check=True
        ).stdout
        match = re.search(r"\) (\d+)", said)
        if match is None:
            raise OperatorError(f"{name} says no version: {said.strip()}")
        return int(match[1])

    def run(self, name: str, *arguments: str) -> None:
        """Run a program to its end. Raises OperatorError with what it said where it fails."""
        done = subprocess.run(  # noqa: S603  (a program of PostgreSQL)
            [self.path(name), "--no-password", *arguments], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise OperatorError(f"{name} failed: {done.stderr.strip()[-2000:]}")


def fingerprint(source: psycopg.Connection[Any]) -> str:
    """Say which server, database and tables these are; another column gives another fingerprint."""
    return hashlib.sha256(str(scalar(source, FINGERPRINT)).encode()).hexdigest()


def tool_version() -> str:
    """Say which version of this tool runs: a digest of its own code, so that no change goes unrehearsed."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:16]


def scalar(connection: psycopg.Connection[Any], query: LiteralString, *values: object) -> Any:  # noqa: ANN401
    """Give the one value of a query."""
    row = connection.execute(query, values or None).fetchone()
    return None if row is None else row[0]
