"""Made-up data: seen to be made up, made once, and of the same vehicles in both databases."""

from __future__ import annotations

import re
import runpy
import subprocess
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.workspace.seed import business
from infra.workspace.seed.jobs import BUSINESS_FILE, POSITIONS_FILE, text
from preview.graph import ResourceGraph
from tests.conftest import EstateRenderer
from tests.infra.workloads.jobs import postgres_server
from tests.infra.workloads.jobs.postgres_server import PostgresServer, running_server

from .reading import only, workloads

FLEET = 5
GPS_PASSWORD = "OfTheConsumer0123456789"


class Odoo(dict[str, Any]):
    """As much of Odoo's environment as the script touches: models that keep what they are given."""

    def __init__(self) -> None:
        super().__init__()
        self.named: dict[str, SimpleNamespace] = {}
        self.records: dict[str, list[dict[str, Any]]] = {}
        self.commits = 0
        self.cr = SimpleNamespace(commit=self._commit)

    def __getitem__(self, model: str) -> Any:
        return SimpleNamespace(create=lambda values: self._create(model, values))

    def ref(self, name: str, *, raise_if_not_found: bool) -> SimpleNamespace | None:
        assert not raise_if_not_found
        return self.named.get(name)

    def _commit(self) -> None:
        self.commits += 1

    def _create(self, model: str, values: dict[str, Any]) -> SimpleNamespace:
        made = self.records.setdefault(model, [])
        made.append(values)
        record = SimpleNamespace(id=len(made), model=model)
        if model == "ir.model.data":
            target = SimpleNamespace(id=values["res_id"], model=values["model"])
            self.named[f"{values['module']}.{values['name']}"] = target
        return record


@pytest.fixture
def odoo() -> Odoo:
    env = Odoo()
    business.load(env, fleet=FLEET)
    return env


@pytest.mark.requirement("ENV-01")
def test_customers_vehicles_and_trips_are_made(odoo: Odoo) -> None:
    counts = {model: len(records) for model, records in odoo.records.items() if model != "ir.model.data"}
    trips = FLEET * business.TRIPS_OF_A_VEHICLE
    assert counts == {
        "fleet.vehicle.model.brand": 1,
        "fleet.vehicle.model": 1,
        "product.product": 1,
        "res.partner": 3,
        "fleet.vehicle": FLEET,
        "sale.order": trips,
        "fleet.vehicle.odometer": trips,
    }
    assert odoo.commits == 1


def test_a_second_run_makes_nothing(odoo: Odoo) -> None:
    before = {model: len(records) for model, records in odoo.records.items()}
    assert business.load(odoo, fleet=FLEET) == 0
    assert {model: len(records) for model, records in odoo.records.items()} == before


def test_a_larger_fleet_adds_only_what_is_new(odoo: Odoo) -> None:
    business.load(odoo, fleet=FLEET + 1)
    plates = [vehicle["license_plate"] for vehicle in odoo.records["fleet.vehicle"]]
    assert plates == [f"XX00ZZ{number:04}" for number in range(1, FLEET + 2)]


@pytest.mark.requirement("ENV-01")
def test_nobody_takes_it_for_real(odoo: Odoo) -> None:
    """RFC 2606 reserves the domain; India has no state XX, and no subscriber number begins with 0."""
    for partner in odoo.records["res.partner"]:
        assert partner["name"].startswith("Made-up ")
        assert partner["email"].endswith("@example.invalid")
        assert re.fullmatch(r"\+91 00000 \d{5}", partner["phone"])
    for vehicle in odoo.records["fleet.vehicle"]:
        assert re.fullmatch(r"XX00ZZ\d{4}", vehicle["license_plate"])
    for order in odoo.records["sale.order"]:
        assert order["client_order_ref"].startswith("MADE-UP-")


def test_two_workspaces_have_the_same_data(odoo: Odoo) -> None:
    other = Odoo()
    business.load(other, fleet=FLEET)
    assert other.records == odoo.records


def test_odometers_only_rise(odoo: Odoo) -> None:
    shown: dict[int, list[tuple[str, int]]] = {}
    for entry in odoo.records["fleet.vehicle.odometer"]:
        shown.setdefault(entry["vehicle_id"], []).append((entry["date"], entry["value"]))
    assert len(shown) == FLEET
    assert all(entries == sorted(entries, key=lambda entry: entry[0]) for entries in shown.values())
    assert all(
        [value for _, value in entries] == sorted({value for _, value in entries})
        for entries in shown.values()
    )


@pytest.mark.requirement("ENV-01")
def test_the_script_is_one_that_odoos_shell_can_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It travels as text: it imports nothing of this program, and finds `env` among its globals."""
    file = tmp_path / "script.py"
    file.write_text(text(BUSINESS_FILE), encoding="utf-8")
    monkeypatch.setenv("SEED_VEHICLES", "2")
    env = Odoo()
    runpy.run_path(str(file), init_globals={"env": env})
    assert len(env.records["fleet.vehicle"]) == 2
    assert capsys.readouterr().out == "Made 32 records.\n"
    assert "infra" not in text(BUSINESS_FILE)


@pytest.fixture(scope="module")
def graph(estate: EstateRenderer) -> ResourceGraph:
    return estate("dev")


@pytest.mark.requirement("ENV-01")
def test_the_jobs_have_no_source_but_their_scripts(graph: ResourceGraph) -> None:
    """No variable, file or secret of theirs names another database than the workspace's own."""
    positions = workloads(graph)["seed-positions"]["spec"]
    (container,) = positions["containers"]
    variables = {entry["name"]: entry["value"] for entry in container["env"]}
    assert variables["PGHOST"] == "postgres.dev-shared.svc"
    assert "--set=vehicles=5" in container["command"]
    files = only(graph, "kubernetes:core/v1:ConfigMap", "seed-positions")["data"]
    assert files == {POSITIONS_FILE: text(POSITIONS_FILE)}
    (shell,) = workloads(graph)["odoo-seed"]["spec"]["containers"]
    assert {entry["name"]: entry["value"] for entry in shell["env"]}["SEED_VEHICLES"] == "5"
    data = only(graph, "kubernetes:core/v1:ConfigMap", "odoo-seed")["data"]
    assert list(data.values()) == [text(BUSINESS_FILE)]


def test_data_comes_when_the_database_is_ready_for_it(graph: ResourceGraph) -> None:
    by_name = {resource.name: resource for resource in graph.of_type("kubernetes:batch/v1:Job")}
    assert by_name["odoo-config"].urn in by_name["odoo-seed"].dependencies
    assert by_name["database-bootstrap"].urn in by_name["seed-positions"].dependencies


@pytest.fixture(scope="module")
def server() -> Iterator[PostgresServer]:
    if reason := postgres_server.missing():
        pytest.skip(reason)
    with running_server() as running:
        folder = Path(business.__file__).parents[2] / "workloads" / "jobs" / "sql"
        prepare = (
            "CREATE ROLE gps_owner NOLOGIN; CREATE ROLE gps_archive NOLOGIN;"
            f" CREATE ROLE gps LOGIN PASSWORD '{GPS_PASSWORD}';"
            " CREATE DATABASE gps OWNER gps_owner"
        )
        for statement in prepare.split(";"):
            running.ask(statement)
        made = subprocess.run(  # noqa: S603  (our own command)
            [
                running.programs / "psql",
                "service=super dbname=gps",
                "--no-psqlrc",
                "--set=ON_ERROR_STOP=1",
                "--set=online_months=12",
                "--single-transaction",
                f"--file={folder / 'gps.sql'}",
            ],
            env=running.environment(
                PGSERVICEFILE=str(
                    running.service_file(
                        running.folder / "super.conf",
                        "super",
                        user=postgres_server.SUPERUSER,
                        password=postgres_server.PASSWORD,
                    )
                )
            ),
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, made.stderr
        yield running


def _seed(server: PostgresServer, vehicles: int) -> subprocess.CompletedProcess[str]:
    service = server.service_file(server.folder / "gps.conf", "gps", user="gps", password=GPS_PASSWORD)
    file = server.folder / POSITIONS_FILE
    file.write_text(text(POSITIONS_FILE), encoding="utf-8")
    return subprocess.run(  # noqa: S603  (our own command)
        [
            server.programs / "psql",
            "service=gps dbname=gps",
            "--no-psqlrc",
            "--quiet",
            f"--set=vehicles={vehicles}",
            f"--file={file}",
        ],
        env=server.environment(PGSERVICEFILE=str(service)),
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.requirement("ENV-01")
def test_positions_are_written_with_the_consumers_rights_and_once(server: PostgresServer) -> None:
    for _ in range(2):
        done = _seed(server, FLEET)
        assert (done.returncode, done.stderr) == (0, "")
    (row,) = server.ask(
        "SELECT count(*) BETWEEN 300 AND 310, min(latitude) > 14.9, max(latitude) < 15.5,"
        " min(longitude) > 69.9, max(longitude) < 70.1, bool_and(details->>'source' = 'made-up')"
        " FROM gps.positions",
        database="gps",
    )
    assert row == "t|t|t|t|t|t"


@pytest.mark.requirement("ENV-01")
def test_positions_are_those_of_odoos_vehicles(server: PostgresServer) -> None:
    assert _seed(server, FLEET).returncode == 0
    ids = server.ask("SELECT DISTINCT vehicle_id FROM gps.positions ORDER BY 1", database="gps")
    assert ids == [vehicle.plate for vehicle in business.vehicles(FLEET)]
