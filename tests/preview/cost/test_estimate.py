"""The estimate as a whole: nothing vanishes, nothing is 0 for want of a figure, totals add up."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pulumi_aws
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from preview.cost import Usage, estimate, load_prices, load_usage
from preview.cost.free import FREE, FREE_TYPES, why_free
from preview.cost.pricers import FAMILIES, PRICERS
from preview.graph import UNKNOWN, Resource, ResourceGraph
from preview.layers import layer_of
from tests.preview.cost.build import (
    AWAKE,
    MUMBAI,
    SINGAPORE,
    USAGE,
    amounts,
    graph_of,
    price,
    provider,
    reasons,
    resource,
    secret,
    the_line,
    the_unpriced,
    urn_of,
)

KEY = "aws:kms/key:Key"
NAT = "aws:ec2/natGateway:NatGateway"
DATABASE = "aws:rds/instance:Instance"
ROLE = "aws:iam/role:Role"


def _small_stack() -> tuple[Resource, ...]:
    """Nodes and a database that may sleep, a gateway, a key, a broker without a price, free things."""
    return (
        resource(
            "aws:eks/nodeGroup:NodeGroup",
            {"scalingConfig": {"desiredSize": 2, "minSize": 2, "maxSize": 2}, "instanceTypes": ["m5.large"]},
            name="nodes",
            parents=("fleet:cluster:Cluster",),
        ),
        resource(
            DATABASE,
            {
                "engine": "postgres",
                "instanceClass": "db.m5.large",
                "allocatedStorage": 500,
                "storageType": "gp3",
                "engineLifecycleSupport": "open-source-rds-extended-support-disabled",
            },
            name="db",
            parents=("fleet:data:Database",),
        ),
        resource(NAT, name="nat", parents=("fleet:network:Network",)),
        resource(KEY, name="key", parents=("fleet:keys:Keys",)),
        resource(
            "aws:mq/broker:Broker",
            {"engineType": "RabbitMQ", "hostInstanceType": "mq.m7g.large"},
            name="mq",
            parents=("fleet:data:Broker",),
        ),
        resource(ROLE, name="role", parents=("fleet:cluster:Cluster",)),
        resource("fleet:cluster:Cluster", name="cluster", parents=(), custom=False, provider=None),
    )


@pytest.mark.requirement("OPS-01")
def test_the_cost_of_a_stack_is_known_before_it_exists() -> None:
    found = price(*_small_stack(), of=provider(tags={"Schedule": AWAKE}))
    # Hand-made from the price list of November 2026, 730 h:
    fixed = (
        Decimal("65.5")  # 500 GiB gp3 x 0.131
        + Decimal("40.88")  # NAT gateway 730 x 0.056
        + Decimal("5.6")  # 100 GB through it x 0.056
        + Decimal("1.00")  # key
        + Decimal("6.00")  # 2 million requests to it: 200 x 0.03
        + Decimal("1.14")  # broker storage 10 GB x 0.114
    )
    stoppable = Decimal("147.46") + Decimal("184.69")  # 2 x m5.large 0.101, db.m5.large 0.253
    assert found.total_always_on == fixed + stoppable
    assert round(found.total, 6) == round(fixed + stoppable * 60 / 168, 6)
    assert round(found.saving, 6) == round(stoppable * 108 / 168, 6)
    assert {layer: round(usd, 2) for layer, usd in found.by_layer.items()} == {
        "data": Decimal("132.60"),
        "cluster": Decimal("52.66"),
        "network": Decimal("46.48"),
        "keys": Decimal("7.00"),
    }
    assert [line.what for line in found.biggest(3)] == [
        "db.m5.large Single-AZ",
        "500 GiB gp3",
        "2 x m5.large node",
    ]
    assert found.free == {ROLE: 1, "pulumi:providers:aws": 1}
    # What has no price is named with its reason and in no total.
    assert the_unpriced(found, "broker hours").upper_usd_per_month == Decimal("221.190")
    assert found.unpriced_upper == Decimal("221.190")


@pytest.mark.requirement("OPS-01")
def test_every_resource_ends_in_a_line_the_unpriced_list_or_the_free_count() -> None:
    stack = _small_stack()
    found = price(*stack, resource("aws:msk/cluster:Cluster", name="kafka"))
    seen = {line.urn for line in found.lines} | {entry.urn for entry in found.unpriced}
    made = {entry.urn for entry in stack if entry.custom}
    assert made - seen == {urn_of(ROLE, "role", parents=("fleet:cluster:Cluster",))}
    entry = the_unpriced(found, "everything")
    assert (entry.type, entry.why) == ("aws:msk/cluster:Cluster", "no pricer for this type")


def test_the_same_stack_gives_the_same_object_and_it_is_plain() -> None:
    first = price(*_small_stack()).to_json()
    assert first == price(*reversed(_small_stack())).to_json()
    assert json.loads(json.dumps(first)) == first
    assert first["total"] == round(sum(line["usdPerMonth"] for line in first["lines"]), 4)
    assert set(first["unpriced"][0]) == {
        "layer", "urn", "type", "name", "what", "why", "upperUsdPerMonth", "upperFrom",
    }  # fmt: skip


def test_the_estimate_survives_the_resource_list_as_json() -> None:
    graph = graph_of(*_small_stack(), of=provider(tags={"Schedule": AWAKE}))
    again = ResourceGraph.from_json(json.loads(json.dumps(graph.to_json())))
    arguments: dict[str, Any] = {"prices": load_prices(), "usage": load_usage().for_stack("staging")}
    assert estimate(again, **arguments).to_json() == estimate(graph, **arguments).to_json()


def test_components_and_resources_that_are_only_read_are_left_out() -> None:
    component = resource("aws:msk/cluster:Cluster", name="component", custom=False)
    read = resource("aws:msk/cluster:Cluster", name="read", external=True)
    found = price(component, read)
    assert (found.lines, found.unpriced, found.free) == ((), (), {"pulumi:providers:aws": 1})


def test_reasons_are_counted() -> None:
    found = price(*(resource("aws:msk/cluster:Cluster", name=name) for name in "abc"), resource(DATABASE))
    assert next(found.unpriced_reasons()) == ("no pricer for this type", 3)


@pytest.mark.parametrize(
    ("inputs", "of", "options", "region"),
    [
        ({}, provider(region=SINGAPORE), {}, SINGAPORE),
        ({"region": SINGAPORE}, provider(region=MUMBAI), {}, SINGAPORE),
        ({"region": secret(SINGAPORE)}, provider(), {}, SINGAPORE),
        ({}, provider(region=None), {"outputs": {"arn": f"arn:aws:kms:{MUMBAI}:111122223333:key/x"}}, MUMBAI),
        ({}, provider(region=None), {"id": f"arn:aws:kms:{SINGAPORE}:111122223333:key/x"}, SINGAPORE),
        ({"availabilityZone": "ap-south-1b"}, provider(region=None), {}, MUMBAI),
        ({}, None, {"provider": None, "outputs": {"availabilityZone": "ap-southeast-1a"}}, SINGAPORE),
    ],
)
def test_the_region_is_the_resources_its_providers_or_its_arns(
    inputs: dict[str, Any], of: Any, options: dict[str, Any], region: str
) -> None:
    found = price(resource("aws:ec2/eip:Eip", inputs, **options), of=of)
    assert the_line(found, "public IPv4").region == region


@pytest.mark.parametrize(
    ("inputs", "of", "why"),
    [
        ({}, provider(region=None), "region unknown"),
        ({}, provider(region=UNKNOWN), "value unknown before deployment: region"),
        ({"region": UNKNOWN}, provider(), "value unknown before deployment: region"),
        ({"kmsKeyId": f"arn:aws:kms:{MUMBAI}:111122223333:key/x"}, provider(region=None), "region unknown"),
        ({"region": "eu-west-1"}, provider(), "no price for VPC public IPv4 address in use in eu-west-1"),
    ],
)
def test_without_a_region_or_its_prices_nothing_is_priced(inputs: dict[str, Any], of: Any, why: str) -> None:
    found = price(resource("aws:ec2/eip:Eip", inputs), of=of)
    assert found.lines == ()
    assert reasons(found)["public address"].startswith(why)


def test_a_price_for_another_unit_is_not_taken() -> None:
    prices = load_prices()
    rows = [line for line in prices.rows if line.item != "public IPv4 address in use"]
    (address,) = [
        row for row in prices.rows if row.item == "public IPv4 address in use" and row.region == MUMBAI
    ]
    monthly = type(address)(**{**{key: getattr(address, key) for key in address.__slots__}, "unit": "month"})
    found = price(resource("aws:ec2/eip:Eip"), prices=type(prices)([*rows, monthly]))
    assert reasons(found)["public address"].endswith("is per month, not per hour")


def test_types_are_either_priced_or_free_and_real() -> None:
    plugin = Path(pulumi_aws.__file__).read_text(encoding="utf-8")
    for token in [*PRICERS, *FREE_TYPES]:
        if token.startswith("aws:"):
            assert f'"{token}"' in plugin.replace("\\", ""), token
    assert not set(PRICERS) & set(FREE_TYPES)
    assert len(FREE_TYPES) == sum(len(tokens) for tokens in FREE.values())
    assert len(PRICERS) == sum(len(family.PRICERS) for family in FAMILIES)


def test_every_free_type_has_a_reason_and_others_have_none() -> None:
    assert why_free(ROLE) == "IAM is free"
    assert why_free("pulumi:providers:aws") is not None
    assert why_free("random:index/randomPassword:RandomPassword") is not None
    assert why_free("aws:msk/cluster:Cluster") is None
    assert all(len(why) > 5 for why in FREE)


KEYS = [
    "allocatedStorage",
    "associatePublicIpAddress",
    "availabilityMode",
    "availabilityZoneName",
    "backupPolicy",
    "backupRetentionPeriod",
    "blockDeviceMappings",
    "bucket",
    "capacityType",
    "clusterConfig",
    "computeConfig",
    "controlPlaneScalingConfig",
    "databaseInsightsMode",
    "deploymentMode",
    "ebsOptions",
    "enableKeyRotation",
    "engine",
    "engineType",
    "hostInstanceType",
    "instanceClass",
    "instanceTypes",
    "internal",
    "iops",
    "launchTemplate",
    "lifecyclePolicies",
    "loadBalancerType",
    "metricQueries",
    "metricTransformation",
    "multiAz",
    "name",
    "nodeType",
    "numCacheClusters",
    "numNodeGroups",
    "period",
    "region",
    "replicas",
    "replicateSourceDb",
    "retentionInDays",
    "rootBlockDevice",
    "ruleJson",
    "rules",
    "scalingConfig",
    "scope",
    "size",
    "spec",
    "storageType",
    "subnetIds",
    "subnetMappings",
    "subnets",
    "tags",
    "throughputMode",
    "tier",
    "type",
    "upgradePolicy",
    "vpcEndpointType",
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 1000),
    st.sampled_from([UNKNOWN, "", "gp3", "m5.large", "postgres", "redis", "Interface", AWAKE, "1.5", "[]"]),
)
WIRE = st.recursive(
    SCALARS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from([*KEYS, "ebs", "desiredSize", "minSize", "maxSize", "metric"]), inner, max_size=4
        ),
        inner.map(secret),
    ),
    max_leaves=12,
)


@settings(max_examples=400, deadline=None)
@given(
    token=st.sampled_from(sorted(PRICERS)), inputs=st.dictionaries(st.sampled_from(KEYS), WIRE, max_size=12)
)
def test_no_resource_list_makes_it_crash_or_lets_a_resource_vanish(
    token: str, inputs: dict[str, Any]
) -> None:
    for usage in (USAGE, Usage()):
        found = price(resource(token, inputs), usage=usage)
        assert found.lines or found.unpriced or found.free.get(token) == 1
        assert all(line.usd_per_month >= 0 for line in found.lines)
        assert all(line.usd_per_unit > 0 for line in found.lines)
        json.dumps(found.to_json())


@pytest.mark.parametrize(
    ("parents", "layer"),
    [
        ((), "stack"),
        (("fleet:network:Network",), "network"),
        (("fleet:cluster:Cluster", "eks:index:Cluster", "eks:index:VpcCniAddon"), "cluster"),
        (("fleet:workloads:Odoo", "fleet:cluster:ServiceAccountRole"), "workloads"),
        (("fleet:environment:Environment", "fleet:data:Database"), "data"),
        (("eks:index:Cluster",), "stack"),
        (("fleetwood:data:Thing",), "stack"),
    ],
)
def test_the_layer_is_the_room_of_the_outermost_component_of_ours(
    parents: tuple[str, ...], layer: str
) -> None:
    assert layer_of(resource(KEY, name="a::b", parents=parents)) == layer


def test_a_component_belongs_to_its_own_room_and_a_strange_urn_to_the_stack() -> None:
    assert layer_of(resource("fleet:edge:Edge", parents=(), custom=False)) == "edge"
    strange = ResourceGraph.from_json(
        {"project": "p", "stack": "s", "resources": [{"urn": "nonsense", "type": KEY}]}
    ).resources[0]
    assert layer_of(strange) == "stack"


def test_lines_from_assumptions_carry_their_reason() -> None:
    line = the_line(price(resource(NAT)), "NAT traffic")
    assert (line.assumed, line.note) == (True, "an assumption of this test")
    assert amounts(price(resource(NAT)))["NAT gateway"] == Decimal("40.88")
