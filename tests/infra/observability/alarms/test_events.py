"""Events of AWS, as its documents show them: which rule hears them, and what people read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import EstateRenderer

from .eventbridge import matches, transformed
from .reading import ESTATES, EVENT_TARGET, event_alarms

SAMPLES: list[dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("events.yaml").read_text(encoding="utf-8")
)


def _label(sample: dict[str, Any]) -> str:
    event = sample["event"]
    return f"{event['source']}-{sample['rule'] or 'nothing'}"


@pytest.mark.parametrize("stack", ESTATES)
@pytest.mark.parametrize("sample", SAMPLES, ids=_label)
def test_exactly_the_rule_about_an_event_hears_it(
    estate: EstateRenderer, stack: str, sample: dict[str, Any]
) -> None:
    heard = [
        rule.name
        for rule in event_alarms(estate(stack))
        if matches(json.loads(rule.inputs["eventPattern"]), sample["event"])
    ]
    assert heard == ([sample["rule"]] if sample["rule"] else [])


@pytest.mark.parametrize("sample", [sample for sample in SAMPLES if sample["rule"]], ids=_label)
def test_people_read_a_sentence(estate: EstateRenderer, sample: dict[str, Any]) -> None:
    (target,) = [found for found in estate("prod").of_type(EVENT_TARGET) if found.name == sample["rule"]]
    text = transformed(target.inputs["inputTransformer"], sample["event"])
    assert text.startswith("fleet-erp-prod: ")
    for part in (*sample["holds"], "111122223333", "ap-south-1", "docs/runbooks/"):
        assert part in text


def test_every_rule_is_tried_with_what_it_hears_and_what_it_does_not(estate: EstateRenderer) -> None:
    rules = {rule.name: json.loads(rule.inputs["eventPattern"]) for rule in event_alarms(estate("prod"))}
    assert {sample["rule"] for sample in SAMPLES} - {None} == set(rules)
    quiet = {sample["event"]["source"] for sample in SAMPLES if sample["rule"] is None}
    assert quiet == {pattern["source"][0] for pattern in rules.values()}


@pytest.mark.parametrize("stack", ESTATES)
def test_rules_are_on(estate: EstateRenderer, stack: str) -> None:
    for rule in event_alarms(estate(stack)):
        assert rule.inputs.get("state", "ENABLED") == "ENABLED"
        assert rule.inputs["name"] == f"fleet-erp-{stack}-{rule.name}"
