"""Breakages of the edge: load balancer, listener, certificate and firewall."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from preview.graph import Resource
from tests.policies.mutations.editing import (
    MISSING,
    adding,
    value_at,
    with_input,
    with_new,
    with_option,
    without,
)
from tests.policies.mutations.mutation import Estate, Flaw, Mutation, broken, flawed, label, mutation

_BALANCERS: Final = ("aws:lb/loadBalancer:LoadBalancer",)
_LISTENERS: Final = ("aws:lb/listener:Listener",)
_TARGETS: Final = ("aws:lb/targetGroup:TargetGroup",)
_CERTIFICATES: Final = ("aws:acm/certificate:Certificate",)
_ALARMS: Final = ("aws:cloudwatch/metricAlarm:MetricAlarm",)
_ACLS: Final = ("aws:wafv2/webAcl:WebAcl",)
_ASSOCIATIONS: Final = ("aws:wafv2/webAclAssociation:WebAclAssociation",)
_LOGGINGS: Final = ("aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration",)
_MANAGED: Final = (
    "AWSManagedRulesCommonRuleSet",
    "AWSManagedRulesSQLiRuleSet",
    "AWSManagedRulesKnownBadInputsRuleSet",
)

_FLAWS: Final = (
    Flaw(_BALANCERS, "dropInvalidHeaderFields", False, ("tls-alb-invalid-headers",)),
    Flaw(_BALANCERS, "dropInvalidHeaderFields", MISSING, ("tls-alb-invalid-headers",)),
    Flaw(_BALANCERS, "enableDeletionProtection", False, ("avl-alb-protection",)),
    Flaw(_BALANCERS, "enableDeletionProtection", MISSING, ("avl-alb-protection",)),
    Flaw(_BALANCERS, "desyncMitigationMode", "monitor", ("avl-alb-desync",)),
    Flaw(_BALANCERS, "enableWafFailOpen", True, ("net-alb-waf-fail-closed",)),
    Flaw(_BALANCERS, "accessLogs.enabled", False, ("log-alb",)),
    Flaw(_BALANCERS, "accessLogs", MISSING, ("log-alb",)),
    Flaw(_BALANCERS, "accessLogs.bucket", "somebody-elses-bucket", ("log-alb-bucket",)),
    Flaw(_BALANCERS, "connectionLogs.enabled", False, ("log-alb-connections",)),
    Flaw(_BALANCERS, "connectionLogs", MISSING, ("log-alb-connections",)),
    Flaw(_BALANCERS, "connectionLogs.bucket", "somebody-elses-bucket", ("log-alb-bucket",)),
    Flaw(_LISTENERS, "sslPolicy", "ELBSecurityPolicy-2016-08", ("tls-alb-policy",)),
    Flaw(_LISTENERS, "sslPolicy", "ELBSecurityPolicy-TLS13-1-0-2021-06", ("tls-alb-policy",)),
    Flaw(_LISTENERS, "sslPolicy", "ELBSecurityPolicy-TLS13-1-2-Ext2-2021-06", ("tls-alb-policy",)),
    Flaw(_LISTENERS, "sslPolicy", MISSING, ("tls-alb-policy",)),
    Flaw(_CERTIFICATES, "validationMethod", "EMAIL", ("tls-acm-managed",)),
    Flaw(_CERTIFICATES, "validationMethod", MISSING, ("tls-acm-managed",)),
    Flaw(_CERTIFICATES, "keyAlgorithm", "RSA_1024", ("tls-acm-managed",)),
    Flaw(
        _CERTIFICATES, "subjectAlternativeNames", ["*.example.com"], ("tls-acm-no-wildcard",), mandatory=False
    ),
    Flaw(_LOGGINGS, "redactedFields", MISSING, ("log-waf-redaction",)),
    Flaw(_LOGGINGS, "redactedFields.0.singleHeader.name", "x-trace", ("log-waf-redaction",)),
    Flaw(_LOGGINGS, "redactedFields.1.singleHeader.name", "x-trace", ("log-waf-redaction",)),
    Flaw(
        _LOGGINGS,
        "logDestinationConfigs",
        ["arn:aws:logs:ap-south-1:999988887777:log-group:elsewhere"],
        ("log-waf-destination",),
    ),
    Flaw(_LOGGINGS, "logDestinationConfigs", [], ("log-waf-destination",)),
    Flaw(_LOGGINGS, "loggingFilter.filters.0.behavior", "DROP", ("log-waf-filter",)),
    Flaw(_LOGGINGS, "loggingFilter.filters.0.requirement", "MEETS_ALL", ("log-waf-filter",)),
    Flaw(_LOGGINGS, "loggingFilter.filters", [], ("log-waf-filter",)),
    Flaw(_ACLS, "visibilityConfig.cloudwatchMetricsEnabled", False, ("log-waf-metrics",)),
    Flaw(
        _ACLS,
        "rules",
        [],
        ("net-waf-rules", "net-waf-rate-fits-fleet"),
    ),
)


def edge(estate: Estate) -> Iterator[Mutation]:
    """Break what stands between the internet and the nodes."""
    yield from flawed(estate, _FLAWS)
    for balancer in estate.of(*_BALANCERS):
        yield broken(balancer, "subnets", balancer.inputs["subnets"][:1], "avl-alb-zones")
        yield from _plain_listeners(balancer, estate)
    for listener in estate.of(*_LISTENERS):
        yield from _listener(listener)
    for certificate in estate.of(*_CERTIFICATES):
        yield from _certificate(certificate, estate)
    for association in estate.of(*_ASSOCIATIONS):
        yield mutation(
            f"without {label(association)}", without(association.urn), caught_by=("net-waf-attached",)
        )
        yield broken(
            association,
            "webAclArn",
            f"arn:aws:wafv2:{estate.region}:{estate.account_id}:regional/webacl/other/0f0f",
            "net-waf-attached",
        )
    for logging in estate.of(*_LOGGINGS):
        yield mutation(f"without {label(logging)}", without(logging.urn), caught_by=("log-waf",))
    for acl in estate.of(*_ACLS):
        yield from _firewall(acl)
    yield from _counting(estate)


def _plain_listeners(balancer: Resource, estate: Estate) -> Iterator[Mutation]:
    target = estate.of(*_TARGETS)[0]
    for port in (80, 8080):
        plain = with_new(
            estate.graph,
            *_LISTENERS,
            f"plain-{port}",
            {
                "port": port,
                "protocol": "HTTP",
                "defaultActions": [{"type": "forward", "targetGroupArn": target.outputs["arn"]}],
            },
            like=balancer,
            references={"loadBalancerArn": balancer},
        )
        yield mutation(
            f"{label(balancer)}: serves plain HTTP on {port}", adding(plain), caught_by=("tls-alb-https",)
        )
    redirect = with_new(
        estate.graph,
        *_LISTENERS,
        "redirect-to-http",
        {
            "port": 80,
            "protocol": "HTTP",
            "defaultActions": [{"type": "redirect", "redirect": {"statusCode": "HTTP_301", "port": "8080"}}],
        },
        like=balancer,
        references={"loadBalancerArn": balancer},
    )
    yield mutation(
        f"{label(balancer)}: redirects to plain HTTP", adding(redirect), caught_by=("tls-alb-https",)
    )


def _listener(listener: Resource) -> Iterator[Mutation]:
    yield mutation(
        f"{label(listener)}: plain HTTP",
        with_input(listener.urn, "protocol", "HTTP"),
        with_input(listener.urn, "port", 80),
        caught_by=("tls-alb-https",),
    )
    yield mutation(
        f"without {label(listener)}",
        without(listener.urn),
        caught_by=("tls-alb-https", "cst-orphan-balancers"),
    )


def _certificate(certificate: Resource, estate: Estate) -> Iterator[Mutation]:
    yield mutation(
        f"{label(certificate)}: deleted before it is replaced",
        with_option(certificate.urn, delete_before_replace=True),
        caught_by=("tls-acm-managed",),
    )
    yield mutation(
        f"{label(certificate)}: imported",
        with_input(certificate.urn, "certificateBody", "-----BEGIN CERTIFICATE-----"),
        caught_by=("tls-acm-managed",),
    )
    other = f"arn:aws:acm:{estate.region}:{estate.account_id}:certificate/0f0f"
    for alarm in estate.of(*_ALARMS):
        if alarm.inputs.get("namespace") != "AWS/CertificateManager":
            continue
        yield mutation(f"without {label(alarm)}", without(alarm.urn), caught_by=("tls-acm-expiry-alarm",))
        for path, value in (
            ("metricName", "SomethingElse"),
            ("namespace", "AWS/ApplicationELB"),
            ("dimensions.CertificateArn", other),
        ):
            yield broken(alarm, path, value, "tls-acm-expiry-alarm")
        yield broken(alarm, "alarmActions", [], "tls-acm-expiry-alarm", "log-alarm-actions")
        yield broken(alarm, "actionsEnabled", False, "tls-acm-expiry-alarm", "log-alarm-actions")


def _firewall(acl: Resource) -> Iterator[Mutation]:
    rules = acl.inputs["rules"]
    for at, rule in enumerate(rules):
        name = rule["name"]
        group = value_at(rule, "statement.managedRuleGroupStatement.name")
        rate = value_at(rule, "statement.rateBasedStatement")
        rest = [entry for entry in rules if entry is not rule]
        yield mutation(
            f"{label(acl)}: rule {name} without metrics",
            with_input(acl.urn, ("rules", at, "visibilityConfig", "cloudwatchMetricsEnabled"), False),
            caught_by=("log-waf-metrics",),
        )
        if group in _MANAGED:
            yield mutation(
                f"{label(acl)} without {name}",
                with_input(acl.urn, "rules", rest),
                caught_by=("net-waf-rules",),
            )
            yield mutation(
                f"{label(acl)}: {name} only counts",
                with_input(acl.urn, ("rules", at, "overrideAction"), {"count": {}}),
                caught_by=("net-waf-rules",),
            )
            override = {"name": "SQLi_BODY", "actionToUse": {"count": {}}}
            yield mutation(
                f"{label(acl)}: {name} only counts one of its rules",
                with_input(
                    acl.urn,
                    ("rules", at, "statement", "managedRuleGroupStatement", "ruleActionOverrides"),
                    [override],
                ),
                caught_by=("net-waf-rules",),
            )
        if rate is not MISSING:
            yield from _rate(acl, at, rule, rate)


def _rate(acl: Resource, at: int, rule: dict[str, Any], rate: dict[str, Any]) -> Iterator[Mutation]:
    name = rule["name"]
    path = ("rules", at, "statement", "rateBasedStatement")
    yield mutation(
        f"{label(acl)}: {name} without end",
        with_input(acl.urn, (*path, "limit"), 2_000_000),
        caught_by=("net-waf-rate-fits-fleet",),
    )
    if "notStatement" not in rate.get("scopeDownStatement", {}):
        yield mutation(
            f"{label(acl)}: {name} shuts the fleet out",
            with_input(acl.urn, (*path, "limit"), 100),
            caught_by=("net-waf-rate-fits-fleet",),
        )
    else:
        yield mutation(
            f"{label(acl)}: {name} counts the fleet too",
            with_input(acl.urn, (*path, "scopeDownStatement"), MISSING),
            caught_by=("net-waf-rate-fits-fleet",),
        )


def _counting(estate: Estate) -> Iterator[Mutation]:
    """Let every rate rule count instead of block."""
    for acl in estate.of(*_ACLS):
        rules = [
            {**rule, "action": {"count": {}}}
            if value_at(rule, "statement.rateBasedStatement") is not MISSING
            else rule
            for rule in acl.inputs["rules"]
        ]
        yield mutation(
            f"{label(acl)}: rate rules only count",
            with_input(acl.urn, "rules", rules),
            caught_by=("net-waf-rules",),
        )
