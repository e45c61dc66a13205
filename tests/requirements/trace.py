"""Read the requirement rows and the tests that prove them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

ROOT: Final = Path(__file__).resolve().parents[2]
ROWS_FILE: Final = ROOT / "docs" / "requirements.yaml"
MARKER: Final = "requirement"


@dataclass(frozen=True, slots=True)
class Row:
    """One requirement: `must` is what has to be true in `stacks`."""

    id: str
    area: str
    seed: str
    stacks: tuple[str, ...]
    must: str
    note: str | None


@dataclass(frozen=True, slots=True)
class Mark:
    """One test that says it proves a row."""

    row_id: str
    test: str
    """`path::function`, or `path` for a mark on a whole module."""


def rows() -> list[Row]:
    """All rows in the order of their file. Raises ValueError when an id repeats."""
    found = [
        Row(
            id=row["id"],
            area=area,
            seed=str(row["seed"]),
            stacks=tuple(row["stacks"]),
            must=row["must"],
            note=row.get("note"),
        )
        for area, entries in yaml.safe_load(ROWS_FILE.read_text(encoding="utf-8")).items()
        for row in entries
    ]
    ids = [row.id for row in found]
    repeated = sorted({row_id for row_id in ids if ids.count(row_id) > 1})
    if repeated:
        raise ValueError(f"docs/requirements.yaml: {', '.join(repeated)} stands twice")
    return found


def marks(tests: Path = ROOT / "tests") -> list[Mark]:
    """All marks in the test files, read from their source so that no test has to run."""
    found: list[Mark] = []
    for path in sorted(tests.rglob("test_*.py")):
        found.extend(_marks_in(path))
    return found


def _marks_in(path: Path) -> Iterator[Mark]:
    place = path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            for decorator in node.decorator_list:
                for row_id in _ids(decorator):
                    yield Mark(row_id, f"{place}::{node.name}")
        elif isinstance(node, ast.Assign) and any(
            isinstance(target, ast.Name) and target.id == "pytestmark" for target in node.targets
        ):
            for call in ast.walk(node.value):
                for row_id in _ids(call):
                    yield Mark(row_id, place)
        elif isinstance(node, ast.Call) and _is_param(node):
            for keyword in node.keywords:
                for call in ast.walk(keyword.value) if keyword.arg == "marks" else ():
                    for row_id in _ids(call):
                        yield Mark(row_id, place)


def _is_param(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Attribute) and call.func.attr == "param"


def _ids(node: ast.AST) -> list[str]:
    """Give the ids of a `pytest.mark.requirement(...)` call; empty for anything else."""
    if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == MARKER):
        return []
    return [
        argument.value
        for argument in node.args
        if isinstance(argument, ast.Constant) and isinstance(argument.value, str)
    ]
