"""The bootstrap of the database, on a real PostgreSQL 16: twice, and then what each role may do."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from infra.workloads import jobs
from infra.workloads.jobs.scram_verifiers import psql_variables, scram_verifier

from . import postgres_server
from .postgres_server import MASTER, PASSWORD, PostgresServer, running_server

pytestmark = pytest.mark.skipif(
    postgres_server.missing() is not None, reason=postgres_server.missing() or "PostgreSQL 16 is there"
)

SOURCE = Path(jobs.__file__).parent
PASSWORDS = {
    user: f"PasswordOf{user.replace('_', '').title()}0123456789"
    for user in ("odoo", "gps", "gps_archive", "exporter", "grafana")
}
STATE = """
SELECT format('role %s %s', rolname, rolpassword) FROM pg_authid WHERE rolname !~ '^pg_'
UNION ALL SELECT format('setting %s %s', rolname, rolconfig) FROM pg_roles WHERE rolname !~ '^pg_'
UNION ALL SELECT format('database %s %s %s', datname, datdba::regrole, datacl) FROM pg_database
UNION ALL SELECT format('member %s %s %s', roleid::regrole, member::regrole, inherit_option)
FROM pg_auth_members
ORDER BY 1
"""
INSIDE = """
SELECT format('relation %s %s %s', oid::regclass, relowner::regrole, relacl) FROM pg_class
WHERE relnamespace::regnamespace::text IN ('bi', 'gps', 'ops_archive', 'outbox', 'public')
UNION ALL SELECT format('function %s %s %s', oid::regprocedure, proowner::regrole, proacl) FROM pg_proc
WHERE pronamespace::regnamespace::text IN ('bi', 'gps')
UNION ALL SELECT format('extension %s', extname) FROM pg_extension
UNION ALL SELECT format('schema %s %s %s', nspname, nspowner::regrole, nspacl) FROM pg_namespace
UNION ALL SELECT format('default %s %s', defaclrole::regrole, defaclacl) FROM pg_default_acl
ORDER BY 1
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bootstrapped:
    """A server after two runs of the job, and what each run left behind."""

    server: PostgresServer
    first: list[str]
    second: list[str]
    output: str


def run_job(
    server: PostgresServer, folder: Path, passwords: dict[str, str]
) -> subprocess.CompletedProcess[str]:
    """Run the job's script as the pod does: files side by side, passwords and service in files."""
    scripts, secrets = folder / "scripts", folder / "passwords"
    for made in (scripts, secrets):
        shutil.rmtree(made, ignore_errors=True)
        made.mkdir(parents=True)
    for path in (*SOURCE.glob("*.sh"), *SOURCE.glob("scram_*.py"), *(SOURCE / "sql").glob("*.sql")):
        shutil.copy(path, scripts)
    for user, password in passwords.items():
        (secrets / user).write_text(password)
    service = server.service_file(folder / "service.conf", "master", user=MASTER, password=PASSWORD)
    return subprocess.run(  # noqa: S603  (our own script)
        ["/bin/sh", scripts / "database_bootstrap.sh"],
        env=server.environment(
            SCRIPTS=str(scripts),
            PASSWORDS=str(secrets),
            PGSERVICEFILE=str(service),
            TMPDIR=str(folder),
            ODOO_DATABASE="tms",
            GPS_DATABASE="gps",
            EXPORTER_CONNECTIONS="5",
            GRAFANA_CONNECTIONS="10",
            GPS_CONNECTIONS="20",
            ONLINE_MONTHS="12",
            TRIES="2",
            PAUSE_SECONDS="1",
        ),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module")
def bootstrapped(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bootstrapped]:
    """Run the job twice against a new server."""
    folder = tmp_path_factory.mktemp("bootstrap")
    with running_server() as server:
        states: list[list[str]] = []
        outputs: list[str] = []
        for _ in range(2):
            done = run_job(server, folder, PASSWORDS)
            assert done.returncode == 0, done.stderr
            outputs.append(done.stdout + done.stderr)
            states.append(
                [
                    *server.ask(STATE),
                    *server.ask(INSIDE, database="tms"),
                    *server.ask(INSIDE, database="gps"),
                ]
            )
        _use(server)
        yield Bootstrapped(server=server, first=states[0], second=states[1], output="".join(outputs))


def _use(server: PostgresServer) -> None:
    """Let Odoo and the consumers do what they do on their first day."""
    for user, database, statement in (
        (
            "odoo",
            "tms",
            "CREATE TABLE trip (id int PRIMARY KEY, driver text); INSERT INTO trip VALUES (1, 'A')",
        ),
        ("odoo", "tms", "CREATE VIEW bi.trips AS SELECT count(*) AS trips FROM trip"),
        ("gps", "gps", _insert("now()")),
    ):
        done = server.run(statement, user=user, password=PASSWORDS[user], database=database)
        assert done.returncode == 0, done.stderr


def _insert(device_time: str) -> str:
    return (
        # Times are ours.
        "INSERT INTO gps.positions (vehicle_id, device_time, accepted_at, latitude, longitude)"  # noqa: S608
        f" VALUES ('KA01', {device_time}, now(), 12.9, 77.6) ON CONFLICT (vehicle_id, device_time) DO NOTHING"
    )


def test_runs_twice_without_change(bootstrapped: Bootstrapped) -> None:
    """The second run finds everything as it should be, passwords included."""
    assert bootstrapped.first == bootstrapped.second
    assert any(line.startswith("role odoo SCRAM-SHA-256$4096:") for line in bootstrapped.first)


def test_no_password_is_shown_or_sent(bootstrapped: Bootstrapped) -> None:
    """Neither the job's output nor the server's log of every statement holds a password."""
    log = (bootstrapped.server.folder / "log").read_text()
    assert "ALTER ROLE odoo" in log
    for password in PASSWORDS.values():
        assert password not in bootstrapped.output
        assert password not in log


_MESSAGE = "INSERT INTO outbox.messages (exchange, routing_key, body) VALUES ('gps', 'position', '{}')"
_SENT = "UPDATE outbox.messages SET sent_at = now(), replayed_by = 'run'"


@pytest.mark.parametrize(
    ("user", "database", "statement"),
    [
        ("odoo", "tms", "CREATE TABLE invoice (id int); DROP TABLE invoice"),
        ("odoo", "tms", "CREATE EXTENSION IF NOT EXISTS pg_trgm"),
        ("odoo", "tms", "SELECT unaccent('x')"),
        ("odoo", "tms", "CREATE OR REPLACE VIEW bi.late AS SELECT 1 AS late"),
        ("odoo", "tms", "CREATE TEMPORARY TABLE draft (id int)"),
        ("odoo", "postgres", "LISTEN cron_trigger; NOTIFY cron_trigger"),
        ("gps", "gps", _insert("now()")),
        ("gps", "gps", _insert("timestamptz '1999-01-01'")),
        ("gps", "gps", "SELECT count(*) FROM gps.positions"),
        ("gps", "gps", "SELECT gps.make_partitions(5)"),
        ("gps", "gps", f"{_MESSAGE}; {_SENT}"),
        ("gps", "gps", "DELETE FROM outbox.messages"),
        ("gps_archive", "gps", "SELECT count(*) FROM gps.positions"),
        ("gps_archive", "gps", "SELECT count(*) FROM ops_archive.months JOIN gps.position_hours ON false"),
        ("gps_archive", "gps", "CREATE TABLE gps_restored.month (id int)"),
        ("exporter", "tms", "SELECT count(*) FROM pg_stat_activity WHERE query <> ''"),
        ("exporter", "gps", "SELECT pg_database_size('tms')"),
        ("exporter", "postgres", "SELECT setting FROM pg_settings WHERE name = 'shared_preload_libraries'"),
        ("grafana", "tms", "SELECT trips FROM bi.trips"),
    ],
)
def test_role_does_its_work(bootstrapped: Bootstrapped, user: str, database: str, statement: str) -> None:
    """Each role can do what it is for."""
    done = bootstrapped.server.run(statement, user=user, password=PASSWORDS[user], database=database)
    assert done.returncode == 0, done.stderr


DENIED = "permission denied"
READ_ONLY = "read-only transaction"
TERMINATE = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE backend_type = 'logical replication launcher'"
)


@pytest.mark.parametrize(
    ("user", "database", "statement", "refusal"),
    [
        ("odoo", "gps", "SELECT 1", DENIED),
        ("odoo", "template1", "SELECT 1", DENIED),
        ("odoo", "postgres", "CREATE TABLE public.t (id int)", DENIED),
        ("odoo", "postgres", "CREATE TEMPORARY TABLE t (id int)", DENIED),
        ("odoo", "tms", "CREATE ROLE intruder", DENIED),
        ("odoo", "tms", "CREATE DATABASE copy", DENIED),
        ("odoo", "tms", "SET ROLE fleet_admin", DENIED),
        ("odoo", "tms", "ALTER ROLE odoo SUPERUSER", DENIED),
        ("odoo", "tms", "COPY trip TO PROGRAM 'cat'", DENIED),
        ("odoo", "tms", "SELECT pg_read_file('/etc/passwd')", DENIED),
        ("odoo", "tms", "SELECT rolpassword FROM pg_authid", DENIED),
        ("gps", "tms", "SELECT 1", DENIED),
        ("gps", "postgres", "SELECT 1", DENIED),
        ("gps", "gps", "DELETE FROM gps.positions", DENIED),
        ("gps", "gps", "UPDATE gps.positions SET latitude = 0", DENIED),
        ("gps", "gps", "TRUNCATE gps.positions", DENIED),
        ("gps", "gps", "CREATE TABLE gps.mine (id int)", DENIED),
        ("gps", "gps", "CREATE TABLE public.mine (id int)", DENIED),
        ("gps", "gps", "SELECT * FROM gps.positions_other", DENIED),
        ("gps", "gps", "SELECT gps.drop_partition('2020-01-01')", DENIED),
        ("gps", "gps", "SELECT gps.make_partitions(500)", "not between 0 and 12"),
        ("gps", "gps", "SET ROLE gps_owner", DENIED),
        ("gps", "gps", "UPDATE outbox.messages SET body = ''", DENIED),
        ("gps", "gps", "CREATE TABLE outbox.mine (id int)", DENIED),
        ("gps_archive", "gps", "SELECT * FROM outbox.messages", DENIED),
        ("gps_archive", "gps", _insert("now()"), DENIED),
        ("gps_archive", "gps", "SELECT gps.drop_partition(current_date)", "stay online for 12 months"),
        ("gps_archive", "gps", "DROP TABLE gps.positions", "must be owner"),
        ("gps_archive", "tms", "SELECT 1", DENIED),
        ("exporter", "tms", "SELECT * FROM trip", DENIED),
        ("exporter", "gps", "SELECT * FROM gps.positions", DENIED),
        ("exporter", "postgres", TERMINATE, DENIED),
        ("grafana", "tms", "SELECT * FROM trip", DENIED),
        ("grafana", "tms", "BEGIN READ WRITE; DROP VIEW bi.trips", "must be owner"),
        ("grafana", "tms", "BEGIN READ WRITE; CREATE TABLE bi.t (id int)", DENIED),
        ("grafana", "tms", "CREATE TEMPORARY TABLE t (id int)", READ_ONLY),
        ("grafana", "gps", "SELECT 1", DENIED),
        ("grafana", "postgres", "SELECT 1", DENIED),
    ],
)
def test_role_does_nothing_else(
    bootstrapped: Bootstrapped, user: str, database: str, statement: str, refusal: str
) -> None:
    """What is not a role's work is refused by the server, with the reason that was meant."""
    done = bootstrapped.server.run(statement, user=user, password=PASSWORDS[user], database=database)
    assert done.returncode != 0
    assert refusal in done.stderr


def test_owner_of_positions_cannot_log_in(bootstrapped: Bootstrapped) -> None:
    """Tables belong to a role without a login."""
    (row,) = bootstrapped.server.ask("SELECT rolcanlogin FROM pg_roles WHERE rolname = 'gps_owner'")
    assert row == "f"


def test_limits_of_sessions(bootstrapped: Bootstrapped) -> None:
    """Dashboards stop after 15 s, and no role may take more connections than its share."""
    limits = bootstrapped.server.ask(
        "SELECT rolname, rolconnlimit FROM pg_roles WHERE rolconnlimit >= 0 ORDER BY rolname"
    )
    assert limits == ["exporter|5", "gps|20", "gps_archive|2", "grafana|10", "restore_validation|4"]
    done = bootstrapped.server.run(
        "SHOW statement_timeout", user="grafana", password=PASSWORDS["grafana"], database="tms"
    )
    assert done.stdout.strip() == "15s"


def test_check_of_a_restored_copy_reads_without_a_password(bootstrapped: Bootstrapped) -> None:
    """The role that checks restored copies reads Odoo's tables, and of positions no more than where."""
    server = bootstrapped.server
    assert server.ask("SELECT rolpassword IS NULL FROM pg_authid WHERE rolname = 'restore_validation'") == [
        "t"
    ]
    server.ask("SET ROLE odoo; CREATE TABLE later (id int)", database="tms")
    assert server.ask(
        "SELECT has_table_privilege('restore_validation', 'later', right_to), right_to"
        " FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_to",
        database="tms",
    ) == ["t|SELECT", "f|INSERT", "f|UPDATE", "f|DELETE"]
    assert server.ask(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'gps.positions'::regclass AND attnum > 0"
        " AND has_column_privilege('restore_validation', attrelid, attnum, 'SELECT') ORDER BY 1",
        database="gps",
    ) == ["device_time", "latitude", "longitude", "vehicle_id"]
    server.ask("DROP TABLE later", database="tms")


def test_odoo_database_sorts_by_code_point(bootstrapped: Bootstrapped) -> None:
    """Collation C, and Odoo owns what it works in."""
    (row,) = bootstrapped.server.ask(
        "SELECT datcollate, datdba::regrole, pg_encoding_to_char(encoding) FROM pg_database"
        " WHERE datname = 'tms'"
    )
    assert row == "C|odoo|UTF8"


def test_no_month_leaves_unverified(bootstrapped: Bootstrapped) -> None:
    """The archive's role can drop neither a young month nor an old one that nobody verified."""
    server = bootstrapped.server
    for months, refusal in ((14, "were not verified"), (12, "stay online for 12 months")):
        month = f"(date_trunc('month', now()) - interval '{months} months')"
        for step in ("detach_partition", "drop_partition"):
            refused = server.run(
                f"SELECT gps.{step}({month}::date)",
                user="gps_archive",
                password=PASSWORDS["gps_archive"],
                database="gps",
            )
            assert refused.returncode != 0
            assert refusal in refused.stderr


def test_early_positions_move_into_their_month(bootstrapped: Bootstrapped) -> None:
    """A position from a month without a partition is kept, and found again in its own partition."""
    server = bootstrapped.server
    later = "date_trunc('month', now()) + interval '8 months 3 days'"
    for statement in (_insert(later), _insert(later), "SELECT gps.make_partitions(8)"):
        done = server.run(statement, user="gps", password=PASSWORDS["gps"], database="gps")
        assert done.returncode == 0, done.stderr
    (name,) = server.ask(f"SELECT to_char({later}, 'YYYY_MM')")
    assert server.ask(
        f"SELECT tableoid::regclass FROM gps.positions WHERE device_time = {later}",  # noqa: S608
        database="gps",
    ) == [f"gps.positions_{name}"]


def test_drift_stops_the_job(bootstrapped: Bootstrapped, tmp_path: Path) -> None:
    """Rights that somebody added by hand fail the next run, with their names."""
    server = bootstrapped.server
    server.ask("GRANT pg_read_all_data TO grafana")
    try:
        done = run_job(server, tmp_path, PASSWORDS)
    finally:
        server.ask("REVOKE pg_read_all_data FROM grafana")
    assert done.returncode != 0
    assert "memberships that nobody meant: grafana of pg_read_all_data" in done.stderr


def test_new_password_replaces_the_old(bootstrapped: Bootstrapped, tmp_path: Path) -> None:
    """A rotated password holds after the next run, the old one does not."""
    server = bootstrapped.server
    rotated = PASSWORDS | {"exporter": "AnotherPassword0123456789"}
    assert run_job(server, tmp_path, rotated).returncode == 0
    outcomes = [
        server.run("SELECT 1", user="exporter", password=password, database="tms").returncode == 0
        for password in (rotated["exporter"], PASSWORDS["exporter"])
    ]
    assert run_job(server, tmp_path, PASSWORDS).returncode == 0
    assert outcomes == [True, False]


def test_unreachable_server_is_named(bootstrapped: Bootstrapped, tmp_path: Path) -> None:
    """The job gives up after its tries, and says whom it could not reach."""
    nowhere = PostgresServer(programs=bootstrapped.server.programs, port=1, folder=tmp_path)
    done = run_job(nowhere, tmp_path, PASSWORDS)
    assert done.returncode == 1
    assert "no connection after 2 tries" in done.stderr
    assert not list(tmp_path.glob("database-bootstrap.*"))


def test_verifier_is_that_of_the_server(bootstrapped: Bootstrapped) -> None:
    """A password we know logs in with the verifier that we computed: the handshake proves the formula."""
    done = bootstrapped.server.run("SELECT 1", user="odoo", password=PASSWORDS["odoo"], database="tms")
    refused = bootstrapped.server.run("SELECT 1", user="odoo", password="wrong", database="tms")
    assert done.returncode == 0
    assert "password authentication failed" in refused.stderr
    stored = bootstrapped.server.ask("SELECT rolpassword FROM pg_authid WHERE rolname = 'odoo'")
    assert stored == [scram_verifier("odoo", PASSWORDS["odoo"])]


def test_password_files_are_checked(tmp_path: Path) -> None:
    """Files that are no users, empty folders and odd passwords are refused; links of the kubelet not read."""
    (tmp_path / "..data").mkdir()
    with pytest.raises(ValueError, match="holds no password"):
        psql_variables(tmp_path)
    (tmp_path / "odoo").write_text("naïve")
    with pytest.raises(ValueError, match="password of odoo is empty or has characters outside"):
        psql_variables(tmp_path)
    (tmp_path / "odoo").write_text("Plain0123\n")
    assert psql_variables(tmp_path) == [f"\\set odoo_verifier '{scram_verifier('odoo', 'Plain0123')}'"]
    (tmp_path / "odoo's").write_text("Plain0123")
    with pytest.raises(ValueError, match="not named after a database user"):
        psql_variables(tmp_path)
