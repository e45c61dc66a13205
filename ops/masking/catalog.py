"""What the database really has: tables, columns, keys and what hangs on them, from its catalogue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import psycopg
from psycopg.rows import dict_row

OWN_SCHEMA: Final = "ops_masking"

# Numbers (N), booleans (B) and intervals (T) say nothing by their type. Timestamps say when something
# happened; one that tells more has a telling name. All else is listed: text, dates, JSON, binary, arrays.
_COLUMNS: Final = """
SELECT c.oid, n.nspname AS schema, c.relname AS name, c.relkind AS kind, c.relispartition AS is_partition,
    coalesce(rn.nspname, n.nspname) AS root_schema, coalesce(r.relname, c.relname) AS root_name,
    greatest(c.reltuples, 0)::bigint AS estimated_rows,
    CASE WHEN c.relkind IN ('r', 'm') THEN pg_relation_size(c.oid) / current_setting('block_size')::bigint
        ELSE 0 END AS pages,
    a.attname AS column, t.typname AS type, a.attnotnull AS not_null, a.attgenerated <> '' AS generated,
    CASE WHEN t.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END AS length,
    t.typcategory NOT IN ('N', 'B', 'T')
        AND t.typname NOT IN ('timestamp', 'timestamptz', 'tid', 'xid', 'cid') AS must_be_listed
FROM pg_class AS c
JOIN pg_namespace AS n ON n.oid = c.relnamespace
JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
JOIN pg_type AS declared ON declared.oid = a.atttypid
JOIN pg_type AS t ON t.oid = CASE WHEN declared.typtype = 'd' THEN declared.typbasetype ELSE declared.oid END
LEFT JOIN pg_class AS r ON r.oid = CASE WHEN c.relispartition THEN pg_partition_root(c.oid) END
LEFT JOIN pg_namespace AS rn ON rn.oid = r.relnamespace
WHERE c.relkind IN ('r', 'p', 'm', 'f')
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'ops_masking')
    AND n.nspname NOT LIKE 'pg\\_toast%' AND n.nspname NOT LIKE 'pg\\_temp\\_%'
ORDER BY n.nspname, c.relname, a.attnum
"""

_KEYS: Final = """
SELECT i.indrelid AS oid, i.indisprimary AS is_primary, array_agg(a.attname ORDER BY a.attnum) AS columns,
    bool_and(a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)) AS integers
FROM pg_index AS i JOIN pg_attribute AS a ON a.attrelid = i.indrelid AND a.attnum = ANY (i.indkey)
WHERE i.indisunique GROUP BY i.indexrelid, i.indrelid, i.indisprimary
"""

_TRIGGERS: Final = """
SELECT tgrelid AS oid, tgname AS name, tgenabled AS enabled FROM pg_trigger
WHERE NOT tgisinternal AND tgenabled IN ('O', 'A') ORDER BY tgname
"""

_REFERENCES: Final = """
SELECT confrelid AS oid, conrelid AS by FROM pg_constraint WHERE contype = 'f' AND conrelid <> confrelid
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table."""

    name: str
    type: str
    length: int | None
    not_null: bool
    generated: bool
    must_be_listed: bool


@dataclass(slots=True, kw_only=True)
class Relation:
    """A table, a partition or a materialised view."""

    oid: int
    schema: str
    name: str
    kind: str
    listed_as: str
    """How the manifest names it; a partition goes by the name of its whole."""
    is_partition: bool
    estimated_rows: int
    pages: int
    columns: dict[str, Column] = field(default_factory=dict)
    key: str | None = None
    """Its primary key, if that is one integer."""
    unique: set[str] = field(default_factory=set)
    triggers: list[tuple[str, str]] = field(default_factory=list)
    referenced_by: set[int] = field(default_factory=set)

    @property
    def holds_rows(self) -> bool:
        """Say whether rows are stored here; those of a partitioned table are in its partitions."""
        return self.kind in {"r", "m"}

    @property
    def full_name(self) -> str:
        """Give the name as people read it."""
        return self.name if self.schema == "public" else f"{self.schema}.{self.name}"


def read_catalog(connection: psycopg.Connection) -> Mapping[int, Relation]:
    """Give every relation of the database by its object id."""
    relations: dict[int, Relation] = {}
    with connection.cursor(row_factory=dict_row) as cursor:
        for row in cursor.execute(_COLUMNS).fetchall():
            relation = relations.get(row["oid"])
            if relation is None:
                root = (
                    row["root_name"]
                    if row["root_schema"] == "public"
                    else f"{row['root_schema']}.{row['root_name']}"
                )
                relation = relations[row["oid"]] = Relation(
                    oid=row["oid"],
                    schema=row["schema"],
                    name=row["name"],
                    kind=row["kind"],
                    listed_as=root,
                    is_partition=row["is_partition"],
                    estimated_rows=row["estimated_rows"],
                    pages=row["pages"],
                )
            relation.columns[row["column"]] = Column(
                name=row["column"],
                type=row["type"],
                length=row["length"],
                not_null=row["not_null"],
                generated=row["generated"],
                must_be_listed=row["must_be_listed"],
            )
        for row in cursor.execute(_KEYS).fetchall():
            if (relation := relations.get(row["oid"])) is None:
                continue
            if row["is_primary"] and row["integers"] and len(row["columns"]) == 1:
                relation.key = row["columns"][0]
            relation.unique.update(row["columns"])
        for row in cursor.execute(_TRIGGERS).fetchall():
            if row["oid"] in relations:
                relations[row["oid"]].triggers.append((row["name"], row["enabled"]))
        for row in cursor.execute(_REFERENCES).fetchall():
            if row["oid"] in relations:
                relations[row["oid"]].referenced_by.add(row["by"])
    connection.commit()
    return relations
