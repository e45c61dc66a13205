"""The commands as an operator types them, with services in a file and records in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from ops import records
from ops.__main__ import main
from tests.infra.workloads.jobs.postgres_server import MASTER, PASSWORD, SUPERUSER

from .world import Migration


@pytest.mark.requirement("DATA-04", "RISK-03")
def test_no_cutover_without_a_recorded_dry_run(
    migration: Migration, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Refused, rehearsed, moved, compared again and taken back."""
    old = migration.server.service_file(tmp_path / "old", "old", user=SUPERUSER, password=PASSWORD)
    new = migration.server.service_file(tmp_path / "new", "new", user=MASTER, password=PASSWORD)
    services = tmp_path / "services.conf"
    services.write_text(old.read_text() + new.read_text())
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    kept = tmp_path / "records"
    both = [f"--source-database={migration.old}", f"--target-database={migration.new}"]
    carrying = [
        f"--programs={migration.server.programs}",
        "--owner=odoo",
        f"--work-folder={tmp_path / 'dump'}",
    ]
    carrying += ["--jobs=2", f"--records-at={kept}"]

    def run(command: str, *options: str) -> int:
        return main(["migration", command, *both, *options])

    assert run("preflight", f"--programs={migration.server.programs}", "--owner=odoo") == 0
    assert run("cutover", *carrying) == 2
    assert "no dry run allows this cutover" in capsys.readouterr().err
    migration.write_as_odoo()
    assert run("dry-run", *carrying) == 0
    assert run("cutover", *carrying) == 0
    assert run("validate", "--owner=odoo") == 0
    migration.ask(migration.new, "DELETE FROM mail_message WHERE id = 1")
    assert run("validate", "--owner=odoo") == 1
    assert run("rollback") == 2
    assert run("rollback", "--after-switch") == 0
    migration.write_as_odoo()
    found = records.read_all(kept)
    assert [(record.kind, record.result) for record in found] == [
        ("migration", "failed"),
        ("migration-dry-run", "passed"),
        ("migration", "passed"),
    ]
    assert PASSWORD not in "".join(record.to_text() for record in found) + capsys.readouterr().err
