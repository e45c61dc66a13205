"""Every mistake of a stack file is one line: file, key, value and what is allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from infra.settings import DevelopmentSettings, EstateSettings

from .stack_files import ESTATES, Areas, areas_of, mistakes, parse_areas


def _set(path: str, value: object) -> Callable[[Areas], None]:
    """Change one value; `path` is dotted, with list positions as numbers."""
    *parents, last = path.split(".")

    def change(areas: Areas) -> None:
        node: Any = areas
        for part in parents:
            node = node[int(part)] if isinstance(node, list) else node[part]
        node[last] = value

    return change


def _drop(path: str) -> Callable[[Areas], None]:
    *parents, last = path.split(".")

    def change(areas: Areas) -> None:
        node = areas
        for part in parents:
            node = node[part]
        del node[last]

    return change


def _both(*changes: Callable[[Areas], None]) -> Callable[[Areas], None]:
    def change(areas: Areas) -> None:
        for each in changes:
            each(areas)

    return change


MISTAKES = {
    "an unknown class": (
        _set("database.instance_class", "db.m5.xlrge"),
        'Pulumi.prod.yaml: fleet-erp:database.instance_class: "db.m5.xlrge" is not an RDS class; '
        "allowed: db.t3.medium, db.t4g.medium, db.m5.large, db.m5.xlarge, db.m6i.large, db.m6i.xlarge, "
        "db.m6g.large, db.m6g.xlarge, db.m7g.large, db.m7g.xlarge, db.m7i.large, db.m7i.xlarge",
    ),
    "a number as text": (
        _set("database.storage_gib", "500"),
        'Pulumi.prod.yaml: fleet-erp:database.storage_gib: "500" is not a whole number; '
        "allowed: a number without quotes",
    ),
    "an account id as number": (
        _set("environment.account_id", 111122223333),
        "Pulumi.prod.yaml: fleet-erp:environment.account_id: 111122223333 is not a text; "
        "allowed: a text in quotes",
    ),
    "a number out of range": (
        _set("encryption.deletion_window_days", 90),
        "Pulumi.prod.yaml: fleet-erp:encryption.deletion_window_days: 90 is too large; allowed: 30 or less",
    ),
    "a retention that CloudWatch does not know": (
        _set("network.flow_log_retention_days", 91),
        "Pulumi.prod.yaml: fleet-erp:network.flow_log_retention_days: 91 is not a CloudWatch Logs retention "
        "in days; allowed: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, "
        "2557, 2922, 3288, 3653",
    ),
    "host bits": (
        _set("network.cidr", "10.0.0.1/16"),
        'Pulumi.prod.yaml: fleet-erp:network.cidr: "10.0.0.1/16" is not an IPv4 network; allowed: CIDR '
        "notation without host bits, such as 10.0.1.0/24 (10.0.0.1/16 has host bits set)",
    ),
    "a word that is no choice": (
        _set("network.nat", "double"),
        'Pulumi.prod.yaml: fleet-erp:network.nat: "double" is not one of the choices; '
        "allowed: 'per-zone' or 'single'",
    ),
    "a key that does not exist": (
        _set("cache.node_count", 2),
        "Pulumi.prod.yaml: fleet-erp:cache.node_count: 2 is not a key of this area; allowed: engine, "
        "node_type, nodes, snapshot_retention_days, snapshot_window, maintenance_window, log_retention_days",
    ),
    "a missing key": (
        _drop("broker.deployment_mode"),
        "Pulumi.prod.yaml: fleet-erp:broker.deployment_mode: is missing; "
        "allowed: SINGLE_INSTANCE, CLUSTER_MULTI_AZ",
    ),
    "a missing area": (
        _drop("filestore"),
        "Pulumi.prod.yaml: fleet-erp:filestore: is missing; "
        "allowed: a table with throughput_mode, backup, infrequent_access_after",
    ),
    "an area that is a text": (
        _set("cache", "large"),
        'Pulumi.prod.yaml: fleet-erp:cache: "large" is not a table of keys; allowed: keys and values',
    ),
    "a version of the project file": (
        _set("versions.kubernetes", "1.36"),
        'Pulumi.yaml: fleet-erp:versions.kubernetes: "1.36" is not an EKS version in standard support that '
        "the controllers are tested on; allowed: 1.35",
    ),
    "the file of another environment": (
        _both(_set("environment.name", "dr"), _drop("refresh")),
        'Pulumi.prod.yaml: fleet-erp:environment.name: "dr" is not the environment of stack prod; '
        "allowed: prod",
    ),
    "a list with too few entries": (
        _set("edge.allowed_cidrs", []),
        "Pulumi.prod.yaml: fleet-erp:edge.allowed_cidrs: [] has too few entries; allowed: 1 or more",
    ),
}


@pytest.mark.parametrize("stack", ESTATES)
def test_real_stack_files_are_accepted(stack: str) -> None:
    assert isinstance(parse_areas(areas_of(stack), stack), EstateSettings)


@pytest.mark.parametrize(("stack", "developer"), [("dev", "shared"), ("dev-asha", "asha")])
def test_workspace_file_is_accepted_for_every_developer(stack: str, developer: str) -> None:
    areas = areas_of("dev")
    areas["workspace"]["developer"] = developer
    assert isinstance(parse_areas(areas, stack), DevelopmentSettings)


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_one_line(name: str) -> None:
    change, line = MISTAKES[name]
    areas = areas_of("prod")
    change(areas)
    assert mistakes(areas, "prod") == [line]


def test_five_different_mistakes_are_five_lines() -> None:
    areas = areas_of("staging")
    for change in (
        _set("database.instance_class", "db.huge"),
        _set("network.private_subnets.0.cidr", "10.9.1.0/24"),
        _set("cluster.node_groups.0.size", {"min": 2, "desired": 7, "max": 2}),
        _set("edge.web_hostname", "erp.example.org"),
        _drop("load.fleet.vehicles"),
    ):
        change(areas)
    lines = mistakes(areas, "staging")
    assert sorted(line.split(": ")[1] for line in lines) == [
        "fleet-erp:cluster.node_groups[0].size",
        "fleet-erp:database.instance_class",
        "fleet-erp:edge.web_hostname",
        "fleet-erp:load.fleet.vehicles",
        "fleet-erp:network.private_subnets[0].cidr",
    ]
    assert all(line.startswith("Pulumi.staging.yaml: ") and "; allowed: " in line for line in lines)


def test_a_wrong_entry_is_not_also_a_list_too_short() -> None:
    areas = areas_of("prod")
    areas["network"]["public_subnets"][0]["zone"] = "eu-west-1a"
    assert [line.split(": ")[1] for line in mistakes(areas, "prod")] == [
        "fleet-erp:network.public_subnets[0].zone"
    ]


def test_a_rule_still_judges_the_valid_parts_of_a_wrong_area() -> None:
    areas = areas_of("prod")
    areas["network"]["nat"] = "none"
    areas["network"]["private_subnets"][1]["cidr"] = "10.0.1.128/25"
    assert sorted(line.split(": ")[1] for line in mistakes(areas, "prod")) == [
        "fleet-erp:network.nat",
        "fleet-erp:network.private_subnets[1].cidr",
    ]


def test_settings_cannot_be_changed() -> None:
    settings = parse_areas(areas_of("prod"), "prod")
    with pytest.raises(ValueError, match="frozen"):
        settings.environment.owner = "someone@example.com"  # pyright: ignore[reportAttributeAccessIssue]
