"""Load balancer, listener, target groups, certificate and names, as registered."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from infra.edge.certificate import validation_option
from preview.graph import Resource, ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer

from .programs import LOG_BUCKET, SECURITY_GROUP_ID, SUBNET_IDS, TOPIC_ARN, VPC_ID, edge_program, named, only

BALANCER = "aws:lb/loadBalancer:LoadBalancer"
LISTENER = "aws:lb/listener:Listener"
RULE = "aws:lb/listenerRule:ListenerRule"
TARGET_GROUP = "aws:lb/targetGroup:TargetGroup"
CERTIFICATE = "aws:acm/certificate:Certificate"
VALIDATION = "aws:acm/certificateValidation:CertificateValidation"
RECORD = "aws:route53/record:Record"
HEALTH_CHECK = "aws:route53/healthCheck:HealthCheck"
ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
INGRESS = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

ESTATES = ("prod", "staging", "testing", "dr")
MODERN_TLS = {
    "ELBSecurityPolicy-TLS13-1-2-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-2021-06",
    "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
}
"""Policies that speak TLS 1.2 and 1.3 only."""


@pytest.fixture(scope="module")
def prod(component: ComponentRenderer) -> ResourceGraph:
    return component(edge_program("prod"))


def summary(rule: Resource) -> tuple[int, tuple[str, ...], tuple[str, ...], str]:
    """Priority, hosts, paths and answer of a listener rule; a target group is its URN's last part."""
    hosts: list[str] = []
    paths: list[str] = []
    for condition in rule.inputs["conditions"]:
        hosts += condition.get("hostHeader", {}).get("values", [])
        paths += condition.get("pathPattern", {}).get("values", [])
    (action,) = rule.inputs["actions"]
    if action["type"] == "forward":
        (target,) = rule.property_dependencies["actions"]
        what = target.rsplit("::", 1)[-1]
    else:
        what = action["fixedResponse"]["statusCode"]
    return int(rule.inputs["priority"]), tuple(hosts), tuple(paths), what


REFUSALS = [
    (10, (), ("/web/database", "/web/database/*"), "404"),
    (20, (), ("/xmlrpc", "/xmlrpc/*", "/jsonrpc", "/jsonrpc/*"), "404"),
    (30, (), ("/metrics", "/metrics/*"), "404"),
]


def test_prod_has_exactly_these_rules(prod: ResourceGraph) -> None:
    assert sorted(summary(rule) for rule in prod.of_type(RULE)) == [
        *REFUSALS,
        (100, (), ("/web/health",), "target-group-odoo"),
        (200, ("erp.example.com",), (), "target-group-odoo"),
        (210, ("gps.example.com",), (), "target-group-gps"),
    ]


def test_a_waiting_standby_answers_503(component: ComponentRenderer) -> None:
    graph = component(edge_program("dr"), stack="dr", region="ap-southeast-1")
    assert sorted(summary(rule) for rule in graph.of_type(RULE)) == [
        *REFUSALS,
        (100, (), ("/web/health",), "503"),
        (200, ("erp.example.com",), (), "503"),
        (210, ("gps.example.com",), (), "503"),
    ]


def test_without_a_health_check_there_is_no_rule_for_it(component: ComponentRenderer) -> None:
    graph = component(edge_program("staging"), stack="staging")
    assert set(named(graph, RULE)) == {
        "rule-refuse-database-manager",
        "rule-refuse-remote-procedures",
        "rule-refuse-metrics",
        "rule-web",
        "rule-gps",
    }
    assert list(graph.of_type(HEALTH_CHECK)) == []


def test_the_balancer_faces_the_internet_and_is_strict(prod: ResourceGraph) -> None:
    balancer = only(prod, BALANCER)
    expected = {
        "name": "fleet-erp-prod",
        "loadBalancerType": "application",
        "internal": False,
        "subnets": list(SUBNET_IDS),
        "securityGroups": [SECURITY_GROUP_ID],
        "dropInvalidHeaderFields": True,
        "desyncMitigationMode": "defensive",
        "enableDeletionProtection": True,
        "enableWafFailOpen": False,
        "enableHttp2": True,
        "xffHeaderProcessingMode": "append",
        "idleTimeout": 300,
        "accessLogs": {"bucket": LOG_BUCKET, "prefix": "alb-access", "enabled": True},
        "connectionLogs": {"bucket": LOG_BUCKET, "prefix": "alb-connections", "enabled": True},
    }
    assert {key: balancer.inputs.get(key) for key in expected} == expected


def test_the_listener_answers_404_itself(prod: ResourceGraph) -> None:
    listener = only(prod, LISTENER)
    (action,) = listener.inputs["defaultActions"]
    assert action["type"] == "fixed-response"
    assert action["fixedResponse"]["statusCode"] == "404"
    assert listener.inputs["routingHttpResponseStrictTransportSecurityHeaderValue"] == "max-age=31536000"
    assert listener.inputs["routingHttpResponseServerEnabled"] is False


def test_target_groups(prod: ResourceGraph) -> None:
    groups = named(prod, TARGET_GROUP)
    assert {
        name: (group.inputs["port"], group.inputs["healthCheck"]["path"]) for name, group in groups.items()
    } == {"target-group-odoo": (8069, "/web/health"), "target-group-gps": (8000, "/health")}
    for group in groups.values():
        assert group.inputs["targetType"] == "ip"
        assert group.inputs["vpcId"] == VPC_ID
        assert group.inputs["deregistrationDelay"] == 30
        assert group.inputs["healthCheck"]["matcher"] == "200"
        assert "stickiness" not in group.inputs


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_listener_speaks_tls_1_2_or_newer(estate: EstateRenderer, stack: str) -> None:
    listeners = list(estate(stack).of_type(LISTENER, "aws:alb/listener:Listener"))
    assert len(listeners) == 1
    for listener in listeners:
        assert listener.inputs["protocol"] == "HTTPS"
        assert listener.inputs["sslPolicy"] in MODERN_TLS
        assert listener.property_dependencies["certificateArn"]


@pytest.mark.requirement("NET-05")
def test_the_internet_reaches_443_of_the_balancer_and_nothing_else(estate: EstateRenderer) -> None:
    prod = estate("prod")
    balancer = only(prod, BALANCER)
    (group,) = balancer.property_dependencies["securityGroups"]
    assert group.endswith("::sg-alb-prod")
    rules = [
        rule for rule in prod.of_type(INGRESS) if rule.property_dependencies["securityGroupId"] == (group,)
    ]
    assert [
        (
            rule.inputs["ipProtocol"],
            rule.inputs["fromPort"],
            rule.inputs["toPort"],
            rule.inputs.get("cidrIpv4"),
            rule.inputs.get("cidrIpv6"),
        )
        for rule in rules
    ] == [("tcp", 443, 443, "0.0.0.0/0", None)]
    assert [
        (listener.inputs["port"], listener.inputs["protocol"]) for listener in prod.of_type(LISTENER)
    ] == [(443, "HTTPS")]


@pytest.mark.requirement("SEC-04")
@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_the_certificate_is_proven_by_dns_and_watched(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    certificate = only(graph, CERTIFICATE)
    hosts = [certificate.inputs["domainName"], *certificate.inputs["subjectAlternativeNames"]]
    assert certificate.inputs["validationMethod"] == "DNS"
    assert "privateKey" not in certificate.inputs
    assert len(set(hosts)) == 2
    assert not any(host.startswith("*") for host in hosts)

    # ACM renews while these records stay: one for each name.
    records = [record for record in graph.of_type(RECORD) if record.name.startswith("validation-")]
    assert len(records) == len(hosts)
    for record in records:
        assert record.inputs["type"] == "CNAME"
        assert record.property_dependencies["records"] == (certificate.urn,)
    validation = only(graph, VALIDATION)
    assert set(validation.property_dependencies["validationRecordFqdns"]) >= {
        record.urn for record in records
    }
    (used,) = only(graph, LISTENER).property_dependencies["certificateArn"]
    assert used == validation.urn

    alarm = named(graph, ALARM)["certificate-expiry"]
    assert alarm.inputs["metricName"] == "DaysToExpiry"
    assert alarm.inputs["namespace"] == "AWS/CertificateManager"
    assert alarm.inputs["comparisonOperator"] == "LessThanThreshold"
    assert alarm.inputs["threshold"] == 30
    assert alarm.property_dependencies["dimensions"]
    assert len(alarm.inputs["alarmActions"]) == 1
    assert alarm.inputs.get("actionsEnabled", True)


def test_the_expiry_alarm_goes_to_the_topic(prod: ResourceGraph) -> None:
    alarm = only(prod, ALARM)
    assert alarm.inputs["alarmActions"] == [TOPIC_ARN]
    assert alarm.inputs["treatMissingData"] == "ignore"


@pytest.mark.parametrize(("stack", "kept"), [("prod", True), ("dr", True), ("staging", False)])
def test_regions_that_share_a_zone_do_not_take_each_others_proof(
    component: ComponentRenderer, stack: str, *, kept: bool
) -> None:
    graph = component(edge_program(stack), stack=stack)
    records = [record for record in graph.of_type(RECORD) if record.name.startswith("validation-")]
    assert len(records) == 2
    for record in records:
        assert record.inputs["allowOverwrite"] is True
        assert record.retain_on_delete is kept


def test_options_are_found_by_name_in_any_order() -> None:
    options: Any = [
        SimpleNamespace(domain_name="gps.example.com"),
        SimpleNamespace(domain_name="erp.example.com"),
    ]
    assert validation_option(options, "erp.example.com") is options[1]
    with pytest.raises(LookupError, match=r"www\.example\.com"):
        validation_option(options, "www.example.com")


def aliases(graph: ResourceGraph) -> dict[str, dict[str, Any]]:
    return {
        record.inputs["name"]: record.inputs for record in graph.of_type(RECORD) if "aliases" in record.inputs
    }


@pytest.mark.parametrize("switch", [None, "01234567-89ab-4cde-8f01-23456789abcd"])
def test_prod_is_the_primary_of_both_names(component: ComponentRenderer, switch: str | None) -> None:
    """It asks the switch of its standby too, as soon as there is one."""
    graph = component(edge_program("prod", {"recovery": {"peer_switch_id": switch}}))
    records = aliases(graph)
    assert set(records) == {"erp.example.com", "gps.example.com"}
    for name, record in records.items():
        assert record["failoverRoutingPolicies"] == [{"type": "PRIMARY"}], name
        assert record["setIdentifier"] == "prod"
        assert record["aliases"][0]["evaluateTargetHealth"] is True
    checks = named(graph, HEALTH_CHECK)
    asked = checks["health-check" if switch is None else "may-serve"]
    for label in ("record-web", "record-gps"):
        assert named(graph, RECORD)[label].property_dependencies["healthCheckId"] == (asked.urn,)
    if switch is not None:
        assert asked.inputs["type"] == "CALCULATED"
        assert asked.inputs["childHealthThreshold"] == 2
        assert asked.inputs["childHealthchecks"] == [checks["health-check"].id, switch]


def test_the_health_check_asks_this_regions_balancer(prod: ResourceGraph) -> None:
    check = named(prod, HEALTH_CHECK)["health-check"]
    assert check.property_dependencies["fqdn"] == (only(prod, BALANCER).urn,)
    assert (check.inputs["type"], check.inputs["port"], check.inputs["resourcePath"]) == (
        "HTTPS",
        443,
        "/web/health",
    )
    assert check.inputs["enableSni"] is True


def healthy(check: Resource) -> bool:
    """What Route 53 makes of a check that it does not make: healthy, unless it is inverted."""
    assert check.inputs["disabled"] is True
    return check.inputs["invertHealthcheck"] is False


@pytest.mark.parametrize(
    ("recovery", "leads"),
    [
        ({}, False),
        ({"active": True}, True),
        ({"active": True, "handover": "closed"}, True),
        ({"active": True, "handover": "released"}, False),
    ],
)
def test_names_lead_to_the_standby_when_it_says_so(
    component: ComponentRenderer, recovery: dict[str, Any], *, leads: bool
) -> None:
    """Its record is there always and counts only then; its home's counts only otherwise."""
    graph = component(edge_program("dr", {"recovery": recovery}), stack="dr")
    records = aliases(graph)
    assert set(records) == {"erp.example.com", "gps.example.com"}
    checks = named(graph, HEALTH_CHECK)
    for label in ("record-web", "record-gps"):
        asked = named(graph, RECORD)[label].property_dependencies["healthCheckId"]
        assert asked == (checks["standby-may-serve"].urn,)
    for record in records.values():
        assert record["failoverRoutingPolicies"] == [{"type": "SECONDARY"}]
        assert record["setIdentifier"] == "dr"
        assert record["aliases"][0]["evaluateTargetHealth"] is False
    assert healthy(checks["standby-may-serve"]) is leads
    assert healthy(checks["home-may-serve"]) is not leads


def test_a_home_that_follows_its_standby_has_no_names(component: ComponentRenderer) -> None:
    """Two records of one kind for a name are refused, and the names are the other region's."""
    following = {"recovery": {"role": "standby"}, "database": {"made_as": "replica"}}
    graph = component(edge_program("prod", following))
    assert aliases(graph) == {}
    assert list(graph.of_type(HEALTH_CHECK)) == []


@pytest.mark.parametrize(
    ("stack", "recovery", "answers"),
    [
        ("dr", {}, False),
        ("dr", {"active": True}, True),
        ("dr", {"active": True, "handover": "closed"}, False),
        ("dr", {"active": True, "handover": "released"}, False),
        ("prod", {}, True),
        ("prod", {"handover": "closed"}, False),
    ],
)
def test_who_hands_over_answers_503(
    component: ComponentRenderer, stack: str, recovery: dict[str, Any], *, answers: bool
) -> None:
    graph = component(edge_program(stack, {"recovery": recovery}), stack=stack)
    for label in ("rule-web", "rule-gps"):
        (action,) = named(graph, RULE)[label].inputs["actions"]
        assert ("targetGroupArn" in action) is answers
        assert answers or action["fixedResponse"]["statusCode"] == "503"


def test_staging_has_simple_records(component: ComponentRenderer) -> None:
    records = aliases(component(edge_program("staging"), stack="staging"))
    assert set(records) == {"erp.staging.example.com", "gps.staging.example.com"}
    for record in records.values():
        assert "failoverRoutingPolicies" not in record
        assert "setIdentifier" not in record


@pytest.mark.parametrize("stack", ESTATES)
def test_the_first_preview_shows_every_resource(component: ComponentRenderer, stack: str) -> None:
    known = component(edge_program(stack), stack=stack)
    unknown = component(edge_program(stack), stack=stack, unknowns=True)
    assert {resource.urn for resource in known.resources} == {resource.urn for resource in unknown.resources}
