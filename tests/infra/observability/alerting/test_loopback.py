"""What the test on the loopback changes of rules and routes, and nothing else."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from infra.observability.rules import as_prometheus

from .conftest import HURRY, WATCHED, rendered, rules_of
from .loopback import hurried, hurried_expression, hurried_rules, on_loopback
from .world import exposition


@pytest.mark.parametrize(
    ("duration", "shorter"),
    [
        ("5m", "5000ms"),
        ("30s", "500ms"),
        ("1h30m", "90000ms"),
        ("1d", "1440000ms"),
        ("0s", "0s"),
        ("1ms", "1ms"),
    ],
)
def test_a_minute_is_a_second(duration: str, shorter: str) -> None:
    assert hurried(duration, HURRY) == shorter


@pytest.mark.parametrize("nonsense", ["", "5", "five minutes", "5m ago"])
def test_what_is_no_duration_is_refused(nonsense: str) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        hurried(nonsense, HURRY)


@pytest.mark.parametrize(
    ("expression", "shorter"),
    [
        ("rate(x[5m]) > 0.2", "rate(x[5000ms]) > 0.2"),
        ("max_over_time(rate(x[5m])[1h:30s])", "max_over_time(rate(x[5000ms])[60000ms:500ms])"),
        ("max_over_time(rate(x[5m])[1h:])", "max_over_time(rate(x[5000ms])[60000ms:])"),
        ("x - x offset 1h", "x - x offset 60000ms"),
        ('x{a="[5m]"} offset 1h', 'x{a="[5m]"} offset 60000ms'),
        ("x{a='offset 1h'}", "x{a='offset 1h'}"),
        ('x{queue=~".*[.]dlq"} > 0', 'x{queue=~".*[.]dlq"} > 0'),
        ("job:x:rate5m > 14.4 * 0.001", "job:x:rate5m > 14.4 * 0.001"),
    ],
)
def test_ranges_are_shorter_and_numbers_what_they_were(expression: str, shorter: str) -> None:
    assert hurried_expression(expression, HURRY) == shorter


@pytest.mark.parametrize("stack", WATCHED)
def test_rules_keep_everything_but_their_times(stack: str) -> None:
    before = as_prometheus(rules_of(stack))["groups"]
    after = hurried_rules(before, HURRY)
    assert [_timeless(group) for group in after] == [_timeless(group) for group in before]
    assert _times(after) == [time / HURRY for time in _times(before)]


def _timeless(group: dict[str, Any]) -> dict[str, Any]:
    """Take the times out of a group."""
    rules = [
        {
            **rule,
            "expr": re.sub(r"\d+(ms|[smhd])\b", "T", rule["expr"]),
            "for": "T" if "for" in rule else None,
        }
        for rule in group["rules"]
    ]
    return {"name": group["name"], "every": "interval" in group, "rules": rules}


def _times(groups: list[dict[str, Any]]) -> list[float]:
    """Read the times of groups in their order, in milliseconds."""
    texts = [
        text
        for group in groups
        for text in (
            group.get("interval", ""),
            *(part for rule in group["rules"] for part in (rule.get("for", ""), *_ranges(rule["expr"]))),
        )
    ]
    return [float(hurried(text, 1).removesuffix("ms")) for text in texts if text]


def _ranges(expression: str) -> list[str]:
    return re.findall(r"\[(\d+(?:ms|[smhd]))\]", expression)


def test_routes_keep_their_matchers_and_inhibitions(tmp_path: Path) -> None:
    config = rendered("prod")["config"]
    changed = on_loopback(config, secrets=tmp_path, templates=tmp_path, receiver="http://x", factor=HURRY)
    assert changed["inhibit_rules"] == config["inhibit_rules"]
    before, after = config["route"]["routes"], changed["route"]["routes"]
    assert [_untimed(route) for route in after] == [_untimed(route) for route in before]
    assert after[0]["repeat_interval"] == "4000ms"
    assert [sorted(each) for each in changed["receivers"]] == [sorted(each) for each in config["receivers"]]


def _untimed(route: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in route.items() if not key.endswith(("_wait", "_interval"))}


def test_the_world_goes_wrong_where_it_should_and_nowhere_else() -> None:
    good = exposition(60, bad_from=60, now=0).splitlines()
    bad = exposition(60, bad_from=30, now=0).splitlines()
    changed = {line.split("{")[0] for line in set(bad) - set(good)}
    assert changed == {
        "rabbitmq_detailed_queue_messages",
        "http_request_duration_seconds_bucket",
        "http_request_duration_seconds_sum",
    }
    assert all("odoo-web" in line or "dlq" in line for line in set(bad) - set(good))
