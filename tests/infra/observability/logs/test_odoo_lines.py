"""Patterns for Odoo's lines, tried on what Odoo writes.

Fluent Bit reads patterns as Ruby does. They are tried in Oniguruma, with Ruby's syntax, where that is
installed, and in Python's own dialect everywhere: there a named group is `(?P<…>`, a dot that matches line
ends is `(?s:.)`, and `^` and `$` are told to be about lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from infra.observability.logs import pipeline

from .configuration import sections
from .odoo_lines import EVENTS, NO_DATABASE, REQUEST, START, TRACEBACK, WARNING
from .ruby_regex import LIBRARY, RubyRegex

Match = Callable[..., "dict[str, str] | None"]
FIELDS = ("pid", "level", "db", "logger", "message")


def in_python(pattern: str) -> Match:
    """Compile a pattern in Python's dialect."""
    dialect = (
        pattern.replace("(?<", "(?P<")
        .replace("(?P<!", "(?<!")
        .replace("(?P<=", "(?<=")
        .replace("(?m:", "(?s:")
    )
    regex = re.compile(dialect, re.MULTILINE)

    def match(text: str, *names: str) -> dict[str, str] | None:
        found = regex.search(text)
        return None if found is None else {name: found[name] for name in names}

    return match


DIALECTS = [
    pytest.param(in_python, id="python"),
    pytest.param(
        lambda pattern: RubyRegex(pattern).groups,
        id="ruby",
        marks=pytest.mark.skipif(
            LIBRARY is None, reason="libonig is not installed (apt-get install libonig5): no Ruby syntax"
        ),
    ),
]
dialects = pytest.mark.parametrize("dialect", DIALECTS)


@dialects
@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (NO_DATABASE, ("1", "INFO", "?", "odoo", "Odoo version 18.0-20261109")),
        (START, ("17", "INFO", "tms", "odoo.modules.loading", "87 modules loaded in 1.92s, 0 queries")),
        (REQUEST, ("21", "INFO", "tms", "werkzeug", REQUEST.partition("werkzeug: ")[2])),
        (WARNING, ("21", "WARNING", "tms", "odoo.addons.base.models.ir_cron", "Skipping database tms: a: b")),
        (TRACEBACK, ("21", "ERROR", "tms", "odoo.http", TRACEBACK.partition("odoo.http: ")[2])),
    ],
    ids=["no-database", "start", "request", "warning", "traceback"],
)
def test_a_line_becomes_fields(dialect: Callable[[str], Match], line: str, fields: tuple[str, ...]) -> None:
    assert dialect(pipeline.ODOO_LINE)(line, *FIELDS) == dict(zip(FIELDS, fields, strict=True))


@dialects
@pytest.mark.parametrize(
    "line",
    ["Warn: Can't find .pfb for face 'Courier'", "2026-11-25 text without more", '{"level": "INFO"}', ""],
)
def test_what_is_no_line_of_odoo_stays_text(dialect: Callable[[str], Match], line: str) -> None:
    assert dialect(pipeline.ODOO_LINE)(line) is None


@dialects
def test_a_file_of_odoo_falls_into_its_events(dialect: Callable[[str], Match]) -> None:
    begins, goes_on = (dialect(pattern) for pattern in _rules())
    events: list[list[str]] = []
    for line in "\n".join(EVENTS).split("\n"):
        starts = begins(line) is not None
        # A line is one or the other: Fluent Bit tries what goes on before what begins.
        assert (goes_on(line) is None) is starts
        if starts:
            events.append([])
        events[-1].append(line)
    assert tuple("\n".join(event) for event in events) == EVENTS


def _rules() -> list[str]:
    """Give the patterns of the multiline parser: of a first line, and of those after it."""
    (parser,) = (each for each in sections(pipeline.parsers()) if each.name == "MULTILINE_PARSER")
    rules = [re.fullmatch(r'"(\w+)" "/(.*)/" "(\w+)"', rule) for rule in parser.all("rule")]
    states = [(rule[1], rule[3]) for rule in rules if rule]
    assert states == [("start_state", "more"), ("more", "more")]
    return [rule[2] for rule in rules if rule]


@dialects
@pytest.mark.parametrize(
    ("line", "fields"),
    [
        (
            "2026-11-25T03:14:15.123456789Z stderr F Traceback (most recent call last):",
            ("2026-11-25T03:14:15.123456789Z", "stderr", "F", "Traceback (most recent call last):"),
        ),
        ("2026-11-25T03:14:15.1+05:30 stdout P half", ("2026-11-25T03:14:15.1+05:30", "stdout", "P", "half")),
        ("2026-11-25T03:14:15.123456789Z stderr F ", ("2026-11-25T03:14:15.123456789Z", "stderr", "F", "")),
    ],
)
def test_lines_of_the_runtime_are_taken_apart(
    dialect: Callable[[str], Match], line: str, fields: tuple[str, ...]
) -> None:
    names = ("time", "stream", "_p", "log")
    assert dialect(pipeline.CRI_LINE)(line, *names) == dict(zip(names, fields, strict=True))
