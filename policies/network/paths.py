"""The proof that no way leads from the internet to a data store but through load balancer and nodes."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from itertools import pairwise
from typing import Final, NamedTuple

from policies.aws.security_groups import (
    ALL_SOURCES,
    BALANCER,
    NODES,
    Opening,
    is_private,
    peers_of,
    security_rules,
    store_groups,
    zone_of,
)
from policies.framework import Controls, Findings, Graph, Severity, everywhere, stack_rule

_INTERNET: Final = "internet"
_INSIDE: Final = "any address inside"
_ROUTE: Final = (_INTERNET, BALANCER, NODES)
"""The one way: each station may lead to itself and to the next, the last one to the stores."""


class _Edge(NamedTuple):
    """One rule as a step: from a station to the next, by which rule."""

    target: str
    rule: str


class _State(NamedTuple):
    """Where a walk stands: at a station, still on the one way or off it."""

    station: str
    on_route: bool


@stack_rule(
    "net-sg-no-path",
    subjects=ALL_SOURCES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "NET-01", "NET-03", "POL-03"), ("8(5)",)),
    remedy="Take out the rule that leaves the way internet → alb → eks-nodes → store.",
    exemptible=False,
)
def sg_no_path(graph: Graph) -> Findings:
    """Security groups open no way from the internet to a data store but through load balancer and nodes.

    Every rule is a step from its source to its group. A search walks all steps from the internet and
    remembers whether it left the one way; reaching a store off the way is a finding that prints the walk.
    """
    stations = {urn: _station(graph, urn) for urn in graph.fact(security_rules).by_group}
    stores = {
        stations.get(urn, graph.by_urn[urn].name): users[0].name
        for urn, users in graph.fact(store_groups).items()
    }
    steps = _steps(graph, stations)
    for store, walk in _walks(steps, stores):
        yield f"{stores[store]} can be reached from the internet: {walk}"


def _station(graph: Graph, urn: str) -> str:
    return zone_of(graph.by_urn[urn])


def _steps(graph: Graph, stations: dict[str, str]) -> dict[str, list[_Edge]]:
    steps: dict[str, list[_Edge]] = {}
    rules = graph.fact(security_rules)
    for urn, station in sorted(stations.items()):
        for opening in rules.of(graph.by_urn[urn]):
            if opening.direction == "ingress":
                for source in _sources(opening, station):
                    steps.setdefault(source, []).append(
                        _Edge(station, f"{opening.declared.name} {opening.ports}")
                    )
    # Whoever is inside has an address inside.
    for source in sorted({*stations.values()}):
        steps.setdefault(source, []).extend(steps.get(_INSIDE, ()))
    return steps


def _sources(opening: Opening, station: str) -> Iterator[str]:
    if opening.public:
        yield _INTERNET
    if opening.prefix_lists:
        # Who stands in a list of addresses is not written here: it may be anyone.
        yield _INTERNET
    if any(is_private(cidr) for cidr in opening.ranges):
        yield _INSIDE
    if opening.to_itself:
        yield station
    for link in opening.peers:
        peers = peers_of(link)
        # A group that this stack does not declare may hold anything.
        yield from (zone_of(peer) for peer in peers) if peers else (_INTERNET,)


def _walks(steps: dict[str, list[_Edge]], stores: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Give the shortest forbidden walk to each store that has one."""
    start = _State(_INTERNET, on_route=True)
    walks: dict[_State, str] = {start: _INTERNET}
    waiting = deque([start])
    reported: set[str] = set()
    while waiting:
        state = waiting.popleft()
        for edge in steps.get(state.station, ()):
            reached = _State(edge.target, on_route=state.on_route and _allowed(state.station, edge.target))
            if reached in walks:
                continue
            walks[reached] = f"{walks[state]} → {edge.target} (by {edge.rule})"
            waiting.append(reached)
            if edge.target in stores and not reached.on_route and edge.target not in reported:
                reported.add(edge.target)
                yield edge.target, walks[reached]


def _allowed(source: str, target: str) -> bool:
    """Whether a step keeps to the one way. Nodes may call anything; what they call may call no store."""
    if source == target:
        return True
    if source == NODES:
        return target != _INTERNET
    return (source, target) in set(pairwise(_ROUTE))
