"""The packs hold at least what the catalogue asks for, and say so in their metadata."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from policies.framework.environments import ENVIRONMENTS
from policies.framework.pack import POLICIES, load_pack
from policies.framework.rules import Level, Rule

CATALOGUE: Final[list[dict[str, Any]]] = yaml.safe_load(
    (Path(__file__).parents[1] / "catalogue.yaml").read_text(encoding="utf-8")
)
FINISHED: Final = {
    "enc": "encryption",
    "tls": "tls",
    "net": "network",
    "avl": "resilience",
    "dat": "data",
    "log": "observability",
    "tag": "governance",
    "cst": "governance",
}
"""Packs that hold every rule of their heading: prefix of the rule ids → pack."""
ELSEWHERE: Final = re.compile(r"[a-z]+-k8s-|dat-image-|log-app-")
"""Rules of these headings that are about objects in the cluster: tests/policies/kubernetes looks for them."""
WANTED: Final = [
    entry
    for entry in CATALOGUE
    if entry["rule"].split("-", 1)[0] in FINISHED and not ELSEWHERE.match(entry["rule"])
]


def declared(rule_id: str) -> Rule | None:
    """Give the rule of this id, or None."""
    pack = load_pack(POLICIES / FINISHED[rule_id.split("-", 1)[0]])
    return next((rule for rule in pack.rules if rule.id == rule_id), None)


def least_levels(level: str) -> dict[str, Level]:
    """Give the least level per environment: `M prod / A else` is mandatory in prod, advisory elsewhere."""
    levels: dict[str, Level] = {}
    for part in level.split("/"):
        letter, _, places = part.strip().partition(" ")
        places = places or "all"  # a bare M: everywhere, with values that differ
        names = (
            (ENVIRONMENTS if places == "all" else [name for name in ENVIRONMENTS if name not in levels])
            if places in {"all", "else"}
            else places.split(",")
        )
        levels |= dict.fromkeys(names, Level.MANDATORY if letter == "M" else Level.ADVISORY)
    return levels


def test_the_catalogue_is_whole() -> None:
    assert len(CATALOGUE) == len({entry["rule"] for entry in CATALOGUE}) == 172
    assert len(WANTED) == 136


@pytest.mark.requirement("RISK-01")
@pytest.mark.parametrize("entry", WANTED, ids=lambda entry: entry["rule"])
def test_a_rule_of_the_catalogue_exists(entry: dict[str, Any]) -> None:
    rule = declared(entry["rule"])
    assert rule is not None
    further = [declared(rule_id) for rule_id in entry.get("split", ())]
    parts = [part for part in (rule, *further) if part is not None]
    assert len(parts) == 1 + len(further)
    wanted = {*entry["security_hub"], *entry["checkov"]}
    found = {control for part in parts for control in (*part.controls.security_hub, *part.controls.checkov)}
    # A rule that was split off may answer for a control that the row does not name.
    assert wanted <= found
    assert {*rule.controls.security_hub, *rule.controls.checkov} <= wanted
    for environment, least in least_levels(entry["level"]).items():
        allowed = {Level.MANDATORY} if least is Level.MANDATORY else {Level.MANDATORY, Level.ADVISORY}
        assert rule.levels[environment] in allowed, environment
