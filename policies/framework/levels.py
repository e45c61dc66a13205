"""Levels per environment as files for `pulumi preview --policy-pack-config`.

The files are what counts in a run; the rules' metadata says what they should be when nobody decided
otherwise. `python -m policies.framework.levels` writes them anew from the metadata.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from policies.framework.environments import ENVIRONMENTS
from policies.framework.pack import POLICIES, all_rules, load_packs
from policies.framework.rules import Level, Rule


def levels_file(packs: Path, environment: str) -> Path:
    """Give the configuration file of an environment."""
    return packs / "levels" / f"{environment}.json"


def levels_document(rules: Mapping[str, Rule], environment: str) -> dict[str, Any]:
    """Give the configuration the metadata asks for: a level, or an object where there are settings."""
    return {
        rule.id: (
            {
                "enforcementLevel": rule.levels[environment].value,
                **{name: setting.default for name, setting in rule.settings.items()},
            }
            if rule.settings
            else rule.levels[environment].value
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
        document = json.loads(path.read_text(encoding="utf-8"))
        return {
            rule_id: _entry(value)
            for rule_id, value in document.items()
            if rule_id != "exceptions"  # the engine's own key
        }
    except (ValueError, AttributeError, TypeError) as error:
        raise ValueError(f"{path.name} is no policy configuration: {error}") from error


def _entry(value: Any) -> tuple[Level | None, dict[str, Any]]:  # noqa: ANN401  (any JSON value)
    if isinstance(value, str):
        return Level(value), {}
    settings = dict(value)
    level = settings.pop("enforcementLevel", None)
    return (None if level is None else Level(level)), settings


def main() -> None:
    """Write the files of all environments."""
    rules = all_rules(load_packs())
    for environment in ENVIRONMENTS:
        path = levels_file(POLICIES, environment)
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(levels_document(rules, environment), indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
