"""compose.yaml: what a laptop runs is what a workspace runs, in the same versions, open to nobody else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import jsonschema
import pytest
import yaml

from infra.data.cache import APPLICATION_USERNAME, EVICTION_POLICY
from infra.data.database import MASTER_USERNAME
from infra.naming import Naming
from infra.settings import DevelopmentSettings, ImageSettings, ScheduleSettings
from infra.workspace import postgres, rabbitmq, redis
from policies.aws.plaintext import FORMATS, is_secret_name
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.settings.stack_files import ROOT, areas_of, parse_areas
from tests.infra.workspace.reading import EXTERNAL_SECRET, only, workloads

FILE: Final = ROOT / "compose.yaml"
EXAMPLE: Final = ROOT / "compose.env.example"
PASSWORD: Final = "OfThisLaptop"
VARIABLE: Final = re.compile(r"\$\$|\$\{(?P<name>[A-Z_]+)(?::-(?P<default>[^}]*))?\}")
RUNNING: Final = {
    "postgres",
    "rabbitmq",
    "redis",
    "mail-catcher",
    "odoo",
    "gps-api",
    "gps-consumer",
}


def resolved(value: Any, variables: dict[str, str]) -> Any:
    """Put variables in, as compose does: `$$` is a dollar sign."""
    if isinstance(value, dict):
        return {key: resolved(inner, variables) for key, inner in value.items()}
    if isinstance(value, list):
        return [resolved(inner, variables) for inner in value]
    if not isinstance(value, str):
        return value

    def one(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match["name"]) or match["default"] or ""

    return VARIABLE.sub(one, value)


@cache
def raw() -> dict[str, Any]:
    """The file as it stands, anchors resolved."""
    return yaml.safe_load(FILE.read_text(encoding="utf-8"))


def compose() -> dict[str, Any]:
    """The file as compose sees it with a password."""
    return resolved(raw(), {"PASSWORD": PASSWORD})


def settings() -> DevelopmentSettings:
    """The settings of a workspace."""
    found = parse_areas(areas_of("dev"), "dev")
    assert isinstance(found, DevelopmentSettings)
    return found


def example() -> dict[str, str]:
    """The variables of the example, by name."""
    lines = EXAMPLE.read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def content(name: str) -> str:
    """Give the text of a file that compose makes."""
    return compose()["configs"][name]["content"]


def options(text: str) -> dict[str, str]:
    """Read `name = value` lines."""
    pairs = (line.partition("=") for line in text.splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, _, value in pairs}


@pytest.fixture(scope="module")
def graph(estate: EstateRenderer) -> ResourceGraph:
    return estate("dev")


@pytest.mark.requirement("ENV-01")
def test_the_file_is_one_of_the_compose_specification() -> None:
    schema = json.loads((ROOT / "tests" / "compose-spec.json").read_text(encoding="utf-8"))
    validator = jsonschema.Draft7Validator(schema)
    assert [error.message for error in validator.iter_errors(compose())] == []
    broken = compose()
    broken["services"]["redis"]["healthchecks"] = {}
    assert len(list(validator.iter_errors(broken))) == 1, "an unknown key is refused"


@pytest.mark.requirement("ENV-01")
def test_every_image_is_that_of_the_workspace() -> None:
    found = settings()
    naming = Naming.of(found.environment, ScheduleSettings(awake=None))

    def reference(image: ImageSettings) -> str:
        return naming.image(image).partition("@")[0]

    stores, images = found.workspace.images, found.workloads.images
    wanted = {
        "postgres": reference(stores.postgres),
        "rabbitmq": reference(stores.rabbitmq),
        "redis": reference(stores.redis),
        **dict.fromkeys(("odoo", "odoo-init", "odoo-config", "odoo-seed"), reference(images.odoo)),
        **dict.fromkeys(("gps-api", "gps-consumer"), reference(images.gps)),
        **dict.fromkeys(
            ("mail-catcher", "database-bootstrap", "broker-bootstrap", "seed-positions"),
            reference(images.ops),
        ),
    }
    assert {name: service["image"] for name, service in compose()["services"].items()} == wanted


@pytest.mark.requirement("ENV-01")
def test_a_laptop_runs_what_a_workspace_runs(graph: ResourceGraph) -> None:
    """Web and cron are one process on a laptop; nothing is upgraded there; no month of positions ends."""
    mine = set(compose()["services"]) - {"odoo"}
    theirs = set(workloads(graph)) - {"odoo-web", "odoo-cron", "odoo-upgrade", "gps-partitions"}
    assert mine == theirs


def test_ports_are_open_to_this_machine_alone() -> None:
    published = {
        name: port for name, service in compose()["services"].items() for port in service.get("ports", ())
    }
    assert published == {
        "postgres": "127.0.0.1:5432:5432",
        "rabbitmq": "127.0.0.1:15672:15672",
        "odoo": "127.0.0.1:8069:8069",
        "gps-api": "127.0.0.1:8000:8000",
    }
    for service in compose()["services"].values():
        assert not {"network_mode", "privileged", "pid", "ipc", "cap_add", "devices"} & set(service)


def test_no_process_is_root_or_becomes_it() -> None:
    for name, service in compose()["services"].items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name


def test_users_are_those_of_the_cluster(graph: ResourceGraph) -> None:
    pods = workloads(graph)
    for name, service in compose()["services"].items():
        context = pods["odoo-web" if name == "odoo" else name]["spec"]["securityContext"]
        assert service["user"] == f"{context['runAsUser']}:{context['runAsGroup']}", name


def test_what_keeps_running_says_whether_it_is_well_and_the_rest_ends() -> None:
    services = compose()["services"]
    assert {name for name, service in services.items() if "healthcheck" in service} == RUNNING
    for name, service in services.items():
        for other, entry in service.get("depends_on", {}).items():
            wanted = "service_healthy" if other in RUNNING else "service_completed_successfully"
            assert entry == {"condition": wanted}, (name, other)


def test_everything_waits_for_what_it_needs() -> None:
    services = compose()["services"]

    def behind(name: str) -> set[str]:
        direct = set(services[name].get("depends_on", ()))
        return direct.union(*(behind(other) for other in direct))

    assert {"postgres", "database-bootstrap", "odoo-init", "odoo-config"} <= behind("odoo")
    assert {"rabbitmq", "broker-bootstrap", "redis"} <= behind("gps-api")
    assert {"rabbitmq", "broker-bootstrap", "database-bootstrap"} <= behind("gps-consumer")
    assert {"database-bootstrap"} <= behind("seed-positions")
    assert {"odoo-config"} <= behind("odoo-seed")


def test_scripts_are_those_of_the_cluster() -> None:
    """Bind mounts lead to files of this repository, and nothing may write there."""
    for name, service in compose()["services"].items():
        for volume in service.get("volumes", ()):
            source, _, rest = volume.partition(":")
            if source.startswith("."):
                assert (ROOT / source).is_file(), (name, source)
                assert rest.endswith(":ro"), (name, volume)
            else:
                assert source in compose()["volumes"], (name, source)
    mounted = {
        Path(volume.partition(":")[0]).name
        for volume in compose()["services"]["database-bootstrap"]["volumes"]
    }
    scripts = ROOT / "infra" / "workloads" / "jobs"
    assert mounted == {"database_bootstrap.sh", "scram_verifiers.py"} | {
        path.name for path in (scripts / "sql").glob("*.sql")
    }


def test_every_file_that_is_made_is_used() -> None:
    used = {
        entry["source"]
        for service in compose()["services"].values()
        for kind in ("configs", "secrets")
        for entry in service.get(kind, ())
    }
    assert used == set(compose()["configs"]) | set(compose()["secrets"])


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}.{key}")
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _leaves(inner, f"{path}.{index}")
    else:
        yield path, str(value)


@pytest.mark.requirement("ENV-01")
def test_no_secret_stands_in_the_file() -> None:
    """Where a password goes, a variable stands, and the example gives it no value."""
    known = [
        (path, kind)
        for path, value in _leaves(raw())
        for kind, form in FORMATS.items()
        if form.search(value.replace("${PASSWORD}", "${P}"))
    ]
    assert known == []
    given = [
        (name, value)
        for _, text in _leaves(raw())
        for name, value in options(text).items()
        if is_secret_name(name) or name in {"db_password", "default_pass"}
    ]
    # Odoo's switch, not a password: nothing in its database manager works.
    assert {pair for pair in given if pair[1] != "${PASSWORD}"} == {("admin_passwd", "False")}
    assert len(given) >= 4
    assert example()["PASSWORD"] == ""


def test_the_example_names_every_variable() -> None:
    named = {match["name"] for match in VARIABLE.finditer(FILE.read_text(encoding="utf-8"))} - {None}
    assert named == set(example())
    registry = re.search(r"\$\{REGISTRY:-([^}]*)\}", FILE.read_text(encoding="utf-8"))
    assert registry is not None
    assert registry[1] == example()["REGISTRY"]
    assert ".env\n" in (ROOT / ".gitignore").read_text(encoding="utf-8")


@pytest.mark.requirement("ENV-01")
def test_odoo_is_configured_as_in_the_cluster(graph: ResourceGraph) -> None:
    """But for one process in one container, no proxy before it, and no TLS to the container beside it."""
    spec = only(graph, EXTERNAL_SECRET, "odoo-web-configuration")["spec"]
    cluster = options(spec["target"]["template"]["data"]["odoo.conf"])
    laptop = options(content("odoo-conf"))
    differing = {name for name in cluster | laptop if cluster.get(name) != laptop.get(name)}
    assert {name: laptop.get(name) for name in differing} == {
        "db_user": "odoo",
        "db_password": PASSWORD,
        "db_sslmode": "disable",
        "proxy_mode": "False",
        "http_interface": "0.0.0.0",  # noqa: S104  (in a container)
        "http_port": "8069",
        "workers": "0",
        "max_cron_threads": "1",
    }
    modules = compose()["services"]["odoo-init"]["environment"]["ODOO_MODULES"]
    assert tuple(modules.split(",")) == settings().workloads.odoo.modules


@pytest.mark.requirement("ENV-01")
@pytest.mark.parametrize("part", ["gps-api", "gps-consumer"])
def test_the_gps_service_is_told_the_same(graph: ResourceGraph, part: str) -> None:
    (container,) = workloads(graph)[part]["spec"]["containers"]
    cluster = {entry["name"]: entry["value"] for entry in container["env"]}
    assert cluster.pop("SSL_CERT_FILE")
    service = compose()["services"][part]
    laptop = dict(service["environment"])
    if part == "gps-consumer":
        assert (cluster.pop("PGHOST"), laptop.pop("PGHOST")) == ("postgres.dev-shared.svc", "postgres")
    assert laptop == cluster
    assert service["command"] == container["args"]
    files = {entry["target"] for entry in service["configs"]}
    assert {value for name, value in cluster.items() if name.endswith(("_FILE", "SERVICEFILE"))} <= files


def test_urls_are_those_of_the_cluster_without_tls(graph: ResourceGraph) -> None:
    def url(name: str) -> str:
        return only(graph, EXTERNAL_SECRET, name)["spec"]["target"]["template"]["data"]["url"]

    def told(template: str, user: str, address: str) -> str:
        text = re.sub(r"\{\{ \.endpoint[^}]*\}\}|\{\{ \.host \}\}:\{\{ \.port \}\}", address, template)
        return text.replace("{{ .username }}", user).replace("{{ .password }}", PASSWORD)

    broker, cache = "rabbitmq:5672", "redis:6379"
    assert content("publisher-url") == told(url("gps-api-broker"), "gps-publisher", broker).replace("s:", ":")
    assert content("consumer-url") == told(url("gps-consumer-broker"), "gps-consumer", broker).replace(
        "s:", ":"
    )
    assert content("cache-url") == told(url("gps-api-cache"), APPLICATION_USERNAME, cache).replace(
        "rediss:", "redis:"
    )


@pytest.mark.requirement("ENV-01")
def test_the_broker_gets_the_same_queues(graph: ResourceGraph) -> None:
    """Users that only the cluster has, for scaling, metrics and people, are left out."""
    cluster = json.loads(
        only(graph, "kubernetes:core/v1:ConfigMap", "broker-bootstrap")["data"]["topology.json"]
    )
    laptop = json.loads(content("topology"))
    users = [user for user in cluster["users"] if user["name"] in {"gps-publisher", "gps-consumer"}]
    assert laptop == {**cluster, "users": users}
    service = compose()["services"]["broker-bootstrap"]
    passwords = {Path(entry["target"]).name for entry in service["secrets"] if "/users/" in entry["target"]}
    assert passwords == {user["name"] for user in users}
    rabbit = options(content("rabbitmq-conf"))
    in_cluster = options(rabbitmq.server_configuration())
    assert rabbit.pop("default_pass") == PASSWORD
    assert {name: in_cluster[name] for name in rabbit} == rabbit


@pytest.mark.requirement("ENV-01")
def test_the_database_is_prepared_the_same(graph: ResourceGraph) -> None:
    (container,) = workloads(graph)["database-bootstrap"]["spec"]["containers"]
    cluster = {entry["name"]: entry["value"] for entry in container["env"]}
    laptop = dict(compose()["services"]["database-bootstrap"]["environment"])
    assert (cluster.pop("PGHOST"), laptop.pop("PGHOST")) == ("postgres.dev-shared.svc", "postgres")
    assert cluster.pop("PGCONNECT_TIMEOUT")
    assert laptop == cluster
    (server,) = workloads(graph)["postgres"]["spec"]["containers"]
    variables = {entry["name"]: entry["value"] for entry in server["env"]}
    mine = compose()["services"]["postgres"]["environment"]
    for name in ("POSTGRES_USER", "POSTGRES_DB", "POSTGRES_INITDB_ARGS"):
        assert mine[name] == variables[name]
    command = compose()["services"]["postgres"]["command"]
    told = dict(part.split("=", 1) for part in command if "=" in part)
    assert told == {name: postgres.server_settings()[name] for name in told}
    assert f"user={MASTER_USERNAME}" in content("master-service")


def test_the_cache_is_set_the_same() -> None:
    cluster = redis.server_configuration().replace("{{ .password }}", PASSWORD).splitlines()
    laptop = content("redis-conf").splitlines()
    assert laptop == [line for line in cluster if not line.startswith(("port", "tls-"))]
    assert f"maxmemory-policy {EVICTION_POLICY}" in laptop


@pytest.mark.requirement("ENV-01")
def test_the_data_is_made_up_here_too(graph: ResourceGraph) -> None:
    services = compose()["services"]
    vehicles = settings().load.fleet.vehicles
    assert services["odoo-seed"]["environment"]["SEED_VEHICLES"] == str(vehicles)
    assert f"--set=vehicles={vehicles}" in services["seed-positions"]["entrypoint"]
    hosts = {
        service["environment"]["PGHOST"]
        for service in services.values()
        if "PGHOST" in service.get("environment", {})
    }
    assert hosts == {"postgres"}
