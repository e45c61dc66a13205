"""Single security-group rules: what may never be open, whoever declares it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.security_groups import (
    ALL_SOURCES,
    BALANCER,
    GROUPS,
    Opening,
    balancer_groups,
    is_private,
    openings,
    role_of,
)
from policies.aws.tokens import LISTENERS, SECURITY_GROUPS
from policies.framework import (
    Controls,
    Findings,
    ResourceView,
    Severity,
    everywhere,
    mandatory_in,
    resource_rule,
)

_ADMIN_PORTS: Final = {22: "SSH", 3389: "RDP"}
_STORE_PORTS: Final = {
    1433: "SQL Server",
    1521: "Oracle",
    2049: "NFS",
    2379: "etcd",
    3306: "MySQL",
    5432: "PostgreSQL",
    5601: "OpenSearch Dashboards",
    5671: "AMQPS",
    5672: "AMQP",
    6379: "Redis",
    8162: "ActiveMQ console",
    9200: "OpenSearch",
    9300: "OpenSearch nodes",
    11211: "Memcached",
    15671: "RabbitMQ management over TLS",
    15672: "RabbitMQ management",
    16001: "RabbitMQ metrics",
    27017: "MongoDB",
    61617: "OpenWire",
}
_HTTPS: Final = 443
_HTTP: Final = 80
_DNS: Final = 53
_NTP: Final = 123
_UNPRIVILEGED: Final = 1024
_TIME_SERVICE: Final = frozenset({"169.254.169.123/32", "fd00:ec2::123/128"})
_RESOLVERS: Final = frozenset({"169.254.169.253/32", "fd00:ec2::253/128"})


def _ingress(resource: ResourceView) -> Iterator[Opening]:
    return (opening for opening in openings(resource) if opening.direction == "ingress")


@resource_rule(
    "net-sg-world-ingress",
    subjects=ALL_SOURCES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("EC2.18",), ("CKV_AWS_260", "CKV_AWS_277"), ("SEC-07", "NET-05", "POL-03"), ("8(5)",)),
    remedy="Open only tcp 443, only on the load balancer's group sg-alb-<env>; elsewhere name a group.",
    exemptible=False,
    by_reference=True,
)
def sg_world_ingress(resource: ResourceView) -> Findings:
    """Only the load balancer is open to public addresses, and only on 443.

    A network of somebody's is as public as the whole internet, and a list of addresses may hold either. Port
    80 passes where the balancer's listener on 80 does nothing but redirect.
    """
    for opening in _ingress(resource):
        if not opening.public and not opening.prefix_lists:
            continue
        source = (*opening.world, *opening.public, "a list of addresses")[0]
        opened = f"{opening.where}{opening.ports} is open to {source}"
        if opening.protocol != "tcp" or opening.first != opening.last or opening.first not in {_HTTP, _HTTPS}:
            yield opened
            continue
        groups = _groups_of(resource)
        if not groups:
            yield f"{opened} on a group this stack does not declare"
        for group in groups:
            if not _is_balancers(group):
                yield f"{opened} on {group.name}, no load balancer's group"
            elif opening.first == _HTTP and not _redirects_http(group):
                yield f"{opened}, but no listener redirects it to HTTPS"


def _groups_of(resource: ResourceView) -> tuple[ResourceView, ...]:
    return (resource,) if resource.type in GROUPS else resource.link("securityGroupId").targets(*GROUPS)


def _is_balancers(group: ResourceView) -> bool:
    """Whether the group is the balancer's by name and, where the stack is known, serves nothing else."""
    return group.type in SECURITY_GROUPS and role_of(group) == BALANCER


def _redirects_http(group: ResourceView) -> bool:
    if group.graph is None:
        group.link("vpcId").targets()  # says that the stack is needed
        return False
    balancers = [balancer for owned, balancer in balancer_groups(group.graph) if owned is group]
    listeners = [
        listener
        for balancer in balancers
        for listener in group.graph.attached(balancer, "loadBalancerArn", *LISTENERS)
        if listener.number("port") == _HTTP
    ]
    return bool(listeners) and all(
        action.text("type") == "redirect" and action.text("redirect.protocol") == "HTTPS"
        for listener in listeners
        for action in listener.blocks("defaultActions")
    )


@resource_rule(
    "net-sg-admin-ports",
    subjects=ALL_SOURCES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("EC2.13", "EC2.14"), ("CKV_AWS_24", "CKV_AWS_25"), ("SEC-07", "POL-03"), ("8(5)",)),
    remedy="Take the rule out: nodes are reached through Session Manager, pods through kubectl.",
    exemptible=False,
)
def sg_admin_ports(resource: ResourceView) -> Findings:
    """SSH and RDP are never open, to no address and to no group.

    A rule between groups that opens a wide range, as nodes have among themselves, is not meant.
    """
    for opening in _ingress(resource):
        addressed = bool(opening.ranges or opening.prefix_lists)
        for port, what in _ADMIN_PORTS.items():
            if opening.covers(port) and (addressed or opening.first == opening.last):
                source = ", ".join(opening.ranges) or ("a list of addresses" if addressed else "a group")
                yield f"{opening.where}{opening.ports} opens {what} ({port}) to {source}"


@resource_rule(
    "net-sg-high-risk-ports",
    subjects=ALL_SOURCES,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("EC2.19",), (), ("SEC-07", "NET-03", "POL-03"), ("8(5)",)),
    remedy="Name the node group sg-eks-nodes-<env> as the source instead of public addresses.",
    exemptible=False,
)
def sg_high_risk_ports(resource: ResourceView) -> Findings:
    """Ports of databases, brokers, caches and search are never open to public addresses."""
    for opening in _ingress(resource):
        if not opening.public:
            continue
        for port, what in _STORE_PORTS.items():
            if opening.covers(port):
                yield f"{opening.where}{opening.ports} opens {what} ({port}) to {', '.join(opening.public)}"
                break


@resource_rule(
    "net-sg-reference-not-cidr",
    subjects=ALL_SOURCES,
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "NET-03", "NET-04", "POL-03")),
    remedy="Name the other side's security group (referenced_security_group_id) instead of its addresses.",
)
def sg_reference_not_cidr(resource: ResourceView) -> Findings:
    """Rules inside the VPC name groups, not address ranges.

    Amazon's time service and the VPC's resolver have addresses only, and may be named by them.
    """
    for opening in openings(resource):
        for cidr in opening.ranges:
            if is_private(cidr) and not _is_amazons_own(opening, cidr):
                direction = "from" if opening.direction == "ingress" else "to"
                yield f"{opening.where}{opening.ports} {direction} {cidr}, a range of private addresses"


def _is_amazons_own(opening: Opening, cidr: str) -> bool:
    if opening.direction == "ingress" or opening.first != opening.last:
        return False
    if opening.first == _NTP and opening.protocol == "udp":
        return cidr in _TIME_SERVICE
    # The resolver is the second address of the VPC, or the link-local one.
    return opening.first == _DNS and (cidr in _RESOLVERS or cidr.endswith(".2/32"))


@resource_rule(
    "net-sg-egress",
    subjects=ALL_SOURCES,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls((), ("CKV_AWS_382",), ("SEC-07", "NET-06", "POL-03")),
    remedy="List what the role needs: tcp 443 to anywhere at most, every other port to a group.",
)
def sg_egress(resource: ResourceView) -> Findings:
    """Egress is a list: to anywhere goes HTTPS at most, and no rule lets everything out."""
    for opening in openings(resource):
        if opening.direction != "egress":
            continue
        whom = ", ".join(opening.ranges) or "the other side"
        if opening.protocol == "-1":
            yield f"{opening.where}every protocol and port may go to {whom}"
        elif opening.world and not (
            opening.protocol == "tcp" and opening.first == opening.last and opening.first == _HTTPS
        ):
            yield f"{opening.where}{opening.ports} may go to {opening.world[0]}"
        elif _wide(opening):
            yield f"{opening.where}{opening.ports} may go to {whom}, a range with well-known ports"


def _wide(opening: Opening) -> bool:
    """Whether a rule opens several ports at once and well-known ones among them, where no pod listens."""
    return (
        opening.protocol in {"tcp", "udp"} and opening.first != opening.last and opening.first < _UNPRIVILEGED
    )


@resource_rule(
    "net-sg-ingress-narrow",
    subjects=ALL_SOURCES,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("SEC-07", "NET-03", "NET-04", "POL-03")),
    remedy="Open one port with a rule; pods among each other may use tcp 1025-65535.",
)
def sg_ingress_narrow(resource: ResourceView) -> Findings:
    """Ingress names protocol and port, also between groups; ranges begin above the well-known ports."""
    for opening in _ingress(resource):
        if opening.protocol == "-1" or _wide(opening):
            yield f"{opening.where}{opening.ports} is open in one rule"
