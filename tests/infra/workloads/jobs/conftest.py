"""The bootstrap jobs and the passwords of each environment, rendered on stand-ins of what lies below."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.naming import Naming
from infra.settings import EstateSettings
from infra.workloads.jobs import BrokerBootstrap, DatabaseBootstrap, WorkloadCredentials
from infra.workloads.store_authority import StoreAuthority
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.cluster.conftest import stand_in_keys
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.gps.conftest import capacity_of

Change = Callable[[EstateSettings], EstateSettings]
JobsRenderer = Callable[..., ResourceGraph]
DATABASE = "fleet-erp-prod-postgres.example.ap-south-1.rds.amazonaws.com"
BROKER = "amqps://b-1234.mq.ap-south-1.amazonaws.com:5671"
MASTER_SECRET = "arn:aws:secretsmanager:ap-south-1:111122223333:secret:rds!db-1234"


@pytest.fixture(scope="session")
def jobs(component: ComponentRenderer) -> JobsRenderer:
    """Give `jobs(stack, change=…, unknowns=…, authority=…)`: the resource list of both jobs and passwords."""

    def render(
        stack: str, change: Change | None, *, unknowns: bool, authority: StoreAuthority | None = None
    ) -> ResourceGraph:
        settings = estate_settings(stack)
        if change is not None:
            settings = change(settings)
        region = settings.environment.region
        return component(lambda: declare(settings, authority), stack=stack, region=region, unknowns=unknowns)

    cached = cache(lambda stack, unknowns: render(stack, None, unknowns=unknowns))

    def give(
        stack: str,
        *,
        change: Change | None = None,
        unknowns: bool = False,
        authority: StoreAuthority | None = None,
    ) -> ResourceGraph:
        if change is None and authority is None:
            return cached(stack, unknowns)
        return render(stack, change, unknowns=unknowns, authority=authority)

    return give


def declare(settings: EstateSettings, authority: StoreAuthority | None) -> None:
    """Declare passwords and jobs as the environment does; what is outputs there is outputs here."""
    naming = Naming.of(settings.environment, settings.schedule)
    capacity = capacity_of(settings)
    output = pulumi.Output.from_input
    in_aws = aws.Provider("aws", aws.ProviderArgs(region=naming.region))
    in_cluster = kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}"))
    credentials = WorkloadCredentials(
        "workload-credentials",
        odoo_database=settings.workloads.odoo.database,
        database_host=output(DATABASE),
        broker_endpoint=output(BROKER),
        naming=naming,
        keys=stand_in_keys(in_aws),
        secret_recovery_window_days=settings.secrets.recovery_window_days,
        protect=settings.environment.protect_stateful,
        opts=pulumi.ResourceOptions(providers=[in_aws]),
    )
    DatabaseBootstrap(
        "database-bootstrap",
        settings=settings.workloads,
        capacity=capacity,
        naming=naming,
        namespace=output("erp"),
        secret_store="secrets-manager",
        host=output(DATABASE),
        master_secret=output(MASTER_SECRET),
        authority=authority,
        after=[credentials],
        opts=pulumi.ResourceOptions(providers=[in_cluster]),
    )
    BrokerBootstrap(
        "broker-bootstrap",
        settings=settings.workloads,
        load=settings.load,
        capacity=capacity,
        naming=naming,
        namespace=output("gps"),
        secret_store="secrets-manager",
        authority=authority,
        after=[credentials],
        opts=pulumi.ResourceOptions(providers=[in_cluster]),
    )
