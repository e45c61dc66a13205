"""Restore tests: how often they come, what they restore, and into what (SEC-13, DATA-02)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.network.packets import Borders
from tests.infra.network.reading import EGRESS, GROUP, INGRESS, SUBNET, Rule, rules
from tests.policies.mutations.editing import Change, with_input, with_option, without

from .reading import (
    DATABASE,
    FUNCTION,
    ROLE,
    TEST,
    TEST_SELECTION,
    VAULT,
    called,
    inside,
    problems,
    sources,
)
from .schedules import longest_gap, moments

TESTED: Final = ("prod", "staging")
SINCE: Final = datetime(2026, 12, 1, tzinfo=UTC)
QUARTER: Final = timedelta(days=92)
RULES_EXCLUSIVE: Final = "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive"
OVERRIDABLE: Final = {
    *("allocatedstorage", "availabilityzones", "dbinstanceclass", "dbname", "dbparametergroupname"),
    *("dbsubnetgroupname", "domain", "domainiamrolename", "enablecloudwatchlogsexports"),
    *("enableiamdatabaseauthentication", "iops", "licensemodel", "multiaz", "optiongroupname", "port"),
    *("processorfeatures", "publiclyaccessible", "storagetype", "vpcsecuritygroupids"),
}
"""Of RDS instances, in small letters (AWS Backup developer guide, "Restore testing inferred metadata")."""


def every_quarter(graph: ResourceGraph) -> Iterator[str]:
    """Between two tests lie 92 days at most, counted out over two years."""
    tests = inside(graph, TEST)
    if not tests:
        yield "nothing is tested"
    for test in tests:
        gap = longest_gap(test.inputs["scheduleExpression"], since=SINCE)
        if gap > QUARTER:
            yield f"{test.name}: {gap.days} days without a test"
        if test.inputs["scheduleExpressionTimezone"] != "Etc/UTC":
            yield f"{test.name}: at another time than was counted"


def of_the_database(graph: ResourceGraph) -> Iterator[str]:
    """The newest snapshot of the database in the guarded vault, a week old at most."""
    for test in inside(graph, TEST):
        chosen = test.inputs["recoveryPointSelection"]
        vaults = sources(graph, test, "recoveryPointSelection")
        if [vault.urn for vault in vaults] != [called(graph, VAULT, "backup").urn]:
            yield f"{test.name}: of another vault"
        if (chosen["algorithm"], chosen["recoveryPointTypes"]) != ("LATEST_WITHIN_WINDOW", ["SNAPSHOT"]):
            yield f"{test.name}: not the newest snapshot"
        if chosen["selectionWindowDays"] > 7:
            yield f"{test.name}: of a snapshot that may be old"
        taken = [
            source
            for selection in inside(graph, TEST_SELECTION)
            if test in sources(graph, selection, "restoreTestingPlanName")
            and selection.inputs["protectedResourceType"] == "RDS"
            for source in sources(graph, selection, "protectedResourceArns")
        ]
        if [source.type for source in taken] != [DATABASE] or "replicateSourceDb" in taken[0].inputs:
            yield f"{test.name}: not of the database"


def into_the_quarantine(graph: ResourceGraph) -> Iterator[str]:
    """Restored by the restoring role into the group of the examiner, with the database's own parameters."""
    for selection in inside(graph, TEST_SELECTION):
        wanted = selection.inputs["restoreMetadataOverrides"]
        if unknown := sorted(key for key in wanted if key.lower() not in OVERRIDABLE):
            yield f"AWS Backup lets nobody override {', '.join(unknown)}"
        groups = [source.name for source in sources(graph, selection, "restoreMetadataOverrides")]
        if groups != [f"sg-restored-{graph.stack}"]:
            yield f"it gets {groups}"
        listed = wanted.get("vpcSecurityGroupIds", "")
        if not (isinstance(listed, str) and listed.startswith('["') and listed.endswith('"]')):
            yield "a list must be written as JSON"
        (database,) = sources(graph, selection, "protectedResourceArns")
        for key, of_the_database in (
            ("dbSubnetGroupName", "dbSubnetGroupName"),
            ("dbParameterGroupName", "parameterGroupName"),
        ):
            if wanted.get(key) != database.inputs[of_the_database]:
                yield f"{key} is not that of the database"
        for key, value in (("publiclyAccessible", "false"), ("enableIAMDatabaseAuthentication", "true")):
            if wanted.get(key) != value:
                yield f"{key} is not {value}"
        roles = [role.name for role in sources(graph, selection, "iamRoleArn") if role.type == ROLE]
        if roles != ["backup-restore"]:
            yield "by another role"


def alone(graph: ResourceGraph) -> Iterator[str]:
    """The examiner speaks PostgreSQL to what was restored, that to nobody, and nobody else to either."""
    restored, examiner = (f"sg-{which}-{graph.stack}" for which in ("restored", "restore-validation"))
    wanted = {
        (INGRESS, restored): [Rule(examiner, "tcp", 5432, 5432)],
        (EGRESS, restored): [],
        (INGRESS, examiner): [],
        (EGRESS, examiner): [Rule(restored, "tcp", 5432, 5432)],
    }
    for (token, group), expected in wanted.items():
        if rules(graph, token, group) != expected:
            yield f"{group}: {rules(graph, token, group)}"
    for group in (restored, examiner):
        exclusive = [
            each
            for each in inside(graph, RULES_EXCLUSIVE)
            if [source.name for source in sources(graph, each, "securityGroupId")] == [group]
        ]
        if len(exclusive) != 1:
            yield f"{group}: rules made by hand would stay"
    function = called(graph, FUNCTION, "restore-database")
    placed = sources(graph, function, "vpcConfig")
    if [source.name for source in placed if source.type == GROUP] != [examiner]:
        yield "the examiner has other groups"
    if not all(source.name.startswith("private-") for source in placed if source.type == SUBNET):
        yield "the examiner is in public subnets"
    judge = called(graph, FUNCTION, "restore-judge")
    if "vpcConfig" in judge.inputs:
        yield "the judge is in the network of the data"


QUARTERLY: Final = (every_quarter, of_the_database)
ALL: Final = (*QUARTERLY, into_the_quarantine, alone)


@pytest.mark.requirement("SEC-13", "DATA-02")
@pytest.mark.parametrize("stack", TESTED)
def test_every_quarter_the_newest_backup_is_restored(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    assert problems(graph, *QUARTERLY) == []
    (test,) = inside(graph, TEST)
    assert len(moments(test.inputs["scheduleExpression"], since=SINCE, years=2)) == 8


@pytest.mark.requirement("SEC-13", "DATA-02")
@pytest.mark.parametrize("stack", TESTED)
def test_what_was_restored_lies_where_only_its_examiner_is(estate: EstateRenderer, stack: str) -> None:
    assert problems(estate(stack), into_the_quarantine, alone) == []


@pytest.mark.parametrize("stack", TESTED)
def test_examiner_and_restored_database_reach_each_other(estate: EstateRenderer, stack: str) -> None:
    """Through the network ACLs, from either private subnet to either."""
    graph = estate(stack)
    borders = Borders.of(graph)
    (selection,) = inside(graph, TEST_SELECTION)
    groups = [
        group
        for group in graph.of_type("aws:rds/subnetGroup:SubnetGroup")
        if group.inputs["name"] == selection.inputs["restoreMetadataOverrides"]["dbSubnetGroupName"]
    ]
    (group,) = groups
    databases = [source for source in sources(graph, group, "subnetIds") if source.type == SUBNET]
    examiners = [
        source
        for source in sources(graph, called(graph, FUNCTION, "restore-database"), "vpcConfig")
        if source.type == SUBNET
    ]
    assert len(databases) == len(examiners) == 2
    for one in examiners:
        for other in databases:
            assert borders.conversation_passes(
                _address(one, 10), _address(other, 20), 5432, answer_port=40_000
            ), (one.name, other.name)


def _address(subnet: Resource, number: int) -> str:
    return subnet.inputs["cidrBlock"].rsplit(".", 1)[0] + f".{number}"


@pytest.mark.parametrize("stack", TESTED)
def test_restored_database_outlives_its_examination(estate: EstateRenderer, stack: str) -> None:
    """AWS Backup tells EventBridge every five minutes; the judge runs for a quarter of an hour at most."""
    (selection,) = inside(estate(stack), TEST_SELECTION)
    assert selection.inputs["validationWindowHours"] >= 1


def test_standby_restores_nothing_by_itself(estate: EstateRenderer) -> None:
    assert inside(estate("dr"), TEST) == []
    assert inside(estate("dr"), FUNCTION) == []


def breakages(graph: ResourceGraph) -> dict[str, tuple[Change, str]]:
    """Losses, each with what is said of it."""
    test = called(graph, TEST, "database")
    selection = called(graph, TEST_SELECTION, "database")
    copies = called(graph, VAULT, "backup-copies")
    ingress = "restored-from-restore-validation-postgres"
    (running,) = [group for group in graph.of_type(GROUP) if group.name == f"sg-rds-{graph.stack}"]
    inwards = called(graph, INGRESS, ingress).urn
    exclusive = called(graph, RULES_EXCLUSIVE, "restored-rules").urn
    overrides = "restoreMetadataOverrides"
    return {
        "no test": (without(test.urn), "nothing is tested"),
        "every four months": (
            with_input(test.urn, "scheduleExpression", "cron(0 3 1 1/4 ? *)"),
            "days without a test",
        ),
        "first and last days of quarters": (
            with_input(test.urn, "scheduleExpression", "cron(0 3 31 1/3 ? *)"),
            "days without a test",
        ),
        "another zone": (with_input(test.urn, "scheduleExpressionTimezone", "Asia/Kolkata"), "another time"),
        "any of a month": (
            with_input(test.urn, "recoveryPointSelection.selectionWindowDays", 30),
            "may be old",
        ),
        "a random one": (
            with_input(test.urn, "recoveryPointSelection.algorithm", "RANDOM_WITHIN_WINDOW"),
            "not the newest",
        ),
        "the copies": (
            with_option(test.urn, property_dependencies={"recoveryPointSelection": (copies.urn,)}),
            "another vault",
        ),
        "files": (with_input(selection.urn, "protectedResourceType", "EFS"), "not of the database"),
        "a word that is not known": (
            with_input(selection.urn, f"{overrides}.securityGroups", "x"),
            "override securityGroups",
        ),
        "the group of the running database": (
            with_option(
                selection.urn,
                property_dependencies={**selection.property_dependencies, overrides: (running.urn,)},
            ),
            "it gets ['sg-rds-prod']",
        ),
        "a list of its own kind": (
            with_input(selection.urn, f"{overrides}.vpcSecurityGroupIds", "sg-1,sg-2"),
            "written as JSON",
        ),
        "default subnets": (
            with_input(selection.urn, f"{overrides}.dbSubnetGroupName", "default"),
            "dbSubnetGroupName is not",
        ),
        "public": (
            with_input(selection.urn, f"{overrides}.publiclyAccessible", "true"),
            "publiclyAccessible is not false",
        ),
        "passwords only": (
            with_input(selection.urn, f"{overrides}.enableIAMDatabaseAuthentication", "false"),
            "enableIAMDatabaseAuthentication is not true",
        ),
        "no way in": (without(inwards), "sg-restored-prod: []"),
        "every port": (with_input(inwards, "fromPort", 0), "sg-restored-prod: ["),
        "rules made by hand stay": (without(exclusive), "made by hand"),
        "the judge sees data": (
            with_input(
                called(graph, FUNCTION, "restore-judge").urn,
                "vpcConfig",
                called(graph, FUNCTION, "restore-database").inputs["vpcConfig"],
            ),
            "the judge is in",
        ),
    }


@pytest.mark.requirement("SEC-13", "DATA-02")
def test_each_loss_is_noticed(estate: EstateRenderer) -> None:
    graph = estate("prod")
    for what, (change, said) in breakages(graph).items():
        found = problems(change(graph), *ALL)
        assert any(said in line for line in found), (what, found)
