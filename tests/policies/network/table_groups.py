"""Rows of the rules about how security groups are written."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.network.estate import (
    EGRESS,
    EVERYTHING,
    GROUPS,
    INGRESS,
    INLINE_RULES,
    NODE_GROUP,
    NODES_OUT,
    NODES_TO_RDS,
    RDS_GROUP,
    VPC,
    WORLD_TO_ALB,
    rule,
)
from tests.policies.table import Break, Row

_DEFAULT: Final = thing("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup", "closed", vpcId=Ref("vpc"))
_EXCLUSIVE: Final = "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive"

ROWS: Final = (
    Row(
        "net-sg-reference-not-cidr",
        (*GROUPS, NODES_TO_RDS, WORLD_TO_ALB),
        (
            Break(
                {"rds-from-nodes.cidrIpv4": "10.0.0.0/16"},
                {"rds-from-nodes": "tcp 5432 from 10.0.0.0/16, a range of private addresses"},
            ),
            Break(
                {},
                {"ntp": "tcp 123 to 10.0.0.2/32, a range of private addresses"},
                plus=(rule("ntp", "eks-nodes", 123, token=EGRESS, cidrIpv4="10.0.0.2/32"),),
            ),
        ),
        unknown="alb-from-internet.cidrIpv4",
        also_holds=(
            {"rds-from-nodes": rule("dns", "eks-nodes", 53, token=EGRESS, cidrIpv4="10.0.0.2/32")},
            {
                "rds-from-nodes": thing(
                    EGRESS,
                    "time",
                    securityGroupId=Ref("sg-eks-nodes-prod"),
                    ipProtocol="udp",
                    fromPort=123,
                    toPort=123,
                    cidrIpv4="169.254.169.123/32",
                )
            },
        ),
    ),
    Row(
        "net-sg-ingress-narrow",
        (*GROUPS, NODES_TO_RDS),
        (
            Break(
                {"rds-from-nodes.ipProtocol": "-1"}, {"rds-from-nodes": f"{EVERYTHING} is open in one rule"}
            ),
            Break({"rds-from-nodes.fromPort": 80}, {"rds-from-nodes": "tcp 80-5432 is open in one rule"}),
            Break(
                {"sg-rds-prod.ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]},
                {"sg-rds-prod": f"ingress.0: {EVERYTHING} is open in one rule"},
            ),
        ),
        unknown="rds-from-nodes.toPort",
        also_holds=({"rds-from-nodes.fromPort": 1025, "rds-from-nodes.toPort": 65535},),
    ),
    Row(
        "net-sg-egress",
        (*GROUPS, NODES_OUT),
        (
            Break(
                {"nodes-to-internet.ipProtocol": "-1"},
                {"nodes-to-internet": f"{EVERYTHING} may go to 0.0.0.0/0"},
            ),
            Break(
                {"nodes-to-internet.toPort": 65535},
                {"nodes-to-internet": "tcp 443-65535 may go to 0.0.0.0/0"},
            ),
            Break(
                {
                    "sg-rds-prod.egress": [
                        {"protocol": "-1", "fromPort": 0, "toPort": 0, "cidrBlocks": ["0.0.0.0/0"]}
                    ]
                },
                {"sg-rds-prod": f"egress.0: {EVERYTHING} may go to 0.0.0.0/0"},
            ),
        ),
        unknown="nodes-to-internet.cidrIpv4",
    ),
    Row(
        "net-sg-description",
        (*GROUPS, NODES_TO_RDS),
        (
            Break({"rds-from-nodes.description": DROP}, {"rds-from-nodes": "the rule has no description"}),
            Break(
                {"sg-rds-prod.description": "Managed by Pulumi"},
                {"sg-rds-prod": "the group has no description"},
            ),
            Break(
                {"sg-rds-prod.tags.Name": "sg-rds-staging"},
                {"sg-rds-prod": "the Name tag is sg-rds-staging, not sg-<role>-prod"},
            ),
            Break({"sg-rds-prod.tags": DROP}, {"sg-rds-prod": "the Name tag is not set, not sg-<role>-prod"}),
        ),
        unknown="sg-rds-prod.description",
    ),
    Row(
        "net-sg-attached",
        (
            RDS_GROUP,
            NODE_GROUP,
            NODES_TO_RDS,
            thing("aws:rds/instance:Instance", "db", vpcSecurityGroupIds=[Ref("sg-rds-prod")]),
            thing(
                "aws:ec2/launchTemplate:LaunchTemplate",
                "nodes",
                vpcSecurityGroupIds=[Ref("sg-eks-nodes-prod")],
            ),
        ),
        (Break({"db": DROP}, {"sg-rds-prod": "nothing but rules refers to the group"}),),
        unknown=None,
    ),
    Row(
        "net-sg-no-mixed-rules",
        (RDS_GROUP, rule("rds-own", "rds", 5432, cidrIpv4="10.0.0.0/16")),
        (
            Break(
                {"sg-rds-prod.ingress": INLINE_RULES},
                {"sg-rds-prod": "the group has ingress inline and the separate rule rds-own"},
            ),
        ),
        unknown="rds-own.securityGroupId",
        unknown_at="sg-rds-prod",
    ),
    Row(
        "net-sg-default-closed",
        (VPC, _DEFAULT),
        (
            Break(
                {"closed": DROP}, {"vpc": "no ec2.DefaultSecurityGroup adopts the default group of this VPC"}
            ),
            Break(
                {"closed.ingress": [{"protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}]},
                {"closed": f"ingress.0: the default group lets {EVERYTHING} pass"},
            ),
            Break(
                {},
                {"opened": "the rule opens the default group"},
                plus=(thing(INGRESS, "opened", securityGroupId=Ref("closed"), ipProtocol="-1"),),
            ),
        ),
        unknown="closed.vpcId",
        unknown_at="vpc",
    ),
    Row(
        "net-sg-exclusive",
        (
            RDS_GROUP,
            NODES_TO_RDS,
            NODE_GROUP,
            thing(_EXCLUSIVE, "rds-rules", securityGroupId=Ref("sg-rds-prod"), ingressRuleIds=["sgr-1"]),
            thing(_EXCLUSIVE, "nodes-rules", securityGroupId=Ref("sg-eks-nodes-prod")),
        ),
        (
            Break(
                {"rds-rules": DROP},
                {"sg-rds-prod": "no ec2.VpcSecurityGroupRulesExclusive closes the group's list of rules"},
            ),
            Break(
                {"rds-rules.securityGroupId": Ref("sg-eks-nodes-prod")},
                {"sg-rds-prod": "no ec2.VpcSecurityGroupRulesExclusive closes the group's list of rules"},
            ),
        ),
        unknown="rds-rules.securityGroupId",
        unknown_at="sg-rds-prod",
        also_holds=({"rds-rules": DROP, "sg-rds-prod.ingress": INLINE_RULES},),
    ),
)
