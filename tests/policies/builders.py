"""Small stacks for rules: things with inputs, and references between them that are known or not yet."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final

from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Resource, ResourceGraph

PROJECT: Final = "fleet-erp"
ACCOUNT_ID: Final = "111122223333"
REGION: Final = "ap-south-1"

_ID_PREFIXES: Final = {
    "securityGroup": "sg",
    "defaultSecurityGroup": "sg",
    "subnet": "subnet",
    "vpc": "vpc",
    "internetGateway": "igw",
    "natGateway": "nat",
    "routeTable": "rtb",
    "networkAcl": "acl",
    "launchTemplate": "lt",
}


class Drop:
    """Stands for a property, or a whole thing, that a break takes away."""


DROP: Final = Drop()


@dataclass(frozen=True, slots=True)
class Ref:
    """A value that comes from another thing: one of its outputs, within `text` where `{}` stands."""

    to: str
    output: str = "id"
    text: str = "{}"


@dataclass(frozen=True, slots=True)
class SecretText:
    """A text that the program marked as secret."""

    value: str


@dataclass(frozen=True)
class Thing:
    """One resource of a fixture. `refs` adds property dependencies that no value shows."""

    token: str
    name: str
    inputs: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    refs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def urn(self) -> str:
        """The thing's URN in the stack `prod`."""
        return urn_of("prod", self.token, self.name)


def urn_of(stack: str, token: str, name: str) -> str:
    """Give the URN of a resource without parents."""
    return f"urn:pulumi:{stack}::{PROJECT}::{token}::{name}"


def thing(token: str, name: str, /, **inputs: Any) -> Thing:
    """Give a thing by its inputs in camelCase."""
    return Thing(token, name, inputs)


def graph_of(*things: Thing, stack: str = "prod", known: bool = True) -> ResourceGraph:
    """Give the resource list of things; with `known=False` no reference has a value yet."""
    by_name = {entry.name: entry for entry in things}
    resources = [_resource(entry, by_name, stack, known=known) for entry in things]
    return ResourceGraph(
        PROJECT, stack, tuple(sorted(resources, key=lambda item: item.urn)), unknowns=not known
    )


def _resource(entry: Thing, by_name: Mapping[str, Thing], stack: str, *, known: bool) -> Resource:
    inputs = {key: _value(value, by_name, known=known) for key, value in entry.inputs.items()}
    dependencies = {
        key: tuple(
            sorted({urn_of(stack, by_name[name].token, name) for name in _names(value) if name in by_name})
        )
        for key, value in entry.inputs.items()
    }
    for key, names in entry.refs.items():
        dependencies[key] = tuple(urn_of(stack, by_name[name].token, name) for name in names)
    component = not entry.token.startswith(("aws:", "kubernetes:"))
    computed = {key: value if known else UNKNOWN for key, value in identities(entry).items()}
    return Resource(
        urn=urn_of(stack, entry.token, entry.name),
        type=entry.token,
        name=entry.name,
        parent=urn_of(stack, by_name[entry.parent].token, entry.parent) if entry.parent else None,
        custom=not component,
        inputs=inputs,
        outputs={**computed, **inputs},
        property_dependencies={key: urns for key, urns in dependencies.items() if urns},
        dependencies=tuple(sorted({urn for urns in dependencies.values() for urn in urns})),
        **entry.options,
    )


def identities(entry: Thing) -> dict[str, str]:
    """Give id and ARN of a thing, in their real shapes."""
    digest = hashlib.sha256(f"{entry.token}{entry.name}".encode()).hexdigest()
    package, _, rest = entry.token.partition(":")
    module, _, class_name = rest.partition("/")
    kind = class_name.partition(":")[0]
    if package != "aws":
        return {"id": entry.name}
    if module == "kms" and kind != "alias":
        uuid = f"{digest[:8]}-{digest[8:12]}-{digest[12:16]}-{digest[16:20]}-{digest[20:32]}"
        return {"id": uuid, "keyId": uuid, "arn": f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/{uuid}"}
    identity = f"{_ID_PREFIXES[kind]}-{digest[:17]}" if kind in _ID_PREFIXES else f"{entry.name}-{digest[:6]}"
    return {"id": identity, "arn": f"arn:aws:{module}:{REGION}:{ACCOUNT_ID}:{kind}/{identity}"}


def _value(value: Any, by_name: Mapping[str, Thing], *, known: bool) -> Any:
    if isinstance(value, Ref):
        if not known or value.to not in by_name:
            return UNKNOWN
        target = by_name[value.to]
        own = _value(target.inputs.get(value.output), by_name, known=known)
        text = (
            own
            if isinstance(own, str)
            else identities(target).get(value.output, f"{value.output}-of-{value.to}")
        )
        return value.text.replace("{}", text)
    if isinstance(value, SecretText):
        return {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value.value}
    if isinstance(value, Mapping):
        return {key: _value(entry, by_name, known=known) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_value(entry, by_name, known=known) for entry in value]
    return value


def _names(value: Any) -> Iterator[str]:
    if isinstance(value, Ref):
        yield value.to
    elif isinstance(value, Mapping):
        for entry in value.values():
            yield from _names(entry)
    elif isinstance(value, list | tuple):
        for entry in value:
            yield from _names(entry)


def edited(things: tuple[Thing, ...], edits: Mapping[str, Any]) -> tuple[Thing, ...]:
    """Give the things with edits: `name.path` → value or DROP, `name` → DROP or another thing.

    Raises KeyError for an edit of a thing that is not there.
    """
    by_name = {entry.name: entry for entry in things}
    for place, value in edits.items():
        name = next(
            (entry for entry in sorted(by_name, key=len, reverse=True) if _begins(place, entry)), None
        )
        if name is None:
            raise KeyError(place)
        path = place[len(name) + 1 :]
        if not path:
            if value is DROP:
                del by_name[name]
            else:
                by_name[name] = value
            continue
        inputs = _copied(by_name[name].inputs)
        _set(inputs, path.split("."), value)
        by_name[name] = replace(by_name[name], inputs=inputs)
    return tuple(by_name.values())


def _begins(place: str, name: str) -> bool:
    return place == name or place.startswith(f"{name}.")


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_copied(entry) for entry in value]
    return value


def _set(tree: Any, steps: list[str], value: Any) -> None:
    step, *rest = steps
    key: Any = int(step) if isinstance(tree, list) else step
    if rest:
        if isinstance(tree, dict) and key not in tree:
            tree[key] = {}
        _set(tree[key], rest, value)
    elif value is DROP:
        del tree[key]
    elif isinstance(tree, list) and key == len(tree):
        tree.append(value)
    else:
        tree[key] = value
