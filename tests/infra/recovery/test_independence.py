"""The standby needs nothing of the home's region that must be alive when it is activated (ENV-05)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from preview.graph import Resource, plain
from tests.infra.settings.stack_files import ROOT

from .states import AT_HOME, AT_REST, AWAY, HANDING_OVER, RELEASED, graph_of

LOST = re.compile(r"ap-south-1|\bAPS3\b|Asia Pacific \(Mumbai\)")
"""The region that is lost, however it is written."""
HOME = re.compile(r"fleet-erp[-/]prod\b[\w/*-]*")
"""Names of the home: its copies in the standby's region have them too."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """A reference that may stand in the standby's graph, and why the loss of the region breaks nothing."""

    why: str
    type: str
    name: str
    path: str
    text: str
    states: frozenset[str]

    def covers(self, resource: Resource, path: str, text: str) -> bool:
        """Whether this is such a reference."""
        return all(
            re.fullmatch(pattern, found) is not None
            for pattern, found in (
                (self.type, resource.type),
                (self.name, resource.name),
                (self.path, path),
                (self.text, text),
            )
        )


ALL = frozenset({AT_REST, AWAY, HANDING_OVER, RELEASED})
REST = frozenset({AT_REST})

ALLOWED = (
    Allowed(
        "What the replica follows. The activation takes it away; RDS promotes without asking the source.",
        "aws:rds/instance:Instance",
        "postgres",
        "replicateSourceDb",
        r"arn:aws:rds:ap-south-1:111122223333:db:fleet-erp-prod-postgres",
        REST,
    ),
    Allowed(
        "Names of buckets as dimensions of metrics, which S3 publishes in the region of the copies.",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        r"replica-(latency|pending)-[a-z-]+",
        r"dimensions\.(SourceBucket|DestinationBucket)",
        r"fleet-erp-prod-[a-z-]+-111122223333-ap-south(east)?-1",
        REST,
    ),
    Allowed(
        "A sentence for people.",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        r"replica-latency-[a-z-]+",
        "alarmDescription",
        r"[^{}]*",
        REST,
    ),
    Allowed(
        "Secrets and their key under the home's names, copied into this region: read from here alone.",
        "aws:iam/rolePolicy:RolePolicy",
        "(erp|gps)-secrets",
        "policy",
        r"(?s)(?!.*ap-south-1).*",
        ALL,
    ),
    Allowed(
        "The same, and a right for a planned move: to end the replication of files on the other side too."
        " A lost region is not asked: `ops recovery failover` ends it in this region alone.",
        "aws:iam/rolePolicy:RolePolicy",
        "recovery-operator",
        "policy",
        r"(?s)(?!.*ap-south-1(?!:111122223333:file-system/\*)).*",
        ALL,
    ),
    Allowed(
        "The same, as the store in the cluster asks for them in this region.",
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "gps-api-partner|odoo-gsp",
        r"spec\.data\[0\]\.remoteRef\.key",
        r"fleet-erp/prod/(gps|gsp)-api-key",
        ALL,
    ),
)


def texts(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """Every text in a value, with its path; secrets too."""
    value = plain(value)
    if isinstance(value, dict):
        for key, inner in value.items():
            yield str(path), str(key)
            yield from texts(inner, f"{path}.{key}" if path else str(key))
    elif isinstance(value, list):
        for position, inner in enumerate(value):
            yield from texts(inner, f"{path}[{position}]")
    elif isinstance(value, str):
        yield path, value


def references(state: str) -> list[tuple[Resource, str, str]]:
    """Everything in a state of the standby that names the lost region or the home."""
    return [
        (resource, path, text)
        for resource in graph_of(state).resources
        for path, text in texts(resource.inputs)
        if LOST.search(text) or HOME.search(text)
    ]


@pytest.mark.requirement("ENV-05")
@pytest.mark.parametrize("state", sorted(ALL))
def test_nothing_of_the_lost_region_is_needed(state: str) -> None:
    unexplained = {
        (resource.type, resource.name, path, text[:200])
        for resource, path, text in references(state)
        if not any(state in each.states and each.covers(resource, path, text) for each in ALLOWED)
    }
    assert unexplained == set()


def test_every_allowed_reference_exists() -> None:
    """One that nothing uses would hide the next."""
    used = {
        (allowed.why, state)
        for state in sorted(ALL)
        for resource, path, text in references(state)
        for allowed in ALLOWED
        if state in allowed.states and allowed.covers(resource, path, text)
    }
    assert used == {(allowed.why, state) for allowed in ALLOWED for state in allowed.states}


@pytest.mark.requirement("ENV-05")
@pytest.mark.parametrize("state", [AT_REST, AWAY])
def test_everything_is_deployed_in_the_standbys_region(state: str) -> None:
    """Providers, regions of single resources, endpoints in exports: none lies elsewhere."""
    graph = graph_of(state)
    providers = [each for each in graph.resources if each.type == "pulumi:providers:aws"]
    assert {each.inputs["region"] for each in providers} == {"ap-southeast-1"}
    regions = {
        (each.name, text)
        for each in graph.resources
        for path, text in texts(each.inputs)
        if re.search(r"(^|\.)[a-z]*[rR]egion$", path) and re.fullmatch(r"[a-z]{2}-[a-z]+-\d", text)
        if text != "ap-southeast-1"
    }
    assert regions == set()
    assert [text for _, text in texts(graph.exports) if LOST.search(text) or HOME.search(text)] == []


@pytest.mark.parametrize("state", [AT_REST, AWAY])
def test_no_stack_and_nothing_existing_is_read(state: str) -> None:
    read = [each.urn for each in graph_of(state).resources if each.external]
    assert read == []
    stacks = [each.urn for each in graph_of(state).resources if "StackReference" in each.type]
    assert stacks == []


def test_the_stack_file_names_the_lost_region_as_its_peer_alone() -> None:
    document = yaml.safe_load((ROOT / "Pulumi.dr.yaml").read_text())
    named = {path for path, text in texts(document) if LOST.search(text)}
    assert named == {"config.fleet-erp:recovery.peer_region"}


def test_mail_and_images_come_from_the_standbys_region() -> None:
    images = {
        text
        for resource in graph_of(AWAY).resources
        for path, text in texts(resource.inputs)
        if path.endswith(".image") and ".dkr.ecr." in text
    }
    assert images
    assert {re.findall(r"\.dkr\.ecr\.([a-z0-9-]+)\.", image)[0] for image in images} == {"ap-southeast-1"}


def test_the_walk_would_find_a_reference() -> None:
    """The home itself is full of them."""
    found = [
        resource
        for resource in graph_of(AT_HOME).resources
        for _, text in texts(resource.inputs)
        if LOST.search(text)
    ]
    assert len(found) > 50
