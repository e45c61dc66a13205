"""The web ACL, its rules in order, and its log."""

from __future__ import annotations

import json
from typing import Any

import pytest

from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer

from .programs import KEY_ARN, edge_program, only

WEB_ACL = "aws:wafv2/webAcl:WebAcl"
ASSOCIATION = "aws:wafv2/webAclAssociation:WebAclAssociation"
LOGGING = "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
LOG_POLICY = "aws:cloudwatch/logResourcePolicy:LogResourcePolicy"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"

MANAGED = {
    "ip-reputation": "AWSManagedRulesAmazonIpReputationList",
    "common": "AWSManagedRulesCommonRuleSet",
    "known-bad-inputs": "AWSManagedRulesKnownBadInputsRuleSet",
    "sql-injection": "AWSManagedRulesSQLiRuleSet",
}
LABELLED = {
    "large-body": "SizeRestrictions_Body",
    "script-in-body": "CrossSiteScripting_Body",
    "no-user-agent": "NoUserAgent_Header",
}
ORDER = [
    "ip-reputation",
    "refuse-internals",
    "fleet-rate",
    "web-rate",
    "common",
    "known-bad-inputs",
    "sql-injection",
    "large-body",
    "script-in-body",
    "no-user-agent",
]

GROUP_CAPACITY = {
    "AWSManagedRulesAmazonIpReputationList": 25,
    "AWSManagedRulesCommonRuleSet": 700,
    "AWSManagedRulesKnownBadInputsRuleSet": 200,
    "AWSManagedRulesSQLiRuleSet": 200,
}
INCLUDED_CAPACITY = 1500
"""Units of a web ACL that its price includes; AWS WAF developer guide, "Web ACL capacity units"."""


@pytest.fixture(scope="module")
def prod(component: ComponentRenderer) -> ResourceGraph:
    return component(edge_program("prod"))


def rules(graph: ResourceGraph) -> dict[str, dict[str, Any]]:
    return {rule["name"]: rule for rule in only(graph, WEB_ACL).inputs["rules"]}


def capacity(statement: dict[str, Any]) -> int:
    """Capacity units of a statement, by the developer guide; raises KeyError for an unknown kind."""
    ((kind, body),) = statement.items()
    transformed = 10 * len([item for item in body.get("textTransformations", []) if item["type"] != "NONE"])
    match kind:
        case "managedRuleGroupStatement":
            return GROUP_CAPACITY[body["name"]]
        case "rateBasedStatement":
            return 2 + capacity(body["scopeDownStatement"])
        case "notStatement":
            return capacity(body["statement"])
        case "andStatement":
            return sum(capacity(inner) for inner in body["statements"])
        case _:
            own = {"labelMatchStatement": 1, "byteMatchStatement": 2, "regexMatchStatement": 3}
            return own[kind] + transformed


def test_rules_come_in_this_order(prod: ResourceGraph) -> None:
    acl = only(prod, WEB_ACL)
    ordered = sorted(acl.inputs["rules"], key=lambda rule: rule["priority"])
    assert [rule["name"] for rule in ordered] == ORDER
    assert len({rule["priority"] for rule in ordered}) == len(ORDER)
    assert acl.inputs["scope"] == "REGIONAL"
    assert acl.inputs["defaultAction"] == {"allow": {}}


@pytest.mark.requirement("SEC-08")
def test_production_filters_sql_injection_and_scripts_limits_rates_and_logs(estate: EstateRenderer) -> None:
    prod = estate("prod")
    found = rules(prod)
    for name, group in MANAGED.items():
        statement = found[name]["statement"]["managedRuleGroupStatement"]
        assert (statement["vendorName"], statement["name"]) == ("AWS", group)
        assert found[name]["overrideAction"] == {"none": {}}
    assert "ruleActionOverrides" not in found["sql-injection"]["statement"]["managedRuleGroupStatement"]
    for name in ("fleet-rate", "web-rate"):
        assert found[name]["action"] == {"block": {}}
        assert found[name]["statement"]["rateBasedStatement"]["aggregateKeyType"] == "IP"

    acl, balancer = only(prod, WEB_ACL), only(prod, BALANCER)
    association = only(prod, ASSOCIATION)
    assert association.property_dependencies["webAclArn"] == (acl.urn,)
    assert association.property_dependencies["resourceArn"] == (balancer.urn,)
    assert balancer.inputs["enableWafFailOpen"] is False
    logging = only(prod, LOGGING)
    assert logging.property_dependencies["resourceArn"] == (acl.urn,)
    (group,) = logging.property_dependencies["logDestinationConfigs"]
    assert prod.by_urn[group].inputs["name"].startswith("aws-waf-logs-")
    kept = logging.inputs["loggingFilter"]["filters"][0]
    assert {entry["actionCondition"]["action"] for entry in kept["conditions"]} >= {"BLOCK", "COUNT"}


@pytest.mark.requirement("LOAD-02")
def test_a_fleet_gateway_at_peak_is_not_blocked(estate: EstateRenderer) -> None:
    found = rules(estate("prod"))
    fleet = found["fleet-rate"]["statement"]["rateBasedStatement"]
    web = found["web-rate"]["statement"]["rateBasedStatement"]
    assert 2000 * 300 / 30 == 20_000
    assert (fleet["limit"], fleet["evaluationWindowSec"]) == (40_000, 300)
    assert (web["limit"], web["evaluationWindowSec"]) == (2_000, 300)
    host = fleet["scopeDownStatement"]
    assert host["byteMatchStatement"]["searchString"] == "gps.example.com"
    assert host["byteMatchStatement"]["fieldToMatch"] == {"singleHeader": {"name": "host"}}
    # The two rules split all requests between them: none is counted against the smaller limit by mistake.
    assert web["scopeDownStatement"] == {"notStatement": {"statement": host}}


@pytest.mark.parametrize(("stack", "limit"), [("prod", 40_000), ("staging", 60_000), ("testing", 2_000)])
def test_the_limit_follows_the_load(component: ComponentRenderer, stack: str, limit: int) -> None:
    found = rules(component(edge_program(stack), stack=stack))
    assert found["fleet-rate"]["statement"]["rateBasedStatement"]["limit"] == limit


def test_three_common_rules_only_label(prod: ResourceGraph) -> None:
    overrides = rules(prod)["common"]["statement"]["managedRuleGroupStatement"]["ruleActionOverrides"]
    assert {entry["name"]: entry["actionToUse"] for entry in overrides} == {
        "SizeRestrictions_BODY": {"count": {}},
        "CrossSiteScripting_BODY": {"count": {}},
        "NoUserAgent_HEADER": {"count": {}},
    }


@pytest.mark.requirement("SEC-08")
def test_what_only_labels_is_blocked_where_it_has_no_business(prod: ResourceGraph) -> None:
    found = rules(prod)
    excepted: dict[str, list[str]] = {}
    for name, label in LABELLED.items():
        assert found[name]["action"] == {"block": {}}
        assert found[name]["priority"] > found["common"]["priority"]
        first, *rest = found[name]["statement"]["andStatement"]["statements"]
        assert first == {
            "labelMatchStatement": {"scope": "LABEL", "key": f"awswaf:managed:aws:core-rule-set:{label}"}
        }
        excepted[name] = [next(iter(entry["notStatement"]["statement"])) for entry in rest]
    assert excepted == {
        "large-body": ["regexMatchStatement", "byteMatchStatement"],
        "script-in-body": ["regexMatchStatement"],
        "no-user-agent": ["byteMatchStatement"],
    }


def test_count_only_lets_managed_rules_count_but_keeps_refusals_and_rates(
    component: ComponentRenderer,
) -> None:
    firewall = {"count_only": True, "web_requests_per_5_minutes": 2000, "fleet_rate_margin": 2.0}
    graph = component(edge_program("prod", {"edge": {"firewall": {**firewall, "log_retention_days": 90}}}))
    found = rules(graph)
    for name in MANAGED:
        assert found[name]["overrideAction"] == {"count": {}}
    for name in LABELLED:
        assert found[name]["action"] == {"count": {}}
    for name in ("refuse-internals", "fleet-rate", "web-rate"):
        assert set(found[name]["action"]) == {"block"}


def test_internal_paths_answer_404(prod: ResourceGraph) -> None:
    refusal = rules(prod)["refuse-internals"]
    assert refusal["action"] == {"block": {"customResponse": {"responseCode": 404}}}
    statement = refusal["statement"]["regexMatchStatement"]
    assert statement["fieldToMatch"] == {"uriPath": {}}
    assert [entry["type"] for entry in statement["textTransformations"]] == [
        "URL_DECODE",
        "NORMALIZE_PATH",
        "LOWERCASE",
    ]


def test_everything_is_visible(prod: ResourceGraph) -> None:
    acl = only(prod, WEB_ACL)
    configurations = [acl.inputs["visibilityConfig"]]
    configurations += [rule["visibilityConfig"] for rule in acl.inputs["rules"]]
    for configuration in configurations:
        assert configuration["cloudwatchMetricsEnabled"] is True
        assert configuration["sampledRequestsEnabled"] is True
    assert len({configuration["metricName"] for configuration in configurations}) == len(ORDER) + 1


def test_the_rules_cost_nothing_extra(prod: ResourceGraph) -> None:
    used = sum(capacity(rule["statement"]) for rule in only(prod, WEB_ACL).inputs["rules"])
    assert used == 1259
    assert used <= INCLUDED_CAPACITY


def test_the_log_is_kept_encrypted_and_free_of_secrets(prod: ResourceGraph) -> None:
    group = only(prod, LOG_GROUP)
    assert group.inputs["name"] == "aws-waf-logs-fleet-erp-prod"
    assert group.inputs["retentionInDays"] == 90
    assert group.inputs["kmsKeyId"] == KEY_ARN
    logging = only(prod, LOGGING)
    headers = {"authorization", "cookie", "x-api-key"}
    assert {entry["singleHeader"]["name"] for entry in logging.inputs["redactedFields"]} == headers
    (protection,) = only(prod, WEB_ACL).inputs["dataProtectionConfig"]["dataProtections"]
    assert set(protection["field"]["fieldKeys"]) == headers


def test_only_log_delivery_for_this_account_writes_to_the_log(prod: ResourceGraph) -> None:
    policy = only(prod, LOG_POLICY)
    (statement,) = json.loads(policy.inputs["policyDocument"])["Statement"]
    assert statement["Principal"] == {"Service": "delivery.logs.amazonaws.com"}
    assert statement["Resource"] == (
        "arn:aws:logs:ap-south-1:111122223333:log-group:aws-waf-logs-fleet-erp-prod:*"
    )
    assert statement["Condition"]["StringEquals"] == {"aws:SourceAccount": "111122223333"}
    assert policy.urn in only(prod, LOGGING).dependencies
