"""Each environment's Odoo, rendered from the real stack files on stand-ins of what lies below it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.naming import Naming
from infra.settings import EstateSettings
from infra.workloads.capacity import Capacity
from infra.workloads.odoo import GSP_KEY, Entrance, Odoo, OdooDatabase, SharedFiles
from infra.workloads.secret_delivery import partner_secret
from preview.graph import Resource, ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings

ESTATES: Final = ("prod", "staging", "testing", "dr")
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
JOB: Final = "kubernetes:batch/v1:Job"
AUTOSCALER: Final = "kubernetes:autoscaling/v2:HorizontalPodAutoscaler"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
PARTS: Final = ("odoo-web", "odoo-cron", "odoo-report")
DATABASE: Final = "fleet-erp-prod-postgres.example.ap-south-1.rds.amazonaws.com"
REPORT_DATABASE: Final = "fleet-erp-prod-postgres-report.example.ap-south-1.rds.amazonaws.com"

Change = Callable[[EstateSettings], EstateSettings]
OdooRenderer = Callable[..., ResourceGraph]


@pytest.fixture(scope="session")
def odoo(component: ComponentRenderer) -> OdooRenderer:
    """Give `odoo(stack, change=…, unknowns=…)`: the resource list of a stack's Odoo alone."""

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
    """Declare Odoo as the environment does; what is outputs there is outputs here."""
    naming = Naming.of(settings.environment, settings.schedule)
    output = pulumi.Output.from_input
    Odoo(
        "odoo",
        settings=settings.workloads,
        capacity=Capacity.of(
            settings.load,
            settings.cluster,
            settings.database,
            settings.workloads,
            serving=settings.recovery.serving,
            monitored=settings.observability is not None,
        ),
        naming=naming,
        namespace=output("erp"),
        secret_store="secrets-manager",
        database=OdooDatabase(
            host=output(DATABASE),
            report_host=output(REPORT_DATABASE) if settings.database.report_replica else None,
        ),
        volume=SharedFiles(
            file_system_id=output("fs-0123456789abcdef0"),
            access_point_id=output("fsap-0123456789abcdef0"),
            storage_class="efs",
            volume_name=f"{naming.prefix}-odoo",
        ),
        entrance=Entrance(
            target_group_arn=output("arn:aws:elasticloadbalancing:ap-south-1:111122223333:targetgroup/o/1"),
            hostname=settings.edge.web_hostname,
            balancer_networks=[str(subnet.cidr) for subnet in settings.network.public_subnets],
            pod_networks=[str(subnet.cidr) for subnet in settings.network.private_subnets],
            idle_timeout_seconds=settings.edge.idle_timeout_seconds,
        ),
        gsp_key=partner_secret(naming, settings.recovery, GSP_KEY),
        secrets_key_arn=output("arn:aws:kms:ap-south-1:111122223333:key/secrets"),
        secret_recovery_window_days=settings.secrets.recovery_window_days,
        protect=settings.environment.protect_stateful,
        after=[],
        opts=pulumi.ResourceOptions(
            providers=[
                aws.Provider("aws", aws.ProviderArgs(region=naming.region)),
                kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}")),
            ]
        ),
    )


def one(graph: ResourceGraph, token: str, name: str) -> Resource:
    """The only resource of a type and logical name."""
    (resource,) = (resource for resource in graph.of_type(token) if resource.name == name)
    return resource


def template_of(resource: Resource) -> dict[str, Any]:
    """The pod template of a Deployment or Job."""
    return resource.inputs["spec"]["template"]


def container_of(resource: Resource) -> dict[str, Any]:
    """The only container of a Deployment or Job, sidecars apart."""
    (container,) = template_of(resource)["spec"]["containers"]
    return container


def variables_of(container: dict[str, Any]) -> dict[str, str]:
    """The environment of a container."""
    return {variable["name"]: variable["value"] for variable in container["env"]}


def configuration_of(graph: ResourceGraph, name: str) -> dict[str, str]:
    """The options of odoo.conf that a part or job reads, by the secret it mounts."""
    token = JOB if name in {"odoo-init", "odoo-upgrade", "odoo-config"} else DEPLOYMENT
    volumes = template_of(one(graph, token, name))["spec"]["volumes"]
    (secret,) = (volume["secret"]["secretName"] for volume in volumes if volume["name"] == "configuration")
    (delivered,) = (
        resource
        for resource in graph.of_type(EXTERNAL_SECRET)
        if resource.inputs["metadata"]["name"] == secret
    )
    text = delivered.inputs["spec"]["target"]["template"]["data"]["odoo.conf"]
    header, *lines = text.splitlines()
    assert header == "[options]"
    return dict(line.split(" = ", 1) for line in lines)


def parts_of(stack: str) -> tuple[str, ...]:
    """The Deployments of Odoo in a stack."""
    return PARTS if estate_settings(stack).workloads.odoo.report is not None else PARTS[:2]


def activated(settings: EstateSettings) -> EstateSettings:
    """A standby that serves."""
    recovery = settings.recovery.model_copy(update={"active": True})
    return settings.model_copy(update={"recovery": recovery})
