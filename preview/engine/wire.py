"""Translation between protobuf structs and plain values, and the special values of the wire format.

Plain values are what JSON knows. Secrets, resource references and output values stay the wrapped
objects of the wire format; an unknown is the string `UNKNOWN`. Keys come out sorted and whole numbers
as int, so that equal graphs give equal JSON.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from google.protobuf import struct_pb2

from preview.graph import RESOURCE_SIGNATURE, SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN, Properties, is_secret

OUTPUT_VALUE_SIGNATURE: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_LARGEST_EXACT_INTEGER: Final = 2.0**53


def to_plain(struct: struct_pb2.Struct) -> Properties:
    """Give a struct as a dict with sorted keys."""
    fields = struct.fields
    return {key: _plain_value(fields[key]) for key in sorted(fields)}


def _plain_value(value: struct_pb2.Value) -> Any:  # noqa: ANN401
    match value.WhichOneof("kind"):
        case "string_value":
            return value.string_value
        case "struct_value":
            return to_plain(value.struct_value)
        case "bool_value":
            return value.bool_value
        case "number_value":
            number = value.number_value
            return int(number) if number.is_integer() and abs(number) <= _LARGEST_EXACT_INTEGER else number
        case "list_value":
            return [_plain_value(item) for item in value.list_value.values]
        case _:
            return None


def to_struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Give a dict as a struct. Raises TypeError for a value that the wire format cannot hold."""
    struct = struct_pb2.Struct()
    _fill(struct, properties)
    return struct


def _fill(struct: struct_pb2.Struct, properties: Mapping[str, Any]) -> None:
    fields = struct.fields
    for key, value in properties.items():
        _set(fields[key], value)


def _set(target: struct_pb2.Value, value: Any) -> None:  # noqa: ANN401
    if isinstance(value, str):
        target.string_value = value
    elif isinstance(value, bool):
        target.bool_value = value
    elif isinstance(value, int | float):
        target.number_value = value
    elif isinstance(value, Mapping):
        target.struct_value.SetInParent()
        _fill(target.struct_value, value)
    elif isinstance(value, list | tuple):
        target.list_value.SetInParent()
        for item in value:
            _set(target.list_value.values.add(), item)
    elif value is None:
        target.null_value = struct_pb2.NULL_VALUE
    else:
        raise TypeError(f"{type(value).__name__} has no place in the wire format")


def secret(value: Any) -> Any:  # noqa: ANN401
    """Wrap a wire value as a secret, once."""
    return value if is_secret(value) else {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}


def reference(urn: str, resource_id: str | None = None) -> Properties:
    """Give a resource reference; `resource_id` is None for a component, UNKNOWN before it exists."""
    value = {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": urn}
    return value if resource_id is None else {**value, "id": resource_id}


def is_reference(value: Any) -> bool:  # noqa: ANN401
    """Whether a wire value refers to a resource."""
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == RESOURCE_SIGNATURE


def _is_output(value: Any) -> bool:  # noqa: ANN401
    return isinstance(value, dict) and value.get(SIGNATURE_KEY) == OUTPUT_VALUE_SIGNATURE


def output_value(value: Any, *, secret: bool = False, dependencies: Iterable[str] = ()) -> Properties:  # noqa: ANN401
    """Wrap a value as an output value, the form in which a transform sees secrets and unknowns."""
    wrapped: Properties = {SIGNATURE_KEY: OUTPUT_VALUE_SIGNATURE}
    if value != UNKNOWN:
        wrapped["value"] = value
    if secret:
        wrapped["secret"] = True
    urns = sorted(dependencies)
    if urns:
        wrapped["dependencies"] = urns
    return wrapped


def with_output_values(value: Any) -> Any:  # noqa: ANN401
    """Turn secrets and unknowns into output values, at any depth: what the engine hands to a transform."""
    if value == UNKNOWN:
        return output_value(UNKNOWN)
    if is_secret(value):
        return output_value(with_output_values(value["value"]), secret=True)
    if isinstance(value, dict):
        return {key: with_output_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [with_output_values(item) for item in value]
    return value


def without_output_values(value: Any) -> Any:  # noqa: ANN401
    """Turn output values back into secrets, unknowns and plain values; their dependencies are lost."""
    if _is_output(value):
        inner = without_output_values(value.get("value", UNKNOWN))
        return secret(inner) if value.get("secret") else inner
    if isinstance(value, dict):
        return {key: without_output_values(item) for key, item in value.items()}
    if isinstance(value, list):
        return [without_output_values(item) for item in value]
    return value


def output_dependencies(value: Any) -> set[str]:  # noqa: ANN401
    """Collect the URNs that the output values inside a value depend on."""
    urns: set[str] = set()
    pending = [value]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            if _is_output(item):
                urns.update(item.get("dependencies", ()))
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
    return urns


def contains_unknown(value: Any) -> bool:  # noqa: ANN401
    """Whether a plain value is or holds an unknown."""
    if isinstance(value, dict):
        return any(contains_unknown(item) for item in value.values())
    if isinstance(value, list):
        return any(contains_unknown(item) for item in value)
    return value == UNKNOWN
