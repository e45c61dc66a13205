"""What pricing a resource can end in: a line with a price, a reason why there is none, or nothing to pay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Any, Final

HOURS_PER_MONTH: Final = Decimal(730)
"""A month as AWS counts it: 365 x 24 / 12 hours."""

UNKNOWN_VALUE: Final = "value unknown before deployment"


@dataclass(frozen=True, slots=True)
class Rate:
    """The price of one unit in one region, with where it is from."""

    usd: Decimal
    unit: str
    region: str
    source: str
    source_date: str
    confidence: str
    rule: str | None = None
    """How the price follows from a quoted one; None for a quoted price."""

    def times(self, factor: Decimal | int, *, rule: str) -> Rate:
        """Give a price that follows from this one by a rule; lines with it are marked derived."""
        return replace(self, usd=self.usd * factor, rule=rule)


@dataclass(frozen=True, slots=True)
class Line:
    """One priced part of a resource."""

    layer: str
    urn: str
    name: str
    what: str
    quantity: Decimal
    """Units per month; for hours of a resource that sleeps only those awake."""
    unit: str
    usd_per_unit: Decimal
    usd_per_month: Decimal
    usd_always_on: Decimal
    """The same without a schedule."""
    region: str
    derived: bool
    """The unit price follows from a quoted one by a rule, which the note names."""
    assumed: bool
    """The quantity is an assumption of usage.yaml, whose reason the note gives."""
    source: str
    source_date: str
    confidence: str
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """Give the line as a plain object; amounts of money in US dollars, to a hundredth of a cent."""
        return {
            "layer": self.layer,
            "urn": self.urn,
            "name": self.name,
            "what": self.what,
            "quantity": _number(self.quantity),
            "unit": self.unit,
            "usdPerUnit": float(self.usd_per_unit),
            "usdPerMonth": _number(self.usd_per_month),
            "usdAlwaysOn": _number(self.usd_always_on),
            "region": self.region,
            "derived": self.derived,
            "assumed": self.assumed,
            "source": self.source,
            "sourceDate": self.source_date,
            "confidence": self.confidence,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class Unpriced:
    """Something that costs money, or may, and has no figure. It is in no total."""

    layer: str
    urn: str
    type: str
    name: str
    what: str
    why: str
    upper_usd_per_month: Decimal | None = None
    """No more than this, where something dearer has a price; shown beside the total, never in it."""
    upper_from: str | None = None
    """What the upper estimate is taken from."""

    def to_json(self) -> dict[str, Any]:
        """Give the entry as a plain object."""
        upper = self.upper_usd_per_month
        return {
            "layer": self.layer,
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "what": self.what,
            "why": self.why,
            "upperUsdPerMonth": None if upper is None else _number(upper),
            "upperFrom": self.upper_from,
        }


@dataclass(frozen=True, slots=True)
class Free:
    """A part of a resource that costs nothing the way it is declared, and why."""

    why: str


Charge = Line | Unpriced | Free


class NotPriced(Exception):  # noqa: N818  (not a fault: it becomes an entry of the unpriced list)
    """A part of a resource has no figure."""

    def __init__(self, why: str, *, upper: Decimal | None = None, upper_from: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.upper = upper
        self.upper_from = upper_from


@dataclass(frozen=True)
class Estimate:
    """The monthly cost of one stack."""

    stack: str
    lines: tuple[Line, ...]
    unpriced: tuple[Unpriced, ...]
    free: Mapping[str, int]
    """Resources that cost nothing by themselves: type and how many."""

    @cached_property
    def total(self) -> Decimal:
        """US dollars per month of all priced lines, schedules considered."""
        return sum((line.usd_per_month for line in self.lines), Decimal(0))

    @cached_property
    def total_always_on(self) -> Decimal:
        """US dollars per month if nothing ever slept."""
        return sum((line.usd_always_on for line in self.lines), Decimal(0))

    @property
    def saving(self) -> Decimal:
        """What the schedules save, US dollars per month."""
        return self.total_always_on - self.total

    @property
    def unpriced_upper(self) -> Decimal:
        """Sum of the upper estimates of unpriced parts that have one; in no total."""
        return sum((entry.upper_usd_per_month or Decimal(0) for entry in self.unpriced), Decimal(0))

    @property
    def free_count(self) -> int:
        """Number of resources that cost nothing by themselves."""
        return sum(self.free.values())

    @cached_property
    def by_layer(self) -> dict[str, Decimal]:
        """US dollars per month of each layer, dearest first."""
        totals: dict[str, Decimal] = {}
        for line in self.lines:
            totals[line.layer] = totals.get(line.layer, Decimal(0)) + line.usd_per_month
        return dict(sorted(totals.items(), key=lambda entry: (-entry[1], entry[0])))

    def biggest(self, count: int) -> tuple[Line, ...]:
        """Give the `count` dearest lines, dearest first."""
        return tuple(sorted(self.lines, key=lambda line: (-line.usd_per_month, line.urn, line.what))[:count])

    def unpriced_reasons(self) -> Iterator[tuple[str, int]]:
        """Give each reason why something is unpriced with how often it occurs, most frequent first."""
        counted = Counter(entry.why for entry in self.unpriced)
        yield from sorted(counted.items(), key=lambda entry: (-entry[1], entry[0]))

    def to_json(self) -> dict[str, Any]:
        """Give the estimate as a plain object: the same graph and tables always give the same object."""
        return {
            "stack": self.stack,
            "currency": "USD",
            "hoursPerMonth": int(HOURS_PER_MONTH),
            "total": _number(self.total),
            "totalAlwaysOn": _number(self.total_always_on),
            "saving": _number(self.saving),
            "unpricedUpper": _number(self.unpriced_upper),
            "byLayer": {layer: _number(usd) for layer, usd in self.by_layer.items()},
            "lines": [line.to_json() for line in self.lines],
            "unpriced": [entry.to_json() for entry in self.unpriced],
            "free": dict(sorted(self.free.items())),
        }


def _number(value: Decimal) -> float:
    return round(float(value), 4)
