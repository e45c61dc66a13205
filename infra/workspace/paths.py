"""Who may talk to whom in a workspace: its own pods among each other, and nobody else (ISO-03).

There is no way out but name resolution: not to testing's stores, to partners, to AWS or to another workspace.
The only way in is `kubectl port-forward`, which comes through the node and asks the API who it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

from ..cluster_platform.labels import (
    ALLOWED,
    MAIL_CATCHER,
    NAME,
    ODOO,
    REACHES_BROKER_MANAGEMENT,
    SENDS_MAIL,
)
from ..cluster_platform.ways import Path, Pods
from ..network import ports
from ..settings.workloads import MailSettings
from ..workloads.gps.pod import APPLICATION as GPS
from ..workloads.jobs.database_bootstrap import NAME as DATABASE_BOOTSTRAP
from . import postgres, rabbitmq, redis
from .seed import POSITIONS_JOB as SEED

_NAMED: Final = {
    postgres.NAME: (ports.POSTGRES.first, (ODOO, GPS, DATABASE_BOOTSTRAP, SEED)),
    rabbitmq.NAME: (ports.AMQPS.first, (GPS,)),
    redis.NAME: (ports.REDIS.first, (GPS,)),
}
"""By store: the port, and whose pods reach it."""


def workspace_paths(mail: MailSettings) -> tuple[Path, ...]:
    """Give the paths of a workspace; each stands once for either end."""
    return tuple(_paths(mail))


def _paths(mail: MailSettings) -> Iterator[Path]:
    for store, (port, clients) in _NAMED.items():
        yield from _between(
            store,
            tuple((client, {NAME: client}) for client in clients),
            server={NAME: store},
            port=port,
        )
    yield from _between(
        "broker-management",
        (("broker-bootstrap", {REACHES_BROKER_MANAGEMENT: ALLOWED}),),
        server={NAME: rabbitmq.NAME},
        port=ports.MQ_MANAGEMENT_NATIVE.first,
    )
    # Web and cron pods ask the web pods for the style sheets of reports.
    yield from _between("web", ((ODOO, {NAME: ODOO}),), server={NAME: ODOO}, port=ports.ODOO.first)
    yield from _between(
        "mail", (("senders", {SENDS_MAIL: ALLOWED}),), server={NAME: MAIL_CATCHER}, port=mail.smtp_port
    )


def _between(
    name: str, clients: tuple[tuple[str, Mapping[str, str]], ...], *, server: Mapping[str, str], port: int
) -> Iterator[Path]:
    for client, labels in clients:
        yield Path(
            name=f"{client}-to-{name}",
            direction="egress",
            pods=labels,
            peers=(Pods(labels=server),),
            tcp=(port,),
        )
    yield Path(
        name=f"to-{name}",
        direction="ingress",
        pods=server,
        peers=tuple(Pods(labels=labels) for _, labels in clients),
        tcp=(port,),
    )
