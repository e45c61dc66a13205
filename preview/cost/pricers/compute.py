"""EC2 and EKS: the control plane, node groups, instances and volumes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Final

from preview.cost.charges import HOURS_PER_MONTH, Charge, NotPriced
from preview.cost.item import Item
from preview.cost.pricers.kinds import Pricers
from preview.graph import Resource

CLUSTER: Final = "aws:eks/cluster:Cluster"
NODE_GROUP: Final = "aws:eks/nodeGroup:NodeGroup"
LAUNCH_TEMPLATE: Final = "aws:ec2/launchTemplate:LaunchTemplate"

GP3_IOPS: Final = 3000
GP3_MIB_PER_SECOND: Final = 125
"""What a gp3 volume brings with its storage price."""

STANDARD_SUPPORT: Final = "control plane standard support"
EXTENDED_SUPPORT: Final = "control plane extended support"


def _control_plane(item: Item) -> Iterator[Charge]:
    yield item.hours("control plane", item.rate("EKS", STANDARD_SUPPORT, unit="cluster-hour"), 1)


def _extended_support(item: Item) -> Iterator[Charge]:
    """EXTENDED is what EKS takes when nothing is declared; STANDARD makes AWS upgrade the cluster in time."""
    if item.text("upgradePolicy", "supportType", default="EXTENDED") == "EXTENDED":
        standard = item.rate("EKS", STANDARD_SUPPORT, unit="cluster-hour")
        extended = item.rate("EKS", EXTENDED_SUPPORT, unit="cluster-hour")
        yield item.unpriced(
            "extended support",
            "due once the version's standard support is over; upgradePolicy.supportType STANDARD avoids it",
            upper=(extended.usd - standard.usd) * HOURS_PER_MONTH,
            upper_from="the surcharge for all hours of the month",
        )


def _control_plane_options(item: Item) -> Iterator[Charge]:
    if item.text("controlPlaneScalingConfig", "tier", default="standard") != "standard":
        yield item.unpriced("provisioned control plane", "no price for a provisioned control plane tier")
    if item.flag("computeConfig", "enabled"):
        yield item.unpriced("Auto Mode", "no price for EKS Auto Mode; its nodes are in no resource list")


def _nodes(item: Item) -> Iterator[Charge]:
    """The node hours; a group under a schedule is scaled to 0 at night (OPS-02)."""
    count, smallest, largest = _sizes(item)
    kinds = item.entries("instanceTypes")
    template = item.stack.referred(item.resource, "launchTemplate", LAUNCH_TEMPLATE)
    kind = item.within({"instanceTypes": kinds[0]}, "instanceTypes") if kinds else None
    if kind is None and template is not None:
        kind = item.within(template.inputs, "instanceType")
    if not isinstance(kind, str):
        raise NotPriced("the group declares no instanceTypes")
    rate = item.rate("EC2", f"{kind} Linux on-demand", unit="hour")
    notes = [f"scales {smallest}-{largest}"] if smallest != largest else []
    if len(kinds) > 1:
        notes.append(f"priced as the first of {len(kinds)} instance types")
    if item.text("capacityType", default="ON_DEMAND") != "ON_DEMAND":
        most = item.hours("", rate, largest, sleeps=True)
        raise NotPriced(
            "spot prices follow the market",
            upper=most.usd_per_month,
            upper_from=f"on-demand price of {largest} x {kind}, the group's largest size",
        )
    yield item.hours(f"{count} x {kind} node", rate, count, sleeps=True, note="; ".join(notes))


def _node_volumes(item: Item) -> Iterator[Charge]:
    """The volumes that the launch template gives each node.

    They are priced for all hours, though a node that is scaled away takes its volume with it: the
    difference is small, and so a schedule is never credited with more than the hours it stops.
    """
    count = _sizes(item)[0]
    template = _launch_template(item)
    mappings = item.entries("blockDeviceMappings", inside=template.inputs)
    if not mappings:
        raise NotPriced("the launch template declares no blockDeviceMappings; the machine image decides")
    for mapping in mappings:
        device = item.text("deviceName", default="volume", inside=mapping)
        volume = item.within(mapping, "ebs")
        if volume is None:
            continue
        kind = item.text("volumeType", default="gp2", inside=volume)
        size = item.number("volumeSize", inside=volume)
        yield from _volume(
            item, f"{count} x {size} GiB {kind} {device}", volume, kind=kind, size=size, count=count
        )


def _node_addresses(item: Item) -> Iterator[Charge]:
    """Public IPv4 addresses, where the launch template asks for them."""
    count = _sizes(item)[0]
    template = _launch_template(item)
    interfaces = item.entries("networkInterfaces", inside=template.inputs)
    public = sum(item.flag("associatePublicIpAddress", inside=interface) for interface in interfaces)
    if public:
        rate = item.rate("VPC", "public IPv4 address in use", unit="hour")
        yield item.hours(f"{count * public} x public IPv4", rate, count * public)


def _node_monitoring(item: Item) -> Iterator[Charge]:
    template = _launch_template(item)
    if item.flag("monitoring", "enabled", inside=template.inputs):
        yield item.unpriced("detailed monitoring", "no price for detailed monitoring of an instance")


def _ebs_volume(item: Item) -> Iterator[Charge]:
    kind = item.text("type", default="gp2")
    size = item.number("size")
    yield from _volume(
        item, f"{size} GiB {kind}", item.resource.inputs, kind=kind, size=size, count=Decimal(1)
    )


def _instance(item: Item) -> Iterator[Charge]:
    """The instance hours; schedules stop node groups and databases only, so a tag changes nothing here."""
    kind = item.text("instanceType")
    yield item.hours(f"{kind} instance", item.rate("EC2", f"{kind} Linux on-demand", unit="hour"), 1)


def _instance_volumes(item: Item) -> Iterator[Charge]:
    root = item.value("rootBlockDevice")
    if root is None:
        raise NotPriced("rootBlockDevice is not declared; the machine image decides")
    for volume in [root, *item.entries("ebsBlockDevices")]:
        kind = item.text("volumeType", default="gp2", inside=volume)
        size = item.number("volumeSize", inside=volume)
        yield from _volume(item, f"{size} GiB {kind}", volume, kind=kind, size=size, count=Decimal(1))


def _instance_address(item: Item) -> Iterator[Charge]:
    if item.flag("associatePublicIpAddress"):
        yield item.hours("public IPv4", item.rate("VPC", "public IPv4 address in use", unit="hour"), 1)


def _volume(
    item: Item,
    what: str,
    volume: Any,  # noqa: ANN401  (a wire object)
    *,
    kind: str,
    size: Decimal,
    count: Decimal,
) -> Iterator[Charge]:
    yield item.monthly(what, item.rate("EBS", f"{kind} storage", unit="GB-month"), size * count)
    more_iops = item.number("iops", default=GP3_IOPS, inside=volume) - GP3_IOPS
    more_throughput = (
        item.number("throughput", default=GP3_MIB_PER_SECOND, inside=volume) - GP3_MIB_PER_SECOND
    )
    if kind == "gp3" and (more_iops > 0 or more_throughput > 0):
        yield item.unpriced(f"{what}: performance", "no price for gp3 IOPS and throughput above the baseline")


def _sizes(item: Item) -> tuple[Decimal, Decimal, Decimal]:
    """Give desired, smallest and largest number of nodes."""
    desired = item.number("scalingConfig", "desiredSize")
    return desired, item.number("scalingConfig", "minSize"), item.number("scalingConfig", "maxSize")


def _launch_template(item: Item) -> Resource:
    if not item.declares("launchTemplate"):
        raise NotPriced("the group has no launch template; EKS decides")
    template = item.stack.referred(item.resource, "launchTemplate", LAUNCH_TEMPLATE)
    if template is None:
        raise NotPriced("the launch template is not in the resource list")
    return template


PRICERS: Final[Pricers] = {
    CLUSTER: {
        "control plane": _control_plane,
        "extended support": _extended_support,
        "control plane options": _control_plane_options,
    },
    NODE_GROUP: {
        "node hours": _nodes,
        "node volumes": _node_volumes,
        "node addresses": _node_addresses,
        "node monitoring": _node_monitoring,
    },
    "aws:ec2/instance:Instance": {
        "instance hours": _instance,
        "volumes": _instance_volumes,
        "public address": _instance_address,
    },
    "aws:ebs/volume:Volume": {"volume": _ebs_volume},
}
