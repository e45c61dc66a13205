"""The proof: nothing unlisted, nothing of the originals anywhere, no personal data by its pattern."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import Final

import psycopg
from psycopg import sql

from ops.errors import OperatorError

from .catalog import Relation, read_catalog
from .functions import install
from .manifest import Manifest
from .plan import unlisted
from .run import MaskingRun
from .statements import identifier

PAGES_AT_ONCE: Final = 1_024
"""Eight megabytes of a table, and what its rows keep elsewhere."""

ORIGINAL: Final = "original"
"""What was sampled before masking is there."""

NOT_SEARCHED: Final = frozenset({"date", "uuid"})
"""They hold neither words nor numbers of anybody; a date is masked or safe, and no mark is taken of it."""

_MEANINGS: Final[Mapping[str, str]] = {
    ORIGINAL: "an original that was sampled before masking",
    "email": "an e-mail address of a real domain",
    "phone": "an Indian mobile number",
    "gstin": "a GSTIN with a right check digit",
    "pan": "a permanent account number",
    "aadhaar": "an Aadhaar number with a right check digit",
}


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Finding:
    """Something personal, without the thing itself."""

    place: str
    what: str
    rows: int = 0

    @property
    def line(self) -> str:
        """Say it to a person."""
        if self.what in _MEANINGS:
            return f"{self.place}: {self.rows:,} rows hold {_MEANINGS[self.what]}"
        return f"{self.place}: {self.what}"


@dataclass(slots=True, kw_only=True)
class Verification:
    """What was looked at and what was found."""

    columns: int = 0
    rows: int = 0
    marks: int = 0
    seconds: float = 0.0
    findings: list[Finding] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """Say whether the copy may be reached."""
        return not self.findings


def verify(session: MaskingRun) -> Verification:
    """Search a masked copy, and record when it was clean; raises `OperatorError` when it is not masked."""
    begun = time.monotonic()
    result = Verification()
    with session.session() as connection:
        _require_masked(connection, session)
        # A verdict of before is none while the search is under way.
        connection.execute("UPDATE ops_masking.run SET verified_at = NULL")
        install(connection, session.manifest)
        connection.commit()
        relations = read_catalog(connection)
        row = connection.execute("SELECT count(*) FROM ops_masking.sample").fetchone()
        result.marks = row[0] if row is not None else 0
        result.findings += [
            Finding(place=place, what=what.strip())
            for place, _, what in (line.partition(":") for line in unlisted(session.manifest, relations))
        ]
        result.findings += _leftovers(connection)
        connection.commit()
        _search(session, connection, relations, result)
        result.findings.sort()
        if result.passed:
            connection.execute("UPDATE ops_masking.run SET verified_at = clock_timestamp()")
            connection.commit()
    result.seconds = time.monotonic() - begun
    return result


def _require_masked(connection: psycopg.Connection, session: MaskingRun) -> None:
    session.require_copy(connection)
    exists = connection.execute("SELECT to_regclass('ops_masking.run') IS NOT NULL").fetchone()
    row = None
    if exists is not None and exists[0]:
        row = connection.execute("SELECT key_check, finished_at FROM ops_masking.run").fetchone()
    if row is None or row[1] is None:
        raise OperatorError("this copy is not masked to the end: `python -m ops masking run` first")
    if row[0] != session.key.check:
        raise OperatorError("this copy was masked with another key: originals are known by that key only")


def _leftovers(connection: psycopg.Connection) -> Iterator[Finding]:
    """Find what no scan of tables reaches."""
    row = connection.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone()
    if row is not None and row[0]:
        yield Finding(place="pg_largeobject", what=f"{row[0]:,} large objects, which nobody masks")
    for (name,) in connection.execute(
        "SELECT relname FROM pg_class WHERE relnamespace = 'ops_masking'::regnamespace AND relkind = 'r'"
        " AND relname LIKE 'masked\\_%'"
    ).fetchall():
        yield Finding(place=f"ops_masking.{name}", what="is left of a step that did not end")


def _search(
    session: MaskingRun,
    connection: psycopg.Connection,
    relations: Mapping[int, Relation],
    result: Verification,
) -> None:
    found: Counter[tuple[str, str]] = Counter()
    lock = Lock()
    idle = [session.session() for _ in range(session.options.jobs)]

    def look(relation: Relation, names: list[str], first: int) -> None:
        with lock:
            worker = idle.pop()
        try:
            rows = worker.execute(
                _search_statement(relation, names),
                {"first": first, "last": first + PAGES_AT_ONCE},
            ).fetchall()
            worker.commit()
        finally:
            with lock:
                idle.append(worker)
        with lock:
            for number, what, count in rows:
                if number is None:
                    result.rows += int(count)
                elif not is_allowed(session.manifest, relation, names[number], what):
                    found[f"{relation.listed_as}.{names[number]}", what] += int(count)

    try:
        with ThreadPoolExecutor(session.options.jobs) as pool:
            for relation in relations.values():
                if not relation.holds_rows:
                    continue
                names = [
                    column.name
                    for column in relation.columns.values()
                    if column.must_be_listed and column.type not in NOT_SEARCHED
                ]
                if not names:
                    continue
                result.columns += len(names)
                pages = range(0, _pages(connection, relation), PAGES_AT_ONCE)
                for _ in pool.map(lambda first, r=relation, n=names: look(r, n, first), pages):
                    pass
                session.progress(f"searched   {relation.full_name}")
    finally:
        for worker in idle:
            worker.close()
    found.update(_statistics(connection, session))
    result.findings += [Finding(place=place, what=what, rows=rows) for (place, what), rows in found.items()]


def _pages(connection: psycopg.Connection, relation: Relation) -> int:
    row = connection.execute(
        "SELECT pg_relation_size(%s::oid) / current_setting('block_size')::bigint", (relation.oid,)
    ).fetchone()
    connection.commit()
    return int(row[0]) if row is not None else 0


def _search_statement(relation: Relation, names: list[str]) -> sql.Composed:
    """Count the rows of each column that hold a mark or a pattern; equal values are looked at once."""
    values = sql.SQL(", ").join(
        sql.SQL("({}, {})").format(sql.Literal(number), as_text(relation.columns[name].type, name))
        for number, name in enumerate(names)
    )
    return sql.SQL(
        "WITH t AS NOT MATERIALIZED (SELECT * FROM ONLY {table}"
        " WHERE ctid >= format('(%%s,0)', %(first)s::bigint)::tid"
        " AND ctid < format('(%%s,0)', %(last)s::bigint)::tid),"
        " given AS MATERIALIZED (SELECT c.number, c.value, count(*) AS rows FROM t"
        " CROSS JOIN LATERAL (VALUES {values}) AS c (number, value)"
        " WHERE c.value <> '' GROUP BY c.number, c.value)"
        " SELECT number, {original}, sum(rows) FROM given"
        " WHERE EXISTS (SELECT FROM ops_masking.marks(value) AS mark"
        " JOIN ops_masking.sample ON hash = ops_masking.hash(mark)) GROUP BY number"
        " UNION ALL SELECT number, pattern, sum(rows)"
        " FROM given, ops_masking.detect(value) AS pattern GROUP BY 1, 2"
        " UNION ALL SELECT NULL, NULL, count(*) FROM t"
    ).format(table=identifier(relation), values=values, original=sql.Literal(ORIGINAL))


def as_text(kind: str, name: str) -> sql.Composed:
    """Give a column of a type as the text that is searched."""
    column = sql.Identifier(name)
    if kind == "bytea":
        return sql.SQL("encode({}, 'escape')").format(column)
    if kind == "json":
        # Letters may be written as \u0905 there; jsonb writes them as they are.
        return sql.SQL("{}::jsonb::text").format(column)
    return sql.SQL("{}::text").format(column)


def _statistics(connection: psycopg.Connection, session: MaskingRun) -> Counter[tuple[str, str]]:
    """Search what the planner keeps of the values of each column: it shows them in clear."""
    rows = connection.execute(
        "WITH given AS MATERIALIZED (SELECT schemaname, tablename, attname,"
        " concat_ws(' ', most_common_vals::text, histogram_bounds::text, most_common_elems::text) AS value"
        " FROM pg_stats WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'ops_masking'))"
        " SELECT schemaname, tablename, attname, 'original' FROM given WHERE EXISTS (SELECT FROM"
        " regexp_split_to_table(value, '[{},]') AS part, ops_masking.marks(part) AS mark"
        " JOIN ops_masking.sample ON hash = ops_masking.hash(mark))"
    ).fetchall()
    connection.commit()
    found: Counter[tuple[str, str]] = Counter()
    for schema, table, column, what in rows:
        name = table if schema == "public" else f"{schema}.{table}"
        found[f"{name}.{column} (planner statistics)", what] += 1
    return found


def is_allowed(manifest: Manifest, relation: Relation, column: str, what: str) -> bool:
    """Say whether a safe column may hold a pattern by its nature; an original is allowed nowhere."""
    table = manifest.tables.get(relation.listed_as)
    if table is not None and column in table.safe:
        return what in table.allows
    if table is not None and column in table.mask:
        return False
    entry = manifest.safe_entry(relation.listed_as, column)
    return entry is not None and what in entry.allows
