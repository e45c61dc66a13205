"""The manifest: which columns hold personal data, how each is masked, and which are safe and why."""

from __future__ import annotations

import hashlib
import json
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Annotated, Any, Final, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from ops.errors import OperatorError

MANIFEST: Final = Path(__file__).with_name("manifest.yaml")
"""What `run` and `verify` read unless told otherwise."""

Masker = Literal[
    "account",
    "city",
    "code",
    "constant",
    "date",
    "email",
    "empty_bytes",
    "html",
    "json",
    "latitude",
    "login",
    "longitude",
    "name",
    "null",
    "phone",
    "plate",
    "street",
    "tax_id",
    "text",
    "token",
    "url",
    "vehicle",
    "zip",
]
Detector = Literal["aadhaar", "email", "gstin", "pan", "phone"]
Name = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*$")]
TableName = Annotated[str, Field(pattern=r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*)?$")]
TablePattern = Annotated[str, Field(pattern=r"^[a-z0-9_*?.]+$")]


class Strict(BaseModel):
    """No key that is not meant."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class MaskedColumn(Strict):
    """How a column is masked; a plain word in the file stands for `as` alone."""

    mask: Masker = Field(alias="as", description="The masker; docs/masking.md says what each makes")
    module: Name | None = Field(
        default=None, description="The Odoo module that adds the column: it may be absent"
    )
    when: str | None = Field(
        default=None, description="SQL condition on the row; other rows keep their value", min_length=3
    )
    keep: tuple[str, ...] = Field(default=(), description="Values of the software itself, which stay")
    value: str | None = Field(default=None, description="What `constant` writes")
    by: Name | None = Field(
        default=None, description="Column whose value decides how far dates or positions move"
    )
    reason: str | None = Field(default=None, description="Why so, where it is not plain")

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if (self.mask == "constant") != (self.value is not None):
            raise ValueError("`value` belongs to masker constant, and to no other")
        if (self.mask in {"date", "latitude", "longitude"}) != (self.by is not None):
            raise ValueError("`by` belongs to maskers date, latitude and longitude, and to no other")
        return self


class Table(Strict):
    """A table with personal data."""

    holds: str = Field(min_length=3, description="Whose data of which kind")
    empty: bool = Field(default=False, description="All rows go")
    mask: dict[Name, MaskedColumn] = Field(default_factory=dict)
    safe: dict[Name, str] = Field(default_factory=dict, description="Columns that stay, each with its reason")
    allows: tuple[Detector, ...] = Field(
        default=(), description="Patterns that its safe columns may hold by their nature"
    )

    @field_validator("mask", mode="before")
    @classmethod
    def _words(cls, value: object) -> object:
        if not isinstance(value, dict):
            return value
        return {key: {"as": how} if isinstance(how, str) else how for key, how in value.items()}

    @model_validator(mode="after")
    def _once(self) -> Self:
        if both := sorted(self.mask.keys() & self.safe.keys()):
            raise ValueError(f"{', '.join(both)}: both masked and safe")
        if self.empty and (self.mask or self.safe):
            raise ValueError("an emptied table has no columns to list")
        if not self.empty and not self.mask and not self.safe:
            raise ValueError("lists no column; empty: true takes the rows away")
        return self


class Safe(Strict):
    """Columns without personal data, by patterns."""

    tables: tuple[TablePattern, ...] = Field(min_length=1)
    columns: tuple[TablePattern, ...] = Field(min_length=1)
    reason: str = Field(min_length=10)
    allows: tuple[Detector, ...] = Field(default=())
    reference: bool = Field(
        default=False, description="Its words are everybody's: `verify` does not look for them elsewhere"
    )

    def covers(self, table: str, column: str, *, by_name: bool) -> bool:
        """Say whether it speaks of a column; `by_name` when a bare star is not enough."""
        named = any(fnmatchcase(table, pattern) for pattern in self.tables)
        patterns = [pattern for pattern in self.columns if not (by_name and pattern == "*")]
        return named and any(fnmatchcase(column, pattern) for pattern in patterns)


class Neutralisation(Strict):
    """A statement that keeps the copy from acting on the world."""

    what: str = Field(min_length=5)
    table: TableName
    columns: tuple[Name, ...] = Field(default=(), description="It runs where these exist")
    run: str = Field(min_length=10, description="One idempotent SQL statement")


class Manifest(Strict):
    """The whole file."""

    version: Literal[1]
    production_hosts: tuple[str, ...] = Field(
        min_length=1, description="Patterns of hosts that are never masked, whatever they say of themselves"
    )
    telling_names: tuple[str, ...] = Field(
        description="Regular expressions: a column with such a name is listed, whatever its type"
    )
    allowed_email_domains: tuple[str, ...] = Field(default=())
    tables: dict[TableName, Table] = Field(min_length=1)
    safe: tuple[Safe, ...]
    neutralise: tuple[Neutralisation, ...] = Field(default=())

    @field_validator("telling_names")
    @classmethod
    def _expressions(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        for expression in value:
            try:
                re.compile(expression)
            except re.error as error:
                raise ValueError(f"{expression!r} is no regular expression: {error}") from error
        return value

    @property
    def digest(self) -> str:
        """Tell manifests apart."""
        return hashlib.sha256(self.model_dump_json(by_alias=True).encode()).hexdigest()

    def safe_entry(self, table: str, column: str) -> Safe | None:
        """Give the first pattern that declares a column safe.

        Columns that users added (x_…) and those with a telling name are covered by no bare star.
        """
        by_name = column.startswith("x_") or self.telling(column)
        return next((entry for entry in self.safe if entry.covers(table, column, by_name=by_name)), None)

    def telling(self, column: str) -> bool:
        """Say whether a name alone is reason to list the column."""
        return any(re.search(expression, column) for expression in self.telling_names)


class _Loader(yaml.SafeLoader):
    """A key that is there twice is a mistake, not a choice."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:  # noqa: FBT001, FBT002
        """Refuse the second."""
        seen: set[str] = set()
        for key, _ in node.value:
            if key.value in seen:
                raise yaml.constructor.ConstructorError(
                    None, None, f"{key.value} is listed twice", key.start_mark
                )
            seen.add(key.value)
        return super().construct_mapping(node, deep)


def load(path: Path = MANIFEST) -> Manifest:
    """Read a manifest; raises `OperatorError` with a line for each mistake."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=_Loader)  # noqa: S506  (a SafeLoader)
    except FileNotFoundError:
        raise OperatorError(f"{path}: there is no such manifest") from None
    except (OSError, UnicodeDecodeError) as error:
        raise OperatorError(f"{path}: cannot be read: {error}") from None
    except yaml.MarkedYAMLError as error:
        line = f":{error.problem_mark.line + 1}" if error.problem_mark else ""
        raise OperatorError(f"{path}{line}: {error.problem}") from None
    try:
        return Manifest.model_validate(document)
    except ValidationError as error:
        raise OperatorError("\n".join(f"{path}: {line}" for line in _mistakes(error))) from None


def schema() -> str:
    """Give the JSON schema of the file, for editors."""
    document = Manifest.model_json_schema(by_alias=True)
    masked = document["$defs"]["Table"]["properties"]["mask"]
    either = [document["$defs"]["MaskedColumn"]["properties"]["as"], {"$ref": "#/$defs/MaskedColumn"}]
    masked["patternProperties"] = {pattern: {"anyOf": either} for pattern in masked["patternProperties"]}
    return json.dumps(document, indent=2, sort_keys=True) + "\n"


def _mistakes(error: ValidationError) -> list[str]:
    lines: list[str] = []
    for mistake in error.errors(include_url=False):
        where = ".".join(str(part) for part in mistake["loc"] if part != "[key]") or "the file"
        message = mistake["msg"].removeprefix("Value error, ")
        if mistake["type"] in {"literal_error", "string_pattern_mismatch", "enum"}:
            message = f"{mistake['input']!r}: {message}"
        if mistake["type"] == "extra_forbidden":
            message = "no such key"
        lines.append(f"{where}: {message}")
    return lines
