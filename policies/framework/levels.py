"""Levels per environment as files for `pulumi preview --policy-pack-config`.

The files are what counts in a run; the rules' metadata says what they should be when nobody decided
otherwise. `python -m policies.framework.levels` writes them anew from the metadata.

One thing is decided otherwise: a rule that demands something which the estate does not declare yet stands in
`levels/awaited.yaml`. It is advisory wherever it is meant to be mandatory, until its line is taken out.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from policies.framework.environments import ENVIRONMENTS
from policies.framework.pack import POLICIES, all_rules, load_packs
from policies.framework.rules import Level, Rule


def levels_file(packs: Path, environment: str) -> Path:
    """Give the configuration file of an environment."""
    return packs / "levels" / f"{environment}.json"


def read_awaited(packs: Path) -> dict[str, str]:
    """Give the rules that wait for something to be declared: rule id → what it is.

    Raises ValueError when the file is no such table.
    """
    path = packs / "levels" / "awaited.yaml"
    document = (yaml.safe_load(path.read_text(encoding="utf-8")) or {}) if path.exists() else {}
    if not isinstance(document, dict) or not all(isinstance(what, str) for what in document.values()):
        raise ValueError(f"{path.name}: write one line for each rule: <rule id>: <what it waits for>")
    return document


def level_now(rule: Rule, environment: str, awaited: Mapping[str, str]) -> Level:
    """Give the level of a rule today; `rule.levels` is the one it is meant to have."""
    level = rule.levels[environment]
    return Level.ADVISORY if level is Level.MANDATORY and rule.id in awaited else level


def levels_document(
    rules: Mapping[str, Rule], environment: str, awaited: Mapping[str, str]
) -> dict[str, Any]:
    """Give the configuration the metadata asks for: a level, or an object where there are settings.

    Raises ValueError when a rule is awaited that nobody has written.
    """
    if unknown := sorted(set(awaited) - set(rules)):
        raise ValueError(f"awaited.yaml: there is no rule {', '.join(unknown)}")
    return {
        rule.id: (
            {
                "enforcementLevel": level_now(rule, environment, awaited).value,
                **rule.settings_in(environment),
            }
            if rule.settings
            else level_now(rule, environment, awaited).value
        )
        for rule in sorted(rules.values(), key=lambda rule: rule.id)
    }


def read_levels(path: Path) -> dict[str, tuple[Level | None, dict[str, Any]]]:
    """Read a configuration file: rule id → level (None: leave it) and settings; empty without a file.

    Raises ValueError with a line that names the file when it is not what the engine would accept.
    """
    if not path.exists():
        return {}
    try:
        return dict(_levels_in(path.read_text(encoding="utf-8")))
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name} is no policy configuration: {error}") from error


@cache
def _levels_in(text: str) -> Mapping[str, tuple[Level | None, dict[str, Any]]]:
    """Read what a file says, once for all packs: each asks for the same file."""
    return {
        rule_id: _entry(value)
        for rule_id, value in json.loads(text).items()
        if rule_id != "exceptions"  # the engine's own key
    }


def _entry(value: Any) -> tuple[Level | None, dict[str, Any]]:  # noqa: ANN401  (any JSON value)
    if isinstance(value, str):
        return Level(value), {}
    settings = dict(value)
    level = settings.pop("enforcementLevel", None)
    return (None if level is None else Level(level)), settings


def main() -> None:
    """Write the files of all environments."""
    rules = all_rules(load_packs())
    awaited = read_awaited(POLICIES)
    for environment in ENVIRONMENTS:
        path = levels_file(POLICIES, environment)
        path.parent.mkdir(exist_ok=True)
        document = levels_document(rules, environment, awaited)
        path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
