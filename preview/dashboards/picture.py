"""One dashboard as one picture: where its panels lie, what they ask and when they turn red.

There are no data in it, and nothing looks as if there were: axes, scales and thresholds are those of the
JSON, numbers are dashes. The picture needs no other file, and follows the reader's light or dark setting.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from infra.observability.dashboards.thresholds import Unit

from .glyphs import Box, Scale, Step, figure, headings, quantity
from .markup import (
    MONOSPACE,
    MONOSPACE_WIDTH,
    SANS,
    code_lines,
    number,
    shortened,
    tag,
    text,
    width_of,
    wrapped,
)

WIDTH: Final = 1296.0
MARGIN: Final = 16.0
COLUMNS: Final = 24
UNIT_HEIGHT: Final = 38.0
"""Of Grafana's grid: 30 pixels and a gap of 8."""
GAP: Final = 8.0
PADDING: Final = 10.0
TITLE_SIZE: Final = 13.0
BOLD: Final = 1.09
"""How much wider bold words are."""
CODE_SIZE: Final = 9.5
CODE_LINE: Final = 12.5
SMALL_SIZE: Final = 10.0

KINDS: Final = {
    "timeseries": "curves",
    "stat": "number",
    "gauge": "gauge",
    "table": "table",
    "logs": "log lines",
    "heatmap": "heat map",
}

STYLE: Final = f"""
.board{{--page:#f4f5f7;--card:#fff;--edge:#d5d8de;--ink:#1d2127;--soft:#5b6470;--faint:#e6e8ec;--code:#3b4350;
--good:#1a7f37;--warning:#a85b00;--critical:#c4162a;font-family:{SANS}}}
@media (prefers-color-scheme:dark){{.board{{--page:#111217;--card:#1b1e24;--edge:#363b44;--ink:#e8eaee;
--soft:#a3abb8;--faint:#2a2e36;--code:#c3cad5;--good:#56d364;--warning:#ffb454;--critical:#ff7b88}}}}
.board .page{{fill:var(--page)}}
.board .card{{fill:var(--card);stroke:var(--edge)}}
.board .ink{{fill:var(--ink)}}
.board .soft{{fill:var(--soft)}}
.board .small{{font-size:{SMALL_SIZE}px}}
.board .end{{text-anchor:end}}
.board .code{{font-family:{MONOSPACE};font-size:{CODE_SIZE}px;fill:var(--code)}}
.board .number{{text-anchor:middle;font-weight:500}}
.board .axis{{stroke:var(--soft);fill:none}}
.board .grid,.board .tick{{stroke:var(--faint);fill:none}}
.board .tick{{stroke:var(--soft)}}
.board .frame{{stroke:var(--edge);fill:none}}
.board .chip{{fill:var(--faint)}}
.board .stub{{fill:var(--faint)}}
.board .stub.strong{{fill:var(--edge)}}
.board .threshold{{stroke-width:1.4;stroke-dasharray:5 4;fill:none}}
.board .arc{{stroke-width:9;fill:none}}
.board .f.c-good{{fill:var(--good)}}.board .f.c-warning{{fill:var(--warning)}}
.board .f.c-critical{{fill:var(--critical)}}.board .f.c-plain{{fill:var(--soft)}}
.board .s.c-good{{stroke:var(--good)}}.board .s.c-warning{{stroke:var(--warning)}}
.board .s.c-critical{{stroke:var(--critical)}}.board .s.c-plain{{stroke:var(--edge)}}
""".strip()


def board_svg(board: Mapping[str, Any]) -> str:
    """Draw a dashboard from its JSON: one SVG, the same for the same JSON."""
    head, top = _head(board)
    panels: Sequence[Mapping[str, Any]] = board["panels"]
    column = (WIDTH - 2 * MARGIN + GAP) / COLUMNS
    drawn: list[str] = []
    bottom = top
    for panel in panels:
        grid = panel["gridPos"]
        box = Box(
            MARGIN + grid["x"] * column,
            top + grid["y"] * UNIT_HEIGHT,
            grid["w"] * column - GAP,
            grid["h"] * UNIT_HEIGHT - GAP,
        )
        bottom = max(bottom, box.y + box.height)
        drawn.append(_row(panel, box) if panel["type"] == "row" else _panel(panel, box))
    height = bottom + MARGIN
    page = tag("rect", class_="page", width=WIDTH, height=height)
    described = f"{tag('title', text(board['title']))}{tag('desc', text(board.get('description', '')))}"
    # Style text is our own and holds nothing of the board.
    return (
        tag(
            "svg",
            f"{described}<style>{STYLE}</style>{page}{head}{''.join(drawn)}",
            xmlns="http://www.w3.org/2000/svg",
            class_="board",
            viewBox=f"0 0 {number(WIDTH)} {number(height)}",
            width=WIDTH,
            height=height,
            role="img",
        )
        + "\n"
    )


def _head(board: Mapping[str, Any]) -> tuple[str, float]:
    """Write title, description and what holds for all panels; give where the grid begins."""
    inner = WIDTH - 2 * MARGIN
    y = MARGIN + 20
    parts = [
        tag("text", text(board["title"]), class_="ink", x=MARGIN, y=y, font_size=22, font_weight=600),
    ]
    for line in wrapped(str(board.get("description", "")), size=13, width=inner):
        y += 19
        parts.append(tag("text", text(line), class_="soft", x=MARGIN, y=y, font_size=13))
    y += 12
    x = MARGIN
    for words in _facts(board):
        width = width_of(words, size=11) + 16
        if x + width > MARGIN + inner:
            x, y = MARGIN, y + 26
        parts.append(tag("rect", class_="chip", x=x, y=y, width=width, height=20.0, rx=10))
        parts.append(tag("text", text(words), class_="ink", x=x + 8, y=y + 14, font_size=11))
        x += width + 6
    return "".join(parts), y + 34


def _facts(board: Mapping[str, Any]) -> list[str]:
    time = board["time"]
    facts = [
        f"renewed every {board['refresh']}",
        f"{time['from']} to {time['to']}",
        str(board["timezone"]),
        f"uid {board['uid']}",
    ]
    facts += [f"choice: {variable['label']}" for variable in board["templating"]["list"]]
    facts += [f"marks: {mark['name']}" for mark in board["annotations"]["list"]]
    facts += [f"link: {link['title']}" for link in board["links"]]
    return facts


def _row(panel: Mapping[str, Any], box: Box) -> str:
    size = 15.0
    baseline = box.y + box.height - 8
    width = width_of(str(panel["title"]), size=size * BOLD) + 12
    heading = tag(
        "text", text(panel["title"]), class_="ink", x=box.x, y=baseline, font_size=15, font_weight=600
    )
    rule = tag(
        "path",
        class_="axis",
        opacity="0.4",
        d=f"M{number(box.x + width)} {number(baseline - 5)}H{number(box.x + box.width)}",
    )
    return heading + rule


def _panel(panel: Mapping[str, Any], box: Box) -> str:
    inner = Box(box.x + PADDING, box.y + PADDING, box.width - 2 * PADDING, box.height - 2 * PADDING)
    scale = _scale(panel)
    parts = [
        tag("title", text(_words(panel))),
        tag("rect", class_="card", x=box.x, y=box.y, width=box.width, height=box.height, rx=5),
    ]
    y = inner.y + TITLE_SIZE - 2
    for line in _title_lines(str(panel["title"]), width=inner.width):
        parts.append(
            tag("text", text(line), class_="ink", x=inner.x, y=y, font_size=TITLE_SIZE, font_weight=600)
        )
        y += 14
    kind = shortened(_kind_line(panel, scale), size=SMALL_SIZE, width=inner.width)
    parts.append(tag("text", text(kind), class_="soft small", x=inner.x, y=y))
    y += 8

    queries = _queries(panel)
    bottom = inner.y + inner.height
    legend = _legend(scale, Box(inner.x, bottom - 4, inner.width, 0))
    if legend:
        bottom -= 15
    room = bottom - y
    code = _code_of(queries, width=inner.width, most=_lines_for(panel["type"], room))
    code_height = len(code) * CODE_LINE
    drawing = Box(inner.x, y + 2, inner.width, room - code_height - 8)
    if drawing.height >= 18:  # noqa: PLR2004  (below that nothing can be recognised)
        custom = panel["fieldConfig"]["defaults"].get("custom", {})
        parts.append(figure(panel["type"], drawing, scale, bars=custom.get("drawStyle") == "bars"))
        if panel["type"] == "table":
            parts.append(headings(drawing, _columns(panel)))
    for at, line in enumerate(code):
        words = line.lstrip()
        parts.append(
            tag(
                "text",
                text(words),
                class_="code",
                x=inner.x + (len(line) - len(words)) * CODE_SIZE * MONOSPACE_WIDTH,
                y=bottom - code_height + CODE_LINE * (at + 1) - 4,
            )
        )
    parts.append(legend)
    return tag("g", "".join(parts), class_="panel")


def _title_lines(title: str, *, width: float) -> list[str]:
    """Break a title into two lines at most."""
    lines = wrapped(title, size=TITLE_SIZE * BOLD, width=width)
    rest = " ".join(lines[1:])
    return [*lines[:1], *([shortened(rest, size=TITLE_SIZE * BOLD, width=width)] if rest else [])]


def _lines_for(kind: str, room: float) -> int:
    """Give how many lines of code leave the figure of a kind what it needs."""
    share = {"stat": 0.5, "gauge": 0.35, "table": 0.6}.get(kind, 0.5)
    return max(int(room * share / CODE_LINE), 1)


def _code_of(queries: Sequence[str], *, width: float, most: int) -> list[str]:
    """Share the lines among the queries: each gets what it needs while there is room."""
    whole = [code_lines(query, size=CODE_SIZE, width=width, most=99) for query in queries]
    if sum(map(len, whole)) <= most:
        return [line for lines in whole for line in lines]
    shown = [*queries[:most]]
    each, rest = divmod(most, len(shown))
    lines: list[str] = []
    for at, query in enumerate(shown):
        lines += code_lines(query, size=CODE_SIZE, width=width, most=each + (1 if at < rest else 0))
    if len(queries) > len(shown):
        lines[-1] = f"{lines[-1].rstrip('…')}… and {len(queries) - len(shown)} more"
    return lines


def _kind_line(panel: Mapping[str, Any], scale: Scale) -> str:
    parts = [KINDS.get(panel["type"], str(panel["type"])), _source(panel)]
    parts.append(_UNIT_WORDS.get(scale.unit, scale.unit))
    return " · ".join(part for part in parts if part)


_UNIT_WORDS: Final = {unit.id: unit.words for unit in Unit}


def _source(panel: Mapping[str, Any]) -> str:
    return ", ".join(dict.fromkeys(str(target["datasource"]["uid"]) for target in panel["targets"]))


def _scale(panel: Mapping[str, Any]) -> Scale:
    defaults = panel["fieldConfig"]["defaults"]
    steps = [Step(step["value"], step["color"]) for step in defaults["thresholds"]["steps"]]
    values = [step.value for step in steps if step.value is not None]
    low = defaults.get("min", min([0.0, *values]))
    high = defaults.get("max", max(values, default=1.0) * 1.35 or 1.0)
    return Scale(steps, float(low), float(high), str(defaults["unit"]))


def _legend(scale: Scale, box: Box) -> str:
    """Say in words what the colours mean; nothing where no value is worse than another."""
    if len(scale.steps) < 2:  # noqa: PLR2004
        return ""
    parts: list[str] = []
    x = box.x
    for step, words in zip(scale.steps, _judgements(scale, width=box.width), strict=True):
        parts.append(tag("circle", class_=f"f {step.css}", cx=x + 4, cy=box.y - 3.5, r=4.0))
        parts.append(tag("text", text(words), class_="soft small", x=x + 12, y=box.y))
        x += _legend_width(words)
    return "".join(parts)


def _judgements(scale: Scale, *, width: float) -> list[str]:
    """Say from where each colour holds: in words, or in signs where there is little room."""
    values = [quantity(step.value, scale.unit) for step in scale.steps if step.value is not None]
    words = [f"below {values[0]}", *(f"from {value}" for value in values)]
    if sum(map(_legend_width, words)) <= width:
        return words
    return [f"< {values[0]}", *(f"≥ {value}" for value in values)]


def _legend_width(words: str) -> float:
    return 12 + width_of(words, size=SMALL_SIZE) + 8


def _queries(panel: Mapping[str, Any]) -> list[str]:
    return [query_text(target) for target in panel["targets"]]


def query_text(target: Mapping[str, Any]) -> str:
    """Give the words of a query, whoever answers it."""
    if "expr" in target:
        return str(target["expr"])
    if "rawSql" in target:
        return str(target["rawSql"])
    asked = " ".join(
        str(metric["type"]) for metric in target.get("metrics", []) if not metric.get("hide", False)
    )
    by = ", ".join(
        str(bucket["field"]) for bucket in target.get("bucketAggs", []) if bucket["type"] == "terms"
    )
    asked = asked.replace("bucket_script", "count / share kept")
    return f"{asked}{f' by {by}' if by else ''}: {target.get('query', '')}"


def _columns(panel: Mapping[str, Any]) -> list[str]:
    """Give the columns that a table's SQL names; labels of Prometheus are not known before it answers."""
    names = [name for target in panel["targets"] for name in _ALIAS.findall(str(target.get("rawSql", "")))]
    return list(dict.fromkeys(names))


_ALIAS: Final = re.compile(r'\bAS "([^"]+)"')


def _words(panel: Mapping[str, Any]) -> str:
    """Give what a reader gets who rests on the panel: description and whole queries."""
    return "\n\n".join(
        part for part in [str(panel["title"]), str(panel.get("description", "")), *_queries(panel)] if part
    )
