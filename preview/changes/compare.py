"""The difference between two resource lists of one stack."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, Literal

from preview.changes.replacement import KnownTypes
from preview.graph import Resource, ResourceGraph, plain

Action = Literal["replace", "delete", "create", "update"]
ORDER: Final[tuple[Action, ...]] = ("replace", "delete", "update", "create")
"""The worst first."""
ABSENT: Final = object()


@dataclass(frozen=True, slots=True)
class Change:
    """What would happen to one resource."""

    action: Action
    resource: Resource
    """As it is; for `create` as it will be."""
    paths: tuple[str, ...] = ()
    """Changed properties of an update or a replacement, such as `multiAz` or `rules[0].status`."""
    replacing: tuple[str, ...] = ()
    """Those of them that cannot be changed on what exists."""
    holds: str | None = None
    """`data` or `work`; None for a type that nothing is known about."""

    @property
    def loses_data(self) -> bool:
        """Whether what the resource holds would be gone, or would stay behind unmanaged."""
        return self.holds == "data" and self.action in {"replace", "delete"}

    def to_json(self) -> dict[str, Any]:
        """Give the change as a plain object, without any value of a property."""
        return {
            "action": self.action,
            "type": self.resource.type,
            "name": self.resource.name,
            "urn": self.resource.urn,
            "paths": list(self.paths),
            "replacing": list(self.replacing),
            "holds": self.holds,
            "protected": self.resource.protect,
        }


@dataclass(frozen=True)
class Changes:
    """All changes, the worst first, and within one kind by type and name."""

    stack: str
    all: tuple[Change, ...]

    @cached_property
    def losing_data(self) -> tuple[Change, ...]:
        """Changes that must not happen without somebody having decided it."""
        return tuple(change for change in self.all if change.loses_data)

    def of(self, action: Action) -> tuple[Change, ...]:
        """Give the changes of one kind."""
        return tuple(change for change in self.all if change.action == action)

    def to_json(self) -> dict[str, Any]:
        """Give the list as a plain object."""
        return {
            "stack": self.stack,
            "counts": {action: len(self.of(action)) for action in ORDER},
            "losing_data": [change.resource.urn for change in self.losing_data],
            "changes": [change.to_json() for change in self.all],
        }


def changes_between(before: ResourceGraph, after: ResourceGraph, *, known: KnownTypes) -> Changes:
    """Compare two renders of a stack. Components count as nothing: their children tell.

    What comes from a replaced resource is not known before that is made, so it counts as changed.
    """
    old = {resource.urn: resource for resource in before.resources if _counts(resource)}
    new = {resource.urn: resource for resource in after.resources if _counts(resource)}
    changed = {urn: _paths(old[urn], new[urn]) for urn in old.keys() & new.keys()}
    replacing = _replacing(new, changed, known)
    found = [
        *(_change("create", new[urn], known) for urn in new.keys() - old.keys()),
        *(_change("delete", old[urn], known) for urn in old.keys() - new.keys()),
        *(
            _change(
                "replace" if replacing.get(urn) else "update",
                old[urn],
                known,
                paths=tuple(sorted(paths)),
                replacing=replacing.get(urn, ()),
            )
            for urn, paths in changed.items()
            if paths
        ),
    ]
    return Changes(
        stack=after.stack,
        all=tuple(
            sorted(
                found,
                key=lambda change: (
                    not change.loses_data,
                    ORDER.index(change.action),
                    change.resource.type,
                    change.resource.urn,
                ),
            )
        ),
    )


def _counts(resource: Resource) -> bool:
    return resource.custom and not resource.external and not resource.type.startswith("pulumi:")


def _change(
    action: Action,
    resource: Resource,
    known: KnownTypes,
    *,
    paths: tuple[str, ...] = (),
    replacing: tuple[str, ...] = (),
) -> Change:
    kind = known.get(resource.type)
    return Change(action, resource, paths, replacing, None if kind is None else kind.holds)


def _replacing(
    new: Mapping[str, Resource], changed: dict[str, set[str]], known: KnownTypes
) -> dict[str, tuple[str, ...]]:
    """Name the paths that replace, resource by resource; adds to `changed` what follows from replacements."""
    replaced: dict[str, tuple[str, ...]] = {}
    while True:
        fresh = {
            urn: found
            for urn, paths in changed.items()
            if urn not in replaced
            and new[urn].type in known
            and (found := known[new[urn].type].replaced_by(sorted(paths), new[urn].inputs))
        }
        if not fresh:
            return replaced
        replaced |= fresh
        for urn, resource in new.items():
            if urn in changed:
                changed[urn] |= {
                    path
                    for path, sources in resource.property_dependencies.items()
                    if not fresh.keys().isdisjoint(sources) and not _ignored(path, resource.ignore_changes)
                }


def _paths(before: Resource, after: Resource) -> set[str]:
    return {
        path
        for path in _differences(before.inputs, after.inputs, "")
        if not _ignored(path, after.ignore_changes)
    }


def _ignored(path: str, patterns: tuple[str, ...]) -> bool:
    return any(path == pattern or path.startswith((f"{pattern}.", f"{pattern}[")) for pattern in patterns)


def _differences(before: Any, after: Any, path: str) -> Iterator[str]:  # noqa: ANN401  (wire values)
    before, after = plain(before), plain(after)
    if isinstance(before, dict) and isinstance(after, dict):
        for key in sorted(before.keys() | after.keys()):
            inner = f"{path}.{key}" if path else key
            yield from _differences(before.get(key, ABSENT), after.get(key, ABSENT), inner)
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        for position, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from _differences(one, other, f"{path}[{position}]")
    elif before != after:
        yield path
