"""The page: whatever a name or a record holds stays text, and nothing is hidden by it."""

from __future__ import annotations

import html
import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from ops.__main__ import main
from ops.errors import OperatorError
from ops.evidence import command
from ops.evidence.build import Sources, build
from ops.evidence.controls import read_controls
from ops.evidence.markdown import page, text
from tests.ops.evidence.conftest import RECORDS, record

HOSTILE = [
    "| forged | row |\n|---|---|\n| all | fine |",
    "<script>alert(1)</script><!-- ",
    "[click](javascript:alert(1)) ![x](http://example.com/x.png)",
    "`code` **bold** _it_ ~~gone~~ # Head",
    "https://example.com www.example.com mailto:x@example.com someone@example.com",
    "\u202egnp.exe \x00\x1b[31m",
    "\\| \\[a\\](b)",
    "&lt;b&gt; &#60;b&#62;",
    "$x$ - [ ] done",
]


def rendered(markdown: str) -> str:
    return MarkdownIt("gfm-like", {"linkify": False}).enable("table").render(markdown)


@pytest.mark.parametrize("hostile", HOSTILE)
def test_text_stays_text(hostile: str) -> None:
    made = rendered(f"| a | b |\n|---|---|\n| {text(hostile)} | z |\n")
    assert made.count("<tr>") == 2
    assert made.count("<td>") == 2
    assert set(re.findall(r"</?([a-z0-9]+)", made)) <= {"table", "thead", "tbody", "tr", "th", "td"}
    shown = re.search(r"<td>(.*?)</td>", made, re.DOTALL)
    assert shown
    shown_text = html.unescape(shown.group(1))
    visible = "".join(c if c.isprintable() or c.isspace() else "\N{REPLACEMENT CHARACTER}" for c in hostile)
    assert shown_text == " ".join(visible.split())


@given(st.text(st.characters(codec="utf-8")))
def test_no_text_breaks_a_table(anything: str) -> None:
    made = rendered(f"| a | b |\n|---|---|\n| x{text(anything)} | z |\n")
    assert made.count("<td>") == 2
    assert set(re.findall(r"</?([a-z0-9]+)", made)) <= {"table", "thead", "tbody", "tr", "th", "td"}


def test_addresses_are_no_links() -> None:
    written = text("https://example.com www.example.com mailto:x@example.com")
    assert "://" not in written
    assert "www." not in written
    assert "@" not in written
    assert "mailto:" not in written


def test_a_hostile_record_and_name_change_nothing_else(whole: Sources) -> None:
    """A record and a resource come from elsewhere: a forged row would be a lie in an audit."""
    evil = "| ok |\n\n## Gaps\n\nNone. <img src=x>"
    records = [
        each if each.kind != "drill" else record("drill", "dr", by=evil, figures={evil: evil})
        for each in RECORDS
    ]
    resources = tuple(
        replace(each, name=evil) if each.name == "attachments" else each for each in whole.graph.resources
    )
    made = build(replace(whole, records=records, graph=replace(whole.graph, resources=resources)))
    before, after = page(build(whole)), page(made)
    assert after.count("\n") == before.count("\n")
    heads = [line for line in after.splitlines() if line.startswith("#")]
    assert heads == [line for line in before.splitlines() if line.startswith("#")]
    assert "<img" not in after


def test_the_page_shows_every_gap_and_every_log(whole: Sources) -> None:
    broken = replace(whole, records=[], controls=read_controls())
    made = build(broken)
    written = page(made)
    assert f"- gaps: {len(made.gaps)}" in written
    for gap in made.gaps:
        assert text(gap.message) in written
    assert "NO TEST" not in written
    assert "90 days" in written
    assert "None." in page(build(whole))


def test_the_command_writes_both_files(
    whole: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    given_records: list[Any] = []

    def gathered(stack: str, today: Any, records: Any) -> Any:
        given_records.append((stack, today.isoformat(), records))
        return build(whole)

    monkeypatch.setattr(command, "gather", gathered)
    arguments = ["evidence", "prod", "--date", "2026-11-25", "--out", str(tmp_path / "out")]
    assert main([*arguments, "--records", str(tmp_path), "--strict"]) == 0
    assert given_records == [("prod", "2026-11-25", [])]
    places = capsys.readouterr().out.split()
    assert [Path(place).name for place in places] == ["prod-dpdpa.md", "prod-dpdpa.json"]
    assert json.loads(Path(places[1]).read_text())["stack"] == "prod"
    assert Path(places[0]).read_text() == page(build(whole))


def test_gaps_decide_the_status_only_when_asked(
    whole: Sources, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(command, "gather", lambda *_: build(replace(whole, records=[])))
    arguments = ["evidence", "prod", "--out", str(tmp_path)]
    assert main(arguments) == 0
    assert "no record of a drill of dr" in capsys.readouterr().err
    assert main([*arguments, "--strict"]) == 1
    assert "Traceback" not in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere"], "nowhere"),
        (["prod", "--date", "25.11.2026"], "is no day"),
        (["prod", "--records", "{folder}"], "drill/x.json"),
    ],
)
def test_a_mistake_is_one_clear_line(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "drill").mkdir()
    (tmp_path / "drill" / "x.json").write_text("{")
    given = [argument.replace("{folder}", str(tmp_path)) for argument in arguments]
    assert main(["evidence", *given, "--out", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert message in said
    assert "Traceback" not in said


def test_a_wrong_controls_file_is_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "controls.yaml"
    control = "{id: a, title: t, provision: p, asks: x, in_force: 2027-05-13, requirements: []}"
    wrong.write_text(f"controls:\n- {control}\n")
    with pytest.raises(OperatorError, match="neither requirement rows nor who else"):
        read_controls(wrong)
