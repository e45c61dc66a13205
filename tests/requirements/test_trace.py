"""The trace itself: no row is missing, no mark names a row that does not exist."""

from __future__ import annotations

from pathlib import Path

import pytest

from .trace import marks, rows

FOUNDATION = (
    {row.id for row in rows() if row.area in {"network", "compute_and_storage"}}
    - {
        # Pods, their egress rules, probes and scaling belong to the workloads inside the cluster.
        "AUTO-01",
        "NET-08",
    }
    | {f"SEC-0{number}" for number in range(2, 9)}
    | {"ISO-01", "ISO-02", "ISO-03", "POL-01", "POL-02", "POL-03", "CARD-01", "CARD-02", "DATA-01"}
)
"""Rows that the AWS layers answer for."""


def test_every_mark_names_a_row() -> None:
    known = {row.id for row in rows()}
    assert [mark for mark in marks() if mark.row_id not in known] == []


def test_rows_of_the_aws_layers_are_proven() -> None:
    assert sorted(FOUNDATION - {mark.row_id for mark in marks()}) == []


def test_marks_are_found_wherever_pytest_finds_them(tmp_path: Path) -> None:
    (tmp_path / "test_sample.py").write_text(
        "import pytest\n"
        "pytestmark = [pytest.mark.requirement('A-1')]\n"
        "@pytest.mark.requirement('A-2', 'A-3')\n"
        "def test_one(): ...\n"
        "@pytest.mark.parametrize('x', [pytest.param(1, marks=pytest.mark.requirement('A-4'))])\n"
        "def test_two(x): ...\n"
    )
    assert {(mark.row_id, mark.test) for mark in marks(tmp_path)} == {
        ("A-1", "test_sample.py"),
        ("A-2", "test_sample.py::test_one"),
        ("A-3", "test_sample.py::test_one"),
        ("A-4", "test_sample.py"),
    }


def test_rows_are_complete() -> None:
    for row in rows():
        assert row.must
        assert row.stacks
        assert row.seed


def test_a_repeated_id_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    twice = tmp_path / "requirements.yaml"
    row = "  - {id: X-1, seed: 1, stacks: [all], must: one}\n"
    twice.write_text(f"a:\n{row}{row}")
    monkeypatch.setattr("tests.requirements.trace.ROWS_FILE", twice)
    with pytest.raises(ValueError, match="X-1 stands twice"):
        rows()
