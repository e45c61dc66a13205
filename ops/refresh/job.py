"""What runs in the quarantine: the container's way to the copy, and the three steps of the work.

Password and key lie in memory alone (`REFRESH_SCRATCH`, /dev/shm): never in an argument, a variable or a
file on disk. The key is made by the first step that needs it and kept, for as long as the refresh lasts, in a
secret that the state machine made empty and deletes in the end, so that a killed job goes on with it.
"""

from __future__ import annotations

import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal, Protocol, Self

from botocore.exceptions import ClientError
from psycopg import sql

from ops.errors import OperatorError
from ops.masking import command as masking
from ops.masking.copies import clear_failures, connect

Step = Literal["close", "mask", "verify"]
SERVICE: Final = "quarantine"
KEY_BYTES: Final = 32
EXAMINER: Final = "restore_validation"
"""The role that the bootstrap of the database makes for whoever examines a restored copy."""

_LOGINS: Final = """
SELECT rolname FROM pg_roles
WHERE rolcanlogin AND NOT rolsuper AND rolname <> current_user AND rolname NOT LIKE 'rds%'
ORDER BY rolname
"""


_MAINTENANCE: Final = "postgres"
"""RDS makes it, and nothing of ours lies in it."""
_DATABASES: Final = """
SELECT datname FROM pg_database WHERE NOT datistemplate AND datname NOT IN ('postgres', 'rdsadmin')
"""
_TABLES: Final = """
SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f') AND n.nspname !~ '^(pg_|information_schema$)'
  AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
"""


class SecretStore(Protocol):
    """What of boto3's client of Secrets Manager is used here."""

    def get_secret_value(self, **arguments: object) -> Any:  # noqa: ANN401  (boto3 has no types of its own)
        """Read a secret."""

    def put_secret_value(self, **arguments: object) -> Any:  # noqa: ANN401
        """Write a secret."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where the copy is and how the job gets in, from the environment that the state machine gives it."""

    host: str
    databases: tuple[str, ...]
    """Every database that the copy holds: each is masked, and proven."""
    environment: str
    master_secret: str
    key_secret: str
    source_snapshot: str
    roots: str
    """Certificates of Amazon RDS, PEM."""
    scratch: Path

    @classmethod
    def of(cls, environment: Mapping[str, str]) -> Self:
        """Read it. Raises OperatorError with all that is missing."""
        names = {
            "host": "REFRESH_HOST",
            "databases": "REFRESH_DATABASES",
            "environment": "REFRESH_ENVIRONMENT",
            "master_secret": "REFRESH_MASTER",
            "key_secret": "REFRESH_KEY",
            "source_snapshot": "REFRESH_SNAPSHOT",
            "roots": "REFRESH_ROOTS",
            "scratch": "REFRESH_SCRATCH",
        }
        if missing := [variable for variable in names.values() if not environment.get(variable)]:
            raise OperatorError(f"not set: {', '.join(missing)}; the state machine sets them")
        values: dict[str, Any] = {name: environment[variable] for name, variable in names.items()}
        databases = tuple(values["databases"].split(","))
        return cls(**{**values, "databases": databases, "scratch": Path(values["scratch"])})


def do(step: Step, place: Place, store: SecretStore) -> None:
    """Do one step. Raises OperatorError or NotProvenError, which are exit statuses of the job."""
    os.environ["PGSERVICEFILE"] = str(_service_file(place, store))
    if step == "close":
        require_databases(SERVICE, place.databases)
        close_logins(SERVICE)
        for database in place.databases:
            masking.mark(SERVICE, place.source_snapshot, place.environment, database)
        return
    key_file = _key_file(place, store)
    for database in place.databases:
        if step == "mask":
            masking.run(service=SERVICE, key_file=key_file, database=database, as_json=True)
        else:
            masking.verify(service=SERVICE, key_file=key_file, database=database, as_json=True)
            let_be_examined(SERVICE, database)


def require_databases(service: str, databases: Sequence[str]) -> None:
    """Refuse a copy with a database that nobody masks: it would be shared as it is. Raises OperatorError."""
    with clear_failures(), connect(service) as connection:
        found = {row[0] for row in connection.execute(_DATABASES).fetchall()}
    with clear_failures(), connect(service, database=_MAINTENANCE) as connection:
        tables = [row[0] for row in connection.execute(_TABLES).fetchall()]
    problems = [
        *(f'database "{name}" is on the server and is masked by nobody' for name in found - set(databases)),
        *(f'database "{name}" is not on the server' for name in set(databases) - found),
        *(f'database "{_MAINTENANCE}" holds {name}, and is masked by nobody' for name in tables),
    ]
    if problems:
        raise OperatorError("\n".join(sorted(problems)))


def close_logins(service: str) -> None:
    """Take the password of everybody but the master: those of production would open the masked copy too.

    The environment that takes it sets its own.
    """
    with clear_failures(), connect(service) as connection:
        names = [row[0] for row in connection.execute(_LOGINS).fetchall()]
        for name in names:
            connection.execute(sql.SQL("ALTER ROLE {} PASSWORD NULL").format(sql.Identifier(name)))
        connection.commit()
    print(f"{len(names)} roles have no password any more", file=sys.stderr)


def let_be_examined(service: str, database: str) -> None:
    """Let the role that examines restored copies read what masking left behind: mark, verdict and functions.

    The environment that takes the copy has it examined before anybody reaches it. The samples of originals
    stay closed to it.
    """
    with clear_failures(), connect(service, database=database) as connection:
        if connection.execute("SELECT FROM pg_roles WHERE rolname = %s", (EXAMINER,)).fetchone() is None:
            print(f"{database}: no role {EXAMINER}: nobody could accept this copy", file=sys.stderr)
            return
        role = sql.Identifier(EXAMINER)
        connection.execute(sql.SQL("GRANT USAGE ON SCHEMA ops_masking TO {}").format(role))
        connection.execute(sql.SQL("GRANT SELECT ON ops_masking.copy, ops_masking.run TO {}").format(role))
        connection.commit()


def _service_file(place: Place, store: SecretStore) -> Path:
    login = json.loads(_read(store, place.master_secret))
    roots = place.scratch / "rds.pem"
    roots.write_text(place.roots, encoding="ascii")
    passwords = place.scratch / "pgpass"
    _private(passwords, f"*:*:*:*:{_escaped(login['password'])}\n")
    file = place.scratch / "pg_service.conf"
    _private(
        file,
        f"[{SERVICE}]\nhost={place.host}\nport=5432\ndbname={place.databases[0]}\nuser={login['username']}\n"
        f"passfile={passwords}\nsslmode=verify-full\nsslrootcert={roots}\n",
    )
    return file


def _key_file(place: Place, store: SecretStore) -> Path:
    """Fetch the key of this refresh, or make it: the secret is there, and empty at first."""
    try:
        key = _read(store, place.key_secret)
    except ClientError as error:
        if error.response["Error"]["Code"] != "ResourceNotFoundException":
            raise
        key = secrets.token_hex(KEY_BYTES)
        store.put_secret_value(SecretId=place.key_secret, SecretString=key)
    file = place.scratch / "masking-key"
    _private(file, key + "\n")
    return file


def _read(store: SecretStore, secret: str) -> str:
    return store.get_secret_value(SecretId=secret)["SecretString"]


def _escaped(password: str) -> str:
    """Escape what separates fields of a password file (PostgreSQL 16, "The Password File")."""
    return password.replace("\\", "\\\\").replace(":", "\\:")


def _private(path: Path, text: str) -> None:
    path.unlink(missing_ok=True)
    with open(path, "x", encoding="utf-8", opener=_for_its_owner) as file:
        file.write(text)


def _for_its_owner(name: str, flags: int) -> int:
    return os.open(name, flags, 0o600)
