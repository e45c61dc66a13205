"""A graph that notes which types of resources a rule looks at.

A rule's answer depends on nothing but the answers of the graph it asks. Every question is about types
(`of`, `identified`, `attached`), about a URN, which names a type, or about everything. So a rule says the
same about another graph that differs from this one only in types it never asked about.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from policies.framework import Graph, ResourceView

EVERYTHING: Final = "*"
"""Noted for a rule that goes through all resources, or down a tree of them."""


def type_of(urn: str) -> str:
    """Give the type token in a URN."""
    return urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]


class _WatchedUrns(dict[str, ResourceView]):
    """The resources by URN. Looking for one that is not there is a question about its type too."""

    def __init__(self, by_urn: dict[str, ResourceView], reads: set[str]) -> None:
        super().__init__(by_urn)
        self._reads = reads

    def __getitem__(self, urn: str) -> ResourceView:
        self._reads.add(type_of(urn))
        return super().__getitem__(urn)

    def __contains__(self, urn: object) -> bool:
        self._reads.add(type_of(str(urn)))
        return super().__contains__(urn)

    def get(self, urn: str, default: Any = None) -> Any:
        self._reads.add(type_of(urn))
        return super().get(urn, default)

    def __iter__(self) -> Iterator[str]:
        self._reads.add(EVERYTHING)
        return super().__iter__()

    def keys(self) -> Any:
        self._reads.add(EVERYTHING)
        return super().keys()

    def values(self) -> Any:
        self._reads.add(EVERYTHING)
        return super().values()

    def items(self) -> Any:
        self._reads.add(EVERYTHING)
        return super().items()


class WatchedGraph(Graph):
    """A graph for one rule; `reads` are the types that the rule asked about."""

    def __init__(self, resources: Iterable[ResourceView], *, environment: str, stack: str) -> None:
        self.reads: set[str] = set()
        self._all: tuple[ResourceView, ...] = ()
        super().__init__(resources, environment=environment, stack=stack)
        self.by_urn = _WatchedUrns(self.by_urn, self.reads)
        self.reads.clear()

    @property
    def resources(self) -> tuple[ResourceView, ...]:
        """All resources."""
        self.reads.add(EVERYTHING)
        return self._all

    @resources.setter
    def resources(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, resources: tuple[ResourceView, ...]
    ) -> None:
        self._all = resources

    def of(self, *types: str) -> list[ResourceView]:
        """Give the resources whose type is one of `types`."""
        self.reads.update(types)
        return super().of(*types)

    def identified(self, value: str, *types: str) -> tuple[ResourceView, ...]:
        """Give the resources of these types that carry `value` as id, ARN or name."""
        self.reads.update(types)
        return super().identified(value, *types)

    def attached(self, resource: ResourceView, path: str, *types: str) -> list[ResourceView]:
        """Give the resources of these types whose property `path` refers to `resource`."""
        self.reads.update((resource.type, *types))
        return super().attached(resource, path, *types)

    def descendants(self, urn: str) -> Iterator[ResourceView]:
        """Give everything below the resource in the tree of parents."""
        self.reads.add(EVERYTHING)
        return super().descendants(urn)
