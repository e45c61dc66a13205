"""The shapes that all pricers share."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from preview.cost.charges import Charge
from preview.cost.item import Item

PricePart = Callable[[Item], Iterable[Charge]]
"""Prices one part of a resource. Gives nothing when the resource does not have that part.

A part that raises `NotPriced` becomes an entry of the unpriced list, and the other parts still count.
"""

Parts = Mapping[str, PricePart]
"""The parts of a resource by what they are called when they cannot be priced."""

Pricers = Mapping[str, Parts]
"""The parts of each resource type."""
