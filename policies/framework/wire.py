"""From the engine's messages to plain trees, once for each message.

The SDK turns the whole message into Python objects again for every rule that looks at it. With many rules
that is nearly all of the time a judgement takes, so the framework reads a message once and only if a rule
asks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from google.protobuf import struct_pb2

from policies.framework.values import UNKNOWN, UNKNOWN_TEXTS, Secret

_SIGNATURE: Final = "4dabf18193072939515e22adb298388d"
_SECRET: Final = "1b47061264138c4ac30d75fd1eb44270"
_OUTPUT: Final = "d0e6a833031e9bbcd3f4e8bde6ca49a4"
_RESOURCE: Final = "5cf8f73096256a8f31e491e813e4eb8e"


def read_struct(struct: struct_pb2.Struct) -> dict[str, Any]:
    """Give the properties in a message: numbers as int where whole, unknowns and secrets as their marks."""
    return {key: _read(value) for key, value in struct.fields.items()}


def _read(value: struct_pb2.Value) -> Any:  # noqa: ANN401  (any wire value)
    match value.WhichOneof("kind"):
        case "string_value":
            text = value.string_value
            return UNKNOWN if text in UNKNOWN_TEXTS else text
        case "number_value":
            return _number(value.number_value)
        case "bool_value":
            return value.bool_value
        case "struct_value":
            return _marked({key: _read(entry) for key, entry in value.struct_value.fields.items()})
        case "list_value":
            return [_read(entry) for entry in value.list_value.values]
        case _:
            return None


def _number(number: float) -> float:
    return int(number) if number.is_integer() else number


def _marked(fields: dict[str, Any]) -> Any:  # noqa: ANN401  (any wire value)
    signature = fields.get(_SIGNATURE)
    if signature is None:
        return fields
    if signature == _SECRET:
        return Secret(fields.get("value"))
    if signature == _OUTPUT:
        inner = fields.get("value", UNKNOWN)
        return Secret(inner) if fields.get("secret") else inner
    if signature == _RESOURCE:
        # The engine itself sends the id, or the URN for a component.
        return fields.get("id") or fields.get("urn")
    return fields


def read_plain(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    """Give the same tree from Python objects: what the SDK hands to a policy, or a resource list."""
    if isinstance(value, str):
        return UNKNOWN if value in UNKNOWN_TEXTS else value
    if isinstance(value, float):
        return _number(value)
    if isinstance(value, Mapping):
        # The SDK's checking proxies raise at every unknown; behind this key lies what they guard.
        inner = _target(value)
        return _marked({key: read_plain(entry) for key, entry in inner.items()})
    if isinstance(value, Sequence) and not isinstance(value, bytes):
        return [read_plain(entry) for entry in _target(value)]
    return value


def _target(value: Any) -> Any:  # noqa: ANN401  (any wire value)
    return value["__target"] if type(value).__module__ == "pulumi_policy.proxy" else value
