"""Contradictions in the settings of the refresh."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from infra.settings.refresh import RefreshSettings
from infra.settings.refresh_rules import (
    a_refresh_ends_in_time,
    quarantine_can_never_be_connected,
    targets_are_other_accounts,
    task_is_a_size_of_fargate,
)


class Named:
    """What a rule reads of another area."""

    def __init__(self, **values: Any) -> None:
        self.__dict__.update(values)


def settings(change: Callable[[dict[str, Any]], object] = lambda _: None) -> RefreshSettings:
    values: dict[str, Any] = {
        "targets": [{"environment": "staging", "account_id": "222233334444"}],
        "schedule": {"expression": "cron(0 22 ? * SAT#1 *)", "time_zone": "Asia/Kolkata"},
        "quarantine": {
            "cidr": "10.0.200.0/24",
            "subnets": [
                {"zone": "ap-south-1a", "cidr": "10.0.200.0/26"},
                {"zone": "ap-south-1b", "cidr": "10.0.200.64/26"},
            ],
            "instance_class": "db.m5.xlarge",
        },
        "task": {"cpu_units": 2048, "memory_mib": 8192, "deadline_hours": 12},
        "keep_failed_hours": 24,
        "deadline_hours": 72,
    }
    change(values)
    return RefreshSettings.model_validate_json(json.dumps(values))


def network() -> Any:
    from ipaddress import IPv4Network  # noqa: PLC0415

    return Named(
        cidr=IPv4Network("10.0.0.0/16"),
        private_subnets=[Named(cidr=IPv4Network("10.0.1.0/24"))],
        public_subnets=[Named(cidr=IPv4Network("10.0.101.0/24"))],
    )


def test_production_s_own_shape_is_right() -> None:
    right = settings()
    assert not list(quarantine_can_never_be_connected(network(), right))
    assert not list(a_refresh_ends_in_time(right))
    assert not list(task_is_a_size_of_fargate(right))
    assert not list(targets_are_other_accounts(Named(account_id="111122223333"), right))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("cidr", "why"), [("10.9.0.0/24", "lies outside"), ("10.0.1.0/24", "overlaps 10.0.1.0/24")]
)
def test_the_quarantine_has_free_addresses_of_production(cidr: str, why: str) -> None:
    wrong = settings(lambda values: values["quarantine"].update(cidr=cidr))
    problems = list(quarantine_can_never_be_connected(network(), wrong))
    assert any(problem.path == "refresh.quarantine.cidr" and why in problem.message for problem in problems)


def test_the_deadline_leaves_time_to_answer() -> None:
    wrong = settings(lambda values: values.update(deadline_hours=36))
    assert [problem.path for problem in a_refresh_ends_in_time(wrong)] == ["refresh.deadline_hours"]


def test_fargate_has_no_such_size() -> None:
    wrong = settings(lambda values: values["task"].update(cpu_units=1024, memory_mib=16384))
    assert [problem.path for problem in task_is_a_size_of_fargate(wrong)] == ["refresh.task.memory_mib"]


def test_nothing_is_shared_with_production_itself() -> None:
    owner: Any = Named(account_id="222233334444")
    assert [problem.path for problem in targets_are_other_accounts(owner, settings())] == [
        "refresh.targets[0].account_id"
    ]
