"""Breakages of what brings production's data to other environments: the quarantine, and the intakes."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    Edit,
    adding,
    with_document,
    with_input,
    with_new,
    with_reference,
    with_statement,
    without,
)
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation

_SUBNETS: Final = ("aws:ec2/subnet:Subnet",)
_ROUTE_TABLES: Final = ("aws:ec2/routeTable:RouteTable",)
_ASSOCIATIONS: Final = ("aws:ec2/routeTableAssociation:RouteTableAssociation",)
_GATEWAYS: Final = ("aws:ec2/internetGateway:InternetGateway",)
_GROUPS: Final = ("aws:ec2/securityGroup:SecurityGroup",)
_INGRESS: Final = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",)
_MACHINES: Final = ("aws:sfn/stateMachine:StateMachine",)
_ROLE_POLICIES: Final = ("aws:iam/rolePolicy:RolePolicy",)
_KEYS: Final = ("aws:kms/key:Key",)
_VPCS: Final = ("aws:ec2/vpc:Vpc",)

_UNMASKED: Final = "arn:aws:rds:ap-south-1:111122223333:snapshot:fleet-erp-prod-postgres-final"
_CLOSED: Final = "dat-quarantine-closed"
_OPENING: Final = (
    "open to ",
    "from a list of addresses",
    "from an office",
    "from anywhere",
    "to anywhere",
    "to every address inside",
)
"""Words in the names of breakages that let addresses in or out."""
_RIGHTS: Final = "dat-nonprod-restore-rights"


def closing(resource: Resource, estate: Estate, mutations: Iterator[Mutation]) -> Iterator[Mutation]:
    """Give breakages of a group or of its rule: those that open a quarantine are caught as such too."""
    groups = (
        [resource] if resource.type in _GROUPS else estate.depended_on(resource, "securityGroupId", *_GROUPS)
    )
    closed = any(_purpose(group) == "quarantine" for group in groups)
    for one in mutations:
        opens = closed and any(words in one.name for words in _OPENING)
        yield replace(one, caught_by=one.caught_by | {_CLOSED}) if opens else one


def refresh(estate: Estate) -> Iterator[Mutation]:
    """Open what is closed, and let environments outside production take what was not masked."""
    if estate.environment == "dr":
        return
    yield from _groups(estate)
    if estate.environment == "prod":
        yield from _quarantine(estate)
    else:
        yield from _intake(estate)


def _groups(estate: Estate) -> Iterator[Mutation]:
    nodes = estate.named(f"sg-eks-nodes-{estate.environment}", *_GROUPS)
    closed = {group.urn for group in estate.of(*_GROUPS) if _purpose(group) == "quarantine"}
    for rule in estate.of(*_INGRESS):
        if closed.isdisjoint(rule.property_dependencies.get("securityGroupId", ())):
            continue
        yield mutation(
            f"{label(rule)}: from the nodes",
            with_reference(rule.urn, "referencedSecurityGroupId", nodes),
            caught_by=(_CLOSED,),
        )
        yield broken(
            rule,
            "cidrIpv4",
            "10.0.0.0/8",
            _CLOSED,
            "net-sg-reference-not-cidr",
            also=(with_input(rule.urn, "referencedSecurityGroupId", None),),
        )


def _quarantine(estate: Estate) -> Iterator[Mutation]:
    vpc = estate.named("quarantine", *_VPCS)
    table = estate.named("quarantine", *_ROUTE_TABLES)
    (gateway,) = estate.of(*_GATEWAYS)
    for subnet in estate.of(*_SUBNETS):
        if _purpose(subnet) == "quarantine":
            yield broken(subnet, "mapPublicIpOnLaunch", True, _CLOSED, "net-subnet-no-public-ip")
    for association in estate.of(*_ASSOCIATIONS):
        if table.urn in association.property_dependencies.get("routeTableId", ()):
            yield mutation(f"without {label(association)}", without(association.urn), caught_by=(_CLOSED,))
    route = with_new(
        estate.graph,
        "aws:ec2/route:Route",
        "way-out",
        {"destinationCidrBlock": "0.0.0.0/0"},
        like=vpc,
        references={"routeTableId": table, "gatewayId": gateway},
    )
    yield mutation(
        "the quarantine has a route to the internet",
        adding(route),
        caught_by=(_CLOSED, "net-alb-placement", "net-data-private-subnets"),
    )
    for token, name, path, also in (
        ("aws:ec2/internetGateway:InternetGateway", "second", "vpcId", ()),
        ("aws:ec2/vpnGateway:VpnGateway", "office", "vpcId", ()),
        (
            "aws:ec2/vpcPeeringConnection:VpcPeeringConnection",
            "peering",
            "peerVpcId",
            ("net-env-isolation",),
        ),
    ):
        door = with_new(estate.graph, token, name, {}, like=vpc, references={path: vpc})
        yield mutation(f"the quarantine has a {label(door)}", adding(door), caught_by=(_CLOSED, *also))


def _intake(estate: Estate) -> Iterator[Mutation]:
    machine = estate.named("intake", *_MACHINES)
    rights = estate.named("intake", *_ROLE_POLICIES)
    for what, edit in _DEFINITIONS.items():
        yield mutation(
            f"{label(machine)}: {what}",
            with_document(machine.urn, "definition", edit),
            caught_by=("dat-nonprod-masked",),
        )
    for action in ("rds:CopyDBSnapshot", "rds:RestoreDBInstanceFromDBSnapshot"):
        yield mutation(
            f"{label(rights)}: {action} of what was not masked",
            with_document(rights.urn, "policy", with_statement({"Action": action, "Resource": _UNMASKED})),
            caught_by=(_RIGHTS,),
        )
    copy = with_new(
        estate.graph,
        "aws:rds/snapshotCopy:SnapshotCopy",
        "copied",
        {
            "sourceDbSnapshotIdentifier": _UNMASKED,
            "targetDbSnapshotIdentifier": f"fleet-erp-{estate.environment}-1",
        },
        like=machine,
        references={"kmsKeyId": estate.named("data", *_KEYS)},
    )
    yield mutation(
        "a copy of a snapshot that was not masked", adding(copy), caught_by=("dat-nonprod-masked",)
    )


def _purpose(resource: Resource) -> str | None:
    return (resource.inputs.get("tags") or {}).get("Purpose")


def _from(source: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        names = document["States"]["Begin"]["Parameters"]["names"]
        names["source.$"] = f"States.Format('{source}', $.run)"

    return edit


def _asking(member: str, value: str) -> Edit:
    def edit(document: dict[str, Any]) -> None:
        for state in document["States"].values():
            if f"{member}.$" in state.get("Parameters", {}):
                del state["Parameters"][f"{member}.$"]
                state["Parameters"][member] = value

    return edit


_DEFINITIONS: Final[dict[str, Edit]] = {
    "copies what production has not masked": _from(f"{_UNMASKED}-{{}}"),
    "copies whatever it is told": lambda document: document["States"]["Begin"]["Parameters"]["names"].pop(
        "source.$"
    ),
    "restores production's own snapshot": _asking("DbSnapshotIdentifier", "rds:fleet-erp-prod-postgres-1"),
}
