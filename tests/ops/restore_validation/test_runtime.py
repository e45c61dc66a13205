"""The loop between AWS Lambda and the handlers, against a stand-in of the runtime API."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from ops.errors import NotProvenError
from ops.restore_validation import database, runtime

CERTIFICATES = Path(database.__file__).with_name("certificates")


class RuntimeApi(HTTPServer):
    """One event to hand out, and what came back."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: list[tuple[str, Any]] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        assert self.path == "/2018-06-01/runtime/invocation/next"
        self.send_response(200)
        self.send_header("Lambda-Runtime-Aws-Request-Id", "request-1")
        self.end_headers()
        self.wfile.write(b'{"restoreJobId": "job-1"}')

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        assert isinstance(self.server, RuntimeApi)
        self.server.answers.append((self.path, body))
        self.send_response(202)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class names it)
        """Say nothing."""


@pytest.fixture
def api() -> Iterator[RuntimeApi]:
    server = RuntimeApi()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()


def test_answer_goes_back_under_the_request(api: RuntimeApi) -> None:
    runtime.serve_once(api.address, lambda event: {"job": event["restoreJobId"]})
    assert api.answers == [("/2018-06-01/runtime/invocation/request-1/response", {"job": "job-1"})]


def test_error_goes_back_as_an_error(api: RuntimeApi) -> None:
    def fail(event: Mapping[str, Any]) -> None:
        raise NotProvenError(f"{event['restoreJobId']}: stale")

    runtime.serve_once(api.address, fail)
    ((path, error),) = api.answers
    assert path.endswith("/request-1/error")
    assert (error["errorType"], error["errorMessage"]) == ("NotProvenError", "job-1: stale")


def test_every_region_has_its_authorities(repository: Path) -> None:
    """The image knows the same authorities of RDS as the pods do."""
    theirs = repository / "infra" / "workloads" / "certificates"
    assert {path.name: path.read_bytes() for path in CERTIFICATES.glob("*.pem")} == {
        path.name: path.read_bytes() for path in theirs.glob("*.pem")
    }
