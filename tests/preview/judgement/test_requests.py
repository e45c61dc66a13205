"""The messages to an analyzer are the engine's."""

from __future__ import annotations

from dataclasses import replace

import pytest
from google.protobuf import json_format

from preview.graph import (
    RESOURCE_SIGNATURE,
    SECRET_SIGNATURE,
    SIGNATURE_KEY,
    UNKNOWN,
    Resource,
    ResourceGraph,
)
from preview.judgement.requests import Requests, seconds

PROVIDER = Resource(
    urn="urn:pulumi:prod::fleet-erp::pulumi:providers:aws::aws",
    type="pulumi:providers:aws",
    name="aws",
    parent=None,
    custom=True,
    inputs={"region": "ap-south-1"},
    outputs={},
)
SECRET = {SIGNATURE_KEY: SECRET_SIGNATURE, "value": UNKNOWN}
QUEUE = Resource(
    urn="urn:pulumi:prod::fleet-erp::aws:sqs/queue:Queue::jobs",
    type="aws:sqs/queue:Queue",
    name="jobs",
    parent="urn:pulumi:prod::fleet-erp::pulumi:pulumi:Stack::fleet-erp-prod",
    custom=True,
    id="queue-1",
    inputs={
        "__defaults": [],
        "role": {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:x", "id": "role-1"},
        "component": {SIGNATURE_KEY: RESOURCE_SIGNATURE, "urn": "urn:y"},
        "password": SECRET,
        "nested": [{"__internal": 1, "kept": True}],
    },
    outputs={"arn": "arn:aws:sqs:x"},
    provider=f"{PROVIDER.urn}::provider-id",
    protect=True,
    retain_on_delete=True,
    ignore_changes=("name",),
    custom_timeouts={"create": "1h30m"},
    property_dependencies={"kmsMasterKeyId": ("urn:k",), "name": ()},
    dependencies=("urn:k",),
)
COMPONENT = Resource(
    urn="urn:pulumi:prod::fleet-erp::fleet:data:Broker::broker",
    type="fleet:data:Broker",
    name="broker",
    parent=None,
    custom=False,
    inputs={},
    outputs={},
)
GRAPH = ResourceGraph("fleet-erp", "prod", (PROVIDER, QUEUE, COMPONENT))


def test_inputs_go_as_the_engine_sends_them() -> None:
    request = Requests(GRAPH).of_resource(QUEUE)
    assert json_format.MessageToDict(request.properties) == {
        "role": "role-1",
        "component": "urn:y",
        "password": SECRET,
        "nested": [{"kept": True}],
    }


def test_options_and_provider_go_with_them() -> None:
    request = Requests(GRAPH).of_resource(QUEUE)
    assert request.options.protect
    assert list(request.options.ignoreChanges) == ["name"]
    assert request.options.customTimeouts.create == 5400
    assert request.options.parent == QUEUE.parent
    assert (request.provider.type, request.provider.name) == ("pulumi:providers:aws", "aws")
    assert json_format.MessageToDict(request.provider.properties) == {"region": "ap-south-1"}


def test_a_custom_resource_always_has_a_provider_and_a_component_never() -> None:
    requests = Requests(GRAPH)
    default = requests.of_resource(replace(QUEUE, provider=None)).provider
    assert (default.type, default.name) == ("pulumi:providers:aws", "default")
    assert not requests.of_resource(COMPONENT).HasField("provider")
    assert not requests.of_resource(PROVIDER).HasField("provider")


def test_the_stack_goes_with_outputs_ids_and_references() -> None:
    resources = {resource.name: resource for resource in Requests(GRAPH).of_stack().resources}
    queue = resources["jobs"]
    assert json_format.MessageToDict(queue.properties) == {"arn": "arn:aws:sqs:x", "id": "queue-1"}
    assert list(queue.dependencies) == ["urn:k"]
    assert {key: list(found.urns) for key, found in queue.propertyDependencies.items()} == {
        "kmsMasterKeyId": ["urn:k"]
    }
    assert queue.parent == QUEUE.parent


@pytest.mark.parametrize(
    ("text", "expected"), [("", 0), ("30", 30), ("5m", 300), ("1h30m", 5400), ("1.5s", 1.5), ("250ms", 0.25)]
)
def test_durations_in_seconds(text: str, expected: float) -> None:
    assert seconds(text) == expected
