"""Traffic between regions: the price depends on both ends."""

from __future__ import annotations

from typing import Final

from preview.cost.charges import Rate
from preview.cost.item import Item

REGION_NAMES: Final = {"ap-south-1": "Mumbai", "ap-southeast-1": "Singapore"}


def transfer_rate(item: Item, source: str, target: str) -> Rate:
    """Give the price of a GB from one region to another. Raises NotPriced when the table has none."""
    names = [REGION_NAMES.get(region, region) for region in (source, target)]
    return item.rate("Data transfer", " to ".join(names), unit="GB", region=source)
