"""What a database holds, as facts that can be compared: rows, sums, samples, sequences and definitions.

The source's are gathered in the snapshot that is dumped, so a source that people work on can be rehearsed
with. Samples are rows whose key hashes to nought, in the order of the key: the same rows at both ends,
whatever their number or collation.
"""

# ruff: noqa: E501, S608  (queries of ours, which read better unbroken)

from __future__ import annotations

from typing import Any, Final, LiteralString, cast

import psycopg
from psycopg import sql
from pydantic import BaseModel, ConfigDict

SAMPLES: Final = 1000
"""Rows of each table whose whole content is compared, at least, if it has as many."""
SUMMED: Final = ("numeric", "money", "double precision", "real")

_OURS: Final = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NOT_OF_EXTENSIONS: Final = (
    "NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.deptype = 'e' AND d.objid = {0}.oid"
    " AND d.classid = '{1}'::regclass)"
)
_RELATION: Final = f"{_OURS} AND {_NOT_OF_EXTENSIONS.format('c', 'pg_class')}"

DEFINITIONS: Final = {
    "column": "SELECT format('%I.%I.%I', n.nspname, c.relname, a.attname),"
    " format('%s%s%s%s', format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' END,"
    " a.attidentity, a.attgenerated) || coalesce(' default ' || pg_get_expr(e.adbin, e.adrelid), '')"
    " FROM pg_attribute AS a JOIN pg_class AS c ON c.oid = a.attrelid"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    " LEFT JOIN pg_attrdef AS e ON e.adrelid = a.attrelid AND e.adnum = a.attnum"
    f" WHERE c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND {_RELATION}",
    "index": "SELECT format('%I.%I', n.nspname, c.relname),"
    " pg_get_indexdef(c.oid) || CASE WHEN i.indisvalid THEN '' ELSE ' INVALID' END"
    " FROM pg_index AS i JOIN pg_class AS c ON c.oid = i.indexrelid"
    f" JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {_RELATION}",
    "constraint": "SELECT format('%I.%I.%I', n.nspname, c.relname, k.conname), pg_get_constraintdef(k.oid)"
    " FROM pg_constraint AS k JOIN pg_class AS c ON c.oid = k.conrelid"
    f" JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE {_RELATION}",
    "view": "SELECT format('%I.%I', n.nspname, c.relname), pg_get_viewdef(c.oid) FROM pg_class AS c"
    f" JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('v', 'm') AND {_RELATION}",
    "trigger": "SELECT format('%I.%I.%I', n.nspname, c.relname, t.tgname),"
    " t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) FROM pg_trigger AS t"
    " JOIN pg_class AS c ON c.oid = t.tgrelid JOIN pg_namespace AS n ON n.oid = c.relnamespace"
    f" WHERE NOT t.tgisinternal AND {_RELATION}",
    "function": "SELECT format('%I.%I(%s)', n.nspname, p.proname, pg_get_function_identity_arguments(p.oid)),"
    " md5(pg_get_functiondef(p.oid)) FROM pg_proc AS p JOIN pg_namespace AS n ON n.oid = p.pronamespace"
    f" WHERE p.prokind IN ('f', 'p') AND {_OURS} AND {_NOT_OF_EXTENSIONS.format('p', 'pg_proc')}",
    "extension": "SELECT extname, extversion FROM pg_extension",
    "owner": "SELECT format('%I.%I', n.nspname, c.relname), c.relowner::regrole::text FROM pg_class AS c"
    f" JOIN pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind IN ('r','p','v','m','S') AND {_RELATION}",
    "grant": "SELECT format('%I.%I %s %s', n.nspname, c.relname, CASE g.grantee WHEN 0 THEN 'PUBLIC'"
    " ELSE g.grantee::regrole::text END, g.privilege_type), g.is_grantable::text FROM pg_class AS c"
    " JOIN pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS g"
    f" WHERE g.grantee <> c.relowner AND {_RELATION}",
}
"""By kind, queries that give name and definition of everything there is."""

_TABLES: Final = f"""
SELECT n.nspname, c.relname,
    (SELECT coalesce(array_agg(a.attname ORDER BY a.attnum), '{{}}') FROM pg_attribute AS a
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
            AND format_type(a.atttypid, NULL) = ANY (%s))::text[] AS summed,
    (SELECT array_agg(a.attname ORDER BY k.position) FROM pg_index AS i,
        unnest(i.indkey) WITH ORDINALITY AS k (number, position), pg_attribute AS a
        WHERE i.indrelid = c.oid AND i.indisprimary AND a.attrelid = c.oid AND a.attnum = k.number)::text[] AS key
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
WHERE c.relkind = 'r' AND {_RELATION} ORDER BY 1, 2
"""
_SEQUENCES: Final = f"""
SELECT n.nspname, c.relname, o.refobjid::regclass::text, a.attname
FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
LEFT JOIN pg_depend AS o ON o.objid = c.oid AND o.classid = 'pg_class'::regclass AND o.deptype IN ('a', 'i')
    AND o.refclassid = 'pg_class'::regclass AND o.refobjsubid > 0
LEFT JOIN pg_attribute AS a ON a.attrelid = o.refobjid AND a.attnum = o.refobjsubid
WHERE c.relkind = 'S' AND {_RELATION} ORDER BY 1, 2
"""


class _Fact(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TableFacts(_Fact):
    """A table's rows."""

    rows: int
    sums: dict[str, str | None]
    """By column; exact, as text."""
    one_in: int
    """Which share of the rows was sampled."""
    samples: dict[str, str]
    """Hash of the whole row, by its key, in the order of keys; without a key one for all rows."""


class SequenceFacts(_Fact):
    """Where a sequence stands."""

    next_value: int
    most_used: int | None
    """The largest value in the column that it numbers."""


class Facts(_Fact):
    """Everything that is compared of one database."""

    tables: dict[str, TableFacts]
    sequences: dict[str, SequenceFacts]
    definitions: dict[str, dict[str, str]]
    large_objects: int
    encoding: str

    @property
    def rows(self) -> int:
        """All rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def gather(
    connection: psycopg.Connection[Any], like: Facts | None = None, *, samples: int = SAMPLES
) -> Facts:
    """Gather the facts of the database; the sample of each table is that of `like`, where given."""
    tables: dict[str, TableFacts] = {}
    for schema, name, summed, key in connection.execute(_TABLES, [list(SUMMED)]).fetchall():
        known = None if like is None else like.tables.get(f"{schema}.{name}")
        tables[f"{schema}.{name}"] = _table(
            connection,
            sql.Identifier(schema, name),
            summed=summed,
            key=key or [],
            one_in=None if known is None else known.one_in,
            samples=samples,
        )
    row = connection.execute(
        "SELECT (SELECT count(*) FROM pg_largeobject_metadata), pg_encoding_to_char(encoding)"
        " FROM pg_database WHERE datname = current_database()"
    ).fetchone() or (0, "")
    return Facts(
        tables=tables,
        sequences={
            f"{schema}.{name}": _sequence(connection, sql.Identifier(schema, name), table, column)
            for schema, name, table, column in connection.execute(_SEQUENCES).fetchall()
        },
        definitions={
            kind: dict(connection.execute(cast("LiteralString", query)).fetchall())
            for kind, query in DEFINITIONS.items()
        },
        large_objects=row[0],
        encoding=row[1],
    )


def _table(
    connection: psycopg.Connection[Any],
    table: sql.Identifier,
    *,
    summed: list[str],
    key: list[str],
    one_in: int | None,
    samples: int,
) -> TableFacts:
    sums = [sql.SQL("sum({}::numeric)::text").format(sql.Identifier(column)) for column in summed]
    counted = connection.execute(
        sql.SQL("SELECT {} FROM {}").format(sql.SQL(", ").join([sql.SQL("count(*)"), *sums]), table)
    ).fetchone() or (0,)
    rows = int(counted[0])
    one_in = one_in or max(1, rows // samples)
    if key:
        identity = sql.SQL("ROW({})::text").format(sql.SQL(", ").join(map(sql.Identifier, key)))
        query = sql.SQL(
            "SELECT key, hash FROM (SELECT {identity} AS key, md5(t::text) AS hash FROM {table} AS t"
            " WHERE ('x' || left(md5({identity}), 8))::bit(32)::bigint % {one_in} = 0) AS sampled"
            ' ORDER BY key COLLATE "C"'
        )
    else:
        identity = sql.SQL("''")
        one_in = 1
        query = sql.SQL(
            "SELECT 'all rows', coalesce(sum(('x' || left(md5(t::text), 16))::bit(64)::bigint), 0)::text"
            " FROM {table} AS t"
        )
    sampled = connection.execute(
        query.format(identity=identity, table=table, one_in=sql.Literal(one_in))
    ).fetchall()
    return TableFacts(
        rows=rows, sums=dict(zip(summed, counted[1:], strict=True)), one_in=one_in, samples=dict(sampled)
    )


def _sequence(
    connection: psycopg.Connection[Any], sequence: sql.Identifier, table: str | None, column: str | None
) -> SequenceFacts:
    last, called = connection.execute(
        sql.SQL("SELECT last_value, is_called FROM {}").format(sequence)
    ).fetchone() or (0, False)
    most = None
    if table is not None and column is not None:
        found = connection.execute(
            sql.SQL("SELECT max({})::bigint FROM ").format(sql.Identifier(column))
            # As PostgreSQL itself writes it, quotes included.
            + sql.SQL(cast("LiteralString", table))
        ).fetchone()
        most = None if found is None else found[0]
    return SequenceFacts(next_value=last + (1 if called else 0), most_used=most)
