"""Cost of a stack before it is deployed: a resource list priced from a dated, checked-in table."""

from preview.cost.charges import Estimate, Line, Unpriced
from preview.cost.estimate import estimate
from preview.cost.prices import Price, PriceTable, PriceTableError, load_prices
from preview.cost.usage import Usage, UsageBook, UsageError, load_usage

__all__ = [
    "Estimate",
    "Line",
    "Price",
    "PriceTable",
    "PriceTableError",
    "Unpriced",
    "Usage",
    "UsageBook",
    "UsageError",
    "estimate",
    "load_prices",
    "load_usage",
]
