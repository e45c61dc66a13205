"""Certificates: issued and renewed by ACM, and watched."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.tokens import ALARMS, CERTIFICATES, SERVER_CERTIFICATES
from policies.framework import (
    Block,
    Controls,
    Findings,
    Graph,
    Level,
    ResourceView,
    Severity,
    everywhere,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_VALIDATIONS: Final = ("aws:acm/certificateValidation:CertificateValidation",)
_STRONG_KEYS: Final = frozenset(
    {"RSA_2048", "RSA_3072", "RSA_4096", "EC_prime256v1", "EC_secp384r1", "EC_secp521r1"}
)


@resource_rule(
    "tls-acm-managed",
    subjects=(*CERTIFICATES, *SERVER_CERTIFICATES),
    severity=Severity.HIGH,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("ACM.1", "ACM.2"), ("CKV_AWS_233",), ("SEC-04", "POL-02")),
    remedy="Declare acm.Certificate with validation_method='DNS', without a body of its own.",
)
def acm_managed(certificate: ResourceView) -> Findings:
    """Certificates are ACM's own, validated by DNS, with a strong key, and replaced without a gap."""
    if certificate.type in SERVER_CERTIFICATES:
        yield "an IAM server certificate never renews itself"
        return
    if certificate.has("certificateBody") or certificate.has("privateKey") or certificate.has("privateKeyWo"):
        yield "the certificate is imported, so ACM cannot renew it"
        return
    method = certificate.text("validationMethod")
    if method != "DNS" and not certificate.has("certificateAuthorityArn"):
        yield f"validationMethod is {method or 'not set'}, so renewal needs a person"
    algorithm = certificate.text("keyAlgorithm", "RSA_2048")
    if algorithm not in _STRONG_KEYS:
        yield f"keyAlgorithm is {algorithm}"
    if certificate.delete_before_replace:
        yield "delete_before_replace would leave listeners without a certificate"


@resource_rule(
    "tls-acm-no-wildcard",
    subjects=CERTIFICATES,
    severity=Severity.LOW,
    levels=everywhere(Level.ADVISORY),
    controls=Controls((), ("CKV2_AWS_71",), ("SEC-04", "POL-02")),
    remedy="Name each host in subject_alternative_names.",
)
def acm_no_wildcard(certificate: ResourceView) -> Findings:
    """Certificates name their hosts, without wildcards."""
    names = [certificate.text("domainName"), *certificate.texts("subjectAlternativeNames")]
    for name in dict.fromkeys(names):
        if name.startswith("*."):
            yield f"the certificate is for {name}"


@joined_rule(
    "tls-acm-expiry-alarm",
    subjects=CERTIFICATES,
    severity=Severity.MEDIUM,
    levels=mandatory_in("prod", "staging", "dr"),
    controls=Controls(("ACM.1",), (), ("SEC-04", "POL-02")),
    remedy=(
        "Declare cloudwatch.MetricAlarm on AWS/CertificateManager DaysToExpiry with the certificate's ARN as"
        " dimension and an action."
    ),
)
def acm_expiry_alarm(certificate: ResourceView, graph: Graph) -> Findings:
    """Every certificate has an alarm on its days to expiry that tells somebody."""
    watching = [alarm for alarm in graph.fact(_expiry_alarms) if _watches(alarm, certificate)]
    if not watching:
        yield "no alarm on AWS/CertificateManager DaysToExpiry has this certificate as its dimension"
    elif not any(_tells(alarm) for alarm in watching):
        yield f"the alarm {watching[0].name} has no action, or its actions are off"


def _expiry_alarms(graph: Graph) -> list[ResourceView]:
    return [alarm for alarm in graph.of(*ALARMS) if any(map(_is_expiry, _metrics(alarm)))]


def _is_expiry(metric: Block) -> bool:
    return (
        metric.text("namespace") == "AWS/CertificateManager" and metric.text("metricName") == "DaysToExpiry"
    )


def _watches(alarm: ResourceView, certificate: ResourceView) -> bool:
    return any(_is_expiry(metric) and _is_about(alarm, metric, certificate) for metric in _metrics(alarm))


def _metrics(alarm: ResourceView) -> Iterator[Block]:
    yield alarm
    for query in alarm.blocks("metricQueries"):
        yield query.block("metric")


def _is_about(alarm: ResourceView, metric: Block, certificate: ResourceView) -> bool:
    path = ".".join(part for part in (metric.at, "dimensions.CertificateArn") if part)
    link = alarm.link(path)
    if certificate in link.targets(certificate.type):
        return True
    # The ARN may come out of the validation, so that the alarm waits for it.
    return any(
        certificate in validation.link("certificateArn").targets(certificate.type)
        for validation in link.targets(*_VALIDATIONS)
    )


def _tells(alarm: ResourceView) -> bool:
    return bool(alarm.links("alarmActions")) and alarm.flag("actionsEnabled", default=True)
