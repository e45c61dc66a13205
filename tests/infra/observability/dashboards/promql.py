"""The names in a PromQL expression, by a small tokenizer: enough for what dashboards ask."""

from __future__ import annotations

import re
from typing import Final

GRAFANA: Final = {"$__rate_interval": "2m", "$__range": "6h", "$__interval": "1m"}
"""What Grafana puts for its own variables; ours stand in quoted matchers and need nothing."""

_TOKEN: Final = re.compile(
    r"""
    (?P<string>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')
  | (?P<range>\[[^\]]*\])
  | (?P<duration>\b\d+(?:ms|[smhdwy])\b)
  | (?P<name>[a-zA-Z_:][a-zA-Z0-9_:]*)
  | (?P<sign>[{}(),=~!])
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_LISTS: Final = frozenset({"by", "without", "on", "ignoring", "group_left", "group_right"})
"""Words before a list of labels."""
_WORDS: Final = frozenset({*_LISTS, "and", "or", "unless", "bool", "offset", "inf", "nan", "atan2"})


def expanded(expression: str) -> str:
    """Put values for Grafana's own variables."""
    for variable, value in GRAFANA.items():
        expression = expression.replace(variable, value)
    return expression


def metrics(expression: str) -> set[str]:
    """Give the names of series that an expression reads."""
    tokens = [
        (match.lastgroup, match.group())
        for match in _TOKEN.finditer(expression)
        if not match.group().isspace()
    ]
    found: set[str] = set()
    depth_of_labels, in_list = 0, False
    for at, (kind, token) in enumerate(tokens):
        following = tokens[at + 1][1] if at + 1 < len(tokens) else ""
        before = tokens[at - 1][1] if at else ""
        if token == "{":
            depth_of_labels += 1
        elif token == "}":
            depth_of_labels -= 1
        elif token == "(" and before in _LISTS:
            in_list = True
        elif token == ")" and in_list:
            in_list = False
        elif (
            kind == "name"
            and not depth_of_labels
            and not in_list
            and token.lower() not in _WORDS
            and following != "("
            and not _is_aggregation(token, following)
        ):
            found.add(token)
    return found


def labels(expression: str) -> set[str]:
    """Give the labels that an expression matches, groups or joins by."""
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', '""', expression)
    matched = {
        name for part in re.findall(r"\{([^}]*)\}", bare) for name in re.findall(r"(\w+)\s*[=!]", part)
    }
    lists = re.findall(rf"\b(?:{'|'.join(sorted(_LISTS))})\s*\(([^)]*)\)", bare)
    return matched | {name.strip() for part in lists for name in part.split(",") if name.strip()}


def _is_aggregation(token: str, following: str) -> bool:
    """`sum by (…) (…)`: an operator whose list of labels comes first."""
    return following in _LISTS and token.islower() and "_" not in token and ":" not in token
