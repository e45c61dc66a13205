"""Reading a resource list, a stack export and a preview, and refusing everything else in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, UNKNOWN
from preview.judgement import ReadError, read_resources
from tests.policies.builders import Ref, SecretText, graph_of, thing

URN = "urn:pulumi:prod::fleet-erp::aws:sqs/queue:Queue::jobs"
STACK_URN = "urn:pulumi:prod::fleet-erp::pulumi:pulumi:Stack::fleet-erp-prod"
STATE = {"urn": URN, "type": "aws:sqs/queue:Queue", "custom": True, "inputs": {"name": "jobs"}, "outputs": {}}


def written(tmp_path: Path, document: Any) -> Path:
    """Give a file with this document."""
    path = tmp_path / "document.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


def test_our_own_list_comes_back_as_it_was(tmp_path: Path) -> None:
    graph = graph_of(
        thing("aws:kms/key:Key", "data"),
        thing("aws:sqs/queue:Queue", "jobs", kmsMasterKeyId=Ref("data", "arn"), token=SecretText("x")),
        known=False,
    )
    assert read_resources(written(tmp_path, graph.to_json())).to_json() == graph.to_json()


def test_a_stack_export(tmp_path: Path) -> None:
    secret = {SIGNATURE_KEY: SECRET_SIGNATURE}
    document = {
        "version": 3,
        "deployment": {
            "resources": [
                {
                    "urn": STACK_URN,
                    "type": "pulumi:pulumi:Stack",
                    "outputs": {"url": "https://erp.example.com"},
                },
                {
                    **STATE,
                    "inputs": {
                        "hidden": {**secret, "ciphertext": "v1:abc"},
                        "shown": {**secret, "plaintext": '"hunter2"'},
                    },
                    "propertyDependencies": {"kmsMasterKeyId": None},
                },
                {**STATE, "delete": True, "inputs": {"name": "old"}},
            ]
        },
    }
    graph = read_resources(written(tmp_path, document))
    assert (graph.project, graph.stack, graph.exports) == (
        "fleet-erp",
        "prod",
        {"url": "https://erp.example.com"},
    )
    assert graph.unknowns
    assert graph.by_urn[URN].inputs == {
        "hidden": {**secret, "value": UNKNOWN},
        "shown": {**secret, "value": "hunter2"},
    }
    assert len(graph.resources) == 2


def test_a_preview(tmp_path: Path) -> None:
    document = {
        "config": {},
        "steps": [
            {"op": "create-replacement", "urn": URN, "newState": {**STATE, "inputs": {"name": "first"}}},
            {"op": "replace", "urn": URN, "newState": {**STATE, "inputs": {"password": "[secret]"}}},
            {"op": "delete-replaced", "urn": URN, "oldState": STATE, "newState": None},
            {"op": "delete", "urn": f"{URN}-old", "oldState": STATE},
        ],
    }
    graph = read_resources(written(tmp_path, document))
    (resource,) = graph.resources
    assert resource.inputs == {"password": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": UNKNOWN}}


@pytest.mark.parametrize(
    ("document", "line"),
    [
        ("{", "is not JSON"),
        ([], "holds a list, not a resource list"),
        ("3", "holds a number"),
        ({"a": 1, "b": 2}, "it has the keys a, b"),
        ({}, "it has the keys of an empty object"),
        ({"project": "p", "stack": "s", "resources": []}, "the resource list is empty"),
        ({"deployment": {}}, "the stack export holds no resources"),
        ({"steps": []}, "the preview holds no resources"),
        ({"deployment": {"resources": [{"type": "x"}]}}, "lacks or misspells a key: KeyError('urn')"),
        ({"deployment": {"resources": [{"urn": "x", "type": "x"}]}}, "malformed ones"),
        (
            {"deployment": {"resources": [STATE, {**STATE, "urn": URN.replace("prod", "dr")}]}},
            "URNs of more than one stack",
        ),
    ],
)
def test_anything_else_is_refused_in_one_line(tmp_path: Path, document: Any, line: str) -> None:
    path = written(tmp_path, document)
    with pytest.raises(ReadError) as error:
        read_resources(path)
    assert line in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="cannot be read: No such file"):
        read_resources(tmp_path / "absent.json")
