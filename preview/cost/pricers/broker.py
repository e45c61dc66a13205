"""Amazon MQ for RabbitMQ: broker hours and storage."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import HOURS_PER_MONTH, Charge, NotPriced, Rate
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers

SERVICE: Final = "Amazon MQ RabbitMQ"
CLUSTER: Final = "CLUSTER_MULTI_AZ"
NODES_PER_CLUSTER: Final = 3
CLUSTER_RULE: Final = "cluster = 3 x single broker"
"""Held for every pair with both prices quoted; no source states it as a rule."""

STAND_INS: Final = {
    ("mq.m7g.medium", "ap-south-1"): "mq.m5.large",
    ("mq.m7g.large", "ap-south-1"): "mq.m5.large",
}
"""Dearer host types whose price bounds that of one without a price.

In us-east-1 mq.m5.large is 0.288 USD an hour, mq.m7g.large 0.2734, mq.m7g.medium 0.1367 (2026-10).
They give an upper estimate and never a price.
"""


def _broker_hours(item: Item) -> Iterator[Charge]:
    """The broker hours. RabbitMQ brokers cannot be stopped, so a schedule changes nothing."""
    engine = item.text("engineType")
    if engine.lower() != "rabbitmq":
        raise NotPriced(f"no prices for engine {engine}")
    host = item.text("hostInstanceType")
    cluster = item.text("deploymentMode", default="SINGLE_INSTANCE") == CLUSTER
    shape = "3-node cluster" if cluster else "single broker"
    try:
        rate = _rate(item, host, cluster=cluster)
    except NotPriced as refusal:
        stand_in = STAND_INS.get((host, item.region))
        if stand_in is None:
            raise
        upper = _rate(item, stand_in, cluster=cluster)
        raise NotPriced(
            refusal.why, upper=upper.usd * HOURS_PER_MONTH, upper_from=f"{stand_in} {shape}, which is dearer"
        ) from refusal
    yield item.hours(f"{host} {shape}", rate, 1)


def _broker_storage(item: Item) -> Iterator[Charge]:
    nodes = NODES_PER_CLUSTER if item.text("deploymentMode", default="SINGLE_INSTANCE") == CLUSTER else 1
    assumption = item.assumption("broker_gb_per_node")
    rate = item.rate(SERVICE, "broker storage", unit="GB-month")
    yield item.assumed(f"broker storage of {nodes} node(s)", rate, assumption.value * nodes, assumption)


def _rate(item: Item, host: str, *, cluster: bool) -> Rate:
    """Give the hourly price of a broker: for a cluster the quoted one, else the one that the rule derives."""
    if cluster:
        quoted = item.stack.prices.find(SERVICE, f"{host} 3-node cluster (one cluster)", item.region)
        if quoted is not None:
            return item.rate(SERVICE, quoted.item, unit="hour")
    try:
        single = item.rate(SERVICE, f"{host} single-instance broker", unit="broker-hour")
    except NotPriced as refusal:
        raise NotPriced(f"no price for {SERVICE} {host} in {item.region}") from refusal
    return single.times(NODES_PER_CLUSTER, rule=CLUSTER_RULE) if cluster else single


PRICERS: Final[Pricers] = {
    "aws:mq/broker:Broker": {"broker hours": _broker_hours, "broker storage": _broker_storage},
}
