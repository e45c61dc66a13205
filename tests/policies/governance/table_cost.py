"""Rows about what things cost: sizes, disks, doubles, orphans, logs."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.governance.fixtures import DATABASE, NODE_GROUP
from tests.policies.table import Break, Row


def allowed_row(rule: str, token: str, path: str, good: str, only: str) -> Row:
    """Give the row of an allow list about one property of one type."""
    tree: Any = good
    for step in reversed(path.split(".")):
        tree = {step: tree}
    return Row(
        rule,
        (Thing(token, "it", tree),),
        (Break({f"it.{path}": "huge.metal"}, {"it": f"huge.metal is not on the list: {only}"}),),
        unknown=f"it.{path}",
    )


_ONLY_NODES: Final = "only m5.large may be used here"
_TEMPLATE: Final = thing(
    "aws:ec2/launchTemplate:LaunchTemplate",
    "template",
    blockDeviceMappings=[
        {"deviceName": "/dev/xvda", "ebs": {"volumeType": "gp3", "volumeSize": 100}},
        {"deviceName": "/dev/sdb", "virtualName": "ephemeral0"},
    ],
)
_DISKS: Final = (
    thing(DATABASE, "postgres", allocatedStorage=500, storageType="gp3", iops=12000, storageThroughput=500),
    thing(DATABASE, "small", allocatedStorage=100, storageType="gp3"),
    thing(DATABASE, "replica", storageType="gp3", iops=12000),
    thing("aws:ebs/volume:Volume", "volume", type="gp3", iops=3000, throughput=125),
    thing("aws:opensearch/domain:Domain", "search", ebsOptions={"ebsEnabled": True, "volumeType": "gp3"}),
    thing("aws:ec2/instance:Instance", "machine", rootBlockDevice={"volumeType": "gp3"}),
    thing(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "disks",
        provisioner="ebs.csi.aws.com",
        parameters={"type": "gp3"},
    ),
    thing(
        "kubernetes:storage.k8s.io/v1:StorageClass",
        "files",
        provisioner="efs.csi.aws.com",
        parameters={"provisioningMode": "efs-ap"},
    ),
    _TEMPLATE,
)
_SEARCH: Final = "aws:opensearch/domain:Domain"
_BROKER: Final = "aws:mq/broker:Broker"
_CACHE: Final = "aws:elasticache/replicationGroup:ReplicationGroup"
_SMALL: Final = (
    thing(DATABASE, "postgres", multiAz=False, instanceClass="db.t3.medium"),
    thing(_CACHE, "redis", numCacheClusters=1, nodeType="cache.t4g.micro"),
    thing(_BROKER, "rabbitmq", deploymentMode="SINGLE_INSTANCE", hostInstanceType="mq.m7g.medium"),
    thing(_SEARCH, "search", clusterConfig={"instanceCount": 1, "instanceType": "t4g.small.search"}),
)
_NAT: Final = "aws:ec2/natGateway:NatGateway"
_EIP: Final = "aws:ec2/eip:Eip"
_ADDRESSES: Final = (
    thing(_EIP, "for-nat"),
    thing(_NAT, "nat", allocationId=Ref("for-nat")),
    thing(_EIP, "for-balancer"),
    thing(
        "aws:lb/loadBalancer:LoadBalancer",
        "edge",
        subnetMappings=[{"subnetId": "subnet-1", "allocationId": Ref("for-balancer")}],
    ),
    thing(_EIP, "for-machine", instance="i-0123456789abcdef0"),
    thing("aws:ebs/volume:Volume", "volume", type="gp3"),
    thing("aws:ec2/volumeAttachment:VolumeAttachment", "attachment", volumeId=Ref("volume")),
)
_UNHELD: Final = "no NAT gateway, load balancer, machine or association holds it"

ROWS: Final = (
    Row(
        "cst-instance-allow-list",
        (
            thing(NODE_GROUP, "general", instanceTypes=["m5.large"]),
            thing("aws:ec2/launchTemplate:LaunchTemplate", "template", imageId="ami-1"),
            thing("aws:ec2/instance:Instance", "machine", instanceType="m5.large"),
        ),
        (
            Break(
                {"general.instanceTypes.1": "m5.4xlarge"},
                {"general": f"m5.4xlarge is not on the list: {_ONLY_NODES}"},
            ),
            Break({"general.instanceTypes": DROP}, {"general": "instanceTypes is not set, so EKS chooses"}),
            Break(
                {"template.instanceType": "t3.large"},
                {"template": f"t3.large is not on the list: {_ONLY_NODES}"},
            ),
            Break(
                {"template.instanceRequirements": {"vcpuCount": {"min": 2}}},
                {"template": "instanceRequirements leaves the choice to AWS"},
            ),
            Break(
                {"machine.instanceType": "p5.48xlarge"},
                {"machine": f"p5.48xlarge is not on the list: {_ONLY_NODES}"},
            ),
        ),
        unknown="general.instanceTypes",
        also_holds=({"general.instanceTypes": DROP, "general.launchTemplate": {"id": "lt-1"}},),
    ),
    allowed_row(
        "cst-instance-allow-list-databases",
        DATABASE,
        "instanceClass",
        "db.m5.xlarge",
        "only db.m5.xlarge, db.m5.large may be used here",
    ),
    allowed_row(
        "cst-instance-allow-list-brokers",
        _BROKER,
        "hostInstanceType",
        "mq.m7g.large",
        "only mq.m7g.large may be used here",
    ),
    allowed_row(
        "cst-instance-allow-list-caches",
        _CACHE,
        "nodeType",
        "cache.m7g.large",
        "only cache.m7g.large may be used here",
    ),
    allowed_row(
        "cst-instance-allow-list-search",
        _SEARCH,
        "clusterConfig.instanceType",
        "m7g.large.search",
        "only m7g.large.search, m7g.medium.search may be used here",
    ),
    Row(
        "cst-storage-class",
        _DISKS,
        (
            Break({"postgres.storageType": "io1"}, {"postgres": "storageType is io1, not gp3"}),
            Break({"replica.storageType": DROP}, {"replica": "storageType is not set, not gp3"}),
            Break({"volume.type": "gp2"}, {"volume": "type is gp2, not gp3"}),
            Break(
                {"search.ebsOptions.volumeType": DROP},
                {"search": "ebsOptions.volumeType is not set, not gp3"},
            ),
            Break(
                {"machine.rootBlockDevice.volumeType": "gp2"},
                {"machine": "rootBlockDevice.volumeType is gp2, not gp3"},
            ),
            Break(
                {"template.blockDeviceMappings.0.ebs.volumeType": "gp2"},
                {"template": "blockDeviceMappings.0.ebs.volumeType is gp2, not gp3"},
            ),
            Break({"disks.parameters.type": "gp2"}, {"disks": "parameters.type is gp2, not gp3"}),
        ),
        unknown="postgres.storageType",
        also_holds=({"search.ebsOptions": {"ebsEnabled": False}},),
    ),
    Row(
        "cst-storage-speed",
        _DISKS,
        (
            Break({"postgres.iops": 16000}, {"postgres": "iops is 16000, and gp3 includes 12000"}),
            Break(
                {"postgres.storageThroughput": 750},
                {"postgres": "storageThroughput is 750, and gp3 includes 500"},
            ),
            Break({"small.iops": 6000}, {"small": "iops is 6000, and gp3 includes 3000"}),
            Break({"volume.throughput": 250}, {"volume": "throughput is 250, and gp3 includes 125"}),
            Break(
                {"template.blockDeviceMappings.0.ebs.iops": 4000},
                {"template": "blockDeviceMappings.0.ebs.iops is 4000, and gp3 includes 3000"},
            ),
            Break(
                {"search.ebsOptions.iops": 5000},
                {"search": "ebsOptions.iops is 5000, and gp3 includes 3000"},
            ),
        ),
        unknown="postgres.iops",
    ),
    Row(
        "cst-nonprod-single",
        _SMALL,
        (
            Break({"postgres.multiAz": True}, {"postgres": "multiAz is true, which doubles the price"}),
            Break({"redis.numCacheClusters": 2}, {"redis": "numCacheClusters is 2"}),
            Break(
                {"rabbitmq.deploymentMode": "CLUSTER_MULTI_AZ"},
                {"rabbitmq": "deploymentMode is CLUSTER_MULTI_AZ"},
            ),
            Break(
                {"search.clusterConfig.instanceCount": 2},
                {"search": "clusterConfig has more than one node"},
            ),
            Break(
                {"search.clusterConfig.dedicatedMasterEnabled": True},
                {"search": "clusterConfig has more than one node"},
            ),
        ),
        unknown="postgres.multiAz",
        stack="testing",
    ),
    Row(
        "cst-nonprod-nat",
        (thing(_NAT, "nat-a"),),
        (Break({}, {"the stack": "the stack declares 2 NAT gateways"}, plus=(thing(_NAT, "nat-b"),)),),
        unknown=None,
        stack="testing",
    ),
    Row(
        "cst-nonprod-cheap",
        (*_SMALL, thing(NODE_GROUP, "general", instanceTypes=["t3.medium"])),
        (
            Break(
                {"general.instanceTypes.0": "m5.large"},
                {"general": "m5.large is neither Graviton nor Spot"},
            ),
            Break(
                {"general.instanceTypes.0": "g4dn.xlarge"},
                {"general": "g4dn.xlarge is neither Graviton nor Spot"},
            ),
            Break(
                {"redis.nodeType": "cache.t3.micro"},
                {"redis": "cache.t3.micro is neither Graviton nor Spot"},
            ),
            Break(
                {"search.clusterConfig.instanceType": "t3.small.search"},
                {"search": "t3.small.search is neither Graviton nor Spot"},
            ),
        ),
        unknown="general.instanceTypes",
        also_holds=({"general.instanceTypes.0": "m5.large", "general.capacityType": "SPOT"},),
        stack="testing",
    ),
    Row(
        "cst-log-bounded",
        (
            thing("aws:cloudwatch/logGroup:LogGroup", "app", name="app", retentionInDays=14),
            thing("aws:cloudwatch/logGroup:LogGroup", "flows", name="flows", retentionInDays=90),
            thing("aws:ec2/flowLog:FlowLog", "flow", logDestination=Ref("flows", "arn")),
        ),
        (
            Break({"app.retentionInDays": 60}, {"app": "retentionInDays is 60, more than 30"}),
            Break({"app.retentionInDays": DROP}, {"app": "retentionInDays is not set, more than 30"}),
            Break({"flow": DROP}, {"flows": "retentionInDays is 90, more than 30"}),
        ),
        unknown="app.retentionInDays",
        stack="testing",
    ),
    Row(
        "cst-orphans",
        _ADDRESSES,
        (
            Break({"nat": DROP}, {"for-nat": _UNHELD}),
            Break({"edge": DROP}, {"for-balancer": _UNHELD}),
            Break({"for-machine.instance": DROP}, {"for-machine": _UNHELD}),
            Break({"attachment": DROP}, {"volume": "no volume attachment names it"}),
        ),
        unknown="attachment.volumeId",
        unknown_at="volume",
        also_holds=(
            {"nat": thing("aws:ec2/eipAssociation:EipAssociation", "nat", allocationId=Ref("for-nat"))},
        ),
    ),
    Row(
        "cst-orphan-balancers",
        (
            thing("aws:lb/loadBalancer:LoadBalancer", "edge", loadBalancerType="application"),
            thing("aws:lb/listener:Listener", "https", loadBalancerArn=Ref("edge", "arn"), port=443),
        ),
        (Break({"https": DROP}, {"edge": "no listener belongs to it"}),),
        unknown="https.loadBalancerArn",
        unknown_at="edge",
    ),
    Row(
        "cst-orphan-gateways",
        (
            thing(_NAT, "nat"),
            thing("aws:ec2/route:Route", "out", natGatewayId=Ref("nat")),
            thing(_NAT, "inline"),
            thing(
                "aws:ec2/routeTable:RouteTable",
                "table",
                routes=[{"cidrBlock": "0.0.0.0/0", "natGatewayId": Ref("inline")}],
            ),
        ),
        (
            Break({"out": DROP}, {"nat": "no route leads to it"}),
            Break({"table.routes": []}, {"inline": "no route leads to it"}),
        ),
        unknown="table.routes.0.natGatewayId",
        unknown_at="inline",
    ),
)
