"""Whether the new database holds what the old one held: each difference is a finding."""

# ruff: noqa: E501  (queries, which read better unbroken)

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

import psycopg
from psycopg import sql

from .facts import Facts, TableFacts

SHOWN: Final = 5
_REWRITTEN: Final = re.compile(r"[()\s]|::(?:character varying|text|bpchar)(?:\[\])?")
_FOREIGN_KEYS: Final = """
SELECT k.conname, cn.nspname, c.relname, pn.nspname, p.relname,
    (SELECT array_agg(a.attname ORDER BY u.position) FROM unnest(k.conkey) WITH ORDINALITY AS u (number, position)
        JOIN pg_attribute AS a ON a.attrelid = k.conrelid AND a.attnum = u.number)::text[],
    (SELECT array_agg(a.attname ORDER BY u.position) FROM unnest(k.confkey) WITH ORDINALITY AS u (number, position)
        JOIN pg_attribute AS a ON a.attrelid = k.confrelid AND a.attnum = u.number)::text[]
FROM pg_constraint AS k
JOIN pg_class AS c ON c.oid = k.conrelid JOIN pg_namespace AS cn ON cn.oid = c.relnamespace
JOIN pg_class AS p ON p.oid = k.confrelid JOIN pg_namespace AS pn ON pn.oid = p.relnamespace
WHERE k.contype = 'f' AND k.conparentid = 0
"""


def compare(source: Facts, target: Facts, *, owner: str | None) -> list[str]:
    """Give every difference. With `owner` everything is to belong to him, whoever owned it before."""
    findings = [*_missing("table", set(source.tables), set(target.tables))]
    for name in sorted(source.tables.keys() & target.tables.keys()):
        findings += _table(name, source.tables[name], target.tables[name])
    findings += _sequences(source, target)
    for kind, there in source.definitions.items():
        findings += _definitions(kind, there, target.definitions[kind], owner=owner)
    if source.large_objects != target.large_objects:
        findings.append(f"large objects: {source.large_objects} there, {target.large_objects} here")
    if source.encoding != target.encoding:
        findings.append(f"encoding: {source.encoding} there, {target.encoding} here")
    return findings


def orphans(connection: psycopg.Connection[Any]) -> list[str]:
    """Give every foreign key that rows break, whatever the constraint itself promises."""
    findings = []
    for name, schema, child, parent_schema, parent, columns, keys in connection.execute(
        _FOREIGN_KEYS
    ).fetchall():
        pairs = list(zip(columns, keys, strict=True))
        query = sql.SQL(
            "SELECT count(*) FROM {child} AS c LEFT JOIN {parent} AS p ON {same} WHERE {given} AND p.{key} IS NULL"
        ).format(
            child=sql.Identifier(schema, child),
            parent=sql.Identifier(parent_schema, parent),
            same=sql.SQL(" AND ").join(
                sql.SQL("p.{} = c.{}").format(sql.Identifier(key), sql.Identifier(column))
                for column, key in pairs
            ),
            given=sql.SQL(" AND ").join(
                sql.SQL("c.{} IS NOT NULL").format(sql.Identifier(column)) for column in columns
            ),
            key=sql.Identifier(keys[0]),
        )
        found = connection.execute(query).fetchone()
        if found is not None and found[0]:
            findings.append(f"{schema}.{child}: {found[0]} rows point to no {parent} ({name})")
    return findings


def _table(name: str, there: TableFacts, here: TableFacts) -> Iterator[str]:
    if there.rows != here.rows:
        yield f"{name}: {there.rows} rows there, {here.rows} here"
    for column, total in there.sums.items():
        if here.sums.get(column) != total:
            yield f"{name}.{column}: the sum is {total} there, {here.sums.get(column)} here"
    differing = [
        key
        for key in there.samples.keys() | here.samples.keys()
        if there.samples.get(key) != here.samples.get(key)
    ]
    if differing:
        yield f"{name}: {len(differing)} sampled rows differ, among them {', '.join(sorted(differing)[:SHOWN])}"


def _sequences(source: Facts, target: Facts) -> Iterator[str]:
    yield from _missing("sequence", set(source.sequences), set(target.sequences))
    for name, here in target.sequences.items():
        there = source.sequences.get(name)
        if here.most_used is not None and here.next_value <= here.most_used:
            yield f"{name} gives {here.next_value} next, {here.most_used} is used already"
        if there is not None and here.next_value < there.next_value:
            yield f"{name} gives {here.next_value} next, {there.next_value} there"


def _definitions(
    kind: str, there: dict[str, str], here: dict[str, str], *, owner: str | None
) -> Iterator[str]:
    if kind == "owner" and owner is not None:
        there = dict.fromkeys(there, owner)
    if kind == "grant" and owner is not None:
        # The one who owned a thing needs no grant of it any more.
        there = {name: value for name, value in there.items() if f" {owner} " not in name}
    yield from _missing(kind, set(there), set(here), extra_is_wrong=kind != "extension")
    for name in sorted(there.keys() & here.keys()):
        if kind == "extension":
            if _version(here[name]) < _version(there[name]):
                yield f"extension {name}: {there[name]} there, {here[name]} here"
        elif normal(there[name]) != normal(here[name]):
            yield f"{kind} {name}: {there[name]} there, {here[name]} here"
        if kind == "index" and here[name].endswith(" INVALID"):
            yield f"index {name} is not valid"
        if kind == "constraint" and here[name].endswith(" NOT VALID"):
            yield f"constraint {name} is not valid"


def normal(definition: str) -> str:
    """Give a definition without what PostgreSQL writes in another way once it has read its own writing.

    `x = ANY (ARRAY['a'::varchar]::text[])` comes back as `x = ANY (ARRAY['a'::varchar::text])`.
    """
    return re.sub(_REWRITTEN, "", definition)


def _missing(kind: str, there: set[str], here: set[str], *, extra_is_wrong: bool = True) -> Iterator[str]:
    for name in sorted(there - here):
        yield f"{kind} {name} is missing"
    for name in sorted(here - there) if extra_is_wrong else ():
        yield f"{kind} {name} was not there"


def _version(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(".") if part.isdigit())
