"""What can be tagged, what a tag says in the end, and what the rules mend by themselves."""

from __future__ import annotations

import pytest
from google.protobuf import json_format
from pulumi.runtime.proto import analyzer_pb2

from policies.aws.tags import TAGGABLE, TAGGABLE_FILE
from policies.framework.exemptions import Exemptions
from policies.framework.pack import POLICIES, load_pack
from policies.framework.run import Run
from policies.framework.servicer import PackServicer
from preview.graph import UNKNOWN
from preview.judgement.requests import Requests
from tests.conftest import EstateRenderer
from tests.policies.builders import Thing, graph_of, thing
from tests.policies.governance.fixtures import PROVIDER, TAGS, ours
from tests.policies.governance.record import taggable_tokens
from tests.policies.table import TODAY

TOPIC = "aws:sns/topic:Topic"
PACK = load_pack(POLICIES / "governance")


def test_the_list_of_taggable_types_is_that_of_the_installed_provider() -> None:
    """Run `python -m tests.policies.governance.record` after a new version of the provider."""
    assert TAGGABLE_FILE.read_text(encoding="utf-8").split() == taggable_tokens()
    assert len(TAGGABLE) > 800


def test_everything_in_the_estate_with_tags_is_a_taggable_type(estate: EstateRenderer) -> None:
    tagged = {resource.type for resource in estate("prod").resources if "tags" in resource.inputs}
    assert tagged - set(TAGGABLE) == set()
    assert len(tagged) > 20


def mended(entry: Thing) -> dict[str, dict[str, str]]:
    """Give the tags that each rule would write, with every rule that can mend at the level `remediate`."""
    run = Run("prod", "prod", Exemptions((), "prod", "prod", TODAY))
    servicer = PackServicer(PACK, run)
    configuration = analyzer_pb2.ConfigureAnalyzerRequest()
    for rule in PACK.rules:
        level = analyzer_pb2.REMEDIATE if rule.remediate else analyzer_pb2.DISABLED
        configuration.policyConfig[rule.id].enforcementLevel = level
    servicer.Configure(configuration, None)
    graph = graph_of(PROVIDER, entry)
    resource = next(item for item in graph.resources if item.name == entry.name)
    response = servicer.Remediate(Requests(graph).of_resource(resource), None)
    return {
        item.policyName: json_format.MessageToDict(item.properties)["tags"]
        for item in response.remediations
        if item.HasField("properties")
    }


@pytest.mark.parametrize(
    ("rule", "tag", "wrong"),
    [
        ("tag-environment-true", "Environment", "staging"),
        ("tag-managed-by", "ManagedBy", "hand"),
        ("tag-application", "Application", "shop"),
    ],
)
def test_a_wrong_tag_is_put_right_and_nothing_else_is_touched(rule: str, tag: str, wrong: str) -> None:
    entry = thing(TOPIC, "topic", tags={**TAGS, tag: wrong, "Name": "alarms"})
    assert mended(entry) == {rule: {**TAGS, "Name": "alarms"}}


def test_a_default_that_is_wrong_is_overridden_on_the_resource() -> None:
    entry = ours(thing(TOPIC, "topic", tags={"Environment": "dr"}))
    assert mended(entry) == {"tag-environment-true": {"Environment": "prod"}}


def test_nothing_is_mended_when_the_tags_are_right_or_not_all_known() -> None:
    assert mended(thing(TOPIC, "topic", tags=TAGS)) == {}
    assert mended(ours(thing(TOPIC, "topic"))) == {}
    partly = thing(TOPIC, "topic", tags={**TAGS, "ManagedBy": "hand", "Name": UNKNOWN})
    assert mended(partly) == {}
