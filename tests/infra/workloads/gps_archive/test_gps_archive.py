"""The job as the cluster and AWS see it: what it runs, what it may do, and that it is in production alone."""

from __future__ import annotations

import json
from functools import cache
from types import SimpleNamespace
from typing import Any, cast

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes
import pytest

from infra.cluster import Cluster
from infra.naming import Naming
from infra.settings import EstateSettings
from infra.workloads.gps_archive import GpsArchive, archives_positions
from infra.workloads.gps_archive.permissions import BUCKET
from ops.__main__ import app
from ops.archive import layout
from preview.graph import ResourceGraph
from tests.conftest import ComponentRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.gps.conftest import capacity_of

HOST = "fleet-erp-prod-postgres.example.ap-south-1.rds.amazonaws.com"


def declare(settings: EstateSettings) -> None:
    """Declare the job as the environment does; what is outputs there is outputs here."""
    output = pulumi.Output.from_input
    naming = Naming.of(settings.environment, settings.schedule)
    in_aws = aws.Provider("aws", aws.ProviderArgs(region=naming.region))
    in_cluster = kubernetes.Provider("kubernetes", kubernetes.ProviderArgs(kubeconfig="{}"))
    cluster = SimpleNamespace(
        oidc_provider_arn=output("arn:aws:iam::111122223333:oidc-provider/oidc.example.com"),
        oidc_issuer=output("oidc.example.com"),
    )
    GpsArchive(
        "gps-archive",
        settings=settings.workloads,
        capacity=capacity_of(settings),
        naming=naming,
        cluster=cast("Cluster", cluster),
        namespace=output("gps"),
        secret_store="secrets-manager",
        database_host=output(HOST),
        after=[],
        opts=pulumi.ResourceOptions(providers=[in_aws, in_cluster]),
    )


@pytest.fixture(scope="module")
def graph(component: ComponentRenderer) -> ResourceGraph:
    return cache(lambda: component(lambda: declare(estate_settings("prod"))))()


@pytest.fixture(scope="module")
def job(graph: ResourceGraph) -> dict[str, Any]:
    (found,) = graph.of_type("kubernetes:batch/v1:CronJob")
    return cast("dict[str, Any]", found.inputs["spec"])


@pytest.mark.requirement("DATA-06")
def test_it_runs_every_month_and_never_twice_at_once(job: dict[str, Any]) -> None:
    minute, hour, day, month, weekday = job["schedule"].split()
    assert (minute.isdigit(), hour.isdigit(), day.isdigit(), month, weekday) == (True, True, True, "*", "*")
    assert (job["concurrencyPolicy"], job["suspend"]) == ("Forbid", False)
    spec = job["jobTemplate"]["spec"]
    assert spec["activeDeadlineSeconds"] == 12 * 3600
    assert spec["backoffLimit"] == 3


@pytest.mark.requirement("DATA-06")
def test_it_runs_the_archive_of_this_environment(job: dict[str, Any]) -> None:
    pod = job["jobTemplate"]["spec"]["template"]
    (container,) = pod["spec"]["containers"]
    assert container["command"] == ["python3", "-m", "ops", "archive", "run"]
    assert container["args"] == ["--environment=prod", "--online-months=12", "--json"]
    assert "archive" in {group.name for group in app.registered_groups}
    values = {entry["name"]: entry["value"] for entry in container["env"]}
    naming = Naming.of(estate_settings("prod").environment, estate_settings("prod").schedule)
    assert values["ARCHIVE_BUCKET"] == naming.bucket(BUCKET)
    assert values["PGHOST"] == HOST
    assert not any("PASSWORD" in name.upper() for name in values)
    assert pod["metadata"]["labels"]["fleet-erp/aws"] == "allowed"


def test_its_login_is_that_of_the_archive_and_checks_the_server(graph: ResourceGraph) -> None:
    (secret,) = graph.of_type("kubernetes:external-secrets.io/v1:ExternalSecret")
    spec = cast("dict[str, Any]", secret.inputs["spec"])
    assert spec["data"][0]["remoteRef"] == {
        "key": "fleet-erp/prod/database-gps-archive",
        "property": "password",
    }
    service = spec["target"]["template"]["data"]["pg_service.conf"]
    assert "user=gps_archive\n" in service
    assert "sslmode=verify-full\n" in service


@pytest.mark.requirement("DATA-06")
def test_its_role_writes_positions_and_deletes_nothing(graph: ResourceGraph) -> None:
    (policy,) = graph.of_type("aws:iam/rolePolicy:RolePolicy")
    statements = json.loads(str(policy.inputs["policy"]))["Statement"]
    naming = Naming.of(estate_settings("prod").environment, estate_settings("prod").schedule)
    bucket = naming.bucket_arn(BUCKET)
    allowed = {
        (action, resource)
        for statement in statements
        for action in _listed(statement["Action"])
        for resource in _listed(statement["Resource"])
        if action.startswith("s3:")
    }
    assert {resource for _, resource in allowed} == {
        bucket,
        f"{bucket}/{layout.PREFIX}/*",
        f"{bucket}/records/archive/*",
    }
    assert not any("Delete" in action or "*" in action or "Retention" in action for action, _ in allowed)
    (by_key,) = [statement for statement in statements if statement["Sid"] == "EncryptByS3"]
    assert by_key["Condition"]["StringEquals"]["kms:ViaService"] == "s3.ap-south-1.amazonaws.com"


@pytest.mark.requirement("DATA-06")
def test_only_production_archives() -> None:
    """Elsewhere positions are masked or made up, and end with the environment."""
    archiving = [
        stack for stack in ("prod", "staging", "testing", "dr") if archives_positions(estate_settings(stack))
    ]
    assert archiving == ["prod"]


def _listed(value: str | list[str]) -> list[str]:
    """A policy document writes a single value without a list."""
    return [value] if isinstance(value, str) else value
