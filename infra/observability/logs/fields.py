"""What a record of the logs has: fields that every program shares, and where the rest goes.

| field | what it holds |
|---|---|
| `@timestamp` | when the container wrote the line, in UTC |
| `message`, `level`, `logger` | the text, its level in capitals, who wrote it |
| `event`, `outcome`, `sample_rate` | of GPS ingestion; `sample_rate` where only a share of events is kept |
| `handler` … `user_agent` | of a request to Odoo, from the proxy beside it |
| `kubernetes` | namespace, pod, container, node, labels |
| `data` | everything else that a program wrote as JSON, searchable as `data.name` |
| `unindexed` | the same where a value is too long for an index: seen, not found |

Nothing becomes a field by being written: programs of others would fill the index with thousands of fields,
and where two of them disagree about a type OpenSearch turns the later one's lines away.
"""

from __future__ import annotations

from typing import Any, Final

Mapping = dict[str, Any]
"""How OpenSearch indexes a field."""

_NAME: Final[Mapping] = {"type": "keyword", "ignore_above": 1024}


def _number(kind: str) -> Mapping:
    # A proxy writes "-" for what did not happen.
    return {"type": kind, "ignore_malformed": True}


FIELDS: Final[dict[str, Mapping]] = {
    "message": {"type": "text"},
    "level": _NAME,
    "logger": _NAME,
    "stream": _NAME,
    "pid": _number("long"),
    "db": _NAME,
    "event": _NAME,
    "outcome": _NAME,
    "sample_rate": _number("float"),
    "handler": _NAME,
    "method": _NAME,
    "path": _NAME,
    "status": _number("short"),
    "duration_seconds": _number("float"),
    "upstream_seconds": _NAME,
    "bytes": _number("long"),
    "client": {"type": "ip", "ignore_malformed": True},
    "request_id": _NAME,
    "user_agent": _NAME,
}
"""Fields that programs share, at the top of a record, as single values."""

MAPPINGS: Final[dict[str, Any]] = {
    # What no field is known for is kept in the record and shown with it.
    "dynamic": "false",
    "properties": {
        "@timestamp": {"type": "date"},
        **FIELDS,
        "kubernetes": {
            "dynamic": "false",
            "properties": {
                "namespace_name": _NAME,
                "pod_name": _NAME,
                "container_name": _NAME,
                "container_image": _NAME,
                "host": _NAME,
                "labels": {"type": "flat_object"},
            },
        },
        "data": {"type": "flat_object"},
        "unindexed": {"type": "object", "enabled": False},
    },
}
"""Mappings of an index of logs."""
