"""All pricers. A further family of services is one file here and one name in `FAMILIES`."""

from __future__ import annotations

from typing import Final

from preview.cost.pricers import (
    balancer,
    broker,
    cache,
    compute,
    database,
    dns,
    in_cluster,
    keys,
    metered,
    monitoring,
    network,
    search,
    storage,
    waf,
)
from preview.cost.pricers.kinds import Parts

FAMILIES: Final = (
    balancer,
    broker,
    cache,
    compute,
    database,
    dns,
    in_cluster,
    keys,
    metered,
    monitoring,
    network,
    search,
    storage,
    waf,
)

PRICERS: Final[dict[str, Parts]] = {
    token: parts for family in FAMILIES for token, parts in family.PRICERS.items()
}
"""The parts of each resource type that costs something."""
