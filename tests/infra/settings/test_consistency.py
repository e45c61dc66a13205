"""Rules between values, each broken once on a real stack file, and CIDR and size rules on generated ones."""

from __future__ import annotations

from ipaddress import IPv4Network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.settings import consistency
from infra.settings.detection_rules import DETECTION_RULES
from infra.settings.observability_rules import OBSERVABILITY_RULES
from infra.settings.protection_rules import PROTECTION_RULES
from infra.settings.recovery_rules import RECOVERY_RULES
from infra.settings.refresh_rules import REFRESH_RULES
from infra.settings.workload_rules import WORKLOAD_RULES
from infra.settings.workspace_rules import WORKSPACE_RULES

from .stack_files import (
    ESTATES,
    Areas,
    Change,
    Remedy,
    areas_of,
    case_id,
    mistakes,
    remedies,
    rules_that_nothing_breaks,
)


def _vpc_too_large(areas: Areas) -> None:
    areas["network"]["cidr"] = "10.0.0.0/12"


def _subnet_outside(areas: Areas) -> None:
    areas["network"]["private_subnets"][0]["cidr"] = "10.9.1.0/24"


def _subnet_too_small(areas: Areas) -> None:
    areas["network"]["private_subnets"][0]["cidr"] = "10.0.1.0/29"


def _subnets_overlap(areas: Areas) -> None:
    areas["network"]["public_subnets"][0]["cidr"] = "10.0.1.0/25"


def _zone_twice(areas: Areas) -> None:
    areas["network"]["public_subnets"].append({"zone": "ap-south-1a", "cidr": "10.0.103.0/24"})


def _zone_without_public_subnet(areas: Areas) -> None:
    areas["network"]["private_subnets"].append({"zone": "ap-south-1c", "cidr": "10.0.3.0/24"})


def _zone_of_another_region(areas: Areas) -> None:
    for kind, third in (("private_subnets", 3), ("public_subnets", 103)):
        areas["network"][kind].append({"zone": "ap-southeast-1a", "cidr": f"10.0.{third}.0/24"})


def _services_in_the_vpc(areas: Areas) -> None:
    areas["cluster"]["service_cidr"] = "10.0.128.0/17"


def _sizes_out_of_order(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["size"] = {"min": 3, "desired": 9, "max": 8}


def _group_name_twice(areas: Areas) -> None:
    areas["cluster"]["node_groups"] *= 2


def _max_pods_without_prefixes(areas: Areas) -> None:
    areas["cluster"]["node_groups"][0]["max_pods"] = 30


def _api_open_to_the_world(areas: Areas) -> None:
    areas["cluster"]["public_access_cidrs"] = ["0.0.0.0/0"]


def _gp3_without_iops(areas: Areas) -> None:
    areas["database"]["iops"] = None


def _gp3_small_with_iops(areas: Areas) -> None:
    areas["database"]["storage_gib"] = 200
    areas["database"]["max_storage_gib"] = None


def _little_headroom(areas: Areas) -> None:
    areas["database"]["max_storage_gib"] = 540


def _managed_password(areas: Areas) -> None:
    areas["database"]["master_password"] = "managed"


def _upgrading_primary(areas: Areas) -> None:
    areas["database"]["auto_minor_version_upgrade"] = True


def _sleeping_prod(areas: Areas) -> None:
    areas["schedule"]["awake"] = areas_of("staging")["schedule"]["awake"]


def _night_shift(areas: Areas) -> None:
    awake = areas_of("staging")["schedule"]["awake"]
    areas["schedule"]["awake"] = awake | {"start": "20:00", "stop": "08:00"}
    areas["database"]["report_replica"] = None
    areas["cluster"]["node_groups"][0]["autoscaled"] = False


def _partners_without_endpoints(areas: Areas) -> None:
    areas["network"]["partner_cidrs"] = ["203.0.113.0/24"]
    areas["network"]["interface_endpoints"] = ["ec2", "ecr.api", "ecr.dkr", "eks", "email-smtp", "logs"]


def _mail_without_endpoint(areas: Areas) -> None:
    areas["network"]["interface_endpoints"].remove("email-smtp")


def _mail_to_another_region(areas: Areas) -> None:
    areas["workloads"]["odoo"]["mail"]["smtp_host"] = "email-smtp.eu-west-1.amazonaws.com"


def _mail_to_a_catchers_port(areas: Areas) -> None:
    areas["workloads"]["odoo"]["mail"]["smtp_port"] = 1025


def _small_broker_cluster(areas: Areas) -> None:
    areas["broker"]["instance_type"] = "mq.m7g.medium"


def _valkey_by_redis_version(areas: Areas) -> None:
    areas["cache"]["engine"] = "valkey"


def _odd_search_nodes(areas: Areas) -> None:
    areas["search"]["instance_count"] = 3


def _glacier_after_expiry(areas: Areas) -> None:
    areas["objects"]["buckets"][1]["glacier_after_days"] = 3000


def _lock_outlives_expiry(areas: Areas) -> None:
    areas["objects"]["buckets"][0]["object_lock_days"] = 2558


def _reserved_bucket(areas: Areas) -> None:
    areas["objects"]["buckets"][2]["name"] = "access-logs"


def _foreign_host(areas: Areas) -> None:
    areas["edge"]["web_hostname"] = "erp.example.org"


def _one_host_for_all(areas: Areas) -> None:
    areas["edge"]["gps_hostname"] = "erp.example.com"


def _unprotected_prod(areas: Areas) -> None:
    areas["environment"]["protect_stateful"] = False
    areas["database"]["deletion_protection"] = False


CONTRADICTIONS: dict[Change, list[Remedy]] = {
    _vpc_too_large: [("network.cidr", "/16 to /28")],
    _subnet_outside: [("network.private_subnets[0].cidr", "networks within 10.0.0.0/16")],
    _subnet_too_small: [("network.private_subnets[0].cidr", "/28 or larger")],
    _subnets_overlap: [("network.public_subnets[0].cidr", "networks that share no address")],
    _zone_twice: [("network.public_subnets[2].zone", "one subnet per zone")],
    _zone_without_public_subnet: [("network.private_subnets[2].zone", "ap-south-1a, ap-south-1b")],
    _zone_of_another_region: [
        ("network.private_subnets[2].zone", "ap-south-1a, b or c"),
        ("network.public_subnets[2].zone", "ap-south-1a, b or c"),
    ],
    _services_in_the_vpc: [("cluster.service_cidr", "a network apart from it, such as 172.20.0.0/16")],
    _sizes_out_of_order: [("cluster.node_groups[0].size", "min ≤ desired ≤ max")],
    _group_name_twice: [("cluster.node_groups[1].name", "one name per group")],
    _max_pods_without_prefixes: [("cluster.node_groups[0].max_pods", "no value")],
    _api_open_to_the_world: [("cluster.public_access_cidrs[0]", "networks of runners and offices")],
    _gp3_without_iops: [("database.iops", "12000 or more, which RDS wants from 400 GiB up")],
    _gp3_small_with_iops: [("database.iops", "no value"), ("database.throughput_mibps", "no value")],
    _little_headroom: [("database.max_storage_gib", "550 or more, or no value")],
    _managed_password: [("database.master_password", "own-secret")],
    _upgrading_primary: [("database.auto_minor_version_upgrade", "false")],
    _sleeping_prod: [("schedule.awake", "null"), ("cluster.node_groups[0].autoscaled", "false")],
    _night_shift: [("schedule.awake.stop", "later than 20:00"), ("workloads.scaling", "manual, fixed")],
    _partners_without_endpoints: [
        ("network.interface_endpoints", "a list with secretsmanager, sts too"),
        ("network.partner_cidrs", "no list where observability is set"),
    ],
    _mail_without_endpoint: [("network.interface_endpoints", "a list with email-smtp too")],
    _mail_to_another_region: [
        ("workloads.odoo.mail.smtp_host", "email-smtp.ap-south-1.amazonaws.com, mail-catcher")
    ],
    _mail_to_a_catchers_port: [("workloads.odoo.mail.smtp_port", "587, 2587")],
    _small_broker_cluster: [("broker.instance_type", "mq.m7g.large or larger")],
    _valkey_by_redis_version: [("cache.engine", "redis with 7.1, valkey with 8.x")],
    _odd_search_nodes: [("search.instance_count", "multiples of it")],
    _glacier_after_expiry: [("objects.buckets[1].glacier_after_days", "1 to 2556")],
    _lock_outlives_expiry: [("objects.buckets[0].object_lock_days", "1 to 2557")],
    _reserved_bucket: [("objects.buckets[2].name", "other names")],
    _foreign_host: [("edge.web_hostname", "names that end with .example.com")],
    _one_host_for_all: [("edge.gps_hostname", "a name of its own")],
    _unprotected_prod: [("environment.protect_stateful", "true"), ("database.deletion_protection", "true")],
}


@pytest.mark.parametrize("change", CONTRADICTIONS, ids=case_id)
def test_a_contradiction_is_named_with_its_remedy(change: Change) -> None:
    assert remedies("prod", change) == CONTRADICTIONS[change]


def test_every_rule_is_broken_by_some_case() -> None:
    """A rule that nothing can break would judge nothing; some rooms have tables of their own."""
    elsewhere = (
        *WORKLOAD_RULES,
        *OBSERVABILITY_RULES,
        *PROTECTION_RULES,
        *DETECTION_RULES,
        *REFRESH_RULES,
        *RECOVERY_RULES,
        *WORKSPACE_RULES,
    )
    here = [rule for rule in consistency.RULES if rule not in elsewhere]
    assert (
        rules_that_nothing_breaks(here, {("prod", change): lines for change, lines in CONTRADICTIONS.items()})
        == set()
    )


@pytest.mark.requirement("NET-02")
def test_production_addresses_are_those_of_the_strategy() -> None:
    network = areas_of("prod")["network"]
    assert network["private_subnets"] == [
        {"zone": "ap-south-1a", "cidr": "10.0.1.0/24"},
        {"zone": "ap-south-1b", "cidr": "10.0.2.0/24"},
    ]
    assert network["public_subnets"] == [
        {"zone": "ap-south-1a", "cidr": "10.0.101.0/24"},
        {"zone": "ap-south-1b", "cidr": "10.0.102.0/24"},
    ]


@pytest.mark.requirement("ISO-01", "ISO-02")
def test_environments_share_no_address() -> None:
    networks = [IPv4Network(areas_of(stack)["network"]["cidr"]) for stack in ESTATES]
    for index, network in enumerate(networks):
        assert not any(network.overlaps(other) for other in networks[index + 1 :])


subnet_prefixes = st.integers(min_value=18, max_value=28)


@given(prefixes=st.lists(subnet_prefixes, min_size=2, max_size=2), offset=st.integers(0, 3))
def test_subnets_cut_from_the_vpc_are_accepted(prefixes: list[int], offset: int) -> None:
    """Whatever is cut from separate quarters of the VPC neither overlaps nor lies outside."""
    areas = areas_of("prod")
    # Its network has addresses of this VPC too, and rules of its own.
    del areas["refresh"]
    quarters = list(IPv4Network("10.0.0.0/16").subnets(new_prefix=18))
    quarters = quarters[offset:] + quarters[:offset]
    for index, (kind, zone) in enumerate(
        [("private_subnets", 0), ("private_subnets", 1), ("public_subnets", 0), ("public_subnets", 1)]
    ):
        cut = next(quarters[index].subnets(new_prefix=prefixes[zone]))
        areas["network"][kind][zone]["cidr"] = str(cut)
    assert mistakes(areas, "prod") == []


@given(third=st.integers(0, 255), prefix=st.integers(17, 28))
def test_overlap_is_found_exactly_when_networks_overlap(third: int, prefix: int) -> None:
    areas = areas_of("prod")
    del areas["refresh"]
    moved = IPv4Network(f"10.0.{third}.0/{prefix}", strict=False)
    areas["network"]["public_subnets"][1]["cidr"] = str(moved)
    others = [IPv4Network(text) for text in ("10.0.1.0/24", "10.0.2.0/24", "10.0.101.0/24")]
    expected = sum(moved.overlaps(other) for other in others)
    assert len(mistakes(areas, "prod")) == expected


@given(low=st.integers(0, 20), middle=st.integers(0, 20), high=st.integers(1, 20))
def test_sizes_are_accepted_exactly_when_ordered(low: int, middle: int, high: int) -> None:
    # The group of workspaces, which holds no pod of the estate: any number of nodes fits.
    areas = areas_of("testing")
    areas["cluster"]["node_groups"][1]["size"] = {"min": low, "desired": middle, "max": high}
    assert (mistakes(areas, "testing") == []) == (low <= middle <= high)
