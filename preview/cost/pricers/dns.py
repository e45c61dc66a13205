"""Route 53: hosted zones and health checks. Prices are the same everywhere."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers
from preview.cost.prices import EVERYWHERE

SERVICE: Final = "Route 53"
HEALTH_CHECK: Final = "health check as billed (2 checks 2.36 incl. 18 % GST)"
STANDARD_INTERVAL_SECONDS: Final = 30


def _zone(item: Item) -> Iterator[Charge]:
    rate = item.rate(SERVICE, "hosted zone (first 25)", unit="month", region=EVERYWHERE)
    yield item.monthly("hosted zone", rate, 1)


def _queries(item: Item) -> Iterator[Charge]:
    if item.declares("vpcs"):
        return  # queries from inside a VPC to its private zone are answered by the VPC resolver
    rate = item.rate(SERVICE, "standard queries (first billion)", unit="million-queries", region=EVERYWHERE)
    yield item.metered("queries", rate, "dns_million_queries")


def _health_check(item: Item) -> Iterator[Charge]:
    rate = item.rate(SERVICE, HEALTH_CHECK, unit="month", region=EVERYWHERE)
    yield item.monthly(
        "health check", rate, 1, note="taken from a bill that does not state the check's options"
    )


def _options(item: Item) -> Iterator[Charge]:
    interval = item.number("requestInterval", default=STANDARD_INTERVAL_SECONDS)
    if interval < STANDARD_INTERVAL_SECONDS or item.flag("measureLatency") or item.declares("searchString"):
        yield item.unpriced("options", "no price for fast interval, latency or text search of a health check")


PRICERS: Final[Pricers] = {
    "aws:route53/zone:Zone": {"hosted zone": _zone, "queries": _queries},
    "aws:route53/healthCheck:HealthCheck": {"health check": _health_check, "options": _options},
}
