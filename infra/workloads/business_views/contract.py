"""The contract between the ERP and its dashboards (`views.yaml`), and the SQL that tells PostgreSQL of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

ROOM: Final = Path(__file__).parent
FILE: Final = ROOM / "views.yaml"
SCRIPT: Final = "business_views.sh"

Identifier = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,62}$")]
Family = Literal["integer", "number", "text", "date", "timestamp"]
"""Kinds of types that a view can work with; `bi.sql` lists the types of each."""
ColumnType = Literal["integer", "bigint", "numeric", "text", "boolean", "date", "timestamp with time zone"]
Meaning = Annotated[str, StringConstraints(min_length=3, max_length=200)]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Column(_Part):
    """A column of a view."""

    type: ColumnType
    meaning: Meaning
    unit: Literal["deliveries", "trips", "invoices", "minutes", "currency"] | None = None
    """`currency`: the amount is in the currency that the row names."""


class View(_Part):
    """A view of schema `bi`."""

    meaning: Meaning
    reads: tuple[Identifier, ...]
    """Tables, of whose columns it may read those that the contract names."""
    columns: dict[Identifier, Column] = Field(min_length=1)


class FiscalYear(_Part):
    """When a fiscal year begins: with the first day of a month."""

    month: int = Field(ge=1, le=12)
    day: Literal[1]


class Contract(_Part):
    """What the views show, and what they read of the ERP."""

    time_zone: Literal["Asia/Kolkata"]
    fiscal_year_begins: FiscalYear
    reads: dict[Identifier, dict[Identifier, Family]]
    views: dict[Identifier, View]

    @model_validator(mode="after")
    def tables_are_known(self) -> Self:
        """Raise ValueError where a view reads a table that the contract does not name, or none reads one."""
        read = {table for view in self.views.values() for table in view.reads}
        if read != set(self.reads):
            raise ValueError(f"tables read and tables named differ: {sorted(read ^ set(self.reads))}")
        return self

    def sql(self) -> str:
        """Give `contract.sql`: temporary tables that `bi.sql` compares the database with."""
        wanted = [
            (name, table, column, family)
            for name, view in self.views.items()
            for table in view.reads
            for column, family in self.reads[table].items()
        ]
        shown = [
            (name, position, column, facts.type)
            for name, view in self.views.items()
            for position, (column, facts) in enumerate(view.columns.items(), start=1)
        ]
        meanings: list[tuple[str, str | None, str]] = []
        for name, view in self.views.items():
            meanings.append((name, None, view.meaning))
            meanings += [(name, column, facts.meaning) for column, facts in view.columns.items()]
        return "\n".join(
            (
                f"\\set time_zone {self.time_zone}",
                f"\\set fiscal_offset '{self.fiscal_year_begins.month - 1} months'",
                _table("wanted", "view_name text, table_name text, column_name text, family text", wanted),
                _table("shown", "view_name text, position integer, column_name text, type text", shown),
                _table("meanings", "view_name text, column_name text, meaning text", meanings),
            )
        )


def load() -> Contract:
    """Read the contract. Raises ValidationError, a ValueError, where the file breaks its form."""
    return Contract.model_validate(yaml.safe_load(FILE.read_text(encoding="utf-8")))


def scripts() -> dict[str, str]:
    """Give what the job runs, by file name."""
    files = {path.name: path.read_text(encoding="utf-8") for path in (ROOM / SCRIPT, ROOM / "bi.sql")}
    return {**files, "contract.sql": load().sql()}


def _table(name: str, columns: str, rows: Iterable[tuple[str | int | None, ...]]) -> str:
    values = ",\n    ".join(f"({', '.join(_literal(value) for value in row)})" for row in rows)
    return (
        f"CREATE TEMPORARY TABLE {name} ({columns}) ON COMMIT DROP;\n"
        f"INSERT INTO {name} VALUES\n    {values};\n"
    )


def _literal(value: str | int | None) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value)
    return "'" + value.replace("'", "''") + "'"
