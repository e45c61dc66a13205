"""What gets through the network ACLs, with its answer, and what does not."""

from __future__ import annotations

from typing import Any

import pytest

from infra.network.acls import entries
from infra.network.subnets import Subnet, Visibility
from tests.conftest import EstateRenderer

from .packets import RULE, Borders, Packet
from .reading import ESTATES, SUBNET, named, one

INTERNET = "203.0.113.9"
LOAD_BALANCER = "10.0.101.20"
OTHER_LOAD_BALANCER = "10.0.102.20"
NODE = "10.0.1.30"
DATABASE = "10.0.2.40"
LOWEST, HIGHEST = 1024, 65535
QUOTA = 20


@pytest.fixture(scope="module")
def borders(estate: EstateRenderer) -> Borders:
    return Borders.of(estate("prod"))


@pytest.mark.requirement("ISO-01")
@pytest.mark.parametrize("answer_port", [LOWEST, 32768, HIGHEST])
@pytest.mark.parametrize(
    ("source", "destination", "port", "protocol"),
    [
        pytest.param(INTERNET, LOAD_BALANCER, 443, "tcp", id="user to load balancer"),
        pytest.param(LOAD_BALANCER, NODE, 8069, "tcp", id="load balancer to Odoo"),
        pytest.param(OTHER_LOAD_BALANCER, NODE, 8000, "tcp", id="load balancer to GPS across zones"),
        pytest.param(NODE, DATABASE, 5432, "tcp", id="node to database"),
        pytest.param(NODE, DATABASE, 5671, "tcp", id="node to broker"),
        pytest.param(NODE, DATABASE, 6379, "tcp", id="node to cache"),
        pytest.param(NODE, DATABASE, 2049, "tcp", id="node to file storage"),
        pytest.param(NODE, DATABASE, 443, "tcp", id="node to endpoint or search"),
        pytest.param(NODE, DATABASE, 587, "tcp", id="node to the endpoint of Amazon SES"),
        pytest.param(NODE, DATABASE, 2587, "tcp", id="node to the alternative port of Amazon SES"),
        pytest.param(NODE, DATABASE, 53, "tcp", id="pod to CoreDNS over TCP"),
        pytest.param(NODE, DATABASE, 53, "udp", id="pod to CoreDNS over UDP"),
    ],
)
def test_conversations_pass_in_both_directions(
    borders: Borders, *, source: str, destination: str, port: int, protocol: Any, answer_port: int
) -> None:
    assert borders.conversation_passes(source, destination, port, protocol=protocol, answer_port=answer_port)


@pytest.mark.requirement("NET-06")
@pytest.mark.parametrize("answer_port", [LOWEST, 32768, HIGHEST])
def test_partner_apis_answer_through_nat(borders: Borders, answer_port: int) -> None:
    gateway = "10.0.101.5"
    assert borders.conversation_through_nat_passes(NODE, gateway, INTERNET, 443, answer_port=answer_port)


@pytest.mark.requirement("ISO-01")
@pytest.mark.parametrize("port", [22, 3389])
@pytest.mark.parametrize(
    ("source", "destination"),
    [(INTERNET, LOAD_BALANCER), (INTERNET, NODE), (LOAD_BALANCER, NODE), (NODE, DATABASE)],
)
def test_administration_ports_are_refused_from_everywhere(
    borders: Borders, source: str, destination: str, port: int
) -> None:
    assert not borders.passes(Packet("tcp", source, destination, port))


@pytest.mark.requirement("ISO-01")
@pytest.mark.parametrize(
    "packet",
    [
        pytest.param(Packet("tcp", INTERNET, LOAD_BALANCER, 80), id="HTTP from the internet"),
        pytest.param(Packet("udp", INTERNET, LOAD_BALANCER, 53), id="DNS from the internet"),
        pytest.param(Packet("tcp", INTERNET, NODE, 443), id="HTTPS past the load balancer"),
        pytest.param(Packet("udp", INTERNET, NODE, 50000), id="UDP from the internet"),
        pytest.param(Packet("tcp", NODE, INTERNET, 25), id="mail to the internet"),
        pytest.param(Packet("tcp", NODE, INTERNET, 587), id="mail past the endpoint of Amazon SES"),
        pytest.param(Packet("tcp", NODE, INTERNET, 80), id="HTTP to the internet"),
        pytest.param(Packet("tcp", NODE, INTERNET, 5432), id="databases on the internet"),
        pytest.param(Packet("udp", NODE, INTERNET, 53), id="foreign resolvers"),
    ],
)
def test_what_nobody_needs_is_refused(borders: Borders, packet: Packet) -> None:
    assert not borders.passes(packet)


@pytest.mark.requirement("ISO-01")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_subnet_is_on_the_acl_of_its_kind(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    kinds = {
        named(association, "subnetId")[0]: named(association, "networkAclId")
        for association in graph.of_type("aws:ec2/networkAclAssociation:NetworkAclAssociation")
    }
    assert kinds == {subnet.name: [subnet.name.split("-")[0]] for subnet in graph.of_type(SUBNET)}


@pytest.mark.parametrize("stack", ESTATES)
def test_default_acl_is_adopted_and_closed(estate: EstateRenderer, stack: str) -> None:
    default = one(estate(stack), "aws:ec2/defaultNetworkAcl:DefaultNetworkAcl")
    assert {"ingress", "egress", "subnetIds"}.isdisjoint(default.inputs)
    assert named(default, "defaultNetworkAclId") == ["vpc"]


@pytest.mark.parametrize("stack", ESTATES)
def test_large_packets_learn_the_path_mtu(estate: EstateRenderer, stack: str) -> None:
    icmp = {
        (named(rule, "networkAclId")[0], rule.inputs["egress"])
        for rule in estate(stack).of_type(RULE)
        if rule.inputs["protocol"] == "icmp"
        and (rule.inputs["icmpType"], rule.inputs["icmpCode"]) == (3, 4)
        and rule.inputs["cidrBlock"] == "0.0.0.0/0"
    }
    assert icmp == {(kind, egress) for kind in ("private", "public") for egress in (False, True)}


@pytest.mark.parametrize("stack", ESTATES)
def test_numbers_leave_room_and_fit_the_quota(estate: EstateRenderer, stack: str) -> None:
    numbers: dict[tuple[str, bool], list[int]] = {}
    for rule in estate(stack).of_type(RULE):
        key = (named(rule, "networkAclId")[0], rule.inputs["egress"])
        numbers.setdefault(key, []).append(int(rule.inputs["ruleNumber"]))
    assert len(numbers) == 4
    for found in numbers.values():
        assert sorted(found) == [10 * position for position in range(1, len(found) + 1)]
        assert len(found) <= QUOTA


@pytest.mark.parametrize("visibility", ["private", "public"])
def test_three_zones_fit_the_quota_too(visibility: Visibility) -> None:
    subnets = [
        Subnet(label=f"private-{letter}", zone=letter, cidr=f"10.0.{index}.0/24", id=None)  # type: ignore[arg-type]
        for index, letter in enumerate("abc", start=1)
    ]
    for direction in entries(visibility, vpc_cidr="10.0.0.0/16", private_subnets=subnets):
        assert len(direction) <= QUOTA
        assert len({entry.name for entry in direction}) == len(direction)
