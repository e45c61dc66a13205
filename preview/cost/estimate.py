"""Price a resource list: what a stack costs a month, before it exists (OPS-01)."""

from __future__ import annotations

from collections import Counter

from preview.cost.charges import Charge, Estimate, Free, Line, NotPriced, Unpriced
from preview.cost.free import why_free
from preview.cost.item import Item, Stack
from preview.cost.pricers import PRICERS
from preview.cost.pricers.kinds import PricePart
from preview.cost.prices import PriceTable
from preview.cost.usage import Usage
from preview.graph import ResourceGraph


def estimate(graph: ResourceGraph, *, prices: PriceTable, usage: Usage) -> Estimate:
    """Price every resource that the stack makes; components and resources that are only read are left out.

    Each of them ends in priced lines, in the unpriced list or among those known to be free. Nothing
    is left out or counted as 0 because a figure is missing.
    """
    stack = Stack(graph, prices=prices, usage=usage)
    lines: list[Line] = []
    unpriced: list[Unpriced] = []
    free: Counter[str] = Counter()
    for resource in graph.resources:
        if not resource.custom or resource.external:
            continue
        charges = _charges(Item(resource, stack))
        lines.extend(charge for charge in charges if isinstance(charge, Line))
        unpriced.extend(charge for charge in charges if isinstance(charge, Unpriced))
        if all(isinstance(charge, Free) for charge in charges):
            free[resource.type] += 1
    return Estimate(stack=graph.stack, lines=tuple(lines), unpriced=tuple(unpriced), free=dict(free))


def _charges(item: Item) -> list[Charge]:
    """Give what one resource costs, part by part; never an empty list."""
    token = item.resource.type
    parts = PRICERS.get(token)
    if parts is None:
        why = why_free(token)
        return [Free(why) if why else item.unpriced("everything", "no pricer for this type")]
    charges = [charge for what, part in parts.items() for charge in _charges_of_part(item, what, part)]
    return charges or [item.unpriced("everything", "its pricer found nothing to price")]


def _charges_of_part(item: Item, what: str, part: PricePart) -> list[Charge]:
    charges: list[Charge] = []
    try:
        # One by one: what a part gives before it refuses still counts.
        for charge in part(item):
            charges.append(charge)
    except NotPriced as refusal:
        charges.append(item.unpriced(what, refusal.why, upper=refusal.upper, upper_from=refusal.upper_from))
    return charges
