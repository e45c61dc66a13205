"""A resource as a pricer sees it: its values, its place in the stack, and the tables that give figures."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from decimal import Decimal, InvalidOperation
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Final, TypeVar

from preview.cost.charges import HOURS_PER_MONTH, UNKNOWN_VALUE, Line, NotPriced, Rate, Unpriced
from preview.cost.prices import EVERYWHERE, REGION, PriceTable
from preview.cost.schedule import TAG, Schedule, ScheduleError
from preview.cost.usage import Assumption, Usage
from preview.graph import UNKNOWN, Resource, ResourceGraph, plain
from preview.layers import layer_of

ARN_PARTS: Final = 6

T = TypeVar("T")


class Stack:
    """The stack around an item: the graph with the look-ups that pricers need, and the tables."""

    def __init__(self, graph: ResourceGraph, *, prices: PriceTable, usage: Usage) -> None:
        self.graph = graph
        self.prices = prices
        self.usage = usage
        self._of_type: dict[str, list[Resource]] = {}
        for resource in graph.resources:
            if resource.custom and not resource.external:
                self._of_type.setdefault(resource.type, []).append(resource)
        self._computed: dict[str, Any] = {}
        self._named: dict[tuple[str, ...], dict[str, Resource]] = {}

    def of_type(self, *types: str) -> list[Resource]:
        """Give the resources of these types that the stack itself makes."""
        return [resource for token in types for resource in self._of_type.get(token, ())]

    def count(self, *types: str) -> int:
        """Count the resources of these types that the stack itself makes."""
        return sum(len(self._of_type.get(token, ())) for token in types)

    def once(self, key: str, make: Callable[[], T]) -> T:
        """Give what `make` gives for the whole stack, computed on first use."""
        if key not in self._computed:
            self._computed[key] = make()
        return self._computed[key]

    def referred(self, resource: Resource, key: str, *types: str) -> Resource | None:
        """Give the resource of one of `types` that the property `key` refers to, None if the stack has none.

        The recorded dependencies of the property decide; without them its text must be the id, ARN,
        name or identifier of that resource.
        """
        for urn in resource.property_dependencies.get(key, ()):
            found = self.graph.by_urn.get(urn)
            if found is not None and found.type in types:
                return found
        if types not in self._named:
            self._named[types] = self._names(types)
        names = self._named[types]
        for text in _texts(plain(resource.inputs.get(key))):
            if text in names:
                return names[text]
        return None

    def _names(self, types: Iterable[str]) -> dict[str, Resource]:
        names: dict[str, Resource] = {}
        for resource in self.of_type(*types):
            properties = {**resource.outputs, **resource.inputs}
            candidates = [resource.id, *(plain(properties.get(key)) for key in ("arn", "name", "identifier"))]
            for text in candidates:
                if isinstance(text, str) and text != UNKNOWN:
                    names.setdefault(text, resource)
        return names


class Item:
    """One resource to price.

    Every way of reading a value raises NotPriced when the value is unknown before a deployment or
    has the wrong kind, so a pricer never has to ask and never crashes on a strange list.
    """

    def __init__(self, resource: Resource, stack: Stack) -> None:
        self.resource = resource
        self.stack = stack

    @property
    def usage(self) -> Usage:
        """The assumptions of the environment."""
        return self.stack.usage

    def value(self, *path: str) -> Any:  # noqa: ANN401  (any wire value)
        """Give the input at `path` without secret wrappers; None when it is not declared."""
        return self.within(self.resource.inputs, *path)

    def within(self, value: Any, *path: str) -> Any:  # noqa: ANN401  (any wire value)
        """Give the value at `path` inside another one, read the same way as `value`."""
        for depth, key in enumerate(path):
            value = plain(value)
            if value is None:
                return None
            if value == UNKNOWN:
                raise NotPriced(f"{UNKNOWN_VALUE}: {'.'.join(path[:depth] or path)}")
            if not isinstance(value, dict):
                raise NotPriced(f"{'.'.join(path[:depth])} is not an object")
            value = value.get(key)
        value = plain(value)
        if value == UNKNOWN:
            raise NotPriced(f"{UNKNOWN_VALUE}: {'.'.join(path)}")
        return value

    def text(self, *path: str, default: str | None = None, inside: Any = None) -> str:  # noqa: ANN401
        """Give a text. Raises NotPriced when it is absent and there is no default."""
        value = self.within(inside, *path) if inside is not None else self.value(*path)
        if value is None:
            value = default
        if not isinstance(value, str):
            raise NotPriced(f"{'.'.join(path)} is {'not declared' if value is None else 'not a text'}")
        return value

    def number(self, *path: str, default: int | None = None, inside: Any = None) -> Decimal:  # noqa: ANN401
        """Give a number, 0 or above. Raises NotPriced when it is absent and there is no default."""
        value = self.within(inside, *path) if inside is not None else self.value(*path)
        if value is None:
            value = default
        if value is None:
            raise NotPriced(f"{'.'.join(path)} is not declared")
        try:
            number = Decimal(str(value)) if not isinstance(value, bool) else None
        except InvalidOperation:
            number = None
        if number is None or not number.is_finite() or number < 0:
            raise NotPriced(f"{'.'.join(path)} is not a number of 0 or more")
        return number

    def flag(self, *path: str, default: bool = False, inside: Any = None) -> bool:  # noqa: ANN401
        """Give a truth value; the wire form has some of them as text."""
        value = self.within(inside, *path) if inside is not None else self.value(*path)
        if value is None:
            return default
        if isinstance(value, str) and value in {"true", "false"}:
            return value == "true"
        if not isinstance(value, bool):
            raise NotPriced(f"{'.'.join(path)} is neither true nor false")
        return value

    def entries(self, *path: str, inside: Any = None) -> list[Any]:  # noqa: ANN401
        """Give the entries of a list, empty when not declared; unknown entries are included and count."""
        value = self.within(inside, *path) if inside is not None else self.value(*path)
        if value is None:
            return []
        if not isinstance(value, list):
            raise NotPriced(f"{'.'.join(path)} is not a list")
        return value

    def declares(self, key: str) -> bool:
        """Whether the input is there at all, known or not."""
        return self.resource.inputs.get(key) is not None

    def fits(self, pattern: str, *, physical_name: str) -> bool:
        """Whether a pattern of usage.yaml fits the logical name or the physical one (an input's key)."""
        physical = plain(self.resource.inputs.get(physical_name))
        names = (self.resource.name, physical if isinstance(physical, str) else None)
        return any(name is not None and fnmatchcase(name, pattern) for name in names)

    @cached_property
    def region(self) -> str:
        """The region that is charged: the resource's own, its provider's, or the one its ARN or zone is in.

        Raises NotPriced when none of them tells.
        """
        provider = self._provider
        for inputs in (self.resource.inputs, provider.inputs if provider else {}):
            region = plain(inputs.get("region"))
            if region == UNKNOWN:
                raise NotPriced(f"{UNKNOWN_VALUE}: region")
            if isinstance(region, str) and region:
                return region
        for region in _regions_of_itself(self.resource):
            return region
        raise NotPriced("region unknown: neither the resource, its provider, ARN nor zone tells")

    @cached_property
    def _provider(self) -> Resource | None:
        reference = self.resource.provider
        return self.stack.graph.by_urn.get(reference.rpartition("::")[0]) if reference else None

    @cached_property
    def schedule(self) -> Schedule | None:
        """When the resource is awake, None for always: its own `Schedule` tag, else the provider's default.

        Raises NotPriced when the tag is unknown before a deployment or cannot be read.
        """
        tag = self.value("tags", TAG)
        if tag is None and self._provider is not None:
            defaults = plain(self._provider.inputs.get("defaultTags"))
            if isinstance(defaults, str) and defaults != UNKNOWN:
                try:
                    defaults = json.loads(defaults)
                except json.JSONDecodeError as error:
                    raise NotPriced("the provider's defaultTags are not JSON") from error
            tag = self.within({"defaultTags": defaults}, "defaultTags", "tags", TAG)
        if tag is None:
            return None
        try:
            return Schedule.parse(str(tag))
        except ScheduleError as error:
            raise NotPriced(str(error)) from error

    def rate(self, service: str, item: str, *, unit: str, region: str | None = None) -> Rate:
        """Give the quoted price of a unit. Raises NotPriced if there is none, or one for another unit."""
        place = region or self.region
        price = self.stack.prices.find(service, item, place)
        if price is None:
            where = "" if place == EVERYWHERE else f" in {place}"
            raise NotPriced(f"no price for {service} {item}{where}")
        if price.unit != unit:
            raise NotPriced(f"the price of {service} {item} is per {price.unit}, not per {unit}")
        return Rate(price.usd, unit, price.region, price.source, price.source_date, price.confidence)

    def hours(
        self, what: str, rate: Rate, count: Decimal | int, *, sleeps: bool = False, note: str = ""
    ) -> Line:
        """Price `count` things by the hour; those that sleep count only while they are awake."""
        always_on = count * HOURS_PER_MONTH
        awake = always_on
        if sleeps:
            try:
                schedule = self.schedule
            except NotPriced as refusal:
                raise NotPriced(
                    refusal.why, upper=always_on * rate.usd, upper_from="running all hours of the month"
                ) from refusal
            if schedule is not None:
                share = schedule.awake_share
                awake = always_on * share.numerator / share.denominator
        return self._line(what, rate, awake, always_on=always_on, note=note)

    def monthly(self, what: str, rate: Rate, quantity: Decimal | int, *, note: str = "") -> Line:
        """Price `quantity` units a month."""
        return self._line(what, rate, Decimal(quantity), always_on=Decimal(quantity), note=note)

    def assumed(self, what: str, rate: Rate, quantity: Decimal, assumption: Assumption) -> Line:
        """Price a quantity that follows from an assumption."""
        return self._line(what, rate, quantity, always_on=quantity, note=assumption.why, assumed=True)

    def assumption(self, key: str) -> Assumption:
        """Give an assumption of the environment. Raises NotPriced when it makes none."""
        found = getattr(self.usage, key)
        if found is None:
            raise NotPriced(f"depends on usage, and usage.yaml assumes no {key}")
        return found

    def share_of(self, key: str, *types: str) -> Decimal:
        """Give this resource's even part of an assumed total; `types` are all types that take part in it."""
        return self.assumption(key).value / self.stack.count(*(types or (self.resource.type,)))

    def metered(self, what: str, rate: Rate, key: str, *types: str, per: int = 1) -> Line:
        """Price this resource's even part of an assumed total, the price being for `per` of its units."""
        return self.assumed(what, rate, self.share_of(key, *types) / per, self.assumption(key))

    def unpriced(
        self, what: str, why: str, *, upper: Decimal | None = None, upper_from: str | None = None
    ) -> Unpriced:
        """Say that a part of the resource costs money and has no figure."""
        resource = self.resource
        return Unpriced(
            layer=layer_of(resource),
            urn=resource.urn,
            type=resource.type,
            name=resource.name,
            what=what,
            why=why,
            upper_usd_per_month=upper,
            upper_from=upper_from,
        )

    def _line(
        self,
        what: str,
        rate: Rate,
        quantity: Decimal,
        *,
        always_on: Decimal,
        note: str,
        assumed: bool = False,
    ) -> Line:
        return Line(
            layer=layer_of(self.resource),
            urn=self.resource.urn,
            name=self.resource.name,
            what=what,
            quantity=quantity,
            unit=rate.unit,
            usd_per_unit=rate.usd,
            usd_per_month=quantity * rate.usd,
            usd_always_on=always_on * rate.usd,
            region=rate.region,
            derived=rate.rule is not None,
            assumed=assumed,
            source=rate.source,
            source_date=rate.source_date,
            confidence=rate.confidence,
            note="; ".join(text for text in (rate.rule, note) if text),
        )


def _texts(value: Any) -> Iterable[str]:  # noqa: ANN401  (any wire value)
    """Give the texts in a reference: the value itself, or those of a small object like {id, version}."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for entry in value.values():
            text = plain(entry)
            if isinstance(text, str):
                yield text


def region_of_arn(text: str) -> str | None:
    """Give the region that an ARN names; None for another text and for ARNs without region."""
    parts = text.split(":", ARN_PARTS - 1)
    named = len(parts) == ARN_PARTS and parts[0] == "arn" and REGION.fullmatch(parts[3])
    return parts[3] if named else None


def _regions_of_itself(resource: Resource) -> Iterable[str]:
    """Give the regions that a resource's own ARN, id or zone names (not those of what it refers to)."""
    properties = {**resource.outputs, **resource.inputs}
    for text in (plain(properties.get("arn")), resource.id):
        region = region_of_arn(text) if isinstance(text, str) else None
        if region is not None:
            yield region
    zone = plain(properties.get("availabilityZone"))
    if isinstance(zone, str) and REGION.fullmatch(zone[:-1]):
        yield zone[:-1]
