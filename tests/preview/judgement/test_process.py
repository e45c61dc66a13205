"""Each pack in the real analyzer process: it starts, and says the same as in this process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from policies.framework.pack import POLICIES, pack_directories
from policies.framework.rules import Level
from preview.graph import UNKNOWN, Resource, ResourceGraph
from preview.judgement import judge_process
from preview.judgement.process import judge_pack
from tests.policies.builders import graph_of, thing

EstateRenderer = Callable[..., ResourceGraph]

_SPOILED = {
    "aws:rds/instance:Instance": {"storageEncrypted": False, "caCertIdentifier": None},
    "aws:lb/listener:Listener": {"sslPolicy": "ELBSecurityPolicy-2016-08"},
    "aws:sns/topic:Topic": {"kmsMasterKeyId": UNKNOWN},
    "aws:ec2/subnet:Subnet": {"mapPublicIpOnLaunch": True},
    "aws:iam/role:Role": {"assumeRolePolicy": "{"},
}


def spoiled(graph: ResourceGraph) -> ResourceGraph:
    """Give the graph with something wrong for every pack to find."""

    def spoil(resource: Resource) -> Resource:
        changes = _SPOILED.get(resource.type)
        return resource if changes is None else replace(resource, inputs={**resource.inputs, **changes})

    return replace(graph, resources=tuple(spoil(resource) for resource in graph.resources))


@pytest.mark.parametrize("pack", pack_directories(), ids=lambda pack: pack.name)
def test_the_process_says_the_same(pack: Path, estate: EstateRenderer) -> None:
    graph = spoiled(estate("testing"))
    there = judge_process(graph, pack, environment="testing")
    here = judge_pack(graph, pack, environment="testing", today=date.today())
    assert there == here


def test_an_exempted_finding_is_advisory_in_the_process_and_an_unjudged_one_mandatory() -> None:
    graph = graph_of(
        thing("aws:mq/broker:Broker", "rabbitmq", engineType="RabbitMQ"),
        thing("aws:sns/topic:Topic", "alarms", kmsMasterKeyId=UNKNOWN),
    )
    found = {
        diagnostic.policy: diagnostic
        for diagnostic in judge_process(graph, POLICIES / "encryption", environment="prod")
    }
    assert found["enc-mq-at-rest"].level is Level.ADVISORY
    assert "exempted until 2027-05-31" in found["enc-mq-at-rest"].message
    assert found["enc-sns-cmk"].level is Level.MANDATORY
    assert "not judged: alarms" in found["enc-sns-cmk"].message


def test_a_pack_that_does_not_start_says_why(tmp_path: Path) -> None:
    (tmp_path / "__main__.py").write_text("raise SystemExit('nothing to serve')\n", encoding="utf-8")
    with pytest.raises(RuntimeError, match="did not start: nothing to serve"):
        judge_process(graph_of(), tmp_path, environment="prod")
