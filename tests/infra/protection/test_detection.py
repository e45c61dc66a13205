"""What notices intrusion: on where it must be, once for each account and region, heard by people."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

import pytest

from infra.protection.recorder import managed_rules
from infra.protection.security_hub import EXCEPTIONS
from preview.graph import Resource, ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import ESTATES, estate_settings

DETECTOR: Final = "aws:guardduty/detector:Detector"
FEATURE: Final = "aws:guardduty/detectorFeature:DetectorFeature"
RULE: Final = "aws:cloudwatch/eventRule:EventRule"
TARGET: Final = "aws:cloudwatch/eventTarget:EventTarget"
TOPIC: Final = "aws:sns/topic:Topic"
SUBSCRIPTION: Final = "aws:sns/topicSubscription:TopicSubscription"
RECORDER: Final = "aws:cfg/recorder:Recorder"
STATE: Final = "aws:cfg/recorderStatus:RecorderStatus"
CHANNEL: Final = "aws:cfg/deliveryChannel:DeliveryChannel"
HUB: Final = "aws:securityhub/account:Account"
STANDARD: Final = "aws:securityhub/standardsSubscription:StandardsSubscription"
CONTROL: Final = "aws:securityhub/standardsControlAssociation:StandardsControlAssociation"
SCANNER: Final = "aws:inspector2/enabler:Enabler"
REGISTRY: Final = "aws:ecr/registryScanningConfiguration:RegistryScanningConfiguration"
ANALYZER: Final = "aws:accessanalyzer/analyzer:Analyzer"
ARCHIVE_RULE: Final = "aws:accessanalyzer/archiveRule:ArchiveRule"
TRAIL: Final = "aws:cloudtrail/trail:Trail"

REGIONAL: Final = (DETECTOR, RECORDER, STATE, CHANNEL, HUB, SCANNER, REGISTRY, ANALYZER)
PRODUCTION: Final = ("prod", "dr")
WITH_TRAIL: Final = ("prod", "staging")
ALL_FEATURES: Final = {
    "S3_DATA_EVENTS",
    "EKS_AUDIT_LOGS",
    "RUNTIME_MONITORING",
    "EBS_MALWARE_PROTECTION",
    "RDS_LOGIN_EVENTS",
    "LAMBDA_NETWORK_LOGS",
}
ON: Final = {
    "prod": ALL_FEATURES,
    "dr": ALL_FEATURES,
    "staging": ALL_FEATURES - {"RUNTIME_MONITORING"},
    "testing": set[str](),
}
SCANNED: Final = {"prod": {"ECR", "EC2", "LAMBDA"}, "dr": {"ECR", "EC2", "LAMBDA"}, "staging": {"ECR"}}
STANDARDS: Final = {
    "prod": {
        "arn:aws:securityhub:ap-south-1::standards/aws-foundational-security-best-practices/v/1.0.0",
        "arn:aws:securityhub:ap-south-1::standards/cis-aws-foundations-benchmark/v/3.0.0",
    },
    "dr": {"arn:aws:securityhub:ap-southeast-1::standards/aws-foundational-security-best-practices/v/1.0.0"},
}
FINDINGS: Final = {
    "aws.guardduty": {DETECTOR},
    "aws.inspector2": {SCANNER},
    "aws.securityhub": {HUB},
    "aws.config": {RECORDER},
    "aws.access-analyzer": {ANALYZER},
}
"""Source of findings → what must be there for them to come."""


def every(graph: ResourceGraph, *tokens: str) -> list[Resource]:
    """The resources of these types."""
    return list(graph.of_type(*tokens))


def only(graph: ResourceGraph, token: str) -> Resource:
    """The one resource of a type."""
    (found,) = graph.of_type(token)
    return found


def listeners(graph: ResourceGraph, source: str) -> Iterator[str]:
    """E-mail addresses that findings of a source reach: rule, target, topic, subscription, by reference."""
    for rule in every(graph, RULE):
        pattern = json.loads(rule.inputs["eventPattern"])
        if source not in pattern["source"] or rule.inputs.get("state", "ENABLED") != "ENABLED":
            continue
        for target in every(graph, TARGET):
            if rule.urn not in target.property_dependencies.get("rule", ()):
                continue
            for subscription in every(graph, SUBSCRIPTION):
                topics = set(subscription.property_dependencies.get("topic", ()))
                if topics & set(target.property_dependencies.get("arn", ())):
                    yield subscription.inputs["endpoint"]


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("stack", PRODUCTION)
def test_guardduty_looks_at_everything_in_production(estate: EstateRenderer, stack: str) -> None:
    detector = only(estate(stack), DETECTOR)
    assert detector.inputs["enable"] is True
    assert detector.inputs["findingPublishingFrequency"] == "FIFTEEN_MINUTES"


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("stack", ESTATES)
def test_every_protection_of_guardduty_is_on_or_off_as_the_stack_says(
    estate: EstateRenderer, stack: str
) -> None:
    graph = estate(stack)
    detector = only(graph, DETECTOR)
    features = every(graph, FEATURE)
    assert {feature.inputs["name"] for feature in features} == ALL_FEATURES
    for feature in features:
        assert feature.property_dependencies["detectorId"] == (detector.urn,)
    on = {feature.inputs["name"] for feature in features if feature.inputs["status"] == "ENABLED"}
    assert on == ON[stack]
    assert {feature.inputs["status"] for feature in features} <= {"ENABLED", "DISABLED"}


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("stack", ESTATES)
def test_the_agent_comes_to_the_nodes_of_production_only(estate: EstateRenderer, stack: str) -> None:
    (runtime,) = [
        feature for feature in every(estate(stack), FEATURE) if feature.inputs["name"] == "RUNTIME_MONITORING"
    ]
    agents = {entry["name"]: entry["status"] for entry in runtime.inputs["additionalConfigurations"]}
    assert agents == {
        "EKS_ADDON_MANAGEMENT": "ENABLED" if stack in PRODUCTION else "DISABLED",
        "EC2_AGENT_MANAGEMENT": "DISABLED",
        "ECS_FARGATE_AGENT_MANAGEMENT": "DISABLED",
    }


@pytest.mark.requirement("SEC-10")
@pytest.mark.parametrize("source", FINDINGS)
@pytest.mark.parametrize("stack", PRODUCTION)
def test_findings_reach_a_person(estate: EstateRenderer, stack: str, source: str) -> None:
    graph = estate(stack)
    for token in FINDINGS[source]:
        assert every(graph, token)
    assert set(listeners(graph, source)) == set(estate_settings(stack).environment.alarm_emails)


@pytest.mark.parametrize("stack", ESTATES)
def test_nothing_is_found_that_nobody_hears(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    for source, tokens in FINDINGS.items():
        if any(every(graph, token) for token in tokens):
            assert list(listeners(graph, source))


@pytest.mark.parametrize("token", REGIONAL)
def test_an_account_and_region_has_one_owner(estate: EstateRenderer, token: str) -> None:
    owners: dict[tuple[str, str], list[str]] = {}
    for stack in ESTATES:
        environment = estate_settings(stack).environment
        for _ in every(estate(stack), token):
            owners.setdefault((environment.account_id, environment.region), []).append(stack)
    assert owners
    assert [found for found in owners.values() if len(found) > 1] == []


def test_an_account_has_one_trail(estate: EstateRenderer) -> None:
    owners = [
        estate_settings(stack).environment.account_id
        for stack in ESTATES
        for _ in every(estate(stack), TRAIL)
    ]
    assert sorted(owners) == sorted({estate_settings(stack).environment.account_id for stack in WITH_TRAIL})
    assert len(owners) == len(set(owners))


@pytest.mark.parametrize("stack", ESTATES)
def test_images_are_scanned_again_and_again_where_inspector_is(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    scanners = every(graph, SCANNER)
    assert {kind for scanner in scanners for kind in scanner.inputs["resourceTypes"]} == SCANNED.get(
        stack, set()
    )
    registries = every(graph, REGISTRY)
    assert len(registries) == len(scanners)
    for registry, scanner in zip(registries, scanners, strict=True):
        assert scanner.inputs["accountIds"] == [estate_settings(stack).environment.account_id]
        assert registry.inputs["scanType"] == "ENHANCED"
        assert registry.inputs["rules"] == [
            {
                "scanFrequency": "CONTINUOUS_SCAN",
                "repositoryFilters": [{"filter": "*", "filterType": "WILDCARD"}],
            }
        ]
        assert scanner.urn in registry.dependencies


@pytest.mark.parametrize("stack", ESTATES)
def test_the_recorder_runs_where_it_is_and_records_iam_once(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    if stack not in PRODUCTION:
        assert every(graph, RECORDER, STATE, CHANNEL, HUB) == []
        return
    recorder, channel, state = only(graph, RECORDER), only(graph, CHANNEL), only(graph, STATE)
    assert recorder.inputs["recordingGroup"] == {
        "allSupported": True,
        "includeGlobalResourceTypes": stack == "prod",
    }
    account = estate_settings(stack).environment.account_id
    assert recorder.inputs["roleArn"] == (
        f"arn:aws:iam::{account}:role/aws-service-role/config.amazonaws.com/AWSServiceRoleForConfig"
    )
    # AWS refuses a channel before its recorder, and starting before the channel.
    assert recorder.urn in channel.dependencies
    assert channel.urn in state.dependencies
    assert state.property_dependencies["name"] == (recorder.urn,)
    assert state.inputs["isEnabled"] is True
    for rule in every(graph, "aws:cfg/rule:Rule"):
        assert state.urn in rule.dependencies


@pytest.mark.parametrize("stack", PRODUCTION)
def test_rules_of_config_are_those_that_were_chosen(estate: EstateRenderer, stack: str) -> None:
    kubernetes = estate_settings(stack).versions.kubernetes
    wanted = {
        f"fleet-erp-{stack}-{name}": (rule.identifier, dict(rule.parameters))
        for name, rule in managed_rules(oldest_kubernetes=kubernetes).items()
    }
    assert {
        rule.inputs["name"]: (
            rule.inputs["source"]["sourceIdentifier"],
            json.loads(rule.inputs.get("inputParameters", "{}")),
        )
        for rule in every(estate(stack), "aws:cfg/rule:Rule")
    } == wanted
    assert wanted[f"fleet-erp-{stack}-eks-supported-version"][1] == {"oldestVersionSupported": kubernetes}


@pytest.mark.parametrize("stack", PRODUCTION)
def test_security_hub_holds_the_account_against_standards(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    hub = only(graph, HUB)
    assert hub.inputs["enableDefaultStandards"] is False
    assert hub.inputs["controlFindingGenerator"] == "SECURITY_CONTROL"
    assert only(graph, STATE).urn in hub.dependencies
    subscriptions = every(graph, STANDARD)
    assert {found.inputs["standardsArn"] for found in subscriptions} == STANDARDS[stack]
    assert all(hub.urn in found.dependencies for found in subscriptions)


@pytest.mark.parametrize("stack", PRODUCTION)
def test_every_exception_says_why_in_a_standard_that_is_on(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    subscribed = {found.inputs["standardsArn"]: found.urn for found in every(graph, STANDARD)}
    controls = every(graph, CONTROL)
    assert controls
    for control in controls:
        assert control.inputs["associationStatus"] == "DISABLED"
        assert len(control.inputs["updatedReason"]) >= 20
        assert subscribed[control.inputs["standardsArn"]] in control.dependencies
    declared = {exception.control for exception in EXCEPTIONS}
    assert {control.inputs["securityControlId"] for control in controls} <= declared


@pytest.mark.parametrize("stack", ESTATES)
def test_only_our_own_identity_providers_are_no_strangers(estate: EstateRenderer, stack: str) -> None:
    graph = estate(stack)
    analyzer = only(graph, ANALYZER)
    assert analyzer.inputs["type"] == "ACCOUNT"
    filters: dict[str, list[dict[str, Any]]] = {
        rule.name: rule.inputs["filters"] for rule in every(graph, ARCHIVE_RULE)
    }
    roles = {"criteria": "resourceType", "eqs": ["AWS::IAM::Role"]}
    assert filters == {
        "service-accounts": [
            roles,
            {"criteria": "principal.Federated", "contains": ["oidc-provider/oidc.eks."]},
        ],
        "pipeline": [
            roles,
            {
                "criteria": "principal.Federated",
                "contains": ["oidc-provider/token.actions.githubusercontent.com"],
            },
        ],
    }
