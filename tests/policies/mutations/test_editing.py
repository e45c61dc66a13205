"""Changes leave a resource list as the engine would hold it."""

from __future__ import annotations

import json

import pytest

from preview.graph import ResourceGraph, is_secret
from tests.policies.builders import Ref, SecretText, graph_of, thing
from tests.policies.mutations.editing import (
    MISSING,
    adding,
    value_at,
    with_document,
    with_input,
    with_new,
    with_option,
    with_reference,
    without,
    without_input,
)

_KEY = thing("aws:kms/key:Key", "data")
_OTHER = thing("aws:kms/key:Key", "other")
_DATABASE = thing(
    "aws:rds/instance:Instance",
    "postgres",
    kmsKeyId=Ref("data", "arn"),
    tags={"Name": "postgres"},
    ports=[{"first": Ref("data", "arn"), "second": Ref("other", "arn")}],
    passwordWo=SecretText("hidden"),
)


def _graph() -> ResourceGraph:
    return graph_of(_KEY, _OTHER, _DATABASE)


def test_a_property_changes_in_inputs_and_outputs_and_nowhere_else() -> None:
    graph = _graph()
    changed = with_input(_DATABASE.urn, "tags.Name", "renamed")(graph)
    database = changed.by_urn[_DATABASE.urn]
    assert database.inputs["tags"] == database.outputs["tags"] == {"Name": "renamed"}
    assert graph == _graph()
    assert changed.by_urn[_KEY.urn] is graph.by_urn[_KEY.urn]


def test_a_reference_that_is_replaced_is_no_dependency_any_more() -> None:
    foreign = "arn:aws:kms:ap-south-1:111122223333:key/0f0f"
    database = with_input(_DATABASE.urn, "kmsKeyId", foreign)(_graph()).by_urn[_DATABASE.urn]
    assert "kmsKeyId" not in database.property_dependencies
    assert database.property_dependencies["ports"] == (_KEY.urn, _OTHER.urn)
    assert database.dependencies == (_KEY.urn, _OTHER.urn)


def test_a_reference_beside_the_replaced_one_stays() -> None:
    database = without_input(_DATABASE.urn, "ports.0.second")(_graph()).by_urn[_DATABASE.urn]
    assert database.property_dependencies["ports"] == (_KEY.urn,)
    assert database.dependencies == (_KEY.urn,)


def test_a_removed_property_is_gone_with_its_dependencies() -> None:
    database = without_input(_DATABASE.urn, "kmsKeyId")(_graph()).by_urn[_DATABASE.urn]
    assert "kmsKeyId" not in {**database.inputs, **database.outputs, **database.property_dependencies}


def test_what_is_not_there_cannot_be_removed() -> None:
    with pytest.raises(LookupError):
        without_input(_DATABASE.urn, "tags.Owner")(_graph())
    with pytest.raises(LookupError):
        without("urn:pulumi:prod::fleet-erp::aws:kms/key:Key::none")(_graph())


def test_a_reference_brings_value_and_dependency() -> None:
    graph = _graph()
    other = graph.by_urn[_OTHER.urn]
    database = with_reference(_DATABASE.urn, "kmsKeyId", other, "arn")(graph).by_urn[_DATABASE.urn]
    assert database.inputs["kmsKeyId"] == other.outputs["arn"]
    assert database.property_dependencies["kmsKeyId"] == (_OTHER.urn,)


def test_a_removed_resource_takes_what_is_below_and_leaves_values() -> None:
    inner = thing("aws:kms/alias:Alias", "inner", name="alias/data")
    graph = graph_of(_KEY, _OTHER, _DATABASE, thing("fleet:keys:Keys", "keys"), inner)
    component = graph.by_urn["urn:pulumi:prod::fleet-erp::fleet:keys:Keys::keys"]
    graph = with_option(inner.urn, parent=component.urn)(graph)
    changed = without(component.urn, _KEY.urn)(graph)
    assert set(changed.by_urn) == {_OTHER.urn, _DATABASE.urn}
    database = changed.by_urn[_DATABASE.urn]
    assert database.inputs["kmsKeyId"] == graph.by_urn[_KEY.urn].outputs["arn"]
    assert database.dependencies == (_OTHER.urn,)


def test_a_document_is_edited_as_a_document() -> None:
    policy = json.dumps({"Statement": []})
    graph = graph_of(thing("aws:kms/key:Key", "data", policy=policy))
    changed = with_document(_KEY.urn, "policy", lambda document: document.update(Version="1"))(graph)
    assert json.loads(changed.by_urn[_KEY.urn].inputs["policy"]) == {"Statement": [], "Version": "1"}


def test_an_added_resource_has_the_provider_of_its_like() -> None:
    graph = _graph()
    key = with_option(_KEY.urn, provider="urn:pulumi:prod::fleet-erp::pulumi:providers:aws::aws::id")(graph)
    like = key.by_urn[_KEY.urn]
    alias = with_new(key, "aws:kms/alias:Alias", "new", {}, like=like, references={"targetKeyId": like})
    added = adding(alias)(key).by_urn[alias.urn]
    assert added.provider == like.provider
    assert added.property_dependencies == {"targetKeyId": (_KEY.urn,)}
    assert [resource.urn for resource in adding(alias)(key).resources] == sorted(adding(alias)(key).by_urn)


def test_values_are_read_through_lists_and_secrets() -> None:
    inputs = _graph().by_urn[_DATABASE.urn].inputs
    assert value_at(inputs, "ports.0.first") == _graph().by_urn[_KEY.urn].outputs["arn"]
    assert value_at(inputs, "ports.1") is MISSING
    assert is_secret(value_at(inputs, "passwordWo"))
