"""Breakages of the security groups: each rule widened in every way, groups opened, names lost."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    Change,
    adding,
    with_input,
    with_new,
    with_reference,
    without,
    without_input,
)
from tests.policies.mutations.mutation import Estate, Mutation, broken, label, mutation
from tests.policies.mutations.refresh import closing

_GROUPS: Final = ("aws:ec2/securityGroup:SecurityGroup",)
_DEFAULTS: Final = ("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup",)
_INGRESS: Final = ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",)
_EGRESS: Final = ("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule",)
_CLUSTERS: Final = ("aws:eks/cluster:Cluster",)

_STORES: Final = ("rds", "cache", "mq", "search", "efs")
_STORE_PORTS: Final = frozenset({2049, 5432, 5671, 6379, 9200, 15671, 16001})
_WORLD: Final = "0.0.0.0/0"
_INSIDE: Final = "10.0.0.0/8"
_OFFICE: Final = "203.0.113.0/24"
_ODOO: Final = 8069
_FIRST_UNPRIVILEGED: Final = 1024


def security_groups(estate: Estate) -> Iterator[Mutation]:
    """Break every rule and every group."""
    for rule in estate.of(*_INGRESS):
        yield from closing(rule, estate, _ingress(rule, estate))
    for rule in estate.of(*_EGRESS):
        yield from closing(rule, estate, _egress(rule))
    for group in estate.of(*_GROUPS):
        yield from closing(group, estate, _group(group, estate))
    yield from _default(estate)


def _role(rule: Resource, estate: Estate) -> str:
    """Give the role of the group a rule belongs to; EKS's own group of the cluster is `cluster`."""
    groups = estate.depended_on(rule, "securityGroupId", *_GROUPS)
    return _role_of(groups[0], estate) if groups else "cluster"


def _role_of(group: Resource, estate: Estate) -> str:
    return group.name.removeprefix("sg-").removesuffix(f"-{estate.environment}")


def _group_of(role: str, estate: Estate) -> Resource:
    return estate.named(f"sg-{role}-{estate.environment}", *_GROUPS)


def _used(role: str, estate: Estate) -> bool:
    """Whether a store of this stack stands behind the role's group."""
    return role != "search" or bool(estate.of("aws:opensearch/domain:Domain"))


def _is_store(role: str, estate: Estate) -> bool:
    return role in _STORES and _used(role, estate)


def _addressed(rule: Resource, cidr: str) -> tuple[Change, ...]:
    """Give the changes that let a rule name addresses instead of a group."""
    leave = (
        (without_input(rule.urn, "referencedSecurityGroupId"),)
        if "referencedSecurityGroupId" in rule.inputs
        else ()
    )
    return (*leave, with_input(rule.urn, "cidrIpv4", cidr))


def _every_protocol(rule: Resource) -> tuple[Change, ...]:
    """Give the changes that open everything; EC2 takes no ports then."""
    return (
        with_input(rule.urn, "ipProtocol", "-1"),
        without_input(rule.urn, "fromPort"),
        without_input(rule.urn, "toPort"),
    )


def _ingress(rule: Resource, estate: Estate) -> Iterator[Mutation]:
    role = _role(rule, estate)
    store = _is_store(role, estate)
    first, last = int(rule.inputs["fromPort"]), int(rule.inputs["toPort"])
    risky = ("net-sg-high-risk-ports",) if any(first <= port <= last for port in _STORE_PORTS) else ()
    admin = ("net-sg-admin-ports",) if any(first <= port <= last for port in (22, 3389)) else ()
    of_store = ("net-sg-data-from-nodes",) if store else ()
    of_nodes = ("net-sg-nodes-from-alb",) if role == "eks-nodes" else ()
    way = ("net-sg-no-path",) if store or role in {"eks-nodes", "cluster"} else ()
    lost = (*of_store, *of_nodes)

    if role != "alb":
        for cidr in (_WORLD, "::/0"):
            changes = (
                _addressed(rule, cidr)
                if cidr == _WORLD
                else (
                    without_input(rule.urn, "referencedSecurityGroupId"),
                    with_input(rule.urn, "cidrIpv6", cidr),
                )
            )
            yield mutation(
                f"{label(rule)}: open to {cidr}",
                *changes,
                caught_by=("net-sg-world-ingress", *lost, *way, *risky, *admin),
            )
        yield mutation(
            f"{label(rule)}: open to an office",
            *_addressed(rule, _OFFICE),
            caught_by=("net-sg-world-ingress", *lost, *way, *risky, *admin),
        )
        yield mutation(
            f"{label(rule)}: open to every address inside",
            *_addressed(rule, _INSIDE),
            caught_by=("net-sg-reference-not-cidr", *lost, *way, *admin),
        )
        yield mutation(
            f"{label(rule)}: from a group of nobody",
            with_input(rule.urn, "referencedSecurityGroupId", "sg-0123456789abcdef0"),
            caught_by=("net-env-isolation", *lost, *way),
        )
        yield mutation(
            f"{label(rule)}: from a list of addresses",
            without_input(rule.urn, "referencedSecurityGroupId"),
            with_input(rule.urn, "prefixListId", "pl-0123456789abcdef0"),
            caught_by=("net-sg-world-ingress", *lost, *way, *admin),
        )
        balanced = of_nodes if rule.name.startswith("eks-nodes-from-alb") else ()
        plain = ("tls-mq-amqps-only",) if role == "mq" else ()
        yield mutation(
            f"{label(rule)}: every port",
            with_input(rule.urn, "fromPort", 0),
            with_input(rule.urn, "toPort", 65535),
            caught_by=("net-sg-ingress-narrow", *of_store, *balanced, *plain),
        )
        yield mutation(
            f"{label(rule)}: every protocol",
            *_every_protocol(rule),
            caught_by=("net-sg-ingress-narrow", *of_store, *balanced, *plain),
        )
    if store:
        yield from _store_rule(rule, role, estate)
    if role == "alb":
        yield from _balancer_rule(rule)
    if rule.name.startswith("eks-nodes-from-alb"):
        yield from _balanced_rule(rule)
    if role == "eks-nodes":
        for stranger in ("rds", "endpoints"):
            yield mutation(
                f"{label(rule)}: from {stranger} instead",
                with_reference(rule.urn, "referencedSecurityGroupId", _group_of(stranger, estate)),
                caught_by=("net-sg-nodes-from-alb", "net-sg-no-path"),
            )
    yield broken(rule, "description", MISSING, "net-sg-description")


def _store_rule(rule: Resource, role: str, estate: Estate) -> Iterator[Mutation]:
    plain = ("tls-mq-amqps-only",) if role == "mq" else ()
    narrow = ("net-sg-ingress-narrow",) if rule.inputs["fromPort"] < _FIRST_UNPRIVILEGED else ()
    yield mutation(
        f"{label(rule)}: one port more",
        with_input(rule.urn, "toPort", int(rule.inputs["toPort"]) + 1),
        caught_by=("net-sg-data-from-nodes", *plain, *narrow),
    )
    yield mutation(
        f"{label(rule)}: the neighbouring port",
        with_input(rule.urn, "fromPort", int(rule.inputs["fromPort"]) + 1),
        with_input(rule.urn, "toPort", int(rule.inputs["toPort"]) + 1),
        caught_by=("net-sg-data-from-nodes", *plain),
    )
    yield mutation(
        f"{label(rule)}: SSH",
        with_input(rule.urn, "fromPort", 22),
        with_input(rule.urn, "toPort", 22),
        caught_by=("net-sg-data-from-nodes", "net-sg-admin-ports", *plain),
    )
    for source in ("alb", "endpoints", "cache" if role != "cache" else "rds"):
        yield mutation(
            f"{label(rule)}: from {source} instead",
            with_reference(rule.urn, "referencedSecurityGroupId", _group_of(source, estate)),
            caught_by=("net-sg-data-from-nodes", "net-sg-no-path"),
        )
    if role != "mq":
        yield mutation(f"without {label(rule)}", without(rule.urn), caught_by=("net-sg-data-from-nodes",))
    else:
        for port in (5672, 15672):
            yield mutation(
                f"{label(rule)}: the plain port {port}",
                with_input(rule.urn, "fromPort", port),
                with_input(rule.urn, "toPort", port),
                caught_by=("net-sg-data-from-nodes", "tls-mq-amqps-only"),
            )


def _balancer_rule(rule: Resource) -> Iterator[Mutation]:
    for port, also in (
        (80, ()),
        (8443, ()),
        (22, ("net-sg-admin-ports",)),
        (5432, ("net-sg-high-risk-ports",)),
    ):
        yield mutation(
            f"{label(rule)}: on port {port}",
            with_input(rule.urn, "fromPort", port),
            with_input(rule.urn, "toPort", port),
            caught_by=("net-sg-world-ingress", *also),
        )
    yield mutation(
        f"{label(rule)}: every port",
        with_input(rule.urn, "fromPort", 0),
        with_input(rule.urn, "toPort", 65535),
        caught_by=(
            "net-sg-world-ingress",
            "net-sg-admin-ports",
            "net-sg-high-risk-ports",
            "net-sg-ingress-narrow",
        ),
    )
    yield mutation(
        f"{label(rule)}: every protocol",
        *_every_protocol(rule),
        caught_by=(
            "net-sg-world-ingress",
            "net-sg-admin-ports",
            "net-sg-high-risk-ports",
            "net-sg-ingress-narrow",
        ),
    )


def _balanced_rule(rule: Resource) -> Iterator[Mutation]:
    odoo = int(rule.inputs["fromPort"]) == _ODOO
    yield mutation(
        f"{label(rule)}: a port of no target group",
        with_input(rule.urn, "fromPort", 10250),
        with_input(rule.urn, "toPort", 10250),
        caught_by=("net-sg-nodes-from-alb",),
    )
    yield mutation(
        f"{label(rule)}: SSH",
        with_input(rule.urn, "fromPort", 22),
        with_input(rule.urn, "toPort", 22),
        caught_by=("net-sg-nodes-from-alb", "net-sg-admin-ports"),
    )
    if odoo:
        yield mutation(f"without {label(rule)}", without(rule.urn), caught_by=("net-sg-nodes-from-alb",))


def _egress(rule: Resource) -> Iterator[Mutation]:
    https = rule.inputs["fromPort"] == rule.inputs["toPort"] == 443 and rule.inputs["ipProtocol"] == "tcp"
    if not https:
        yield mutation(f"{label(rule)}: to anywhere", *_addressed(rule, _WORLD), caught_by=("net-sg-egress",))
    yield mutation(
        f"{label(rule)}: to every address inside",
        *_addressed(rule, _INSIDE),
        caught_by=("net-sg-reference-not-cidr",),
    )
    yield mutation(
        f"{label(rule)}: everything to anywhere",
        *_addressed(rule, _WORLD),
        *_every_protocol(rule),
        caught_by=("net-sg-egress",),
    )
    yield broken(rule, "description", MISSING, "net-sg-description")


def _group(group: Resource, estate: Estate) -> Iterator[Mutation]:
    role = _role_of(group, estate)
    yield broken(group, "description", MISSING, "net-sg-description")
    yield broken(group, "description", "Managed by Pulumi", "net-sg-description")
    yield broken(group, ("tags", "Name"), f"sg-{role}-{estate.other}", "net-sg-description")
    inline = {
        "description": "Inline",
        "protocol": "tcp",
        "fromPort": 443,
        "toPort": 443,
        "cidrBlocks": [_WORLD],
    }
    ingress = {
        "alb": ("net-sg-no-mixed-rules",),
        "endpoints": ("net-sg-no-mixed-rules", "net-sg-world-ingress"),
        "eks-nodes": (
            "net-sg-no-mixed-rules",
            "net-sg-world-ingress",
            "net-sg-nodes-from-alb",
            "net-sg-no-path",
        ),
    }
    of_store = ("net-sg-data-from-nodes", "net-sg-no-path") if _is_store(role, estate) else ()
    caught_by = ingress.get(role, ("net-sg-no-mixed-rules", "net-sg-world-ingress", *of_store))
    yield mutation(
        f"{label(group)}: inline rule from anywhere",
        with_input(group.urn, "ingress", [inline]),
        caught_by=caught_by,
    )
    yield mutation(
        f"{label(group)}: inline rule to anywhere",
        with_input(group.urn, "egress", [{**inline, "protocol": "-1", "fromPort": 0, "toPort": 0}]),
        caught_by=("net-sg-no-mixed-rules", "net-sg-egress"),
    )
    for port, what in ((22, "SSH"), (3389, "RDP")):
        opened = with_new(
            estate.graph,
            *_INGRESS,
            f"{role}-{what.lower()}",
            {
                "description": f"{what} from the office",
                "ipProtocol": "tcp",
                "fromPort": port,
                "toPort": port,
                "cidrIpv4": _OFFICE,
            },
            like=group,
            references={"securityGroupId": group},
        )
        yield mutation(
            f"{label(group)}: {what} from an office",
            adding(opened),
            caught_by=("net-sg-admin-ports", "net-sg-world-ingress", *_opened(role, estate)),
        )
    older = with_new(
        estate.graph,
        "aws:ec2/securityGroupRule:SecurityGroupRule",
        f"{role}-postgres",
        {
            "type": "ingress",
            "description": "PostgreSQL from anywhere",
            "protocol": "tcp",
            "fromPort": 5432,
            "toPort": 5432,
            "cidrBlocks": [_WORLD],
        },
        like=group,
        references={"securityGroupId": group},
    )
    yield mutation(
        f"{label(group)}: PostgreSQL from anywhere by the older kind of rule",
        adding(older),
        caught_by=("net-sg-world-ingress", "net-sg-high-risk-ports", *_opened(role, estate)),
    )


def _opened(role: str, estate: Estate) -> tuple[str, ...]:
    if _is_store(role, estate):
        return ("net-sg-data-from-nodes", "net-sg-no-path", *(("tls-mq-amqps-only",) if role == "mq" else ()))
    return ("net-sg-nodes-from-alb", "net-sg-no-path") if role == "eks-nodes" else ()


def _default(estate: Estate) -> Iterator[Mutation]:
    for default in estate.of(*_DEFAULTS):
        yield mutation(
            f"without {label(default)}", without(default.urn), caught_by=("net-sg-default-closed",)
        )
        rule = {"description": "Inside", "protocol": "-1", "fromPort": 0, "toPort": 0, "self": True}
        yield mutation(
            f"{label(default)}: open to itself",
            with_input(default.urn, "ingress", [rule]),
            caught_by=("net-sg-default-closed", "net-sg-admin-ports", "net-sg-ingress-narrow"),
        )
        yield mutation(
            f"{label(default)}: everything to anywhere",
            with_input(default.urn, "egress", [{**rule, "self": False, "cidrBlocks": [_WORLD]}]),
            caught_by=("net-sg-default-closed", "net-sg-egress"),
        )
        opened = with_new(
            estate.graph,
            *_INGRESS,
            "default-https",
            {
                "description": "HTTPS",
                "ipProtocol": "tcp",
                "fromPort": 443,
                "toPort": 443,
                "cidrIpv4": _WORLD,
            },
            like=default,
            references={"securityGroupId": default},
        )
        yield mutation(
            f"{label(default)}: HTTPS from anywhere",
            adding(opened),
            caught_by=("net-sg-default-closed", "net-sg-world-ingress"),
        )
