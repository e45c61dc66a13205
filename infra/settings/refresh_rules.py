"""Rules about the refresh of environments outside production, across areas of a stack file."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from .data import DatabaseSettings
from .environment import EnvironmentSettings
from .network import NetworkSettings
from .problem import Problem, Rule
from .refresh import IntakeSettings, RefreshSettings

FARGATE_MEMORY_MIB: Final = {
    1024: (2048, 8192),
    2048: (4096, 16384),
    4096: (8192, 30720),
    8192: (16384, 61440),
}
"""Least and most memory by CPU units (Amazon ECS developer guide, "Task size")."""
MASKED_ENVIRONMENTS: Final = ("staging", "testing")
LARGEST_SUBNET: Final = 16
SMALLEST_SUBNET: Final = 28


def only_production_is_copied(
    environment: EnvironmentSettings, refresh: RefreshSettings | None
) -> Iterator[Problem]:
    """Production declares the refresh, and no other environment can: the rest only sees masked snapshots."""
    if refresh is not None and environment.name != "prod":
        yield Problem("refresh", environment.name, "is not production; allowed: null, the refresh is prod's")


def targets_are_other_accounts(
    environment: EnvironmentSettings, refresh: RefreshSettings | None
) -> Iterator[Problem]:
    """A snapshot is shared with other accounts than its own, each once."""
    if refresh is None:
        return
    accounts = [target.account_id for target in refresh.targets]
    for index, target in enumerate(refresh.targets):
        path = f"refresh.targets[{index}].account_id"
        if target.account_id == environment.account_id:
            yield Problem(path, target.account_id, "is production's own; allowed: the target's account")
        elif accounts.index(target.account_id) != index:
            yield Problem(path, target.account_id, "is a target already; allowed: each account once")


def quarantine_can_never_be_connected(
    network: NetworkSettings, refresh: RefreshSettings | None
) -> Iterator[Problem]:
    """The quarantine is a VPC of its own with addresses of production's, each subnet in another zone.

    AWS refuses peering between VPCs whose addresses overlap, and keeps what a workload sends there inside the
    workload's own VPC: nobody can connect the two by mistake.
    """
    if refresh is None:
        return
    quarantine = refresh.quarantine
    path = "refresh.quarantine"
    if not quarantine.cidr.subnet_of(network.cidr):
        allowed = f"addresses of {network.cidr}, so that the two can never be connected"
        yield Problem(f"{path}.cidr", str(quarantine.cidr), f"lies outside; allowed: {allowed}")
    for subnet in (*network.private_subnets, *network.public_subnets):
        if quarantine.cidr.overlaps(subnet.cidr):
            allowed = "addresses that no subnet has, so that logs tell who is who"
            yield Problem(f"{path}.cidr", str(quarantine.cidr), f"overlaps {subnet.cidr}; allowed: {allowed}")
    if not LARGEST_SUBNET <= quarantine.cidr.prefixlen <= SMALLEST_SUBNET:
        yield Problem(f"{path}.cidr", str(quarantine.cidr), "is not a VPC size; allowed: /16 to /28")
    zones = [subnet.zone for subnet in quarantine.subnets]
    for index, subnet in enumerate(quarantine.subnets):
        where = f"{path}.subnets[{index}]"
        if not subnet.cidr.subnet_of(quarantine.cidr) or subnet.cidr.prefixlen > SMALLEST_SUBNET:
            allowed = f"/{SMALLEST_SUBNET} or larger within {quarantine.cidr}"
            yield Problem(f"{where}.cidr", str(subnet.cidr), f"does not fit; allowed: {allowed}")
        if zones.index(subnet.zone) != index:
            yield Problem(f"{where}.zone", subnet.zone, "is there already; allowed: one subnet per zone")
    for first, second in combinations(enumerate(quarantine.subnets), 2):
        if first[1].cidr.overlaps(second[1].cidr):
            yield Problem(
                f"{path}.subnets[{second[0]}].cidr",
                str(second[1].cidr),
                f"overlaps {first[1].cidr}; allowed: networks that share no address",
            )


def a_refresh_ends_in_time(refresh: RefreshSettings | None) -> Iterator[Problem]:
    """The whole is given longer than its longest part and the wait for a person together."""
    if refresh is None:
        return
    least = refresh.task.deadline_hours + refresh.keep_failed_hours
    if refresh.deadline_hours <= least:
        yield Problem(
            "refresh.deadline_hours",
            refresh.deadline_hours,
            f"is not longer than task.deadline_hours and keep_failed_hours; allowed: above {least}",
        )


def task_is_a_size_of_fargate(refresh: RefreshSettings | None) -> Iterator[Problem]:
    """Fargate has only certain memories for a CPU."""
    if refresh is None:
        return
    low, high = FARGATE_MEMORY_MIB[refresh.task.cpu_units]
    if not low <= refresh.task.memory_mib <= high:
        yield Problem(
            "refresh.task.memory_mib",
            refresh.task.memory_mib,
            f"does not go with {refresh.task.cpu_units} CPU units; allowed: {low} to {high}",
        )


def only_others_take_snapshots(
    environment: EnvironmentSettings, intake: IntakeSettings | None
) -> Iterator[Problem]:
    """Staging and testing take masked snapshots, of an account that is not theirs."""
    if intake is None:
        return
    if environment.name not in MASKED_ENVIRONMENTS:
        allowed = f"null; {' and '.join(MASKED_ENVIRONMENTS)} take masked snapshots"
        yield Problem("intake", environment.name, f"takes none; allowed: {allowed}")
    if intake.from_account_id == environment.account_id:
        yield Problem(
            "intake.from_account_id", intake.from_account_id, "is its own; allowed: production's account"
        )


def databases_are_made_of_masked_snapshots(
    environment: EnvironmentSettings, database: DatabaseSettings, intake: IntakeSettings | None
) -> Iterator[Problem]:
    """A database outside production comes from nothing, or from a snapshot that its intake has accepted."""
    snapshot = database.snapshot
    if snapshot is None:
        return
    if intake is None:
        yield Problem("database.snapshot", snapshot, "has no intake that accepted it; allowed: null")
        return
    prefix = f"fleet-erp-{environment.name}-masked-"
    if not snapshot.startswith(prefix):
        yield Problem(
            "database.snapshot", snapshot, f"was not accepted here; allowed: {prefix} and the name of a run"
        )


REFRESH_RULES: Final[tuple[Rule, ...]] = (
    only_production_is_copied,
    targets_are_other_accounts,
    quarantine_can_never_be_connected,
    a_refresh_ends_in_time,
    task_is_a_size_of_fargate,
    only_others_take_snapshots,
    databases_are_made_of_masked_snapshots,
)
