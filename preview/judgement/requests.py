"""From a resource list to the messages that the engine sends to an analyzer.

As the engine does: inputs for each resource and outputs for the stack, internal `__` keys dropped, a
resource reference replaced by its id or URN, secrets and unknowns kept as they are, the options it sends
and no others, a provider for every custom resource.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from google.protobuf import struct_pb2
from pulumi.runtime.proto import analyzer_pb2

from preview.graph import RESOURCE_SIGNATURE, SIGNATURE_KEY, Resource, ResourceGraph

_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(h|ms|m|s)")
_SECONDS: Final = {"h": 3600.0, "m": 60.0, "s": 1.0, "ms": 0.001}
_TIMEOUTS: Final = ("create", "update", "delete")


def struct_of(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Give properties as a message."""
    struct = struct_pb2.Struct()
    struct.update({key: _sent(value) for key, value in properties.items() if not key.startswith("__")})
    return struct


def _sent(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    if isinstance(value, str | bool | int | float):
        return value
    if isinstance(value, dict):
        if value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE:
            return value.get("id") or value.get("urn")
        return {key: _sent(entry) for key, entry in value.items() if not key.startswith("__")}
    if isinstance(value, list | tuple):
        return [_sent(entry) for entry in value]
    return value


class Requests:
    """The messages about one stack."""

    def __init__(self, graph: ResourceGraph) -> None:
        self._graph = graph
        self._providers: dict[str, analyzer_pb2.AnalyzerProviderResource] = {}

    def of_resource(self, resource: Resource) -> analyzer_pb2.AnalyzeRequest:
        """Give the message about one resource as the program declared it."""
        return analyzer_pb2.AnalyzeRequest(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=struct_of(resource.inputs),
            options=_options(resource),
            provider=self._provider(resource),
        )

    def of_stack(self) -> analyzer_pb2.AnalyzeStackRequest:
        """Give the message about the whole stack, reads included."""
        return analyzer_pb2.AnalyzeStackRequest(
            resources=[self.in_stack(resource) for resource in self._graph.resources]
        )

    def in_stack(self, resource: Resource) -> analyzer_pb2.AnalyzerResource:
        """Give what the message about the stack says of one resource."""
        return analyzer_pb2.AnalyzerResource(
            type=resource.type,
            urn=resource.urn,
            name=resource.name,
            properties=struct_of(_state(resource)),
            options=_options(resource),
            provider=self._provider(resource),
            parent=resource.parent or "",
            dependencies=resource.dependencies,
            propertyDependencies={
                key: analyzer_pb2.AnalyzerPropertyDependencies(urns=urns)
                for key, urns in resource.property_dependencies.items()
                if urns
            },
        )

    def _provider(self, resource: Resource) -> analyzer_pb2.AnalyzerProviderResource | None:
        if not resource.custom or resource.type.startswith("pulumi:"):
            return None
        urn = (resource.provider or "").rpartition("::")[0] or self._default_provider(resource)
        if urn not in self._providers:
            declared = self._graph.by_urn.get(urn)
            head, _, name = urn.rpartition("::")
            self._providers[urn] = analyzer_pb2.AnalyzerProviderResource(
                urn=urn,
                type=head.rpartition("::")[2].rpartition("$")[2],
                name=name,
                properties=struct_of(declared.inputs if declared else {}),
            )
        return self._providers[urn]

    def _default_provider(self, resource: Resource) -> str:
        package = resource.type.split(":", 1)[0]
        return f"urn:pulumi:{self._graph.stack}::{self._graph.project}::pulumi:providers:{package}::default"


def _state(resource: Resource) -> Mapping[str, Any]:
    """Give the outputs with the id in them, as every bridged provider keeps them."""
    outputs = resource.outputs or resource.inputs
    return outputs if resource.id is None or "id" in outputs else {**outputs, "id": resource.id}


def _options(resource: Resource) -> analyzer_pb2.AnalyzerResourceOptions:
    options = analyzer_pb2.AnalyzerResourceOptions(
        protect=resource.protect,
        ignoreChanges=resource.ignore_changes,
        deleteBeforeReplace=resource.delete_before_replace,
        deleteBeforeReplaceDefined=resource.delete_before_replace,
        additionalSecretOutputs=resource.additional_secret_outputs,
        aliases=resource.aliases,
        parent=resource.parent or "",
    )
    if resource.custom_timeouts:
        for name in _TIMEOUTS:
            setattr(options.customTimeouts, name, seconds(resource.custom_timeouts.get(name, "")))
    return options


def seconds(duration: str) -> float:
    """Give a duration (`1h30m`, or a bare number of seconds) in seconds; 0 for an empty one."""
    if duration.replace(".", "", 1).isdigit():
        return float(duration)
    return sum(float(amount) * _SECONDS[unit] for amount, unit in _DURATION.findall(duration))
