"""Settings on the command line: where they go, and what is refused."""

from __future__ import annotations

import json

import pytest

from preview.changes import Override, OverrideError, with_overrides
from preview.engine.stack_file import StackConfiguration

CONFIG = {
    "fleet-erp:recovery": '{"active": false, "role": "standby"}',
    "fleet-erp:cluster": '{"node_groups": [{"size": {"min": 2}}]}',
    "fleet-erp:plain": "text",
}


def changed(*texts: str) -> dict[str, str]:
    configuration = StackConfiguration(
        project="fleet-erp", stack="dr", config=dict(CONFIG), secret_keys=frozenset(), origin={}
    )
    return with_overrides(configuration, map(Override.parse, texts)).config


@pytest.mark.parametrize(
    ("text", "area", "expected"),
    [
        ("recovery.active=true", "recovery", {"active": True, "role": "standby"}),
        ("recovery.peer_region=ap-south-1", "recovery", {"peer_region": "ap-south-1"}),
        ("recovery.role=null", "recovery", {"role": None}),
        ("cluster.node_groups[0].size.min=5", "cluster", {"node_groups": [{"size": {"min": 5}}]}),
        ("cluster.node_groups=[]", "cluster", {"node_groups": []}),
        ('recovery.names=["a","b"]', "recovery", {"names": ["a", "b"]}),
    ],
)
def test_a_setting_lands_where_its_path_leads(text: str, area: str, expected: dict[str, object]) -> None:
    config = changed(text)
    found = json.loads(config[f"fleet-erp:{area}"])
    assert {key: found[key] for key in expected} == expected
    assert {key: value for key, value in config.items() if key != f"fleet-erp:{area}"} == {
        key: value for key, value in CONFIG.items() if key != f"fleet-erp:{area}"
    }


def test_the_last_of_two_counts() -> None:
    config = changed("recovery.active=true", "recovery.active=false")
    assert json.loads(config["fleet-erp:recovery"])["active"] is False


@pytest.mark.parametrize(
    "text",
    [
        "recovery",
        "recovery=true",
        "recovery.active",
        ".active=1",
        "recovery..x=1",
        "recovery.active=[1",
        "nowhere.active=true",
        "plain.active=true",
        "recovery.role.deeper=1",
        "cluster.node_groups[3].size.min=5",
        "cluster.node_groups[1]={}",
        "recovery[0]=1",
    ],
)
def test_what_leads_nowhere_is_one_line(text: str) -> None:
    with pytest.raises(OverrideError) as refusal:
        changed(text)
    message = str(refusal.value)
    assert message.startswith("--set ")
    assert "\n" not in message


def test_an_override_is_shown_as_it_is_written() -> None:
    assert str(Override.parse("cluster.node_groups[0].size.min=5")) == "cluster.node_groups[0].size.min=5"
    assert str(Override.parse("recovery.active=true")) == "recovery.active=true"
