"""Whether a metric filter's pattern matches an event, as CloudWatch Logs judges JSON.

Reference: CloudWatch Logs User Guide, "Filter pattern syntax for metric filters", as far as this estate uses
it: `=`, `!=`, `NOT EXISTS`, `&&`, `||`, parentheses, and `*` at either end of a text. A comparison with a
field that is not there does not hold.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from fnmatch import fnmatchcase
from typing import Any, Final

_TOKEN: Final = re.compile(
    r'\s*(?:(?P<mark>\(|\)|&&|\|\||!=|=|NOT EXISTS)|(?P<field>\$[\w.]+)|"(?P<quoted>[^"]*)"|(?P<word>[\w*]+))'
)


def matches(pattern: str, event: Mapping[str, Any]) -> bool:
    """Judge a pattern in braces. Raises ValueError for what is not understood."""
    text = pattern.strip()
    if not (text.startswith("{") and text.endswith("}")):
        raise ValueError("a JSON pattern stands in braces")
    parser = _Parser(_tokens(text[1:-1]), event)
    result = parser.either()
    if parser.rest:
        raise ValueError(f"not understood: {parser.rest}")
    return result


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    place = 0
    while text[place:].strip():
        token = _TOKEN.match(text, place)
        if token is None:
            raise ValueError(f"not understood: {text[place:]}")
        kind = token.lastgroup or ""
        found.append((kind, token[kind]))
        place = token.end()
    return found


class _Parser:
    """Judges while it reads; `&&` binds more tightly than `||`."""

    def __init__(self, tokens: list[tuple[str, str]], event: Mapping[str, Any]) -> None:
        self.rest = tokens
        self._event = event

    def either(self) -> bool:
        result = self._both()
        while self._takes("||"):
            other = self._both()
            result = result or other
        return result

    def _both(self) -> bool:
        result = self._term()
        while self._takes("&&"):
            other = self._term()
            result = result and other
        return result

    def _term(self) -> bool:
        if self._takes("("):
            result = self.either()
            if not self._takes(")"):
                raise ValueError("a parenthesis is not closed")
            return result
        kind, field = self.rest.pop(0)
        if kind != "field":
            raise ValueError(f"{field} is no field")
        given = self._value(field)
        if self._takes("NOT EXISTS"):
            return given is None
        equal = self._takes("=")
        if not equal and not self._takes("!="):
            raise ValueError(f"{field} is compared with nothing")
        _, wanted = self.rest.pop(0)
        return given is not None and fnmatchcase(str(given), wanted) is equal

    def _takes(self, mark: str) -> bool:
        if self.rest and self.rest[0] == ("mark", mark):
            self.rest.pop(0)
            return True
        return False

    def _value(self, field: str) -> Any:
        node: Any = self._event
        for step in field.removeprefix("$.").split("."):
            node = node.get(step) if isinstance(node, Mapping) else None
        return node
