"""The whole stack, indexed once for all rules."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any, TypeVar

from policies.framework.resources import ResourceView, identities
from policies.framework.values import NotJudged

Derived = TypeVar("Derived")

_Attachments = tuple[dict[str, list[ResourceView]], list[NotJudged]]


class Graph:
    """All resources of one stack with the indexes that rules ask for.

    `facts` keeps what several rules derive from the same graph (`graph.fact(security_groups)`), so that it
    is derived once.
    """

    def __init__(self, resources: Iterable[ResourceView], *, environment: str, stack: str) -> None:
        self.resources: tuple[ResourceView, ...] = tuple(resources)
        self.environment = environment
        self.stack = stack
        self.by_urn: dict[str, ResourceView] = {resource.urn: resource for resource in self.resources}
        self._by_type: dict[str, list[ResourceView]] = defaultdict(list)
        self._children: dict[str, list[ResourceView]] = defaultdict(list)
        self._identities: dict[str, dict[str, list[ResourceView]]] = {}
        self._referrers: dict[str, list[tuple[ResourceView, str]]] | None = None
        self._attached: dict[tuple[str, tuple[str, ...], str], _Attachments] = {}
        self._facts: dict[Any, Any] = {}
        for resource in self.resources:
            resource.graph = self
            self._by_type[resource.type].append(resource)
            if resource.parent:
                self._children[resource.parent].append(resource)

    def of(self, *types: str) -> list[ResourceView]:
        """Give the resources whose type is one of `types`."""
        return [resource for token in types for resource in self._by_type.get(token, ())]

    def descendants(self, urn: str) -> Iterator[ResourceView]:
        """Give everything below the resource in the tree of parents."""
        for child in self._children.get(urn, ()):
            yield child
            yield from self.descendants(child.urn)

    def identified(self, value: str, *types: str) -> tuple[ResourceView, ...]:
        """Give the resources of these types that carry `value` as id, ARN or name."""
        return tuple(resource for token in types for resource in self._identity_index(token).get(value, ()))

    def _identity_index(self, token: str) -> dict[str, list[ResourceView]]:
        index = self._identities.get(token)
        if index is None:
            index = defaultdict(list)
            for resource in self._by_type.get(token, ()):
                for value in identities(resource):
                    index[value].append(resource)
            self._identities[token] = index
        return index

    def attached(self, resource: ResourceView, path: str, *types: str) -> list[ResourceView]:
        """Give the resources of these types whose property `path` refers to `resource`.

        Where none does but one of them cannot be traced, NotJudged is raised: a setting is never taken for
        missing by guess.
        """
        attached, untraced = self._attachments(path, types, resource.type)
        found = attached.get(resource.urn, [])
        if not found and untraced:
            raise NotJudged(untraced[0].reason, resource)
        return found

    def _attachments(self, path: str, types: tuple[str, ...], target_type: str) -> _Attachments:
        key = (path, types, target_type)
        if key not in self._attached:
            attached: dict[str, list[ResourceView]] = defaultdict(list)
            untraced: list[NotJudged] = []
            for other in self.of(*types):
                try:
                    targets = [target for link in other.links(path) for target in link.targets(target_type)]
                except NotJudged as reason:
                    untraced.append(reason)
                    continue
                for target in dict.fromkeys(targets):
                    attached[target.urn].append(other)
            self._attached[key] = (attached, untraced)
        return self._attached[key]

    def referrers(self, resource: ResourceView) -> list[tuple[ResourceView, str]]:
        """Give every (resource, property) that depends on `resource`, as recorded."""
        if self._referrers is None:
            self._referrers = defaultdict(list)
            for other in self.resources:
                for name, urns in other.property_dependencies.items():
                    for urn in urns:
                        self._referrers[urn].append((other, name))
        return self._referrers.get(resource.urn, [])

    def fact(self, derive: Callable[[Graph], Derived]) -> Derived:
        """Give `derive(graph)`, derived once."""
        if derive not in self._facts:
            self._facts[derive] = derive(self)
        return self._facts[derive]
