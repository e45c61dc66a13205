"""What must be there before Grafana's pod, rendered on stand-ins of what lies around it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.naming import Naming
from infra.observability.grafana import Asked, GrafanaAccess
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings

REPORT_HOST = "fleet-erp-prod-postgres-report.example.ap-south-1.rds.amazonaws.com"
WORKSPACE = (
    "https://aps-workspaces.ap-south-1.amazonaws.com/workspaces/ws-01234567-89ab-cdef-0123-456789abcdef"
)
SEARCH_HOST = "vpc-fleet-erp-prod-logs-example.ap-south-1.es.amazonaws.com"

AccessRenderer = Callable[[str], ResourceGraph]


@pytest.fixture(scope="session")
def access(component: ComponentRenderer) -> AccessRenderer:
    """Give `access(stack)`: the resource list of a stack's access to Grafana alone."""

    @cache
    def render(stack: str) -> ResourceGraph:
        region = estate_settings(stack).environment.region
        return component(lambda: declare(stack), stack=stack, region=region, unknowns=False)

    return render


def declare(stack: str) -> None:
    """Declare it as monitoring does; what is outputs there is outputs here."""
    settings = estate_settings(stack)
    naming = Naming.of(settings.environment, settings.schedule)
    output = pulumi.Output.from_input
    GrafanaAccess(
        "grafana-access",
        asked=Asked(
            database_host=output(REPORT_HOST),
            database=settings.workloads.odoo.database,
            long_term_url=output(WORKSPACE),
            search_host=output(SEARCH_HOST),
            search_version=settings.versions.opensearch,
            indices=f"{naming.prefix}-*",
            scrape_seconds=30,
        ),
        naming=naming,
        namespace=output("observability"),
        secret_store="secrets-manager",
        key_arn=output("arn:aws:kms:ap-south-1:111122223333:key/secrets"),
        recovery_window_days=settings.secrets.recovery_window_days,
        protect=settings.environment.protect_stateful,
        after=[],
        opts=pulumi.ResourceOptions(
            providers=[
                aws.Provider("aws", aws.ProviderArgs(region=naming.region)),
                kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}")),
            ]
        ),
    )
