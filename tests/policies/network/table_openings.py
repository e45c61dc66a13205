"""Rows of the rules about what security groups open."""

from __future__ import annotations

from typing import Final

from tests.policies.builders import DROP, Ref, thing
from tests.policies.network.estate import (
    ALB,
    ESTATE,
    EVERYTHING,
    GROUPS,
    INGRESS,
    INLINE_RULES,
    NODES_TO_RDS,
    OLD_RULE,
    WORLD_TO_ALB,
    rule,
)
from tests.policies.table import Break, Row

_OLD: Final = thing(
    OLD_RULE,
    "old",
    securityGroupId=Ref("sg-rds-prod"),
    type="ingress",
    protocol="tcp",
    fromPort=5432,
    toPort=5432,
    cidrBlocks=["0.0.0.0/0"],
    description="Opened for a test",
)
_HTTP: Final = rule("alb-http", "alb", 80, cidrIpv4="0.0.0.0/0")
_REDIRECT: Final = thing(
    "aws:lb/listener:Listener",
    "http",
    loadBalancerArn=Ref("edge", "arn"),
    port=80,
    protocol="HTTP",
    defaultActions=[{"type": "redirect", "redirect": {"protocol": "HTTPS"}}],
)
_WAY: Final = "internet → alb (by alb-from-internet tcp 443)"

ROWS: Final = (
    Row(
        "net-sg-world-ingress",
        (*GROUPS, ALB, WORLD_TO_ALB, _HTTP, _REDIRECT),
        (
            Break(
                {"alb-from-internet.toPort": 8443}, {"alb-from-internet": "tcp 443-8443 is open to 0.0.0.0/0"}
            ),
            Break(
                {"alb-from-internet.securityGroupId": Ref("sg-rds-prod")},
                {
                    "alb-from-internet": "tcp 443 is open to 0.0.0.0/0 on sg-rds-prod,"
                    " no load balancer's group"
                },
            ),
            Break(
                {"alb-from-internet.securityGroupId": "sg-0aaaaaaaaaaaaaaaa"},
                {"alb-from-internet": "tcp 443 is open to 0.0.0.0/0 on a group this stack does not declare"},
            ),
            Break(
                {"http": DROP},
                {"alb-http": "tcp 80 is open to 0.0.0.0/0, but no listener redirects it to HTTPS"},
            ),
            Break(
                {"alb-from-internet.cidrIpv4": DROP, "alb-from-internet.cidrIpv6": "::/0"}
                | {"alb-from-internet.ipProtocol": "-1"},
                {"alb-from-internet": f"{EVERYTHING} is open to ::/0"},
            ),
            Break({}, {"old": "tcp 5432 is open to 0.0.0.0/0"}, plus=(_OLD,)),
            Break(
                {"sg-rds-prod.ingress": INLINE_RULES},
                {"sg-rds-prod": "ingress.0: tcp 5432 is open to 0.0.0.0/0"},
            ),
            Break(
                {
                    "alb-from-internet.cidrIpv4": "203.0.113.0/24",
                    "alb-from-internet.securityGroupId": Ref("sg-rds-prod"),
                },
                {
                    "alb-from-internet": "tcp 443 is open to 203.0.113.0/24 on sg-rds-prod,"
                    " no load balancer's group"
                },
            ),
            Break(
                {
                    "alb-from-internet.cidrIpv4": DROP,
                    "alb-from-internet.prefixListId": "pl-1",
                    "alb-from-internet.securityGroupId": Ref("sg-rds-prod"),
                },
                {
                    "alb-from-internet": "tcp 443 is open to a list of addresses on sg-rds-prod,"
                    " no load balancer's group"
                },
            ),
        ),
        also_holds=(
            {"alb-from-internet.cidrIpv4": "203.0.113.0/24"},
            {"alb-from-internet.cidrIpv4": DROP, "alb-from-internet.prefixListId": "pl-1"},
        ),
        unknown="alb-from-internet.securityGroupId",
    ),
    Row(
        "net-sg-admin-ports",
        (*GROUPS, NODES_TO_RDS),
        (
            Break(
                {"rds-from-nodes.fromPort": 22, "rds-from-nodes.toPort": 22},
                {"rds-from-nodes": "tcp 22 opens SSH (22) to a group"},
            ),
            Break(
                {},
                {
                    "wide": (
                        "tcp 0-65535 opens SSH (22) to 10.0.0.0/8",
                        "tcp 0-65535 opens RDP (3389) to 10.0.0.0/8",
                    )
                },
                plus=(
                    thing(
                        INGRESS,
                        "wide",
                        securityGroupId=Ref("sg-rds-prod"),
                        ipProtocol="tcp",
                        fromPort=0,
                        toPort=65535,
                        cidrIpv4="10.0.0.0/8",
                    ),
                ),
            ),
        ),
        unknown="rds-from-nodes.fromPort",
    ),
    Row(
        "net-sg-high-risk-ports",
        (*GROUPS, NODES_TO_RDS, WORLD_TO_ALB),
        (
            Break(
                {"rds-from-nodes.cidrIpv4": "203.0.113.0/24"},
                {"rds-from-nodes": "tcp 5432 opens PostgreSQL (5432) to 203.0.113.0/24"},
            ),
            Break({}, {"old": "tcp 5432 opens PostgreSQL (5432) to 0.0.0.0/0"}, plus=(_OLD,)),
            Break(
                {"alb-from-internet.fromPort": 6379, "alb-from-internet.toPort": 6380},
                {"alb-from-internet": "tcp 6379-6380 opens Redis (6379) to 0.0.0.0/0"},
            ),
        ),
        unknown="alb-from-internet.cidrIpv4",
    ),
    Row(
        "net-sg-data-from-nodes",
        ESTATE,
        (
            Break(
                {"rds-from-nodes.fromPort": 5431},
                {"rds-from-nodes": "tcp 5431-5432 is open on sg-rds-prod, postgres listens on 5432"},
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": Ref("sg-alb-prod")},
                {"rds-from-nodes": "sg-rds-prod lets in sg-alb-prod instead of the node group"},
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": DROP, "rds-from-nodes.cidrIpv4": "10.0.0.0/16"},
                {"rds-from-nodes": "sg-rds-prod lets in 10.0.0.0/16 instead of the node group"},
            ),
            Break({"rds-from-nodes": DROP}, {"sg-rds-prod": "no rule lets the nodes reach postgres"}),
            Break(
                {},
                {"sg-rds-prod": "2 ingress rules instead of one: rds-again, rds-from-nodes"},
                plus=(rule("rds-again", "rds", 5432, source="eks-nodes"),),
            ),
            Break(
                {"mq-amqps.fromPort": 5672, "mq-amqps.toPort": 5672},
                {"mq-amqps": "tcp 5672 is open on sg-mq-prod, rabbitmq listens on 443, 5671, 15671, 16001"},
            ),
            Break(
                {"mq-amqps.referencedSecurityGroupId": Ref("cluster", "x", "sg-0123456789abcdef0")},
                {"mq-amqps": "sg-mq-prod lets in cluster instead of the node group"},
            ),
            Break(
                {"postgres.vpcSecurityGroupIds": DROP},
                {"postgres": "vpcSecurityGroupIds is not set, so the default group of the VPC decides"},
            ),
            Break(
                {"postgres.vpcSecurityGroupIds": []},
                {"postgres": "vpcSecurityGroupIds is not set, so the default group of the VPC decides"},
            ),
        ),
        unknown="rds-from-nodes.referencedSecurityGroupId",
    ),
    Row(
        "net-sg-nodes-from-alb",
        ESTATE,
        (
            Break(
                {"nodes-from-alb.fromPort": 8070, "nodes-from-alb.toPort": 8070},
                {
                    "nodes-from-alb": "tcp 8070 is open to the load balancer, no target group uses it",
                    "sg-eks-nodes-prod": "no rule opens tcp 8069 to the load balancer's group",
                },
            ),
            Break(
                {"nodes-from-alb": DROP},
                {"sg-eks-nodes-prod": "no rule opens tcp 8069 to the load balancer's group"},
            ),
            Break(
                {},
                {"nodes-from-rds": "tcp 8069 is open to rds"},
                plus=(rule("nodes-from-rds", "eks-nodes", 8069, source="rds"),),
            ),
            Break(
                {},
                {"nodes-from-vpc": "tcp 8069 is open to 10.0.0.0/16"},
                plus=(rule("nodes-from-vpc", "eks-nodes", 8069, cidrIpv4="10.0.0.0/16"),),
            ),
        ),
        unknown="nodes-from-alb.referencedSecurityGroupId",
        unknown_at="sg-eks-nodes-prod",
    ),
    Row(
        "net-sg-no-path",
        ESTATE,
        (
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": Ref("sg-alb-prod")},
                {
                    "the stack": f"postgres can be reached from the internet: {_WAY}"
                    " → rds (by rds-from-nodes tcp 5432)"
                },
            ),
            Break(
                {"rds-from-nodes.referencedSecurityGroupId": Ref("sg-mq-prod")},
                {
                    "the stack": f"postgres can be reached from the internet: {_WAY}"
                    " → eks-nodes (by nodes-from-alb tcp 8069) → mq (by mq-amqps tcp 5671)"
                    " → rds (by rds-from-nodes tcp 5432)"
                },
            ),
            Break(
                {},
                {"the stack": "postgres can be reached from the internet: internet → rds (by old tcp 5432)"},
                plus=(_OLD,),
            ),
            Break(
                {"alb-from-internet.securityGroupId": Ref("sg-eks-nodes-prod")},
                {
                    "the stack": (
                        "postgres can be reached from the internet: internet"
                        " → eks-nodes (by alb-from-internet tcp 443) → rds (by rds-from-nodes tcp 5432)",
                        "rabbitmq can be reached from the internet: internet"
                        " → eks-nodes (by alb-from-internet tcp 443) → mq (by mq-amqps tcp 5671)",
                    )
                },
            ),
        ),
        unknown="rds-from-nodes.referencedSecurityGroupId",
    ),
)
