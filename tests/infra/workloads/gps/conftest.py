"""Each environment's GPS service, rendered from the real stack files on stand-ins of what lies below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from infra.naming import Naming
from infra.settings import EstateSettings
from infra.workloads.capacity import Capacity
from infra.workloads.gps import PARTNER_KEY, Gps
from infra.workloads.secret_delivery import partner_secret
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings

Change = Callable[[EstateSettings], EstateSettings]
GpsRenderer = Callable[..., ResourceGraph]
DATABASE = "fleet-erp-prod-postgres.example.ap-south-1.rds.amazonaws.com"


def capacity_of(settings: EstateSettings) -> Capacity:
    """Derive the capacity as the environment does."""
    return Capacity.of(
        settings.load,
        settings.cluster,
        settings.database,
        settings.workloads,
        serving=settings.recovery.serving,
        monitored=settings.observability is not None,
    )


@pytest.fixture(scope="session")
def gps(component: ComponentRenderer) -> GpsRenderer:
    """Give `gps(stack, change=…, unknowns=…)`: the resource list of a stack's GPS service alone."""

    def render(stack: str, change: Change | None, *, unknowns: bool) -> ResourceGraph:
        settings = estate_settings(stack)
        if change is not None:
            settings = change(settings)
        region = settings.environment.region
        return component(lambda: declare(settings), stack=stack, region=region, unknowns=unknowns)

    cached = cache(lambda stack, unknowns: render(stack, None, unknowns=unknowns))

    def give(stack: str, *, change: Change | None = None, unknowns: bool = False) -> ResourceGraph:
        return cached(stack, unknowns) if change is None else render(stack, change, unknowns=unknowns)

    return give


def declare(settings: EstateSettings) -> None:
    """Declare the service as the environment does; what is outputs there is outputs here."""
    naming = Naming.of(settings.environment, settings.schedule)
    output = pulumi.Output.from_input
    Gps(
        "gps",
        settings=settings.workloads,
        capacity=capacity_of(settings),
        naming=naming,
        namespace=output("gps"),
        secret_store="secrets-manager",
        database_host=output(DATABASE),
        target_group_arn=output("arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup/g/1"),
        partner_key=partner_secret(naming, settings.recovery, PARTNER_KEY),
        after=[],
        opts=pulumi.ResourceOptions(
            providers=[kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}"))]
        ),
    )
