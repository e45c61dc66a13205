"""Who lives in which subnets: public ones are for load balancers and NAT gateways."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from policies.aws.subnets import public_subnets, subnets_at, subnets_of_cache, subnets_of_database
from policies.aws.tokens import (
    BROKERS,
    CACHE_CLUSTERS,
    CACHES,
    CLASSIC_LOAD_BALANCERS,
    CLUSTERS,
    DATABASE_CLUSTERS,
    DATABASE_SUBNET_GROUPS,
    DATABASES,
    ENDPOINTS,
    FUNCTIONS,
    LOAD_BALANCERS,
    MACHINES,
    MOUNT_TARGETS,
    NAT_GATEWAYS,
    NODE_GROUPS,
    SEARCH_DOMAINS,
    SERVERLESS_CACHES,
)
from policies.framework import Controls, Findings, Graph, ResourceView, Severity, everywhere, joined_rule

_AT: Final[dict[str, str]] = {
    **dict.fromkeys(NODE_GROUPS, "subnetIds"),
    **dict.fromkeys(BROKERS, "subnetIds"),
    **dict.fromkeys(SERVERLESS_CACHES, "subnetIds"),
    **dict.fromkeys(SEARCH_DOMAINS, "vpcOptions.subnetIds"),
    **dict.fromkeys(MOUNT_TARGETS, "subnetId"),
    **dict.fromkeys(MACHINES, "subnetId"),
}
"""Where nodes and stores name their subnets; databases and caches do it through a subnet group."""

_OTHERS: Final[dict[str, str]] = {
    **dict.fromkeys(CLUSTERS, "vpcConfig.subnetIds"),
    **dict.fromkeys(ENDPOINTS, "subnetIds"),
    **dict.fromkeys(FUNCTIONS, "vpcConfig.subnetIds"),
}
"""What else has interfaces in subnets."""

_GROUPED: Final = (*DATABASES, *DATABASE_CLUSTERS, *CACHES, *CACHE_CLUSTERS)


@joined_rule(
    "net-data-private-subnets",
    subjects=(*_AT, *_GROUPED, *DATABASE_SUBNET_GROUPS),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("RDS.46",), (), ("NET-01", "NET-02", "SEC-07", "POL-03"), ("8(5)",)),
    remedy="Name only subnets whose route table has no route to an internet gateway.",
    exemptible=False,
)
def data_private_subnets(resource: ResourceView, graph: Graph) -> Findings:
    """Nodes and data stores live only in subnets without a route to an internet gateway."""
    if resource.type in DATABASE_SUBNET_GROUPS:
        # One that no database of the stack uses is for copies that something restores into it.
        if not graph.attached(resource, "dbSubnetGroupName", *DATABASES, *DATABASE_CLUSTERS):
            yield from _public(subnets_at(resource, "subnetIds"), graph)
        return
    if resource.type in CACHE_CLUSTERS and resource.has("replicationGroupId"):
        return
    subnets = _subnets_of(resource)
    if not subnets:
        yield "it names no subnets of this stack, so AWS takes its default VPC, which is public"
        return
    yield from _public(subnets, graph)


def _subnets_of(resource: ResourceView) -> list[ResourceView] | None:
    if resource.type in {*DATABASES, *DATABASE_CLUSTERS}:
        return subnets_of_database(resource)
    if resource.type in _GROUPED:
        return subnets_of_cache(resource)
    return subnets_at(resource, _AT[resource.type])


def _public(subnets: list[ResourceView], graph: Graph) -> Iterator[str]:
    public = graph.fact(public_subnets)
    for subnet in dict.fromkeys(subnets):
        if subnet.urn in public:
            yield f"{subnet.name} is a public subnet: its route table leads to an internet gateway"


@joined_rule(
    "net-alb-placement",
    subjects=(*LOAD_BALANCERS, *CLASSIC_LOAD_BALANCERS, *NAT_GATEWAYS, *_OTHERS),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), (), ("NET-01", "NET-02", "POL-03")),
    remedy="Put internet-facing load balancers and NAT gateways into public subnets, the rest into private.",
)
def alb_placement(resource: ResourceView, graph: Graph) -> Findings:
    """Only internet-facing load balancers and NAT gateways stand in public subnets, and they stand there."""
    if resource.type in NAT_GATEWAYS:
        outside = resource.text("connectivityType", "public") == "public"
        path = "subnetId"
    elif resource.type in _OTHERS:
        outside, path = False, _OTHERS[resource.type]
    else:
        outside, path = not resource.flag("internal"), "subnets"
    subnets = subnets_at(resource, path)
    for mapping in resource.blocks("subnetMappings"):
        subnets += subnets_at(resource, f"{mapping.at}.subnetId")
    if not outside:
        yield from _public(subnets, graph)
        return
    public = graph.fact(public_subnets)
    for subnet in dict.fromkeys(subnets):
        if subnet.urn not in public:
            yield f"{subnet.name} is a private subnet: nothing from the internet can arrive there"
