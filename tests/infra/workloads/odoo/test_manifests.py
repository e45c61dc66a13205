"""What is declared for Odoo in each environment."""

from __future__ import annotations

import json
from typing import Any

import pytest

from infra.settings import EstateSettings
from preview.graph import UNKNOWN
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.odoo.conftest import (
    AUTOSCALER,
    DATABASE,
    DEPLOYMENT,
    ESTATES,
    EXTERNAL_SECRET,
    JOB,
    PARTS,
    OdooRenderer,
    activated,
    configuration_of,
    container_of,
    one,
    parts_of,
    template_of,
    variables_of,
)
from tests.schemas.validation import is_object, problems

JOBS = ("odoo-init", "odoo-upgrade", "odoo-config")


def maintained(settings: EstateSettings) -> EstateSettings:
    odoo = settings.workloads.odoo.model_copy(update={"maintenance": True})
    return settings.model_copy(update={"workloads": settings.workloads.model_copy(update={"odoo": odoo})})


@pytest.mark.parametrize("stack", ESTATES)
def test_every_object_is_what_the_api_accepts(odoo: OdooRenderer, stack: str) -> None:
    version = estate_settings(stack).versions.kubernetes
    objects = [resource for resource in odoo(stack).resources if is_object(resource)]
    assert len(objects) > 15
    assert [line for resource in objects for line in problems(resource, version=version)] == []


@pytest.mark.parametrize("stack", ESTATES)
def test_nothing_appears_only_after_the_first_deployment(odoo: OdooRenderer, stack: str) -> None:
    assert set(odoo(stack, unknowns=True).by_urn) == set(odoo(stack).by_urn)


@pytest.mark.requirement("OBS-09")
@pytest.mark.parametrize("stack", ESTATES)
def test_liveness_asks_the_database_selector_every_30_s_with_10_s_to_answer(
    odoo: OdooRenderer, stack: str
) -> None:
    for part in parts_of(stack):
        container = container_of(one(odoo(stack), DEPLOYMENT, part))
        probe = container["livenessProbe"]
        assert probe["httpGet"] == {"path": "/web/database/selector", "port": 8069, "scheme": "HTTP"}
        assert (probe["periodSeconds"], probe["timeoutSeconds"]) == (30, 10)
        # Longer than a failover of the database.
        assert probe["periodSeconds"] * probe["failureThreshold"] > 120
        assert container["readinessProbe"]["httpGet"]["path"] == "/web/health"
        assert (
            container["startupProbe"]["failureThreshold"] * container["startupProbe"]["periodSeconds"] >= 300
        )


@pytest.mark.parametrize("stack", ESTATES)
def test_the_probed_port_is_listened_on(odoo: OdooRenderer, stack: str) -> None:
    for part in parts_of(stack):
        spec = template_of(one(odoo(stack), DEPLOYMENT, part))["spec"]
        told = configuration_of(odoo(stack), part)
        listening = [
            port["containerPort"]
            for container in (*spec["containers"], *spec.get("initContainers", []))
            for port in container.get("ports", [])
        ]
        assert listening == [8069]
        if "initContainers" in spec:
            assert (told["http_interface"], told["http_port"]) == ("127.0.0.1", "8068")
        else:
            assert (told["http_interface"], told["http_port"]) == ("0.0.0.0", "8069")  # noqa: S104


def test_the_proxy_starts_before_odoo_and_stops_after_it(odoo: OdooRenderer) -> None:
    spec = template_of(one(odoo("prod"), DEPLOYMENT, "odoo-web"))["spec"]
    (proxy,) = spec["initContainers"]
    assert (proxy["name"], proxy["restartPolicy"]) == ("nginx", "Always")
    assert {"livenessProbe", "readinessProbe", "startupProbe"} <= proxy.keys()


@pytest.mark.parametrize("stack", ESTATES)
def test_a_pod_stops_after_its_longest_request(odoo: OdooRenderer, stack: str) -> None:
    for part in parts_of(stack):
        deployment = one(odoo(stack), DEPLOYMENT, part)
        limit = int(configuration_of(odoo(stack), part)["limit_time_real"])
        drain = container_of(deployment)["lifecycle"]["preStop"]["sleep"]["seconds"]
        assert drain == 15
        assert template_of(deployment)["spec"]["terminationGracePeriodSeconds"] >= limit + drain
        # A drain of nodes waits for 15 minutes (EKS, managed node update behaviour).
        assert template_of(deployment)["spec"]["terminationGracePeriodSeconds"] < 900


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("unknowns", [False, True])
@pytest.mark.parametrize("stack", ESTATES)
def test_passwords_are_placeholders_that_the_cluster_fills(
    odoo: OdooRenderer, stack: str, *, unknowns: bool
) -> None:
    graph = odoo(stack, unknowns=unknowns)
    told = configuration_of(graph, "odoo-web")
    assert (told["db_user"], told["db_password"]) == ("{{ .username }}", "{{ .password }}")
    assert told.get("smtp_password", "{{ .mail_password }}") == "{{ .mail_password }}"
    assert told["admin_passwd"] == "False"
    delivered = [resource.inputs["spec"] for resource in graph.of_type(EXTERNAL_SECRET)]
    assert {spec["secretStoreRef"]["kind"] for spec in delivered} == {"SecretStore"}
    values = [value for spec in delivered for value in spec["data"]]
    assert all(value["remoteRef"]["key"].startswith("fleet-erp/") for value in values)
    assert list(graph.of_type("kubernetes:core/v1:Secret")) == []
    assert list(graph.of_type("aws:secretsmanager/secretVersion:SecretVersion")) == []


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", ESTATES)
def test_the_gsp_key_is_a_file_that_no_manifest_holds(odoo: OdooRenderer, stack: str) -> None:
    (key,) = one(odoo(stack), EXTERNAL_SECRET, "odoo-gsp").inputs["spec"]["data"]
    # Production replicates its keys to the standby's region, where they keep their name.
    owner = "prod" if stack == "dr" else stack
    assert key["remoteRef"] == {"key": f"fleet-erp/{owner}/gsp-api-key"}
    deployment = one(odoo(stack), DEPLOYMENT, "odoo-web")
    (volume,) = (volume for volume in template_of(deployment)["spec"]["volumes"] if volume["name"] == "gsp")
    assert volume["secret"]["secretName"] == "odoo-gsp"
    variables = variables_of(container_of(deployment))
    assert not any("KEY" in name or "PASSWORD" in name for name in variables)


@pytest.mark.parametrize("stack", ESTATES)
def test_no_pod_gets_a_secret_as_a_variable(odoo: OdooRenderer, stack: str) -> None:
    for resource in (*odoo(stack).of_type(DEPLOYMENT), *odoo(stack).of_type(JOB)):
        text = json.dumps(resource.inputs)
        assert "secretKeyRef" not in text
        assert "secretRef" not in text


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", ESTATES)
def test_each_workload_has_an_account_of_its_own_without_rights_or_token(
    odoo: OdooRenderer, stack: str
) -> None:
    accounts = {
        resource.inputs["metadata"]["name"]: resource
        for resource in odoo(stack).of_type("kubernetes:core/v1:ServiceAccount")
    }
    used = [
        template_of(resource)["spec"]["serviceAccountName"] for resource in odoo(stack).of_type(DEPLOYMENT)
    ]
    assert len(used) == len(set(used))
    assert set(used) <= set(accounts)
    for account in accounts.values():
        assert account.inputs["automountServiceAccountToken"] is False
        # Odoo calls nothing of AWS.
        assert "annotations" not in account.inputs["metadata"]
    for resource in (*odoo(stack).of_type(DEPLOYMENT), *odoo(stack).of_type(JOB)):
        assert template_of(resource)["spec"]["automountServiceAccountToken"] is False


@pytest.mark.parametrize("stack", ESTATES)
def test_containers_gain_no_rights_and_write_to_volumes_only(odoo: OdooRenderer, stack: str) -> None:
    for resource in (*odoo(stack).of_type(DEPLOYMENT), *odoo(stack).of_type(JOB)):
        spec = template_of(resource)["spec"]
        assert spec["securityContext"]["runAsNonRoot"] is True
        assert spec["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        assert spec["enableServiceLinks"] is False
        if resource.name != "mail-catcher":
            context = spec["securityContext"]
            assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (100, 101, 101)
        for container in (*spec["containers"], *spec.get("initContainers", [])):
            context = container["securityContext"]
            assert context["allowPrivilegeEscalation"] is False
            assert context["readOnlyRootFilesystem"] is True
            assert context["capabilities"] == {"drop": ["ALL"]}
            assert "@sha256:" in container["image"]


@pytest.mark.requirement("NET-04")
def test_the_load_balancer_reaches_the_one_port_of_web_pods(odoo: OdooRenderer) -> None:
    spec = one(odoo("prod"), "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding", "odoo").inputs["spec"]
    assert spec["serviceRef"] == {"name": "odoo-web", "port": 8069}
    assert spec["targetType"] == "ip"
    # Else the controller edits the nodes' security group, which is declared elsewhere.
    assert "networking" not in spec
    (port,) = one(odoo("prod"), "kubernetes:core/v1:Service", "odoo-web").inputs["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (8069, 8069)


def test_a_standby_at_rest_is_ready_and_runs_nothing(odoo: OdooRenderer) -> None:
    graph = odoo("dr")
    assert {part: one(graph, DEPLOYMENT, part).inputs["spec"]["replicas"] for part in PARTS} == (
        dict.fromkeys(PARTS, 0)
    )
    assert list(graph.of_type(AUTOSCALER)) == []
    assert list(graph.of_type(JOB)) == []
    started = odoo("dr", change=activated)
    assert {job.name for job in started.of_type(JOB)} == set(JOBS)
    assert set(graph.by_urn) < set(started.by_urn)


@pytest.mark.parametrize("stack", ["prod", "staging", "testing"])
def test_jobs_run_one_after_the_other_and_before_the_pods(odoo: OdooRenderer, stack: str) -> None:
    graph = odoo(stack)
    initialised, upgraded, configured = (one(graph, JOB, job) for job in JOBS)
    assert initialised.urn in upgraded.dependencies
    assert upgraded.urn in configured.dependencies
    for part in parts_of(stack):
        assert configured.urn in one(graph, DEPLOYMENT, part).dependencies
    for job in (initialised, upgraded, configured):
        spec = job.inputs["spec"]
        assert (spec["backoffLimit"], spec["template"]["spec"]["restartPolicy"]) == (0, "Never")
        assert "ttlSecondsAfterFinished" not in spec


def test_maintenance_stops_the_pods_before_the_jobs(odoo: OdooRenderer) -> None:
    graph = odoo("prod", change=maintained)
    initialised = one(graph, JOB, "odoo-init")
    for part in PARTS:
        stopped = one(graph, DEPLOYMENT, part)
        assert stopped.inputs["spec"]["replicas"] == 0
        assert stopped.urn in initialised.dependencies
    assert list(graph.of_type(AUTOSCALER)) == []
    # The jobs themselves are the same: they do not run again when maintenance is over.
    assert {job.inputs["metadata"]["name"] for job in graph.of_type(JOB)} == {
        job.inputs["metadata"]["name"] for job in odoo("prod").of_type(JOB)
    }


def with_image(settings: EstateSettings) -> EstateSettings:
    images = settings.workloads.images
    changed = images.odoo.model_copy(update={"digest": "sha256:" + "0" * 64})
    workloads = settings.workloads.model_copy(update={"images": images.model_copy(update={"odoo": changed})})
    return settings.model_copy(update={"workloads": workloads})


def test_a_new_image_makes_new_jobs(odoo: OdooRenderer) -> None:
    def names(**options: Any) -> list[str]:
        graph = odoo("prod", **options)
        return [one(graph, JOB, job).inputs["metadata"]["name"] for job in JOBS]

    assert not set(names()) & set(names(change=with_image))


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("stack", ["prod", "staging"])
def test_two_factor_authentication_is_installed_and_set_before_anybody_gets_in(
    odoo: OdooRenderer, stack: str
) -> None:
    graph = odoo(stack)
    installed = variables_of(container_of(one(graph, JOB, "odoo-init")))["ODOO_MODULES"].split(",")
    assert "auth_totp_mail_enforce" in installed
    job = container_of(one(graph, JOB, "odoo-config"))
    assert job["command"][-1].endswith("< /jobs/configure.py")
    scripts = one(graph, "kubernetes:core/v1:ConfigMap", "odoo-jobs").inputs["data"]
    assert 'POLICY = "auth_totp.policy"' in scripts["configure.py"]
    assert 'EVERYBODY = "all_required"' in scripts["configure.py"]


@pytest.mark.requirement("SEC-01")
def test_where_codes_go_by_mail_credentials_have_a_place_and_tests_a_sink(odoo: OdooRenderer) -> None:
    secret = one(odoo("prod"), "aws:secretsmanager/secret:Secret", "mail-smtp")
    assert secret.inputs["name"] == "fleet-erp/prod/mail-smtp"
    assert configuration_of(odoo("prod"), "odoo-web")["smtp_ssl"] == "True"
    told = configuration_of(odoo("staging"), "odoo-web")
    assert (told["smtp_server"], told["smtp_port"]) == ("mail-catcher", "1025")
    service = one(odoo("staging"), "kubernetes:core/v1:Service", "mail-catcher")
    assert service.inputs["spec"]["ports"][0]["port"] == 1025
    assert one(odoo("staging"), DEPLOYMENT, "mail-catcher").inputs["spec"]["replicas"] == 1
    assert list(odoo("staging").of_type("aws:secretsmanager/secret:Secret")) == []


@pytest.mark.requirement("SEC-05")
@pytest.mark.parametrize("stack", ESTATES)
def test_the_database_and_the_files_are_reached_by_verified_tls(odoo: OdooRenderer, stack: str) -> None:
    graph = odoo(stack)
    region = estate_settings(stack).environment.region
    assert configuration_of(graph, "odoo-web")["db_sslmode"] == "verify-full"
    variables = variables_of(container_of(one(graph, DEPLOYMENT, "odoo-web")))
    assert (variables["PGSSLMODE"], variables["PGSSLROOTCERT"]) == ("verify-full", "/etc/rds/rds.pem")
    roots = one(graph, "kubernetes:core/v1:ConfigMap", "odoo-rds-certificates").inputs["data"]["rds.pem"]
    assert f"Amazon RDS {region} Root CA RSA2048 G1" in roots
    volume = one(graph, "kubernetes:core/v1:PersistentVolume", "odoo-data").inputs["spec"]
    assert volume["mountOptions"] == ["tls", "iam"]
    assert volume["csi"]["volumeHandle"] == "fs-0123456789abcdef0::fsap-0123456789abcdef0"


@pytest.mark.parametrize(("stack", "level"), [("prod", "info"), ("staging", "debug"), ("testing", "debug")])
def test_odoo_says_as_much_as_the_environment_wants(odoo: OdooRenderer, stack: str, level: str) -> None:
    for part in parts_of(stack):
        told = configuration_of(odoo(stack), part)
        assert told["log_level"] == level
        assert "logfile" not in told


@pytest.mark.parametrize("stack", ESTATES)
def test_the_file_is_known_before_the_database_is(odoo: OdooRenderer, stack: str) -> None:
    graph = odoo(stack, unknowns=True)
    assert configuration_of(graph, "odoo-web") == configuration_of(odoo(stack), "odoo-web")
    deployment = one(graph, DEPLOYMENT, "odoo-web")
    assert variables_of(container_of(deployment))["PGHOST"] in {DATABASE, UNKNOWN}


@pytest.mark.parametrize("stack", ESTATES)
def test_what_cannot_be_changed_in_place_is_named_by_its_content(odoo: OdooRenderer, stack: str) -> None:
    named = {
        resource.inputs["metadata"]["name"]
        for resource in odoo(stack).of_type("kubernetes:core/v1:ConfigMap")
        if resource.inputs.get("immutable")
    }
    assert len(named) >= 2 - (stack == "dr")
    assert all(len(name.rpartition("-")[2]) == 8 for name in named)
