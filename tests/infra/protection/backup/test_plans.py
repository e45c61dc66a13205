"""What is backed up, how often, for how long and to where, counted out over two years (SEC-13, DATA-02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.policies.mutations.editing import Change, with_input, with_option, without, without_input

from .reading import (
    ACCOUNTS,
    BACKED_UP,
    BUCKET,
    DATABASE,
    FILES,
    KEY,
    LOG_REPLICA,
    PLAN,
    REGION_SETTINGS,
    ROLE,
    SELECTION,
    VAULT,
    VAULT_POLICY,
    called,
    inside,
    problems,
    provider,
    sources,
)
from .schedules import longest_gap, moments

SINCE: Final = datetime(2026, 12, 1, tzinfo=UTC)
DAY: Final = timedelta(days=1)
MONTH_DAYS: Final = 30
RECOVERY_REGION: Final = "ap-southeast-1"
RESTRICTED: Final = {"attachments", "gps-archive"}
HOURS_BEFORE: Final = timedelta(hours=1)
"""A snapshot that AWS Backup wants within the hour before RDS's own windows, or in them, may fail."""


def stores(graph: ResourceGraph) -> list[Resource]:
    """What of production must be backed up: its database, its files, and buckets with restricted data."""
    (database,) = [each for each in graph.of_type(DATABASE) if "replicateSourceDb" not in each.inputs]
    (files,) = graph.of_type(FILES)
    return [database, files, *(bucket for bucket in graph.of_type(BUCKET) if bucket.name in RESTRICTED)]


def plans_of(graph: ResourceGraph, store: Resource) -> list[Resource]:
    """The plans that take a store."""
    return [
        plan
        for selection in inside(graph, SELECTION)
        if store in sources(graph, selection, "resources")
        for plan in sources(graph, selection, "planId")
    ]


def rules_of(graph: ResourceGraph, store: Resource) -> list[dict[str, Any]]:
    return [rule for plan in plans_of(graph, store) for rule in plan.inputs["rules"]]


def kept_for_a_month(graph: ResourceGraph) -> Iterator[str]:
    """At any moment of two years there is a backup of the last day, and one of each day of the last month."""
    for store in stores(graph):
        lasting = [
            rule
            for rule in rules_of(graph, store)
            if rule["lifecycle"]["deleteAfter"] >= MONTH_DAYS
            and rule["scheduleExpressionTimezone"] == "Etc/UTC"
        ]
        if not any(longest_gap(rule["schedule"], since=SINCE) <= DAY for rule in lasting):
            yield f"{store.name}: no backup a day that is kept for a month"


def copied(graph: ResourceGraph) -> Iterator[str]:
    """Each of them is copied into a vault of the recovery region that this stack declares."""
    vaults = {
        vault.outputs["arn"]: vault for vault in inside(graph, VAULT) if provider(vault) == "aws-recovery"
    }
    for store in stores(graph):
        for rule in rules_of(graph, store):
            copies = rule.get("copyActions", ())
            if not any(
                copy["destinationVaultArn"] in vaults
                and copy["destinationVaultArn"].split(":")[3] == RECOVERY_REGION
                and copy["lifecycle"]["deleteAfter"] >= MONTH_DAYS
                for copy in copies
            ):
                yield f"{store.name}: no copy in {RECOVERY_REGION} for a month"


def into_the_vault(graph: ResourceGraph) -> Iterator[str]:
    """Backups go to the guarded vault once its policy is there, by the role that the vault knows."""
    vault = called(graph, VAULT, "backup")
    policy = called(graph, VAULT_POLICY, "backup")
    for plan in inside(graph, PLAN):
        if policy not in sources(graph, plan, "rules"):
            yield f"{plan.name}: may run before the vault has its policy"
        for rule in plan.inputs["rules"]:
            if rule["targetVaultName"] != vault.inputs["name"]:
                yield f"{plan.name}: goes to another vault"
    for selection in inside(graph, SELECTION):
        roles = [role for role in sources(graph, selection, "iamRoleArn") if role.type == ROLE]
        if [role.name for role in roles] != ["backup"]:
            yield f"{selection.name}: by another role"


def taken_up(graph: ResourceGraph) -> Iterator[str]:
    """AWS Backup is told to take what there is to take; a service that is off fails in silence."""
    for settings in inside(graph, REGION_SETTINGS):
        wanted = settings.inputs["resourceTypeOptInPreference"]
        yield from (f"{service} is off" for service in ("EFS", "RDS", "S3") if not wanted[service])


def to_any_second(graph: ResourceGraph) -> Iterator[str]:
    """RDS keeps its log for a month, here and in the recovery region: that is what 15 minutes rest on.

    RDS uploads the log every five minutes (RDS user guide, "Restoring a DB instance to a specified time").
    """
    database = stores(graph)[0]
    if database.inputs["backupRetentionPeriod"] < MONTH_DAYS:
        yield "RDS keeps its log for less than a month"
    if database.inputs["deleteAutomatedBackups"]:
        yield "RDS's backups go with the instance"
    replicas = [
        replica
        for replica in inside(graph, LOG_REPLICA)
        if database in sources(graph, replica, "sourceDbInstanceArn") and provider(replica) == "aws-recovery"
    ]
    if not replicas:
        yield "the log is in one region"
    for replica in replicas:
        if replica.inputs["retentionPeriod"] < MONTH_DAYS:
            yield "the log's copy is kept for less than a month"
        if [(key.type, provider(key)) for key in sources(graph, replica, "kmsKeyId")] != [
            (KEY, "aws-recovery")
        ]:
            yield "the log's copy has no key of ours of its region"
    for bucket in stores(graph)[2:]:
        if not any(rule["enableContinuousBackup"] for rule in rules_of(graph, bucket)):
            yield f"{bucket.name}: not to any second"


ALL: Final = (kept_for_a_month, copied, into_the_vault, taken_up, to_any_second)


@pytest.mark.requirement("DATA-02", "SEC-13")
@pytest.mark.parametrize("unknowns", [False, True], ids=["update", "first preview"])
def test_production_is_backed_up_daily_for_a_month_and_far_off(
    estate: EstateRenderer,
    unknowns: bool,  # noqa: FBT001  (a parameter of the test)
) -> None:
    graph = estate("prod", unknowns=unknowns)
    assert [store.name for store in stores(graph)] == ["postgres", "filestore", "attachments", "gps-archive"]
    checks = (kept_for_a_month, into_the_vault, taken_up, to_any_second) if unknowns else ALL
    assert problems(graph, *checks) == []


def collisions(graph: ResourceGraph) -> Iterator[str]:
    """For a week: AWS Backup's window of start, against RDS's own windows of backup and maintenance."""
    week = datetime(2026, 12, 6, tzinfo=UTC)  # a Sunday
    for plan in inside(graph, PLAN):
        databases = [
            source
            for selection in inside(graph, SELECTION)
            if plan in sources(graph, selection, "planId")
            for source in sources(graph, selection, "resources")
            if source.type == DATABASE
        ]
        for database in databases:
            closed = [*_daily(week, database.inputs["backupWindow"]), _weekly(week, database)]
            for rule in plan.inputs["rules"]:
                for begin in moments(rule["schedule"], since=week, years=1)[:7]:
                    end = begin + timedelta(minutes=rule["startWindow"])
                    if any(begin < window[1] and window[0] - HOURS_BEFORE < end for window in closed):
                        yield f"{database.name}: {begin:%A %H:%M}"


@pytest.mark.parametrize("stack", BACKED_UP)
def test_snapshots_keep_clear_of_rds_own_windows(estate: EstateRenderer, stack: str) -> None:
    assert list(collisions(estate(stack))) == []


@pytest.mark.parametrize(
    ("schedule", "days"),
    [
        ("cron(30 19 * * ? *)", 7),
        # It may begin an hour late, which is within the hour before.
        ("cron(30 17 * * ? *)", 7),
        ("cron(0 17 * * ? *)", 0),
        # Just before the maintenance of the one Sunday that was counted out.
        ("cron(0 20 ? * SUN *)", 1),
        ("cron(0 20 ? * MON *)", 0),
    ],
)
def test_snapshots_in_rds_own_windows_are_noticed(estate: EstateRenderer, schedule: str, days: int) -> None:
    """Production's are from 19:00 to 20:00, and on Sundays from 20:30 to 21:30."""
    graph = estate("prod")
    plan = called(graph, PLAN, "stores").urn
    found = list(collisions(with_input(plan, "rules.0.schedule", schedule)(graph)))
    assert len(found) == days


def _daily(week: datetime, window: str) -> Iterator[tuple[datetime, datetime]]:
    for day in range(8):
        begin, end = (_at(week + day * DAY, clock) for clock in window.split("-"))
        yield begin, end


def _weekly(week: datetime, database: Resource) -> tuple[datetime, datetime]:
    days = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
    begin, end = (
        _at(week + days.index(moment[:3]) * DAY, moment[4:])
        for moment in database.inputs["maintenanceWindow"].lower().split("-")
    )
    return begin, end


def _at(day: datetime, clock: str) -> datetime:
    hour, minute = clock.split(":")
    return day.replace(hour=int(hour), minute=int(minute))


@pytest.mark.parametrize("stack", BACKED_UP)
def test_what_aws_backup_takes_is_what_is_there(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    taken = {
        source.name
        for selection in inside(graph, SELECTION)
        for source in sources(graph, selection, "resources")
    }
    # The standby's database is a copy already, and its filled buckets are of production.
    wanted = {"filestore", *(() if stack == "dr" else ("postgres",))}
    assert wanted <= taken
    assert {source for source in taken if source.startswith("access-logs")} == set()
    assert taken <= {"filestore", "postgres", "attachments", "gps-archive"}


def test_where_nothing_would_be_missed_nothing_is_kept(estate: EstateRenderer) -> None:
    assert [resource for resource in estate("testing").resources if ":backup/" in resource.type] == []


def test_recovery_vault_is_production_s(estate: EstateRenderer) -> None:
    """When the region is lost its stack can declare nothing; the standby's stack knows no vault of copies."""
    vault = called(estate("prod"), VAULT, "backup-copies")
    assert vault.outputs["arn"] == (
        f"arn:aws:backup:{RECOVERY_REGION}:{ACCOUNTS['prod']}:backup-vault:fleet-erp-prod-copies"
    )
    assert [each.name for each in inside(estate("dr"), VAULT)] == ["backup"]
    assert inside(estate("dr"), LOG_REPLICA) == []


def breakages(graph: ResourceGraph) -> dict[str, tuple[Change, str]]:
    """Losses, each with what is said of it."""
    plan = called(graph, PLAN, "stores").urn
    objects = called(graph, PLAN, "objects").urn
    selection = called(graph, SELECTION, "stores")
    log = called(graph, LOG_REPLICA, "database-log").urn
    database, files = stores(graph)[:2]
    restore = called(graph, ROLE, "backup-restore").urn
    settings = called(graph, REGION_SETTINGS, "services").urn
    return {
        "weekdays only": (
            with_input(plan, "rules.0.schedule", "cron(30 22 ? * MON-FRI *)"),
            "postgres: no backup a day",
        ),
        "kept for four weeks": (
            with_input(plan, "rules.0.lifecycle.deleteAfter", 28),
            "filestore: no backup a day",
        ),
        "in the night of another place": (
            with_input(plan, "rules.0.scheduleExpressionTimezone", "America/New_York"),
            "no backup a day",
        ),
        "files left out": (
            with_option(
                selection.urn,
                property_dependencies={**selection.property_dependencies, "resources": (database.urn,)},
            ),
            "filestore: no backup a day",
        ),
        "no selection": (without(called(graph, SELECTION, "objects").urn), "attachments: no backup a day"),
        "no copies": (without_input(objects, "rules.0.copyActions"), "gps-archive: no copy"),
        "copies into the same region": (
            with_input(
                plan,
                "rules.0.copyActions.0.destinationVaultArn",
                f"arn:aws:backup:ap-south-1:{ACCOUNTS['prod']}:backup-vault:fleet-erp-prod",
            ),
            "postgres: no copy",
        ),
        "copies for a day": (
            with_input(plan, "rules.0.copyActions.0.lifecycle.deleteAfter", 1),
            "postgres: no copy",
        ),
        "another vault": (with_input(plan, "rules.0.targetVaultName", "Default"), "goes to another vault"),
        "another role": (
            with_option(
                selection.urn,
                property_dependencies={**selection.property_dependencies, "iamRoleArn": (restore,)},
            ),
            "by another role",
        ),
        "S3 off": (with_input(settings, "resourceTypeOptInPreference.S3", value=False), "S3 is off"),
        "a week of log": (
            with_input(database.urn, "backupRetentionPeriod", 7),
            "RDS keeps its log for less than a month",
        ),
        "backups that go with the instance": (
            with_input(database.urn, "deleteAutomatedBackups", value=True),
            "go with the instance",
        ),
        "the log in one region": (without(log), "in one region"),
        "a week of the log's copy": (with_input(log, "retentionPeriod", 7), "less than a month"),
        "the log's copy under a key of AWS": (without_input(log, "kmsKeyId"), "no key of ours"),
        "objects by the day": (
            with_input(objects, "rules.0.enableContinuousBackup", value=False),
            "attachments: not to any second",
        ),
        "files instead of the database": (
            with_option(
                selection.urn,
                property_dependencies={**selection.property_dependencies, "resources": (files.urn,)},
            ),
            "postgres: no backup a day",
        ),
    }


@pytest.mark.requirement("DATA-02", "SEC-13")
def test_each_loss_is_noticed(estate: EstateRenderer) -> None:
    graph = estate("prod")
    for what, (change, said) in breakages(graph).items():
        found = problems(change(graph), *ALL)
        assert any(said in line for line in found), (what, found)
