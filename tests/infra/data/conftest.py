"""Each environment's data stores, rendered from the real stack files on a stand-in network and keys."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from types import SimpleNamespace
from typing import Any, Final, cast

import pulumi
import pulumi_aws as aws
import pytest

from infra.data import (
    Broker,
    Cache,
    Database,
    Filestore,
    ObjectStore,
    Registry,
    SearchDomain,
    Secrets,
)
from infra.keys import Keys
from infra.naming import Naming
from infra.network import Network
from infra.settings import EstateSettings
from preview.graph import Resource, ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings

PRIVATE_SUBNETS: Final = ("subnet-private-a", "subnet-private-b")
Change = Callable[[EstateSettings], EstateSettings]
Stores = Callable[..., ResourceGraph]


def key_arn(purpose: str, region: str) -> str:
    """The stand-in key of a purpose."""
    return f"arn:aws:kms:{region}:111122223333:key/{purpose}"


@pytest.fixture(scope="session")
def stores(component: ComponentRenderer) -> Stores:
    """Give `stores(stack, change=…, unknowns=…)`: the resource list of a stack's data stores alone.

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
    """Declare the data stores as the environment does, and export their attributes."""
    naming = Naming.of(settings.environment, settings.schedule)
    region = settings.environment.region
    network = cast(
        "Network",
        SimpleNamespace(
            private_subnet_ids=[pulumi.Output.from_input(subnet) for subnet in PRIVATE_SUBNETS],
            security_groups=SimpleNamespace(
                **{
                    role: pulumi.Output.from_input(f"sg-of-{role}")
                    for role in ("rds", "mq", "cache", "search", "efs")
                }
            ),
        ),
    )
    keys = cast(
        "Keys",
        SimpleNamespace(
            **{
                purpose: SimpleNamespace(arn=pulumi.Output.from_input(key_arn(purpose, region)))
                for purpose in ("data", "logs", "secrets", "backup")
            }
        ),
    )
    provider = aws.Provider("aws", aws.ProviderArgs(region=region))
    protect = settings.environment.protect_stateful
    common: dict[str, Any] = {"naming": naming, "opts": pulumi.ResourceOptions(providers=[provider])}
    placed: dict[str, Any] = {
        "network": network,
        "keys": keys,
        "versions": settings.versions,
        "secret_recovery_window_days": settings.secrets.recovery_window_days,
    }
    database = Database(
        "database",
        settings=settings.database,
        recovery=settings.recovery,
        protect=protect,
        **placed,
        **common,
    )
    broker = Broker("broker", settings=settings.broker, protect=protect, **placed, **common)
    cache_ = Cache("cache", settings=settings.cache, protect=protect, **placed, **common)
    objects = ObjectStore("objects", settings=settings.objects, keys=keys, protect=protect, **common)
    filestore = Filestore(
        "filestore",
        settings=settings.filestore,
        recovery=settings.recovery,
        network=network,
        keys=keys,
        protect=protect,
        **common,
    )
    secrets = Secrets("secrets", settings=settings.secrets, keys=keys, protect=protect, **common)
    registry = Registry("registry", settings=settings.registry, keys=keys, **common)
    search = (
        SearchDomain(
            "search",
            settings=settings.search,
            versions=settings.versions,
            network=network,
            keys=keys,
            protect=protect,
            **common,
        )
        if settings.search is not None
        else None
    )
    exports = {
        "database_endpoint": database.endpoint,
        "database_report_endpoint": database.report_endpoint,
        "database_master_secret_arn": database.master_secret_arn,
        "database_instance_arn": database.instance_arn,
        "broker_endpoint": broker.endpoint,
        "broker_admin_secret_arn": broker.admin_secret_arn,
        "broker_id": broker.broker_id,
        "cache_endpoint": cache_.endpoint,
        "cache_secret_arn": cache_.secret_arn,
        "bucket_names": objects.bucket_names,
        "access_logs_bucket_name": objects.access_logs.bucket_name,
        "filestore_id": filestore.file_system_id,
        "filestore_access_point_id": filestore.access_point_id,
        "partner_secret_arns": secrets.arns,
        "repository_urls": registry.urls,
        "search_endpoint": search.endpoint if search is not None else None,
    }
    for name, value in exports.items():
        pulumi.export(name, value)


def one(graph: ResourceGraph, token: str, name: str) -> Resource:
    """The only resource of a type and logical name."""
    (resource,) = (resource for resource in graph.of_type(token) if resource.name == name)
    return resource
