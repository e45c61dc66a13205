"""Breakages of what notices intrusion: detectors, the trail, the recorder, the scanner, and who is told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    Edit,
    adding,
    with_document,
    with_input,
    with_new,
    without,
)
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_DETECTORS: Final = ("aws:guardduty/detector:Detector",)
_FEATURES: Final = ("aws:guardduty/detectorFeature:DetectorFeature",)
_TRAILS: Final = ("aws:cloudtrail/trail:Trail",)
_RECORDERS: Final = ("aws:cfg/recorder:Recorder",)
_CHANNELS: Final = ("aws:cfg/deliveryChannel:DeliveryChannel",)
_STATES: Final = ("aws:cfg/recorderStatus:RecorderStatus",)
_SCANNERS: Final = ("aws:inspector2/enabler:Enabler",)
_RULES: Final = ("aws:cloudwatch/eventRule:EventRule",)
_TARGETS: Final = ("aws:cloudwatch/eventTarget:EventTarget",)

_FINDINGS: Final = "guardduty-finding"
_OTHER_GROUP: Final = "arn:aws:logs:ap-south-1:999988887777:log-group:elsewhere:*"
_OF_FEATURE: Final = {
    "S3_DATA_EVENTS": "log-guardduty-s3",
    "EKS_AUDIT_LOGS": "log-guardduty-eks-audit",
    "RUNTIME_MONITORING": "log-guardduty-runtime",
    "EBS_MALWARE_PROTECTION": "log-guardduty-malware",
    "RDS_LOGIN_EVENTS": "log-guardduty-rds",
    "LAMBDA_NETWORK_LOGS": "log-guardduty-lambda",
}

_FLAWS: Final = (
    Flaw(_DETECTORS, "enable", False, ("log-guardduty",)),
    Flaw(_DETECTORS, "findingPublishingFrequency", "SIX_HOURS", ("log-guardduty-frequency",)),
    Flaw(_DETECTORS, "findingPublishingFrequency", MISSING, ("log-guardduty-frequency",)),
    Flaw(_TRAILS, "isMultiRegionTrail", False, ("log-trail",)),
    Flaw(_TRAILS, "isMultiRegionTrail", MISSING, ("log-trail",)),
    Flaw(_TRAILS, "includeGlobalServiceEvents", False, ("log-trail",)),
    Flaw(_TRAILS, "enableLogging", False, ("log-trail-enabled",)),
    Flaw(_TRAILS, "enableLogFileValidation", False, ("log-trail-validation",)),
    Flaw(_TRAILS, "enableLogFileValidation", MISSING, ("log-trail-validation",)),
    Flaw(_TRAILS, "cloudWatchLogsGroupArn", MISSING, ("log-trail-cloudwatch",)),
    Flaw(_TRAILS, "cloudWatchLogsGroupArn", _OTHER_GROUP, ("log-trail-cloudwatch",)),
    Flaw(_TRAILS, "cloudWatchLogsRoleArn", MISSING, ("log-trail-cloudwatch",)),
    Flaw(_TRAILS, "advancedEventSelectors", MISSING, ("log-trail-data-events",), mandatory=False),
    Flaw(_TRAILS, "kmsKeyId", MISSING, ("enc-trail-cmk",)),
    Flaw(_RECORDERS, "recordingGroup.allSupported", False, ("log-config-everything",), mandatory=False),
    Flaw(_STATES, "isEnabled", False, ("log-config-running",), mandatory=False),
    Flaw(_SCANNERS, "resourceTypes", ["EC2", "LAMBDA"], ("log-inspector",)),
)
_REMOVALS: Final = {
    _TRAILS: ("log-trail-exists", True),
    _RECORDERS: ("log-config", False),
    _CHANNELS: ("log-config-running", False),
    _STATES: ("log-config-running", False),
    _SCANNERS: ("log-inspector", True),
}


def detection(estate: Estate) -> Iterator[Mutation]:
    """Switch off or narrow what watches the account, and cut its way to people."""
    strict = estate.environment in {"prod", "dr"}
    for found in flawed(estate, _FLAWS):
        yield _where(found, strict=strict)
    for types, (rule, stops) in _REMOVALS.items():
        for resource in estate.of(*types):
            yield mutation(
                f"without {label(resource)}",
                without(resource.urn),
                caught_by=(rule,),
                mandatory=stops and strict,
            )
    for scanner in estate.of(*_SCANNERS):
        for kind, rule in (("EC2", "log-inspector-ec2"), ("LAMBDA", "log-inspector-lambda")):
            rest = [given for given in scanner.inputs["resourceTypes"] if given != kind]
            if len(rest) < len(scanner.inputs["resourceTypes"]):
                yield broken(scanner, "resourceTypes", rest, rule)
    for recorder in estate.of(*_RECORDERS):
        if estate.environment == "prod":
            path = "recordingGroup.includeGlobalResourceTypes"
            yield broken(recorder, path, False, "log-config-everything", mandatory=False)
    for detector in estate.of(*_DETECTORS):
        yield from _detector(detector, estate, strict=strict)
    for feature in estate.of(*_FEATURES):
        yield from _feature(feature, strict=strict)
        if feature.inputs["name"] == "RUNTIME_MONITORING" and feature.inputs["status"] == "ENABLED":
            yield _under_both_names(feature, estate)


def _under_both_names(runtime: Resource, estate: Estate) -> Mutation:
    """Runtime monitoring under its older name too, which AWS refuses."""
    (detector,) = estate.of(*_DETECTORS)
    agent = [{"name": "EKS_ADDON_MANAGEMENT", "status": "ENABLED"}]
    old = with_new(
        estate.graph,
        _FEATURES[0],
        "old-runtime",
        {"name": "EKS_RUNTIME_MONITORING", "status": "ENABLED", "additionalConfigurations": agent},
        like=runtime,
        references={"detectorId": detector},
    )
    return mutation(
        f"{label(runtime)}: under both names", adding(old), caught_by=("log-guardduty-runtime-once",)
    )


def _detector(detector: Resource, estate: Estate, *, strict: bool) -> Iterator[Mutation]:
    yield mutation(
        f"without {label(detector)}", without(detector.urn), caught_by=("log-guardduty",), mandatory=strict
    )
    rule, target = estate.named(_FINDINGS, *_RULES), estate.named(_FINDINGS, *_TARGETS)
    routed = ("log-guardduty-routed",)
    yield mutation(f"without {label(rule)}", without(rule.urn), caught_by=routed, mandatory=strict)
    yield broken(rule, "state", "DISABLED", *routed, mandatory=strict)
    yield mutation(
        f"{label(rule)}: grave findings only",
        with_document(rule.urn, "eventPattern", _only_from(7)),
        caught_by=routed,
        mandatory=strict,
    )
    yield mutation(f"without {label(target)}", without(target.urn), caught_by=routed, mandatory=strict)
    yield broken(target, "arn", "arn:aws:sns:ap-south-1:999988887777:other", *routed, mandatory=strict)


def _feature(feature: Resource, *, strict: bool) -> Iterator[Mutation]:
    rule = _OF_FEATURE[feature.inputs["name"]]
    if feature.inputs["status"] != "ENABLED":
        return
    yield broken(feature, "status", "DISABLED", rule, mandatory=strict)
    yield mutation(f"without {label(feature)}", without(feature.urn), caught_by=(rule,), mandatory=strict)
    for index, agent in enumerate(feature.inputs.get("additionalConfigurations", ())):
        if agent["name"] == "EKS_ADDON_MANAGEMENT":
            yield mutation(
                f"{label(feature)}: no agent on the nodes",
                with_input(feature.urn, f"additionalConfigurations.{index}.status", "DISABLED"),
                caught_by=(rule,),
                mandatory=strict,
            )


def _only_from(severity: float) -> Edit:
    return lambda pattern: pattern["detail"].update(severity=[{"numeric": [">=", severity]}])


def _where(found: Mutation, *, strict: bool) -> Mutation:
    """Give the mutation as what only advice is demanded about, where the account is not production's."""
    return Mutation(found.name, found.change, found.caught_by, found.mandatory and strict)
