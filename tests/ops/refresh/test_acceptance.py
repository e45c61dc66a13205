"""What the examiner of a masked copy accepts and refuses, with a real PostgreSQL and real masking."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import psycopg
import pytest

from ops.masking.manifest import Manifest
from ops.masking.run import MaskingRun
from ops.masking.verify import verify
from ops.refresh import acceptance
from ops.refresh.acceptance import Candidate, accept, handler
from ops.refresh.job import let_be_examined
from ops.restore_validation.database import SESSION, USER
from tests.ops.masking.conftest import (  # noqa: F401  (fixtures)
    KEY,
    SERVICE,
    SNAPSHOT,
    Copies,
    _service,
    copies,
    manifest,
    masked,
    masking,
)

PASSWORD = "OfTheExaminer0123"
Make = Callable[..., str]


@pytest.fixture(scope="module")
def proven(copies: Copies, masked: str, manifest: Manifest) -> str:  # noqa: F811
    """Give a copy that production's job masked, proved, and opened to the examiner."""
    database = copies.make(marked=False, template=masked)
    with copies.connect(database) as connection:
        connection.execute("UPDATE ops_masking.copy SET database = current_database()")
        connection.execute(f"CREATE ROLE {USER} LOGIN PASSWORD '{PASSWORD}'")
        # As the bootstrap of the database grants it.
        connection.execute(f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {USER}")
        connection.execute(f"GRANT USAGE ON SCHEMA gps TO {USER}")
        connection.execute(
            f"GRANT SELECT (vehicle_id, device_time, latitude, longitude) ON gps.positions TO {USER}"
        )
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PGSERVICEFILE", str(copies.service_file))
        assert verify(MaskingRun(SERVICE, manifest, KEY, database=database)).passed
        let_be_examined(SERVICE, database)
    return database


def refusals(
    copies: Copies,  # noqa: F811
    manifest: Manifest,  # noqa: F811
    template: str,
    *statements: str,
    source: str = SNAPSHOT,
) -> dict[str, str]:
    """Examine a copy to which something was done; give the checks that failed."""
    database = copies.make(marked=False, template=template)
    with copies.connect(database) as connection:
        for statement in statements:
            connection.execute(statement)  # pyright: ignore[reportArgumentType, reportCallIssue]

    def connect(name: str) -> AbstractContextManager[psycopg.Connection]:
        return psycopg.connect(
            host="127.0.0.1",
            port=copies.server.port,
            dbname=name,
            user=USER,
            password=PASSWORD,
            options=SESSION,
        )

    candidate = Candidate(
        host="127.0.0.1", odoo_database=database, gps_database=database, source_snapshot=source
    )
    findings = accept(candidate, connect, manifest)
    assert len(findings) >= 2
    return {
        finding.name.replace(database, "copy"): finding.detail for finding in findings if not finding.passed
    }


@pytest.mark.requirement("SEC-09", "DATA-03")
def test_accepts_a_copy_that_was_masked_and_proven(
    copies: Copies,  # noqa: F811
    manifest: Manifest,  # noqa: F811
    proven: str,
) -> None:
    assert refusals(copies, manifest, proven) == {}


@pytest.mark.requirement("SEC-09", "DATA-03")
@pytest.mark.parametrize(
    "broken",
    [
        {
            "UPDATE ops_masking.run SET verified_at = NULL": "or was not verified after it",
            "ALTER TABLE res_partner ADD COLUMN nickname text": "columns of copy: res_partner.nickname",
            "UPDATE sale_order SET origin = 'call 98765 43210' WHERE id = 1": "sale_order.origin holds phone",
            "UPDATE mail_message SET body = '<p>to asha.rao@haulage.example.com</p>' WHERE id = 2": (
                "mail_message.body holds email"
            ),
            "DELETE FROM ir_config_parameter WHERE key = 'database.is_neutralized'": (
                "neutralised: it would send mail"
            ),
        },
        {
            "DROP TABLE ops_masking.copy": "origin of copy: was never marked",
            "UPDATE ops_masking.run SET finished_at = NULL": "masking of copy: did not end",
            "UPDATE ir_mail_server SET active = true, smtp_host = 'smtp.example.com'": (
                "neutralised: it would send mail"
            ),
            "TRUNCATE sale_order CASCADE": "table sale_order: is empty",
            "TRUNCATE gps.positions": "table gps.positions: is empty",
        },
        {
            "UPDATE ops_masking.run SET verified_at = finished_at - interval '1 second'": (
                "masking of copy: did not end, or was not verified"
            ),
        },
        {"DELETE FROM ops_masking.run": "masking of copy: did not end"},
        {"DROP TABLE ops_masking.run": "masking of copy: did not end"},
    ],
    ids=lambda broken: next(iter(broken)),
)
def test_refuses(
    copies: Copies,  # noqa: F811
    manifest: Manifest,  # noqa: F811
    proven: str,
    broken: dict[str, str],
) -> None:
    failed = refusals(copies, manifest, proven, *broken)
    found = [f"{check}: {detail}" for check, detail in failed.items()]
    for says in broken.values():
        assert any(says in line for line in found), (says, found)
    # A finding names a column, and never what is in it.
    assert not any("98765" in line or "asha" in line for line in found)


def test_refuses_the_copy_of_another_run(
    copies: Copies,  # noqa: F811
    manifest: Manifest,  # noqa: F811
    proven: str,
) -> None:
    failed = refusals(copies, manifest, proven, source="fleet-erp-quarantine-prod-other-source")
    assert list(failed) == ["origin of copy"]


@pytest.mark.requirement("SEC-09")
def test_a_copy_that_production_did_not_open_is_not_accepted(
    copies: Copies,  # noqa: F811
    manifest: Manifest,  # noqa: F811
    proven: str,
) -> None:
    failed = refusals(copies, manifest, proven, f"REVOKE ALL ON SCHEMA ops_masking FROM {USER}")
    assert failed == {"access to copy": "refused: InsufficientPrivilege"}


def test_the_function_says_no_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreachable(_: Candidate) -> Any:
        def connect(_: str) -> Any:
            raise psycopg.OperationalError("password of somebody")

        return connect

    monkeypatch.setattr(acceptance, "by_token", unreachable)
    answer = handler({"host": "h", "odoo_database": "tms", "gps_database": "gps", "source_snapshot": "s"})
    assert answer["passed"] is False
    assert answer["summary"] == (
        "access to tms: refused: OperationalError; access to gps: refused: OperationalError"
    )
