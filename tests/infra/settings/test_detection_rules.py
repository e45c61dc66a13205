"""Rules about what notices intrusion, each broken on a real stack file."""

from __future__ import annotations

import pytest

from infra.settings.detection_rules import DETECTION_RULES

from .stack_files import Areas, Case, Change, Remedy, case_id, remedies, rules_that_nothing_breaks

DETECTION = "protection.detection"


def _no_owner(areas: Areas) -> None:
    areas["environment"]["account_baseline"] = False
    areas["environment"]["account_globals"] = False


def _trail_in_the_standby(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"] = {"log_retention_days": 90, "keep_days": 2557}


def _hub_without_records(areas: Areas) -> None:
    areas["protection"]["detection"]["recorder"] = None


def _glacier_too_late(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"]["glacier_after_days"] = 365


def _locked_for_longer(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"]["keep_days"] = 2556


def _locked_and_destroyed(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"]["lock_days"] = 30
    areas["objects"]["force_destroy"] = True


def _watching_nothing(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"]["watched_buckets"] = ["archive"]


def _blind(areas: Areas) -> None:
    areas["protection"]["detection"]["guardduty"]["protections"].remove("eks-audit")
    areas["protection"]["detection"]["inspector"] = ["EC2"]


def _no_trail(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"] = None


def _unwatched(areas: Areas) -> None:
    areas["protection"]["detection"]["trail"]["watched_buckets"] = ["attachments"]


CASES: dict[Case, list[Remedy]] = {
    ("testing", _no_owner): [
        (f"{DETECTION}.guardduty", "no value"),
        (f"{DETECTION}.access_analyzer", "no value"),
    ],
    ("staging", _no_owner): [
        (f"{DETECTION}.guardduty", "no value"),
        (f"{DETECTION}.inspector", "no value"),
        (f"{DETECTION}.access_analyzer", "no value"),
        (f"{DETECTION}.trail", "null"),
    ],
    ("dr", _trail_in_the_standby): [(f"{DETECTION}.trail", "null")],
    ("prod", _hub_without_records): [(f"{DETECTION}.security_hub", "null")],
    ("staging", _glacier_too_late): [(f"{DETECTION}.trail.glacier_after_days", "1 to 364")],
    ("prod", _locked_for_longer): [(f"{DETECTION}.trail.lock_days", "1 to 2556")],
    ("staging", _locked_and_destroyed): [(f"{DETECTION}.trail.lock_days", "null")],
    ("staging", _watching_nothing): [
        (f"{DETECTION}.trail.watched_buckets[0]", "attachments, gps-archive, metrics, records")
    ],
    ("dr", _blind): [
        (f"{DETECTION}.guardduty.protections", "s3, eks-audit, eks-runtime, malware, rds, lambda"),
        (f"{DETECTION}.inspector", "ECR, EC2, LAMBDA"),
    ],
    ("prod", _no_trail): [(f"{DETECTION}.trail.lock_days", "2557 or more")],
    ("prod", _unwatched): [(f"{DETECTION}.trail.watched_buckets", "all of these")],
}


@pytest.mark.parametrize(("stack", "change"), CASES, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(stack: str, change: Change) -> None:
    assert remedies(stack, change) == CASES[stack, change]


def test_every_rule_is_broken_by_some_case() -> None:
    assert rules_that_nothing_breaks(DETECTION_RULES, CASES) == set()
