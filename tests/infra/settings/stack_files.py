"""The areas of the real stack files, as plain objects that a test may break."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from infra import checked_settings
from infra.settings import DevelopmentSettings, EstateSettings, SettingsError
from infra.settings.problem import Rule

ROOT: Final = Path(__file__).resolve().parents[3]
ESTATES: Final = ("prod", "staging", "testing", "dr")

Areas = dict[str, Any]
Change = Callable[[Areas], None]
"""How a test breaks a stack file."""
Case = tuple[str, Change]
"""Which stack file is broken how."""
Remedy = tuple[str, str]
"""The key that a line names, and what it says is allowed there."""


def areas_of(stack: str) -> Areas:
    """Read a fresh copy of a stack's areas, with the project-wide defaults that the engine adds."""
    return copy.deepcopy(_read(stack))


@cache
def _read(stack: str) -> Areas:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    file = yaml.safe_load((ROOT / f"Pulumi.{stack}.yaml").read_text())
    areas = {
        key.removeprefix("fleet-erp:"): value
        for key, value in file["config"].items()
        if key.startswith("fleet-erp:")
    }
    defaults = {key: entry["default"] for key, entry in project["config"].items()}
    return defaults | areas


def parse_areas(areas: Areas, stack: str) -> EstateSettings | DevelopmentSettings:
    """Parse areas as the engine hands them over: objects as JSON text."""
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in areas.items()}
    return checked_settings.parse(texts, stack=stack)


def estate_settings(stack: str) -> EstateSettings:
    """The settings of a real environment."""
    settings = parse_areas(areas_of(stack), stack)
    assert isinstance(settings, EstateSettings)
    return settings


def mistakes(areas: Areas, stack: str) -> list[str]:
    """The lines that a person would read; empty when nothing is wrong."""
    try:
        parse_areas(areas, stack)
    except SettingsError as error:
        return error.lines
    return []


def remedies(stack: str, change: Change) -> list[Remedy]:
    """Break a real file and give key and remedy of each line."""
    areas = areas_of(stack)
    change(areas)
    return [
        (line.split(": ", 2)[1].removeprefix("fleet-erp:"), line.rsplit("; allowed: ", 1)[1])
        for line in mistakes(areas, stack)
    ]


def rules_that_nothing_breaks(rules: Iterable[Rule], cases: Mapping[Case, list[Remedy]]) -> set[str]:
    """Run each case without each rule, and name the rules whose absence no case notices."""
    idle = set()
    for rule in rules:
        with pytest.MonkeyPatch.context() as patch:
            rest = tuple(other for other in checked_settings.RULES if other is not rule)
            patch.setattr(checked_settings, "RULES", rest)
            if all(remedies(*case) == lines for case, lines in cases.items()):
                idle.add(rule.__name__)
    return idle


def case_id(part: str | Change) -> str:
    """Name a parameter of a case in pytest's output."""
    return part if isinstance(part, str) else part.__name__.strip("_")
