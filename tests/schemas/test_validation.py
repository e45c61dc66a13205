"""The check itself finds what it is for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from preview.graph import Resource
from tests.schemas.validation import FOLDER, problems

VERSION = "1.35"
META = {"name": "x", "namespace": "erp"}


def thing(manifest: dict[str, Any]) -> Resource:
    token = f"kubernetes:{manifest['apiVersion']}:{manifest['kind']}"
    return Resource(
        urn=f"urn:pulumi:prod::fleet-erp::{token}::x",
        type=token,
        name="x",
        parent=None,
        custom=True,
        inputs=manifest,
        outputs={},
    )


def binding(**spec: Any) -> Resource:
    return thing(
        {
            "apiVersion": "elbv2.k8s.aws/v1beta1",
            "kind": "TargetGroupBinding",
            "metadata": META,
            "spec": {"serviceRef": {"name": "odoo", "port": 8069}, "targetGroupARN": "arn:x", **spec},
        }
    )


def test_accepts_what_is_right() -> None:
    service = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": META,
        "spec": {"ports": [{"port": 8069}], "selector": {"a": "b"}},
    }
    assert problems(thing(service), version=VERSION) == []
    assert problems(binding(targetType="ip"), version=VERSION) == []


@pytest.mark.parametrize(
    ("resource", "message"),
    [
        (
            thing(
                {"apiVersion": "v1", "kind": "Service", "metadata": META, "spec": {"prots": [{"port": 1}]}}
            ),
            "'prots' was unexpected",
        ),
        (
            thing(
                {
                    "apiVersion": "v1",
                    "kind": "Service",
                    "metadata": META,
                    "spec": {"ports": [{"port": "http"}]},
                }
            ),
            "'http' is not of type",
        ),
        (binding(targetType="node"), "'node' is not one of"),
        (binding(targetGroupArn="arn:x"), "'targetGroupArn' was unexpected"),
        (
            thing({"apiVersion": "example.com/v1", "kind": "Widget", "metadata": META, "spec": {}}),
            "has no schema",
        ),
    ],
)
def test_refuses_what_is_wrong(resource: Resource, message: str) -> None:
    (problem,) = problems(resource, version=VERSION)
    assert message in problem


@pytest.mark.parametrize("file", sorted(FOLDER.glob("*.json")), ids=lambda file: file.stem)
def test_every_schema_is_closed_and_says_where_it_comes_from(file: Path) -> None:
    schema = json.loads(file.read_text(encoding="utf-8"))
    assert (
        file.stem
        == f"{schema['properties']['apiVersion']['const'].replace('/', '-')}-"
        + (schema["properties"]["kind"]["const"])
    )
    assert len(schema["$comment"]) > 40
    assert schema["additionalProperties"] is False
    assert schema["properties"]["spec"]["additionalProperties"] is False
