"""The monitoring of the real stacks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pytest

from infra.settings.observability import ObservabilitySettings
from preview.graph import Resource, ResourceGraph, plain
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings

RELEASE: Final = "kubernetes:helm.sh/v3:Release"
WATCHED: Final = ("prod", "staging", "dr")
SERVING: Final = ("prod", "staging")

ReleaseFinder = Callable[[str, str], Resource]
ValuesFinder = Callable[[str, str], dict[str, Any]]


@pytest.fixture(scope="session")
def release(estate: EstateRenderer) -> ReleaseFinder:
    """Give `release(stack, name)`: the one release of that name."""

    def find(stack: str, name: str) -> Resource:
        (found,) = [each for each in estate(stack).of_type(RELEASE) if each.inputs["name"] == name]
        return found

    return find


@pytest.fixture(scope="session")
def values(release: ReleaseFinder) -> ValuesFinder:
    """Give `values(stack, name)`: what a chart is told, as plain data."""

    def find(stack: str, name: str) -> dict[str, Any]:
        told = plain(release(stack, name).inputs)["values"]
        assert isinstance(told, dict)
        return told

    return find


def watched(stack: str) -> ObservabilitySettings:
    """Give the settings of an environment that is watched."""
    settings = estate_settings(stack).observability
    assert settings is not None
    return settings


def releases(graph: ResourceGraph) -> set[str]:
    """Give the names of all releases."""
    return {each.inputs["name"] for each in graph.of_type(RELEASE)}
