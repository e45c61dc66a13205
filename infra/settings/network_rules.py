"""Rules about the address plan and the ways out of the VPC."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations
from typing import Final

from .cluster import ClusterSettings
from .environment import EnvironmentSettings
from .network import MAIL_ENDPOINT, NetworkSettings
from .problem import Problem, Rule
from .workloads import WorkloadsSettings

NEEDED_WITHOUT_INTERNET: Final = frozenset(
    {"ec2", "ecr.api", "ecr.dkr", "eks", "logs", "secretsmanager", "sts"}
)
"""Endpoints without which a node neither joins nor pulls images (EKS user guide, private clusters)."""
SMALLEST_SUBNET_PREFIX: Final = 28
LARGEST_VPC_PREFIX: Final = 16
MAIL_CATCHER: Final = "mail-catcher"
"""The sink beside Odoo, where no mail may reach people."""
MAIL_PORTS: Final = (587, 2587)
"""Where Amazon SES answers STARTTLS (SES developer guide, "Connecting to an Amazon SES SMTP endpoint")."""


def subnets_lie_in_the_vpc(network: NetworkSettings) -> Iterator[Problem]:
    """Every subnet is part of the VPC, of a legal size, in a zone once per kind, and overlaps no other."""
    placed = []
    for kind in ("private_subnets", "public_subnets"):
        subnets = getattr(network, kind)
        zones = [subnet.zone for subnet in subnets]
        for index, subnet in enumerate(subnets):
            path = f"network.{kind}[{index}]"
            if not subnet.cidr.subnet_of(network.cidr):
                allowed = f"networks within {network.cidr}"
                yield Problem(f"{path}.cidr", str(subnet.cidr), f"is outside the VPC; allowed: {allowed}")
            if subnet.cidr.prefixlen > SMALLEST_SUBNET_PREFIX:
                allowed = f"/{SMALLEST_SUBNET_PREFIX} or larger"
                yield Problem(
                    f"{path}.cidr", str(subnet.cidr), f"is too small for a subnet; allowed: {allowed}"
                )
            if zones.index(subnet.zone) != index:
                yield Problem(
                    f"{path}.zone", subnet.zone, f"is in {kind} already; allowed: one subnet per zone"
                )
            placed.append((f"{path}.cidr", subnet.cidr))
    for (_, first), (path, second) in combinations(placed, 2):
        if first.overlaps(second):
            yield Problem(path, str(second), f"overlaps {first}; allowed: networks that share no address")


def vpc_has_a_legal_size(network: NetworkSettings) -> Iterator[Problem]:
    """A VPC is a /16 to a /28."""
    if not LARGEST_VPC_PREFIX <= network.cidr.prefixlen <= SMALLEST_SUBNET_PREFIX:
        yield Problem("network.cidr", str(network.cidr), "is not a VPC size; allowed: /16 to /28")


def zones_match(network: NetworkSettings) -> Iterator[Problem]:
    """Private subnets have a public one in their zone, for the NAT gateway and the load balancer."""
    public = {subnet.zone for subnet in network.public_subnets}
    for index, subnet in enumerate(network.private_subnets):
        if subnet.zone not in public:
            yield Problem(
                f"network.private_subnets[{index}].zone",
                subnet.zone,
                f"has no public subnet; allowed: {', '.join(sorted(public))}",
            )


def zones_lie_in_the_region(environment: EnvironmentSettings, network: NetworkSettings) -> Iterator[Problem]:
    """Every zone belongs to the region of the environment."""
    for kind in ("private_subnets", "public_subnets"):
        for index, subnet in enumerate(getattr(network, kind)):
            if subnet.zone[:-1] != environment.region:
                yield Problem(
                    f"network.{kind}[{index}].zone",
                    subnet.zone,
                    f"is not in {environment.region}; allowed: {environment.region}a, b or c",
                )


def partners_alone_leave_aws_reachable(network: NetworkSettings) -> Iterator[Problem]:
    """Where nodes may call only partners, what they need of AWS is reached through endpoints."""
    missing = sorted(NEEDED_WITHOUT_INTERNET - set(network.interface_endpoints))
    if network.partner_cidrs and missing:
        yield Problem(
            "network.interface_endpoints",
            list(network.interface_endpoints),
            f"leaves nodes without AWS beside partner_cidrs; allowed: a list with {', '.join(missing)} too",
        )


def service_addresses_are_free(network: NetworkSettings, cluster: ClusterSettings) -> Iterator[Problem]:
    """Kubernetes service addresses and the VPC share none."""
    if cluster.service_cidr.overlaps(network.cidr):
        yield Problem(
            "cluster.service_cidr",
            str(cluster.service_cidr),
            f"overlaps the VPC {network.cidr}; allowed: a network apart from it, such as 172.20.0.0/16",
        )


def mail_has_a_way_out(
    environment: EnvironmentSettings, network: NetworkSettings, workloads: WorkloadsSettings
) -> Iterator[Problem]:
    """Mail leaves by the region's Amazon SES at its endpoint inside the VPC, or stays in the namespace.

    Nodes send nothing but HTTPS to the internet, so a server elsewhere would never be reached.
    """
    mail, path = workloads.odoo.mail, "workloads.odoo.mail"
    if mail.smtp_host == MAIL_CATCHER:
        return
    ses = f"email-smtp.{environment.region}.amazonaws.com"
    if mail.smtp_host != ses:
        yield Problem(
            f"{path}.smtp_host", mail.smtp_host, f"cannot be reached; allowed: {ses}, {MAIL_CATCHER}"
        )
    elif MAIL_ENDPOINT not in network.interface_endpoints:
        yield Problem(
            "network.interface_endpoints",
            list(network.interface_endpoints),
            f"leaves {ses} unreachable; allowed: a list with {MAIL_ENDPOINT} too",
        )
    if mail.smtp_host == ses and mail.smtp_port not in MAIL_PORTS:
        allowed = ", ".join(str(port) for port in MAIL_PORTS)
        yield Problem(f"{path}.smtp_port", mail.smtp_port, f"is closed at Amazon SES; allowed: {allowed}")


NETWORK_RULES: Final[tuple[Rule, ...]] = (
    vpc_has_a_legal_size,
    subnets_lie_in_the_vpc,
    zones_match,
    zones_lie_in_the_region,
    partners_alone_leave_aws_reachable,
    mail_has_a_way_out,
    service_addresses_are_free,
)
