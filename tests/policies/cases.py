"""The tests that every row of every table gives: the test class of each pack inherits them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import pytest

from policies.framework.rules import Level
from tests.policies.builders import Thing, edited
from tests.policies.table import (
    Break,
    Row,
    alias_sets,
    alone,
    broken,
    exemption_for,
    graph,
    has_references,
    judged,
    pack_of,
    renamed,
    said,
    without_value,
)


@dataclass(frozen=True)
class Breakage:
    """One break of one row, with a name for the test's id."""

    row: Row
    way: Break
    number: int

    def __str__(self) -> str:
        return f"{self.row.rule}-{self.number}"


def breakages(rows: Sequence[Row]) -> list[Breakage]:
    """Give every break of every row."""
    return [Breakage(row, way, at) for row in rows for at, way in enumerate(row.breaks, start=1)]


def check_holds(row: Row) -> None:
    """A complying stack has no finding: deployed, in its first preview, after harmless edits."""
    pack = alone(row.rule)
    variants: list[tuple[Thing, ...]] = [row.things, *(edited(row.things, edits) for edits in row.also_holds)]
    for things in variants:
        assert said(judged(pack, graph(things, row)), row.rule) == frozenset()
        if has_references(things):
            assert said(judged(pack, graph(things, row, known=False)), row.rule) == frozenset()
    for edits in row.holds_unknown:
        things = edited(row.things, edits)
        assert said(judged(pack, graph(things, row, known=False)), row.rule) == frozenset()


def check_breaks(breakage: Breakage) -> None:
    """A broken stack has exactly the findings of its row, and a mandatory rule keeps it from passing."""
    row, way = breakage.row, breakage.way
    judgement = judged(alone(row.rule), graph(broken(row, way), row))
    assert said(judgement, row.rule) == way.expected
    if judgement.levels[row.rule] is Level.MANDATORY:
        assert not judgement.passed
    for finding in judgement.findings:
        if finding.rule == row.rule:
            assert finding.remedy == judgement.rules[row.rule].remedy


def check_unknown(row: Row) -> None:
    """A value that comes from nowhere is not judged, and a mandatory rule does not pass."""
    if row.unknown is None:
        return
    judgement = judged(alone(row.rule), graph(without_value(row), row))
    at = row.unknown_at or row.unknown.split(".", 1)[0]
    findings = [finding for finding in judgement.findings if finding.rule == row.rule]
    assert {(finding.resource_name, finding.status) for finding in findings} == {(at, "not judged")}
    assert all(finding.blocks == (finding.level is Level.MANDATORY) for finding in findings)


def check_aliases(row: Row) -> None:
    """Under every other name of its things the stack is judged the same."""
    pack = alone(row.rule)
    for tokens in alias_sets(row):
        assert said(judged(pack, graph(renamed(row.things, tokens), row)), row.rule) == frozenset()
        for way in row.breaks:
            found = said(judged(pack, graph(renamed(broken(row, way), tokens), row)), row.rule)
            assert found == way.expected, (tokens, way)


def check_exempt(breakage: Breakage) -> None:
    """An exempted finding is shown and does not count; a rule that can never be exempted stays as it was."""
    row, way = breakage.row, breakage.way
    things = broken(row, way)
    pack = alone(row.rule)
    exemptible = next(rule for rule in pack.rules if rule.id == row.rule).exemptible
    for name in sorted({entry for entry, _, _ in way.expected} & {entry.name for entry in things}):
        judgement = judged(pack, graph(things, row), exemption_for(row, way, name))
        findings = [finding for finding in judgement.findings if finding.rule == row.rule]
        statuses = {finding.status for finding in findings if finding.resource_name == name}
        assert statuses == ({"exempted"} if exemptible else {"violation"})
        assert {f.status for f in findings if f.resource_name != name} <= {"violation"}
        refused = [line for line in judgement.exemption_problems if "can never be exempted" in line]
        assert bool(refused) != exemptible


class PackTests:
    """What is asked of every rule of a pack: compliant, violating, unknown, alias and exempt.

    A pack's own class names its rows and says which requirements its broken stacks prove.
    """

    rows: ClassVar[Sequence[Row]]

    def test_every_rule_has_a_row(self) -> None:
        """No rule of the pack goes untested, and no row is about another pack's rule."""
        assert {row.rule for row in self.rows} == {rule.id for rule in pack_of(self.rows[0]).rules}

    def test_a_complying_stack_holds(self, row: Row) -> None:
        """A complying stack has no finding."""
        check_holds(row)

    def test_a_broken_stack_is_found(self, breakage: Breakage) -> None:
        """A broken stack has exactly the findings of its row."""
        check_breaks(breakage)

    def test_an_unknown_value_is_not_judged(self, row: Row) -> None:
        """A value that comes from nowhere is not judged."""
        check_unknown(row)

    def test_other_names_are_judged_alike(self, row: Row) -> None:
        """Aliases are judged the same."""
        check_aliases(row)

    def test_an_exemption_shows_or_is_refused(self, breakage: Breakage) -> None:
        """Exempted findings stay in sight; what cannot be exempted still blocks."""
        check_exempt(breakage)


def parametrize(metafunc: pytest.Metafunc) -> None:
    """Give each test of a pack's class the rows, or the breaks of the rows, that it asks for."""
    if not (metafunc.cls and issubclass(metafunc.cls, PackTests)):
        return
    if "row" in metafunc.fixturenames:
        metafunc.parametrize("row", metafunc.cls.rows, ids=lambda row: f"{row.rule}-{row.stack}")
    if "breakage" in metafunc.fixturenames:
        metafunc.parametrize("breakage", breakages(metafunc.cls.rows), ids=str)
