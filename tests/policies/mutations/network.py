"""Breakages of the network: subnets, routes, network ACLs, endpoints, flow logs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    adding,
    value_at,
    with_input,
    with_new,
    with_reference,
    without,
    without_input,
)
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_VPC: Final = ("aws:ec2/vpc:Vpc",)
_FUNCTIONS: Final = ("aws:lambda/function:Function",)
_SUBNETS: Final = ("aws:ec2/subnet:Subnet",)
_ROUTES: Final = ("aws:ec2/route:Route",)
_TABLES: Final = ("aws:ec2/routeTable:RouteTable",)
_ASSOCIATIONS: Final = ("aws:ec2/routeTableAssociation:RouteTableAssociation",)
_GATEWAYS: Final = ("aws:ec2/internetGateway:InternetGateway",)
_NATS: Final = ("aws:ec2/natGateway:NatGateway",)
_ACL_RULES: Final = ("aws:ec2/networkAclRule:NetworkAclRule",)
_ACL_ASSOCIATIONS: Final = ("aws:ec2/networkAclAssociation:NetworkAclAssociation",)
_ACLS: Final = ("aws:ec2/networkAcl:NetworkAcl",)
_DEFAULT_ACLS: Final = ("aws:ec2/defaultNetworkAcl:DefaultNetworkAcl",)
_ENDPOINTS: Final = ("aws:ec2/vpcEndpoint:VpcEndpoint",)
_EXCLUSIVE_RULES: Final = ("aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive",)
_BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer",)
_SUBNET_GROUPS: Final = ("aws:rds/subnetGroup:SubnetGroup", "aws:elasticache/subnetGroup:SubnetGroup")
_STORES_WITH_SUBNETS: Final = {
    "aws:mq/broker:Broker": "subnetIds",
    "aws:opensearch/domain:Domain": "vpcOptions.subnetIds",
    "aws:eks/nodeGroup:NodeGroup": "subnetIds",
}
_DEMANDED_ENDPOINTS: Final = ("s3", "ecr.api", "ecr.dkr", "sts", "secretsmanager", "logs", "ec2")

_FLAWS: Final = (
    Flaw(
        _SUBNETS,
        "mapPublicIpOnLaunch",
        True,
        ("net-subnet-no-public-ip",),
        # Those of the quarantine are broken with the rest of it.
        lambda subnet: subnet.inputs.get("tags", {}).get("Purpose") != "quarantine",
    ),
    Flaw(
        _ENDPOINTS,
        "privateDnsEnabled",
        False,
        ("net-vpc-endpoints",),
        lambda endpoint: endpoint.inputs["vpcEndpointType"] == "Interface",
    ),
)


def network(estate: Estate) -> Iterator[Mutation]:
    """Break the ways that packets may take."""
    yield from flawed(estate, _FLAWS)
    yield from _routes(estate)
    yield from _placements(estate)
    yield from _acls(estate)
    yield from _tags(estate)
    for endpoint in estate.of(*_ENDPOINTS):
        service = str(endpoint.inputs["serviceName"]).split(".", 3)[-1]
        if service in _DEMANDED_ENDPOINTS:
            yield mutation(
                f"without {label(endpoint)}", without(endpoint.urn), caught_by=("net-vpc-endpoints",)
            )
    for closed in estate.of(*_EXCLUSIVE_RULES):
        yield mutation(f"without {label(closed)}", without(closed.urn), caught_by=("net-sg-exclusive",))
    for nat in estate.of(*_NATS):
        private = _private(estate)[0]
        yield mutation(
            f"{label(nat)} in a private subnet",
            with_reference(nat.urn, "subnetId", private),
            caught_by=("net-alb-placement", *_other_zone(nat, private, estate)),
        )


def _is_public(subnet: Resource) -> bool:
    return subnet.name.startswith("public")


def _public(estate: Estate) -> list[Resource]:
    return [subnet for subnet in estate.of(*_SUBNETS) if _is_public(subnet)]


def _private(estate: Estate) -> list[Resource]:
    return [subnet for subnet in estate.of(*_SUBNETS) if not _is_public(subnet)]


def _other_zone(nat: Resource, subnet: Resource, estate: Estate) -> tuple[str, ...]:
    """Whether the gateway leaves the zone of the private subnets that use it."""
    before = estate.depended_on(nat, "subnetId", *_SUBNETS)[0]
    same = before.inputs["availabilityZone"] == subnet.inputs["availabilityZone"]
    return () if same else ("avl-nat-per-zone",)


def _routes(estate: Estate) -> Iterator[Mutation]:
    gateway = estate.of(*_GATEWAYS)[0]
    for route in estate.of(*_ROUTES):
        if "natGatewayId" in route.inputs:
            yield mutation(
                f"{label(route)}: to the internet gateway",
                without_input(route.urn, "natGatewayId"),
                with_reference(route.urn, "gatewayId", gateway),
                caught_by=(
                    "net-data-private-subnets",
                    "net-alb-placement",
                    "tag-subnet-roles",
                    *_functions(estate),
                    *_orphaned(route, estate),
                ),
            )
        else:
            yield mutation(
                f"without {label(route)}",
                without(route.urn),
                caught_by=("net-alb-placement", "tag-subnet-roles"),
            )
        for target in ("vpcPeeringConnectionId", "transitGatewayId"):
            yield broken(route, target, "foreign-0a1b2c3d", "net-env-isolation")
    public = next(table for table in estate.of(*_TABLES) if table.name == "public")
    for association in estate.of(*_ASSOCIATIONS):
        if association.name.startswith("private"):
            yield mutation(
                f"{label(association)}: on the public table",
                with_reference(association.urn, "routeTableId", public),
                caught_by=(
                    "net-data-private-subnets",
                    "net-alb-placement",
                    "tag-subnet-roles",
                    *_functions(estate),
                ),
            )


def _functions(estate: Estate) -> tuple[str, ...]:
    """Whether functions lie in the private subnets."""
    inside = [function for function in estate.of(*_FUNCTIONS) if "vpcConfig" in function.inputs]
    return ("net-lambda-in-vpc",) if inside else ()


def _orphaned(route: Resource, estate: Estate) -> tuple[str, ...]:
    """Whether no other route leads to the NAT gateway of this one."""
    nat = estate.depended_on(route, "natGatewayId", *_NATS)[0]
    users = [
        other for other in estate.of(*_ROUTES) if nat in estate.depended_on(other, "natGatewayId", *_NATS)
    ]
    return ("cst-orphan-gateways",) if users == [route] else ()


def _placements(estate: Estate) -> Iterator[Mutation]:
    """Put what must be private into a public subnet, and the other way round."""
    public, private = _public(estate)[0], _private(estate)[0]
    for group in estate.of(*_SUBNET_GROUPS):
        yield mutation(
            f"{label(group)}: with a public subnet",
            with_reference(group.urn, "subnetIds.0", public),
            caught_by=("net-data-private-subnets",),
        )
    for token, path in _STORES_WITH_SUBNETS.items():
        for store in estate.of(token):
            yield mutation(
                f"{label(store)}: in a public subnet",
                with_reference(store.urn, f"{path}.0", public),
                caught_by=("net-data-private-subnets",),
            )
    for mount in estate.of("aws:efs/mountTarget:MountTarget"):
        yield mutation(
            f"{label(mount)}: in a public subnet",
            with_reference(mount.urn, "subnetId", public),
            caught_by=("net-data-private-subnets",),
        )
    for control_plane in estate.of("aws:eks/cluster:Cluster"):
        yield mutation(
            f"{label(control_plane)}: in a public subnet",
            with_reference(control_plane.urn, "vpcConfig.subnetIds.0", public),
            caught_by=("net-alb-placement",),
        )
    for endpoint in estate.of(*_ENDPOINTS):
        if value_at(endpoint.inputs, "subnetIds.0") is not MISSING:
            yield mutation(
                f"{label(endpoint)}: in a public subnet",
                with_reference(endpoint.urn, "subnetIds.0", public),
                caught_by=("net-alb-placement",),
            )
    for balancer in estate.of(*_BALANCERS):
        yield mutation(
            f"{label(balancer)}: in a private subnet",
            with_reference(balancer.urn, "subnets.0", private),
            caught_by=("net-alb-placement",),
        )
        yield broken(balancer, "internal", True, "net-alb-placement")


def _acls(estate: Estate) -> Iterator[Mutation]:
    for rule in estate.of(*_ACL_RULES):
        ingress = not rule.inputs.get("egress")
        if ingress and rule.inputs["ruleAction"] == "deny":
            yield broken(rule, "ruleAction", "allow", "net-nacl-strict")
            if _is_needed(rule, estate):
                yield mutation(f"without {label(rule)}", without(rule.urn), caught_by=("net-nacl-strict",))
                yield broken(rule, "ruleNumber", 9000, "net-nacl-strict")
                yield broken(rule, "protocol", "udp", "net-nacl-strict")
        if ingress and rule.inputs["ruleAction"] == "allow" and rule.inputs["cidrBlock"] == "0.0.0.0/0":
            yield mutation(
                f"{label(rule)}: every protocol",
                with_input(rule.urn, "protocol", "-1"),
                caught_by=("net-nacl-strict",),
            )
        if ingress and rule.inputs["cidrBlock"] != "0.0.0.0/0" and rule.inputs.get("toPort") == 65535:
            yield broken(rule, "cidrBlock", "0.0.0.0/0", "net-nacl-strict")
    for association in estate.of(*_ACL_ASSOCIATIONS):
        yield mutation(
            f"without {label(association)}", without(association.urn), caught_by=("net-nacl-attached",)
        )
    for acl in estate.of(*_ACLS):
        for port in (22, 3389):
            opened = with_new(
                estate.graph,
                *_ACL_RULES,
                f"{acl.name}-open-{port}",
                {
                    "ruleNumber": 1,
                    "ruleAction": "allow",
                    "protocol": "tcp",
                    "fromPort": port,
                    "toPort": port,
                    "cidrBlock": "0.0.0.0/0",
                    "egress": False,
                },
                like=acl,
                references={"networkAclId": acl},
            )
            yield mutation(f"{label(acl)}: port {port} open", adding(opened), caught_by=("net-nacl-strict",))
    for acl in estate.of(*_DEFAULT_ACLS):
        everything = {
            "action": "allow",
            "ruleNo": 100,
            "protocol": "-1",
            "fromPort": 0,
            "toPort": 0,
            "cidrBlock": "0.0.0.0/0",
        }
        yield broken(acl, "ingress", [everything], "net-nacl-strict")


def _is_needed(denial: Resource, estate: Estate) -> bool:
    """Whether another rule of the same ACL would let in what this one denies."""
    acl = estate.depended_on(denial, "networkAclId", *_ACLS)
    return any(
        rule.inputs["ruleAction"] == "allow"
        and not rule.inputs.get("egress")
        and rule.inputs["cidrBlock"] == denial.inputs["cidrBlock"]
        and rule.inputs.get("fromPort", 1) <= denial.inputs["fromPort"] <= rule.inputs.get("toPort", 0)
        for rule in estate.of(*_ACL_RULES)
        if estate.depended_on(rule, "networkAclId", *_ACLS) == acl
    )


def _tags(estate: Estate) -> Iterator[Mutation]:
    for subnet in estate.of(*_SUBNETS):
        role = "kubernetes.io/role/elb" if _is_public(subnet) else "kubernetes.io/role/internal-elb"
        other = "kubernetes.io/role/internal-elb" if _is_public(subnet) else "kubernetes.io/role/elb"
        if role not in subnet.inputs["tags"]:
            # No load balancer has business in the quarantine.
            continue
        yield broken(subnet, ("tags", role), MISSING, "tag-subnet-roles")
        yield broken(subnet, ("tags", other), "1", "tag-subnet-roles")
