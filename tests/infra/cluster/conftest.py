"""Each environment's cluster, rendered from the real stack files on a stand-in network and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import cast

import pulumi
import pulumi_aws as aws
import pytest

from infra.cluster import Cluster
from infra.keys import Keys
from infra.naming import Naming
from infra.network import Network
from infra.settings import EstateSettings
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings

Change = Callable[[EstateSettings], EstateSettings]
Clusters = Callable[..., ResourceGraph]


@pytest.fixture(scope="session")
def clusters(component: ComponentRenderer) -> Clusters:
    """Give `clusters(stack, change=…, unknowns=…)`: the resource list of a stack's cluster alone.

    `change` rewrites the settings first; what it makes is not cached.
    """

    def render(stack: str, *, change: Change | None = None, unknowns: bool = False) -> ResourceGraph:
        settings = estate_settings(stack)
        if change is not None:
            settings = change(settings)
        region = settings.environment.region
        return component(lambda: declare(settings), stack=stack, region=region, unknowns=unknowns)

    cached = cache(lambda stack, unknowns: render(stack, unknowns=unknowns))

    def give(stack: str, *, change: Change | None = None, unknowns: bool = False) -> ResourceGraph:
        return cached(stack, unknowns) if change is None else render(stack, change=change, unknowns=unknowns)

    return give


def declare(settings: EstateSettings) -> None:
    """Make the cluster of an environment as the environment makes it."""
    provider = aws.Provider("aws", aws.ProviderArgs(region=settings.environment.region))
    Cluster(
        "cluster",
        settings=settings.cluster,
        versions=settings.versions,
        naming=Naming.of(settings.environment, settings.schedule),
        network=stand_in_network(provider),
        keys=stand_in_keys(provider),
        serving=settings.recovery.serving,
        rehearsed=settings.recovery.rehearsed,
        scheduled=settings.schedule.awake is not None,
        protect=settings.environment.protect_stateful,
        opts=pulumi.ResourceOptions(providers=[provider]),
    )


def stand_in_network(provider: aws.Provider) -> Network:
    """A VPC with two private subnets and the nodes' group, which has one rule each way."""
    opts = pulumi.ResourceOptions(provider=provider)
    vpc = aws.ec2.Vpc("vpc", aws.ec2.VpcArgs(cidr_block="10.0.0.0/16"), opts=opts)
    subnets = [
        aws.ec2.Subnet(
            f"private-{zone}", aws.ec2.SubnetArgs(vpc_id=vpc.id, cidr_block=f"10.0.{number}.0/24"), opts=opts
        )
        for number, zone in enumerate("ab", start=1)
    ]
    group = aws.ec2.SecurityGroup(
        "eks-nodes", aws.ec2.SecurityGroupArgs(vpc_id=vpc.id, description="Nodes"), opts=opts
    )
    security_groups = SimpleNamespace(
        eks_nodes=group.id,
        node_ingress_rule_ids=[pulumi.Output.from_input("sgr-ingress")],
        node_egress_rule_ids=[pulumi.Output.from_input("sgr-egress")],
    )
    network = SimpleNamespace(
        vpc_id=vpc.id,
        private_subnet_ids=[subnet.id for subnet in subnets],
        security_groups=security_groups,
    )
    return cast("Network", network)


def stand_in_keys(provider: aws.Provider) -> Keys:
    """Three keys; only their ARNs count here."""
    opts = pulumi.ResourceOptions(provider=provider)
    keys = {
        purpose: aws.kms.Key(purpose, aws.kms.KeyArgs(description=purpose), opts=opts)
        for purpose in ("data", "logs", "secrets")
    }
    return cast(
        "Keys", SimpleNamespace(**{purpose: SimpleNamespace(arn=key.arn) for purpose, key in keys.items()})
    )
