"""What RabbitMQ holds for the GPS service: queues, and users who can do one thing each.

    API --(gps-publisher)--> exchange gps --> gps.positions --(gps-consumer)--> consumers
                                                  | refused 5 times
                                                  v
                                exchange gps.dlx --> gps.positions.dlq

Both queues are quorum queues. A full queue refuses messages (`reject-publish`): the API then answers 503 and
the vehicle sends again, so nothing that was accepted is lost. That is also what dead-lettering at least once
demands. Arguments hold what a queue must never be without, not even for a moment after it is made; what may
be tuned later, its length, is a policy.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from typing import Final, Literal

from ...settings.edge import LoadSettings
from ..demand import ScaledLoad

VHOST: Final = "fleet"
EXCHANGE: Final = "gps"
ROUTING_KEY: Final = "position"
POSITIONS: Final = "gps.positions"
DEAD_LETTER_EXCHANGE: Final = "gps.dlx"
DEAD_LETTERS: Final = "gps.positions.dlq"
DELIVERY_LIMIT: Final = 5
"""Times a message is delivered again before it counts as poison."""
OUTAGE_HOURS: Final = 4
"""How long consumers or database may be away before vehicles must wait: the recovery time (DATA-02)."""
LIMIT_STEP: Final = 10_000

PUBLISHER: Final = "gps-publisher"
CONSUMER: Final = "gps-consumer"
SCALER: Final = "gps-scaler"
MONITORING: Final = "monitoring"
OPERATOR: Final = "fleet-operator"

_NOTHING: Final = "^$"


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokerUser:
    """A user of the broker: tags for the management API, and what he may do in the virtual host.

    `write` and `read` are the names of exchanges and queues, as regular expressions.
    """

    name: str
    what: str
    tags: tuple[Literal["administrator", "monitoring"], ...] = ()
    configure: str = _NOTHING
    write: str = _NOTHING
    read: str = _NOTHING


USERS: Final = (
    BrokerUser(name=PUBLISHER, what="GPS API: hands positions to the exchange", write=r"^gps$"),
    BrokerUser(name=CONSUMER, what="GPS consumer: takes positions", read=r"^gps\.positions$"),
    # A passive declaration, which tells a queue's depth, needs no right on the queue.
    BrokerUser(name=SCALER, what="KEDA: asks how many positions wait"),
    BrokerUser(name=MONITORING, what="Metrics: reads the state of nodes and queues", tags=("monitoring",)),
    BrokerUser(
        name=OPERATOR,
        what="People, and the rotation of the first administrator's password",
        tags=("administrator",),
        configure=".*",
        write=".*",
        read=".*",
    ),
)


def longest_queue(load: LoadSettings) -> int:
    """Give how many positions may wait: the fleet's peak for as long as an outage may last, rounded up."""
    waiting = ScaledLoad.of(load).peak_positions_per_second * Fraction(OUTAGE_HOURS * 3600)
    return ceil(waiting / LIMIT_STEP) * LIMIT_STEP


def topology(*, max_length: int) -> str:
    """Render what `broker_topology.py` applies, as JSON. `max_length` is in messages."""
    return json.dumps(
        {
            "vhost": VHOST,
            "exchanges": [
                {"name": EXCHANGE, "type": "direct"},
                {"name": DEAD_LETTER_EXCHANGE, "type": "fanout"},
            ],
            "queues": [
                {"name": DEAD_LETTERS, "arguments": {}},
                {
                    "name": POSITIONS,
                    "arguments": {
                        "x-delivery-limit": DELIVERY_LIMIT,
                        "x-dead-letter-exchange": DEAD_LETTER_EXCHANGE,
                        "x-dead-letter-strategy": "at-least-once",
                        "x-overflow": "reject-publish",
                    },
                },
            ],
            "bindings": [
                {"exchange": EXCHANGE, "queue": POSITIONS, "routing_key": ROUTING_KEY},
                {"exchange": DEAD_LETTER_EXCHANGE, "queue": DEAD_LETTERS, "routing_key": ""},
            ],
            "policies": [
                {
                    "name": "gps-positions-length",
                    "pattern": r"^gps\.positions$",
                    "apply-to": "queues",
                    "priority": 1,
                    "definition": {"max-length": max_length},
                }
            ],
            "users": [
                {
                    "name": user.name,
                    "tags": list(user.tags),
                    "permissions": {"configure": user.configure, "write": user.write, "read": user.read},
                }
                for user in USERS
            ],
        },
        indent=2,
    )
