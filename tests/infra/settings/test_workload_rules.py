"""Rules between workloads and what they live on, each broken once on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.workload_rules import WORKLOAD_RULES

from .stack_files import Areas, Case, Change, Remedy, case_id, remedies, rules_that_nothing_breaks


def _bounds_out_of_order(areas: Areas) -> None:
    areas["workloads"]["gps"]["consumer"] = {"min_replicas": 3, "max_replicas": 2}


def _fixed_pods_on_scaling_nodes(areas: Areas) -> None:
    areas["workloads"]["scaling"] = "fixed"
    areas["cluster"]["node_groups"][0]["size"] = {"min": 8, "desired": 8, "max": 8}


def _patient_application(areas: Areas) -> None:
    areas["workloads"]["gps"]["key_rate_margin"] = 2.5


def _image_from_nowhere(areas: Areas) -> None:
    areas["workloads"]["images"]["nginx"]["repository"] = "proxy"


CASES: dict[Case, list[Remedy]] = {
    ("prod", _bounds_out_of_order): [("workloads.gps.consumer.min_replicas", "1 to 2")],
    ("prod", _fixed_pods_on_scaling_nodes): [("workloads.scaling", "autoscaled")],
    ("prod", _patient_application): [
        ("workloads.gps.key_rate_margin", "up to edge.firewall.fleet_rate_margin, 2")
    ],
    ("prod", _image_from_nowhere): [("workloads.images.nginx.repository", "odoo, nginx, gps, ops, grafana")],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(WORKLOAD_RULES, CASES) == set()
