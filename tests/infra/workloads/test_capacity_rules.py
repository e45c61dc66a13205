"""Rules between load, nodes and stores, each broken once on a real stack file."""

from __future__ import annotations

import pytest

from infra.workloads.capacity_rules import CAPACITY_RULES
from tests.infra.settings.stack_files import (
    ESTATES,
    Areas,
    Case,
    Change,
    Remedy,
    areas_of,
    case_id,
    mistakes,
    remedies,
    rules_that_nothing_breaks,
)


def _twice_the_vehicles(areas: Areas) -> None:
    areas["load"]["fleet"]["peak_vehicles"] = 4000


def _few_nodes_at_most(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["size"] = {"min": 3, "desired": 3, "max": 5}


def _one_node_in_staging(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["size"] = 1


def _large_pod_in_testing(areas: Areas) -> None:
    areas["workloads"]["odoo"]["web"]["memory_mib"] = 4096


def _one_standby_node(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["standby_size"] = {"min": 1, "desired": 1, "max": 1}


def _standby_that_could_not_serve(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["size"] = {"min": 2, "desired": 2, "max": 8}


def _small_workspace(areas: Areas) -> None:
    areas["workspace"]["cpu_quota_millicores"] = 500
    areas["workspace"]["memory_quota_mib"] = 1024


def _low_ceilings(areas: Areas) -> None:
    areas["workloads"]["odoo"]["web"]["max_replicas"] = 6
    areas["workloads"]["gps"]["api"] = {"max_replicas": 2}
    areas["workloads"]["gps"]["consumer"] = {"max_replicas": 1}


def _small_database(areas: Areas) -> None:
    areas["database"]["instance_class"] = "db.t3.medium"


CASES: dict[Case, list[Remedy]] = {
    ("prod", _twice_the_vehicles): [
        ("cluster.node_groups[0].size.min", "4 or more, or smaller requests in workloads")
    ],
    ("prod", _few_nodes_at_most): [
        ("cluster.node_groups[0].size.max", "7 or more, or max_replicas in workloads")
    ],
    ("staging", _one_node_in_staging): [
        ("cluster.node_groups[0].size", "2 or more, or smaller requests in workloads")
    ],
    ("testing", _large_pod_in_testing): [
        ("cluster.node_groups[0].size", "a larger instance type, or smaller requests in workloads")
    ],
    ("dr", _one_standby_node): [
        ("cluster.node_groups[0].standby_size", "2 or more, or smaller requests in workloads")
    ],
    ("dr", _standby_that_could_not_serve): [
        ("cluster.node_groups[0].size.min", "3 or more, or smaller requests in workloads")
    ],
    ("dev", _small_workspace): [
        ("workspace.cpu_quota_millicores", "1020 or more, or less in workloads"),
        ("workspace.memory_quota_mib", "2480 or more, or less in workloads"),
    ],
    ("prod", _low_ceilings): [
        ("workloads.odoo.web.max_replicas", "7 or more, or no value"),
        ("workloads.gps.api.max_replicas", "3 or more, or no value"),
        ("workloads.gps.consumer.max_replicas", "2 or more, or no value"),
    ],
    ("prod", _small_database): [
        ("database.instance_class", "a larger class, or lower max_replicas in workloads")
    ],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_what_does_not_fit_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(CAPACITY_RULES, CASES) == set()


@pytest.mark.parametrize("stack", [*ESTATES, "dev"])
def test_the_real_environments_fit(stack: str) -> None:
    assert mistakes(areas_of(stack), stack) == []


def test_a_wrong_area_hides_no_other_mistake() -> None:
    """Where a size is not even a number, the fit is not judged, the rest is."""
    areas = areas_of("prod")
    areas["cluster"]["node_groups"][0]["size"]["min"] = "three"
    areas["workloads"]["gps"]["key_rate_margin"] = 2.5
    assert len(mistakes(areas, "prod")) == 2
