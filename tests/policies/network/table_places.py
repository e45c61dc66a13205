"""Rows about subnets, network ACLs, endpoints and single exposed things."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import DROP, Ref, Thing, thing
from tests.policies.network.estate import SUBNETS, VPC, subnet
from tests.policies.table import Break, Row

_PUBLIC: Final = "public-a is a public subnet: its route table leads to an internet gateway"
_PRIVATE: Final = "private-a is a private subnet: nothing from the internet can arrive there"
_DEFAULT_VPC: Final = "it names no subnets of this stack, so AWS takes its default VPC, which is public"
_BOTH: Final = [Ref("private-a"), Ref("private-b")]
_SUBNET_GROUP: Final = thing("aws:rds/subnetGroup:SubnetGroup", "stores", name="stores", subnetIds=_BOTH)
_RESTORE_GROUP: Final = thing("aws:rds/subnetGroup:SubnetGroup", "restores", name="restores", subnetIds=_BOTH)
_CACHE_GROUP: Final = thing(
    "aws:elasticache/subnetGroup:SubnetGroup", "caches", name="caches", subnetIds=_BOTH
)
_DATABASE: Final = thing(
    "aws:rds/instance:Instance",
    "postgres",
    dbSubnetGroupName=Ref("stores", "name"),
    publiclyAccessible=False,
)
_REPLICA: Final = thing("aws:rds/instance:Instance", "report", replicateSourceDb=Ref("postgres", "arn"))
_CACHE: Final = thing(
    "aws:elasticache/replicationGroup:ReplicationGroup", "redis", subnetGroupName=Ref("caches", "name")
)
_BROKER: Final = thing(
    "aws:mq/broker:Broker", "rabbitmq", subnetIds=[Ref("private-a")], publiclyAccessible=False
)
_NODES: Final = thing("aws:eks/nodeGroup:NodeGroup", "workers", subnetIds=_BOTH)
_SEARCH_GROUP: Final = thing("aws:ec2/securityGroup:SecurityGroup", "sg-search-prod")
_DEFAULT_GROUP: Final = thing("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", vpcId=Ref("vpc"))
_DOMAIN: Final = thing(
    "aws:opensearch/domain:Domain",
    "logs",
    vpcOptions={"subnetIds": [Ref("private-a")], "securityGroupIds": [Ref("sg-search-prod")]},
)
_TEMPLATE: Final = thing("aws:ec2/launchTemplate:LaunchTemplate", "template", imageId="ami-1")
_CLUSTER: Final = thing(
    "aws:eks/cluster:Cluster",
    "cluster",
    vpcConfig={
        "subnetIds": _BOTH,
        "endpointPrivateAccess": True,
        "endpointPublicAccess": True,
        "publicAccessCidrs": ["203.0.113.7/32"],
    },
)
_ALB: Final = thing(
    "aws:lb/loadBalancer:LoadBalancer", "edge", internal=False, subnets=[Ref("public-a"), Ref("public-b")]
)
_ACL: Final = thing("aws:ec2/networkAcl:NetworkAcl", "border", vpcId=Ref("vpc"))


def entry(number: int, action: str, first: int, last: int, /, **inputs: Any) -> Thing:
    """Give an ingress rule of the network ACL."""
    return thing(
        "aws:ec2/networkAclRule:NetworkAclRule",
        f"rule-{number}",
        networkAclId=Ref("border"),
        ruleNumber=number,
        ruleAction=action,
        protocol="tcp",
        fromPort=first,
        toPort=last,
        **{"cidrBlock": "0.0.0.0/0", **inputs},
    )


def on_acl(name: str) -> Thing:
    """Give a subnet's place on the network ACL."""
    return thing(
        "aws:ec2/networkAclAssociation:NetworkAclAssociation",
        f"{name}-on-border",
        networkAclId=Ref("border"),
        subnetId=Ref(name),
    )


def endpoint(service: str) -> Thing:
    """Give the endpoint of a service."""
    kind = "Gateway" if service == "s3" else "Interface"
    return thing(
        "aws:ec2/vpcEndpoint:VpcEndpoint",
        f"to-{service}",
        vpcId=Ref("vpc"),
        serviceName=f"com.amazonaws.ap-south-1.{service}",
        vpcEndpointType=kind,
        privateDnsEnabled=kind == "Interface",
    )


_SERVICES: Final = ("s3", "ecr.api", "ecr.dkr", "sts", "secretsmanager", "logs", "ec2")
_FUNCTION: Final = thing(
    "aws:lambda/function:Function",
    "masking",
    environment={"variables": {"PGHOST": "db.example.com"}},
    vpcConfig={"subnetIds": _BOTH},
)

ROWS: Final = (
    Row(
        "net-subnet-no-public-ip",
        (subnet("public-a", "a"), VPC),
        (
            Break({"public-a.mapPublicIpOnLaunch": True}, {"public-a": "mapPublicIpOnLaunch is true"}),
            Break(
                {},
                {"given": "mapPublicIpOnLaunch is true"},
                plus=(thing("aws:ec2/defaultSubnet:DefaultSubnet", "given"),),
            ),
        ),
        unknown="public-a.mapPublicIpOnLaunch",
    ),
    Row(
        "net-data-private-subnets",
        (*SUBNETS, _SUBNET_GROUP, _RESTORE_GROUP, _CACHE_GROUP, _DATABASE, _REPLICA, _CACHE, _BROKER, _NODES),
        (
            Break({"rabbitmq.subnetIds": [Ref("public-a")]}, {"rabbitmq": _PUBLIC}),
            Break({"workers.subnetIds.1": Ref("public-a")}, {"workers": _PUBLIC}),
            Break({"stores.subnetIds.1": Ref("public-a")}, {"postgres": _PUBLIC, "report": _PUBLIC}),
            Break({"caches.subnetIds.0": Ref("public-a")}, {"redis": _PUBLIC}),
            Break({"restores.subnetIds.0": Ref("public-a")}, {"restores": _PUBLIC}),
            Break({"rabbitmq.subnetIds": DROP}, {"rabbitmq": _DEFAULT_VPC}),
            Break({"redis.subnetGroupName": DROP}, {"redis": _DEFAULT_VPC}),
            Break(
                {"private-a-private.routeTableId": Ref("public")},
                dict.fromkeys(
                    ("rabbitmq", "workers", "postgres", "report", "redis", "restores"),
                    "private-a is a public subnet: its route table leads to an internet gateway",
                ),
            ),
        ),
        unknown="rabbitmq.subnetIds",
    ),
    Row(
        "net-rds-not-public",
        (_DATABASE,),
        (Break({"postgres.publiclyAccessible": True}, {"postgres": "publiclyAccessible is true"}),),
        unknown="postgres.publiclyAccessible",
    ),
    Row(
        "net-mq-not-public",
        (_BROKER,),
        (Break({"rabbitmq.publiclyAccessible": True}, {"rabbitmq": "publiclyAccessible is true"}),),
        unknown="rabbitmq.publiclyAccessible",
    ),
    Row(
        "net-opensearch-vpc",
        (*SUBNETS, _SEARCH_GROUP, _DEFAULT_GROUP, _DOMAIN),
        (
            Break(
                {"logs.vpcOptions": DROP},
                {"logs": "vpcOptions.subnetIds is not set, so the domain is on the internet"},
            ),
            Break(
                {"logs.vpcOptions.securityGroupIds": DROP},
                {"logs": "vpcOptions.securityGroupIds is not set, so the default group of the VPC decides"},
            ),
            Break(
                {"logs.vpcOptions.securityGroupIds": [Ref("closed")]},
                {"logs": "vpcOptions.securityGroupIds names the default group of the VPC"},
            ),
        ),
        unknown="logs.vpcOptions",
    ),
    Row(
        "net-cache-subnet-group",
        (*SUBNETS, _CACHE_GROUP, _CACHE),
        (
            Break(
                {"redis.subnetGroupName": DROP},
                {"redis": "subnetGroupName is not set, so the default VPC is used"},
            ),
            Break(
                {"redis.subnetGroupName": "default"},
                {"redis": "subnetGroupName is default, so the default VPC is used"},
            ),
            Break(
                {},
                {"serverless": "subnetIds is not set, so the default VPC is used"},
                plus=(thing("aws:elasticache/serverlessCache:ServerlessCache", "serverless"),),
            ),
        ),
        unknown=None,
    ),
    Row(
        "net-eks-endpoint",
        (*SUBNETS, _CLUSTER),
        (
            Break(
                {"cluster.vpcConfig.endpointPrivateAccess": False},
                {
                    "cluster": "vpcConfig.endpointPrivateAccess is not true,"
                    " so nodes reach the API over the internet"
                },
            ),
            Break(
                {"cluster.vpcConfig.publicAccessCidrs": DROP},
                {
                    "cluster": "vpcConfig.endpointPublicAccess is on without publicAccessCidrs,"
                    " so for everybody"
                },
            ),
            Break(
                {"cluster.vpcConfig.publicAccessCidrs": ["0.0.0.0/0"]},
                {"cluster": "vpcConfig.publicAccessCidrs names 0.0.0.0/0"},
            ),
        ),
        unknown="cluster.vpcConfig.endpointPublicAccess",
    ),
    Row(
        "net-eks-no-ssh",
        (*SUBNETS, _NODES, _TEMPLATE),
        (
            Break({"workers.remoteAccess": {"ec2SshKey": "ops"}}, {"workers": "remoteAccess is set"}),
            Break({"template.keyName": "ops"}, {"template": "keyName is set"}),
        ),
        unknown=None,
    ),
    Row(
        "net-lt-no-public-ip",
        (_TEMPLATE,),
        (
            Break(
                {"template.networkInterfaces": [{"associatePublicIpAddress": "true"}]},
                {"template": "networkInterfaces.0.associatePublicIpAddress is true"},
            ),
            Break(
                {},
                {"bastion": "associatePublicIpAddress is true"},
                plus=(thing("aws:ec2/instance:Instance", "bastion", associatePublicIpAddress=True),),
            ),
        ),
        unknown="template.networkInterfaces",
    ),
    Row(
        "net-alb-placement",
        (*SUBNETS, _ALB, _CLUSTER),
        (
            Break({"edge.subnets.0": Ref("private-a")}, {"edge": _PRIVATE}),
            Break({"nat.subnetId": Ref("private-a")}, {"nat": _PRIVATE}),
            Break({"cluster.vpcConfig.subnetIds.0": Ref("public-a")}, {"cluster": _PUBLIC}),
            Break(
                {"edge.internal": True},
                {"edge": (_PUBLIC, _PUBLIC.replace("public-a", "public-b"))},
            ),
        ),
        unknown="edge.subnets",
    ),
    Row(
        "net-vpc-endpoints",
        (VPC, *(endpoint(service) for service in _SERVICES)),
        (
            Break({"to-sts": DROP}, {"vpc": "no endpoint for sts is declared in this VPC"}, aspect="sts"),
            Break(
                {"to-ecr.api": DROP},
                {"vpc": "no endpoint for ecr.api is declared in this VPC"},
                aspect="ecr-api",
            ),
            Break(
                {"to-logs.privateDnsEnabled": False},
                {
                    "to-logs": "privateDnsEnabled is not true,"
                    " so the service's name still leads to the internet"
                },
            ),
        ),
        unknown="to-sts.serviceName",
        unknown_at="vpc",
    ),
    Row(
        "net-nacl-strict",
        (
            VPC,
            _ACL,
            entry(10, "deny", 22, 22),
            entry(20, "deny", 3389, 3389),
            entry(30, "allow", 1024, 65535),
            entry(40, "allow", 0, 65535, cidrBlock="10.0.0.0/16"),
        ),
        (
            Break({"rule-20": DROP}, {"rule-30": "rule 30 lets RDP (3389) in from 0.0.0.0/0, undenied"}),
            Break(
                {"rule-20.ruleNumber": 35}, {"rule-30": "rule 30 lets RDP (3389) in from 0.0.0.0/0, undenied"}
            ),
            Break(
                {"rule-10.ruleAction": "allow"},
                {"rule-10": "rule 10 lets SSH (22) in from 0.0.0.0/0, undenied"},
            ),
            Break(
                {"rule-40.cidrBlock": "0.0.0.0/0"},
                {"rule-40": "rule 40 lets every port in from 0.0.0.0/0"},
            ),
            Break(
                {
                    "border.ingress": [
                        {"ruleNo": 5, "action": "allow", "protocol": "-1", "cidrBlock": "0.0.0.0/0"}
                    ]
                },
                {"border": "ingress.0: rule 5 lets every port in from 0.0.0.0/0"},
            ),
        ),
        unknown="rule-30.cidrBlock",
        unknown_at="border",
    ),
    Row(
        "net-nacl-attached",
        (VPC, _ACL, subnet("private-a", "a"), on_acl("private-a")),
        (
            Break(
                {"private-a-on-border": DROP},
                {
                    "private-a": "the subnet is on the default network ACL of its VPC",
                    "border": "no subnet is on this network ACL",
                },
            ),
            Break(
                {},
                {"private-b": "the subnet is on the default network ACL of its VPC"},
                plus=(subnet("private-b", "b"),),
            ),
        ),
        unknown="private-a-on-border.subnetId",
    ),
    Row(
        "net-lambda-in-vpc",
        (*SUBNETS, _DATABASE, _SUBNET_GROUP, _FUNCTION),
        (
            Break(
                {"masking.vpcConfig": DROP},
                {"masking": "it reaches what PGHOST names, but has no vpcConfig.subnetIds"},
            ),
            Break(
                {
                    "masking.vpcConfig": DROP,
                    "masking.environment": {"variables": {"A": Ref("postgres", "x")}},
                },
                {"masking": "it reaches postgres, but has no vpcConfig.subnetIds"},
            ),
            Break(
                {"masking.vpcConfig.subnetIds": [Ref("private-a")]}, {"masking": "its subnets are in 1 zone"}
            ),
            Break(
                {"masking.vpcConfig.subnetIds.0": Ref("public-a")},
                {"masking": "public-a is a public subnet, where a function has no way out"},
            ),
        ),
        unknown="masking.vpcConfig.subnetIds",
    ),
)
