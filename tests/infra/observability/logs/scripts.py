"""The Lua filter as Fluent Bit runs it: in LuaJIT, with records as tables."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Mapping
from typing import Any

from lupa import luajit21

from infra.observability.logs.lua import FUNCTION, script

TIMESTAMP = 1764039226.5
DROPPED, REPLACED = -1, 2
NULL = "<null>"
"""Stands for JSON's null, which Lua's tables cannot hold."""
Record = dict[str, Any]
Filter = Callable[[Record], "Record | None"]


def load(*, success_sampling_percent: int, seed: int | None = None) -> Filter:
    """Load the script of an environment; the filter gives the new record, or None for one that it drops.

    `seed` draws the same lots every time.
    """
    lua = luajit21.LuaRuntime()
    # What Fluent Bit gives for JSON's null.
    lua.execute(f"flb_null = {NULL!r}")
    lua.execute(script(success_sampling_percent=success_sampling_percent))
    if seed is not None:
        lua.execute(f"math.randomseed({seed})")
    process: Any = lua.eval(FUNCTION)

    def apply(record: Record) -> Record | None:
        code, timestamp, shaped = process(
            "kube.x", TIMESTAMP, lua.table_from(copy.deepcopy(record), recursive=True)
        )
        assert timestamp == TIMESTAMP
        assert code in {DROPPED, REPLACED}
        return None if code == DROPPED else _plain(shaped)

    return apply


def _plain(table: Any) -> Any:
    if not hasattr(table, "items"):
        return table
    pairs = dict(table.items())
    if pairs and set(pairs) == set(range(1, len(pairs) + 1)):
        return [_plain(pairs[index]) for index in sorted(pairs)]
    return {name: _plain(value) for name, value in pairs.items()}


def pod(
    *,
    application: str = "gps",
    namespace: str = "gps",
    container: str = "gps-api",
    annotations: Mapping[str, str] | None = None,
) -> Record:
    """Give what the `kubernetes` filter adds to a record."""
    return {
        "namespace_name": namespace,
        "pod_name": f"{container}-7d9c5b8f6d-x2x4z",
        "container_name": container,
        "host": "ip-10-0-1-20.ap-south-1.compute.internal",
        "labels": {"app.kubernetes.io/name": application, "app.kubernetes.io/component": container},
        "annotations": dict(annotations or {}),
    }


def event(*, kubernetes: Record, **more: Any) -> Record:
    """Give a record of a position, as the filter gets it: JSON taken apart, the runtime's keys beside."""
    written = {
        "level": "INFO",
        "event": "gps_ingested",
        "outcome": "success",
        "vehicle": "MH12AB1234",
        **more,
    }
    return {
        "time": "2026-11-25T03:13:46.500000000Z",
        "stream": "stdout",
        "_p": "F",
        **json.loads(json.dumps({name: value for name, value in written.items() if value is not None})),
        "kubernetes": kubernetes,
    }
