"""What each environment's stack file makes of Alertmanager."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

from infra.naming import Naming
from infra.observability.alerting import alertmanager_values
from infra.observability.rules import RuleContext, RuleGroup, rule_groups
from infra.settings.observability import AlertingSettings
from infra.workloads.capacity import Capacity
from tests.infra.settings.stack_files import estate_settings

from .servers import Alertmanager, alertmanager

WATCHED: Final = ("prod", "staging", "dr")
"""Environments with an Alertmanager."""
PAGING: Final = ("prod", "dr")
HURRY: Final = 60
"""A minute of the rendered configuration is a second of a test."""


def alerting_settings(stack: str) -> AlertingSettings:
    """Read what a stack file says about alerts."""
    observability = estate_settings(stack).observability
    assert observability is not None
    return observability.alerting


def naming_of(stack: str) -> Naming:
    """Give the names of an environment."""
    settings = estate_settings(stack)
    return Naming.of(settings.environment, settings.schedule)


@cache
def rendered(stack: str) -> dict[str, Any]:
    """Give the chart's values for a real stack file."""
    return alertmanager_values(settings=alerting_settings(stack), naming=naming_of(stack))


@cache
def rules_of(stack: str) -> tuple[RuleGroup, ...]:
    """Give the rules of a real stack file."""
    settings = estate_settings(stack)
    capacity = Capacity.of(
        settings.load,
        settings.cluster,
        settings.database,
        settings.workloads,
        serving=settings.recovery.serving,
        monitored=settings.observability is not None,
    )
    return rule_groups(RuleContext.of(settings, capacity))


@pytest.fixture
def production(tmp_path: Path) -> Iterator[Alertmanager]:
    """Run Alertmanager with production's routes and a minute of them in a second."""
    values = rendered("prod")
    with alertmanager(
        values["config"], values["templateFiles"], folder=tmp_path / "alertmanager", factor=HURRY
    ) as running:
        yield running
