"""What a panel looks like without data: its axes, its scale and where its thresholds lie."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from .markup import number, shortened, tag, text

_COLOURS: Final = {"green": "good", "orange": "warning", "yellow": "warning", "red": "critical"}


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in the picture."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Step:
    """A threshold: from this value on, this colour; None is from anywhere."""

    value: float | None
    colour: str

    @property
    def css(self) -> str:
        """The class that colours it."""
        return f"c-{_COLOURS.get(self.colour, 'plain')}"


@dataclass(frozen=True, slots=True)
class Scale:
    """Thresholds and the ends of the axis, as far as the JSON says."""

    steps: Sequence[Step]
    low: float
    high: float
    unit: str

    def share(self, value: float) -> float:
        """Give where a value lies between the ends, 0 to 1."""
        span = self.high - self.low
        return min(max((value - self.low) / span, 0.0), 1.0) if span > 0 else 0.0

    def label(self, value: float) -> str:
        """Write a value with its unit."""
        return quantity(value, self.unit)


_SHARE_DIGITS: Final = 4
_SECONDS: Final = "s"


def quantity(value: float, unit: str) -> str:
    """Write a value as people say it: 0.18 s is 180 ms, a share is a percentage."""
    if unit == "percentunit":
        return f"{_plain(round(value * 100, _SHARE_DIGITS))} %"
    if unit == "percent":
        return f"{_plain(value)} %"
    if unit == _SECONDS and 0 < abs(value) < 1:
        return f"{_plain(round(value * 1000, 1))} ms"
    if unit == "currencyINR":
        return f"₹{_plain(value)}"
    if unit in {"bytes", "Bps"}:
        return f"{_binary(value)}{'/s' if unit == 'Bps' else ''}"
    words = {"none": "", "short": "", "m": " min", "reqps": " req/s", "cps": "/s", "suffix:x": " x"}
    return f"{_plain(value)}{words.get(unit, f' {unit}')}".strip()


def _binary(value: float) -> str:
    for name, size in (("TiB", 1024**4), ("GiB", 1024**3), ("MiB", 1024**2), ("KiB", 1024)):
        if abs(value) >= size:
            return f"{_plain(round(value / size, 1))} {name}"
    return f"{_plain(value)} B"


def _plain(value: float) -> str:
    return f"{value:,.10g}" if abs(value) < 1e15 else f"{value:g}"  # noqa: PLR2004


def figure(kind: str, box: Box, scale: Scale, *, bars: bool = False) -> str:
    """Draw the figure of a kind of panel into a box; an unknown kind gets an empty frame."""
    draw = _FIGURES.get(kind)
    if draw is None:
        return tag("rect", class_="frame", x=box.x, y=box.y, width=box.width, height=box.height, rx=3)
    return draw(box, scale, bars)


def _axes(box: Box, scale: Scale, bars: bool) -> str:  # noqa: FBT001  (one signature for all figures)
    bottom, right = box.y + box.height, box.x + box.width
    parts = [
        tag("path", class_="axis", d=f"M{_at(box.x, box.y)}V{number(bottom)}H{number(right)}"),
        *(
            tag(
                "path",
                class_="grid",
                d=f"M{_at(box.x, box.y + box.height * quarter / 4)}H{number(right)}",
            )
            for quarter in range(1, 4)
        ),
    ]
    if bars:
        parts += [
            tag("path", class_="tick", d=f"M{_at(box.x + box.width * part / 12, bottom)}v-5")
            for part in range(1, 12)
        ]
    above = bottom
    for step in scale.steps:
        if step.value is None:
            continue
        y = bottom - box.height * scale.share(step.value)
        parts.append(tag("path", class_=f"threshold s {step.css}", d=f"M{_at(box.x, y)}H{number(right)}"))
        # Labels that would lie on one another climb; above the axis there is no room.
        label_y = min(y - 4, above - 11)
        if label_y < box.y + 8:
            label_y = y + 11
        above = label_y
        parts.append(
            tag(
                "text",
                text(scale.label(step.value)),
                class_=f"f {step.css} small end",
                x=right - 2,
                y=label_y,
            )
        )
    return "".join(parts)


def _heat(box: Box, _scale: Scale, _bars: bool) -> str:  # noqa: FBT001
    columns, rows = 24, 6
    bottom, right = box.y + box.height, box.x + box.width
    across = [f"M{_at(box.x, box.y + box.height * row / rows)}H{number(right)}" for row in range(rows + 1)]
    down = [
        f"M{_at(box.x + box.width * column / columns, box.y)}V{number(bottom)}"
        for column in range(columns + 1)
    ]
    return tag("path", class_="grid", d="".join([*across, *down]))


def _number(box: Box, scale: Scale, _bars: bool) -> str:  # noqa: FBT001
    size = min(box.height * 0.8, 30.0)
    before, after = _AROUND.get(scale.unit, ("", ""))
    return tag(
        "text",
        text(f"{before} — {after}".strip()),
        class_="number c-plain f",
        x=box.x + box.width / 2,
        y=box.y + box.height / 2 + size * 0.35,
        font_size=size,
    )


_AROUND: Final = {
    "percentunit": ("", "%"),
    "percent": ("", "%"),
    "currencyINR": ("₹", ""),
    "s": ("", "s"),
    "m": ("", "min"),
    "h": ("", "h"),
    "d": ("", "d"),
    "reqps": ("", "/s"),
    "suffix:x": ("", "x"),
}
"""What stands around a number; the number itself is a dash."""


def _arc(box: Box, scale: Scale, _bars: bool) -> str:  # noqa: FBT001
    radius = min(box.width / 2 - 6, box.height - 8)
    centre_x, centre_y = box.x + box.width / 2, box.y + box.height - 2
    values = [step.value for step in scale.steps[1:] if step.value is not None]
    ends = [0.0, *(scale.share(value) for value in values), 1.0]
    parts: list[str] = []
    for step, begin, end in zip(scale.steps, ends, ends[1:], strict=False):
        if end <= begin:
            continue
        start = _on_circle(centre_x, centre_y, radius, begin)
        stop = _on_circle(centre_x, centre_y, radius, end)
        parts.append(
            tag(
                "path",
                class_=f"arc s {step.css}",
                d=f"M{start}A{number(radius)} {number(radius)} 0 0 1 {stop}",
            )
        )
    parts.append(tag("text", "—", class_="number f c-plain", x=centre_x, y=centre_y - 6, font_size=26))
    return "".join(parts)


GHOST_ROWS: Final = 4
ROW_HEIGHT: Final = 18.0


def _lines_of_table(box: Box, _scale: Scale, _bars: bool) -> str:  # noqa: FBT001
    rows = min(int(box.height // ROW_HEIGHT), GHOST_ROWS)
    return "".join(
        tag("path", class_="grid", d=f"M{_at(box.x, box.y + ROW_HEIGHT * row)}h{number(box.width)}")
        for row in range(1, rows + 1)
    )


def headings(box: Box, names: Sequence[str]) -> str:
    """Write the columns of a table, each in its share of the width."""
    width = box.width / max(len(names), 1)
    return "".join(
        tag(
            "text",
            text(shortened(name, size=11, width=width - 8)),
            class_="soft",
            x=box.x + width * at + 4,
            y=box.y + 13,
            font_size=11,
            font_weight=600,
        )
        for at, name in enumerate(names)
    )


def _log_lines(box: Box, _scale: Scale, _bars: bool) -> str:  # noqa: FBT001
    rows = min(max(int(box.height // 14), 1), 6)
    parts = []
    for row in range(rows):
        y = box.y + 14 * row + 3
        length = (0.62, 0.84, 0.5, 0.73)[row % 4]
        parts.append(tag("rect", class_="stub strong", x=box.x + 4, y=y, width=64.0, height=6, rx=2))
        parts.append(
            tag("rect", class_="stub", x=box.x + 76, y=y, width=(box.width - 80) * length, height=6, rx=2)
        )
    return "".join(parts)


def _at(x: float, y: float) -> str:
    return f"{number(x)} {number(y)}"


def _on_circle(x: float, y: float, radius: float, share: float) -> str:
    angle = math.pi * (1 - share)
    return _at(x + radius * math.cos(angle), y - radius * math.sin(angle))


_Figure = Callable[[Box, Scale, bool], str]
_FIGURES: Final[Mapping[str, _Figure]] = {
    "timeseries": _axes,
    "stat": _number,
    "gauge": _arc,
    "table": _lines_of_table,
    "logs": _log_lines,
    "heatmap": _heat,
}
