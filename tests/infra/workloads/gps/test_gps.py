"""The GPS service: probes, ways, secrets, log settings and limits of its pods."""

from __future__ import annotations

import re
from typing import Any, Final

import pytest

from infra.settings import EstateSettings
from infra.workloads import certificates
from infra.workloads.gps.configuration import SAMPLING_ANNOTATION
from preview.graph import ResourceGraph, plain
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import estate_settings
from tests.infra.workloads.odoo.conftest import container_of, one, template_of, variables_of
from tests.schemas.validation import is_object, problems

from .conftest import DATABASE, GpsRenderer, capacity_of

STACKS: Final = ("prod", "staging", "testing", "dr")
PARTS: Final = ("gps-api", "gps-consumer")
DEPLOYMENT: Final = "kubernetes:apps/v1:Deployment"
CRON_JOB: Final = "kubernetes:batch/v1:CronJob"
EXTERNAL_SECRET: Final = "kubernetes:external-secrets.io/v1:ExternalSecret"
BUDGET: Final = "kubernetes:policy/v1:PodDisruptionBudget"
SERVICE: Final = "kubernetes:core/v1:Service"
SERVICE_ACCOUNT: Final = "kubernetes:core/v1:ServiceAccount"
BINDING: Final = "kubernetes:elbv2.k8s.aws/v1beta1:TargetGroupBinding"


def part(graph: ResourceGraph, name: str) -> dict[str, Any]:
    """Give the only container of a part."""
    return container_of(one(graph, DEPLOYMENT, name))


def delivered(graph: ResourceGraph, deployment: str, volume: str) -> dict[str, Any]:
    """Give the spec of the ExternalSecret that makes the Secret of a pod's volume."""
    volumes = template_of(one(graph, DEPLOYMENT, deployment))["spec"]["volumes"]
    (secret,) = (each["secret"]["secretName"] for each in volumes if each["name"] == volume)
    (found,) = (
        resource.inputs["spec"]
        for resource in graph.of_type(EXTERNAL_SECRET)
        if resource.inputs["spec"]["target"]["name"] == secret
    )
    return found


def remote(spec: dict[str, Any]) -> dict[str, tuple[str, str | None]]:
    """Give what an ExternalSecret fetches: secret and member by name."""
    return {
        entry["secretKey"]: (entry["remoteRef"]["key"], entry["remoteRef"].get("property"))
        for entry in spec["data"]
    }


@pytest.mark.parametrize("stack", STACKS)
def test_the_api_accepts_every_object(gps: GpsRenderer, stack: str) -> None:
    """Also of custom resources, by their schemas."""
    version = estate_settings(stack).versions.kubernetes
    objects = [resource for resource in gps(stack).resources if is_object(resource)]
    assert len(objects) > 10
    assert [line for resource in objects for line in problems(resource, version=version)] == []


@pytest.mark.requirement("OBS-10")
@pytest.mark.parametrize("stack", STACKS)
@pytest.mark.parametrize("name", PARTS)
def test_liveness_is_asked_as_the_strategy_says(gps: GpsRenderer, stack: str, name: str) -> None:
    """/health, 5 s to answer, every 30 s; readiness is another question."""
    container = part(gps(stack), name)
    probe = container["livenessProbe"]
    assert (probe["httpGet"]["path"], probe["timeoutSeconds"], probe["periodSeconds"]) == ("/health", 5, 30)
    assert probe["httpGet"]["port"] == container["ports"][0]["containerPort"] == 8000
    assert container["readinessProbe"]["httpGet"]["path"] == "/ready"


@pytest.mark.parametrize("name", PARTS)
def test_one_process_for_each_pod(gps: GpsRenderer, name: str) -> None:
    """Several would break the metrics; pods are what scales."""
    assert variables_of(part(gps("prod"), name))["UVICORN_WORKERS"] == "1"


@pytest.mark.parametrize(("stack", "level", "percent"), [("prod", "INFO", "10"), ("staging", "DEBUG", "100")])
def test_logs_as_the_environment_wants(gps: GpsRenderer, stack: str, level: str, percent: str) -> None:
    """The level is a variable; the share of successes that is kept is told to whoever ships logs."""
    for name in PARTS:
        assert variables_of(part(gps(stack), name))["LOG_LEVEL"] == level
        annotations = template_of(one(gps(stack), DEPLOYMENT, name))["metadata"]["annotations"]
        assert annotations == {SAMPLING_ANNOTATION: percent}


@pytest.mark.requirement("LOAD-02")
def test_rate_of_a_key_follows_the_fleet(gps: GpsRenderer) -> None:
    """2,000 vehicles each 30 s are 4,000 a minute, times 1.5; twice the fleet, twice the rate."""

    def doubled(settings: EstateSettings) -> EstateSettings:
        fleet = settings.load.fleet.model_copy(update={"peak_vehicles": 4000})
        return settings.model_copy(
            update={"load": settings.load.model_copy(update={"fleet": fleet})},
        )

    rates = [
        {
            name: value
            for name, value in variables_of(part(graph, "gps-api")).items()
            if name.startswith("RATE_LIMIT_")
        }
        for graph in (gps("prod"), gps("prod", change=doubled))
    ]
    assert rates == [
        {"RATE_LIMIT_REQUESTS": "6000", "RATE_LIMIT_WINDOW_SECONDS": "60"},
        {"RATE_LIMIT_REQUESTS": "12000", "RATE_LIMIT_WINDOW_SECONDS": "60"},
    ]


@pytest.mark.parametrize("stack", STACKS)
def test_pods_have_the_sizes_that_the_load_gives(gps: GpsRenderer, stack: str) -> None:
    """Requests and limits are those of the capacity, and CPU has no limit."""
    capacity = capacity_of(estate_settings(stack))
    for size in (capacity.gps_api, capacity.gps_consumer):
        assert part(gps(stack), size.name)["resources"] == {
            "requests": {"cpu": f"{size.cpu_millicores}m", "memory": f"{size.memory_mib}Mi"},
            "limits": {"memory": f"{size.memory_limit_mib}Mi"},
        }


@pytest.mark.requirement("SEC-02")
@pytest.mark.parametrize("stack", STACKS)
def test_secrets_are_files_from_secrets_manager(gps: GpsRenderer, stack: str) -> None:
    """No variable, command or annotation holds one; the partners' key is mounted once there is a value."""
    graph = gps(stack)
    for name in PARTS:
        container = part(graph, name)
        assert all("valueFrom" not in variable for variable in container["env"])
        assert "envFrom" not in container
    owner = "prod" if stack in {"prod", "dr"} else stack
    partner = delivered(graph, "gps-api", "partner")
    assert remote(partner) == {"api-keys": (f"fleet-erp/{owner}/gps-api-key", None)}
    volumes = template_of(one(graph, DEPLOYMENT, "gps-api"))["spec"]["volumes"]
    assert [each["name"] for each in volumes if each.get("secret", {}).get("optional")] == ["partner"]


@pytest.mark.parametrize(
    ("place", "secret", "file", "text"),
    [
        (
            ("gps-api", "broker"),
            "broker-gps-publisher",
            "url",
            'amqps://{{ .username }}:{{ .password }}@{{ .endpoint | trimPrefix "amqps://" }}/fleet',
        ),
        (
            ("gps-consumer", "broker"),
            "broker-gps-consumer",
            "url",
            'amqps://{{ .username }}:{{ .password }}@{{ .endpoint | trimPrefix "amqps://" }}/fleet',
        ),
        (
            ("gps-api", "cache"),
            "cache-app",
            "url",
            "rediss://{{ .username }}:{{ .password }}@{{ .host }}:{{ .port }}/0",
        ),
        (
            ("gps-consumer", "database"),
            "database-gps",
            "pg_service.conf",
            "[gps]\ndbname=gps\nuser=gps\npassword={{ .password }}\nsslmode=verify-full\n"
            "sslrootcert=/etc/rds/rds.pem\n",
        ),
    ],
)
def test_each_part_logs_in_as_itself_over_tls(
    gps: GpsRenderer, place: tuple[str, str], secret: str, file: str, text: str
) -> None:
    """Templates hold no value; each user can do one thing; connections check the server."""
    spec = delivered(gps("prod"), *place)
    assert {source for source, _ in remote(spec).values()} == {f"fleet-erp/prod/{secret}"}
    assert set(remote(spec)) == set(re.findall(r"\{\{ \.(\w+)", text))
    assert spec["target"]["template"]["data"] == {file: text}


def test_the_databases_certificate_can_be_checked(gps: GpsRenderer) -> None:
    """The roots of the region are where the connection service looks for them."""
    container = part(gps("prod"), "gps-consumer")
    assert variables_of(container)["PGHOST"] == DATABASE
    assert {"name": "certificates", "mountPath": "/etc/rds", "readOnly": True} in container["volumeMounts"]
    roots = one(gps("prod"), "kubernetes:core/v1:ConfigMap", "gps-rds-certificates").inputs["data"]
    assert roots == {"rds.pem": certificates.rds_roots("ap-south-1")}


@pytest.mark.requirement("SEC-03")
@pytest.mark.parametrize("stack", STACKS)
def test_pods_have_accounts_of_their_own_and_no_token(gps: GpsRenderer, stack: str) -> None:
    """The service calls neither AWS nor the Kubernetes API: no role, no token, no rights."""
    graph = gps(stack)
    accounts = {resource.inputs["metadata"]["name"]: resource for resource in graph.of_type(SERVICE_ACCOUNT)}
    used = {name: template_of(one(graph, DEPLOYMENT, name))["spec"] for name in PARTS}
    for job in ("gps-partitions", "outbox-replay"):
        used[job] = one(graph, CRON_JOB, job).inputs["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    assert {name: spec["serviceAccountName"] for name, spec in used.items()} == {name: name for name in used}
    assert set(accounts) == set(used)
    for spec in used.values():
        assert spec["automountServiceAccountToken"] is False
    for account in accounts.values():
        assert "annotations" not in account.inputs["metadata"]


def test_only_what_must_reaches_partners(gps: GpsRenderer) -> None:
    """Consumers speak to broker and database alone."""
    ways = {
        name: [
            label
            for label in template_of(one(gps("prod"), DEPLOYMENT, name))["metadata"]["labels"]
            if label.startswith("fleet-erp/")
        ]
        for name in PARTS
    }
    assert ways == {"gps-api": ["fleet-erp/partners"], "gps-consumer": []}


def test_the_balancer_finds_the_api_alone(gps: GpsRenderer) -> None:
    """The service picks the API's pods where they listen, and security groups stay untouched."""
    graph = gps("prod")
    service = one(graph, SERVICE, "gps-api").inputs["spec"]
    template = template_of(one(graph, DEPLOYMENT, "gps-api"))
    assert service["selector"].items() <= template["metadata"]["labels"].items()
    assert [(port["port"], port["targetPort"]) for port in service["ports"]] == [(8000, 8000)]
    spec = plain(one(graph, BINDING, "gps").inputs["spec"])
    assert (spec["serviceRef"], spec["targetType"]) == ({"name": "gps-api", "port": 8000}, "ip")
    assert "networking" not in spec
    assert [resource.name for resource in graph.of_type(SERVICE)] == ["gps-api"]


@pytest.mark.parametrize("name", PARTS)
def test_drains_take_one_pod_at_a_time(gps: GpsRenderer, name: str) -> None:
    """Pods lie apart, and stop only when their requests are answered."""
    graph = gps("prod")
    spec = template_of(one(graph, DEPLOYMENT, name))["spec"]
    budget = one(graph, BUDGET, name).inputs["spec"]
    assert (budget["maxUnavailable"], budget["unhealthyPodEvictionPolicy"]) == (1, "AlwaysAllow")
    assert budget["selector"]["matchLabels"]["app.kubernetes.io/component"] == name
    assert [each["topologyKey"] for each in spec["topologySpreadConstraints"]] == [
        "topology.kubernetes.io/zone",
        "kubernetes.io/hostname",
    ]
    assert spec["terminationGracePeriodSeconds"] >= 60


@pytest.mark.parametrize(("stack", "suspended"), [("prod", False), ("dr", True)])
def test_partitions_are_made_where_the_database_takes_writes(
    gps: GpsRenderer, stack: str, *, suspended: bool
) -> None:
    """Twice a day, never two at once, by the consumers' own login."""
    spec = one(gps(stack), CRON_JOB, "gps-partitions").inputs["spec"]
    (container,) = spec["jobTemplate"]["spec"]["template"]["spec"]["containers"]
    assert (spec["suspend"], spec["concurrencyPolicy"]) == (suspended, "Forbid")
    assert [*container["command"], *container["args"]] == [
        "psql",
        "service=gps",
        "--no-psqlrc",
        "--set=ON_ERROR_STOP=1",
        "--command=SELECT gps.make_partitions()",
    ]
    assert {"name": "database", "mountPath": "/run/secrets/database", "readOnly": True} in container[
        "volumeMounts"
    ]


@pytest.mark.requirement("DATA-08")
@pytest.mark.parametrize("stack", STACKS)
def test_messages_are_sent_again_when_somebody_says_so(gps: GpsRenderer, stack: str) -> None:
    """Never by itself; with the login of consumers and the API's right to publish, named after its job."""
    spec = one(gps(stack), CRON_JOB, "outbox-replay").inputs["spec"]
    assert spec["suspend"] is True
    pod = spec["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert container["command"] == ["python3", "-m", "ops", "recovery", "replay"]
    variables = {each["name"]: each for each in container["env"]}
    assert variables["BROKER_URL_FILE"]["value"] == "/run/secrets/broker/url"
    run = variables["REPLAY_RUN"]["valueFrom"]["fieldRef"]["fieldPath"]
    assert run == "metadata.labels['batch.kubernetes.io/job-name']"
    secrets = {each["secret"]["secretName"] for each in pod["volumes"] if "secret" in each}
    assert {name.rsplit("-", 1)[0] for name in secrets} == {"gps-api-broker", "gps-consumer-database"}


@pytest.mark.parametrize("stack", STACKS)
def test_first_preview_shows_all_that_is_declared(gps: GpsRenderer, stack: str) -> None:
    """Nothing is made inside an apply."""
    assert {r.urn for r in gps(stack).resources} == {r.urn for r in gps(stack, unknowns=True).resources}


def test_comes_after_both_bootstraps(estate: EstateRenderer) -> None:
    """No pod connects before its user and its queue exist."""
    graph = estate("prod")
    jobs = {
        resource.urn
        for resource in graph.of_type("kubernetes:batch/v1:Job")
        if resource.name in {"database-bootstrap", "broker-bootstrap"}
    }
    assert len(jobs) == 2
    for name in PARTS:
        assert jobs <= set(one(graph, DEPLOYMENT, name).dependencies)
