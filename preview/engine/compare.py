"""What a first preview would not show."""

from __future__ import annotations

from preview.graph import ResourceGraph


def missing_when_unknown(known: ResourceGraph, unknown: ResourceGraph) -> tuple[str, ...]:
    """Give the URNs that only one of two renders of a program holds, sorted.

    `known` was rendered with values, `unknown` with `unknowns=True`. Resources made inside `apply` on a value
    that a provider computes vanish in the second: no preview shows them and no policy sees them.
    """
    return tuple(sorted(known.by_urn.keys() ^ unknown.by_urn.keys()))
