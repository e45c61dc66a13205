"""Rules about what is kept of the data, each broken on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.protection_rules import PROTECTION_RULES

from .stack_files import Areas, Case, Change, Remedy, areas_of, case_id, remedies, rules_that_nothing_breaks


def _lock_without_room(areas: Areas) -> None:
    areas["protection"]["backup"]["lock"] = {"min_keep_days": 90, "max_keep_days": 30}


def _kept_beyond_the_lock(areas: Areas) -> None:
    areas["protection"]["backup"]["rules"][0]["copy_keep_days"] = 400


def _objects_kept_below_the_lock(areas: Areas) -> None:
    areas["protection"]["backup"]["objects_keep_days"] = 29


def _two_rules_of_one_name(areas: Areas) -> None:
    areas["protection"]["backup"]["rules"] *= 2


def _copies_into_another_region(areas: Areas) -> None:
    areas["protection"]["backup"]["copy_region"] = "ap-south-2"


def _copies_without_a_peer(areas: Areas) -> None:
    areas["protection"]["backup"]["copy_region"] = "ap-southeast-1"
    areas["protection"]["backup"]["rules"][0]["copy_keep_days"] = 7


def _copies_kept_for_no_time(areas: Areas) -> None:
    areas["protection"]["backup"]["rules"][0]["copy_keep_days"] = None


def _no_backup(areas: Areas) -> None:
    areas["protection"]["backup"] = None


def _two_weeks(areas: Areas) -> None:
    areas["protection"]["backup"]["lock"]["min_keep_days"] = 7
    areas["protection"]["backup"]["rules"][0]["keep_days"] = 14


def _nothing_but_rules(areas: Areas) -> None:
    del areas["protection"]["backup"]["restore_test"]
    areas["protection"]["backup"]["lock"] = None


CASES: dict[Case, list[Remedy]] = {
    ("prod", _lock_without_room): [("protection.backup.lock.min_keep_days", "at most 30")],
    ("prod", _kept_beyond_the_lock): [("protection.backup.rules[0].copy_keep_days", "30 to 365")],
    ("dr", _objects_kept_below_the_lock): [("protection.backup.objects_keep_days", "30 to 365")],
    ("staging", _two_rules_of_one_name): [("protection.backup.rules[1].name", "one name per rule")],
    ("prod", _copies_into_another_region): [("protection.backup.copy_region", "ap-southeast-1")],
    ("staging", _copies_without_a_peer): [("protection.backup.copy_region", "null")],
    ("prod", _copies_kept_for_no_time): [
        ("protection.backup.rules[0].copy_keep_days", "days, for there is a copy_region")
    ],
    ("prod", _no_backup): [("protection.backup", "backups in production")],
    ("prod", _two_weeks): [("protection.backup.rules[0].keep_days", "30 or more")],
    ("prod", _nothing_but_rules): [
        ("protection.backup.lock", "one in production"),
        ("protection.backup.restore_test", "one in production"),
    ],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(PROTECTION_RULES, CASES) == set()


def test_testing_is_not_backed_up() -> None:
    """What nobody would miss costs nothing; everything else is kept."""
    kept = {stack: areas_of(stack)["protection"]["backup"] for stack in ("prod", "staging", "testing", "dr")}
    assert [stack for stack, backup in kept.items() if backup is None] == ["testing"]
