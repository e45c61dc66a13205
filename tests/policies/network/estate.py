"""A small network as the estate has it: what the rows of the pack network start from."""

from __future__ import annotations

from typing import Any, Final

from tests.policies.builders import Ref, Thing, thing

INGRESS: Final = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
EGRESS: Final = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
OLD_RULE: Final = "aws:ec2/securityGroupRule:SecurityGroupRule"
GROUP: Final = "aws:ec2/securityGroup:SecurityGroup"


def group(role: str, **inputs: Any) -> Thing:
    """Give the group of a role."""
    name = f"sg-{role}-prod"
    return thing(
        GROUP, name, name=f"{role}-prod", description=f"Group of {role}", tags={"Name": name}, **inputs
    )


def rule(name: str, role: str, port: int, /, *, token: str = INGRESS, **inputs: Any) -> Thing:
    """Give a rule on a role's group for one TCP port; `source` names the other role."""
    source = inputs.pop("source", None)
    if source is not None:
        inputs["referencedSecurityGroupId"] = Ref(f"sg-{source}-prod")
    return thing(
        token,
        name,
        securityGroupId=Ref(f"sg-{role}-prod"),
        ipProtocol="tcp",
        fromPort=port,
        toPort=port,
        description=f"What {name} is for",
        **inputs,
    )


ALB_GROUP: Final = group("alb")
NODE_GROUP: Final = group("eks-nodes")
RDS_GROUP: Final = group("rds")
MQ_GROUP: Final = group("mq")
GROUPS: Final = (ALB_GROUP, NODE_GROUP, RDS_GROUP, MQ_GROUP)

WORLD_TO_ALB: Final = rule("alb-from-internet", "alb", 443, cidrIpv4="0.0.0.0/0")
ALB_TO_NODES: Final = rule("nodes-from-alb", "eks-nodes", 8069, source="alb")
NODES_TO_RDS: Final = rule("rds-from-nodes", "rds", 5432, source="eks-nodes")
NODES_TO_MQ: Final = (
    rule("mq-amqps", "mq", 5671, source="eks-nodes"),
    rule("mq-metrics", "mq", 16001, source="eks-nodes"),
)
NODES_OUT: Final = rule("nodes-to-internet", "eks-nodes", 443, token=EGRESS, cidrIpv4="0.0.0.0/0")
CLUSTER: Final = thing("aws:eks/cluster:Cluster", "cluster", name="fleet-erp-prod")
CLUSTER_TO_NODES: Final = thing(
    INGRESS,
    "nodes-from-cluster",
    securityGroupId=Ref("sg-eks-nodes-prod"),
    ipProtocol="tcp",
    fromPort=1025,
    toPort=65535,
    referencedSecurityGroupId=Ref("cluster", "clusterSecurityGroupId", "sg-0123456789abcdef0"),
    description="Kubelets and webhooks from the control plane",
)
NODES_TO_CLUSTER: Final = thing(
    INGRESS,
    "cluster-from-nodes",
    securityGroupId=Ref("cluster", "clusterSecurityGroupId", "sg-0123456789abcdef0"),
    ipProtocol="tcp",
    fromPort=443,
    toPort=443,
    referencedSecurityGroupId=Ref("sg-eks-nodes-prod"),
    description="The Kubernetes API from nodes",
)
NODES_TO_NODES: Final = thing(
    INGRESS,
    "nodes-from-nodes",
    securityGroupId=Ref("sg-eks-nodes-prod"),
    ipProtocol="tcp",
    fromPort=1025,
    toPort=65535,
    referencedSecurityGroupId=Ref("sg-eks-nodes-prod"),
    description="Pods to pods",
)
RULES: Final = (
    WORLD_TO_ALB,
    ALB_TO_NODES,
    NODES_TO_RDS,
    *NODES_TO_MQ,
    CLUSTER_TO_NODES,
    NODES_TO_CLUSTER,
    NODES_TO_NODES,
)
DATABASE: Final = thing("aws:rds/instance:Instance", "postgres", vpcSecurityGroupIds=[Ref("sg-rds-prod")])
BROKER: Final = thing("aws:mq/broker:Broker", "rabbitmq", securityGroups=[Ref("sg-mq-prod")])
ALB: Final = thing(
    "aws:lb/loadBalancer:LoadBalancer",
    "edge",
    loadBalancerType="application",
    internal=False,
    securityGroups=[Ref("sg-alb-prod")],
)
TARGETS: Final = thing("aws:lb/targetGroup:TargetGroup", "gps", port=8000)

ESTATE: Final = (*GROUPS, *RULES, CLUSTER, DATABASE, BROKER, ALB, TARGETS)
"""Groups, rules and who uses them."""

VPC: Final = thing("aws:ec2/vpc:Vpc", "vpc", cidrBlock="10.0.0.0/16")
GATEWAY: Final = thing("aws:ec2/internetGateway:InternetGateway", "igw", vpcId=Ref("vpc"))


def subnet(name: str, zone: str) -> Thing:
    """Give a subnet in a zone."""
    return thing(
        "aws:ec2/subnet:Subnet",
        name,
        vpcId=Ref("vpc"),
        availabilityZone=f"ap-south-1{zone}",
        mapPublicIpOnLaunch=False,
    )


def associated(subnet_name: str, table: str) -> Thing:
    """Give the association of a subnet with a route table."""
    return thing(
        "aws:ec2/routeTableAssociation:RouteTableAssociation",
        f"{subnet_name}-{table}",
        subnetId=Ref(subnet_name),
        routeTableId=Ref(table),
    )


SUBNETS: Final = (
    VPC,
    GATEWAY,
    subnet("private-a", "a"),
    subnet("private-b", "b"),
    subnet("public-a", "a"),
    subnet("public-b", "b"),
    thing("aws:ec2/routeTable:RouteTable", "private", vpcId=Ref("vpc")),
    thing("aws:ec2/routeTable:RouteTable", "public", vpcId=Ref("vpc")),
    thing("aws:ec2/natGateway:NatGateway", "nat", subnetId=Ref("public-a")),
    thing(
        "aws:ec2/route:Route",
        "private-out",
        routeTableId=Ref("private"),
        destinationCidrBlock="0.0.0.0/0",
        natGatewayId=Ref("nat"),
    ),
    thing(
        "aws:ec2/route:Route",
        "public-out",
        routeTableId=Ref("public"),
        destinationCidrBlock="0.0.0.0/0",
        gatewayId=Ref("igw"),
    ),
    associated("private-a", "private"),
    associated("private-b", "private"),
    associated("public-a", "public"),
    associated("public-b", "public"),
)
"""A VPC with two private and two public subnets."""

INLINE_RULES: Final = [
    {
        "protocol": "tcp",
        "fromPort": 5432,
        "toPort": 5432,
        "cidrBlocks": ["0.0.0.0/0"],
        "description": "Opened for a test",
    }
]
"""How a group that holds its own rules writes one."""
EVERYTHING: Final = "every protocol and port"
"""How findings call a rule without ports."""
