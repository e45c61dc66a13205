"""What the tests of the network look at: the network of the environment, without the quarantine."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Final

import pytest

from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer, rendering_of

QUARANTINE: Final = "fleet:protection:Refresh$"
"""A VPC of its own, which no workload reaches: tests/infra/protection/refresh judges it."""


@cache
def _network_of(stack: str, *, unknowns: bool) -> ResourceGraph:
    graph = rendering_of(stack, unknowns=unknowns).graph
    return replace(graph, resources=tuple(each for each in graph.resources if QUARANTINE not in each.urn))


@pytest.fixture(scope="session")
def estate() -> EstateRenderer:
    """Give `estate("prod")` as everywhere, but without the quarantine of the refresh."""

    def graph(stack: str, *, unknowns: bool = False) -> ResourceGraph:
        return _network_of(stack, unknowns=unknowns)

    return graph
