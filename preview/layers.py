"""The layer a resource belongs to: which part of the program made it."""

from __future__ import annotations

from typing import Final

from preview.graph import Resource

OWN_PACKAGE: Final = "fleet"
"""First part of the type tokens of this program's components: `fleet:<room>:<Component>`."""

WHOLE_STACK: Final = "stack"
"""The layer of what no component of ours owns: providers, the stack itself, foreign components."""

WRAPPERS: Final = frozenset({"environment"})
"""Rooms that only hold the other rooms together and say nothing about what a resource is for."""

URN_PARTS: Final = 4


def layer_of(resource: Resource) -> str:
    """Give the room of the outermost component of ours above (or at) the resource, `stack` if there is none.

    The outermost one, because a building block of one room is used by another: a role that
    `fleet:workloads:Odoo` makes through `fleet:cluster:ServiceAccountRole` belongs to the workloads.
    """
    parts = resource.urn.split("::", URN_PARTS - 1)
    if len(parts) < URN_PARTS:
        return WHOLE_STACK
    for token in parts[2].split("$"):
        package, _, rest = token.partition(":")
        room = rest.partition(":")[0]
        if package == OWN_PACKAGE and room and room not in WRAPPERS:
            return room
    return WHOLE_STACK
