"""The jobs as objects of the cluster: what they run, with whose rights, and when again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import pytest

from infra.settings import EstateSettings
from infra.workloads import certificates
from infra.workloads import jobs as room
from infra.workloads.jobs.broker_plan import USERS as BROKER_USERS
from infra.workloads.jobs.users import DATABASE_USERS
from infra.workloads.store_authority import StoreAuthority
from preview.graph import Resource, ResourceGraph, is_secret, plain
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.gps.conftest import capacity_of
from tests.infra.workloads.odoo.conftest import container_of, one, template_of, variables_of
from tests.schemas.validation import is_object, problems

from .conftest import DATABASE, MASTER_SECRET, JobsRenderer

STACKS: Final = ("prod", "staging", "testing", "dr")
SERVING: Final = ("prod", "staging", "testing")
NAMES: Final = ("database-bootstrap", "broker-bootstrap")
JOB: Final = "kubernetes:batch/v1:Job"
CONFIG_MAP: Final = "kubernetes:core/v1:ConfigMap"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
SECRET: Final = "aws:secretsmanager/secret:Secret"
SECRET_VALUE: Final = "aws:secretsmanager/secretVersion:SecretVersion"
SCRIPTS: Final = Path(room.__file__).parent


def files_of(graph: ResourceGraph, name: str) -> dict[str, str]:
    """Give the files that the pod of a job finds at /jobs."""
    volumes = template_of(one(graph, JOB, name))["spec"]["volumes"]
    (config_map,) = (volume["configMap"]["name"] for volume in volumes if volume["name"] == "jobs")
    (found,) = (
        resource.inputs
        for resource in graph.of_type(CONFIG_MAP)
        if resource.inputs["metadata"]["name"] == config_map
    )
    assert found["immutable"] is True
    return found["data"]


def delivered(graph: ResourceGraph, name: str, folder: str) -> dict[str, Any]:
    """Give the spec of the ExternalSecret behind a folder of secrets."""
    volumes = template_of(one(graph, JOB, name))["spec"]["volumes"]
    (secret,) = (volume["secret"]["secretName"] for volume in volumes if volume["name"] == folder)
    (found,) = (
        resource.inputs["spec"]
        for resource in graph.of_type(EXTERNAL_SECRET)
        if resource.inputs["spec"]["target"]["name"] == secret
    )
    return found


def remote(spec: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {
        entry["secretKey"]: (entry["remoteRef"]["key"], entry["remoteRef"]["property"])
        for entry in spec["data"]
    }


@pytest.mark.parametrize("stack", STACKS)
def test_the_api_accepts_every_object(jobs: JobsRenderer, stack: str) -> None:
    """Custom resources by their schemas."""
    version = estate_settings(stack).versions.kubernetes
    objects = [resource for resource in jobs(stack).resources if is_object(resource)]
    assert [line for resource in objects for line in problems(resource, version=version)] == []
    assert bool(objects) is (stack in SERVING)


def test_the_database_job_runs_the_files_that_are_tested(jobs: JobsRenderer) -> None:
    """The very texts that run on a real PostgreSQL in the tests, and the roots of the region."""
    graph = jobs("prod")
    expected = {path.name: path.read_text() for path in (SCRIPTS / "sql").glob("*.sql")}
    for name in ("database_bootstrap.sh", "scram_verifiers.py"):
        expected[name] = (SCRIPTS / name).read_text()
    expected["rds.pem"] = certificates.rds_roots("ap-south-1")
    assert files_of(graph, "database-bootstrap") == expected
    assert container_of(one(graph, JOB, "database-bootstrap"))["command"] == [
        "/bin/sh",
        "/jobs/database_bootstrap.sh",
    ]


def test_the_database_job_is_told_all_that_its_script_asks_for(jobs: JobsRenderer) -> None:
    """Names, shares of connections and the months that positions stay online (DATA-06)."""
    variables = variables_of(container_of(one(jobs("prod"), JOB, "database-bootstrap")))
    capacity = capacity_of(estate_settings("prod"))
    (consumers,) = (share.connections for share in capacity.primary.shares if share.holder == "gps-consumer")
    assert {
        name: variables[name]
        for name in ("PGHOST", "ODOO_DATABASE", "GPS_DATABASE", "GRAFANA_CONNECTIONS", "ONLINE_MONTHS")
    } == {
        "PGHOST": DATABASE,
        "ODOO_DATABASE": "tms",
        "GPS_DATABASE": "gps",
        "GRAFANA_CONNECTIONS": "10",
        "ONLINE_MONTHS": "12",
    }
    assert int(variables["GPS_CONNECTIONS"]) > consumers
    script = (SCRIPTS / "database_bootstrap.sh").read_text()
    asked = {word for word in variables if f"{word}:?" in script}
    assert asked >= {"SCRIPTS", "PASSWORDS", "PGSERVICEFILE", "EXPORTER_CONNECTIONS", "GPS_CONNECTIONS"}
    assert script.count(":?") == len(asked)


def test_the_broker_job_runs_the_script_that_is_tested(jobs: JobsRenderer) -> None:
    """And a topology whose queue holds what the peak of the fleet sends in four hours, in steps of 10,000."""
    graph = jobs("prod")
    files = files_of(graph, "broker-bootstrap")
    assert files["broker_topology.py"] == (SCRIPTS / "broker_topology.py").read_text()
    topology = json.loads(files["topology.json"])
    assert topology["policies"][0]["definition"] == {"max-length": 960_000}
    (positions,) = (queue for queue in topology["queues"] if queue["name"] == "gps.positions")
    assert positions["arguments"] == {
        "x-delivery-limit": 5,
        "x-dead-letter-exchange": "gps.dlx",
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }
    assert container_of(one(graph, JOB, "broker-bootstrap"))["command"] == [
        "python3",
        "/jobs/broker_topology.py",
        "--topology",
        "/jobs/topology.json",
        "--admin",
        "/run/secrets/admin",
        "--users",
        "/run/secrets/users",
    ]


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("name", NAMES)
def test_secrets_are_files_from_secrets_manager(jobs: JobsRenderer, name: str) -> None:
    """No variable and no part of the command line holds one."""
    container = container_of(one(jobs("prod"), JOB, name))
    assert all(set(variable) == {"name", "value"} for variable in container["env"])
    assert "envFrom" not in container


def test_the_master_is_checked_before_it_gets_its_password(jobs: JobsRenderer) -> None:
    """Password in a file that libpq reads; RDS made the secret's name up, so it is known by its ARN."""
    spec = delivered(jobs("prod"), "database-bootstrap", "master")
    assert remote(spec) == {member: (MASTER_SECRET, member) for member in ("username", "password")}
    assert spec["target"]["template"]["data"] == {
        "pg_service.conf": (
            "[master]\nuser={{ .username }}\npassword={{ .password }}\nsslmode=verify-full\n"
            "sslrootcert=/jobs/rds.pem\n"
        )
    }


def test_jobs_get_the_password_of_each_user_they_make(jobs: JobsRenderer) -> None:
    """One file per user, named as the scripts expect; each from the secret that was made for it."""
    graph = jobs("prod")
    made = {resource.inputs["name"] for resource in graph.of_type(SECRET)}
    database = remote(delivered(graph, "database-bootstrap", "roles"))
    broker = remote(delivered(graph, "broker-bootstrap", "users"))
    assert set(database) == {user.name for user in DATABASE_USERS}
    assert set(broker) == {user.name for user in BROKER_USERS}
    assert {secret for secret, _ in (*database.values(), *broker.values())} == made
    assert {member for _, member in (*database.values(), *broker.values())} == {"password"}
    roles = (SCRIPTS / "sql" / "roles.sql").read_text()
    for user in DATABASE_USERS:
        assert f":'{user.name}_verifier'" in roles


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("name", NAMES)
def test_jobs_have_accounts_of_their_own_and_no_rights(jobs: JobsRenderer, name: str) -> None:
    """Neither AWS nor the Kubernetes API is called; nothing can be gained or written."""
    graph = jobs("prod")
    spec = template_of(one(graph, JOB, name))["spec"]
    account = one(graph, SERVICE_ACCOUNT, name).inputs
    assert spec["serviceAccountName"] == account["metadata"]["name"] == name
    assert "annotations" not in account["metadata"]
    assert spec["automountServiceAccountToken"] is False
    assert spec["securityContext"]["runAsNonRoot"] is True
    context = spec["containers"][0]["securityContext"]
    assert context["readOnlyRootFilesystem"] is True
    assert context["capabilities"] == {"drop": ["ALL"]}


def test_only_the_broker_job_reaches_the_management_api(jobs: JobsRenderer) -> None:
    ways = {
        name: sorted(
            label
            for label in template_of(one(jobs("prod"), JOB, name))["metadata"]["labels"]
            if label.startswith("fleet-erp/")
        )
        for name in NAMES
    }
    assert ways == {"database-bootstrap": [], "broker-bootstrap": ["fleet-erp/broker-management"]}


@pytest.mark.parametrize("name", NAMES)
def test_a_job_ends_and_is_kept(jobs: JobsRenderer, name: str) -> None:
    """Bounded in tries and time; a finished one that vanished would run again with every refresh."""
    spec = one(jobs("prod"), JOB, name).inputs["spec"]
    assert (spec["backoffLimit"], spec["activeDeadlineSeconds"]) == (2, 900)
    assert "ttlSecondsAfterFinished" not in spec
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def _name(graph: ResourceGraph, job: str) -> str:
    return one(graph, JOB, job).inputs["metadata"]["name"]


def _other_image(settings: EstateSettings) -> EstateSettings:
    images = settings.workloads.images
    ops = images.ops.model_copy(update={"digest": "sha256:" + "0" * 64})
    workloads = settings.workloads.model_copy(update={"images": images.model_copy(update={"ops": ops})})
    return settings.model_copy(update={"workloads": workloads})


def _other_database(settings: EstateSettings) -> EstateSettings:
    odoo = settings.workloads.odoo.model_copy(update={"database": "erp"})
    return settings.model_copy(update={"workloads": settings.workloads.model_copy(update={"odoo": odoo})})


def _twice_the_fleet(settings: EstateSettings) -> EstateSettings:
    fleet = settings.load.fleet.model_copy(update={"peak_vehicles": 4000})
    return settings.model_copy(update={"load": settings.load.model_copy(update={"fleet": fleet})})


@pytest.mark.parametrize(
    ("change", "again"),
    [
        (lambda settings: settings, set()),
        (_other_image, {*NAMES}),
        (_other_database, {"database-bootstrap"}),
        # More consumers take more connections.
        (_twice_the_fleet, {*NAMES}),
    ],
    ids=["nothing", "image", "database", "fleet"],
)
def test_a_job_runs_again_when_what_it_runs_changes(jobs: JobsRenderer, change: Any, again: set[str]) -> None:
    """Its name is new then, and only then."""
    before, after = jobs("prod"), jobs("prod", change=change)
    assert {name for name in NAMES if _name(before, name) != _name(after, name)} == again


def test_a_workspace_brings_its_own_authority(jobs: JobsRenderer) -> None:
    """Then neither the roots of RDS nor the system's are trusted."""
    graph = jobs("testing", authority=StoreAuthority(secret="stores-tls", file="ca.crt"))
    assert "rds.pem" not in files_of(graph, "database-bootstrap")
    service = delivered(graph, "database-bootstrap", "master")["target"]["template"]["data"]
    assert "sslrootcert=/etc/store-authority/ca.crt\n" in service["pg_service.conf"]
    command = container_of(one(graph, JOB, "broker-bootstrap"))["command"]
    assert command[-2:] == ["--ca-file", "/etc/store-authority/ca.crt"]
    for name in NAMES:
        volumes = template_of(one(graph, JOB, name))["spec"]["volumes"]
        assert "stores-tls" in {volume.get("secret", {}).get("secretName") for volume in volumes}


def test_a_standby_at_rest_has_passwords_and_no_jobs(jobs: JobsRenderer) -> None:
    """Its database takes no writes; the passwords are ready for the day it does."""
    graph = jobs("dr")
    assert not [*graph.of_type(JOB), *graph.of_type(EXTERNAL_SECRET)]
    assert len([*graph.of_type(SECRET)]) == len(DATABASE_USERS) + len(BROKER_USERS)


@pytest.mark.requirement("SEC-02")
def test_passwords_are_in_secrets_manager_alone(jobs: JobsRenderer) -> None:
    """Each value is marked secret and written without being kept; the key is the one for secrets."""
    graph = jobs("prod")
    values = [*graph.of_type(SECRET_VALUE)]
    assert len(values) == len(DATABASE_USERS) + len(BROKER_USERS)
    for value in values:
        assert is_secret(value.inputs["secretStringWo"])
        assert "secretString" not in value.inputs
    for secret in graph.of_type(SECRET):
        assert secret.inputs["tags"]["DataClassification"] == "restricted"
        assert secret.inputs["kmsKeyId"]


def test_a_secret_has_all_that_a_client_needs(jobs: JobsRenderer) -> None:
    """Where to connect, as whom and to what; the members that templates of pods name."""
    graph = jobs("prod")
    found = {value.name: _members(value) for value in graph.of_type(SECRET_VALUE)}
    assert found["database-gps-archive-secret-value"] == {
        "engine": "postgres",
        "host": DATABASE,
        "port": 5432,
        "dbname": "gps",
        "username": "gps_archive",
    }
    assert found["broker-gps-publisher-secret-value"] == {
        "endpoint": "amqps://b-1234.mq.ap-south-1.amazonaws.com:5671",
        "vhost": "fleet",
        "username": "gps-publisher",
    }


def _members(value: Resource) -> dict[str, Any]:
    document = json.loads(plain(value.inputs["secretStringWo"]))
    assert len(document.pop("password")) >= 16
    return document
