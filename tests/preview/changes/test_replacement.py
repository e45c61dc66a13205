"""The table of what cannot be changed agrees with the SDK and with CloudFormation's schemas."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER

from preview.changes.replacement import EVERYTHING, TABLE, load_known_types
from preview.engine.schema import declared_outputs
from tests.conftest import EstateRenderer

TABLE_ENTRIES: dict[str, dict[str, Any]] = yaml.safe_load(TABLE.read_text(encoding="utf-8"))

SETTINGS_ALONE = frozenset(
    {
        "aws:secretsmanager/secretVersion:SecretVersion",
        "kubernetes:external-secrets.io/v1:ExternalSecret",
        "pagerduty:index/escalationPolicy:EscalationPolicy",
        "pagerduty:index/schedule:Schedule",
        "pagerduty:index/service:Service",
        "pagerduty:index/serviceIntegration:ServiceIntegration",
        "pagerduty:index/user:User",
        "pulumi:providers:pagerduty",
    }
)
"""Types that are protected because they are a nuisance to lose, but that this program can write again."""


@pytest.mark.parametrize("token", TABLE_ENTRIES)
def test_every_path_begins_with_a_property_of_its_type(token: str) -> None:
    entry = TABLE_ENTRIES[token]
    paths = [*entry["new"], *entry.get("new_when_set", ()), *entry.get("new_when_changed", ())]
    known = set(declared_outputs(token))
    assert {path.split(".")[0] for path in paths} - known - {EVERYTHING} <= {
        # Arguments of creation alone, which no output repeats.
        "encryptionConfig",
    }


@pytest.mark.parametrize(
    "token", [token for token, entry in TABLE_ENTRIES.items() if "cloudformation" in entry]
)
def test_what_cloudformation_can_only_create_is_in_the_table(token: str) -> None:
    entry = TABLE_ENTRIES[token]
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("ap-southeast-1", entry["cloudformation"]).schema
    create_only = {
        path.removeprefix("/properties/").replace("/properties/", "/")
        for path in schema.get("createOnlyProperties", ())
    }
    renamed, elsewhere = entry.get("renamed", {}), set(entry.get("elsewhere", ()))
    table = set(entry["new"])
    missing = {
        path
        for path in create_only - elsewhere
        if not any(_path(part, renamed) in table for part in _parts(path))
    }
    assert missing == set()
    stale = (set(renamed) | elsewhere) - create_only
    assert stale == set(), "the schema no longer says so"


def _parts(path: str) -> list[str]:
    steps = path.split("/")
    return ["/".join(steps[: length + 1]) for length in range(len(steps))]


def _path(path: str, renamed: dict[str, str]) -> str:
    return renamed.get(path, ".".join(step[0].lower() + step[1:] for step in path.split("/")))


@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_everything_that_is_protected_is_known(stack: str, estate: EstateRenderer) -> None:
    """Who marked a resource as one to keep says that it holds something: a change must be understood."""
    protected = {each.type for each in estate(stack).resources if each.protect and each.custom}
    assert protected - set(load_known_types()) - SETTINGS_ALONE == set()
