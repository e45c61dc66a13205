"""Takes three costs out of the SDK for the time of a run; what a program observes stays the same.

- Debug messages, several for every registration: an offline run drops them anyway.
- The source text of every frame of every registration: the place is enough, and it never changes.
- A walk over everything that a dependency depends on, in search of a cycle: a registered resource has all its
  dependencies behind it, so no cycle can lead through it. The full walk makes chains quadratic.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from functools import cache
from traceback import FrameSummary
from types import FrameType
from typing import Any, Final

from pulumi import Resource, log
from pulumi.runtime import resource as sdk_resource
from pulumi.runtime import rpc
from pulumi.runtime.proto import source_pb2

_CONSTRUCTORS: Final = 3
"""The SDK takes the caller of the third constructor, counted from the inside, for the program's line."""

_FRAMES: Final = 20
"""How far up a trace goes: more than enough to leave the SDK's own classes behind."""

_position = sdk_resource._get_source_position_for_frame


@cache
def _frame_at(file: str, line: int) -> source_pb2.StackFrame:
    return source_pb2.StackFrame(pc=_position(FrameSummary(file, line, "", lookup_line=False)))


def _stack_trace() -> source_pb2.StackTrace:
    """Give the frames above the constructors of the resource that is being made, innermost first."""
    frame: FrameType | None = sys._getframe(1)
    constructors = 0
    while frame is not None and constructors < _CONSTRUCTORS:
        constructors += frame.f_code.co_name == "__init__"
        frame = frame.f_back
    frames = []
    while frame is not None and len(frames) < _FRAMES:
        frames.append(_frame_at(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return source_pb2.StackTrace(frames=frames)


def _is_registered(resource: Resource) -> bool:
    data = getattr(resource.__dict__.get("urn"), "_data", None)
    return data is not None and data.done()


def _declare_dependency(from_resource: Resource, to_resource: Resource) -> bool:
    """Note a dependency; False if it would close a cycle among resources that are not registered yet."""
    pending, seen = [to_resource], set()
    while pending:
        resource = pending.pop()
        if resource is from_resource:
            return False
        if resource in seen or _is_registered(resource):
            continue
        seen.add(resource)
        pending.extend(_dependencies(resource))
    _dependencies(from_resource).add(to_resource)
    return True


def _dependencies(resource: Any) -> set[Resource]:  # noqa: ANN401
    return resource.__dict__.setdefault("_direct_computed_dependencies", set())


def _no_debug(*_arguments: object, **_options: object) -> None:
    pass


@contextlib.contextmanager
def quick_sdk() -> Iterator[None]:
    """Put the quick versions in place, and the SDK's own back afterwards."""
    places: list[tuple[Any, str, Any]] = [
        (log, "debug", _no_debug),
        (sdk_resource, "_get_stack_trace", _stack_trace),
        (rpc, "declare_dependency", _declare_dependency),
    ]
    originals = [getattr(module, name) for module, name, _ in places]
    for module, name, quick in places:
        setattr(module, name, quick)
    try:
        yield
    finally:
        for (module, name, _), original in zip(places, originals, strict=True):
            setattr(module, name, original)
