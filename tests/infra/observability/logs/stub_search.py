"""A stand-in for an OpenSearch domain on the loopback: index state management, security and templates.

It keeps a state and answers as OpenSearch does: it gives back more than it was given, refuses a policy whose
pattern another one claims with the same priority, and an update that does not name the version it changes.
"""

from __future__ import annotations

import fnmatch
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

Json = Any
POLICY_SETTING = "index.plugins.index_state_management.policy_id"


@dataclass
class Search:
    """The domain's state, and what was asked of it."""

    address: str = ""
    templates: dict[str, Json] = field(default_factory=dict)
    policies: dict[str, Json] = field(default_factory=dict)
    security: dict[str, dict[str, Json]] = field(default_factory=lambda: {"roles": {}, "rolesmapping": {}})
    indices: dict[str, dict[str, Json]] = field(default_factory=dict)
    """Indices with `created` (milliseconds), `policy` and what explain adds."""
    requests: list[str] = field(default_factory=list)
    unsigned: int = 0
    failing: list[int] = field(default_factory=list)
    """Statuses of the next answers, before the domain answers properly."""
    refused: dict[str, int] = field(default_factory=dict)
    """Status by `METHOD /path` for requests that are always turned away."""
    sequence: int = 0

    @property
    def writes(self) -> list[str]:
        """Requests that change something."""
        return [each for each in self.requests if not each.startswith("GET ")]

    def answer(  # noqa: PLR0911  (one for each kind of request)
        self, method: str, path: list[str], query: dict[str, list[str]], body: Json
    ) -> tuple[int, Json]:
        """Answer a request."""
        match (method, *path):
            case (_, "_index_template", name):
                return self._template(method, name, body)
            case ("GET", "_plugins", "_ism", "policies"):
                return 200, {"policies": [self._policy(name) for name in self.policies], "total_policies": 1}
            case (_, "_plugins", "_ism", "policies", name):
                return self._policies(method, name, query, body)
            case ("GET", "_plugins", "_ism", "explain", pattern):
                return 200, {**self._explain(pattern), "total_managed_indices": 0}
            case ("POST", "_plugins", "_ism", "add" | "change_policy" as verb, index):
                return 200, self._manage(verb, index, body["policy_id"])
            case (_, "_plugins", "_security", "api", "roles" | "rolesmapping" as kind, name):
                return self._secure(method, kind, name, body)
            case ("GET", pattern, "_settings", "index.creation_date"):
                found = fnmatch.filter(self.indices, pattern)
                return 200, {
                    name: {"settings": {"index.creation_date": str(self.indices[name]["created"])}}
                    for name in found
                }
        return 400, {"error": f"no handler for {method} {path}"}

    def _template(self, method: str, name: str, body: Json) -> tuple[int, Json]:
        if method == "PUT":
            self.templates[name] = body
            return 200, {"acknowledged": True}
        if name not in self.templates:
            return 404, {"error": "missing"}
        stored = {"composed_of": [], **self.templates[name]}
        return 200, {"index_templates": [{"name": name, "index_template": stored}]}

    def _policy(self, name: str) -> Json:
        stored = self.policies[name]
        return {
            "_id": name,
            "_version": 1,
            "_seq_no": stored["seq"],
            "_primary_term": 1,
            "policy": stored["policy"],
        }

    def _policies(self, method: str, name: str, query: dict[str, list[str]], body: Json) -> tuple[int, Json]:
        if method == "DELETE":
            return (200, {"result": "deleted"}) if self.policies.pop(name, None) else (404, {})
        if method == "GET":
            return (200, self._policy(name)) if name in self.policies else (404, {"error": "missing"})
        if name in self.policies and query.get("if_seq_no") != [str(self.policies[name]["seq"])]:
            return 409, {"error": "version conflict"}
        claimed = {
            (pattern, template["priority"])
            for other, stored in self.policies.items()
            for template in stored["policy"]["ism_template"]
            for pattern in template["index_patterns"]
            if other != name
        }
        for template in body["policy"]["ism_template"]:
            if any((pattern, template["priority"]) in claimed for pattern in template["index_patterns"]):
                return 400, {"error": "new policy has an ism_template that overlaps another one"}
        self.sequence += 1
        policy = json.loads(json.dumps(body["policy"]))
        for state in policy["states"]:
            for action in state["actions"]:
                action["retry"] = {"count": 3, "backoff": "exponential", "delay": "1m"}
        for template in policy["ism_template"]:
            template["last_updated_time"] = 1764039226000
        self.policies[name] = {
            "seq": self.sequence,
            "policy": {"policy_id": name, "schema_version": 21, **policy},
        }
        return 201, self._policy(name)

    def _explain(self, pattern: str) -> Json:
        return {
            name: {
                POLICY_SETTING: self.indices[name].get("policy"),
                "index": name,
                **self.indices[name].get("explain", {}),
            }
            for name in fnmatch.filter(self.indices, pattern)
        }

    def _manage(self, verb: str, index: str, policy: str) -> Json:
        current = self.indices[index].get("policy")
        reason = (
            "This index already has a policy, use the update policy API to update index policies"
            if verb == "add" and current
            else "This index is not being managed"
            if verb == "change_policy" and not current
            else "Policy does not exist"
            if policy not in self.policies
            else None
        )
        if reason:
            failed = [{"index_name": index, "index_uuid": "x", "reason": reason}]
            return {"updated_indices": 0, "failures": True, "failed_indices": failed}
        self.indices[index]["policy"] = policy
        return {"updated_indices": 1, "failures": False, "failed_indices": []}

    def _secure(self, method: str, kind: str, name: str, body: Json) -> tuple[int, Json]:
        if method == "PUT":
            created = name not in self.security[kind]
            self.security[kind][name] = body
            return (201 if created else 200), {"status": "CREATED" if created else "OK"}
        if name not in self.security[kind]:
            return 404, {"status": "NOT_FOUND"}
        return 200, {
            name: {"reserved": False, "hidden": False, "static": False, **self._defaults(kind, name)}
        }

    def _defaults(self, kind: str, name: str) -> Json:
        stored = json.loads(json.dumps(self.security[kind][name]))
        if kind == "rolesmapping":
            return {"and_backend_roles": [], **stored}
        for each in stored["index_permissions"]:
            each.update({"dls": None, "fls": [], "masked_fields": []})
        return {"tenant_permissions": [], **stored}


@contextmanager
def search_domain() -> Iterator[Search]:
    """Run a domain that nobody has set up."""
    state = Search()

    class Handler(BaseHTTPRequestHandler):
        def _handle(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            state.requests.append(f"{self.command} {parts.path}")
            authorization = self.headers.get("Authorization", "")
            if not (
                authorization.startswith("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/")
                and "/ap-south-1/es/aws4_request" in authorization
                and self.headers.get("X-Amz-Date")
            ):
                state.unsigned += 1
                self._answer(403, {"message": "the request is not signed"})
            elif state.failing:
                self._answer(state.failing.pop(0), {"error": "later"})
            elif status := state.refused.get(f"{self.command} {parts.path}"):
                self._answer(status, {"error": "no"})
            else:
                path = [unquote(part) for part in parts.path.strip("/").split("/")]
                self._answer(*state.answer(self.command, path, parse_qs(parts.query), body))

        do_GET = do_PUT = do_POST = do_DELETE = _handle  # noqa: N815  (names of the base class)

        def _answer(self, status: int, body: object) -> None:
            text = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  (the base class's name)
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)
