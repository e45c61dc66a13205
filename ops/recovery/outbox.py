"""Messages that the lost broker may not have delivered are sent to the one of this region (DATA-08).

RabbitMQ has no copy in another region. Whoever needs a message to survive writes it to `outbox.messages` in
the transaction of what it tells of (`infra/workloads/jobs/sql/gps_outbox.sql`); whoever processes it deletes
the row in the transaction of its effect. So after a failover the rows that are left are exactly the messages
whose effect the database does not have, and each is sent again under its own id.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final, LiteralString, Protocol
from uuid import UUID

import pika
import pika.exceptions
import psycopg
from pika.adapters.blocking_connection import BlockingChannel

from ..errors import OperatorError

BATCH: Final = 200
"""Rows that are marked at once: as many may be sent twice when the job is killed in between."""
FULL_SECONDS: Final = 5
FULL_TRIES: Final = 360
"""How long a full queue is waited for: half an hour, in which consumers empty it."""
CONNECT_SECONDS: Final = 10
PERSISTENT: Final = 2

_NEXT: Final[LiteralString] = """
SELECT id, exchange, routing_key, content_type, body FROM outbox.messages
WHERE replayed_by IS DISTINCT FROM %(run)s
ORDER BY created_at, id LIMIT %(batch)s
"""
_MARK: Final[LiteralString] = """
UPDATE outbox.messages SET sent_at = now(), replayed_by = %(run)s WHERE id = ANY(%(ids)s)
"""


@dataclass(frozen=True, slots=True)
class Message:
    """A row of the outbox."""

    id: UUID
    exchange: str
    routing_key: str
    content_type: str
    body: bytes


class Broker(Protocol):
    """Takes messages, and says so."""

    def send(self, message: Message) -> bool:
        """Send it and wait for the confirm; false when the queue is full. Raises OperatorError otherwise."""
        ...


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many messages were sent, and how many rows were gone before: another process had their effect."""

    sent: int
    waited: int


def replay(
    connection: psycopg.Connection,
    broker: Broker,
    *,
    run: str,
    say: Callable[[str], None],
    pause: Callable[[float], None] = time.sleep,
) -> Replayed:
    """Send every message that is left, once for each `run`; killed, the same run goes on where it was."""
    sent = waited = 0
    while True:
        rows = connection.execute(_NEXT, {"run": run, "batch": BATCH}).fetchall()
        # No transaction is open while the broker is waited for.
        connection.commit()
        if not rows:
            return Replayed(sent, waited)
        ids: list[UUID] = []
        try:
            for row in rows:
                waited += _patiently(broker, Message(*row), pause, say)
                ids.append(row[0])
        finally:
            if ids:
                connection.execute(_MARK, {"run": run, "ids": ids})
                connection.commit()
        sent += len(ids)
        say(f"{sent} messages sent")


def _patiently(
    broker: Broker, message: Message, pause: Callable[[float], None], say: Callable[[str], None]
) -> int:
    for tries in range(FULL_TRIES):
        if broker.send(message):
            return tries
        say(f"the queue is full; waiting {FULL_SECONDS} s")
        pause(FULL_SECONDS)
    raise OperatorError("the queue stays full: are there consumers? docs/runbooks/queues.md")


class RabbitMq:
    """A broker that is reached by its URL, over TLS."""

    def __init__(self, channel: BlockingChannel) -> None:
        self._channel = channel

    def send(self, message: Message) -> bool:
        """Send it persistently; what no queue takes is a mistake of the row."""
        properties = pika.BasicProperties(
            message_id=str(message.id),
            content_type=message.content_type,
            delivery_mode=PERSISTENT,
            headers={"replayed": True},
        )
        try:
            self._channel.basic_publish(
                message.exchange, message.routing_key, message.body, properties, mandatory=True
            )
        except pika.exceptions.NackError:
            return False
        except pika.exceptions.UnroutableError:
            raise OperatorError(
                f"message {message.id}: no queue takes {message.routing_key!r} of {message.exchange!r}"
            ) from None
        except pika.exceptions.AMQPError as error:
            raise OperatorError(f"the broker gave up: {type(error).__name__}; repeat the command") from None
        return True


@contextmanager
def rabbitmq(url_file: Path) -> Iterator[RabbitMq]:
    """Connect as the URL in a file says; it holds a password, so it is never an argument."""
    try:
        url = url_file.read_text(encoding="utf-8").strip()
    except OSError as error:
        raise OperatorError(f"{url_file}: {error.strerror}") from None
    try:
        parameters = pika.URLParameters(url)
        parameters.socket_timeout = parameters.blocked_connection_timeout = CONNECT_SECONDS
        connection = pika.BlockingConnection(parameters)
    except (pika.exceptions.AMQPError, OSError, ValueError, IndexError) as error:
        raise OperatorError(f"the broker cannot be reached: {type(error).__name__}") from None
    try:
        channel = connection.channel()
        channel.confirm_delivery()
        yield RabbitMq(channel)
    finally:
        if connection.is_open:
            connection.close()


def connect(service: str, database: str | None) -> psycopg.Connection:
    """Connect by a service of libpq. Raises OperatorError where nobody answers."""
    target: Sequence[str] = [f"service={service}", *([f"dbname={database}"] if database else [])]
    try:
        return psycopg.connect(
            " ".join(target), connect_timeout=CONNECT_SECONDS, application_name="ops recovery replay"
        )
    except psycopg.OperationalError as error:
        raise OperatorError(f"service {service}: {str(error).strip().splitlines()[0]}") from None
