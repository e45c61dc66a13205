"""One row for each rule: a stack that complies, ways to break it, what happens when a value is unknown.

From a row come five kinds of tests: compliant (also as a first preview sees it), violating, unknown, alias,
exempt. Each asserts the exact set of findings of the rule.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cache, cached_property
from typing import Any, Final

from policies.framework.exemptions import Exemption
from policies.framework.pack import POLICIES, Pack, load_pack
from policies.framework.rules import Rule
from preview.graph import UNKNOWN, ResourceGraph
from preview.judgement.findings import Judgement
from preview.judgement.in_process import judge_with
from tests.policies.aliases import aliases_of
from tests.policies.builders import Ref, Thing, edited, graph_of

TODAY: Final = date(2026, 11, 24)

Said = frozenset[tuple[str, str, str]]
"""(name of the resource or `the stack`, status, message) of each finding of one rule."""


@dataclass(frozen=True)
class Break:
    """One way to break a row's stack, and exactly what the rule then says about whom."""

    edits: Mapping[str, Any]
    says: Mapping[str, str | tuple[str, ...]]
    """Name of the resource (or `the stack`) → message or messages."""
    plus: tuple[Thing, ...] = ()
    aspect: str | None = None

    @property
    def expected(self) -> Said:
        """What the rule must say."""
        return frozenset(
            (name, "violation", message)
            for name, messages in self.says.items()
            for message in ((messages,) if isinstance(messages, str) else messages)
        )


@dataclass(frozen=True)
class Row:
    """One rule's row. `unknown` names the value (`name.path`) without which it cannot be judged."""

    rule: str
    things: tuple[Thing, ...]
    breaks: tuple[Break, ...]
    unknown: str | None
    unknown_at: str | None = None
    """Whose finding says it was not judged, when it is not the thing named in `unknown`."""
    also_holds: tuple[Mapping[str, Any], ...] = ()
    """Edits after which the rule still holds: what it must not complain about."""
    holds_unknown: tuple[Mapping[str, Any], ...] = ()
    """Edits with which the rule holds in a first preview, where a whole block comes from another thing."""
    stack: str = "prod"


@dataclass(frozen=True)
class _Alone(Pack):
    """A pack of which one rule is asked: the others cost more time than the rest of a row's test."""

    rule: str = ""

    @cached_property
    def rules(self) -> tuple[Rule, ...]:  # pyright: ignore[reportIncompatibleVariableOverride]
        """The one rule."""
        return tuple(rule for rule in load_pack(self.directory).rules if rule.id == self.rule)


def pack_of(row: Row) -> Pack:
    """Give the pack of a row's rule."""
    return _pack_with(row.rule)


@cache
def _pack_with(rule: str) -> Pack:
    prefixes = {
        "enc": "encryption",
        "tls": "tls",
        "net": "network",
        "iam": "identity",
        "avl": "resilience",
        "dat": "data",
        "log": "observability",
        "tag": "governance",
        "cst": "governance",
    }
    # What runs in the cluster is one pack, whatever its rules are about.
    in_cluster = load_pack(POLICIES / "kubernetes")
    if any(other.id == rule for other in in_cluster.rules):
        return in_cluster
    return load_pack(POLICIES / prefixes[rule.split("-", 1)[0]])


@cache
def alone(rule: str) -> Pack:
    """Give the pack of a rule with this rule only, for what is said about it and nothing else.

    Raises ValueError when the pack has no such rule.
    """
    pack = _pack_with(rule)
    narrowed = _Alone(pack.module, pack.prefixes, pack.subjects, rule)
    if not narrowed.rules:
        raise ValueError(f"pack {pack.name} has no rule {rule}")
    return narrowed


def judged(pack: Pack, graph: ResourceGraph, *entries: Exemption) -> Judgement:
    """Judge a graph with one pack."""
    return judge_with((pack,), graph, environment=graph.stack, today=TODAY, entries=tuple(entries))


def said(judgement: Judgement, rule: str) -> Said:
    """Give what one rule said."""
    return frozenset(
        (finding.resource_name, finding.status, finding.message)
        for finding in judgement.findings
        if finding.rule == rule
    )


def broken(row: Row, way: Break) -> tuple[Thing, ...]:
    """Give the things of a row, broken."""
    return (*edited(row.things, way.edits), *way.plus)


def without_value(row: Row) -> tuple[Thing, ...]:
    """Give the things of a row with the named value unknown and coming from nowhere."""
    if row.unknown is None:
        raise ValueError(f"{row.rule} has no unknown case")
    return edited(row.things, {row.unknown: UNKNOWN})


def renamed(things: Iterable[Thing], tokens: Mapping[str, str]) -> tuple[Thing, ...]:
    """Give the things under other tokens."""
    return tuple(replace(entry, token=tokens.get(entry.token, entry.token)) for entry in things)


def alias_sets(row: Row) -> list[dict[str, str]]:
    """Give every renaming of one of the row's types to an alias of it."""
    tokens = {entry.token for entry in row.things}
    return [{token: alias} for token in sorted(tokens) for alias in sorted(aliases_of(token) - {token})]


def exemption_for(row: Row, way: Break, name: str) -> Exemption:
    """Give an exemption for the finding at a resource."""
    place = next(entry for entry in broken(row, way) if entry.name == name)
    return Exemption(
        rule=row.rule,
        aspect=way.aspect,
        resource=f"{place.token}::{place.name}",
        stacks=(row.stack,),
        owner="platform-team@example.com",
        reason="A reason that is long enough to be one.",
        expires=date(2027, 5, 31),
    )


def graph(things: Iterable[Thing], row: Row, *, known: bool = True) -> ResourceGraph:
    """Give the graph of things in a row's stack."""
    return graph_of(*things, stack=row.stack, known=known)


def has_references(things: Iterable[Thing]) -> bool:
    """Whether any value of the things comes from another."""
    return any(_has_ref(entry.inputs) for entry in things)


def _has_ref(value: Any) -> bool:
    if isinstance(value, Ref):
        return True
    if isinstance(value, Mapping):
        return any(_has_ref(entry) for entry in value.values())
    return isinstance(value, list | tuple) and any(_has_ref(entry) for entry in value)
