"""A graph, and views, that note what a rule looks at.

A rule's answer depends on nothing but the answers of the graph and of the views it asks. A graph is asked
which resources there are: of types (`of`, `identified`, `attached`), of a URN, which names a type, or at all.
A view is asked for properties and for what is recorded beside them. So a rule says the same about another
graph in which nothing that it asked for is different.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields
from typing import Any, ClassVar, Final, TypeVar

from policies.framework import Graph, ResourceView
from policies.framework.values import Block
from policies.k8s.objects import Index
from preview.graph import Resource

EVERYTHING: Final = "*"
"""Noted for a rule that goes through all resources, or down a tree of them; and for one that reads all
properties of a resource."""

BESIDE: Final = "+"
"""Noted for a rule that reads what is recorded beside properties: options, provider, dependencies."""

_T = TypeVar("_T")

Note = str | tuple[str, str]
"""A type, for which resources of it there are, or the URN and the property of one."""


def type_of(urn: str) -> str:
    """Give the type token in a URN."""
    return urn.rpartition("::")[0].rpartition("::")[2].rpartition("$")[2]


def differences(before: Resource, after: Resource) -> set[Note]:
    """Give what a rule must have noted to find that a resource is another one than it was.

    Outputs repeat inputs, and a rule may read either: a property is one whatever holds it.
    """
    found: set[Note] = set()
    for old, new in ((before.inputs, after.inputs), (before.outputs, after.outputs)):
        found |= {(after.urn, name) for name in old.keys() ^ new.keys()}
        found |= {
            (after.urn, name)
            for name in old.keys() & new.keys()
            if old[name] is not new[name] and old[name] != new[name]
        }
    if before.id != after.id:
        found.add((after.urn, "id"))
    if found:
        found.add((after.urn, EVERYTHING))
    beside = (field.name for field in fields(Resource) if field.name not in {"inputs", "outputs"})
    if any(getattr(before, name) != getattr(after, name) for name in beside):
        found.add((after.urn, BESIDE))
    return found


class Notes:
    """What is noted at the moment, and what was noted while something was made that is kept."""

    def __init__(self) -> None:
        self.current: set[Note] = set()
        self._of: dict[Any, set[Note]] = {}

    @contextmanager
    def anew(self) -> Iterator[set[Note]]:
        """Note into a new set for a while."""
        outer, self.current = self.current, set()
        try:
            yield self.current
        finally:
            self.current = outer

    def kept(self, key: Any, make: Callable[[], _T]) -> _T:
        """Give what `make` gives, which it keeps; who asks for it again depends on the same things."""
        outer = self.current
        with self.anew() as noted:
            try:
                return make()
            finally:
                self._of.setdefault(key, noted)
                outer |= self._of[key]


class _NotingBlock(Block):
    """Outputs that note which of them are read."""

    __slots__ = ("_note",)

    def __init__(self, block: Block, note: Callable[[str], None]) -> None:
        super().__init__(block.properties(), block.owner, block.at)
        self._note = note

    def properties(self) -> Any:
        self._note("")
        return self._tree

    def _walk(self, path: str) -> tuple[Any, str | None]:
        self._note(path)
        return Block(self._tree, self.owner, self.at)._walk(path)


def _beside(slot: Any) -> property:
    """Give a property that notes that what is recorded beside properties is read."""

    def read(view: _NotingView) -> Any:
        view.notes.current.add((view.urn, BESIDE))
        return slot.__get__(view, ResourceView)

    return property(read)


class _NotingView(ResourceView):
    """A view that notes what is read of it."""

    __slots__ = ()
    notes: ClassVar[Notes] = Notes()

    def _note(self, path: str) -> None:
        self.notes.current.add((self.urn, path.split(".", 1)[0] or EVERYTHING))

    def properties(self) -> Any:
        self._note("")
        return super().properties()

    def _walk(self, path: str) -> tuple[Any, str | None]:
        self._note(path)
        return Block(super().properties(), self)._walk(path)

    @property
    def outputs(self) -> Block:
        return _NotingBlock(super().outputs, self._note)

    parent = _beside(ResourceView.parent)
    protect = _beside(ResourceView.protect)
    delete_before_replace = _beside(ResourceView.delete_before_replace)
    provider = _beside(ResourceView.provider)
    provider_properties = _beside(vars(ResourceView)["provider_properties"])
    dependencies = _beside(vars(ResourceView)["dependencies"])  # pyright: ignore[reportAssignmentType]
    property_dependencies = _beside(  # pyright: ignore[reportAssignmentType]
        vars(ResourceView)["property_dependencies"]
    )


@contextmanager
def noting(views: Iterable[ResourceView]) -> Iterator[Notes]:
    """Note what is read of these views. One at a time: notes of a nested one would be its own."""
    views = list(views)
    notes = _NotingView.notes = Notes()
    for view in views:
        view.__class__ = _NotingView
    try:
        yield notes
    finally:
        for view in views:
            view.__class__ = ResourceView


class _WatchedUrns(dict[str, ResourceView]):
    """The resources by URN. Looking for one that is not there is a question about its type too."""

    def __init__(self, by_urn: dict[str, ResourceView], notes: Notes) -> None:
        super().__init__(by_urn)
        self._notes = notes

    def __getitem__(self, urn: str) -> ResourceView:
        self._notes.current.add(type_of(urn))
        return super().__getitem__(urn)

    def __contains__(self, urn: object) -> bool:
        self._notes.current.add(type_of(str(urn)))
        return super().__contains__(urn)

    def get(self, urn: str, default: Any = None) -> Any:
        self._notes.current.add(type_of(urn))
        return super().get(urn, default)

    def __iter__(self) -> Iterator[str]:
        self._notes.current.add(EVERYTHING)
        return super().__iter__()

    def keys(self) -> Any:
        self._notes.current.add(EVERYTHING)
        return super().keys()

    def values(self) -> Any:
        self._notes.current.add(EVERYTHING)
        return super().values()

    def items(self) -> Any:
        self._notes.current.add(EVERYTHING)
        return super().items()


class _WatchedIndex(Index):
    """An index, which is filled when somebody asks; whoever asks later depends on the same things."""

    notes: Notes

    def _read(self, tokens: tuple[str, ...]) -> None:
        read = super()._read
        self.notes.kept(("index", tokens), lambda: read(tokens))


class WatchedGraph(Graph):
    """A graph that notes what it is asked."""

    def __init__(
        self, resources: Iterable[ResourceView], notes: Notes, *, environment: str, stack: str
    ) -> None:
        self._notes = notes
        self._all: tuple[ResourceView, ...] = ()
        with notes.anew():
            super().__init__(resources, environment=environment, stack=stack)
        self.by_urn = _WatchedUrns(self.by_urn, notes)

    @property
    def resources(self) -> tuple[ResourceView, ...]:
        """All resources."""
        self._notes.current.add(EVERYTHING)
        return self._all

    @resources.setter
    def resources(  # pyright: ignore[reportIncompatibleVariableOverride]
        self, resources: tuple[ResourceView, ...]
    ) -> None:
        self._all = resources

    def of(self, *types: str) -> list[ResourceView]:
        """Give the resources whose type is one of `types`."""
        self._notes.current.update(types)
        return super().of(*types)

    def _identity_index(self, token: str) -> dict[str, list[ResourceView]]:
        self._notes.current.add(token)
        return self._notes.kept(
            ("identities", token), lambda: super(WatchedGraph, self)._identity_index(token)
        )

    def _attachments(self, path: str, types: tuple[str, ...], target_type: str) -> Any:
        self._notes.current.update((target_type, *types))
        read = super()._attachments
        return self._notes.kept(
            ("attachments", path, types, target_type), lambda: read(path, types, target_type)
        )

    def referrers(self, resource: ResourceView) -> list[tuple[ResourceView, str]]:
        """Give every (resource, property) that depends on `resource`, as recorded."""
        self._notes.current.add(EVERYTHING)
        self._notes.current.update((other.urn, BESIDE) for other in self._all)
        with self._notes.anew():
            return super().referrers(resource)

    def descendants(self, urn: str) -> Iterator[ResourceView]:
        """Give everything below the resource in the tree of parents."""
        self._notes.current.add(EVERYTHING)
        self._notes.current.update((resource.urn, BESIDE) for resource in self._all)
        return super().descendants(urn)

    def fact(self, derive: Callable[[Graph], _T]) -> _T:
        """Give `derive(graph)`, derived once."""
        keep = super().fact
        made = self._notes.kept(("fact", derive), lambda: keep(derive))
        if isinstance(made, Index):
            made.__class__ = _WatchedIndex
            made.__dict__["notes"] = self._notes
        return made
