"""Assumptions: the checked-in file, its checks, and what happens where nothing is assumed."""

from __future__ import annotations

import pytest

from preview.cost.usage import Usage, UsageError, load_usage, parse_usage
from tests.preview.cost.build import price, reasons, resource


def test_every_environment_has_assumptions_with_reasons() -> None:
    book = load_usage()
    assert book.environments == ("prod", "staging", "testing", "dr", "dev")
    # What the environments with their own AWS resources must not leave open.
    for environment in ("prod", "staging", "testing", "dr"):
        usage = book.for_stack(environment)
        missing = {key for key in Usage.model_fields if getattr(usage, key) is None}
        assert missing <= {"database_backup_gb", "replica_gb"}


def test_a_developers_stack_has_the_assumptions_of_dev() -> None:
    book = load_usage()
    assert book.for_stack("dev-asha") == book.for_stack("dev")


def test_a_stack_without_assumptions_is_refused_by_name() -> None:
    with pytest.raises(
        UsageError, match='no assumptions for stack "perf"; there are some for: prod, staging'
    ):
        load_usage().for_stack("perf")


def test_every_fault_of_a_file_is_reported_at_once() -> None:
    with pytest.raises(UsageError) as caught:
        parse_usage(
            """
            prod:
              nat_gb: {value: -1, why: "no traffic can be negative"}
              alb_lcu: {value: 1, why: short}
              nat_tb: {value: 1, why: "there is no such figure"}
            dr:
              buckets: [{bucket: "*", storage_class: Cheap, value: 1, why: "there is no such class"}]
            """,
            file="usage.yaml",
        )
    lines = str(caught.value).splitlines()
    assert [line.rpartition(": ")[0].split(": ")[1] for line in lines] == [
        "prod.nat_gb.value",
        "prod.alb_lcu.why",
        "prod.nat_tb",
        "dr.buckets.0.storage_class",
    ]
    assert all(line.startswith("usage.yaml: ") for line in lines)


@pytest.mark.parametrize("text", ["", "[1, 2]", "prod: [", "prod"])
def test_a_file_of_another_shape_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match=r"^usage.yaml: "):
        parse_usage(text, file="usage.yaml")


@pytest.mark.parametrize(
    ("token", "inputs", "what", "key"),
    [
        ("aws:ec2/natGateway:NatGateway", {}, "traffic", "nat_gb"),
        ("aws:kms/key:Key", {}, "requests", "kms_requests"),
        ("aws:secretsmanager/secret:Secret", {}, "API calls", "secret_requests"),
        ("aws:ecr/repository:Repository", {}, "image storage", "ecr_gb"),
        ("aws:lb/loadBalancer:LoadBalancer", {"subnets": ["a"]}, "capacity units", "alb_lcu"),
        ("aws:wafv2/webAcl:WebAcl", {}, "requests", "waf_million_requests"),
        ("aws:efs/fileSystem:FileSystem", {}, "Standard storage", "efs_standard_gb"),
        ("aws:rds/instance:Instance", {"backupRetentionPeriod": 7}, "backup storage", "database_backup_gb"),
        ("aws:cfg/recorder:Recorder", {}, "configuration items", "config_items"),
    ],
)
def test_where_nothing_is_assumed_the_part_is_unpriced(
    token: str, inputs: dict[str, object], what: str, key: str
) -> None:
    found = price(resource(token, inputs), usage=Usage())
    assert reasons(found)[what] == f"depends on usage, and usage.yaml assumes no {key}"
    assert not any(line.assumed for line in found.lines)
