"""Rows of the rules about the cluster, its machines and the way out of each zone."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.resilience.places import BOTH_ZONES, ONE_ZONE, OTHER_ZONE
from tests.policies.table import Break, Row

_CLUSTER: Final = thing(
    "aws:eks/cluster:Cluster",
    "eks",
    name="fleet-erp-prod",
    version="1.35",
    upgradePolicy={"supportType": "STANDARD"},
    deletionProtection=True,
    zonalShiftConfig={"enabled": True},
)


def _group(name: str = "general", *, machine: str, least: int, most: int, **inputs: Any) -> Thing:
    return thing(
        "aws:eks/nodeGroup:NodeGroup",
        name,
        **{
            "clusterName": Ref("eks", "name"),
            "version": "1.35",
            "capacityType": "ON_DEMAND",
            "instanceTypes": [machine],
            "labels": {"node-group": name},
            "scalingConfig": {"minSize": least, "desiredSize": least, "maxSize": most},
            "subnetIds": BOTH_ZONES,
            **inputs,
        },
    )


_PROD: Final = _group(machine="m5.large", least=3, most=8)
_DEV: Final = _group(
    "dev",
    machine="t3.large",
    least=0,
    most=4,
    capacityType="SPOT",
    taints=[{"key": "workload", "value": "dev", "effect": "NO_SCHEDULE"}],
)
_SHAPE: Final = "scalingConfig runs from {} to {} machines, not {}"
_OPEN: Final = "the further group has no taint, so any pod lands there"


def _sizes(stack: str, group: Thing, wanted: str) -> Row:
    """Give a row that breaks only what differs in an environment."""
    scaling = group.inputs["scalingConfig"]
    machine = group.inputs["instanceTypes"][0]
    least, most = scaling["minSize"], scaling["maxSize"]
    return Row(
        "avl-eks-nodes",
        (_CLUSTER, group),
        (
            Break(
                {"general.scalingConfig.maxSize": most + 1},
                {"general": _SHAPE.format(least, most + 1, wanted)},
            ),
            Break(
                {"general.scalingConfig.minSize": least - 1},
                {"general": _SHAPE.format(least - 1, most, wanted)},
            ),
            Break(
                {"general.instanceTypes.0": "m5.4xlarge"},
                {"general": f"instanceTypes is m5.4xlarge, not {machine}"},
            ),
        ),
        unknown="general.scalingConfig.maxSize",
        stack=stack,
    )


_PUBLIC: Final = thing("aws:ec2/subnet:Subnet", "public-a", availabilityZone="ap-south-1a")
_PUBLIC_B: Final = thing("aws:ec2/subnet:Subnet", "public-b", availabilityZone="ap-south-1b")
_WAYS_OUT: Final = (
    ONE_ZONE,
    OTHER_ZONE,
    _PUBLIC,
    _PUBLIC_B,
    thing("aws:ec2/internetGateway:InternetGateway", "gateway"),
    *(
        entry
        for zone in ("a", "b")
        for entry in (
            thing("aws:ec2/natGateway:NatGateway", f"nat-{zone}", subnetId=Ref(f"public-{zone}")),
            thing("aws:ec2/routeTable:RouteTable", f"table-{zone}"),
            thing(
                "aws:ec2/routeTableAssociation:RouteTableAssociation",
                f"private-table-{zone}",
                subnetId=Ref(f"private-{zone}"),
                routeTableId=Ref(f"table-{zone}"),
            ),
            thing(
                "aws:ec2/route:Route",
                f"out-{zone}",
                routeTableId=Ref(f"table-{zone}"),
                destinationCidrBlock="0.0.0.0/0",
                natGatewayId=Ref(f"nat-{zone}"),
            ),
            thing(
                "aws:ec2/routeTableAssociation:RouteTableAssociation",
                f"public-table-{zone}",
                subnetId=Ref(f"public-{zone}"),
                routeTableId=Ref("public-table"),
            ),
        )
    ),
    thing(
        "aws:ec2/routeTable:RouteTable",
        "public-table",
        routes=[{"cidrBlock": "0.0.0.0/0", "gatewayId": Ref("gateway")}],
    ),
)

ROWS: Final = (
    Row(
        "avl-eks-version",
        (_CLUSTER,),
        (
            Break({"eks.version": "1.34"}, {"eks": "version is 1.34, not one of 1.35, 1.36"}),
            Break({"eks.version": DROP}, {"eks": "version is not set, not one of 1.35, 1.36"}),
        ),
        unknown="eks.version",
        also_holds=({"eks.version": "1.36"},),
    ),
    Row(
        "avl-eks-support",
        (_CLUSTER,),
        (
            Break(
                {"eks.upgradePolicy.supportType": "EXTENDED"},
                {"eks": "upgradePolicy.supportType is EXTENDED"},
            ),
            Break({"eks.upgradePolicy": DROP}, {"eks": "upgradePolicy.supportType is EXTENDED"}),
        ),
        unknown="eks.upgradePolicy",
    ),
    Row(
        "avl-eks-deletion-protection",
        (_CLUSTER,),
        (Break({"eks.deletionProtection": DROP}, {"eks": "deletionProtection is not true"}),),
        unknown="eks.deletionProtection",
    ),
    Row(
        "avl-eks-zonal-shift",
        (_CLUSTER,),
        (Break({"eks.zonalShiftConfig": DROP}, {"eks": "zonalShiftConfig.enabled is not true"}),),
        unknown="eks.zonalShiftConfig",
    ),
    Row(
        "avl-eks-nodes",
        (_CLUSTER, _PROD),
        (
            Break(
                {"general": DROP},
                {"the stack": "the cluster has no node group with the label node-group=general"},
            ),
            Break({"general.scalingConfig.minSize": 2}, {"general": _SHAPE.format(2, 8, "3 to 8")}),
            Break({"general.scalingConfig.maxSize": 10}, {"general": _SHAPE.format(3, 10, "3 to 8")}),
            Break(
                {"general.instanceTypes": ["m5.large", "m5a.large"]},
                {"general": "instanceTypes is m5.large, m5a.large, not m5.large"},
            ),
            Break({"general.instanceTypes": DROP}, {"general": "instanceTypes is not set, not m5.large"}),
            Break(
                {"general.capacityType": "SPOT"},
                {"general": "capacityType is SPOT, so AWS may take the machines back"},
            ),
            Break(
                {"general.taints": [{"key": "team", "effect": "NO_SCHEDULE"}]},
                {"general": "the taint team keeps pods away from the general group"},
            ),
            Break(
                {},
                {"second": "a second group carries the label node-group=general"},
                plus=(
                    _group("second", machine="m5.large", least=3, most=8, labels={"node-group": "general"}),
                ),
            ),
            Break({}, {"dev": "a further group is labelled dev, which is not listed"}, plus=(_DEV,)),
            Break(
                {},
                {"alone": "pods would run outside the managed node groups"},
                plus=(thing("aws:autoscaling/group:Group", "alone"),),
            ),
            Break(
                {},
                {"serverless": "pods would run outside the managed node groups"},
                plus=(thing("aws:eks/fargateProfile:FargateProfile", "serverless"),),
            ),
        ),
        unknown="general.scalingConfig.minSize",
    ),
    _sizes("staging", _group(machine="m5.large", least=2, most=2), "2 to 2"),
    _sizes("testing", _group(machine="t3.medium", least=1, most=1), "1 to 1"),
    _sizes("dr", _group(machine="m5.large", least=2, most=3), "3 to 8 or 2 to 3"),
    _sizes("dr", _group(machine="m5.large", least=3, most=8), "3 to 8 or 2 to 3"),
    Row(
        "avl-eks-nodes",
        (_CLUSTER, _group(machine="t3.medium", least=1, most=1), _DEV),
        (
            Break({"dev.taints": DROP}, {"dev": _OPEN}),
            Break({"dev.taints.0.effect": "PREFER_NO_SCHEDULE"}, {"dev": _OPEN}),
            Break({"dev.labels": DROP}, {"dev": "a further group is labelled nothing, which is not listed"}),
        ),
        unknown="dev.taints",
        stack="testing",
    ),
    Row(
        "avl-eks-nodes-zones",
        (ONE_ZONE, OTHER_ZONE, _CLUSTER, _PROD),
        (
            Break(
                {"general.subnetIds": [Ref("private-b")]}, {"general": "subnetIds lie in ap-south-1b only"}
            ),
            Break(
                {"private-b.availabilityZone": "ap-south-1a"},
                {"general": "subnetIds lie in ap-south-1a only"},
            ),
        ),
        unknown="general.subnetIds",
    ),
    Row(
        "avl-eks-nodes-version",
        (_CLUSTER, _PROD),
        (
            Break({"general.version": "1.34"}, {"general": "version is 1.34 and the cluster's is 1.35"}),
            Break({"general.version": DROP}, {"general": "version is not set and the cluster's is 1.35"}),
            Break(
                {"general.clusterName": "another"}, {"general": "clusterName names no cluster of this stack"}
            ),
        ),
        unknown="general.clusterName",
    ),
    Row(
        "avl-nat-per-zone",
        _WAYS_OUT,
        (
            Break(
                {"out-b.natGatewayId": Ref("nat-a")},
                {"private-b": "it lies in ap-south-1b and leaves through nat-a in ap-south-1a"},
            ),
            Break(
                {"nat-b.subnetId": Ref("public-a")},
                {"private-b": "it lies in ap-south-1b and leaves through nat-b in ap-south-1a"},
            ),
            Break(
                {"nat-a": DROP, "out-a.natGatewayId": "nat-0123456789abcdef0"},
                {"private-a": "out-a leads to a NAT gateway that this stack does not declare"},
            ),
            Break(
                {"out-b": DROP, "table-b.routes": [{"cidrBlock": "0.0.0.0/0", "natGatewayId": Ref("nat-a")}]},
                {"private-b": "it lies in ap-south-1b and leaves through nat-a in ap-south-1a"},
            ),
        ),
        unknown="out-a.natGatewayId",
        unknown_at="private-a",
        also_holds=(
            {"out-b": DROP},
            {"out-b.natGatewayId": Ref("nat-a"), "nat-a.availabilityMode": "regional"},
        ),
    ),
)
