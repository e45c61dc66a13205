"""Stand-ins on the loopback for what Fluent Bit speaks to: the Kubernetes API, and OpenSearch's bulk API."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

POD = re.compile(r"/api/v1/namespaces/(?P<namespace>[^/]+)/pods/(?P<pod>[^/?]+)")


@dataclass
class Cluster:
    """What the stand-ins know and were told."""

    port: int
    pods: Mapping[str, Mapping[str, Any]]
    """Metadata by `namespace/pod`."""
    documents: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    """Index and document, in order of arrival."""
    signatures: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    actions: list[dict[str, Any]] = field(default_factory=list)
    away: bool = False
    """OpenSearch answers that it is not there."""
    refused: int = 0

    def bulk(self, body: bytes) -> dict[str, Any]:
        """Take documents as OpenSearch does."""
        lines = [json.loads(line) for line in body.splitlines() if line]
        for action, document in zip(lines[::2], lines[1::2], strict=True):
            self.actions.append(action)
            self.documents.append((action["create"]["_index"], document))
        items = [{"create": {"_index": index, "status": 201}} for index, _ in self.documents]
        return {"took": 1, "errors": False, "items": items[-len(lines) // 2 :]}


@contextmanager
def cluster(pods: Mapping[str, Mapping[str, Any]]) -> Iterator[Cluster]:
    """Run the stand-ins."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            match = POD.fullmatch(self.path)
            metadata = pods.get(f"{match['namespace']}/{match['pod']}") if match else None
            if metadata is None:
                self._answer(404, {"kind": "Status", "code": 404})
                return
            self._answer(
                200, {"kind": "Pod", "apiVersion": "v1", "metadata": metadata, "spec": {}, "status": {}}
            )

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if known.away:
                known.refused += 1
                self._answer(503, {"status": 503})
                return
            known.paths.append(self.path)
            known.signatures.append(self.headers.get("Authorization", ""))
            self._answer(200, known.bulk(body))

        def _answer(self, status: int, body: object) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    known = Cluster(port=server.server_address[1], pods=pods)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield known
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
