"""The SQL of each step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, LiteralString, cast

import psycopg
from psycopg import sql

from ops.errors import OperatorError

from .catalog import OWN_SCHEMA, Relation
from .manifest import Manifest
from .maskers import evidence, masked
from .plan import Step, masked_columns

PAGES_PER_BATCH: Final = 2_048
"""Of a table without a key: 16 MiB."""


def identifier(relation: Relation) -> sql.Identifier:
    """Give the quoted name of a relation."""
    return sql.Identifier(relation.schema, relation.name)


def _replacement(relation: Relation) -> sql.Identifier:
    return sql.Identifier(OWN_SCHEMA, f"masked_{relation.oid}")


def at_once(step: Step, manifest: Manifest, sample_rows: int) -> Iterator[sql.Composed]:
    """Give the statements of a step that is one transaction."""
    if step.kind == "sample":
        if (statement := _sample(step, sample_rows)) is not None:
            yield statement
    elif step.kind == "neutralise":
        for neutralisation in manifest.neutralise:
            yield _where_it_exists(neutralisation.table, neutralisation.columns, neutralisation.run)
    elif step.kind == "except":
        yield _except(step.target)
    else:
        yield sql.SQL("REFRESH MATERIALIZED VIEW {}").format(identifier(step.target))


def _where_it_exists(table: str, columns: tuple[str, ...], statement: str) -> sql.Composed:
    """Run a statement where its table and columns are there."""
    body = sql.SQL(
        "BEGIN IF to_regclass({table}) IS NOT NULL AND (SELECT count(*) FROM pg_attribute WHERE attrelid ="
        " to_regclass({table}) AND attname = ANY ({columns}) AND NOT attisdropped) = {count}"
        " THEN EXECUTE {run}; END IF; END"
    ).format(
        table=sql.Literal(table if "." in table else f"public.{table}"),
        columns=sql.SQL("ARRAY[{}]::text[]").format(sql.SQL(", ").join(map(sql.Literal, columns))),
        count=sql.Literal(len(columns)),
        run=sql.Literal(statement),
    )
    return sql.SQL("DO {}").format(sql.Literal(body.as_string(None)))


def _sample(step: Step, rows: int) -> sql.Composed | None:
    """Keep the marks of some originals; of a small table, of all."""
    if step.listed.empty:
        return None
    pairs = [
        sql.SQL("({}, {}::text)").format(sql.Literal(kind), sql.Identifier(name))
        for name, how in masked_columns(step.target, step.listed).items()
        if (kind := evidence(how)) is not None and how.when is None
    ]
    if not pairs:
        return None
    some = sql.SQL("")
    if step.target.estimated_rows > 2 * rows:
        percent = max(100.0 * rows / step.target.estimated_rows, 0.0001)
        some = sql.SQL("TABLESAMPLE SYSTEM ({}) REPEATABLE (1)").format(sql.Literal(percent))
    return sql.SQL(
        "INSERT INTO ops_masking.sample SELECT DISTINCT ops_masking.hash(mark) FROM ("
        "SELECT DISTINCT original.kind, original.value"
        " FROM (SELECT * FROM ONLY {table} {some} LIMIT {rows}) AS t"
        " CROSS JOIN LATERAL (VALUES {pairs}) AS original (kind, value) WHERE original.value <> '') AS o,"
        " ops_masking.evidence(kind, value) AS mark ON CONFLICT DO NOTHING"
    ).format(
        table=identifier(step.target),
        some=some,
        rows=sql.Literal(rows * 4),
        pairs=sql.SQL(", ").join(pairs),
    )


def _except(relation: Relation) -> sql.Composed:
    """Forget the words that everybody uses, such as the name of a state; numbers and addresses are kept."""
    columns = [column.name for column in relation.columns.values() if column.must_be_listed]
    return sql.SQL(
        "DELETE FROM ops_masking.sample WHERE hash IN (SELECT ops_masking.hash(mark) FROM ONLY {}"
        " CROSS JOIN LATERAL unnest(ARRAY[{}]::text[]) AS everybody, ops_masking.marks(everybody) AS mark"
        " WHERE mark ~ '^[wb]:\\D+$')"
    ).format(
        identifier(relation),
        sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(c)) for c in columns),
    )


def plan_batches(connection: psycopg.Connection, number: int, step: Step, batch_rows: int) -> None:
    """Record the ranges of a step, each with as many rows as one transaction may change."""
    relation = step.target
    if step.kind == "empty" and not relation.referenced_by:
        pass
    elif step.kind == "rebuild":
        connection.execute(
            sql.SQL("CREATE TABLE {} (LIKE {} INCLUDING ALL)").format(
                _replacement(relation), identifier(relation)
            )
        )
        connection.execute(
            "INSERT INTO ops_masking.batch (step, number, lower, upper)"
            " SELECT %(step)s, first / %(pages)s, first, first + %(pages)s"
            " FROM generate_series(0, %(last)s, %(pages)s) AS first",
            {"step": number, "pages": PAGES_PER_BATCH, "last": relation.pages},
        )
    else:
        key = sql.Identifier(relation.key or "")
        connection.execute(
            sql.SQL(
                "INSERT INTO ops_masking.batch (step, number, lower, upper)"
                " SELECT {step}, row_number() OVER (ORDER BY k) - 1, k, lead(k) OVER (ORDER BY k) FROM ("
                " SELECT {key}::bigint AS k, row_number() OVER (ORDER BY {key}) AS n FROM ONLY {table}) AS t"
                " WHERE n % {rows} = 1 OR {rows} = 1"
            ).format(
                step=sql.Literal(number),
                key=key,
                table=identifier(relation),
                rows=sql.Literal(batch_rows),
            )
        )
    connection.execute(
        "UPDATE ops_masking.step SET planned_at = clock_timestamp() WHERE number = %s", (number,)
    )


def batch(step: Step) -> sql.Composed:
    """Give the statement that does one range, from %(lower)s to before %(upper)s."""
    relation, table = step.target, step.listed
    expressions = {
        name: masked(
            relation.columns[name],
            how,
            subject=_subject(relation, how.by),
            unique=name in relation.unique,
        )
        for name, how in masked_columns(relation, table).items()
    }
    if step.kind == "rebuild":
        names = [name for name, column in relation.columns.items() if not column.generated]
        return sql.SQL(
            "INSERT INTO {replacement} ({names}) OVERRIDING SYSTEM VALUE SELECT {values} FROM ONLY {table}"
            " WHERE ctid >= format('(%%s,0)', %(lower)s::bigint)::tid"
            " AND ctid < format('(%%s,0)', %(upper)s::bigint)::tid"
        ).format(
            replacement=_replacement(relation),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            values=sql.SQL(", ").join(
                _escaped(expressions.get(name, sql.Identifier(name))) for name in names
            ),
            table=identifier(relation),
        )
    where = sql.SQL("{key} >= %(lower)s AND (%(upper)s::bigint IS NULL OR {key} < %(upper)s)").format(
        key=sql.Identifier(relation.key or "")
    )
    if step.kind == "empty":
        return sql.SQL("DELETE FROM ONLY {} WHERE {}").format(identifier(relation), where)
    return sql.SQL("UPDATE ONLY {} SET {} WHERE {}").format(
        identifier(relation),
        sql.SQL(", ").join(
            sql.SQL("{} = {}").format(sql.Identifier(name), _escaped(expression))
            for name, expression in expressions.items()
        ),
        where,
    )


def _escaped(expression: sql.Composable) -> sql.SQL:
    """Double the percent signs: the statement has parameters."""
    return sql.SQL(cast("LiteralString", expression.as_string(None).replace("%", "%%")))


def _subject(relation: Relation, by: str | None) -> str:
    """Say whose dates move together: employee_id of any table is the id of hr_employee."""
    if by is None or by == relation.key:
        return relation.listed_as
    return "hr_employee" if by == "employee_id" else by


def finish(connection: psycopg.Connection, step: Step) -> None:
    """Do what follows the last batch, in the transaction that ends the step."""
    relation = step.target
    if step.kind == "empty" and not relation.referenced_by:
        connection.execute(sql.SQL("TRUNCATE ONLY {}").format(identifier(relation)))
    if step.kind == "rebuild":
        _swap(connection, relation)


def _swap(connection: psycopg.Connection, relation: Relation) -> None:
    """Put the masked table where the original was, with its owner and rights, and drop the original."""
    row = connection.execute(
        "SELECT pg_get_userbyid(relowner), pg_get_expr(relpartbound, oid), inhparent::regclass::text,"
        " (SELECT array_agg(format('GRANT %%s ON %%%%s TO %%s', privilege_type,"
        " CASE grantee WHEN 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END))"
        " FROM aclexplode(relacl) WHERE grantee <> relowner)"
        " FROM pg_class LEFT JOIN pg_inherits ON inhrelid = oid WHERE oid = %s",
        (relation.oid,),
    ).fetchone()
    if row is None:
        raise OperatorError(f"{relation.full_name} is gone: somebody else changes this copy")
    owner, bound, whole, grants = row
    name, new = identifier(relation), _replacement(relation)

    def raw(text: str) -> sql.SQL:
        return sql.SQL(cast("LiteralString", text))

    if whole is not None:
        connection.execute(sql.SQL("ALTER TABLE {} DETACH PARTITION {}").format(raw(whole), name))
    connection.execute(sql.SQL("DROP TABLE {}").format(name))
    connection.execute(sql.SQL("ALTER TABLE {} RENAME TO {}").format(new, sql.Identifier(relation.name)))
    moved = sql.Identifier(OWN_SCHEMA, relation.name)
    connection.execute(sql.SQL("ALTER TABLE {} SET SCHEMA {}").format(moved, sql.Identifier(relation.schema)))
    connection.execute(sql.SQL("ALTER TABLE {} OWNER TO {}").format(name, sql.Identifier(owner)))
    for grant in grants or ():
        connection.execute(raw(grant % name.as_string(None)))
    if whole is not None:
        attach = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} {}")
        connection.execute(attach.format(raw(whole), name, raw(bound)))


def triggers(relation: Relation, *, on: bool) -> Iterator[sql.Composed]:
    """Switch the triggers of a table off or as they were."""
    for name, enabled in relation.triggers:
        verb = "DISABLE" if not on else "ENABLE ALWAYS" if enabled == "A" else "ENABLE"
        yield sql.SQL("ALTER TABLE {} {} TRIGGER {}").format(
            identifier(relation),
            sql.SQL(verb),
            sql.Identifier(name),
        )


def cleaning(connection: psycopg.Connection, step: Step) -> Iterator[sql.Composed]:
    """Take away what masking leaves: old versions of rows, and statistics with values in clear."""
    relation = step.target
    current = connection.execute(
        "SELECT oid FROM pg_class WHERE oid = to_regclass(%s)", (identifier(relation).as_string(None),)
    ).fetchone()
    connection.commit()
    same_table = current is not None and current[0] == relation.oid
    name = identifier(relation)
    if relation.kind == "r" and same_table:
        yield sql.SQL("VACUUM (FULL) {}").format(name)
    if step.table is not None and step.table.empty:
        # ANALYZE leaves the statistics of a table without rows alone; setting a column's type drops them.
        types = connection.execute(
            "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
            " WHERE attrelid = %s AND attnum > 0 AND NOT attisdropped AND attgenerated = ''",
            (relation.oid,),
        ).fetchall()
        connection.commit()
        for column, kind in types:
            yield sql.SQL("ALTER TABLE {} ALTER COLUMN {} TYPE {}").format(
                name, sql.Identifier(column), sql.SQL(cast("LiteralString", kind))
            )
    else:
        yield sql.SQL("ANALYZE {}").format(name)
