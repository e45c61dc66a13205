"""One resource as a rule sees it, and the links from its properties to other resources."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from policies.framework.values import UNKNOWN, Block, NeedsStack, NotJudged, Unknown

if TYPE_CHECKING:
    from policies.framework.graph import Graph
    from policies.framework.rules import Finding

Tree = Mapping[str, Any]

_IDENTITIES: Final = ("id", "arn", "name", "bucket", "keyId", "identifier", "url")
"""Properties by which others name a resource."""


class ResourceView(Block):
    """A resource: inputs are read as a Block, outputs through `outputs`, references through `link`.

    Inputs are what the program declared (in a real run: after the provider's check). Outputs exist only when
    the whole stack is judged; computed ones are unknown in a first preview.
    """

    __slots__ = (
        "_load_inputs",
        "_load_outputs",
        "_outputs",
        "delete_before_replace",
        "dependencies",
        "environment",
        "graph",
        "name",
        "parent",
        "property_dependencies",
        "protect",
        "provider",
        "provider_properties",
        "type",
        "urn",
    )

    def __init__(
        self,
        *,
        urn: str,
        type: str,  # noqa: A002  (the engine's word)
        name: str,
        environment: str,
        load_inputs: Callable[[], Tree] | None = None,
        load_outputs: Callable[[], Tree] | None = None,
        parent: str | None = None,
        protect: bool = False,
        delete_before_replace: bool = False,
        provider: str | None = None,
        provider_properties: Callable[[], Tree] | None = None,
    ) -> None:
        super().__init__(None, self)
        self.urn = urn
        self.type = type
        self.name = name
        self.environment = environment
        self.parent = parent
        self.protect = protect
        self.delete_before_replace = delete_before_replace
        self.provider = provider
        self.provider_properties = provider_properties
        self.dependencies: tuple[str, ...] = ()
        self.property_dependencies: Mapping[str, tuple[str, ...]] = {}
        self.graph: Graph | None = None
        self._load_inputs = load_inputs
        self._load_outputs = load_outputs
        self._outputs: Block | None = None

    def properties(self) -> Any:  # noqa: ANN401  (any wire value)
        """Give the inputs; the outputs where the engine never showed inputs (a read resource)."""
        if self._tree is None:
            load = self._load_inputs or self._load_outputs
            self._tree = load() if load else {}
        return self._tree

    @property
    def outputs(self) -> Block:
        """The outputs: ids, ARNs and what else the provider computes."""
        if self._outputs is None:
            self._outputs = Block(self._load_outputs() if self._load_outputs else {}, self)
        return self._outputs

    def set_outputs(self, load: Callable[[], Tree]) -> None:
        """Say how to load the outputs, once the stack is known."""
        self._load_outputs = load
        self._outputs = None

    @property
    def provider_block(self) -> Block:
        """The properties of the resource's provider."""
        return Block(self.provider_properties() if self.provider_properties else {}, self, "provider")

    def link(self, path: str) -> Link:
        """Give what the property at `path` refers to."""
        value = self._walk(path)[0]
        if not self.has(path):
            return Link(self, path, given=False, value=None)
        if value is UNKNOWN or not isinstance(value, str | int | float):
            return Link(self, path, given=True, value=None)
        return Link(self, path, given=True, value=str(value))

    def links(self, path: str) -> list[Link]:
        """Give what each entry of the list at `path` refers to; one link for a list that is unknown."""
        value = self._walk(path)[0]
        if not self.has(path):
            return []
        if not isinstance(value, list):
            return [self.link(path)]
        return [
            Link(self, path, given=True, value=None if isinstance(entry, Unknown) else str(entry))
            for entry in (getattr(item, "value", item) for item in value)
        ]

    def finding(self, message: str, *, aspect: str | None = None) -> Finding:
        """Give a finding about this resource."""
        from policies.framework.rules import Finding  # noqa: PLC0415  (rules import views)

        return Finding(message, resource=self, aspect=aspect)

    def __repr__(self) -> str:
        return f"<{self.type} {self.name}>"


_PREFIXED: Final = re.compile(r"^(?P<prefix>[a-z]+)(-[0-9a-f]{8,17}$|/|://)")


def identities(resource: ResourceView) -> Iterator[str]:
    """Give every known text by which another resource may name this one."""
    for block in (resource, resource.outputs):
        for key in _IDENTITIES:
            if block.has(key) and not block.is_unknown(key):
                value = block.get(key)
                if isinstance(value, str) and value:
                    yield value


def _kind(identity: str) -> str:
    """Give what kind of identity a text is: `arn:aws:kms`, `sg`, `alias`, `https`, or a plain name."""
    if identity.startswith("arn:"):
        return ":".join(identity.split(":", 3)[:3])
    if matched := _PREFIXED.match(identity):
        return matched["prefix"]
    return "name"


@dataclass(frozen=True, slots=True)
class Link:
    """What one property refers to: a value when it is known, and the resources it comes from.

    `value` is None when it is unknown or absent; `given` tells them apart.
    """

    source: ResourceView
    path: str
    given: bool
    value: str | None

    def targets(self, *types: str) -> tuple[ResourceView, ...]:
        """Give the resources of these types that the property refers to.

        A known value is matched with ids, ARNs and names first, because a property may depend on more than
        it contains; else the recorded property dependencies decide, through components too. Raises
        NeedsStack while only one resource is judged, and NotJudged when the value is unknown and nothing
        says where it comes from.
        """
        if not self.given:
            return ()
        graph = self.source.graph
        if graph is None:
            raise NeedsStack(self.path)
        if self.value is not None:
            matched = graph.identified(self.value, *types)
            if matched:
                return matched
        declared = self.source.property_dependencies.get(self.path.split(".", 1)[0], ())
        if self.value is None and not declared:
            raise NotJudged(
                f"{self.path} is not known yet and refers to no resource of this stack", self.source
            )
        return tuple(found for found in _narrowed(graph, declared, types) if self._may_be(found))

    def _may_be(self, target: ResourceView) -> bool:
        """Whether the known value can come from `target`.

        Not when the target's own ids are known, are of the value's kind (an ARN of one service, an id of one
        prefix), and the value holds none of them: then the dependency is only left over.
        """
        if self.value is None:
            return True
        known = set(identities(target))
        kind = _kind(self.value)
        return kind not in {_kind(identity) for identity in known} or any(
            identity in self.value for identity in known
        )

    def sources(self) -> tuple[ResourceView, ...]:
        """Give every resource the property depends on. Raises NeedsStack without the stack."""
        graph = self.source.graph
        if graph is None:
            raise NeedsStack(self.path)
        declared = self.source.property_dependencies.get(self.path.split(".", 1)[0], ())
        return tuple(graph.by_urn[urn] for urn in declared if urn in graph.by_urn)


def _narrowed(graph: Graph, urns: tuple[str, ...], types: tuple[str, ...]) -> Iterator[ResourceView]:
    """Give the resources of the wanted types: the named ones, or those inside a named component."""
    named = [graph.by_urn[urn] for urn in urns if urn in graph.by_urn]
    direct = [resource for resource in named if resource.type in types]
    if direct:
        yield from direct
        return
    for resource in named:
        yield from (inner for inner in graph.descendants(resource.urn) if inner.type in types)
