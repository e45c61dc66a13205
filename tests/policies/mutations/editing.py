"""Changes of a resource list that leave it consistent, as the engine would hold it.

A property that changes does so in the inputs and in the outputs; one that no longer comes from a resource
no longer depends on it. Resources that a change does not touch stay the same objects.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from preview.graph import Resource, ResourceGraph, is_secret

Change = Callable[[ResourceGraph], ResourceGraph]
Edit = Callable[[dict[str, Any]], None]
"""A change of a parsed JSON document, in place."""
Path = str | tuple[str | int, ...]
"""Dotted (`vpcConfig.subnetIds.0`), or steps where a name holds dots itself."""

_SHORTEST_IDENTITY: Final = 6
"""Shorter outputs (`true`, `443`, a zone's letter) say nothing about where a value comes from."""

_EVERYWHERE: Final = re.compile(r"[a-z]{2}(-[a-z]+)+-\d[a-z]?|\d{12}")
"""Regions, zones and account ids: they stand in every ARN."""


class Missing:
    """Stands for a property that is not there."""

    def __repr__(self) -> str:
        return "nothing"


MISSING: Final = Missing()


def steps_of(path: Path) -> tuple[str | int, ...]:
    """Give the steps of a path: names, and numbers for places in lists."""
    if isinstance(path, str):
        return tuple(int(step) if step.isdigit() else step for step in path.split("."))
    return path


def value_at(tree: Any, path: Path) -> Any:
    """Give the value at a path, or MISSING. Secrets on the way are opened, the one at the end is not."""
    node = tree
    for step in steps_of(path):
        node = node["value"] if is_secret(node) else node
        try:
            node = node[step]
        except (LookupError, TypeError):
            return MISSING
    return node


def with_input(urn: str, path: Path, value: Any) -> Change:
    """Set a property, or one inside it. Objects on the way are made where they are missing."""
    return _edited(urn, steps_of(path), value)


def without_input(urn: str, path: Path) -> Change:
    """Take a property away, or one inside it. Raises LookupError when it is not there."""
    return _edited(urn, steps_of(path), MISSING)


def with_reference(urn: str, path: Path, target: Resource, output: str = "id") -> Change:
    """Let a property come from another resource: its value is that output, and it depends on the resource."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        value = target.id if output == "id" and target.id is not None else target.outputs[output]
        graph = _edited(urn, steps_of(path), value)(graph)
        resource = graph.by_urn[urn]
        top = str(steps_of(path)[0])
        dependencies = dict(resource.property_dependencies)
        dependencies[top] = tuple(sorted({*dependencies.get(top, ()), target.urn}))
        return with_resources(graph, _depending(resource, dependencies))

    return change


def with_document(urn: str, path: str, edit: Edit) -> Change:
    """Let `edit` change a parsed JSON document in place."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        document = json.loads(value_at(graph.by_urn[urn].inputs, path))
        edit(document)
        return with_input(urn, path, json.dumps(document))(graph)

    return change


def with_statement(statement: Mapping[str, Any]) -> Edit:
    """Give the edit that adds a statement to an IAM document: an allowance, if it does not say otherwise."""
    whole = {"Sid": "Added", "Effect": "Allow", **statement}
    return lambda document: document["Statement"].append(whole)


def without(*urns: str) -> Change:
    """Take resources away with all that is below them; what referred to them keeps its values."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        gone = set(urns)
        pending = list(urns)
        while pending:
            parent = pending.pop()
            below = [resource.urn for resource in graph.resources if resource.parent == parent]
            pending += below
            gone.update(below)
        if missing := gone - graph.by_urn.keys():
            raise LookupError(f"no such resource: {', '.join(sorted(missing))}")
        return replace(
            graph,
            resources=tuple(
                _without_dependencies(resource, gone)
                for resource in graph.resources
                if resource.urn not in gone
            ),
        )

    return change


def with_new(
    graph: ResourceGraph,
    token: str,
    name: str,
    inputs: Mapping[str, Any],
    *,
    like: Resource,
    references: Mapping[str, Resource] | None = None,
) -> Resource:
    """Give a resource to add: in the stack of `graph`, with the provider of `like`."""
    sources = references or {}
    values = {
        **inputs,
        **{key: target.id or target.outputs.get("arn") for key, target in sources.items()},
    }
    dependencies = {key: (target.urn,) for key, target in sources.items()}
    return Resource(
        urn=f"urn:pulumi:{graph.stack}::{graph.project}::{token}::{name}",
        type=token,
        name=name,
        parent=f"urn:pulumi:{graph.stack}::{graph.project}::pulumi:pulumi:Stack::{graph.project}-{graph.stack}",
        custom=True,
        inputs=values,
        outputs={**values, "id": f"{name}-0a1b2c3d4e5f", "arn": f"arn:aws:new:::{name}"},
        id=f"{name}-0a1b2c3d4e5f",
        provider=like.provider,
        property_dependencies=dependencies,
        dependencies=tuple(sorted(target.urn for target in sources.values())),
    )


def adding(*resources: Resource) -> Change:
    """Add resources."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        return replace(
            graph, resources=tuple(sorted((*graph.resources, *resources), key=lambda resource: resource.urn))
        )

    return change


def with_option(urn: str, **options: Any) -> Change:
    """Set options of a resource: `protect=False`, `delete_before_replace=True`."""

    def change(graph: ResourceGraph) -> ResourceGraph:
        return with_resources(graph, replace(graph.by_urn[urn], **options))

    return change


def with_resources(graph: ResourceGraph, *changed: Resource) -> ResourceGraph:
    """Give the graph with these resources instead of those of the same URN."""
    by_urn = {resource.urn: resource for resource in changed}
    return replace(graph, resources=tuple(by_urn.get(resource.urn, resource) for resource in graph.resources))


def _edited(urn: str, steps: tuple[str | int, ...], value: Any) -> Change:
    def change(graph: ResourceGraph) -> ResourceGraph:
        resource = graph.by_urn[urn]
        top = str(steps[0])
        inputs = (
            {**resource.inputs, top: _copied(resource.inputs[top])}
            if top in resource.inputs
            else {**resource.inputs}
        )
        _set(inputs, steps, value)
        outputs = {**resource.outputs}
        if top in inputs:
            outputs[top] = inputs[top]
        else:
            outputs.pop(top, None)
        dependencies = dict(resource.property_dependencies)
        if top in dependencies:
            dependencies[top] = tuple(
                _still_named(graph, dependencies[top], resource.inputs.get(top), inputs.get(top))
            )
        edited = replace(resource, inputs=inputs, outputs=outputs)
        return with_resources(graph, _depending(edited, dependencies))

    return change


def _copied(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _copied(entry) for key, entry in value.items()}
    if isinstance(value, list):
        return [_copied(entry) for entry in value]
    return value


def _set(tree: Any, steps: tuple[str | int, ...], value: Any) -> None:
    *way, last = steps
    node: Any = tree
    for step in way:
        if step not in node and isinstance(node, dict) and value is not MISSING:
            node[step] = {}
        node = node[step]
    if value is MISSING:
        del node[last]
    elif last == len(node) and isinstance(node, list):
        node.append(value)
    else:
        node[last] = value


def _still_named(graph: ResourceGraph, urns: Iterable[str], before: Any, after: Any) -> Iterator[str]:
    """Give the dependencies that the new value still comes from.

    A dependency goes when the old value held an id, ARN or name of the resource and the new one holds none.
    """
    if after is None:
        return
    old, new = list(_texts(before)), list(_texts(after))
    for urn in urns:
        source = graph.by_urn.get(urn)
        names = set(_identities(source)) if source else set()
        held_before = any(name in text for text in old for name in names)
        if not held_before or any(name in text for text in new for name in names):
            yield urn


def _identities(resource: Resource) -> Iterator[str]:
    if resource.id:
        yield resource.id
    for text in _texts(resource.outputs):
        if len(text) >= _SHORTEST_IDENTITY and " " not in text and not _EVERYWHERE.fullmatch(text):
            yield text


def _texts(tree: Any) -> Iterator[str]:
    if isinstance(tree, Mapping):
        for value in tree.values():
            yield from _texts(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _texts(value)
    elif isinstance(tree, str):
        yield tree


def _depending(resource: Resource, dependencies: Mapping[str, tuple[str, ...]]) -> Resource:
    """Give the resource with these property dependencies; what no property names any more is let go."""
    kept = {key: urns for key, urns in dependencies.items() if urns}
    before = {urn for urns in resource.property_dependencies.values() for urn in urns}
    now = {urn for urns in kept.values() for urn in urns}
    return replace(
        resource,
        property_dependencies=kept,
        dependencies=tuple(sorted((set(resource.dependencies) - (before - now)) | now)),
    )


def _without_dependencies(resource: Resource, gone: set[str]) -> Resource:
    if not gone.intersection(resource.dependencies):
        return resource
    kept = {
        key: tuple(urn for urn in urns if urn not in gone)
        for key, urns in resource.property_dependencies.items()
    }
    return replace(
        resource,
        property_dependencies={key: urns for key, urns in kept.items() if urns},
        dependencies=tuple(urn for urn in resource.dependencies if urn not in gone),
    )
