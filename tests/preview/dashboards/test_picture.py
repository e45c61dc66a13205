"""A picture shows what the JSON says, and nothing in the JSON becomes more than text."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as Tree

import pytest

from infra.observability.dashboards.board import Dashboard, Row
from infra.observability.dashboards.panels import Gauge, Heatmap, Logs, Panel, Stat, Table, TimeSeries
from infra.observability.dashboards.queries import LogsQuery, PrometheusQuery, SqlQuery
from infra.observability.dashboards.thresholds import Thresholds, Unit
from preview.__main__ import MISTAKEN, main
from preview.dashboards import board_svg
from preview.dashboards.glyphs import quantity
from preview.dashboards.markup import code_lines, shortened, width_of
from preview.dashboards.picture import STYLE, query_text
from tests.infra.observability.dashboards.boards import WATCHED, boards_of, panels

SVG: Final = "{http://www.w3.org/2000/svg}"
HOSTILE: Final = (
    """</text><script>alert(1)</script><image href="https://example.org/x"/>&amp;"'\x00\x08\ud800 ]]>"""
)
EVERY: Final = [(stack, uid) for stack in WATCHED for uid in boards_of(stack)]


def picture(*found: Panel, title: str = "A board") -> str:
    board = Dashboard(
        uid="fleet-example",
        title=title,
        description="What it is for.",
        refresh="1m",
        time_from="now-6h",
        rows=(Row(title="A row", lines=(found,)),),
    )
    return board_svg(board.to_json())


def words(svg: str) -> list[str]:
    """Every text that is drawn."""
    return ["".join(element.itertext()) for element in Tree.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def resting(svg: str) -> list[str]:
    """What a reader gets who rests on a panel."""
    return ["".join(each.itertext()) for each in Tree.fromstring(svg).iter(f"{SVG}title")]  # noqa: S314


@pytest.mark.parametrize(("stack", "uid"), EVERY)
def test_every_panel_is_in_its_picture(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid].to_json()
    svg = board_svg(board)
    drawn, told = " ".join(words(svg)), resting(svg)
    assert board["title"] in drawn
    assert f"renewed every {board['refresh']}" in drawn
    for panel in panels(board):
        first = panel["title"].split()[0]
        assert first in drawn
        whole = next(text for text in told if text.startswith(f"{panel['title']}\n"))
        for target in panel["targets"]:
            assert query_text(target) in whole
        for step in panel["fieldConfig"]["defaults"]["thresholds"]["steps"][1:]:
            assert quantity(step["value"], panel["fieldConfig"]["defaults"]["unit"]) in drawn, panel["title"]


@pytest.mark.parametrize(("stack", "uid"), EVERY)
def test_it_is_one_file_and_always_the_same(stack: str, uid: str) -> None:
    board = boards_of(stack)[uid].to_json()
    svg = board_svg(board)
    assert svg == board_svg(boards_of(stack)[uid].to_json())
    root = Tree.fromstring(svg)  # noqa: S314  (our own)
    assert root.tag == f"{SVG}svg"
    for element in root.iter():
        assert element.tag.removeprefix(SVG) in {
            *("svg", "title", "desc", "style", "rect", "g", "text", "path", "circle")
        }
        assert not any("href" in name or name.startswith("on") for name in element.attrib)
    assert "url(" not in svg
    assert "@import" not in svg


@pytest.mark.parametrize(("stack", "uid"), EVERY)
def test_nothing_lies_outside_its_panel(stack: str, uid: str) -> None:
    """Text is at most as wide as its card, as far as widths can be known without a font."""
    root = Tree.fromstring(board_svg(boards_of(stack)[uid].to_json()))  # noqa: S314
    for group in root.iter(f"{SVG}g"):
        card = group.find(f"{SVG}rect[@class='card']")
        assert card is not None
        left, top = float(card.attrib["x"]), float(card.attrib["y"])
        right, bottom = left + float(card.attrib["width"]), top + float(card.attrib["height"])
        for element in group.iter(f"{SVG}text"):
            x, y = float(element.attrib["x"]), float(element.attrib["y"])
            assert left <= x <= right, element.text
            assert top <= y <= bottom, element.text
            if element.attrib["class"] == "code":
                assert x + len(element.text or "") * 9.5 * 0.61 <= right, element.text


HOSTILE_QUERIES: Final = (
    (TimeSeries, PrometheusQuery(expression=HOSTILE, legend=HOSTILE)),
    (Stat, SqlQuery(sql=HOSTILE)),
    (Table, SqlQuery(sql=f'SELECT 1 AS "{HOSTILE}"')),
    (Logs, LogsQuery(lucene=HOSTILE, answer="lines")),
    (Heatmap, PrometheusQuery(expression=HOSTILE, buckets=True)),
)


@pytest.mark.parametrize(("kind", "query"), HOSTILE_QUERIES, ids=lambda value: getattr(value, "type", ""))
def test_words_stay_words(kind: Any, query: Any) -> None:
    panel = kind(title=HOSTILE, description=HOSTILE, queries=(query,))
    svg = picture(panel, title=HOSTILE)
    root = Tree.fromstring(svg)  # noqa: S314  (raises where a character is none of XML)
    assert [element.tag for element in root.iter() if element.tag.endswith(("script", "image"))] == []
    assert "<script" not in svg
    assert any("<script>alert(1)</script>" in told for told in resting(svg))
    assert "\x00" not in svg


def test_attributes_stay_attributes() -> None:
    """Units and colours come from the JSON too."""
    board = boards_of("prod")["fleet-technical"].to_json()
    for panel in panels(board):
        panel["type"] = '"><script>' if panel["type"] == "stat" else panel["type"]
        panel["fieldConfig"]["defaults"]["unit"] = '" onload="alert(1)'
        panel["fieldConfig"]["defaults"]["thresholds"]["steps"][-1]["color"] = '"><script>'
    svg = board_svg(board)
    root = Tree.fromstring(svg)  # noqa: S314
    assert not any(name.startswith("on") for element in root.iter() for name in element.attrib)
    assert "<script" not in svg


@pytest.mark.parametrize("kind", [TimeSeries, Stat, Table, Heatmap])
def test_each_kind_has_a_figure_of_its_own(kind: Any) -> None:
    query = PrometheusQuery(expression="up")
    plain = picture(kind(title="One", queries=(query,)))
    others = {
        picture(other(title="One", queries=(query,)))
        for other in (TimeSeries, Stat, Table, Logs, Heatmap)
        if other is not kind
    }
    assert plain not in others


def test_thresholds_lie_where_their_values_are() -> None:
    """Half of the scale is half of the height, and the arc of a gauge changes colour there."""
    thresholds = Thresholds.rising(warning=50, critical=75)
    query = PrometheusQuery(expression="up")
    curve = picture(TimeSeries(title="One", queries=(query,), thresholds=thresholds, maximum=100))
    axis = re.search(r'class="axis" d="M\S+ (\S+)V(\S+)H', curve.split('class="panel"')[1])
    assert axis is not None
    top, bottom = map(float, axis.groups())
    lines = {
        name: float(y) for name, y in re.findall(r'class="threshold s c-(\w+)" d="M\S+ ([\d.]+)H', curve)
    }
    assert lines["warning"] == pytest.approx((top + bottom) / 2, abs=0.1)
    assert lines["critical"] == pytest.approx(bottom - (bottom - top) * 0.75, abs=0.1)
    gauge = picture(Gauge(title="One", queries=(query,), thresholds=thresholds, maximum=100))
    assert re.findall(r'class="arc s c-(\w+)"', gauge) == ["good", "warning", "critical"]


@pytest.mark.parametrize(
    ("value", "unit", "words"),
    [
        (0.18, "s", "180 ms"),
        (10, "s", "10 s"),
        (0.0144, "percentunit", "1.44 %"),
        (14.4, "suffix:x", "14.4 x"),
        (1000, "none", "1,000"),
        (1, "currencyINR", "₹1"),
        (92, "d", "92 d"),
        (50 * 1024**3, "bytes", "50 GiB"),
    ],
)
def test_quantities_are_said_as_people_say_them(value: float, unit: str, words: str) -> None:
    assert quantity(value, unit) == words


def test_long_words_are_cut_and_long_code_is_broken() -> None:
    cut = shortened("A very long title indeed", size=13, width=80)
    assert cut.endswith("…")
    assert width_of(cut, size=13) <= 80
    lines = code_lines("sum by (service) (rate(http_requests_total[5m]))", size=10, width=150, most=9)
    assert len(lines) > 1
    assert "".join(line.strip() for line in lines).replace(" ", "") == (
        "sumby(service)(rate(http_requests_total[5m]))"
    )
    assert code_lines("a\nb\nc", size=10, width=200, most=2) == ["a", "b…"]
    assert code_lines("x" * 100, size=10, width=120, most=1)[0].endswith("…")


def luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
    shares = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def test_everything_can_be_read_in_light_and_dark() -> None:
    """Contrast of all words against what they stand on: 4.5 to 1 (WCAG 2.2, 1.4.3)."""
    light, dark = STYLE.split("@media (prefers-color-scheme:dark)")
    schemes = []
    for scheme in (light, dark):
        schemes.append(dict(re.findall(r"--(\w+):(#[0-9a-f]{3,6})", scheme)))
    assert schemes[0].keys() == schemes[1].keys()
    for colours in schemes:
        for ground in ("card", "page", "faint"):
            for ink in ("ink", "soft", "code", "good", "warning", "critical"):
                if ground == "faint" and ink != "ink":
                    continue
                one, other = sorted((luminance(colours[ink]), luminance(colours[ground])), reverse=True)
                assert (one + 0.05) / (other + 0.05) >= 4.5, (ink, ground, colours)


def test_the_command_writes_a_picture_of_each(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboards", "staging", "--out", str(tmp_path)]) == 0
    files = sorted(path.name for path in (tmp_path / "staging").iterdir())
    assert files == sorted(f"{uid}.svg" for uid in boards_of("staging"))
    text = (tmp_path / "staging" / "fleet-technical.svg").read_text(encoding="utf-8")
    assert text == board_svg(boards_of("staging")["fleet-technical"].to_json())
    assert capsys.readouterr().out.count(".svg") == len(files)


def test_a_stack_without_dashboards_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboards", "testing", "--out", str(tmp_path)]) == MISTAKEN
    assert capsys.readouterr().err == (
        "testing has no dashboards: its stack file has no fleet-erp:observability\n"
    )
    assert list(tmp_path.iterdir()) == []


def test_units_of_boards_have_words() -> None:
    """Grafana's short ids, such as cps, would be read as anything."""
    for unit in Unit:
        assert unit.words or unit in {Unit.COUNT, Unit.SHORT}
