"""Rules about what is watched and who is called, each broken once on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.observability_rules import OBSERVABILITY_RULES

from .stack_files import Areas, Case, Change, Remedy, areas_of, case_id, remedies, rules_that_nothing_breaks


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


def _alerts_locked_in(areas: Areas) -> None:
    areas["network"]["partner_cidrs"] = ["203.0.113.0/24"]


def _dashboards_from_nowhere(areas: Areas) -> None:
    areas["observability"]["grafana"]["image"]["repository"] = "boards"


PAGER = "observability.alerting.pagerduty"
CASES: dict[Case, list[Remedy]] = {
    ("prod", _late_warning): [("observability.latency.warning_ms", "less than 200")],
    ("prod", _head_before_lead): [(f"{PAGER}.lead_after_minutes", "less than 30")],
    ("prod", _logs_without_a_domain): [("search", "both or neither")],
    ("prod", _short_long_term): [("observability.metrics.long_term_retention_days", "more than 30")],
    ("prod", _silent_production): [(PAGER, "who is called in production")],
    ("staging", _paged_for_staging): [(PAGER, "null")],
    ("prod", _alerts_locked_in): [("network.partner_cidrs", "no list where observability is set")],
    ("prod", _dashboards_from_nowhere): [
        ("observability.grafana.image.repository", "odoo, nginx, gps, ops, grafana")
    ],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(OBSERVABILITY_RULES, CASES) == set()
