"""What rules say about themselves agrees with their code, their files, the levels and the docs."""

from __future__ import annotations

import json
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
import yaml

from policies.framework.docs import PAGE, page
from policies.framework.environments import ENVIRONMENTS
from policies.framework.levels import level_now, levels_document, levels_file, read_awaited, read_levels
from policies.framework.pack import (
    POLICIES,
    REPOSITORY,
    Pack,
    all_rules,
    load_pack,
    load_packs,
    pack_directories,
)
from policies.framework.rules import Level, Rule

DIRECTORIES = pack_directories()
per_pack = pytest.mark.parametrize("directory", DIRECTORIES, ids=lambda directory: directory.name)


def rules_of(directory: Path) -> tuple[Pack, tuple[Rule, ...]]:
    """Give a pack and its rules."""
    pack = load_pack(directory)
    return pack, pack.rules


@per_pack
def test_every_file_of_rules_is_listed(directory: Path) -> None:
    """A file that nobody lists would judge nothing; a listed one that is gone fails on import."""
    pack, rules = rules_of(directory)
    files = {path.stem for path in directory.glob("*.py")} - {"__init__", "__main__"}
    with_rules = {rule.module.rsplit(".", 1)[-1] for rule in rules}
    assert set(pack.subjects) == with_rules
    declaring = {
        name for name in files if "_rule(\n" in (directory / f"{name}.py").read_text(encoding="utf-8")
    }
    assert declaring == with_rules


@per_pack
def test_no_file_hides_a_module(directory: Path) -> None:
    """The engine puts the pack's folder first on the path: a file named as a module would take its place."""
    taken = set(sys.stdlib_module_names) | set(packages_distributions())
    names = {path.stem for path in directory.iterdir()}
    assert names & taken == set()


@per_pack
def test_id_title_and_function_agree(directory: Path) -> None:
    pack, rules = rules_of(directory)
    assert rules
    for rule in rules:
        assert rule.id.startswith(pack.prefixes)
        tail = rule.id.split("-", 1)[1].replace("-", "_")
        assert getattr(rule.check, "__name__", None) == tail, rule.id
        assert rule.title.endswith("."), rule.id
        assert len(rule.title) <= 105, rule.id
        assert rule.remedy.endswith("."), rule.id
        assert rule.module.startswith(pack.module), rule.id


@per_pack
def test_controls_are_known(directory: Path) -> None:
    document = yaml.safe_load((REPOSITORY / "docs" / "requirements.yaml").read_text(encoding="utf-8"))
    known = {row["id"] for rows in document.values() for row in rows}
    for rule in rules_of(directory)[1]:
        assert set(rule.controls.requirements) <= known, rule.id
        assert rule.controls.requirements, rule.id


@per_pack
def test_the_engine_can_load_the_pack(directory: Path) -> None:
    project = load_pack(directory).project
    assert project["runtime"] == {"name": "python", "options": {"virtualenv": "../../.venv"}}
    assert project["version"]
    assert project["description"]
    main = (directory / "__main__.py").read_text(encoding="utf-8")
    assert main == (POLICIES / "encryption" / "__main__.py").read_text(encoding="utf-8")


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_levels_are_current(environment: str) -> None:
    """Run `python -m policies.framework.levels` after a change of metadata."""
    rules = all_rules(load_packs())
    awaited = read_awaited(POLICIES)
    given = json.loads(levels_file(POLICIES, environment).read_text(encoding="utf-8"))
    assert given == levels_document(rules, environment, awaited)
    for rule_id, (level, settings) in read_levels(levels_file(POLICIES, environment)).items():
        assert level is level_now(rules[rule_id], environment, awaited), rule_id
        assert set(settings) == set(rules[rule_id].settings), rule_id


def test_nothing_is_off_where_it_matters() -> None:
    """In prod every rule at least speaks, unless it is about something prod must not have."""
    for rule in all_rules(load_packs()).values():
        if rule.levels["prod"] is Level.DISABLED:
            assert any(rule.levels[name] is not Level.DISABLED for name in ENVIRONMENTS), rule.id


def test_the_page_is_current() -> None:
    """Run `python -m policies.framework.docs` after a change of metadata."""
    assert PAGE.read_text(encoding="utf-8") == page(load_packs())
