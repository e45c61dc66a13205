"""The job as an object of the cluster: what it runs, as whom, when, and when again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.naming import Naming
from infra.settings import EstateSettings
from infra.workloads import certificates
from infra.workloads.business_views import BusinessViews, contract
from infra.workloads.odoo import GSP_KEY, Entrance, Odoo, OdooDatabase, SharedFiles
from infra.workloads.secret_delivery import partner_secret
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer, EstateRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.gps.conftest import capacity_of
from tests.infra.workloads.odoo.conftest import DATABASE, container_of, one, template_of, variables_of
from tests.schemas.validation import is_object, problems

JOB: Final = "kubernetes:batch/v1:Job"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
NAME: Final = "business-views"

Change = Callable[[EstateSettings], EstateSettings]


def declare(settings: EstateSettings) -> None:
    """Declare Odoo and the views as the environment does."""
    naming, capacity, output = (
        Naming.of(settings.environment, settings.schedule),
        capacity_of(settings),
        pulumi.Output.from_input,
    )
    opts = pulumi.ResourceOptions(
        providers=[
            aws.Provider("aws", aws.ProviderArgs(region=naming.region)),
            kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}")),
        ]
    )
    odoo = Odoo(
        "odoo",
        settings=settings.workloads,
        capacity=capacity,
        naming=naming,
        namespace=output("erp"),
        secret_store="secrets-manager",
        database=OdooDatabase(host=output(DATABASE)),
        volume=SharedFiles(
            file_system_id=output("fs-0123456789abcdef0"),
            access_point_id=output("fsap-0123456789abcdef0"),
            storage_class="efs",
            volume_name="odoo",
        ),
        entrance=Entrance(
            target_group_arn=None,
            hostname=settings.edge.web_hostname,
            balancer_networks=[],
            pod_networks=[],
            idle_timeout_seconds=300,
        ),
        gsp_key=partner_secret(naming, settings.recovery, GSP_KEY),
        secrets_key_arn=None,
        secret_recovery_window_days=7,
        protect=False,
        after=[],
        opts=opts,
    )
    BusinessViews(
        "business-views",
        settings=settings.workloads,
        capacity=capacity,
        naming=naming,
        namespace=output("erp"),
        secret_store="secrets-manager",
        host=output(DATABASE),
        odoo=odoo.preparation,
        after=[],
        opts=opts,
    )


@pytest.fixture(scope="module")
def views(component: ComponentRenderer) -> Callable[..., ResourceGraph]:
    """Give `views(change=…)`: the resource list of production's Odoo and views."""

    def render(change: Change = lambda settings: settings, *, stack: str = "prod") -> ResourceGraph:
        settings = change(estate_settings(stack))
        region = settings.environment.region
        return component(lambda: declare(settings), stack=stack, region=region, unknowns=False)

    return render


@pytest.fixture(scope="module")
def production(views: Callable[..., ResourceGraph]) -> ResourceGraph:
    """Give production's."""
    return views()


def test_the_api_accepts_the_job_and_what_it_needs(production: ResourceGraph) -> None:
    version = estate_settings("prod").versions.kubernetes
    objects = [each for each in production.resources if is_object(each) and each.name.startswith(NAME)]
    assert len(objects) == 4
    assert [line for each in objects for line in problems(each, version=version)] == []


def test_it_runs_the_files_that_are_tested(production: ResourceGraph) -> None:
    """With the contract as SQL, and the roots of the region."""
    files = one(production, CONFIG_MAP, NAME).inputs
    assert files["immutable"] is True
    assert files["data"] == {
        **contract.scripts(),
        certificates.FILE_NAME: certificates.rds_roots("ap-south-1"),
    }
    container = container_of(one(production, JOB, NAME))
    assert container["command"] == ["/bin/sh", "/jobs/business_views.sh"]
    variables = variables_of(container)
    assert variables["ODOO_DATABASE"] == "tms"
    assert variables["PGHOST"] == DATABASE
    script = contract.scripts()["business_views.sh"]
    asked = {word for word in variables if f"{word}:?" in script}
    assert script.count(":?") == len(asked) == 3


@pytest.mark.requirement("SEC-02", "SEC-05")
def test_it_is_odoo_and_checks_the_server(production: ResourceGraph) -> None:
    """The owner of tables and views, not the master; its password is in a file that libpq reads."""
    spec = one(production, EXTERNAL_SECRET, f"{NAME}-odoo").inputs["spec"]
    assert {entry["remoteRef"]["key"] for entry in spec["data"]} == {"fleet-erp/prod/database-odoo"}
    (text,) = spec["target"]["template"]["data"].values()
    assert "sslmode=verify-full\nsslrootcert=/jobs/rds.pem\n" in text
    variables = container_of(one(production, JOB, NAME))["env"]
    assert all(set(variable) == {"name", "value"} for variable in variables)


def test_it_comes_after_every_job_of_odoo(production: ResourceGraph) -> None:
    """Tables are there, and as the image wants them."""
    by_urn = production.by_urn
    seen: set[str] = set()
    waiting = [one(production, JOB, NAME).urn]
    while waiting:
        urn = waiting.pop()
        if urn not in seen:
            seen.add(urn)
            waiting += by_urn[urn].dependencies
    before = {by_urn[urn].name for urn in seen if by_urn[urn].type == JOB} - {NAME}
    assert before == {"odoo-init", "odoo-upgrade", "odoo-config"}


def _other_odoo(settings: EstateSettings) -> EstateSettings:
    images = settings.workloads.images
    odoo = images.odoo.model_copy(update={"digest": "sha256:" + "1" * 64})
    workloads = settings.workloads.model_copy(update={"images": images.model_copy(update={"odoo": odoo})})
    return settings.model_copy(update={"workloads": workloads})


def _another_module(settings: EstateSettings) -> EstateSettings:
    odoo = settings.workloads.odoo
    more = odoo.model_copy(update={"modules": (*odoo.modules, "tms_trip")})
    return settings.model_copy(update={"workloads": settings.workloads.model_copy(update={"odoo": more})})


@pytest.mark.parametrize(
    ("change", "upgraded"), [(_other_odoo, True), (_another_module, True), (lambda settings: settings, False)]
)
def test_it_runs_again_with_every_upgrade(
    views: Callable[..., ResourceGraph], production: ResourceGraph, change: Change, *, upgraded: bool
) -> None:
    """Which took the views away."""
    after = views(change)
    names = [
        [one(graph, JOB, job).inputs["metadata"]["name"] for job in ("odoo-upgrade", NAME)]
        for graph in (production, after)
    ]
    assert [before != now for before, now in zip(*names, strict=True)] == [upgraded, upgraded]


def test_it_runs_again_when_a_view_changes(
    views: Callable[..., ResourceGraph], production: ResourceGraph, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed = contract.scripts() | {"bi.sql": "SELECT 1;"}
    monkeypatch.setattr("infra.workloads.business_views.component.scripts", lambda: changed)
    names = [one(graph, JOB, NAME).inputs["metadata"]["name"] for graph in (production, views())]
    assert len(set(names)) == 2


@pytest.mark.parametrize(
    ("stack", "made"), [("prod", True), ("staging", True), ("testing", False), ("dr", False)]
)
def test_views_are_made_where_somebody_looks_and_the_database_takes_writes(
    estate: EstateRenderer, stack: str, *, made: bool
) -> None:
    """Testing has no dashboards; a standby's database brings production's views."""
    found: list[Any] = [each for each in estate(stack).of_type(JOB) if each.name == NAME]
    assert bool(found) is made


def test_the_pod_has_no_rights(production: ResourceGraph) -> None:
    spec = template_of(one(production, JOB, NAME))["spec"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"] is True
    labels = template_of(one(production, JOB, NAME))["metadata"]["labels"]
    assert not [label for label in labels if label.startswith("fleet-erp/")]
