"""What the pod of a drill asks its copy before Odoo starts on it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC
from typing import Final, LiteralString

import psycopg
from psycopg import sql

from ..errors import NotProvenError

CONNECT_SECONDS: Final = 5
STATEMENT: Final = "10min"

_ODOO: Final[LiteralString] = """
SELECT (SELECT count(*) FROM public.res_users WHERE active),
    (SELECT count(*) FROM public.ir_module_module WHERE name = 'base' AND state = 'installed')
"""
# An exact count of some hundred million rows would be part of the recovery time.
_GPS: Final[LiteralString] = """
SELECT coalesce(sum(greatest(reltuples, 0)), 0)::bigint, (SELECT max(device_time) FROM gps.positions
    WHERE device_time > now() - interval '30 days')
FROM pg_class WHERE oid IN (SELECT inhrelid FROM pg_inherits WHERE inhparent = 'gps.positions'::regclass)
"""


@dataclass(frozen=True, slots=True)
class Examined:
    """Figures of a copy."""

    users: int
    positions: int
    newest_position: str


def examine(service: str, *, odoo_database: str, gps_database: str, password: str | None) -> Examined:
    """Ask both databases; with a `password`, Odoo's role of the copy gets it.

    Raises NotProvenError with what is wrong.
    """
    with _connected(service, odoo_database) as connection:
        if password is not None:
            # The verifier, not the password: statements of this kind are logged.
            verifier = connection.pgconn.encrypt_password(password.encode(), b"odoo", b"scram-sha-256")
            connection.execute(sql.SQL("ALTER ROLE odoo PASSWORD {}").format(sql.Literal(verifier.decode())))
        connection.execute("SET ROLE odoo")
        users, base = connection.execute(_ODOO).fetchone() or (0, 0)
    with _connected(service, gps_database) as connection:
        connection.execute("SET ROLE gps_owner")
        positions, newest = connection.execute(_GPS).fetchone() or (0, None)
    wrong = []
    if not base:
        wrong.append(f"{odoo_database}: Odoo is not installed")
    if not users:
        wrong.append(f"{odoo_database}: there are no users")
    if newest is None:
        wrong.append(f"{gps_database}: there is no position of the last 30 days")
    if wrong or newest is None:
        raise NotProvenError("\n".join(wrong))
    return Examined(users=users, positions=positions, newest_position=newest.astimezone(UTC).isoformat())


def as_figures(examined: Examined) -> dict[str, int | str]:
    """Give the figures as plain data."""
    return asdict(examined)


def _connected(service: str, database: str) -> psycopg.Connection:
    return psycopg.connect(
        f"service={service} dbname={database}",
        connect_timeout=CONNECT_SECONDS,
        options=f"-c statement_timeout={STATEMENT}",
        application_name="ops recovery",
        autocommit=True,
    )
