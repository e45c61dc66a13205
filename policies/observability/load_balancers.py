"""The load balancer's logs: who asked for what, and who failed to connect."""

from __future__ import annotations

from typing import Final

from policies.aws.buckets import buckets_at, encryption_rules
from policies.aws.tokens import CLASSIC_LOAD_BALANCERS, LOAD_BALANCERS
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    joined_rule,
    mandatory_in,
    resource_rule,
)

_LEVELS: Final = mandatory_in("prod", "staging", "dr")
_SUBJECTS: Final = (*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS)
_REQUIREMENTS: Final = ("SEC-08", "SEC-14")


@resource_rule(
    "log-alb",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("ELB.5",), ("CKV_AWS_91",), _REQUIREMENTS, ("8(5)",)),
    remedy="Set access_logs with the bucket for access logs and enabled=True.",
)
def alb(balancer: ResourceView) -> Findings:
    """The load balancer writes access logs."""
    if not balancer.has("accessLogs.bucket"):
        yield "accessLogs names no bucket"
    # Once given, the logs of a classic load balancer are on by default, those of the others are not.
    elif not balancer.flag("accessLogs.enabled", default=balancer.type in CLASSIC_LOAD_BALANCERS):
        yield "accessLogs.enabled is not true"


@joined_rule(
    "log-alb-bucket",
    subjects=_SUBJECTS,
    severity=Severity.MEDIUM,
    levels=_LEVELS,
    controls=Controls(("ELB.5",), ("CKV_AWS_91",), (*_REQUIREMENTS, "SEC-06")),
    remedy="Log to a bucket of this stack with a s3.BucketServerSideEncryptionConfiguration.",
)
def alb_bucket(balancer: ResourceView, graph: Graph) -> Findings:
    """Access and connection logs go to encrypted buckets of this stack."""
    for kind in ("accessLogs", "connectionLogs"):
        link = balancer.link(f"{kind}.bucket")
        buckets = buckets_at(link)
        if link.given and not buckets:
            yield f"{kind} go to {link.value or 'a bucket'}, which this stack does not declare"
        for bucket in buckets:
            if not list(encryption_rules(bucket, graph)):
                yield f"{kind} go to {bucket.name}, which declares no encryption"


@resource_rule(
    "log-alb-connections",
    subjects=LOAD_BALANCERS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), _REQUIREMENTS, ("8(5)",)),
    remedy="Set connection_logs with the bucket for access logs and enabled=True.",
)
def alb_connections(balancer: ResourceView) -> Findings:
    """The load balancer logs connections, also those that fail before a request."""
    if balancer.text("loadBalancerType", "application") != "application":
        return
    if not balancer.has("connectionLogs.bucket") or not balancer.flag("connectionLogs.enabled"):
        yield "connectionLogs.enabled is not true"
