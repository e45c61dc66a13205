"""Servers of the tests on the loopback: Debian's Alertmanager and Prometheus, and a receiver of messages."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import pytest
import yaml

from infra.observability.alerting.receivers import DEAD_MAN_SWITCH_URL, PAGERDUTY_KEY, SLACK_URL

from .loopback import Configuration, hurried, on_loopback

START_SECONDS: Final = 20
STOP_SECONDS: Final = 5


def _program(name: str) -> str | None:
    return shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin")


AMTOOL: Final = _program("amtool")
ALERTMANAGER: Final = _program("prometheus-alertmanager")
PROMETHEUS: Final = _program("prometheus")

needs_alertmanager = pytest.mark.skipif(
    AMTOOL is None or ALERTMANAGER is None,
    reason="prometheus-alertmanager is not installed (apt-get install): no alert was routed",
)
needs_prometheus = pytest.mark.skipif(
    PROMETHEUS is None or ALERTMANAGER is None,
    reason="prometheus and prometheus-alertmanager are not installed (apt-get install): no rule was run",
)


@dataclass(slots=True)
class Mailbox:
    """What the receivers were sent, as it came: the path says which receiver it was for."""

    address: str
    messages: list[tuple[str, dict[str, Any]]] = field(default_factory=list)

    def to(self, path: str) -> list[dict[str, Any]]:
        """Give the messages that were sent to a path."""
        return [message for where, message in list(self.messages) if where == path]


@contextmanager
def mailbox() -> Iterator[Mailbox]:
    """Receive what is posted, and answer as PagerDuty and Slack do when all is well."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            box.messages.append((self.path, json.loads(body)))
            paged = self.path == "/pagerduty"
            answer = b'{"status": "success", "dedup_key": "x"}' if paged else b"ok"
            self.send_response(202 if paged else 200)
            self.send_header("Content-Type", "application/json" if paged else "text/plain")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    box = Mailbox(address=f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True)
    thread.start()
    try:
        yield box
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=STOP_SECONDS)


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def ask(port: int, path: str, body: str | None = None) -> tuple[int, str]:
    """Ask a server on the loopback, and give its status and answer; with a `body` it is posted."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        headers = {"Content-Type": "application/json"}
        connection.request("GET" if body is None else "POST", path, body=body, headers=headers)
        response = connection.getresponse()
        return response.status, response.read().decode()
    finally:
        connection.close()


@contextmanager
def running(command: Sequence[str], *, port: int, log: Path) -> Iterator[None]:
    """Run a server until the block ends; it has started when it says on its `port` that it is ready."""
    with log.open("wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)  # noqa: S603
        try:
            _wait_for(process, port, log)
            yield
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(timeout=STOP_SECONDS)


def _wait_for(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            status, _ = ask(port, "/-/ready")
        except OSError:
            status = 0
        if status == HTTPStatus.OK:
            return
        time.sleep(0.1)
    pytest.fail(f"{process.args} did not start:\n{log.read_text(errors='replace')[-2000:]}")


def eventually(condition: Callable[[], object], *, seconds: float) -> bool:
    """Wait until something holds; False when it still does not after so many seconds."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.2)
    return bool(condition())


@dataclass(frozen=True, slots=True)
class Alertmanager:
    """A running Alertmanager and what it sent."""

    port: int
    box: Mailbox

    def post(self, *alerts: dict[str, Any]) -> None:
        """Fire alerts, as Prometheus does: labels, annotations, and perhaps an end."""
        status, answer = ask(self.port, "/api/v2/alerts", json.dumps(list(alerts)))
        assert status == HTTPStatus.OK, answer

    def all_alerts(self) -> list[dict[str, Any]]:
        """Give the alerts that it knows, with their status: what keeps them quiet, if anything does."""
        _, answer = ask(self.port, "/api/v2/alerts")
        return json.loads(answer)

    def quiet(self) -> set[str]:
        """Name the alerts that another one keeps quiet."""
        return {alert["labels"]["alertname"] for alert in self.all_alerts() if alert["status"]["inhibitedBy"]}


@contextmanager
def alertmanager(
    configuration: Configuration, templates: dict[str, str], *, folder: Path, factor: int
) -> Iterator[Alertmanager]:
    """Run the real Alertmanager with a rendered configuration whose receivers are a mailbox of the test."""
    assert ALERTMANAGER is not None
    folder.mkdir(parents=True, exist_ok=True)
    with mailbox() as box:
        for file, text in templates.items():
            (folder / file).write_text(text)
        (folder / SLACK_URL).write_text(f"{box.address}/slack")
        (folder / PAGERDUTY_KEY).write_text("0123456789abcdef0123456789abcdef")
        (folder / DEAD_MAN_SWITCH_URL).write_text(f"{box.address}/dead-man-switch")
        file = folder / "alertmanager.yml"
        file.write_text(
            yaml.safe_dump(
                on_loopback(
                    configuration, secrets=folder, templates=folder, receiver=box.address, factor=factor
                )
            )
        )
        port = free_port()
        command = [
            ALERTMANAGER,
            f"--config.file={file}",
            f"--storage.path={folder / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
            "--log.level=warn",
        ]
        with running(command, port=port, log=folder / "alertmanager.log"):
            yield Alertmanager(port, box)


@dataclass(frozen=True, slots=True)
class Prometheus:
    """A running Prometheus."""

    port: int

    def value(self, expression: str) -> list[dict[str, Any]]:
        """Ask for an expression now, and give the series."""
        _, answer = ask(self.port, f"/api/v1/query?query={quote(expression)}")
        return json.loads(answer)["data"]["result"]

    def unhealthy_rules(self) -> dict[str, str]:
        """Give the rules that could not be evaluated, and why."""
        _, answer = ask(self.port, "/api/v1/rules")
        return {
            rule["name"]: rule["lastError"]
            for group in json.loads(answer)["data"]["groups"]
            for rule in group["rules"]
            if rule["health"] == "err"
        }


@contextmanager
def prometheus(
    groups: list[dict[str, Any]],
    *,
    targets: dict[str, int],
    alertmanager_port: int,
    labels: dict[str, str],
    folder: Path,
    factor: int,
) -> Iterator[Prometheus]:
    """Run the real Prometheus with rule groups; its own times are divided by `factor` as theirs are."""
    assert PROMETHEUS is not None
    folder.mkdir(parents=True, exist_ok=True)
    every = hurried("30s", factor)
    port = free_port()
    rules, file = folder / "rules.yml", folder / "prometheus.yml"
    rules.write_text(yaml.safe_dump({"groups": groups}))
    scraped = {**targets, "prometheus": port, "alertmanager": alertmanager_port}
    configuration = {
        "global": {
            "scrape_interval": every,
            "scrape_timeout": every,
            "evaluation_interval": every,
            "external_labels": labels,
        },
        "rule_files": [str(rules)],
        "alerting": {
            "alertmanagers": [{"static_configs": [{"targets": [f"127.0.0.1:{alertmanager_port}"]}]}]
        },
        "scrape_configs": [
            {
                "job_name": job,
                "honor_labels": True,
                "static_configs": [{"targets": [f"127.0.0.1:{there}"]}],
            }
            for job, there in scraped.items()
        ],
    }
    file.write_text(yaml.safe_dump(configuration))
    command = [
        PROMETHEUS,
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        f"--web.listen-address=127.0.0.1:{port}",
        f"--query.lookback-delta={hurried('5m', factor)}",
        f"--rules.alert.resend-delay={hurried('1m', factor)}",
        "--log.level=warn",
    ]
    with running(command, port=port, log=folder / "prometheus.log"):
        yield Prometheus(port)
