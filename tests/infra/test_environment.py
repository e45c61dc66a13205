"""The environment as a whole: what each stack is, and what it shares with others."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

from preview.graph import ResourceGraph, plain
from tests.conftest import EstateRenderer

from .settings.stack_files import ESTATES, areas_of


def _texts(value: object) -> list[str]:
    """Every text anywhere in a value."""
    value = plain(value)
    if isinstance(value, dict):
        return [text for inner in value.values() for text in _texts(inner)]
    if isinstance(value, list):
        return [text for inner in value for text in _texts(inner)]
    return [value] if isinstance(value, str) else []


def _inputs(graph: ResourceGraph) -> list[str]:
    return [text for resource in graph.resources for text in _texts(resource.inputs)]


@pytest.mark.requirement("CARD-01")
def test_checkout_has_the_files_that_pulumi_and_people_expect(repository: Path) -> None:
    wanted = ("Pulumi.yaml", "Pulumi.prod.yaml", "Pulumi.staging.yaml", "Pulumi.dr.yaml", "requirements.txt")
    assert [name for name in wanted if not (repository / name).is_file()] == []
    assert [name for name in ("infra", "policies", "tests") if not (repository / name).is_dir()] == []
    assert "main: infra/" in (repository / "Pulumi.yaml").read_text()
    assert len((repository / "infra" / "__main__.py").read_text().splitlines()) < 40


@pytest.mark.requirement("ISO-01", "ISO-02", "DATA-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_an_environment_owns_all_it_uses(stack: str, estate: EstateRenderer) -> None:
    """Own VPC, keys, roles and database; names of others only where copies or masked snapshots go."""
    graph = estate(stack)
    # The quarantine of the refresh has a VPC and keys of its own: tests/infra/protection/refresh.
    lasting = [each for each in graph.resources if "fleet:protection:Refresh$" not in each.urn]
    kinds = Counter(each.type for each in lasting)
    own = [
        token
        for token in (
            "aws:ec2/vpc:Vpc",
            "aws:eks/cluster:Cluster",
            "aws:mq/broker:Broker",
            "aws:elasticache/replicationGroup:ReplicationGroup",
        )
        if kinds[token] != 1
    ]
    assert own == []
    copies = ("RecoveryCopies", "fleet:recovery:")
    keys_made = [each for each in lasting if each.type == "aws:kms/key:Key"]
    here = [each for each in keys_made if not any(place in each.urn for place in copies)]
    assert len(here) == 4
    foreign = re.compile(rf"fleet-erp[-/](?!{stack}\b)(?:prod|staging|testing|dr)\b[\w/*-]*")
    named = {name for text in _inputs(graph) for name in foreign.findall(text)}
    # Replicas keep their name: production's database, the partner keys that it copies to the standby with
    # the key of the copies, and the buckets whose copies are watched there.
    keys = {name for name in named if re.fullmatch(r"fleet-erp/prod/(gsp|gps)-[\w*-]+", name)}
    watched = {
        f"fleet-erp-prod-{bucket}-111122223333-{region}"
        for bucket in ("attachments", "gps-archive", "records")
        for region in ("ap-south-1", "ap-southeast-1")
    }
    alone = {"fleet-erp-prod-postgres", "fleet-erp-prod-secret-replicas", *watched}
    # Who shares masked snapshots and who takes them name one another: tests/infra/protection/intake.
    hears = {f"fleet-erp-{taker}-intake" for taker in ("staging", "testing")}
    shares = {
        f"fleet-erp-prod-{what}" for what in ("masked", "masked-", "masked-*", "refresh", "refresh-tell")
    }
    expected = {"prod": hears, "staging": shares, "testing": shares, "dr": alone}
    assert named - keys == expected[stack]
    assert bool(keys) == (stack == "dr")
    source = "arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres"
    assert stack != "dr" or source in _inputs(graph)


@pytest.mark.requirement("ISO-01", "ISO-02")
def test_accounts_are_apart_where_the_strategy_wants_isolation() -> None:
    accounts = {stack: areas_of(stack)["environment"]["account_id"] for stack in (*ESTATES, "dev")}
    assert len({accounts["prod"], accounts["staging"], accounts["testing"]}) == 3
    assert accounts["dr"] == accounts["prod"]
    assert accounts["dev"] == accounts["testing"]


@pytest.mark.requirement("ISO-03")
def test_workspaces_share_the_cluster_of_testing_behind_network_policies(estate: EstateRenderer) -> None:
    workspace, testing = estate("dev"), estate("testing")
    assert not [resource for resource in workspace.resources if resource.type.startswith("aws:")]
    clusters = [resource.inputs["name"] for resource in testing.of_type("aws:eks/cluster:Cluster")]
    assert clusters == [workspace.exports["cluster_name"]]
    cni = next(
        resource
        for resource in testing.of_type("aws:eks/addon:Addon")
        if resource.inputs["addonName"] == "vpc-cni"
    )
    # Without it, Kubernetes accepts network policies and nothing enforces them.
    assert '"enableNetworkPolicy": "true"' in cni.inputs["configurationValues"].replace('":"', '": "')


@pytest.mark.parametrize("stack", ESTATES)
def test_singletons_of_an_account_have_one_owner(stack: str, estate: EstateRenderer) -> None:
    roles = len(list(estate(stack).of_type("aws:iam/serviceLinkedRole:ServiceLinkedRole")))
    blocks = len(list(estate(stack).of_type("aws:s3/accountPublicAccessBlock:AccountPublicAccessBlock")))
    defaults = len(list(estate(stack).of_type("aws:ebs/encryptionByDefault:EncryptionByDefault")))
    assert (roles > 0, blocks, defaults) == (stack != "dr", int(stack != "dr"), 1)


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ESTATES)
def test_no_password_stands_in_clear(stack: str, estate: EstateRenderer) -> None:
    """Every value that a password resource made is wrapped as secret wherever it is used."""
    graph = estate(stack)
    passwords = {
        plain(resource.outputs["result"])
        for resource in graph.of_type("random:index/randomPassword:RandomPassword")
    }
    assert passwords

    def clear(value: object) -> list[str]:
        if value is not plain(value):
            return []
        if isinstance(value, dict):
            return [text for inner in value.values() for text in clear(inner)]
        if isinstance(value, list):
            return [text for inner in value for text in clear(inner)]
        return [value] if isinstance(value, str) else []

    leaks = [
        (resource.name, key)
        for resource in graph.resources
        for part in (resource.inputs, resource.outputs)
        for key, value in part.items()
        if any(password in text for text in clear(value) for password in passwords)
    ]
    assert leaks == []
    assert not any(password in text for text in clear(graph.exports) for password in passwords)
