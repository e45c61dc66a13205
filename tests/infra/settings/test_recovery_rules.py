"""Rules about the loss of a region, each broken on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.recovery_rules import RECOVERY_RULES

from .stack_files import Areas, Case, Change, Remedy, areas_of, case_id, remedies, rules_that_nothing_breaks


def _peer_in_the_same_region(areas: Areas) -> None:
    areas["recovery"]["peer_region"] = "ap-south-1"


def _active_primary(areas: Areas) -> None:
    areas["recovery"]["active"] = True


def _primary_away_from_home(areas: Areas) -> None:
    areas["recovery"] |= {"role": "primary"}


def _home_without_a_part(areas: Areas) -> None:
    areas["recovery"]["home"] = True


def _home_that_is_activated(areas: Areas) -> None:
    areas["recovery"] |= {"role": "standby", "active": True}
    areas["database"]["made_as"] = "replica"


def _standby_that_hands_over(areas: Areas) -> None:
    areas["recovery"]["handover"] = "closed"


def _standby_of_its_own_making(areas: Areas) -> None:
    areas["database"]["made_as"] = "instance"


def _replica_of_nobody(areas: Areas) -> None:
    areas["database"]["made_as"] = "replica"


def _standby_that_pulls(areas: Areas) -> None:
    areas["recovery"]["peer_filestore_id"] = "fs-0123456789abcdef0"
    areas["recovery"]["peer_switch_id"] = "01234567-89ab-4cde-8f01-23456789abcd"


def _copy_of_no_bucket(areas: Areas) -> None:
    areas["recovery"]["replicated_buckets"] = ["attachments", "dumps", "attachments"]


def _copies_to_nowhere(areas: Areas) -> None:
    areas["recovery"]["replicated_buckets"] = ["attachments"]


BUCKETS = "attachments, gps-archive, metrics, records"

CASES: dict[Case, list[Remedy]] = {
    ("prod", _peer_in_the_same_region): [("recovery.peer_region", "another one")],
    ("prod", _active_primary): [("recovery.active", "false")],
    ("dr", _primary_away_from_home): [("recovery.home", "true")],
    ("staging", _home_without_a_part): [("recovery.home", "false")],
    ("prod", _home_that_is_activated): [("recovery.active", "false, with role: primary")],
    ("dr", _standby_that_hands_over): [("recovery.handover", "null")],
    ("dr", _standby_of_its_own_making): [("database.made_as", "replica, of an instance that is made anew")],
    ("staging", _replica_of_nobody): [("database.made_as", "instance")],
    ("dr", _standby_that_pulls): [
        ("recovery.peer_filestore_id", "null"),
        ("recovery.peer_switch_id", "null"),
    ],
    ("prod", _copy_of_no_bucket): [
        ("recovery.replicated_buckets[1]", BUCKETS),
        ("recovery.replicated_buckets[2]", "each bucket once"),
    ],
    ("staging", _copies_to_nowhere): [("recovery.replicated_buckets[0]", "no list")],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    found = remedies(stack, change)
    # A primary has more duties; here it is about its part alone.
    assert [line for line in found if line[0].startswith(("recovery", "database.made_as"))] == CASES[
        stack, change
    ]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing."""
    assert rules_that_nothing_breaks(RECOVERY_RULES, CASES) == set()


def test_home_and_standby_name_each_other_and_the_same_copies() -> None:
    prod, dr = areas_of("prod"), areas_of("dr")
    for one, other in ((prod, dr), (dr, prod)):
        assert one["recovery"]["peer_environment"] == other["environment"]["name"]
        assert one["recovery"]["peer_region"] == other["environment"]["region"]
        assert one["recovery"]["peer_account_id"] == other["environment"]["account_id"]
    assert prod["recovery"]["replicated_buckets"] == dr["recovery"]["replicated_buckets"]
    restricted = {b["name"] for b in prod["objects"]["buckets"] if b["classification"] == "restricted"}
    assert restricted <= set(prod["recovery"]["replicated_buckets"])
    assert prod["recovery"]["peer_filestore_id"]
    assert prod["recovery"]["peer_switch_id"]
