"""The outbox, in a real PostgreSQL and to a real RabbitMQ: nothing is lost, whatever dies."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import psycopg
import pytest

from infra.workloads import jobs
from infra.workloads.jobs.broker_plan import DEAD_LETTER_EXCHANGE, EXCHANGE, POSITIONS, ROUTING_KEY
from ops.__main__ import main
from ops.errors import OperatorError
from ops.recovery import outbox
from ops.recovery.outbox import BATCH, Message, rabbitmq, replay
from tests.infra.workloads.jobs import postgres_server, rabbitmq_server
from tests.infra.workloads.jobs.postgres_server import PASSWORD, SUPERUSER, PostgresServer, running_server
from tests.infra.workloads.jobs.rabbitmq_server import ADMIN, RabbitServer, running_broker
from tests.infra.workloads.jobs.rabbitmq_server import PASSWORD as BROKER_PASSWORD

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)
OUTBOX = Path(jobs.__file__).parent / "sql" / "gps_outbox.sql"
GPS_PASSWORD = "OfTheConsumers0123456789"
MESSAGES = 450


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    with running_server() as running:
        with psycopg.connect(told(running, SUPERUSER, PASSWORD), autocommit=True) as connection:
            connection.execute("CREATE ROLE gps_owner NOLOGIN")
            connection.execute(f"CREATE ROLE gps LOGIN PASSWORD '{GPS_PASSWORD}'")
            connection.execute("GRANT CREATE ON DATABASE postgres TO gps_owner")
            with connection.transaction():
                connection.execute(OUTBOX.read_bytes())
        yield running


def told(server: PostgresServer, user: str, password: str) -> str:
    return (
        f"host=127.0.0.1 port={server.port} user={user} password={password} dbname=postgres sslmode=disable"
    )


@pytest.fixture
def gps(server: PostgresServer) -> Iterator[psycopg.Connection]:
    """The outbox with messages in it, as the consumers reach it."""
    with psycopg.connect(told(server, SUPERUSER, PASSWORD), autocommit=True) as connection:
        connection.execute("TRUNCATE outbox.messages")
        connection.execute(
            "INSERT INTO outbox.messages (exchange, routing_key, body, sent_at)"
            " SELECT %s, %s, convert_to(format('{\"n\": %%s}', n), 'UTF8'),"
            " CASE WHEN n %% 2 = 0 THEN now() END"
            " FROM generate_series(1, %s) AS n",
            (EXCHANGE, ROUTING_KEY, MESSAGES),
        )
    with psycopg.connect(told(server, "gps", GPS_PASSWORD)) as connection:
        yield connection


@dataclass
class FakeBroker:
    """Keeps what it is sent; full, or gone, when it is told so."""

    full_at: set[int] = field(default_factory=set)
    dies_at: int | None = None
    taken: list[UUID] = field(default_factory=list)
    tries: int = 0

    def send(self, message: Message) -> bool:
        self.tries += 1
        if self.tries == self.dies_at:
            raise OperatorError("the broker gave up")
        if self.tries in self.full_at:
            return False
        self.taken.append(message.id)
        return True


def again(connection: psycopg.Connection, broker: outbox.Broker, run: str = "first") -> outbox.Replayed:
    return replay(connection, broker, run=run, say=lambda _: None, pause=lambda _: None)


@pytest.mark.requirement("DATA-08")
def test_every_message_without_an_effect_is_sent_once(gps: psycopg.Connection) -> None:
    """Also those that the lost broker had confirmed: what it confirmed, it may not have delivered."""
    broker = FakeBroker()
    assert again(gps, broker).sent == MESSAGES
    assert len(set(broker.taken)) == MESSAGES
    assert again(gps, broker).sent == 0, "the same run sends nothing twice"
    gps.execute("DELETE FROM outbox.messages WHERE id = ANY(%s)", (broker.taken[:400],))
    gps.commit()
    assert again(gps, broker, "second").sent == MESSAGES - 400, "what was processed is gone"


@pytest.mark.requirement("DATA-08")
def test_a_run_that_broke_off_goes_on(gps: psycopg.Connection) -> None:
    """What was confirmed before the end is noted, so at most one message of a broken run comes twice."""
    broker = FakeBroker(dies_at=BATCH + 57)
    with pytest.raises(OperatorError):
        again(gps, broker)
    gps.rollback()
    assert len(broker.taken) == BATCH + 56
    broker.dies_at = None
    again(gps, broker)
    assert len(broker.taken) == len(set(broker.taken)) == MESSAGES


def test_a_full_queue_is_waited_for(gps: psycopg.Connection) -> None:
    broker = FakeBroker(full_at={3, 4, 5})
    assert again(gps, broker) == outbox.Replayed(sent=MESSAGES, waited=3)
    broker = FakeBroker(full_at=set(range(1, 10_000)))
    with pytest.raises(OperatorError, match="the queue stays full"):
        again(gps, broker, "second")


@pytest.fixture(scope="module")
def broker() -> Iterator[RabbitServer]:
    if reason := rabbitmq_server.missing():
        pytest.skip(reason)
    with running_broker() as running:
        with running.connect(ADMIN, BROKER_PASSWORD, vhost="/") as connection:
            channel = connection.channel()
            channel.exchange_declare(EXCHANGE, durable=True)
            channel.exchange_declare(DEAD_LETTER_EXCHANGE, "fanout", durable=True)
            channel.queue_declare(
                POSITIONS, durable=True, arguments={"x-queue-type": "quorum", "x-overflow": "reject-publish"}
            )
            channel.queue_bind(POSITIONS, EXCHANGE, ROUTING_KEY)
        yield running


@pytest.fixture
def pod(
    server: PostgresServer, broker: RabbitServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """What the job's pod has: service file, authority, and the file with the URL, whose path is given."""
    url = tmp_path / "url"
    url.write_text(f"amqps://{ADMIN}:{BROKER_PASSWORD}@localhost:{broker.amqps_port}/%2F\n")
    monkeypatch.setenv("SSL_CERT_FILE", broker.ca_file)
    service = server.service_file(tmp_path / "pg_service.conf", "gps", user="gps", password=GPS_PASSWORD)
    with service.open("a") as file:
        file.write("dbname=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(service))
    return url


@pytest.mark.requirement("DATA-08")
def test_the_command_sends_to_a_real_broker(
    gps: psycopg.Connection, broker: RabbitServer, pod: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As in the pod: service file, URL file, TLS; persistent messages under the ids of their rows."""
    arguments = ["recovery", "replay", "--service", "gps", "--url-file", str(pod), "--run", "job-1", "--json"]
    assert main(arguments) == 0
    assert json.loads(capsys.readouterr().out) == {"run": "job-1", "sent": MESSAGES}
    ids = {str(row[0]) for row in gps.execute("SELECT id FROM outbox.messages").fetchall()}
    with broker.connect(ADMIN, BROKER_PASSWORD, vhost="/") as connection:
        channel = connection.channel()
        received = []
        for _, properties, body in channel.consume(POSITIONS, inactivity_timeout=5):
            if properties is None:
                break
            assert properties.delivery_mode == 2
            assert properties.headers == {"replayed": True}
            assert body is not None
            json.loads(body)
            received.append(properties.message_id)
            if len(received) == MESSAGES:
                break
    assert len(received) == MESSAGES
    assert set(received) == ids


def test_what_no_queue_takes_is_named(pod: Path) -> None:
    lost = Message(UUID(int=1), EXCHANGE, "nobody", "application/json", b"{}")
    with rabbitmq(pod) as there, pytest.raises(OperatorError, match="no queue takes 'nobody' of 'gps'"):
        there.send(lost)


def test_mistakes_are_a_line_each(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = tmp_path / "url"
    monkeypatch.setenv("PGSERVICEFILE", str(tmp_path / "none"))
    arguments = ["recovery", "replay", "--service", "gps", "--url-file", str(url), "--run", "x"]
    assert main(arguments) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("service gps: ")
    with pytest.raises(OperatorError, match="No such file"), rabbitmq(url):
        pass
    url.write_text("amqps://nobody:secret-of-nobody@127.0.0.1:1/")
    with pytest.raises(OperatorError, match=r"^the broker cannot be reached: \w+$"), rabbitmq(url):
        pass
