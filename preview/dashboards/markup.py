"""SVG as text: every word that comes from outside passes through here, and comes out as text."""

from __future__ import annotations

import re
from html import escape
from typing import Final

SANS: Final = "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif"
MONOSPACE: Final = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

_NOT_XML: Final = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Characters that no XML document may hold, not even escaped."""

MONOSPACE_WIDTH: Final = 0.61
"""Of a character, in its size."""
_NARROW: Final = frozenset("fijlrtI.,:;'|!()[] ·")
_WIDE: Final = frozenset("mwMW@%₹—")
_WIDTHS: Final = {"narrow": 0.36, "normal": 0.58, "capital": 0.7, "wide": 0.92}


def text(value: object) -> str:
    """Make a value the text of an element or of a quoted attribute, whatever is in it."""
    return escape(_NOT_XML.sub("�", str(value)), quote=True)


def number(value: float) -> str:
    """Write a coordinate: no more digits than anybody sees, the same on every machine."""
    return f"{value:.1f}".removesuffix(".0")


def tag(name: str, content: str = "", **attributes: object) -> str:
    """Write an element; `content` is markup already, attributes are not.

    `_` in a name stands for a hyphen, and one at the end keeps it apart from Python's words: `class_`.
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{number(value) if isinstance(value, float) else text(value)}"'
        for key, value in attributes.items()
        if value is not None
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def width_of(words: str, *, size: float) -> float:
    """Estimate how wide a line in the sans-serif face is, rather too wide than too narrow."""
    return size * sum(_WIDTHS[_class(character)] for character in words)


def shortened(words: str, *, size: float, width: float) -> str:
    """Cut a line that is too long, and say so with an ellipsis."""
    if width_of(words, size=size) <= width:
        return words
    kept = words
    while kept and width_of(f"{kept}…", size=size) > width:
        kept = kept[:-1]
    return f"{kept.rstrip()}…"


def wrapped(words: str, *, size: float, width: float) -> list[str]:
    """Break a paragraph in the sans-serif face into lines."""
    lines: list[str] = []
    line = ""
    for word in words.split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size=size) > width:
            lines.append(line)
            line = word
        else:
            line = longer
    return [shortened(each, size=size, width=width) for each in [*lines, line] if each]


def code_lines(code: str, *, size: float, width: float, most: int) -> list[str]:
    """Break code into at most `most` lines of a fixed-width face; an ellipsis says that there is more.

    Lines of the code stay lines; what is too long goes on below, a little to the right.
    """
    fitting = max(int(width / (size * MONOSPACE_WIDTH)), 8)
    lines: list[str] = []
    for line in code.strip().splitlines():
        rest = line.rstrip()
        while len(rest) > fitting:
            at = _break(rest, fitting)
            lines.append(rest[:at].rstrip())
            rest = f"  {rest[at:].lstrip()}"
        lines.append(rest)
    if len(lines) <= most:
        return lines
    if most < 1:
        return []
    last = lines[most - 1]
    return [*lines[: most - 1], f"{last[: fitting - 1].rstrip()}…"]


def _class(character: str) -> str:
    if character in _NARROW:
        return "narrow"
    if character in _WIDE or ord(character) > 0x2FFF:  # noqa: PLR2004  (ideographs are as wide as high)
        return "wide"
    return "capital" if character.isupper() else "normal"


def _break(line: str, fitting: int) -> int:
    """Give where to break a line: after a blank, comma or bracket if there is one in its second half."""
    for at in range(fitting, fitting // 2, -1):
        if line[at - 1] in " ,(){}":
            return at
    return fitting
