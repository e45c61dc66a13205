"""Runs of the broker's bootstrap against a real RabbitMQ, and what a user of it may say and hear."""

from __future__ import annotations

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pika
import pika.exceptions

from infra.workloads.jobs import broker_plan, broker_topology
from infra.workloads.jobs.broker_plan import (
    EXCHANGE,
    PUBLISHER,
    ROUTING_KEY,
    VHOST,
)
from infra.workloads.jobs.broker_topology import Management, connect

from .rabbitmq_server import ADMIN, PASSWORD, RabbitServer

MAX_LENGTH = 50
PASSWORDS = {
    user.name: f"PasswordOf{user.name.replace('-', '').title()}0123456789" for user in broker_plan.USERS
}
PERSISTENT = pika.BasicProperties(delivery_mode=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A broker after two runs of the job."""

    server: RabbitServer
    folder: Path
    outputs: list[str]
    states: list[dict[str, Any]]

    def api(self) -> Management:
        """Speak to it as its administrator."""
        return connect(
            self.server.console,
            username=ADMIN,
            plain=PASSWORD,
            ca_file=self.server.ca_file,
            wait_seconds=30,
        )


def run_job(
    server: RabbitServer,
    folder: Path,
    *,
    passwords: dict[str, str] | None = None,
    topology: str | None = None,
    admin_password: str = PASSWORD,
    trusted: bool = True,
    console: str | None = None,
) -> subprocess.CompletedProcess[str]:
    """Run the script as the pod does: in a process of its own, with files for everything secret."""
    admin, secrets = folder / "admin", folder / "passwords"
    for made in (admin, secrets):
        made.mkdir(parents=True, exist_ok=True)
    for name, text in {
        "console": console or server.console,
        "username": ADMIN,
        "password": admin_password,
    }.items():
        (admin / name).write_text(text)
    for path in secrets.iterdir():
        path.unlink()
    for name, text in (PASSWORDS if passwords is None else passwords).items():
        (secrets / name).write_text(text)
    plan = folder / "topology.json"
    plan.write_text(broker_plan.topology(max_length=MAX_LENGTH) if topology is None else topology)
    command = [sys.executable, "-I", broker_topology.__file__, "--topology", plan, "--admin", admin]
    command += ["--users", secrets, "--wait-seconds", "20"]
    return subprocess.run(  # noqa: S603  (our own script)
        [*command, "--ca-file", server.ca_file] if trusted else command,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def state(api: Management) -> dict[str, Any]:
    """Give everything that the job decides about."""
    return {
        "users": {user["name"]: (user["password_hash"], user["tags"]) for user in api.get("users")},
        "permissions": sorted(json.dumps(entry, sort_keys=True) for entry in api.get("permissions")),
        "policies": api.get("policies"),
        "bindings": api.get("bindings", VHOST),
        "queues": {queue["name"]: queue["arguments"] for queue in api.get("queues", VHOST)},
    }


@contextlib.contextmanager
def channel_of(applied: Applied, user: str, *, confirms: bool = False) -> Iterator[Any]:
    """Open a channel as a user."""
    connection = applied.server.connect(user, PASSWORDS[user], vhost=VHOST)
    try:
        channel = connection.channel()
        if confirms:
            channel.confirm_delivery()
        yield channel
    finally:
        if connection.is_open:
            connection.close()


def publish(applied: Applied, body: bytes) -> None:
    with channel_of(applied, PUBLISHER, confirms=True) as channel:
        channel.basic_publish(EXCHANGE, ROUTING_KEY, body, properties=PERSISTENT, mandatory=True)


def take(channel: Any, queue: str, *, seconds: float = 20) -> tuple[Any, Any, bytes]:
    """Take one message; waits for it, because dead letters travel by themselves."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        method, properties, body = channel.basic_get(queue)
        if method is not None:
            return method, properties, body
        time.sleep(0.2)
    raise AssertionError(f"nothing came to {queue} in {seconds} s")
