"""DNS: who asked for which name."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import RESOLVER_QUERY_LOGS, VPCS, ZONE_QUERY_LOGS, ZONES
from policies.framework import (
    Controls,
    Findings,
    Graph,
    ResourceView,
    Severity,
    advisory_in,
    joined_rule,
)

_LEVELS: Final = advisory_in("prod", "dr")


@joined_rule(
    "log-dns",
    subjects=ZONES,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls(("Route53.2",), ("CKV2_AWS_39",), ("NET-07",)),
    remedy="Declare route53.QueryLog with a log group in us-east-1.",
)
def dns(zone: ResourceView, graph: Graph) -> Findings:
    """Public zones log the queries that they answer."""
    if not zone.has("vpcs") and not graph.attached(zone, "zoneId", *ZONE_QUERY_LOGS):
        yield "no query log belongs to this public zone"


@joined_rule(
    "log-dns-resolver",
    subjects=VPCS,
    severity=Severity.LOW,
    levels=_LEVELS,
    controls=Controls((), (), ("NET-07", "NET-06")),
    remedy="Declare route53.ResolverQueryLogConfig and its association with the VPC.",
)
def dns_resolver(vpc: ResourceView, graph: Graph) -> Findings:
    """The names that machines of a VPC look up are logged."""
    if not graph.attached(vpc, "resourceId", *RESOLVER_QUERY_LOGS):
        yield "no resolver query log is associated with it"
