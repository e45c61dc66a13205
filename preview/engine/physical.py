"""Physical identities offline: distinct, well-formed, and always the same for the same resource.

A template is text with fields in braces. `{name}` takes the property `name` of the resource, `{@…}` a
derived value:

| field | value |
|---|---|
| `@region` `@account` `@partition` `@dns` | where the resource lives |
| `@shortregion` | the region in short, for instance `aps1` |
| `@name` | the logical name |
| `@autoname` | the logical name and seven hex digits, as the engine names what the program leaves unnamed |
| `@hex17` | 17 hex digits |
| `@heximal32` | 32 hex digits, capital |
| `@num10` | 10 decimal digits |
| `@upper13` | 13 capital letters and digits |
| `@lower12` | 12 small letters and digits |
| `@octet` | a number from 1 to 254 |
| `@mixed6` | 6 letters and digits |
| `@uuid` | a UUID |

Derived values come from a hash of the URN; `@hex17-rtb` is another one than `@hex17`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from typing import Any, Final, Protocol
from uuid import UUID

from preview.engine.providers import Surroundings
from preview.engine.wire import contains_unknown, is_reference, secret
from preview.graph import UNKNOWN, Properties, is_secret, plain

AUTONAME: Final = "{@autoname}"

_DERIVED: Final = re.compile(r"(?P<kind>[a-z]+)(?P<length>\d*)")
_ALPHABETS: Final = {
    "hex": "0123456789abcdef",
    "heximal": "0123456789ABCDEF",
    "num": "0123456789",
    "upper": "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789",
    "lower": "abcdefghijklmnopqrstuvwxyz0123456789",
    "mixed": "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
}


class AbsentError(Exception):
    """A template needs a property that the resource does not have."""


class Computed(Protocol):
    """An output that takes more than a template."""

    def __call__(self, identity: Identity) -> Any:  # noqa: ANN401
        """Give the output's wire value. Raises AbsentError when the resource lacks what it is made of."""
        ...


Template = str | int | bool | None | list[Any] | dict[str, Any] | Computed


@dataclass(frozen=True)
class Identity:
    """What the templates of one resource are filled from; `properties` grows while its outputs are made."""

    urn: str
    name: str
    where: Surroundings
    properties: Properties

    def derived(self, field: str) -> str:
        """Give a derived value by its name without the `@`. Raises ValueError for an unknown name."""
        base, _, salt = field.partition("-")
        fixed = self._fixed.get(base)
        if fixed is not None:
            return fixed() if callable(fixed) else fixed
        if base == "octet":
            return str(1 + self._digest(salt)[0] % 254)
        if base == "uuid":
            return str(UUID(hex=self._digest(salt).hex()[:32], version=4))
        match = _DERIVED.fullmatch(base)
        alphabet = _ALPHABETS.get(match["kind"]) if match else None
        if match is None or alphabet is None or not match["length"]:
            raise ValueError(f"unknown template field @{field}")
        return self.text(alphabet, int(match["length"]), salt)

    def needed(self, key: str) -> Any:  # noqa: ANN401
        """Give a property, secret wrapper and all. Raises AbsentError when the resource does not have it."""
        value = self.properties.get(key)
        if value is None:
            raise AbsentError(key)
        return value

    def fill(self, template: Template) -> Any:  # noqa: ANN401
        """Fill a template. Raises AbsentError when it needs a property that is not there."""
        if isinstance(template, str):
            return self._fill_text(template)
        if isinstance(template, dict):
            return {key: self.fill(item) for key, item in template.items()}
        if isinstance(template, list):
            return [self.fill(item) for item in template]
        return template(self) if callable(template) else template

    def _fill_text(self, template: str) -> Any:  # noqa: ANN401
        if "{" not in template:
            return template
        fields = _Fields(self)
        text = template.format_map(fields)
        if fields.unknown:
            return UNKNOWN
        return secret(text) if fields.secret else text

    @cached_property
    def _fixed(self) -> dict[str, str | Callable[[], str]]:
        return {
            "region": self.where.region,
            "account": self.where.account_id,
            "partition": self.where.partition,
            "dns": self.where.dns_suffix,
            "shortregion": lambda: short_region(self.where.region),
            "name": self.name,
            "autoname": lambda: f"{self.name}-{self.text(_ALPHABETS['hex'], 7, 'autoname')}",
        }

    def _digest(self, salt: str) -> bytes:
        return sha256(f"{self.urn}#{salt}".encode()).digest()

    def text(self, alphabet: str, length: int, salt: str) -> str:
        """Give a derived text of this length over an alphabet."""
        number = int.from_bytes(self._digest(salt) + self._digest(f"{salt}+"))
        characters: list[str] = []
        for _ in range(length):
            number, index = divmod(number, len(alphabet))
            characters.append(alphabet[index])
        return "".join(characters)


def short_region(region: str) -> str:
    """Give a region as it stands in cache endpoints: `ap-southeast-1` becomes `apse1`."""
    area, _, rest = region.partition("-")
    direction, _, number = rest.rpartition("-")
    initials = re.sub(r"(north|south|east|west|central)", lambda found: found[0][0], direction)
    return f"{area}{initials.replace('-', '')}{number}"


class _Fields(Mapping[str, str]):
    """Gives the fields of a template to `str.format_map` and notes what kind of values went in."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self.secret = False
        self.unknown = False

    def __getitem__(self, key: str) -> str:
        if key.startswith("@"):
            return self._identity.derived(key[1:])
        value = self._identity.needed(key)
        self.secret |= is_secret(value)
        value = plain(value)
        if is_reference(value):
            value = value.get("id", value["urn"])
        self.unknown |= contains_unknown(value)
        return str(value)

    def __iter__(self) -> Any:  # noqa: ANN401
        return iter(())

    def __len__(self) -> int:
        return 0


@dataclass(frozen=True, slots=True)
class When:
    """An output that exists only if a property is set and not false."""

    condition: str
    template: Template

    def __call__(self, identity: Identity) -> Any:  # noqa: ANN401
        """Fill the template. Raises AbsentError when the condition does not hold."""
        if not plain(identity.needed(self.condition)):
            raise AbsentError(self.condition)
        return identity.fill(self.template)
