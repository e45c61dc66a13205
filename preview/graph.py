"""The resource list of one stack: what a render produces and what policies, cost and reports read.

The JSON form is the contract with outside scanners: `ResourceGraph.to_json` writes it,
`ResourceGraph.from_json` reads it back. Property names are the camelCase ones of the engine's wire
format; secrets and unknowns stay wrapped as the engine wraps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

UNKNOWN: Final = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
"""What the engine sends for a value that is only known after a deployment."""

SIGNATURE_KEY: Final = "4dabf18193072939515e22adb298388d"
SECRET_SIGNATURE: Final = "1b47061264138c4ac30d75fd1eb44270"
RESOURCE_SIGNATURE: Final = "5cf8f73096256a8f31e491e813e4eb8e"

Properties = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """One registered resource with its inputs, outputs and options, as the engine would hold it.

    `dependencies` and the lists in `property_dependencies` are URNs, sorted; `provider` is
    `<provider urn>::<id>` or None for components.
    """

    urn: str
    type: str
    name: str
    parent: str | None
    custom: bool
    inputs: Properties
    outputs: Properties
    id: str | None = None
    provider: str | None = None
    protect: bool = False
    retain_on_delete: bool = False
    delete_before_replace: bool = False
    dependencies: tuple[str, ...] = ()
    property_dependencies: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    ignore_changes: tuple[str, ...] = ()
    additional_secret_outputs: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    custom_timeouts: Mapping[str, str] = field(default_factory=dict)
    external: bool = False
    """True for a resource that was read, not registered."""
    source: str | None = None
    """`file:line` of the registration in the program, relative to the repository; None when unknown."""

    def to_json(self) -> dict[str, Any]:
        """Give the resource as the plain object of the resource list."""
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "parent": self.parent,
            "custom": self.custom,
            "id": self.id,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "protect": self.protect,
            "retainOnDelete": self.retain_on_delete,
            "deleteBeforeReplace": self.delete_before_replace,
            "external": self.external,
            "dependencies": list(self.dependencies),
            "propertyDependencies": {
                key: list(urns) for key, urns in sorted(self.property_dependencies.items())
            },
            "ignoreChanges": list(self.ignore_changes),
            "additionalSecretOutputs": list(self.additional_secret_outputs),
            "aliases": list(self.aliases),
            "customTimeouts": dict(self.custom_timeouts),
            "provider": self.provider,
        }

    @classmethod
    def from_json(cls, entry: Mapping[str, Any]) -> Resource:
        """Read one entry of a resource list. Raises KeyError when `urn` or `type` is missing."""
        urn = entry["urn"]
        return cls(
            urn=urn,
            type=entry["type"],
            name=entry.get("name") or urn.rsplit("::", 1)[-1],
            parent=entry.get("parent") or None,
            custom=bool(entry.get("custom", False)),
            inputs=dict(entry.get("inputs") or {}),
            outputs=dict(entry.get("outputs") or {}),
            id=entry.get("id") or None,
            provider=entry.get("provider") or None,
            protect=bool(entry.get("protect", False)),
            retain_on_delete=bool(entry.get("retainOnDelete", False)),
            delete_before_replace=bool(entry.get("deleteBeforeReplace", False)),
            external=bool(entry.get("external", False)),
            dependencies=tuple(entry.get("dependencies") or ()),
            property_dependencies={
                key: tuple(urns or ()) for key, urns in (entry.get("propertyDependencies") or {}).items()
            },
            ignore_changes=tuple(entry.get("ignoreChanges") or ()),
            additional_secret_outputs=tuple(entry.get("additionalSecretOutputs") or ()),
            aliases=tuple(alias for alias in entry.get("aliases") or () if isinstance(alias, str)),
            custom_timeouts={key: str(value) for key, value in (entry.get("customTimeouts") or {}).items()},
        )


@dataclass(frozen=True)
class ResourceGraph:
    """All resources of one stack, sorted by URN, and the stack's exports."""

    project: str
    stack: str
    resources: tuple[Resource, ...]
    exports: Properties = field(default_factory=dict)
    unknowns: bool = False
    """True when it was rendered as the first preview of a new stack sees it."""

    @cached_property
    def by_urn(self) -> dict[str, Resource]:
        """The resources by URN."""
        return {resource.urn: resource for resource in self.resources}

    def of_type(self, *tokens: str) -> Iterator[Resource]:
        """Give the resources whose type token is one of `tokens`, in URN order."""
        return (resource for resource in self.resources if resource.type in tokens)

    def to_json(self) -> dict[str, Any]:
        """Give the resource list as a plain object: the same graph always gives the same object."""
        return {
            "project": self.project,
            "stack": self.stack,
            "unknowns": self.unknowns,
            "resources": [resource.to_json() for resource in self.resources],
            "exports": self.exports,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> ResourceGraph:
        """Read a resource list. Raises KeyError when a required key is missing."""
        return cls(
            project=document["project"],
            stack=document["stack"],
            resources=tuple(
                sorted(map(Resource.from_json, document["resources"]), key=lambda resource: resource.urn)
            ),
            exports=dict(document.get("exports") or {}),
            unknowns=bool(document.get("unknowns", False)),
        )


def is_secret(value: Any) -> bool:  # noqa: ANN401  (any wire value)
    """Whether a wire value is a wrapped secret."""
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == SECRET_SIGNATURE


def plain(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    """Give a wire value without its secret wrapper: what a price looks at, never what is printed."""
    return value["value"] if is_secret(value) else value
