"""The sources of evidence of a real stack, without a gap where a test puts in what is still missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from typing import Any

import pytest

from ops.evidence.build import Sources
from ops.evidence.controls import read_controls
from ops.records import Record
from policies.framework.levels import read_awaited
from policies.framework.pack import POLICIES
from preview.judgement import judge
from tests.conftest import rendering_of
from tests.requirements.trace import marks, rows

TODAY = date(2026, 11, 25)
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def record(kind: str, environment: str, *, ended: datetime = NOON, hours: float = 1, **more: Any) -> Record:
    return Record.model_validate(
        {
            "kind": kind,
            "environment": environment,
            "started_at": ended - timedelta(hours=hours),
            "finished_at": ended,
            "by": "somebody",
            "result": "passed",
            **more,
        }
    )


RECORDS = (
    record(
        "refresh",
        "prod",
        hours=5,
        steps=[
            {"name": name, "result": "passed"}
            for name in ("Snapshot production", "Neutralise and mask", "Verify", "It is shared")
        ],
    ),
    record("masking", "staging", figures={"rows": 200_000}),
    record("restore-test", "prod"),
    record("drill", "dr"),
    record("penetration-test", "prod"),
)


@cache
def sources_of(stack: str) -> Sources:
    graph = rendering_of(stack).graph
    tests: dict[str, tuple[str, ...]] = {}
    for mark in marks():
        tests[mark.row_id] = (*tests.get(mark.row_id, ()), mark.test)
    return Sources(
        today=TODAY,
        graph=graph,
        judgement=judge(graph, environment=stack, today=TODAY),
        awaited=read_awaited(POLICIES),
        rows=rows(),
        tests=tests,
        records=RECORDS,
        controls=read_controls(),
    )


@pytest.fixture(scope="session")
def real() -> Callable[[str], Sources]:
    """Give `real("prod")`: everything as it is in this checkout, with records of what must be done."""
    return sources_of


@pytest.fixture(scope="session")
def whole() -> Sources:
    """Production with every row proven, nothing awaited, and logs asked for only as long as they are kept."""
    found = sources_of("prod")
    return replace(
        found,
        awaited={},
        tests={row.id: found.tests.get(row.id, ("tests/test_x.py::test_x",)) for row in found.rows},
        controls=[
            control.model_copy(update={"log_days": 90 if control.log_days else None})
            for control in found.controls
        ],
    )
