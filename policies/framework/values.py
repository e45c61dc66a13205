"""Values of a resource as a rule reads them: plain, honest about what is unknown, silent about secrets.

The engine sends numbers as floats, secrets and unknowns as marked objects and strings. A rule should
see `5432`, `"gp3"`, `True`, and must not pass because a value was unknown: reading one raises `NotJudged`,
which the framework reports. Asking whether something is there (`has`) never raises.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from policies.framework.resources import ResourceView

UNKNOWN_TEXTS: Final = frozenset(
    {
        "04da6b54-80e4-46f7-96ec-b56ff0331ba9",  # string, and what every unknown is on the wire
        "1c4a061d-8072-4f0a-a4cb-0ff528b18fe7",  # boolean
        "3eeb2bf0-c639-47a8-9e75-3b44932eb421",  # number
        "6a19a0b0-7e62-4c92-b797-7f8e31da9cc2",  # array
        "030794c1-ac77-496b-92df-f27374a8bd58",  # asset
        "e48ece36-62e2-4504-bad9-02848725956a",  # archive
        "dd056dcd-154b-4c76-9bd3-c8f88648b5ff",  # object
    }
)
"""The engine's marks for a value that is only known after a deployment (pulumi_policy.proxy)."""


class NotJudged(Exception):  # noqa: N818  (an outcome of a rule, not a mistake in it)
    """A rule needs a value that nobody knows yet. Reported, and a failure where the rule is mandatory."""

    def __init__(self, reason: str, resource: ResourceView | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.resource = resource


class NeedsStack(Exception):  # noqa: N818  (an outcome of a rule, not a mistake in it)
    """A rule must know what its resource refers to, so it is judged again with the stack."""


class Unknown:
    """The one value that stands for everything unknown."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "<unknown>"


UNKNOWN: Final = Unknown()


class Secret:
    """A value that the program marked as secret: rules may read it, messages may not show it."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:  # noqa: ANN401  (any wire value)
        self.value = value

    def __repr__(self) -> str:
        return "[secret]"


def secret_texts(tree: Any, *, inside: bool = False) -> Iterator[str]:  # noqa: ANN401  (any wire value)
    """Give every text inside a secret, to be cut out of messages."""
    if isinstance(tree, Secret):
        yield from secret_texts(tree.value, inside=True)
    elif isinstance(tree, dict):
        for value in tree.values():
            yield from secret_texts(value, inside=inside)
    elif isinstance(tree, list):
        for value in tree:
            yield from secret_texts(value, inside=inside)
    elif inside and tree is not None and not isinstance(tree, bool | Unknown):
        yield str(tree)


_ABSENT: Final = object()


class Block:
    """A read-only view on one object of a resource. Paths are dotted: `vpcConfig.subnetIds.0`."""

    __slots__ = ("_tree", "at", "owner")

    def __init__(self, tree: Any, owner: ResourceView | None = None, at: str = "") -> None:  # noqa: ANN401
        self._tree = tree
        self.at = at
        self.owner = owner

    def properties(self) -> Any:  # noqa: ANN401  (any wire value)
        """Give the raw tree this view looks at."""
        return self._tree

    def _walk(self, path: str) -> tuple[Any, str | None]:
        """Give the value at `path` (or `_ABSENT`) and the path of an unknown value met on the way."""
        node = self.properties()
        walked = ""
        for step in path.split(".") if path else ():
            while isinstance(node, Secret):
                node = node.value
            if isinstance(node, Unknown):
                return UNKNOWN, walked
            walked = f"{walked}.{step}" if walked else step
            if isinstance(node, dict):
                node = node.get(step, _ABSENT)
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
            else:
                return _ABSENT, None
            if node is _ABSENT or node is None:
                return _ABSENT, None
        while isinstance(node, Secret):
            node = node.value
        return (UNKNOWN, walked) if isinstance(node, Unknown) else (node, None)

    def _named(self, path: str) -> str:
        return ".".join(part for part in (self.at, path) if part)

    def not_judged(self, path: str) -> NotJudged:
        """Give the exception that says the value at `path` is unknown."""
        return NotJudged(f"{self._named(path) or 'the value'} is not known yet", self.owner)

    def has(self, path: str) -> bool:
        """Whether something is given at `path`. An unknown value is given; null is not. Never raises."""
        return self._walk(path)[0] is not _ABSENT

    def is_unknown(self, path: str) -> bool:
        """Whether the value at `path`, or one on the way to it, is unknown. Never raises."""
        return self._walk(path)[0] is UNKNOWN

    def get(self, path: str, default: Any = None) -> Any:  # noqa: ANN401  (any JSON value)
        """Give the plain value at `path`, whole. Raises NotJudged when it, or anything in it, is unknown."""
        value, unknown_at = self._walk(path)
        if value is UNKNOWN:
            raise self.not_judged(unknown_at or path)
        return default if value is _ABSENT else self._plain(value, path)

    def _plain(self, value: Any, path: str) -> Any:  # noqa: ANN401  (any wire value)
        if isinstance(value, Secret):
            return self._plain(value.value, path)
        if isinstance(value, Unknown):
            raise self.not_judged(path)
        if isinstance(value, dict):
            return {key: self._plain(entry, f"{path}.{key}") for key, entry in value.items()}
        if isinstance(value, list):
            return [self._plain(entry, f"{path}.{index}") for index, entry in enumerate(value)]
        return value

    def text(self, path: str, default: str = "") -> str:
        """Give the value at `path` as text. Raises NotJudged when it is unknown."""
        value = self.get(path)
        if value is None:
            return default
        return str(value).lower() if isinstance(value, bool) else str(value)

    def number(self, path: str) -> float | None:
        """Give the number at `path`, whole ones as int; None when it is none. Raises NotJudged."""
        value = self.get(path)
        if isinstance(value, bool) or value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError):
            return None
        return int(number) if number.is_integer() else number

    def flag(self, path: str, *, default: bool = False) -> bool:
        """Give the switch at `path`, also when it is written as text. Raises NotJudged when it is unknown."""
        value = self.get(path)
        if value is None:
            return default
        return value.lower() in {"true", "1", "enabled"} if isinstance(value, str) else bool(value)

    def items(self, path: str) -> list[Any]:
        """Give the list at `path`; one value alone counts as a list of one. Raises NotJudged when unknown."""
        value = self.get(path)
        if value is None:
            return []
        return value if isinstance(value, list) else [value]

    def texts(self, path: str) -> list[str]:
        """Give the list of texts at `path`. Raises NotJudged when unknown."""
        return [str(value) for value in self.items(path)]

    def keys(self, path: str = "") -> list[str]:
        """Give the names in the object at `path`, not their values. Raises NotJudged when unknown."""
        value, unknown_at = self._walk(path)
        if value is UNKNOWN:
            raise self.not_judged(unknown_at or path)
        return list(value) if isinstance(value, dict) else []

    def block(self, path: str) -> Block:
        """Give a view on the object at `path`; an empty one when it is absent. Never raises."""
        value = self._walk(path)[0]
        return Block({} if value is _ABSENT else value, self.owner, self._named(path))

    def blocks(self, path: str) -> list[Block]:
        """Give views on the objects in the list at `path`, unread. Raises NotJudged when unknown.

        A single object counts as a list of one: the same property is one or many between provider versions.
        """
        value, unknown_at = self._walk(path)
        if value is UNKNOWN:
            raise self.not_judged(unknown_at or path)
        if value is _ABSENT:
            return []
        if isinstance(value, list):
            return [
                Block(_open(entry), self.owner, self._named(f"{path}.{at}")) for at, entry in enumerate(value)
            ]
        return [Block(value, self.owner, self._named(path))]

    def document(self, path: str) -> Any:  # noqa: ANN401  (any JSON value)
        """Give the parsed JSON document at `path`; None when absent. Raises NotJudged when it is none."""
        value = self.get(path)
        if not isinstance(value, str):
            return value
        try:
            return json.loads(value)
        except ValueError:
            raise NotJudged(f"{self._named(path)} is not a JSON document", self.owner) from None

    def is_secret(self, path: str) -> bool:
        """Whether the value at `path`, or an object around it, is marked as secret. Never raises."""
        node = self.properties()
        for step in path.split("."):
            if isinstance(node, Secret):
                return True
            if isinstance(node, dict):
                node = node.get(step)
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
            else:
                return False
        return isinstance(node, Secret)


def _open(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    while isinstance(value, Secret):
        value = value.value
    return value
