"""How many pods of Odoo there are, how large they are, and who goes first."""

from __future__ import annotations

import pytest

from infra.settings import EstateSettings
from tests.infra.workloads.odoo.conftest import (
    AUTOSCALER,
    DATABASE,
    DEPLOYMENT,
    PARTS,
    REPORT_DATABASE,
    OdooRenderer,
    activated,
    configuration_of,
    container_of,
    one,
    parts_of,
    template_of,
    variables_of,
)


@pytest.mark.requirement("SCALE-01", "AUTO-01")
@pytest.mark.parametrize("stack", ["prod", "dr"])
def test_pods_are_added_above_70_percent_cpu_or_75_percent_memory(odoo: OdooRenderer, stack: str) -> None:
    graph = odoo(stack) if stack == "prod" else odoo(stack, change=activated)
    web = one(graph, AUTOSCALER, "odoo-web").inputs["spec"]
    assert {
        (metric["containerResource"]["name"], metric["containerResource"]["target"]["averageUtilization"])
        for metric in web["metrics"]
    } == {("cpu", 70), ("memory", 75)}
    assert {metric["containerResource"]["container"] for metric in web["metrics"]} == {"odoo"}
    assert web["scaleTargetRef"]["name"] == "odoo-web"
    for scaler in graph.of_type(AUTOSCALER):
        spec = scaler.inputs["spec"]
        assert 1 <= spec["minReplicas"] < spec["maxReplicas"]
        # The autoscaler owns the number.
        assert "replicas" not in one(graph, DEPLOYMENT, spec["scaleTargetRef"]["name"]).inputs["spec"]


@pytest.mark.requirement("SCALE-01")
def test_bounds_follow_the_settings(odoo: OdooRenderer) -> None:
    def bounded(settings: EstateSettings) -> EstateSettings:
        odoo = settings.workloads.odoo
        web = odoo.web.model_copy(update={"min_replicas": 4, "max_replicas": 6})
        workloads = settings.workloads.model_copy(update={"odoo": odoo.model_copy(update={"web": web})})
        return settings.model_copy(update={"workloads": workloads})

    spec = one(odoo("prod", change=bounded), AUTOSCALER, "odoo-web").inputs["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (4, 6)


@pytest.mark.requirement("SCALE-02")
def test_staging_runs_a_number_of_pods_that_nothing_but_people_changes(odoo: OdooRenderer) -> None:
    assert list(odoo("staging").of_type(AUTOSCALER)) == []
    for part in parts_of("staging"):
        assert one(odoo("staging"), DEPLOYMENT, part).inputs["spec"]["replicas"] >= 1


@pytest.mark.requirement("SCALE-03")
def test_testing_has_a_fixed_size(odoo: OdooRenderer) -> None:
    assert list(odoo("testing").of_type(AUTOSCALER)) == []
    numbers = {part: one(odoo("testing"), DEPLOYMENT, part).inputs["spec"]["replicas"] for part in PARTS[:2]}
    assert numbers == {"odoo-web": 1, "odoo-cron": 1}


@pytest.mark.requirement("LOAD-01")
def test_workers_and_requests_follow_from_the_users(odoo: OdooRenderer) -> None:
    def doubled(settings: EstateSettings) -> EstateSettings:
        load = settings.load.model_copy(
            update={"users": settings.load.users * 2, "peak_users": settings.load.peak_users * 2}
        )
        return settings.model_copy(update={"load": load})

    told = configuration_of(odoo("prod"), "odoo-web")
    container = container_of(one(odoo("prod"), DEPLOYMENT, "odoo-web"))
    assert (told["workers"], told["max_cron_threads"]) == ("4", "0")
    assert container["resources"]["requests"].keys() == {"cpu", "memory"}
    assert container["resources"]["limits"].keys() == {"memory"}
    most = one(odoo("prod"), AUTOSCALER, "odoo-web").inputs["spec"]["maxReplicas"]
    # 150 users at the peak, six to a worker, and one pod may be lost.
    assert most * int(told["workers"]) * 6 >= 150 + 24
    twice = one(odoo("prod", change=doubled), AUTOSCALER, "odoo-web").inputs["spec"]["maxReplicas"]
    assert twice > 1.5 * most


@pytest.mark.requirement("LOAD-03")
def test_reports_have_pods_a_priority_and_a_database_of_their_own(odoo: OdooRenderer) -> None:
    web = one(odoo("prod"), DEPLOYMENT, "odoo-web")
    report = one(odoo("prod"), DEPLOYMENT, "odoo-report")
    assert template_of(web)["spec"]["priorityClassName"] == "transactions"
    assert template_of(report)["spec"]["priorityClassName"] == "reports"
    assert variables_of(container_of(report))["REPORT_DATABASE_HOST"] == REPORT_DATABASE
    assert "--db_replica_host=$(REPORT_DATABASE_HOST)" in container_of(report)["args"]
    assert variables_of(container_of(report))["PGHOST"] == DATABASE
    assert "REPORT_DATABASE_HOST" not in variables_of(container_of(web))
    proxied = one(odoo("prod"), "kubernetes:core/v1:ConfigMap", "odoo-web-proxy").inputs["data"]["nginx.conf"]
    assert "proxy_pass http://odoo-report:8069;" in proxied
    # The proxy looks the service up when it starts.
    service = one(odoo("prod"), "kubernetes:core/v1:Service", "odoo-report")
    assert service.urn in web.dependencies


def test_where_nothing_computes_reports_apart_web_pods_do(odoo: OdooRenderer) -> None:
    proxied = one(odoo("testing"), "kubernetes:core/v1:ConfigMap", "odoo-web-proxy").inputs["data"]
    assert "odoo-report" not in proxied["nginx.conf"]
