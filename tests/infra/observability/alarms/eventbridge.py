"""How EventBridge compares events with patterns, and makes text of them, as far as this estate uses it.

Reference: EventBridge User Guide, "Comparison operators for use in event patterns", "Input transformation".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

_OPERATORS = {
    ">=": lambda number, bound: number >= bound,
    ">": lambda number, bound: number > bound,
    "<=": lambda number, bound: number <= bound,
    "<": lambda number, bound: number < bound,
    "=": lambda number, bound: number == bound,
}


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event matches: every field of the pattern, and one of the alternatives under `$or`.

    Raises ValueError for an operator that is not known here.
    """
    for field, wanted in pattern.items():
        if field == "$or":
            if not any(matches(alternative, event) for alternative in wanted):
                return False
        elif isinstance(wanted, Mapping):
            inner = event.get(field)
            entries = inner if isinstance(inner, list) else [inner]
            if not any(isinstance(entry, Mapping) and matches(wanted, entry) for entry in entries):
                return False
        else:
            given = event.get(field)
            values = given if isinstance(given, list) else [given]
            if field not in event or not any(_fits(one, value) for one in wanted for value in values):
                return False
    return True


def _fits(wanted: Any, value: Any) -> bool:
    if not isinstance(wanted, Mapping):
        return wanted == value and type(wanted) is type(value)
    ((operator, operand),) = wanted.items()
    if operator == "prefix":
        return isinstance(value, str) and value.startswith(operand)
    if operator == "suffix":
        return isinstance(value, str) and value.endswith(operand)
    if operator == "numeric":
        pairs = zip(operand[::2], operand[1::2], strict=True)
        return isinstance(value, int | float) and all(_OPERATORS[sign](value, bound) for sign, bound in pairs)
    raise ValueError(f"{operator} is not known here")


def transformed(transformer: Mapping[str, Any], event: Mapping[str, Any]) -> str:
    """Give the text that a target receives; a path that leads nowhere leaves nothing."""
    template = transformer["inputTemplate"]
    assert template.startswith('"')
    assert template.endswith('"')
    found = {name: _at(path, event) for name, path in transformer["inputPaths"].items()}
    names = set(re.findall(r"<([^<>]+)>", template))
    assert names == set(found), names ^ set(found)
    return re.sub(r"<([^<>]+)>", lambda match: found[match[1]], template[1:-1])


def _at(path: str, event: Any) -> str:
    assert path.startswith("$.")
    node = event
    for step in re.findall(r"[^.\[\]]+", path[2:]):
        try:
            node = node[int(step)] if isinstance(node, list) else node[step]
        except (LookupError, TypeError):
            return ""
    # An object in a text would come out without its quotes: only plain values are taken.
    assert not isinstance(node, list | dict), path
    return str(node)
