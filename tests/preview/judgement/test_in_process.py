"""Judging the real stacks with the real packs, and what decides whether a stack passes."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml

from policies.framework.pack import POLICIES, load_pack
from policies.framework.rules import Level
from preview.graph import Resource, ResourceGraph
from preview.judgement import Judgement, environment_of, judge
from preview.judgement.findings import Finding
from tests.policies.builders import graph_of, thing

TODAY = date(2026, 11, 24)
ESTATE_STACKS = ("prod", "staging", "testing", "dr")
MINE = ("encryption", "tls", "network")

EstateRenderer = Callable[..., ResourceGraph]


def packs_of(tmp_path: Path, *names: str) -> Path:
    """Give a folder with some of our packs, their levels and the exemptions from their rules."""
    for name in names:
        (tmp_path / name).symlink_to(POLICIES / name)
    shutil.copytree(POLICIES / "levels", tmp_path / "levels")
    rules = {rule.id for name in names for rule in load_pack(POLICIES / name).rules}
    document = yaml.safe_load((POLICIES / "exemptions.yaml").read_text(encoding="utf-8"))
    kept = [entry for entry in document["exemptions"] if entry["rule"] in rules]
    (tmp_path / "exemptions.yaml").write_text(yaml.safe_dump({"exemptions": kept}), encoding="utf-8")
    return tmp_path


def changed(graph: ResourceGraph, name: str, token: str, **inputs: Any) -> ResourceGraph:
    """Give the graph with other inputs of one resource; None takes an input away."""

    def change(resource: Resource) -> Resource:
        if resource.name != name or resource.type != token:
            return resource
        merged = {key: value for key, value in {**resource.inputs, **inputs}.items() if value is not None}
        return replace(resource, inputs=merged)

    resources = tuple(change(resource) for resource in graph.resources)
    assert resources != graph.resources
    return replace(graph, resources=resources)


def found(judgement: Judgement) -> set[tuple[str, str, str]]:
    """Give (rule, resource, status) of everything that blocks."""
    return {
        (finding.rule, finding.resource_name, finding.status)
        for finding in judgement.findings
        if finding.blocks
    }


@pytest.mark.requirement("POL-01", "POL-02", "POL-03")
@pytest.mark.parametrize("unknowns", [False, True], ids=["deployed", "first-preview"])
@pytest.mark.parametrize("stack", ESTATE_STACKS)
def test_every_stack_passes(stack: str, *, unknowns: bool, estate: EstateRenderer, tmp_path: Path) -> None:
    graph = estate(stack, unknowns=unknowns)
    judgement = judge(graph, environment=stack, today=TODAY, packs=packs_of(tmp_path, *MINE))
    assert found(judgement) == set()
    assert judgement.exemption_problems == ()
    assert judgement.passed
    # The broker's key, access logs without ours and, in production, those of the copies and a quarantine's
    # endpoints.
    assert judgement.counts["exempted"] == (5 if stack == "prod" else 2)
    assert judgement.judged == len(graph.resources)


@pytest.mark.requirement("RISK-01", "POL-01", "POL-02", "POL-03")
@pytest.mark.parametrize(
    ("name", "token", "inputs", "rule"),
    [
        ("postgres", "aws:rds/instance:Instance", {"storageEncrypted": False}, "enc-rds-storage"),
        ("postgres", "aws:rds/instance:Instance", {"publiclyAccessible": True}, "net-rds-not-public"),
        ("rds-from-eks-nodes-postgres", "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
         {"referencedSecurityGroupId": None, "cidrIpv4": "0.0.0.0/0"}, "net-sg-high-risk-ports"),
    ],
)  # fmt: skip
def test_a_broken_estate_is_named(
    name: str, token: str, inputs: dict[str, Any], rule: str, *, estate: EstateRenderer, tmp_path: Path
) -> None:
    graph = changed(estate("staging"), name, token, **inputs)
    judgement = judge(graph, environment="staging", today=TODAY, packs=packs_of(tmp_path, *MINE))
    assert not judgement.passed
    assert (rule, name, "violation") in found(judgement)


def test_findings_come_worst_first(estate: EstateRenderer, tmp_path: Path) -> None:
    graph = changed(
        estate("testing"),
        "postgres",
        "aws:rds/instance:Instance",
        storageEncrypted=False,
        caCertIdentifier=None,
    )
    judgement = judge(graph, environment="testing", today=TODAY, packs=packs_of(tmp_path, *MINE))
    assert judgement.findings[0].rule == "enc-rds-storage"
    assert list(judgement.findings) == sorted(judgement.findings, key=lambda finding: finding.order)
    blocking = [finding.blocks for finding in judgement.findings]
    assert blocking == sorted(blocking, reverse=True)


def test_levels_come_from_the_configuration(tmp_path: Path) -> None:
    packs = packs_of(tmp_path, "encryption")
    (packs / "exemptions.yaml").write_text("exemptions: []\n", encoding="utf-8")
    graph = graph_of(thing("aws:rds/instance:Instance", "postgres", kmsKeyId="alias/aws/rds"))
    levels = packs / "levels" / "prod.json"
    levels.write_text(json.dumps({"all": "advisory", "enc-rds-cmk": "disabled"}), encoding="utf-8")
    judgement = judge(graph, environment="prod", today=TODAY, packs=packs)
    assert judgement.passed
    assert {finding.rule for finding in judgement.findings} == {"enc-rds-storage"}
    assert judgement.levels["enc-rds-storage"] is Level.ADVISORY
    levels.write_text(json.dumps({"enc-rds-storage": {"enforcementLevel": "mandatory"}}), encoding="utf-8")
    assert not judge(graph, environment="prod", today=TODAY, packs=packs).passed
    levels.write_text(json.dumps({"enc-rds-storage": "maybe"}), encoding="utf-8")
    with pytest.raises(ValueError, match=r"prod\.json is no policy configuration"):
        judge(graph, environment="prod", today=TODAY, packs=packs)


def test_a_wrong_exemptions_file_is_a_problem(tmp_path: Path) -> None:
    packs = packs_of(tmp_path, "encryption")
    (packs / "exemptions.yaml").write_text("exemptions: [{rule: enc-s3-kms}]\n", encoding="utf-8")
    judgement = judge(graph_of(), environment="prod", today=TODAY, packs=packs)
    assert not judgement.passed
    assert all(line.startswith("exemptions.yaml: exemptions.0.") for line in judgement.exemption_problems)


def test_the_same_graph_gives_the_same_judgement(estate: EstateRenderer, tmp_path: Path) -> None:
    packs = packs_of(tmp_path, *MINE)
    first, second = (
        judge(estate("testing"), environment="testing", today=TODAY, packs=packs) for _ in range(2)
    )
    assert first.to_json() == second.to_json()
    assert json.loads(json.dumps(first.to_json())) == first.to_json()


@pytest.mark.parametrize(
    ("stack", "environment"),
    [
        ("prod", "prod"),
        ("dev", "dev"),
        ("dev-alice", "dev"),
        ("acme/fleet-erp/dr", "dr"),
        ("testing-2", "testing"),
    ],
)
def test_a_stack_belongs_to_an_environment(stack: str, environment: str) -> None:
    assert environment_of(stack) == environment


@pytest.mark.parametrize("stack", ["production", "Prod", "", "eu-prod"])
def test_a_foreign_stack_belongs_to_none(stack: str) -> None:
    with pytest.raises(ValueError, match="is no environment"):
        environment_of(stack)


def test_an_exempted_finding_never_blocks_and_an_error_always_does(tmp_path: Path) -> None:
    packs = packs_of(tmp_path, "encryption")
    graph = graph_of(thing("aws:mq/broker:Broker", "rabbitmq", engineType="RabbitMQ"))
    judgement = judge(graph, environment="prod", today=TODAY, packs=packs)
    (exempted,) = [finding for finding in judgement.findings if finding.rule == "enc-mq-at-rest"]
    assert isinstance(exempted, Finding)
    assert (exempted.level, exempted.status, exempted.blocks) == (Level.MANDATORY, "exempted", False)
    assert replace(exempted, status="error", level=Level.ADVISORY).blocks
    assert not replace(exempted, status="violation", level=Level.ADVISORY).blocks
