"""What a run will do to a database, and what in the manifest does not fit it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from .catalog import Relation
from .manifest import Manifest, MaskedColumn, Table
from .maskers import mistake

StepKind = Literal["sample", "except", "neutralise", "empty", "mask", "rebuild", "renew", "clean"]
ORDER: Final[tuple[StepKind, ...]] = (
    "sample",
    "except",
    "neutralise",
    "empty",
    "mask",
    "rebuild",
    "renew",
    "clean",
)
"""Samples of everything first: what is masked early is an original of what comes later as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One thing to do to one relation, or to the whole database."""

    kind: StepKind
    subject: str
    relation: Relation | None = None
    table: Table | None = None

    @property
    def target(self) -> Relation:
        """Give the relation of a step that has one."""
        if self.relation is None:
            raise ValueError(f"step {self.kind} is about the whole database")
        return self.relation

    @property
    def listed(self) -> Table:
        """Give what the manifest says of the relation of a step that masks."""
        if self.table is None:
            raise ValueError(f"step {self.kind} of {self.subject} masks nothing")
        return self.table


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The steps in their order, and the mistakes for which nothing is begun."""

    steps: tuple[Step, ...]
    mistakes: tuple[str, ...]


def make_plan(manifest: Manifest, relations: Mapping[int, Relation]) -> Plan:
    """Lay a manifest over a database."""
    steps: list[Step] = [Step(kind="neutralise", subject="database")]
    mistakes: list[str] = unlisted(manifest, relations)
    touched: dict[str, Relation] = {}
    names = {relation.full_name: relation for relation in relations.values()}
    for relation in relations.values():
        table = manifest.tables.get(relation.listed_as)
        if table is None:
            continue
        if not relation.is_partition:
            mistakes += [f"{relation.full_name}.{line}" for line in _unfit(relation, table)]
        if relation.kind != "r" or not (table.mask or table.empty):
            continue
        how, why_not = _way(relation, table)
        if why_not:
            mistakes.append(f"{relation.full_name}: {why_not}")
        steps.append(Step(kind="sample", subject=relation.full_name, relation=relation, table=table))
        steps.append(Step(kind=how, subject=relation.full_name, relation=relation, table=table))
        touched[relation.full_name] = relation
        whole = names.get(relation.listed_as)
        if whole is not None:
            touched[whole.full_name] = whole
    for neutralisation in manifest.neutralise:
        if (relation := names.get(neutralisation.table)) is not None:
            touched[relation.full_name] = relation
    steps += [
        Step(kind="except", subject=relation.full_name, relation=relation)
        for relation in relations.values()
        if relation.kind == "r"
        and any(
            entry.reference and entry.covers(relation.listed_as, "name", by_name=False)
            for entry in manifest.safe
        )
    ]
    steps += [
        Step(kind="renew", subject=relation.full_name, relation=relation)
        for relation in relations.values()
        if relation.kind == "m"
    ]
    steps += [
        Step(kind="clean", subject=name, relation=relation, table=manifest.tables.get(relation.listed_as))
        for name, relation in touched.items()
    ]
    ordered = sorted(steps, key=lambda step: (ORDER.index(step.kind), step.subject))
    return Plan(steps=tuple(ordered), mistakes=tuple(mistakes))


def unlisted(manifest: Manifest, relations: Mapping[int, Relation]) -> list[str]:
    """Name every column that is neither masked nor declared safe: nobody has thought about it."""
    lines: list[str] = []
    for relation in relations.values():
        if relation.is_partition:
            continue
        if relation.kind == "f":
            lines.append(f"{relation.full_name}: is a foreign table; a copy reaches into no other database")
            continue
        table = manifest.tables.get(relation.listed_as)
        if table is not None and table.empty:
            continue
        for column in relation.columns.values():
            if not column.must_be_listed and not manifest.telling(column.name):
                continue
            if table is not None and (column.name in table.mask or column.name in table.safe):
                continue
            if manifest.safe_entry(relation.listed_as, column.name) is None:
                lines.append(
                    f"{relation.full_name}.{column.name}: {column.type} column is neither masked nor declared"
                    " safe"
                )
    return lines


def _unfit(relation: Relation, table: Table) -> list[str]:
    lines: list[str] = []
    for name, how in table.mask.items():
        column = relation.columns.get(name)
        if column is None:
            if how.module is None:
                lines.append(f"{name}: the manifest masks a column that does not exist")
        elif why := mistake(column, how):
            lines.append(f"{name}: {why}")
        if how.by is not None and how.by not in relation.columns:
            lines.append(f"{name}: is masked by {how.by}, a column that does not exist")
    return lines


def _way(relation: Relation, table: Table) -> tuple[StepKind, str | None]:
    """Say how the rows are gone through."""
    if table.empty:
        if relation.key is None and relation.referenced_by:
            return "empty", "has no integer primary key to empty it by"
        return "empty", None
    if relation.key is not None and relation.key not in table.mask:
        return "mask", None
    if relation.referenced_by:
        return "rebuild", "has no integer primary key and other tables refer to it: it cannot be masked"
    if relation.triggers:
        return "rebuild", "has no integer primary key and has triggers: it cannot be masked"
    return "rebuild", None


def masked_columns(relation: Relation, table: Table) -> dict[str, MaskedColumn]:
    """Give the columns that are there and masked."""
    return {name: how for name, how in table.mask.items() if name in relation.columns}
