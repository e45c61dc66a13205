"""The areas of the real stack files, as plain objects that a test may break."""

from __future__ import annotations

import copy
import json
from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

from infra.settings import DevelopmentSettings, EstateSettings, SettingsError, parse

ROOT: Final = Path(__file__).resolve().parents[3]
ESTATES: Final = ("prod", "staging", "testing", "dr")

Areas = dict[str, Any]


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
    return parse(texts, stack=stack)


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
