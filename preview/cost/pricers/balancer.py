"""Load balancers: hours, capacity units, public addresses, traffic to the internet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.cost.charges import Charge, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Parts, Pricers
from preview.graph import plain

TYPES: Final = ("aws:lb/loadBalancer:LoadBalancer", "aws:alb/loadBalancer:LoadBalancer")
"""Both tokens of the same resource."""

HOURLY: Final = {
    "application": ("ALB", "load balancer"),
    "network": ("NLB", "load balancer without LCU"),
}


def _balancer_hours(item: Item) -> Iterator[Charge]:
    kind = _kind(item)
    if kind not in HOURLY:
        raise NotPriced(f"no price for a load balancer of type {kind}")
    service, row = HOURLY[kind]
    yield item.hours(f"{kind} load balancer", item.rate(service, row, unit="hour"), 1)


def _capacity(item: Item) -> Iterator[Charge]:
    """Capacity units: an assumed mean over all hours."""
    if _kind(item) != "application":
        raise NotPriced(f"usage-based: no price for capacity units of a {_kind(item)} load balancer")
    assumption = item.assumption("alb_lcu")
    share = item.share_of("alb_lcu", *TYPES)
    rate = item.rate("ALB", "LCU", unit="LCU-hour")
    hours = item.hours("", rate, share).quantity
    yield item.assumed("capacity units (LCU)", rate, hours, assumption)
    if item.declares("minimumLoadBalancerCapacity"):
        yield item.unpriced("reserved capacity", "no price for reserved load balancer capacity")


def _addresses(item: Item) -> Iterator[Charge]:
    """One public IPv4 address per zone; elastic ones are `Eip` resources of their own and priced there."""
    if item.flag("internal"):
        return
    mappings = item.entries("subnetMappings")
    own = [mapping for mapping in mappings if item.within(mapping, "allocationId") is None]
    zones = len(item.entries("subnets")) or len(own)
    if zones == 0:
        if mappings:
            return
        raise NotPriced("the load balancer declares no subnets, so its number of zones is unknown")
    rate = item.rate("VPC", "public IPv4 address in use", unit="hour")
    yield item.hours(f"public IPv4 in {zones} zone(s)", rate, zones)


def _internet_traffic(item: Item) -> Iterator[Charge]:
    """All traffic to the internet that is charged is put on the public load balancers."""
    if item.flag("internal"):
        return
    public = item.stack.once(
        "public load balancers",
        lambda: sum(plain(other.inputs.get("internal")) is not True for other in item.stack.of_type(*TYPES)),
    )
    assumption = item.assumption("internet_out_gb")
    rate = item.rate("Data transfer", "out to internet after 100 GB/month free (first 10 TB)", unit="GB")
    yield item.assumed("traffic to the internet", rate, assumption.value / public, assumption)


def _kind(item: Item) -> str:
    return item.text("loadBalancerType", default="application")


_PARTS: Final[Parts] = {
    "load balancer hours": _balancer_hours,
    "capacity units": _capacity,
    "public addresses": _addresses,
    "traffic to the internet": _internet_traffic,
}

PRICERS: Final[Pricers] = dict.fromkeys(TYPES, _PARTS)
