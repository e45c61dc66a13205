"""The list of changes: what counts as one, what replaces, and what follows from it."""

from __future__ import annotations

from typing import Any

import pytest

from preview.changes import Changes, changes_between, load_known_types
from preview.graph import SECRET_SIGNATURE, SIGNATURE_KEY, Resource, ResourceGraph

DATABASE = "aws:rds/instance:Instance"
KEY = "aws:kms/key:Key"
RULE = "aws:lb/listenerRule:ListenerRule"


def thing(token: str, name: str, inputs: dict[str, Any], **options: Any) -> Resource:
    return Resource(
        urn=f"urn:pulumi:dr::fleet-erp::{token}::{name}",
        type=token,
        name=name,
        parent=None,
        custom=options.pop("custom", True),
        inputs=inputs,
        outputs={},
        **options,
    )


def compare(before: list[Resource], after: list[Resource]) -> Changes:
    graphs = [
        ResourceGraph(project="fleet-erp", stack="dr", resources=tuple(sorted(each, key=lambda r: r.urn)))
        for each in (before, after)
    ]
    return changes_between(*graphs, known=load_known_types())


def told(changes: Changes) -> list[tuple[str, str, tuple[str, ...]]]:
    return [(change.action, change.resource.name, change.paths) for change in changes.all]


def test_the_same_is_no_change() -> None:
    same = [thing(DATABASE, "db", {"identifier": "a", "tags": {"b": "c"}})]
    assert told(compare(same, same)) == []


def test_changed_paths_are_named_to_the_last_step() -> None:
    before = thing(RULE, "rule", {"actions": [{"type": "fixed", "order": 1}], "tags": {"a": "1"}})
    after = thing(RULE, "rule", {"actions": [{"type": "forward", "order": 1}], "tags": {}})
    assert told(compare([before], [after])) == [("update", "rule", ("actions[0].type", "tags.a"))]


def test_a_list_of_another_length_is_one_change() -> None:
    before, after = (thing(RULE, "rule", {"actions": [1] * length}) for length in (1, 2))
    assert told(compare([before], [after])) == [("update", "rule", ("actions",))]


@pytest.mark.parametrize(
    ("before", "after", "action"),
    [
        ({"multiAz": False}, {"multiAz": True}, "update"),
        ({"identifier": "a"}, {"identifier": "b"}, "replace"),
        ({"replicateSourceDb": "a"}, {}, "update"),
        ({}, {"replicateSourceDb": "a"}, "replace"),
        ({"replicateSourceDb": "a"}, {"replicateSourceDb": "b"}, "replace"),
    ],
)
def test_a_promotion_is_in_place_and_its_reverse_is_not(
    before: dict[str, Any], after: dict[str, Any], action: str
) -> None:
    changes = compare([thing(DATABASE, "db", before)], [thing(DATABASE, "db", after)])
    assert [change.action for change in changes.all] == [action]
    assert bool(changes.losing_data) == (action == "replace")


def test_a_deleted_store_loses_data_and_a_deleted_rule_does_not() -> None:
    changes = compare([thing(DATABASE, "db", {}), thing(RULE, "rule", {})], [])
    assert [change.resource.name for change in changes.losing_data] == ["db"]
    assert [change.resource.name for change in changes.of("delete")] == ["db", "rule"]


def test_what_comes_from_a_replaced_resource_changes_with_it() -> None:
    """A new key has another ARN, and a database cannot get another key."""
    key = thing(KEY, "key", {"multiRegion": False})
    database = thing(DATABASE, "db", {"kmsKeyId": "same"}, property_dependencies={"kmsKeyId": (key.urn,)})
    rule = thing(RULE, "rule", {"arn": "same"}, property_dependencies={"arn": (database.urn,)})
    changes = compare([key, database, rule], [thing(KEY, "key", {"multiRegion": True}), database, rule])
    assert told(changes) == [
        ("replace", "key", ("multiRegion",)),
        ("replace", "db", ("kmsKeyId",)),
        ("update", "rule", ("arn",)),
    ]


def test_ignored_properties_components_and_what_was_read_do_not_count() -> None:
    def world(size: int) -> list[Resource]:
        return [
            thing(
                "aws:eks/nodeGroup:NodeGroup",
                "nodes",
                {"scalingConfig": {"desiredSize": size}},
                ignore_changes=("scalingConfig.desiredSize",),
            ),
            thing("fleet:data:Database", "component", {"size": size}, custom=False),
            thing(KEY, "read", {"description": str(size)}, external=True),
            thing("pulumi:providers:aws", "aws", {"version": str(size)}),
        ]

    assert told(compare(world(1), world(2))) == []


def test_a_secret_is_compared_and_never_shown() -> None:
    def database(value: str) -> Resource:
        return thing(DATABASE, "db", {"passwordWo": {SIGNATURE_KEY: SECRET_SIGNATURE, "value": value}})

    changes = compare([database("one")], [database("two")])
    assert told(changes) == [("update", "db", ("passwordWo",))]
    assert not {"one", "two"} & set(str(changes.to_json()).split("'"))


def test_the_worst_comes_first() -> None:
    before = [thing(RULE, "gone", {}), thing(RULE, "rule", {"a": 1}), thing(KEY, "key", {"keyUsage": "a"})]
    after = [thing(RULE, "new", {}), thing(RULE, "rule", {"a": 2}), thing(KEY, "key", {"keyUsage": "b"})]
    assert [change.action for change in compare(before, after).all] == [
        "replace",
        "delete",
        "update",
        "create",
    ]
