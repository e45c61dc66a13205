"""Rules about what is watched and who is called, each broken once on a real stack file."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infra.settings import consistency
from infra.settings.observability_rules import OBSERVABILITY_RULES

from .stack_files import Areas, areas_of, mistakes


def _late_warning(areas: Areas) -> None:
    areas["observability"]["latency"] = {"warning_ms": 200, "critical_ms": 200}


def _head_before_lead(areas: Areas) -> None:
    areas["observability"]["alerting"]["pagerduty"]["lead_after_minutes"] = 30


def _logs_without_a_domain(areas: Areas) -> None:
    areas["search"] = None


def _short_long_term(areas: Areas) -> None:
    areas["observability"]["metrics"]["long_term_retention_days"] = 30


def _silent_production(areas: Areas) -> None:
    areas["observability"]["alerting"]["pagerduty"] = None


def _paged_for_staging(areas: Areas) -> None:
    areas["observability"]["alerting"]["pagerduty"] = areas_of("prod")["observability"]["alerting"][
        "pagerduty"
    ]


PAGER = "observability.alerting.pagerduty"
CASES: dict[tuple[str, Callable[[Areas], None]], list[tuple[str, str]]] = {
    ("prod", _late_warning): [("observability.latency.warning_ms", "less than 200")],
    ("prod", _head_before_lead): [(f"{PAGER}.lead_after_minutes", "less than 30")],
    ("prod", _logs_without_a_domain): [("search", "both or neither")],
    ("prod", _short_long_term): [("observability.metrics.long_term_retention_days", "more than 30")],
    ("prod", _silent_production): [(PAGER, "who is called in production")],
    ("staging", _paged_for_staging): [(PAGER, "null")],
}


@pytest.mark.parametrize(
    ("stack", "change"), CASES, ids=lambda part: part if isinstance(part, str) else part.__name__.strip("_")
)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Callable[[Areas], None]) -> None:
    areas = areas_of(stack)
    change(areas)
    found = [
        (line.split(": ", 2)[1].removeprefix("fleet-erp:"), line.rsplit("; allowed: ", 1)[1])
        for line in mistakes(areas, stack)
    ]
    assert found == CASES[stack, change]


def test_every_rule_is_broken_by_some_case(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rules, every case passes; and each rule is needed for one."""
    for rule in OBSERVABILITY_RULES:
        rest = tuple(other for other in consistency.RULES if other is not rule)
        monkeypatch.setattr("infra.settings.loading.RULES", rest)
        unseen = []
        for stack, change in CASES:
            areas = areas_of(stack)
            change(areas)
            if not mistakes(areas, stack):
                unseen.append(change)
        assert unseen, rule.__name__
