"""The JSON schema that editors read: current, and true of the real files."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest
import yaml

from infra.settings.schema import render, stack_schema

STACKS = ("prod", "staging", "testing", "dr", "dev")


def test_checked_in_schema_is_current(repository: Path) -> None:
    assert (repository / "schema" / "stack.schema.json").read_text() == render(), "run `make schema`"


@pytest.mark.parametrize("stack", STACKS)
def test_stack_file_refers_to_the_schema_and_obeys_it(stack: str, repository: Path) -> None:
    text = (repository / f"Pulumi.{stack}.yaml").read_text()
    assert text.startswith("# yaml-language-server: $schema=schema/stack.schema.json\n")
    jsonschema.Draft202012Validator(stack_schema()).validate(yaml.safe_load(text))


def test_schema_refuses_what_the_models_refuse(repository: Path) -> None:
    validator = jsonschema.Draft202012Validator(stack_schema())
    document = yaml.safe_load((repository / "Pulumi.prod.yaml").read_text())
    document["config"]["fleet-erp:database"]["instance_class"] = "db.huge"
    document["config"]["fleet-erp:cache"]["node_count"] = 2
    document["config"]["fleet-erp:nonsense"] = {}
    errors = sorted(error.json_path for error in validator.iter_errors(document))
    assert errors == [
        "$.config",
        "$.config['fleet-erp:cache']",
        "$.config['fleet-erp:database'].instance_class",
    ]
