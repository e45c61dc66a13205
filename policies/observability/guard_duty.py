"""GuardDuty: on, with each of its protections, and its findings told to a person."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from policies.aws.tokens import (
    DETECTOR_FEATURES,
    DETECTORS,
    EVENT_RULES,
    EVENT_TARGETS,
    TOPIC_SUBSCRIPTIONS,
    TOPICS,
)
from policies.framework import (
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Setting,
    Settings,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
    stack_rule,
)
from policies.framework.rules import Check, Rule

_LEVELS: Final = mandatory_in("prod", "dr")
_SUBJECTS: Final = DETECTORS
_REQUIREMENTS: Final = ("SEC-10",)
_OLD_NAMES: Final = {
    "S3_DATA_EVENTS": "datasources.s3Logs.enable",
    "EKS_AUDIT_LOGS": "datasources.kubernetes.auditLogs.enable",
    "EBS_MALWARE_PROTECTION": ("datasources.malwareProtection.scanEc2InstanceWithFindings.ebsVolumes.enable"),
}
"""Features that the detector's older `datasources` can switch on."""
_RUNTIME: Final = ("RUNTIME_MONITORING", "EKS_RUNTIME_MONITORING")
_RARE: Final = "SIX_HOURS"


@stack_rule(
    "log-guardduty",
    subjects=_SUBJECTS,
    severity=Severity.HIGH,
    levels={**_LEVELS, "dev": Level.DISABLED},
    controls=Controls(("GuardDuty.1",), ("CKV_AWS_238",), _REQUIREMENTS, ("8(5)",)),
    remedy="Declare guardduty.Detector(enable=True, finding_publishing_frequency='FIFTEEN_MINUTES').",
)
def guardduty(graph: Graph) -> Findings:
    """GuardDuty watches the account."""
    detectors = graph.of(*DETECTORS)
    if not detectors:
        yield "the stack declares no guardduty.Detector"
    for detector in detectors:
        if not detector.flag("enable", default=True):
            yield detector.finding("enable is false")


@resource_rule(
    "log-guardduty-frequency",
    subjects=_SUBJECTS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), _REQUIREMENTS),
    remedy="Set finding_publishing_frequency='FIFTEEN_MINUTES'.",
)
def guardduty_frequency(detector: ResourceView) -> Findings:
    """GuardDuty repeats its findings within the hour."""
    if detector.text("findingPublishingFrequency", _RARE) == _RARE:
        yield "findingPublishingFrequency is SIX_HOURS, so a finding that goes on is silent for six hours"


def _feature_rule(suffix: str, security_hub: tuple[str, ...], feature: str) -> Callable[[Check], Rule]:
    return joined_rule(
        f"log-guardduty-{suffix}",
        subjects=_SUBJECTS,
        severity=Severity.MEDIUM,
        levels=_LEVELS,
        controls=Controls(security_hub, (), _REQUIREMENTS, ("8(5)",)),
        remedy=f"Declare guardduty.DetectorFeature(name='{feature}', status='ENABLED').",
    )


@_feature_rule("eks-audit", ("GuardDuty.5",), "EKS_AUDIT_LOGS")
def guardduty_eks_audit(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty reads the cluster's audit log."""
    yield from _off(detector, graph, "EKS_AUDIT_LOGS")


@_feature_rule("rds", ("GuardDuty.9",), "RDS_LOGIN_EVENTS")
def guardduty_rds(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty watches logins to databases."""
    yield from _off(detector, graph, "RDS_LOGIN_EVENTS")


@_feature_rule("s3", ("GuardDuty.10",), "S3_DATA_EVENTS")
def guardduty_s3(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty watches what is read from and written to buckets."""
    yield from _off(detector, graph, "S3_DATA_EVENTS")


@_feature_rule("lambda", ("GuardDuty.6",), "LAMBDA_NETWORK_LOGS")
def guardduty_lambda(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty watches whom functions talk to."""
    yield from _off(detector, graph, "LAMBDA_NETWORK_LOGS")


@_feature_rule("malware", ("GuardDuty.8",), "EBS_MALWARE_PROTECTION")
def guardduty_malware(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty scans the volumes of suspicious machines for malware."""
    yield from _off(detector, graph, "EBS_MALWARE_PROTECTION")


@_feature_rule("runtime", ("GuardDuty.7", "GuardDuty.11"), "RUNTIME_MONITORING")
def guardduty_runtime(detector: ResourceView, graph: Graph) -> Findings:
    """GuardDuty watches what runs on the nodes, with an agent that it installs itself."""
    features = _features(detector, graph)
    on = [features[name] for name in _RUNTIME if name in features and _is_on(features[name])]
    if not on:
        yield "the feature RUNTIME_MONITORING is not enabled"
    for feature in on:
        agents = {
            entry.text("name")
            for entry in feature.blocks("additionalConfigurations")
            if entry.text("status") == "ENABLED"
        }
        if "EKS_ADDON_MANAGEMENT" not in agents:
            yield feature.finding("EKS_ADDON_MANAGEMENT is not enabled, so no node gets the agent")


@_feature_rule("runtime-once", (), "RUNTIME_MONITORING")
def guardduty_runtime_once(detector: ResourceView, graph: Graph) -> Findings:
    """Runtime monitoring is declared under one of its two names: AWS refuses both together."""
    features = _features(detector, graph)
    if all(name in features and _is_on(features[name]) for name in _RUNTIME):
        yield "RUNTIME_MONITORING and EKS_RUNTIME_MONITORING are both enabled, which AWS refuses"


def _features(detector: ResourceView, graph: Graph) -> Mapping[str, ResourceView]:
    return {
        feature.text("name"): feature
        for feature in graph.attached(detector, "detectorId", *DETECTOR_FEATURES)
    }


def _is_on(feature: ResourceView) -> bool:
    return feature.text("status") == "ENABLED"


def _off(detector: ResourceView, graph: Graph, name: str) -> Iterator[str]:
    feature = _features(detector, graph).get(name)
    if feature is None and name in _OLD_NAMES and detector.flag(_OLD_NAMES[name]):
        return
    if feature is None or not _is_on(feature):
        yield f"the feature {name} is not enabled"


@joined_rule(
    "log-guardduty-routed",
    subjects=_SUBJECTS,
    severity=Severity.HIGH,
    levels=_LEVELS,
    controls=Controls((), (), ("SEC-10", "OBS-13"), ("8(5)", "8(6)")),
    remedy=(
        "Declare cloudwatch.EventRule for source aws.guardduty, cloudwatch.EventTarget to a topic, and a"
        " subscription of the topic."
    ),
    settings={"severity": Setting(4, "From which severity on findings must reach a person.")},
)
def guardduty_routed(_detector: ResourceView, graph: Graph, settings: Settings) -> Findings:
    """Findings of GuardDuty reach a person: event rule, topic, subscription."""
    rules = [rule for rule in graph.of(*EVENT_RULES) if _is_about_findings(rule)]
    if not rules:
        yield "no enabled event rule matches source aws.guardduty"
        return
    strict = [rule for rule in rules if not _lets_through(rule, settings["severity"])]
    if len(strict) == len(rules):
        yield strict[0].finding(f"it leaves out findings of severity {settings['severity']:g}")
    targets = [target for rule in rules for target in graph.attached(rule, "rule", *EVENT_TARGETS)]
    topics = [topic for target in targets for topic in target.link("arn").targets(*TOPICS)]
    if not topics:
        yield rules[0].finding("no target of the rule is a topic of this stack")
    elif not any(graph.attached(topic, "topic", *TOPIC_SUBSCRIPTIONS) for topic in topics):
        yield topics[0].finding("nothing subscribes to the topic of GuardDuty's findings")


def _is_about_findings(rule: ResourceView) -> bool:
    enabled = rule.text("state", "ENABLED") != "DISABLED" and rule.flag("isEnabled", default=True)
    pattern = rule.document("eventPattern")
    return enabled and isinstance(pattern, dict) and "aws.guardduty" in (pattern.get("source") or ())


def _lets_through(rule: ResourceView, severity: float) -> bool:
    """Whether a finding of this severity matches the rule's pattern, as far as it speaks of severity."""
    pattern = rule.document("eventPattern")
    wanted = (pattern.get("detail") or {}).get("severity")
    if wanted is None:
        return True
    return any(
        entry == severity or (isinstance(entry, dict) and _in_range(entry.get("numeric") or (), severity))
        for entry in wanted
    )


def _in_range(bounds: Any, value: float) -> bool:  # noqa: ANN401  (any JSON value)
    """Whether a numeric matcher, `[">=", 4, "<", 9]`, holds for the value."""
    holds = {
        ">=": lambda bound: value >= bound,
        ">": lambda bound: value > bound,
        "<=": lambda bound: value <= bound,
        "<": lambda bound: value < bound,
        "=": lambda bound: value == bound,
    }
    pairs = list(zip(bounds[::2], bounds[1::2], strict=False))
    return bool(pairs) and all(holds[operator](bound) for operator, bound in pairs)
