"""The bootstrap of the broker, on a real RabbitMQ over TLS: twice, then what queues and users do."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pika
import pika.exceptions
import pytest

from infra.workloads.jobs import broker_plan, broker_topology
from infra.workloads.jobs.broker_plan import (
    CONSUMER,
    DEAD_LETTERS,
    DELIVERY_LIMIT,
    EXCHANGE,
    MONITORING,
    OPERATOR,
    POSITIONS,
    PUBLISHER,
    ROUTING_KEY,
    SCALER,
    VHOST,
)
from infra.workloads.jobs.broker_topology import TopologyError, connect, hashed

from . import rabbitmq_server
from .broker_runs import MAX_LENGTH, PASSWORDS, PERSISTENT, Applied, channel_of, publish, run_job, state, take
from .rabbitmq_server import ADMIN, PASSWORD, running_broker

needs_broker = pytest.mark.skipif(
    rabbitmq_server.missing() is not None, reason=rabbitmq_server.missing() or "RabbitMQ is there"
)


@pytest.fixture(scope="module")
def applied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Applied]:
    """Run the job twice against a new broker."""
    folder = tmp_path_factory.mktemp("topology")
    with running_broker() as server:
        applied = Applied(server=server, folder=folder, outputs=[], states=[])
        for _ in range(2):
            done = run_job(server, folder)
            assert done.returncode == 0, done.stderr
            applied.outputs.append(done.stdout + done.stderr)
            applied.states.append(state(applied.api()))
        yield applied


@needs_broker
def test_runs_twice_without_change(applied: Applied) -> None:
    """The second run finds everything as it should be, passwords included."""
    assert applied.states[0] == applied.states[1]
    assert "user gps-publisher made" in applied.outputs[0]
    assert applied.outputs[1] == "broker-topology: 0 changes\n"


@needs_broker
def test_prints_no_password(applied: Applied, tmp_path: Path) -> None:
    """Neither success nor failure shows a password."""
    failed = run_job(applied.server, tmp_path, admin_password="NotTheAdministrators0123")
    printed = "".join(applied.outputs) + failed.stdout + failed.stderr
    assert failed.returncode == 1
    for password in (*PASSWORDS.values(), PASSWORD, "NotTheAdministrators0123"):
        assert password not in printed


@needs_broker
def test_poison_message_reaches_the_dead_letters(applied: Applied) -> None:
    """A message that is refused again and again leaves the queue for the other, and is not lost."""
    publish(applied, b"poison")
    deliveries = 0
    with channel_of(applied, CONSUMER) as channel:
        while True:
            method, _, body = channel.basic_get(POSITIONS)
            if method is None:
                break
            assert body == b"poison"
            deliveries += 1
            assert deliveries <= DELIVERY_LIMIT + 1
            channel.basic_reject(method.delivery_tag, requeue=True)
            time.sleep(0.2)
    assert deliveries == DELIVERY_LIMIT + 1
    with channel_of(applied, OPERATOR) as channel:
        method, properties, body = take(channel, DEAD_LETTERS)
        channel.basic_ack(method.delivery_tag)
    assert body == b"poison"
    death = properties.headers["x-death"][0]
    assert (death["queue"], death["reason"]) == (POSITIONS, "delivery_limit")


@needs_broker
def test_refused_message_reaches_the_dead_letters_at_once(applied: Applied) -> None:
    """A message that a consumer gives up on is dead, without further deliveries."""
    publish(applied, b"nonsense")
    with channel_of(applied, CONSUMER) as channel:
        method, _, _ = take(channel, POSITIONS)
        channel.basic_reject(method.delivery_tag, requeue=False)
    with channel_of(applied, OPERATOR) as channel:
        method, properties, body = take(channel, DEAD_LETTERS)
        channel.basic_ack(method.delivery_tag)
    assert body == b"nonsense"
    assert properties.headers["x-death"][0]["reason"] == "rejected"


@needs_broker
def test_full_queue_refuses_instead_of_losing(applied: Applied) -> None:
    """Above its length the queue refuses: the API learns of it and nothing that was accepted is dropped."""
    accepted = refused = 0
    with channel_of(applied, PUBLISHER, confirms=True) as channel:
        for number in range(MAX_LENGTH + 20):
            try:
                channel.basic_publish(EXCHANGE, ROUTING_KEY, str(number).encode(), properties=PERSISTENT)
                accepted += 1
            except pika.exceptions.NackError:
                refused += 1
    with channel_of(applied, OPERATOR) as channel:
        kept = channel.queue_purge(POSITIONS).method.message_count
    assert refused > 0
    # Followers learn of the length a moment late: a few above it are accepted, never fewer kept.
    assert kept == accepted >= MAX_LENGTH


@needs_broker
def test_scaler_reads_the_depth_and_nothing_else(applied: Applied) -> None:
    """KEDA asks by a passive declaration, for which no right on the queue is needed."""
    for _ in range(3):
        publish(applied, b"waiting")
    with channel_of(applied, SCALER) as channel:
        depth = channel.queue_declare(POSITIONS, passive=True).method.message_count
    with channel_of(applied, OPERATOR) as channel:
        channel.queue_purge(POSITIONS)
    assert depth == 3


def _get_positions(channel: Any) -> None:
    channel.basic_get(POSITIONS)


def _get_dead_letters(channel: Any) -> None:
    channel.basic_get(DEAD_LETTERS)


def _publish_position(channel: Any) -> None:
    channel.confirm_delivery()
    channel.basic_publish(EXCHANGE, ROUTING_KEY, b"x", properties=PERSISTENT)


def _publish_around_the_exchange(channel: Any) -> None:
    channel.confirm_delivery()
    channel.basic_publish("", POSITIONS, b"x", properties=PERSISTENT)


def _publish_dead_letter(channel: Any) -> None:
    channel.confirm_delivery()
    channel.basic_publish("gps.dlx", "", b"x", properties=PERSISTENT)


def _make_queue(channel: Any) -> None:
    channel.queue_declare("mine", durable=True)


def _delete_queue(channel: Any) -> None:
    channel.queue_delete(POSITIONS)


def _purge_queue(channel: Any) -> None:
    channel.queue_purge(POSITIONS)


def _bind_queue(channel: Any) -> None:
    channel.queue_bind(DEAD_LETTERS, EXCHANGE, ROUTING_KEY)


EVERYTHING = (
    _get_positions,
    _get_dead_letters,
    _publish_position,
    _publish_around_the_exchange,
    _publish_dead_letter,
    _make_queue,
    _delete_queue,
    _bind_queue,
)


@needs_broker
@pytest.mark.parametrize(
    ("user", "action"),
    [
        *((PUBLISHER, action) for action in (*EVERYTHING, _purge_queue) if action is not _publish_position),
        # Whoever may take messages may also purge: RabbitMQ knows one right to read.
        *((CONSUMER, action) for action in EVERYTHING if action is not _get_positions),
        *((SCALER, action) for action in (*EVERYTHING, _purge_queue)),
        *((MONITORING, action) for action in (*EVERYTHING, _purge_queue)),
    ],
    ids=lambda value: value if isinstance(value, str) else value.__name__.strip("_"),
)
def test_user_does_nothing_else(applied: Applied, user: str, action: Any) -> None:
    """What is not a user's one thing is refused by the broker."""
    with (
        channel_of(applied, user) as channel,
        pytest.raises(pika.exceptions.ChannelClosedByBroker, match="ACCESS_REFUSED"),
    ):
        action(channel)


@needs_broker
@pytest.mark.parametrize("user", sorted({*PASSWORDS} - {OPERATOR, ADMIN}))
def test_user_stays_in_its_virtual_host(applied: Applied, user: str) -> None:
    """No user but the administrators gets into the default virtual host."""
    with pytest.raises(pika.exceptions.AMQPConnectionError):
        applied.server.connect(user, PASSWORDS[user], vhost="/")


@needs_broker
@pytest.mark.parametrize(
    ("user", "path", "allowed"),
    [
        (MONITORING, ("queues", VHOST), True),
        (MONITORING, ("nodes",), True),
        (MONITORING, ("users",), False),
        (PUBLISHER, ("overview",), False),
        (CONSUMER, ("queues", VHOST), False),
        (OPERATOR, ("users",), True),
    ],
)
def test_management_api_is_for_few(
    applied: Applied, user: str, path: tuple[str, ...], *, allowed: bool
) -> None:
    """Metrics are read by their user, users by the second administrator, nothing by the others."""
    api = connect(
        applied.server.console,
        username=user,
        plain=PASSWORDS[user],
        ca_file=applied.server.ca_file,
        wait_seconds=10,
    )
    if allowed:
        assert api.get(*path)
        return
    with pytest.raises(TopologyError, match=rf"does not accept the administrator {user}"):
        api.get(*path)


@needs_broker
def test_drift_is_mended(applied: Applied, tmp_path: Path) -> None:
    """Rights, tags, policies and passwords that somebody changed come back, and rights elsewhere go."""
    api = applied.api()
    api.put("permissions", VHOST, PUBLISHER, body={"configure": ".*", "write": ".*", "read": ".*"})
    api.put("permissions", "/", CONSUMER, body={"configure": ".*", "write": ".*", "read": ".*"})
    api.put("users", SCALER, body={"password": "another", "tags": "administrator"})
    api.delete("policies", VHOST, "gps-positions-length")
    done = run_job(applied.server, tmp_path)
    assert done.stdout.splitlines() == [
        "broker-topology: policy gps-positions-length made",
        "broker-topology: rights of gps-publisher set",
        "broker-topology: rights of gps-consumer in / taken away",
        "broker-topology: user gps-scaler changed",
        "broker-topology: 4 changes",
    ]
    mended = state(api)
    assert mended["permissions"] == applied.states[0]["permissions"]
    assert mended["users"][SCALER][1] == applied.states[0]["users"][SCALER][1]


@needs_broker
def test_unchangeable_difference_is_named(applied: Applied, tmp_path: Path) -> None:
    """A queue with other arguments stops the job, which says which ones."""
    changed = broker_plan.topology(max_length=MAX_LENGTH).replace(
        '"x-delivery-limit": 5', '"x-delivery-limit": 9'
    )
    done = run_job(applied.server, tmp_path, topology=changed)
    assert done.returncode == 1
    assert "queue gps.positions exists in another form" in done.stderr
    assert "x-delivery-limit is 5, not 9" in done.stderr
    assert "Traceback" not in done.stderr


@needs_broker
@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"admin_password": "wrong"}, "the broker does not accept the administrator fleet-admin"),
        ({"trusted": False}, "shows a certificate that is not trusted"),
        ({"console": "http://localhost:15672"}, "is no https:// URL"),
        ({"passwords": {PUBLISHER: "x"}}, "no password is given for gps-consumer, gps-scaler, monitoring"),
    ],
)
def test_failure_says_what_to_mend(
    applied: Applied, tmp_path: Path, changes: dict[str, Any], message: str
) -> None:
    """Each failure is one line, without a traceback."""
    done = run_job(applied.server, tmp_path, **changes)
    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_waits_for_a_broker_and_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A broker that is not there yet is asked again until the time is over."""
    pauses: list[float] = []
    monkeypatch.setattr(broker_topology.time, "sleep", pauses.append)
    clock = iter(range(0, 1000, 4))
    monkeypatch.setattr(broker_topology.time, "monotonic", lambda: next(clock))
    api = connect("https://localhost:1", username=ADMIN, plain=PASSWORD, wait_seconds=20)
    with pytest.raises(TopologyError, match="did not answer for 20 s"):
        api.get("overview")
    assert pauses == [broker_topology.PAUSE_SECONDS] * 3


@pytest.mark.parametrize("algorithm", sorted(broker_topology.HASHES))
def test_hash_keeps_its_salt(algorithm: str) -> None:
    """The documented example of RabbitMQ's password guide, and a hash that differs by its salt alone."""
    first, second = (hashed("test12", salt, algorithm) for salt in (b"\x90\x8d\xc6\x0a", b"\x00\x00\x00\x01"))
    assert first != second
    if algorithm == broker_topology.DEFAULT_HASH:
        assert first == "kI3GCqW5JLMJa4iX1lo7X4D6XbYqlLgxIs30+P6tENUV2POR"
