"""EKS and EC2. All figures: Mumbai, November 2026; m5.large 0.101/h, gp3 0.0912/GB, IPv4 0.005/h, 730 h."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from preview.graph import UNKNOWN, Resource
from tests.preview.cost.build import PRICES, amounts, price, reasons, resource, secret, the_line, the_unpriced

NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE = "aws:ec2/launchTemplate:LaunchTemplate"
NODES: dict[str, Any] = {
    "scalingConfig": {"desiredSize": 2, "minSize": 2, "maxSize": 2},
    "instanceTypes": ["m5.large"],
    "launchTemplate": {"id": "lt-0123456789abcdef0", "version": "1"},
}
VOLUME: dict[str, Any] = {
    "volumeType": "gp3",
    "volumeSize": 50,
    "encrypted": "true",
    "deleteOnTermination": "true",
}


def _template(**inputs: Any) -> Resource:
    inputs.setdefault("blockDeviceMappings", [{"deviceName": "/dev/xvda", "ebs": VOLUME}])
    return resource(LAUNCH_TEMPLATE, inputs, name="template", id="lt-0123456789abcdef0")


def _group(**inputs: Any) -> Resource:
    return resource(NODE_GROUP, {**NODES, **inputs}, name="nodes")


def test_a_control_plane_under_standard_support() -> None:
    found = price(resource("aws:eks/cluster:Cluster", {"upgradePolicy": {"supportType": "STANDARD"}}))
    # 730 h x 0.10
    assert amounts(found) == {"control plane": Decimal("73.00")}
    assert found.unpriced == ()


def test_a_control_plane_that_may_slip_into_extended_support_says_what_that_costs() -> None:
    found = price(resource("aws:eks/cluster:Cluster", {}))
    assert found.total == Decimal(73)
    # 730 h x (0.60 - 0.10)
    assert the_unpriced(found, "extended support").upper_usd_per_month == Decimal("365.00")


def test_auto_mode_and_a_provisioned_control_plane_are_unpriced() -> None:
    found = price(
        resource(
            "aws:eks/cluster:Cluster",
            {"computeConfig": {"enabled": True}, "controlPlaneScalingConfig": {"tier": "tier-xl"}},
        )
    )
    assert {"Auto Mode", "provisioned control plane"} <= set(reasons(found))


def test_a_node_group_with_its_volumes_and_addresses() -> None:
    found = price(_group(), _template(networkInterfaces=[{"associatePublicIpAddress": "true"}]))
    assert amounts(found) == {
        "2 x m5.large node": Decimal("147.460"),  # 2 x 730 x 0.101
        "2 x 50 GiB gp3 /dev/xvda": Decimal("9.1200"),  # 2 x 50 x 0.0912
        "2 x public IPv4": Decimal("7.300"),  # 2 x 730 x 0.005
    }
    line = the_line(found, "2 x m5.large node")
    assert (line.quantity, line.unit, line.source_date, line.confidence) == (
        1460,
        "hour",
        "2025-03-02",
        "high",
    )
    assert (line.derived, line.assumed, line.region, line.layer) == (False, False, "ap-south-1", "data")


def test_the_launch_template_is_found_by_dependency_when_its_id_is_unknown() -> None:
    template = _template()
    group = resource(
        NODE_GROUP,
        {**NODES, "launchTemplate": {"id": UNKNOWN, "version": UNKNOWN}},
        name="nodes",
        property_dependencies={"launchTemplate": (template.urn,)},
    )
    assert amounts(price(group, template))["2 x 50 GiB gp3 /dev/xvda"] == Decimal("9.12")


def test_the_instance_type_may_be_the_templates() -> None:
    found = price(_group(instanceTypes=None), _template(instanceType="t3.medium"))
    # 2 x 730 x 0.0448
    assert amounts(found)["2 x t3.medium node"] == Decimal("65.4080")


def test_an_autoscaled_group_costs_what_it_starts_with_and_says_its_range() -> None:
    found = price(_group(scalingConfig={"desiredSize": 3, "minSize": 3, "maxSize": 8}), _template())
    line = the_line(found, "3 x m5.large node")
    assert (line.usd_per_month, line.note) == (Decimal("221.190"), "scales 3-8")


def test_spot_nodes_are_unpriced_with_the_on_demand_price_as_upper_estimate() -> None:
    sizes = {"desiredSize": 2, "minSize": 0, "maxSize": 4}
    found = price(_group(capacityType="SPOT", scalingConfig=sizes), _template())
    entry = the_unpriced(found, "node hours")
    # 4 x 730 x 0.101: the group may grow
    assert entry.upper_usd_per_month == found.unpriced_upper == Decimal("294.920")
    assert entry.upper_from == "on-demand price of 4 x m5.large, the group's largest size"
    assert found.total == Decimal("9.12")


def test_secret_values_are_priced_like_plain_ones() -> None:
    found = price(
        _group(scalingConfig=secret(NODES["scalingConfig"]), instanceTypes=secret(["m5.large"])), _template()
    )
    assert amounts(found)["2 x m5.large node"] == Decimal("147.46")


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        ({"scalingConfig": UNKNOWN}, "value unknown before deployment: scalingConfig"),
        (
            {"scalingConfig": {"desiredSize": UNKNOWN, "minSize": 1, "maxSize": 2}},
            "value unknown before deployment: scalingConfig.desiredSize",
        ),
        ({"instanceTypes": [UNKNOWN]}, "value unknown before deployment: instanceTypes"),
        ({"instanceTypes": []}, "the group declares no instanceTypes"),
        ({"instanceTypes": ["x9.mega"]}, "no price for EC2 x9.mega Linux on-demand in ap-south-1"),
        (
            {"scalingConfig": {"desiredSize": "many", "minSize": 1, "maxSize": 2}},
            "scalingConfig.desiredSize is not a number",
        ),
        ({"scalingConfig": None}, "scalingConfig.desiredSize is not declared"),
    ],
)
def test_nodes_whose_number_or_type_is_not_known_are_unpriced(inputs: dict[str, Any], why: str) -> None:
    found = price(_group(**inputs), _template())
    assert reasons(found)["node hours"].startswith(why)
    assert not any("node" in line.what for line in found.lines)


def test_volumes_that_nobody_declares_are_unpriced() -> None:
    assert "not in the resource list" in reasons(price(_group()))["node volumes"]
    assert "has no launch template" in reasons(price(_group(launchTemplate=None)))["node volumes"]
    assert (
        "machine image decides" in reasons(price(_group(), _template(blockDeviceMappings=[])))["node volumes"]
    )


def test_what_a_volume_does_beyond_the_baseline_is_unpriced() -> None:
    fast = [{"deviceName": "/dev/xvda", "ebs": {**VOLUME, "iops": 6000}}]
    found = price(_group(), _template(blockDeviceMappings=fast))
    assert amounts(found)["2 x 50 GiB gp3 /dev/xvda"] == Decimal("9.12")
    assert "above the baseline" in reasons(found)["2 x 50 GiB gp3 /dev/xvda: performance"]


def test_detailed_monitoring_is_unpriced() -> None:
    assert "node monitoring" not in reasons(price(_group(), _template()))
    found = price(_group(), _template(monitoring={"enabled": True}))
    assert "detailed monitoring" in reasons(found)


def test_a_row_taken_from_the_table_turns_the_line_unpriced() -> None:
    less = PRICES.without("EC2", "m5.large Linux on-demand", "ap-south-1")
    found = price(_group(), _template(), prices=less)
    assert reasons(found)["node hours"] == "no price for EC2 m5.large Linux on-demand in ap-south-1"
    assert amounts(found) == {"2 x 50 GiB gp3 /dev/xvda": Decimal("9.12")}


def test_a_single_instance_and_a_volume() -> None:
    instance = resource(
        "aws:ec2/instance:Instance",
        {
            "instanceType": "t3.medium",
            "associatePublicIpAddress": True,
            "rootBlockDevice": {"volumeType": "gp3", "volumeSize": 20},
            "tags": {"Schedule": "MON-FRI 08:00-20:00 Asia/Kolkata"},
        },
    )
    volume = resource("aws:ebs/volume:Volume", {"type": "gp3", "size": 100}, name="volume")
    found = price(instance, volume)
    assert amounts(found) == {
        "t3.medium instance": Decimal("32.7040"),  # 730 x 0.0448; nothing stops a single instance at night
        "20 GiB gp3": Decimal("1.8240"),
        "public IPv4": Decimal("3.650"),
        "100 GiB gp3": Decimal("9.1200"),
    }
