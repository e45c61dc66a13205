"""Parameters of PostgreSQL 16 on RDS.

References: PostgreSQL 16 "Server Configuration"; RDS User Guide "Using SSL with a PostgreSQL DB instance",
"Using pgAudit to log database activity". Static parameters need a reboot, so they are applied with one.
"""

from __future__ import annotations

from typing import Final

import pulumi_aws as aws

FAMILY: Final = "postgres16"
SLOT_WAL_SHARE: Final = 10
"""A replica that has stalled may hold back WAL up to a tenth of the storage; then it is cut off."""

REPORT_DELAY_SECONDS: Final = 900
"""How long a month-end report may run before replay of the primary's changes cancels it."""

_DYNAMIC: Final = "immediate"
_STATIC: Final = "pending-reboot"

_EVERYWHERE: Final = (
    ("rds.force_ssl", "1", _DYNAMIC),
    ("ssl_min_protocol_version", "TLSv1.2", _DYNAMIC),
    # `all` would write personal data and passwords to the logs; pgaudit covers what an audit asks for.
    ("log_statement", "ddl", _DYNAMIC),
    ("log_min_duration_statement", "1000", _DYNAMIC),
    ("log_connections", "1", _DYNAMIC),
    ("log_disconnections", "1", _DYNAMIC),
    ("log_lock_waits", "1", _DYNAMIC),
    # Minutes on the instance; CloudWatch keeps them longer.
    ("rds.log_retention_period", "4320", _DYNAMIC),
    ("shared_preload_libraries", "pg_stat_statements,pgaudit", _STATIC),
    # Works once a job has run CREATE EXTENSION pgaudit.
    ("pgaudit.log", "ddl,role", _DYNAMIC),
    # Milliseconds. A worker that died in a transaction must not hold its locks and vacuum back.
    ("idle_in_transaction_session_timeout", "600000", _DYNAMIC),
)

_REPORTS: Final = (
    # Milliseconds.
    ("max_standby_streaming_delay", str(REPORT_DELAY_SECONDS * 1000), _DYNAMIC),
)


def primary_parameters(*, storage_gib: int) -> list[aws.rds.ParameterGroupParameterArgs]:
    """Parameters of an instance that takes writes, now or after a promotion."""
    slot_mib = str(slot_wal_limit_mib(storage_gib=storage_gib))
    return _arguments(*_EVERYWHERE, ("max_slot_wal_keep_size", slot_mib, _DYNAMIC))


def slot_wal_limit_mib(*, storage_gib: int) -> int:
    """Give the WAL that a stalled replica may hold back before it is cut off."""
    return storage_gib * 1024 // SLOT_WAL_SHARE


def report_parameters(*, storage_gib: int) -> list[aws.rds.ParameterGroupParameterArgs]:
    """Parameters of the replica that reports read: the same, but long queries may delay replay."""
    return [*primary_parameters(storage_gib=storage_gib), *_arguments(*_REPORTS)]


def _arguments(*parameters: tuple[str, str, str]) -> list[aws.rds.ParameterGroupParameterArgs]:
    return [
        aws.rds.ParameterGroupParameterArgs(name=name, value=value, apply_method=method)
        for name, value, method in parameters
    ]
