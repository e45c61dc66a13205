"""What steps work on: AWS in both regions, the stack, the cluster, and what somebody has allowed."""

from __future__ import annotations

import http.client
import socket
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from .aws import Aws
from .clock import Clock
from .estate import Estate
from .journal import Decision, Entries, Journal, Say
from .programs import Done, Programs
from .steps import StepFailedError, TryAgainError

PROBE_SECONDS: Final = 10


class Probe(Protocol):
    """Asks a web server over TLS."""

    def status(self, host: str, *, via: str, path: str) -> int | str:
        """Give the HTTP status of `https://host/path`, asked at address `via`; a text: why there is none."""
        ...


class SystemProbe:
    """Asks by the network. Names in certificates are compared with the host that users type."""

    def status(self, host: str, *, via: str, path: str) -> int | str:
        """Ask once."""
        context = ssl.create_default_context()
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        connection = http.client.HTTPSConnection(host, timeout=PROBE_SECONDS, context=context)
        try:
            with socket.create_connection((via, 443), timeout=PROBE_SECONDS) as plain:
                connection.sock = context.wrap_socket(plain, server_hostname=host)
                connection.request("GET", path, headers={"Host": host, "User-Agent": "fleet-erp-recovery"})
                return connection.getresponse().status
        except (OSError, http.client.HTTPException) as error:
            return f"{type(error).__name__}: {error}"
        finally:
            connection.close()


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """What whoever started the work has decided beforehand."""

    loss: bool = False
    """More may be lost than the recovery point promises."""
    production_runs: bool = False
    """Production takes writes still; what it takes after the promotion is lost."""
    without_replay: bool = False
    """Messages of the outbox are replayed later, by hand."""
    despite: tuple[str, ...] = ()
    """Checks that may fail."""


@dataclass(kw_only=True)
class Situation:
    """The ports, and what is known."""

    estate: Estate
    aws: Aws
    """The recovery region."""
    primary: Aws
    """Production's region, asked briefly: it may be lost."""
    programs: Programs
    probe: Probe
    clock: Clock
    journal: Journal
    allowed: Allowed
    by: str
    say: Say
    deadline: datetime
    deploy_profile: str | None = None
    """Profile of AWS that may deploy; None: the caller may himself."""

    @property
    def entries(self) -> Entries:
        """The journal's entries."""
        if self.journal.entries is None:
            raise ValueError("the journal was not begun")
        return self.journal.entries

    def decide(self, point: str, choice: str) -> None:
        """Keep a decision, once: a resumed step decides nothing anew."""
        if not any(each.point == point and each.choice == choice for each in self.entries.decisions):
            self.entries.decisions.append(
                Decision(at=self.clock.now(), point=point, choice=choice, by=self.by)
            )

    def remember(self, name: str, value: str) -> None:
        """Keep what a later step must know."""
        self.entries.memory[name] = value

    def recall(self, name: str) -> str | None:
        """Give what an earlier step has kept."""
        value = self.entries.memory.get(name)
        return value if isinstance(value, str) else None

    def run(
        self, arguments: Sequence[str], *, variables: Mapping[str, str] | None = None, text: str | None = None
    ) -> Done:
        """Run a program within the time of the step."""
        left = max(1.0, (self.deadline - self.clock.now()).total_seconds())
        return self.programs.run(
            arguments, variables=variables or {}, text=text, timeout_seconds=left, beat=self.beat
        )

    def beat(self) -> None:
        """Renew the lease; that S3 does not answer for a moment stops no program."""
        try:
            self.journal.beat()
        except (BotoCoreError, ClientError):
            return

    def must(
        self, arguments: Sequence[str], *, variables: Mapping[str, str] | None = None, text: str | None = None
    ) -> str:
        """Run a program that has to succeed. Raises StepFailedError or TryAgainError with its last words."""
        done = self.run(arguments, variables=variables, text=text)
        if done.status == 0:
            return done.output
        name = " ".join(arguments[:3])
        words = _last_words(f"{done.output}\n{done.errors}")
        if done.status in {124, 127}:
            late = "did not end in time" if done.status == 124 else "could not be started"  # noqa: PLR2004
            raise StepFailedError(f"{name} {late}: {words}")
        raise TryAgainError(f"{name} ended with status {done.status}: {words}")


def database(aws: Aws, identifier: str) -> dict[str, Any] | None:
    """Give what RDS says of an instance; None where there is none."""
    rds = aws.client("rds")
    try:
        return rds.describe_db_instances(DBInstanceIdentifier=identifier)["DBInstances"][0]
    except ClientError as error:
        if "NotFound" in error.response["Error"]["Code"]:
            return None
        raise


def replica_of(instance: Mapping[str, Any]) -> str:
    """Give the source of a replica; empty for an instance of its own."""
    return instance.get("ReadReplicaSourceDBInstanceIdentifier") or ""


def pages(call: Callable[..., Any], operation: str, key: str, **arguments: object) -> list[Any]:
    """Give all entries of a listing."""
    return [entry for page in call(operation).paginate(**arguments) for entry in page.get(key, ())]


def _last_words(output: str) -> str:
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    return " | ".join(lines[-3:]) or "it said nothing"
