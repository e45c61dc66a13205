"""Every group's exact rules: nothing may be missing, and nothing may be there that is not wanted."""

from __future__ import annotations

import re
from ipaddress import IPv4Network

import pulumi
import pulumi_aws as aws
import pytest

from infra.naming import Naming
from infra.network import Network
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer
from tests.infra.settings.stack_files import estate_settings

from .reading import EGRESS, ESTATES, GROUP, INGRESS, Rule, named, one, rules

RESTORING = ("prod", "staging")
TAKING = ("staging", "testing")
"""Environments that examine masked copies before they take them."""
"""Where restore tests make databases, in groups of their own."""
DATA_PORTS = {
    "rds": [5432],
    "mq": [443, 5671, 15671, 16001],
    "cache": [6379],
    "search": [443],
    "efs": [2049],
    "endpoints": [443],
}
MAIL_PORTS = [587, 2587]
SENDS_BY_SES = ("prod", "dr")
"""Where an endpoint of Amazon SES stands among the others."""
EC2_TEXT = re.compile(r"[\w .:/()#,@\[\]+=&;{}!$*-]{1,255}", re.ASCII)
"""What EC2 accepts in the description of a group or rule."""


@pytest.fixture(params=[False, True], ids=["update", "first preview"])
def unknowns(request: pytest.FixtureRequest) -> bool:
    return request.param


@pytest.mark.requirement("NET-03")
def test_database_of_prod_hears_the_nodes_on_5432_and_nobody_else(
    estate: EstateRenderer, *, unknowns: bool
) -> None:
    graph = estate("prod", unknowns=unknowns)
    assert rules(graph, INGRESS, "sg-rds-prod") == [Rule("sg-eks-nodes-prod", "tcp", 5432, 5432)]
    assert one(graph, GROUP, "sg-rds-prod").inputs["tags"]["Name"] == "sg-rds-prod"


@pytest.mark.requirement("NET-04")
def test_nodes_of_prod_hear_the_load_balancer_on_its_target_ports(
    estate: EstateRenderer, *, unknowns: bool
) -> None:
    found = rules(estate("prod", unknowns=unknowns), INGRESS, "sg-eks-nodes-prod")
    assert [rule for rule in found if rule.peer == "sg-alb-prod"] == [
        Rule("sg-alb-prod", "tcp", 8000, 8000),
        Rule("sg-alb-prod", "tcp", 8069, 8069),
    ]


@pytest.mark.requirement("NET-05")
def test_load_balancer_of_prod_hears_the_world_on_443_alone(
    estate: EstateRenderer, *, unknowns: bool
) -> None:
    graph = estate("prod", unknowns=unknowns)
    assert rules(graph, INGRESS, "sg-alb-prod") == [Rule("0.0.0.0/0", "tcp", 443, 443)]


@pytest.mark.requirement("SEC-07")
@pytest.mark.parametrize("stack", ESTATES)
@pytest.mark.parametrize("role", DATA_PORTS)
def test_data_stores_accept_only_nodes_and_send_nothing(
    estate: EstateRenderer, stack: str, role: str
) -> None:
    graph = estate(stack)
    mail = MAIL_PORTS if role == "endpoints" and stack in SENDS_BY_SES else []
    assert rules(graph, INGRESS, f"sg-{role}-{stack}") == [
        Rule(f"sg-eks-nodes-{stack}", "tcp", port, port) for port in (*DATA_PORTS[role], *mail)
    ]
    assert rules(graph, EGRESS, f"sg-{role}-{stack}") == []


@pytest.mark.requirement("SEC-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_load_balancer_reaches_target_ports_of_nodes_alone(estate: EstateRenderer, stack: str) -> None:
    nodes = f"sg-eks-nodes-{stack}"
    assert rules(estate(stack), EGRESS, f"sg-alb-{stack}") == [
        Rule(nodes, "tcp", 8000, 8000),
        Rule(nodes, "tcp", 8069, 8069),
    ]


def render_network(
    component: ComponentRenderer,
    naming: Naming,
    *,
    partner_cidrs: tuple[str, ...] = (),
    without_endpoint: str | None = None,
) -> ResourceGraph:
    """The network of prod alone, so that only its own rules are there."""
    settings = estate_settings("prod")
    network = settings.network.model_copy(
        update={
            "partner_cidrs": tuple(IPv4Network(cidr) for cidr in partner_cidrs),
            "interface_endpoints": tuple(
                service for service in settings.network.interface_endpoints if service != without_endpoint
            ),
        }
    )

    def program() -> None:
        provider = aws.Provider("aws", aws.ProviderArgs(region=naming.region))
        Network(
            "network",
            settings=network,
            naming=naming,
            logs_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"),
            alarm_topic_arn=naming.arn("sns", "alarms"),
            allowed_cidrs=settings.edge.allowed_cidrs,
            protect=True,
            opts=pulumi.ResourceOptions(providers=[provider]),
        )

    return component(program)


NODE_TO_NODE = [
    Rule("sg-eks-nodes-prod", "tcp", 53, 53),
    Rule("sg-eks-nodes-prod", "tcp", 1025, 65535),
    Rule("sg-eks-nodes-prod", "udp", 53, 53),
]
NODES_TO_SERVICES = [
    Rule(f"sg-{role}-prod", "tcp", port, port) for role, numbers in DATA_PORTS.items() for port in numbers
]
NODES_TO_MAIL = [Rule("sg-endpoints-prod", "tcp", port, port) for port in MAIL_PORTS]


def test_nodes_hear_the_load_balancer_and_one_another(component: ComponentRenderer, naming: Naming) -> None:
    graph = render_network(component, naming)
    assert rules(graph, INGRESS, "sg-eks-nodes-prod") == sorted(
        [*NODE_TO_NODE, Rule("sg-alb-prod", "tcp", 8000, 8000), Rule("sg-alb-prod", "tcp", 8069, 8069)]
    )


@pytest.mark.requirement("NET-06")
def test_nodes_call_out_over_https_alone(component: ComponentRenderer, naming: Naming) -> None:
    graph = render_network(component, naming)
    assert rules(graph, EGRESS, "sg-eks-nodes-prod") == sorted(
        [*NODE_TO_NODE, *NODES_TO_SERVICES, *NODES_TO_MAIL, Rule("0.0.0.0/0", "tcp", 443, 443)]
    )


def test_mail_leaves_only_where_there_is_an_endpoint_for_it(
    component: ComponentRenderer, naming: Naming
) -> None:
    graph = render_network(component, naming, without_endpoint="email-smtp")
    found = {*rules(graph, EGRESS, "sg-eks-nodes-prod"), *rules(graph, INGRESS, "sg-endpoints-prod")}
    assert not [rule for rule in found if rule.first in MAIL_PORTS]


@pytest.mark.requirement("NET-06")
def test_named_partners_are_all_that_nodes_call(component: ComponentRenderer, naming: Naming) -> None:
    graph = render_network(component, naming, partner_cidrs=("198.51.100.0/24", "203.0.113.16/28"))
    assert rules(graph, EGRESS, "sg-eks-nodes-prod") == sorted(
        [
            *NODE_TO_NODE,
            *NODES_TO_SERVICES,
            *NODES_TO_MAIL,
            Rule("198.51.100.0/24", "tcp", 443, 443),
            Rule("203.0.113.16/28", "tcp", 443, 443),
            Rule("s3", "tcp", 443, 443),
        ]
    )


@pytest.mark.parametrize("stack", ESTATES)
def test_groups_have_the_names_of_the_strategy_and_no_inline_rules(
    estate: EstateRenderer, stack: str
) -> None:
    groups = {
        group.inputs["tags"]["Name"]: group
        for group in estate(stack).of_type(GROUP)
        if "fleet:network:Network" in group.urn
    }
    roles = {"alb", "eks-nodes", *DATA_PORTS}
    assert set(groups) == {f"sg-{role}-{stack}" for role in roles}
    for name, group in groups.items():
        assert group.inputs["name"] == name.removeprefix("sg-")
        assert {"ingress", "egress"}.isdisjoint(group.inputs)


@pytest.mark.parametrize("stack", ESTATES)
def test_every_group_and_rule_has_a_description_that_ec2_accepts(estate: EstateRenderer, stack: str) -> None:
    for resource in estate(stack).of_type(GROUP, INGRESS, EGRESS):
        if "fleet:network:Network" in resource.urn:
            assert EC2_TEXT.fullmatch(resource.inputs["description"]), resource.urn


@pytest.mark.parametrize("stack", ESTATES)
def test_rule_lists_are_exclusive(estate: EstateRenderer, stack: str) -> None:
    """Each group has one exclusive list, and it holds exactly the rules that the program declares."""
    graph = estate(stack)
    lists = {
        named(exclusive, "securityGroupId")[0]: exclusive
        for exclusive in graph.of_type(
            "aws:ec2/vpcSecurityGroupRulesExclusive:VpcSecurityGroupRulesExclusive"
        )
    }
    quarantine = ("restored", "restore-validation") if stack in RESTORING else ()
    candidates = ("candidate", "candidate-examiner") if stack in TAKING else ()
    roles = ("alb", "eks-nodes", *DATA_PORTS, *quarantine, *candidates)
    assert set(lists) == {f"sg-{role}-{stack}" for role in roles}
    for group, exclusive in lists.items():
        for token, key in ((INGRESS, "ingressRuleIds"), (EGRESS, "egressRuleIds")):
            declared = {rule.id for rule in graph.of_type(token) if named(rule, "securityGroupId") == [group]}
            assert set(exclusive.inputs[key]) == declared, (group, key)


@pytest.mark.requirement("SEC-07")
@pytest.mark.parametrize("stack", ESTATES)
def test_default_group_is_adopted_and_empty(estate: EstateRenderer, stack: str) -> None:
    default = one(estate(stack), "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert named(default, "vpcId") == ["vpc"]
    assert not default.inputs.get("ingress")
    assert not default.inputs.get("egress")
