"""odoo.conf: what every process of Odoo reads, with placeholders where a secret goes.

Odoo's parser knows no comments behind a value and no quotes: everything after the equals sign is the value.
The address of the database is not in the file but in libpq's variables (`PGHOST`), so that the file is text
that a first preview already shows as a whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ...network import ports
from ...settings import OdooSettings
from ..sizes import WORKER_HARD_BYTES, WORKER_SOFT_BYTES, OdooCapacity
from .proxy import GEVENT_PORT, ODOO_PORT

FILE_NAME: Final = "odoo.conf"
DIRECTORY: Final = "/etc/odoo"
PATH: Final = f"{DIRECTORY}/{FILE_NAME}"
DATA_DIRECTORY: Final = "/var/lib/odoo"
"""Filestore and sessions, shared by all pods: so no user sticks to a pod."""

LEVELS: Final[Mapping[str, str]] = {"DEBUG": "debug", "INFO": "info", "WARNING": "warn", "ERROR": "error"}
"""Odoo's names of log levels."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How long one request or scheduled job may take, in seconds; then its process is replaced."""

    cpu_seconds: int
    real_seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Processes:
    """What runs in one container of Odoo, and how it is reached."""

    workers: int
    cron_threads: int
    limits: Limits
    proxied: bool
    """Whether a proxy in the pod has the port; else Odoo itself has it."""
    soft_bytes: int = WORKER_SOFT_BYTES
    hard_bytes: int = WORKER_HARD_BYTES

    @classmethod
    def of(cls, capacity: OdooCapacity, *, limits: Limits) -> Processes:
        """Take the processes of a workload."""
        return cls(
            workers=capacity.workers,
            cron_threads=capacity.cron_threads,
            limits=limits,
            proxied=capacity.proxy is not None,
            soft_bytes=capacity.worker_soft_bytes,
            hard_bytes=capacity.worker_hard_bytes,
        )


def odoo_configuration(
    settings: OdooSettings, processes: Processes, *, log_level: str, db_maxconn: int
) -> str:
    """Render odoo.conf as a template of External Secrets.

    It holds `{{ .username }}` and `{{ .password }}` of the database, and those of the mail server where one
    outside is used. Databases cannot be listed, and nothing in the database manager works (`admin_passwd`).
    """
    port = ODOO_PORT if processes.proxied else ports.ODOO.first
    options: dict[str, str | int] = {
        "addons_path": "/mnt/extra-addons",
        "data_dir": DATA_DIRECTORY,
        "db_name": settings.database,
        "db_user": "{{ .username }}",
        "db_password": "{{ .password }}",
        "db_sslmode": "verify-full",
        "db_maxconn": db_maxconn,
        "list_db": "False",
        "admin_passwd": "False",
        "proxy_mode": "True",
        # The kubelet speaks to a pod's address, so only a proxied Odoo can hide on the loopback.
        "http_interface": "127.0.0.1" if processes.proxied else "0.0.0.0",  # noqa: S104
        "http_port": port,
        "gevent_port": GEVENT_PORT,
        "workers": processes.workers,
        "max_cron_threads": processes.cron_threads,
        "limit_memory_soft": processes.soft_bytes,
        "limit_memory_hard": processes.hard_bytes,
        "limit_time_cpu": processes.limits.cpu_seconds,
        "limit_time_real": processes.limits.real_seconds,
        "limit_request": 8192,
        "server_wide_modules": "base,web",
        "without_demo": "all",
        "log_level": LEVELS[log_level],
        **_mail(settings),
    }
    return "[options]\n" + "".join(f"{name} = {value}\n" for name, value in options.items())


def sends_mail_outside(settings: OdooSettings) -> bool:
    """Whether mail goes to a server that wants credentials, and not to the sink in the namespace."""
    return settings.mail.smtp_host != "mail-catcher"


def _mail(settings: OdooSettings) -> dict[str, str | int]:
    """Give the mail server that holds as long as the database names none of its own."""
    mail = settings.mail
    options: dict[str, str | int] = {
        "email_from": mail.sender,
        "smtp_server": mail.smtp_host,
        "smtp_port": mail.smtp_port,
    }
    if sends_mail_outside(settings):
        options |= {
            # Means STARTTLS; in this file Odoo knows no other TLS (ir_mail_server.py, `connect`).
            "smtp_ssl": "True",
            "smtp_user": "{{ .mail_username }}",
            "smtp_password": "{{ .mail_password }}",
        }
    return options
