"""Switches that put a single thing on the internet."""

from __future__ import annotations

from typing import Final

from policies.aws.tokens import (
    BROKERS,
    CACHE_CLUSTERS,
    CACHES,
    CLUSTERS,
    DATABASE_CLUSTER_INSTANCES,
    DATABASES,
    DEFAULT_SECURITY_GROUPS,
    DEFAULT_SUBNETS,
    LAUNCH_CONFIGURATIONS,
    LAUNCH_TEMPLATES,
    MACHINES,
    NODE_GROUPS,
    SEARCH_DOMAINS,
    SERVERLESS_CACHES,
    SUBNETS,
    VPCS,
)
from policies.framework import Controls, Findings, ResourceView, Severity, everywhere, resource_rule

_ANYWHERE: Final = frozenset({"0.0.0.0/0", "::/0"})


@resource_rule(
    "net-rds-not-public",
    subjects=(*DATABASES, *DATABASE_CLUSTER_INSTANCES),
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(("RDS.2",), ("CKV_AWS_17",), ("NET-01", "POL-03"), ("8(5)",)),
    remedy="Set publicly_accessible=False.",
    exemptible=False,
)
def rds_not_public(instance: ResourceView) -> Findings:
    """Databases have no public address."""
    if instance.flag("publiclyAccessible"):
        yield "publiclyAccessible is true"


@resource_rule(
    "net-mq-not-public",
    subjects=BROKERS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_69",), ("NET-01", "POL-03"), ("8(5)",)),
    remedy="Set publicly_accessible=False; a change replaces the broker.",
    exemptible=False,
)
def mq_not_public(broker: ResourceView) -> Findings:
    """Brokers have no public address."""
    if broker.flag("publiclyAccessible"):
        yield "publiclyAccessible is true"


@resource_rule(
    "net-opensearch-vpc",
    subjects=SEARCH_DOMAINS,
    severity=Severity.CRITICAL,
    levels=everywhere(),
    controls=Controls(
        ("Opensearch.2",), ("CKV_AWS_137", "CKV_AWS_248"), ("NET-01", "SEC-07", "POL-03"), ("8(5)",)
    ),
    remedy="Set vpc_options with private subnets and sg-search-<env>; a domain cannot move into a VPC later.",
    exemptible=False,
    by_reference=True,
)
def opensearch_vpc(domain: ResourceView) -> Findings:
    """Search domains live in the VPC, with a group of their own."""
    if not domain.has("vpcOptions") or not domain.links("vpcOptions.subnetIds"):
        yield "vpcOptions.subnetIds is not set, so the domain is on the internet"
        return
    groups = domain.links("vpcOptions.securityGroupIds")
    if not groups:
        yield "vpcOptions.securityGroupIds is not set, so the default group of the VPC decides"
    for group in groups:
        if group.targets(*DEFAULT_SECURITY_GROUPS, *VPCS):
            yield "vpcOptions.securityGroupIds names the default group of the VPC"


@resource_rule(
    "net-cache-subnet-group",
    subjects=(*CACHES, *CACHE_CLUSTERS, *SERVERLESS_CACHES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("ElastiCache.7",), ("CKV_AWS_323",), ("NET-01", "POL-03")),
    remedy="Declare elasticache.SubnetGroup with the private subnets and name it in subnet_group_name.",
)
def cache_subnet_group(cache: ResourceView) -> Findings:
    """Caches name a subnet group of their own."""
    if cache.type in SERVERLESS_CACHES:
        if not cache.links("subnetIds"):
            yield "subnetIds is not set, so the default VPC is used"
        return
    if cache.type in CACHE_CLUSTERS and cache.has("replicationGroupId"):
        return
    group = cache.link("subnetGroupName")
    if not group.given or group.value in {"", "default"}:
        yield f"subnetGroupName is {group.value or 'not set'}, so the default VPC is used"


@resource_rule(
    "net-eks-endpoint",
    subjects=CLUSTERS,
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EKS.1",), ("CKV_AWS_38", "CKV_AWS_39"), ("NET-01", "POL-03"), ("8(5)",)),
    remedy="Set endpoint_private_access=True, and endpoint_public_access=False or public_access_cidrs.",
)
def eks_endpoint(cluster: ResourceView) -> Findings:
    """The Kubernetes API is private, or public only to named networks.

    AWS's defaults are the opposite: private access off, public access on, for everybody.
    """
    if not cluster.flag("vpcConfig.endpointPrivateAccess"):
        yield "vpcConfig.endpointPrivateAccess is not true, so nodes reach the API over the internet"
    if cluster.flag("vpcConfig.endpointPublicAccess", default=True):
        networks = cluster.texts("vpcConfig.publicAccessCidrs")
        if not networks:
            yield "vpcConfig.endpointPublicAccess is on without publicAccessCidrs, so for everybody"
        for network in networks:
            if network in _ANYWHERE:
                yield f"vpcConfig.publicAccessCidrs names {network}"


@resource_rule(
    "net-eks-no-ssh",
    subjects=(*NODE_GROUPS, *LAUNCH_TEMPLATES, *LAUNCH_CONFIGURATIONS, *MACHINES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls((), ("CKV_AWS_100",), ("SEC-07", "POL-03")),
    remedy="Take remote_access and key_name out: nodes are reached through Session Manager.",
)
def eks_no_ssh(machine: ResourceView) -> Findings:
    """Nodes have no SSH key."""
    if machine.has("remoteAccess"):
        yield "remoteAccess is set"
    if machine.link("keyName").given:
        yield "keyName is set"


@resource_rule(
    "net-lt-no-public-ip",
    subjects=(*LAUNCH_TEMPLATES, *LAUNCH_CONFIGURATIONS, *MACHINES),
    severity=Severity.HIGH,
    levels=everywhere(),
    controls=Controls(("EC2.25",), ("CKV_AWS_88",), ("NET-01", "POL-03")),
    remedy="Leave associate_public_ip_address out: nodes live in private subnets behind NAT.",
)
def lt_no_public_ip(machine: ResourceView) -> Findings:
    """Nodes have no public address."""
    if machine.flag("associatePublicIpAddress"):
        yield "associatePublicIpAddress is true"
    for interface in machine.blocks("networkInterfaces"):
        if interface.flag("associatePublicIpAddress"):
            yield f"{interface.at}.associatePublicIpAddress is true"


@resource_rule(
    "net-subnet-no-public-ip",
    subjects=(*SUBNETS, *DEFAULT_SUBNETS),
    severity=Severity.MEDIUM,
    levels=everywhere(),
    controls=Controls(("EC2.15",), ("CKV_AWS_130",), ("NET-01", "POL-03")),
    remedy="Set map_public_ip_on_launch=False: load balancers and NAT gateways bring their own addresses.",
)
def subnet_no_public_ip(subnet: ResourceView) -> Findings:
    """Subnets hand out no public addresses by themselves; AWS's default subnets do."""
    if subnet.flag("mapPublicIpOnLaunch", default=subnet.type in DEFAULT_SUBNETS):
        yield "mapPublicIpOnLaunch is true"
