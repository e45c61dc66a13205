"""Make the virtual host, users, exchanges, queues and policies of RabbitMQ what a file says they should be.

Runs in the broker bootstrap job with nothing but the standard library, against the management API over TLS:

    python3 broker_topology.py --topology topology.json --admin /etc/admin --users /etc/users

`/etc/admin` holds the files `console` (URL), `username` and `password`; `/etc/users` one file per user with
the password. What is as it should be is left alone, passwords included, so a second run changes nothing. What
exists in a form that RabbitMQ cannot change (the arguments of a queue) stops the job with the difference.
Nothing is deleted but permissions that nobody meant. No password is printed, and users get hashes.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import secrets
import ssl
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlsplit

REQUEST_SECONDS: Final = 15
PAUSE_SECONDS: Final = 5
SALT_BYTES: Final = 4
HASHES: Final[Mapping[str, Callable[[bytes], Any]]] = {
    "rabbit_password_hashing_sha256": hashlib.sha256,
    "rabbit_password_hashing_sha512": hashlib.sha512,
}
"""RabbitMQ's own names; a hash is stored as base64(salt + H(salt + password)) (RabbitMQ, "Passwords")."""
DEFAULT_HASH: Final = "rabbit_password_hashing_sha256"
NOT_FOUND: Final = 404
UNAUTHORIZED: Final = 401
SERVER_ERROR: Final = 500
TOO_MANY: Final = 429

Json = Any


class TopologyError(Exception):
    """The broker is not, and cannot be made, what the file says; the message says where."""


class _UnavailableError(Exception):
    """The broker may answer later."""


@dataclass(slots=True)
class Management:
    """The management API, as one administrator."""

    url: str
    username: str
    plain: str = field(repr=False)
    """The administrator's password."""
    context: ssl.SSLContext | None
    wait_seconds: float

    def get(self, *path: str) -> Json:
        """Read something; None when it does not exist."""
        return self._send("GET", path, None)

    def put(self, *path: str, body: Json) -> None:
        """Make something, or change it."""
        self._send("PUT", path, body)

    def post(self, *path: str, body: Json) -> None:
        """Make something whose name the broker chooses."""
        self._send("POST", path, body)

    def delete(self, *path: str) -> None:
        """Take something away; gone is gone."""
        self._send("DELETE", path, None)

    def _send(self, method: str, path: Sequence[str], body: Json) -> Json:
        """Send a request, and again while the broker is not there. Raises TopologyError when it refuses."""
        deadline = time.monotonic() + self.wait_seconds
        while True:
            try:
                return self._once(method, path, body)
            except _UnavailableError as error:
                if time.monotonic() + PAUSE_SECONDS > deadline:
                    raise TopologyError(
                        f"{self.url} did not answer for {self.wait_seconds:g} s: {error}"
                    ) from None
                time.sleep(PAUSE_SECONDS)

    def _once(self, method: str, path: Sequence[str], body: Json) -> Json:
        where = "/".join(quote(part, safe="") for part in ("api", *path))
        login = base64.b64encode(f"{self.username}:{self.plain}".encode()).decode()
        request = urllib.request.Request(  # noqa: S310  (the scheme was checked by connect)
            f"{self.url}/{where}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )
        try:
            with urllib.request.urlopen(  # noqa: S310
                request, timeout=REQUEST_SECONDS, context=self.context
            ) as answer:
                text = answer.read()
                return json.loads(text) if text else None
        except urllib.error.HTTPError as error:
            return self._refused(error, f"{method} /{where}")
        except urllib.error.URLError as error:
            if isinstance(error.reason, ssl.SSLCertVerificationError):
                raise TopologyError(f"{self.url} shows a certificate that is not trusted: {error}") from None
            raise _UnavailableError(str(error.reason)) from None
        except (OSError, ValueError) as error:
            raise _UnavailableError(str(error)) from None

    def _refused(self, error: urllib.error.HTTPError, what: str) -> Json:
        if error.code == NOT_FOUND:
            return None
        if error.code == UNAUTHORIZED:
            raise TopologyError(f"the broker does not accept the administrator {self.username}") from None
        if error.code >= SERVER_ERROR or error.code == TOO_MANY:
            raise _UnavailableError(f"{what}: {error.code}") from None
        raise TopologyError(f"the broker refuses {what}: {error.code} {_reason(error)}") from None


def connect(
    console: str,
    *,
    username: str,
    plain: str,
    ca_file: str | None = None,
    plaintext: bool = False,
    wait_seconds: float,
) -> Management:
    """Prepare to speak to a broker; `plain` is the password.

    Raises TopologyError for a URL without TLS, unless `plaintext`.
    """
    url = console.strip().rstrip("/")
    scheme = urlsplit(url).scheme
    if scheme != "https" and not (plaintext and scheme == "http"):
        raise TopologyError(f"{url} is no https:// URL: passwords would cross the network in clear")
    context = None
    if scheme == "https":
        context = ssl.create_default_context(cafile=ca_file)
        context.minimum_version = ssl.TLSVersion.TLSv1_2
    return Management(url=url, username=username, plain=plain, context=context, wait_seconds=wait_seconds)


@dataclass(slots=True)
class Topology:
    """Applies a topology, and counts what it had to change."""

    api: Management
    wanted: Mapping[str, Json]
    plain: Mapping[str, str] = field(repr=False)
    """Passwords by user."""
    say: Callable[[str], None] = print
    changes: int = 0

    @property
    def vhost(self) -> str:
        """The virtual host that everything is in."""
        return self.wanted["vhost"]

    def apply(self) -> int:
        """Make everything; give the number of changes. Raises TopologyError."""
        self._check_passwords()
        self._vhost()
        for exchange in self.wanted["exchanges"]:
            self._exchange(exchange)
        for queue in self.wanted["queues"]:
            self._queue(queue)
        for binding in self.wanted["bindings"]:
            self._binding(binding)
        for policy in self.wanted["policies"]:
            self._policy(policy)
        # Users last: who may log in finds everything in its place.
        for user in self.wanted["users"]:
            self._user(user)
            self._permissions(user)
        return self.changes

    def _check_passwords(self) -> None:
        """Say all at once which passwords are missing, before anything is changed."""
        missing = [user["name"] for user in self.wanted["users"] if not self.plain.get(user["name"])]
        if missing:
            raise TopologyError(f"no password is given for {', '.join(missing)}")

    def _changed(self, what: str) -> None:
        self.changes += 1
        self.say(f"broker-topology: {what}")

    def _vhost(self) -> None:
        if self.api.get("vhosts", self.vhost) is None:
            self.api.put("vhosts", self.vhost, body={"default_queue_type": "quorum"})
            self._changed(f"virtual host {self.vhost} made")
        # Whoever makes a virtual host over the API has rights in it only on some versions.
        self._grant(self.api.username, {"configure": ".*", "write": ".*", "read": ".*"})

    def _exchange(self, wanted: Mapping[str, Json]) -> None:
        name = wanted["name"]
        body = {"type": wanted["type"], "durable": True, "auto_delete": False, "internal": False}
        found = self.api.get("exchanges", self.vhost, name)
        if found is None:
            self.api.put("exchanges", self.vhost, name, body={**body, "arguments": {}})
            self._changed(f"exchange {name} made")
        else:
            _same(f"exchange {name}", body, found)

    def _queue(self, wanted: Mapping[str, Json]) -> None:
        name = wanted["name"]
        arguments = {"x-queue-type": "quorum", **wanted["arguments"]}
        found = self.api.get("queues", self.vhost, name)
        if found is None:
            body = {"durable": True, "auto_delete": False, "arguments": arguments}
            self.api.put("queues", self.vhost, name, body=body)
            self._changed(f"queue {name} made")
        else:
            _same(f"queue {name}", {"durable": True, "auto_delete": False}, found)
            _same(f"queue {name}", arguments, found.get("arguments", {}), exactly=True)

    def _binding(self, wanted: Mapping[str, Json]) -> None:
        source, queue, key = wanted["exchange"], wanted["queue"], wanted["routing_key"]
        path = ("bindings", self.vhost, "e", source, "q", queue)
        if key not in {binding["routing_key"] for binding in self.api.get(*path) or ()}:
            self.api.post(*path, body={"routing_key": key, "arguments": {}})
            self._changed(f"binding {source} -> {queue} ({key}) made")

    def _policy(self, wanted: Mapping[str, Json]) -> None:
        name = wanted["name"]
        body = {key: wanted[key] for key in ("pattern", "definition", "priority", "apply-to")}
        found = self.api.get("policies", self.vhost, name) or {}
        if {key: found.get(key) for key in body} != body:
            self.api.put("policies", self.vhost, name, body=body)
            self._changed(f"policy {name} {'changed' if found else 'made'}")

    def _user(self, wanted: Mapping[str, Json]) -> None:
        name, tags = wanted["name"], sorted(wanted["tags"])
        found = self.api.get("users", name)
        plain = self.plain[name]
        if found is None or _tags(found) != tags or not _password_matches(found, plain):
            body = {
                "password_hash": hashed(plain, secrets.token_bytes(SALT_BYTES), DEFAULT_HASH),
                "hashing_algorithm": DEFAULT_HASH,
                "tags": ",".join(tags),
            }
            self.api.put("users", name, body=body)
            self._changed(f"user {name} {'changed' if found else 'made'}")

    def _permissions(self, wanted: Mapping[str, Json]) -> None:
        name = wanted["name"]
        for found in self.api.get("users", name, "permissions") or ():
            if found["vhost"] != self.vhost:
                self.api.delete("permissions", found["vhost"], name)
                self._changed(f"rights of {name} in {found['vhost']} taken away")
        self._grant(name, wanted["permissions"])

    def _grant(self, user: str, rights: Mapping[str, str]) -> None:
        found = self.api.get("permissions", self.vhost, user) or {}
        if {key: found.get(key) for key in rights} != dict(rights):
            self.api.put("permissions", self.vhost, user, body=dict(rights))
            self._changed(f"rights of {user} set")


def hashed(plain: str, salt: bytes, algorithm: str) -> str:
    """Hash a password as RabbitMQ stores it."""
    return base64.b64encode(salt + HASHES[algorithm](salt + plain.encode()).digest()).decode()


def _password_matches(user: Mapping[str, Json], plain: str) -> bool:
    algorithm = user.get("hashing_algorithm") or DEFAULT_HASH
    stored = user.get("password_hash") or ""
    if algorithm not in HASHES or not stored:
        return False
    salt = base64.b64decode(stored)[:SALT_BYTES]
    return secrets.compare_digest(stored, hashed(plain, salt, algorithm))


def _tags(user: Mapping[str, Json]) -> list[str]:
    """Give a user's tags: a list, on older brokers a text with commas."""
    tags = user.get("tags") or []
    return sorted(tag for tag in (tags.split(",") if isinstance(tags, str) else tags) if tag)


def _same(what: str, wanted: Mapping[str, Json], found: Mapping[str, Json], *, exactly: bool = False) -> None:
    keys = sorted({*wanted, *found} if exactly else wanted)
    different = [
        f"{key} is {found.get(key)!r}, not {wanted.get(key)!r}"
        for key in keys
        if found.get(key) != wanted.get(key)
    ]
    if different:
        raise TopologyError(
            f"{what} exists in another form, which the broker cannot change: {'; '.join(different)}."
            " Empty it, delete it and run this job again."
        )


def _reason(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["reason"])
    except (OSError, ValueError, KeyError, TypeError):
        return str(error.reason)


def read_files(folder: Path) -> dict[str, str]:
    """Give the text of each file of a folder by its name, without the line end.

    Names that begin with a dot are the links with which the kubelet changes files at once.
    """
    return {
        path.name: path.read_text().rstrip("\n")
        for path in sorted(folder.iterdir())
        if not path.name.startswith(".")
    }


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the job; exits with a message on standard error when the broker is not as it should be."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--topology", type=Path, required=True, help="what there should be, as JSON")
    parser.add_argument("--admin", type=Path, required=True, help="folder with console, username, password")
    parser.add_argument("--users", type=Path, required=True, help="folder with a password file per user")
    parser.add_argument("--ca-file", help="certificates to trust instead of the system's")
    parser.add_argument("--plaintext", action="store_true", help="accept http://, in a closed namespace only")
    parser.add_argument("--wait-seconds", type=float, default=300, help="how long a broker may be away")
    options = parser.parse_args(arguments)
    try:
        admin = read_files(options.admin)
        api = connect(
            admin["console"],
            username=admin["username"],
            plain=admin["password"],
            ca_file=options.ca_file,
            plaintext=options.plaintext,
            wait_seconds=options.wait_seconds,
        )
        topology = Topology(
            api=api,
            wanted=json.loads(options.topology.read_text()),
            plain=read_files(options.users),
        )
        changes = topology.apply()
    except (OSError, KeyError, TopologyError) as error:
        sys.exit(f"broker-topology: {error}")
    print(f"broker-topology: {changes} changes")


if __name__ == "__main__":
    main()
