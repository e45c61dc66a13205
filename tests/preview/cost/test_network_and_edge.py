"""Network, load balancer, WAF and DNS. Mumbai, November 2026, 730 h."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest

from preview.graph import UNKNOWN
from tests.preview.cost.build import (
    MUMBAI,
    PRICES,
    SINGAPORE,
    amounts,
    price,
    provider,
    reasons,
    resource,
    the_line,
    the_unpriced,
)

NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def test_nat_gateways_share_the_assumed_traffic() -> None:
    found = price(resource(NAT, name="a"), resource(NAT, name="b"))
    assert [line.usd_per_month for line in found.lines if line.what == "NAT gateway"] == [
        Decimal("40.880")
    ] * 2
    # 100 GB over two gateways: 50 x 0.056 each
    traffic = [line for line in found.lines if line.what == "NAT traffic"]
    assert [(line.usd_per_month, line.assumed) for line in traffic] == [(Decimal("2.800"), True)] * 2


def test_a_regional_nat_gateway_is_unpriced() -> None:
    found = price(resource(NAT, {"availabilityMode": "regional"}))
    assert "regional NAT gateway" in reasons(found)["gateway hours"]


def test_an_address_costs_the_same_wherever_it_is() -> None:
    # 730 x 0.005
    assert amounts(price(resource("aws:ec2/eip:Eip", {"domain": "vpc"}))) == {"public IPv4": Decimal("3.650")}


def test_an_interface_endpoint_costs_each_zone() -> None:
    endpoint = resource(ENDPOINT, {"vpcEndpointType": "Interface", "subnetIds": [UNKNOWN, UNKNOWN]})
    found = price(endpoint)
    # 2 x 730 x 0.013; the number of unknown subnets is known
    assert amounts(found) == {"interface endpoint in 2 zone(s)": Decimal("18.980")}
    assert "interface endpoint data processed" in reasons(found)["traffic"]


def test_endpoints_share_the_assumed_traffic_where_it_has_a_price() -> None:
    endpoints = [
        resource(ENDPOINT, {"vpcEndpointType": "Interface", "subnetIds": ["a"]}, name=name) for name in "abc"
    ]
    gateway = resource(ENDPOINT, {"vpcEndpointType": "Gateway"}, name="s3")
    found = price(*endpoints, gateway, of=provider(region=SINGAPORE))
    # 150 GB over three endpoints: 50 x 0.01 each
    assert [line.usd_per_month for line in found.lines if line.what == "endpoint traffic"] == [
        Decimal("0.50")
    ] * 3


def test_a_gateway_endpoint_is_free_and_counted() -> None:
    found = price(resource(ENDPOINT, {"routeTableIds": ["rtb-1"]}))
    assert (found.lines, found.unpriced, found.free[ENDPOINT]) == ((), (), 1)


@pytest.mark.parametrize(
    ("inputs", "why"),
    [
        (
            {"vpcEndpointType": "Interface", "subnetIds": UNKNOWN},
            "value unknown before deployment: subnetIds",
        ),
        ({"vpcEndpointType": "Interface"}, "the endpoint declares no subnets"),
        ({"vpcEndpointType": "GatewayLoadBalancer"}, "no price for an endpoint of type GatewayLoadBalancer"),
        ({"vpcEndpointType": UNKNOWN}, "value unknown before deployment: vpcEndpointType"),
    ],
)
def test_an_endpoint_without_figures_is_unpriced(inputs: dict[str, Any], why: str) -> None:
    found = price(resource(ENDPOINT, inputs))
    assert reasons(found)["endpoint hours"].startswith(why)
    assert found.lines == ()


def test_traffic_between_zones_is_unpriced() -> None:
    assert "between zones" in reasons(price(resource("aws:ec2/vpc:Vpc")))["traffic between zones"]


@pytest.mark.parametrize("token", [BALANCER, "aws:alb/loadBalancer:LoadBalancer"])
def test_a_public_load_balancer(token: str) -> None:
    found = price(resource(token, {"loadBalancerType": "application", "subnets": ["a", "b"]}))
    assert amounts(found) == {
        "application load balancer": Decimal("17.4470"),  # 730 x 0.0239
        "capacity units (LCU)": Decimal("11.680"),  # assumed 2 x 730 x 0.008
        "public IPv4 in 2 zone(s)": Decimal("7.300"),  # 2 x 730 x 0.005
        "traffic to the internet": Decimal("9.8370"),  # assumed 90 GB x 0.1093
    }
    assert {line.what for line in found.lines if line.assumed} == {
        "capacity units (LCU)",
        "traffic to the internet",
    }


def test_an_internal_load_balancer_has_no_addresses() -> None:
    found = price(resource(BALANCER, {"internal": True, "subnets": ["a", "b"]}))
    assert set(amounts(found)) == {"application load balancer", "capacity units (LCU)"}


def test_elastic_addresses_of_a_load_balancer_are_priced_once() -> None:
    mappings = [
        {"subnetId": "a", "allocationId": "eipalloc-1"},
        {"subnetId": "b", "allocationId": "eipalloc-2"},
    ]
    found = price(
        resource(BALANCER, {"subnetMappings": mappings}, name="alb"),
        resource("aws:ec2/eip:Eip", name="1"),
        resource("aws:ec2/eip:Eip", name="2"),
    )
    addresses = [line.usd_per_month for line in found.lines if "IPv4" in line.what]
    assert addresses == [Decimal("3.65")] * 2


def test_a_load_balancer_with_unknown_subnets_or_of_another_type() -> None:
    unknown = price(resource(BALANCER, {"subnets": UNKNOWN}))
    assert reasons(unknown)["public addresses"] == "value unknown before deployment: subnets"
    network = price(resource(BALANCER, {"loadBalancerType": "network", "internal": True, "subnets": ["a"]}))
    assert set(reasons(network)) == {
        "capacity units",
        "load balancer hours",
    }  # NLB is not in the frozen table
    gateway = price(resource(BALANCER, {"loadBalancerType": "gateway", "internal": True, "subnets": ["a"]}))
    assert "of type gateway" in reasons(gateway)["load balancer hours"]


def test_a_row_taken_from_the_table_turns_the_load_balancer_unpriced() -> None:
    less = PRICES.without("ALB", "load balancer", MUMBAI)
    found = price(resource(BALANCER, {"subnets": ["a", "b"]}), prices=less)
    assert reasons(found) == {"load balancer hours": "no price for ALB load balancer in ap-south-1"}


RULES: list[dict[str, Any]] = [
    {
        "name": "common",
        "statement": {
            "managedRuleGroupStatement": {"name": "AWSManagedRulesCommonRuleSet", "vendorName": "AWS"}
        },
    },
    {
        "name": "sqli",
        "statement": {
            "managedRuleGroupStatement": {"name": "AWSManagedRulesSQLiRuleSet", "vendorName": "AWS"}
        },
    },
    {"name": "rate", "statement": {"rateBasedStatement": {"limit": 20000}}},
]


def test_a_web_acl_with_its_rules_and_requests() -> None:
    found = price(resource("aws:wafv2/webAcl:WebAcl", {"scope": "REGIONAL", "rules": RULES}))
    assert amounts(found) == {
        "web ACL": Decimal("5.00"),
        "3 rules and managed groups": Decimal("3.00"),
        "inspected requests": Decimal("30.00"),  # assumed 50 million x 0.60
    }
    assert found.unpriced == ()


def test_rules_given_as_json_count_too_and_groups_with_a_fee_are_named() -> None:
    bots = {
        "Name": "bots",
        "Statement": {
            "ManagedRuleGroupStatement": {"Name": "AWSManagedRulesBotControlRuleSet", "VendorName": "AWS"}
        },
    }
    bought = {
        "Name": "bought",
        "Statement": {"ManagedRuleGroupStatement": {"Name": "TheirRules", "VendorName": "Someone"}},
    }
    acl = resource("aws:wafv2/webAcl:WebAcl", {"ruleJson": json.dumps([bots, bought])})
    found = price(acl, resource("aws:wafv2/webAclRule:WebAclRule", name="apart"))
    assert amounts(found)["2 rules and managed groups"] == Decimal("2.00")
    assert amounts(found)["rule"] == Decimal("1.00")
    assert set(reasons(found)) == {"AWSManagedRulesBotControlRuleSet", "TheirRules"}


@pytest.mark.parametrize(
    ("inputs", "parts"),
    [
        ({"scope": "CLOUDFRONT", "rules": RULES}, {"web ACL", "rules", "requests"}),
        ({"rules": UNKNOWN}, {"rules"}),
        ({"ruleJson": "{"}, {"rules"}),
        ({"ruleJson": "{}"}, {"rules"}),
    ],
)
def test_a_web_acl_without_figures_is_unpriced(inputs: dict[str, Any], parts: set[str]) -> None:
    assert set(reasons(price(resource("aws:wafv2/webAcl:WebAcl", inputs)))) == parts


def test_zone_and_health_check_need_no_region() -> None:
    zone = resource("aws:route53/zone:Zone", {"name": "example.com"}, name="zone", provider=None)
    check = resource("aws:route53/healthCheck:HealthCheck", {"type": "HTTPS"}, name="check", provider=None)
    found = price(zone, check)
    assert amounts(found) == {
        "hosted zone": Decimal("0.50"),
        "queries": Decimal("2.00"),  # assumed 5 million x 0.40
        "health check": Decimal("1.00"),
    }
    assert the_line(found, "health check").confidence == "low"


def test_a_private_zone_and_options_of_a_health_check() -> None:
    zone = resource("aws:route53/zone:Zone", {"vpcs": [{"vpcId": "vpc-1"}]}, name="zone")
    check = resource("aws:route53/healthCheck:HealthCheck", {"requestInterval": 10}, name="check")
    found = price(zone, check)
    assert set(amounts(found)) == {"hosted zone", "health check"}
    assert "fast interval" in the_unpriced(found, "options").why
