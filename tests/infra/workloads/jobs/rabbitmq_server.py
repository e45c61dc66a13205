"""A real RabbitMQ on loopback, TLS only, in a folder of its own, with its own Erlang port mapper."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import ssl
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pika

ADMIN: Final = "fleet-admin"
PASSWORD: Final = "OfTheAdministrator0123456789"
START_SECONDS: Final = 120
STOP_SECONDS: Final = 30
SERVER: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""The program itself: the one in /usr/sbin changes the user and the folders."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RabbitServer:
    """A running broker."""

    folder: Path
    amqps_port: int
    management_port: int
    metrics_port: int

    @property
    def console(self) -> str:
        """URL of the management API."""
        return f"https://localhost:{self.management_port}"

    @property
    def metrics(self) -> str:
        """URL of the metrics, as Amazon MQ serves them on a port of its own."""
        return f"https://localhost:{self.metrics_port}"

    @property
    def ca_file(self) -> str:
        """The certificate to trust."""
        return str(self.folder / "ca.pem")

    def connect(self, user: str, password: str, *, vhost: str) -> pika.BlockingConnection:
        """Log in over AMQPS."""
        context = ssl.create_default_context(cafile=self.ca_file)
        return pika.BlockingConnection(
            pika.ConnectionParameters(
                host="localhost",
                port=self.amqps_port,
                virtual_host=vhost,
                credentials=pika.PlainCredentials(user, password),
                ssl_options=pika.SSLOptions(context, "localhost"),
                socket_timeout=10,
                blocked_connection_timeout=10,
            )
        )


def missing() -> str | None:
    """Say why no broker can be started, if so."""
    wanted = {
        "rabbitmq-server": SERVER.exists(),
        "epmd": shutil.which("epmd"),
        "openssl": shutil.which("openssl"),
    }
    absent = [name for name, there in wanted.items() if not there]
    return f"not installed: {', '.join(absent)} (apt-get install rabbitmq-server openssl)" if absent else None


@contextmanager
def running_broker() -> Iterator[RabbitServer]:
    """Start a broker, and stop it with everything it started."""
    folder = Path(tempfile.mkdtemp(prefix="fleet-rabbitmq-"))
    ports = _free_ports(5)
    broker = RabbitServer(folder=folder, amqps_port=ports[0], management_port=ports[1], metrics_port=ports[4])
    processes: list[subprocess.Popen[bytes]] = []
    try:
        _certificates(folder)
        environment = _configure(broker, distribution_port=ports[2], mapper_port=ports[3])
        with (folder / "output").open("wb") as output:
            # In the foreground: the server would start one that outlives it.
            for command in (["epmd"], [str(SERVER)]):
                processes.append(
                    subprocess.Popen(  # noqa: S603  (our own command)
                        command,
                        env=environment,
                        cwd=folder,
                        stdin=subprocess.DEVNULL,
                        stdout=output,
                        stderr=output,
                        start_new_session=True,
                    )
                )
        _wait(broker, processes[-1])
        yield broker
    finally:
        for process in reversed(processes):
            _stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def _configure(broker: RabbitServer, *, distribution_port: int, mapper_port: int) -> dict[str, str]:
    folder = broker.folder
    (folder / "enabled_plugins").write_text("[rabbitmq_management,rabbitmq_prometheus].\n")
    (folder / "environment").write_text("")
    tls = "\n".join(
        f"{prefix}.{option} = {folder / file}"
        for prefix in ("ssl_options", "management.ssl", "prometheus.ssl")
        for option, file in (("cacertfile", "ca.pem"), ("certfile", "ca.pem"), ("keyfile", "key.pem"))
    )
    (folder / "rabbitmq.conf").write_text(
        f"listeners.tcp = none\nlisteners.ssl.1 = 127.0.0.1:{broker.amqps_port}\n"
        f"management.ssl.ip = 127.0.0.1\nmanagement.ssl.port = {broker.management_port}\n{tls}\n"
        f"prometheus.ssl.ip = 127.0.0.1\nprometheus.ssl.port = {broker.metrics_port}\n"
        f"default_user = {ADMIN}\ndefault_pass = {PASSWORD}\n"
        # Queues' depths are then as of this second, not of five seconds ago.
        "collect_statistics_interval = 1000\n"
    )
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "RABBITMQ_NODENAME": f"fleet{os.getpid()}@localhost",
        "RABBITMQ_MNESIA_BASE": str(folder / "data"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "environment"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
        "RABBITMQ_DIST_PORT": str(distribution_port),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "-kernel inet_dist_use_interface {127,0,0,1} +S 1:1",
        "ERL_EPMD_PORT": str(mapper_port),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
    }


def _certificates(folder: Path) -> None:
    """Make a certificate that is its own authority."""
    subprocess.run(  # noqa: S603  (our own command)
        [
            *("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
            *("-keyout", "key.pem", "-out", "ca.pem"),
        ],
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=STOP_SECONDS,
    )


def _wait(broker: RabbitServer, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if all(_answers(port) for port in (broker.amqps_port, broker.management_port)):
            return
        time.sleep(0.5)
    raise RuntimeError(f"RabbitMQ did not start: {(broker.folder / 'output').read_text()[-2000:]}")


def _answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children: each leads a group of its own."""
    for signal_number in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, signal_number)
            process.wait(timeout=STOP_SECONDS)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            continue


def _free_ports(count: int) -> list[int]:
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]
    finally:
        for each in sockets:
            each.close()
