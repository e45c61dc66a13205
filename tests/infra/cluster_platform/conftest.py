"""Each environment's platform, rendered from the real stack files on stand-ins of what lies below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.cluster_platform import Platform, Quota
from infra.naming import Naming
from infra.settings import EstateSettings
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.cluster.conftest import stand_in_keys
from tests.infra.settings.stack_files import estate_settings

if TYPE_CHECKING:
    from infra.cluster import Cluster
    from infra.network import Network

Change = Callable[[EstateSettings], EstateSettings]
Platforms = Callable[..., ResourceGraph]

ISSUER = "oidc.eks.ap-south-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF"
QUOTAS = {
    "erp": Quota(cpu_millicores=9000, memory_mib=30000, memory_limit_mib=45000, pods=20),
    "gps": Quota(cpu_millicores=4000, memory_mib=5000, memory_limit_mib=9000, pods=25),
}
VPC_ID = "vpc-0123456789abcdef0"


@pytest.fixture(scope="session")
def platforms(component: ComponentRenderer) -> Platforms:
    """Give `platforms(stack, change=…, unknowns=…)`: the resource list of a stack's platform alone.

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
    """Make the platform of an environment as the environment makes it."""
    in_aws = aws.Provider("aws", aws.ProviderArgs(region=settings.environment.region))
    in_cluster = kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}"))
    naming = Naming.of(settings.environment, settings.schedule)
    provider_arn = naming.global_arn("iam", f"oidc-provider/{ISSUER}")
    cluster = SimpleNamespace(
        oidc_provider_arn=pulumi.Output.from_input(provider_arn),
        oidc_issuer=pulumi.Output.from_input(ISSUER),
    )
    platform = Platform(
        "platform",
        settings=settings,
        quotas=QUOTAS,
        naming=naming,
        cluster=cast("Cluster", cluster),
        network=cast("Network", SimpleNamespace(vpc_id=pulumi.Output.from_input(VPC_ID))),
        keys=stand_in_keys(in_aws),
        file_system_id="fs-0123456789abcdef0",
        opts=pulumi.ResourceOptions(providers=[in_aws, in_cluster]),
    )
    pulumi.export("namespaces", platform.namespaces)
    pulumi.export("ready", [resource.urn for resource in platform.ready])
    pulumi.export("secret_store_name", platform.secret_store_name)
