"""Rules about the refresh from production, each broken on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.refresh_rules import REFRESH_RULES

from .stack_files import Areas, Case, Change, Remedy, areas_of, case_id, remedies, rules_that_nothing_breaks


def _refreshed_from_staging(areas: Areas) -> None:
    areas["refresh"] = areas_of("prod")["refresh"]
    areas["refresh"]["targets"] = [{"environment": "testing", "account_id": "333344445555"}]
    cidr = areas["network"]["cidr"].removesuffix(".0.0/16")
    areas["refresh"]["quarantine"]["cidr"] = f"{cidr}.200.0/24"
    areas["refresh"]["quarantine"]["subnets"][0]["cidr"] = f"{cidr}.200.0/26"
    areas["refresh"]["quarantine"]["subnets"][1]["cidr"] = f"{cidr}.200.64/26"


def _shared_with_itself(areas: Areas) -> None:
    areas["refresh"]["targets"][0]["account_id"] = areas["environment"]["account_id"]


def _shared_twice(areas: Areas) -> None:
    areas["refresh"]["targets"] = areas["refresh"]["targets"][:1] * 2


def _quarantine_that_could_be_connected(areas: Areas) -> None:
    areas["refresh"]["quarantine"]["cidr"] = "10.9.200.0/24"
    areas["refresh"]["quarantine"]["subnets"][0]["cidr"] = "10.9.200.0/26"
    areas["refresh"]["quarantine"]["subnets"][1]["cidr"] = "10.9.200.64/26"


def _quarantine_over_nodes(areas: Areas) -> None:
    areas["refresh"]["quarantine"]["cidr"] = "10.0.1.0/24"
    areas["refresh"]["quarantine"]["subnets"][0]["cidr"] = "10.0.1.0/26"
    areas["refresh"]["quarantine"]["subnets"][1]["cidr"] = "10.0.1.64/26"


def _one_zone(areas: Areas) -> None:
    areas["refresh"]["quarantine"]["subnets"][1]["zone"] = "ap-south-1a"


def _subnet_elsewhere(areas: Areas) -> None:
    areas["refresh"]["quarantine"]["subnets"][1]["cidr"] = "10.0.201.0/26"


def _no_time_to_answer(areas: Areas) -> None:
    areas["refresh"]["deadline_hours"] = 36


def _no_size_of_fargate(areas: Areas) -> None:
    areas["refresh"]["task"] |= {"cpu_units": 1024, "memory_mib": 16384}


def _taken_by_production(areas: Areas) -> None:
    areas["intake"] = areas_of("staging")["intake"] | {"from_account_id": "222233334444"}


def _taken_from_itself(areas: Areas) -> None:
    areas["intake"]["from_account_id"] = areas["environment"]["account_id"]


def _made_of_what_nobody_accepted(areas: Areas) -> None:
    areas["intake"] = None
    areas["database"]["snapshot"] = "fleet-erp-staging-masked-manual-1"


def _made_of_production_s_snapshot(areas: Areas) -> None:
    areas["database"]["snapshot"] = "fleet-erp-prod-masked-manual-1"


CASES: dict[Case, list[Remedy]] = {
    ("staging", _refreshed_from_staging): [("refresh", "null, the refresh is prod's")],
    ("prod", _shared_with_itself): [("refresh.targets[0].account_id", "the target's account")],
    ("prod", _shared_twice): [("refresh.targets[1].account_id", "each account once")],
    ("prod", _quarantine_that_could_be_connected): [
        ("refresh.quarantine.cidr", "addresses of 10.0.0.0/16, so that the two can never be connected")
    ],
    ("prod", _quarantine_over_nodes): [
        ("refresh.quarantine.cidr", "addresses that no subnet has, so that logs tell who is who")
    ],
    ("prod", _one_zone): [("refresh.quarantine.subnets[1].zone", "one subnet per zone")],
    ("prod", _subnet_elsewhere): [
        ("refresh.quarantine.subnets[1].cidr", "/28 or larger within 10.0.200.0/24")
    ],
    ("prod", _no_time_to_answer): [("refresh.deadline_hours", "above 36")],
    ("prod", _taken_by_production): [("intake", "null; staging and testing take masked snapshots")],
    ("testing", _taken_from_itself): [("intake.from_account_id", "production's account")],
    ("staging", _made_of_what_nobody_accepted): [("database.snapshot", "null")],
    ("testing", _made_of_production_s_snapshot): [
        ("database.snapshot", "fleet-erp-testing-masked- and the name of a run")
    ],
    ("prod", _no_size_of_fargate): [("refresh.task.memory_mib", "2048 to 8192")],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(REFRESH_RULES, CASES) == set()
