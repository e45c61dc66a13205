"""What recorded series are made from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.infra.observability.dashboards.promql import metrics


def closure(names: Iterable[str], recorded: Mapping[str, str]) -> frozenset[str]:
    """Add to names what those among them that are recorded were made from; `recorded`: their expressions."""
    found: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting.extend(metrics(recorded[name]) if name in recorded else ())
    return frozenset(found)
