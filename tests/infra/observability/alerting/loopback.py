"""The rendered configuration, changed as little as a test on one machine needs.

Keys and addresses are read from files of the test, PagerDuty is the test's receiver, and time runs faster.
Alertmanager 0.25 (Debian 12) does not know `url_file` of a webhook, which the cluster's 0.34 does: the
address stands in its place. Routes, matchers, inhibitions and templates stay those of the stack.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from infra.observability.alerting.receivers import FOLDER as SECRETS
from infra.observability.alerting.templates import FOLDER as TEMPLATES

Configuration = dict[str, Any]

_UNITS: Final = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION: Final = re.compile(r"(?:\d+(?:ms|[smhd]))+")
_PART: Final = re.compile(r"(\d+)(ms|[smhd])")
_TIMES: Final = ("group_wait", "group_interval", "repeat_interval")


def hurried(duration: str, factor: int) -> str:
    """Divide a duration: `5m` by 60 is `5000ms`. Nothing but 0 becomes 0."""
    if not _DURATION.fullmatch(duration):
        raise ValueError(f"{duration!r} is not a duration")
    milliseconds = sum(int(number) * _UNITS[unit] for number, unit in _PART.findall(duration))
    return "0s" if milliseconds == 0 else f"{max(1, milliseconds // factor)}ms"


def known_to_debian(configuration: Configuration, address: str = "http://127.0.0.1:9/") -> Configuration:
    """Put `address` where a webhook's address would be read from a file."""
    changed = copy.deepcopy(configuration)
    for receiver in changed["receivers"]:
        for webhook in receiver.get("webhook_configs", []):
            del webhook["url_file"]
            webhook["url"] = address
    return changed


def on_loopback(
    configuration: Configuration, *, secrets: Path, templates: Path, receiver: str, factor: int
) -> Configuration:
    """Point everything that is sent to `receiver` (an address without path), and divide times by `factor`."""
    changed = known_to_debian(configuration, f"{receiver}/dead-man-switch")
    changed["global"]["pagerduty_url"] = f"{receiver}/pagerduty"
    changed["templates"] = [each.replace(TEMPLATES, str(templates)) for each in changed["templates"]]
    changed["receivers"] = [_moved(each, secrets) for each in changed["receivers"]]
    changed["route"] = _hurry_route(changed["route"], factor)
    return changed


def _moved(value: Any, secrets: Path) -> Any:
    return _each_text(value, lambda text: text.replace(SECRETS, str(secrets)))


def _each_text(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, Mapping):
        return {key: _each_text(each, change) for key, each in value.items()}
    if isinstance(value, list):
        return [_each_text(each, change) for each in value]
    return value


def _hurry_route(route: Mapping[str, Any], factor: int) -> dict[str, Any]:
    times = {key: hurried(route[key], factor) for key in _TIMES if key in route}
    routes = [_hurry_route(each, factor) for each in route.get("routes", [])]
    return {**route, **times, **({"routes": routes} if routes else {})}


def hurried_rules(groups: list[dict[str, Any]], factor: int) -> list[dict[str, Any]]:
    """Divide every time of rule groups: `interval`, `for`, ranges, resolutions and offsets in expressions.

    Numbers that are compared stay what they are: a rate is per second of a clock that the exporter hurries
    as well.
    """
    return [_hurry_group(group, factor) for group in groups]


def _hurry_group(group: Mapping[str, Any], factor: int) -> dict[str, Any]:
    interval = {"interval": hurried(group["interval"], factor)} if "interval" in group else {}
    return {**group, **interval, "rules": [_hurry_rule(rule, factor) for rule in group["rules"]]}


def _hurry_rule(rule: Mapping[str, Any], factor: int) -> dict[str, Any]:
    hold = {"for": hurried(rule["for"], factor)} if "for" in rule else {}
    return {**rule, **hold, "expr": hurried_expression(rule["expr"], factor)}


_RANGE: Final = re.compile(rf"\[({_DURATION.pattern})(?:(:)({_DURATION.pattern})?)?\]")
_OFFSET: Final = re.compile(rf"\b(offset\s+-?)({_DURATION.pattern})")


def hurried_expression(expression: str, factor: int) -> str:
    """Divide the ranges, resolutions and offsets of an expression, but nothing inside its strings."""
    pieces = re.split(r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')""", expression)
    return "".join(piece if index % 2 else _hurry_code(piece, factor) for index, piece in enumerate(pieces))


def _hurry_code(code: str, factor: int) -> str:
    def range_of(found: re.Match[str]) -> str:
        length, colon, step = found.groups()
        resolution = "" if colon is None else f":{hurried(step, factor) if step else ''}"
        return f"[{hurried(length, factor)}{resolution}]"

    shorter = _RANGE.sub(range_of, code)
    return _OFFSET.sub(lambda found: f"{found[1]}{hurried(found[2], factor)}", shorter)
