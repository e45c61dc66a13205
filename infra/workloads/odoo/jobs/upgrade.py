"""Bring the database to the modules of the image: install what is missing, upgrade what is newer.

Versions are `18.0.x.y.z`; `x` counts changes of the schema that older code cannot live with (the rule of
the Odoo Community Association). When one of those comes, nobody else may be connected: the script stops
with status 3 and says so, and `workloads.odoo.maintenance` stops the pods first.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
from dataclasses import dataclass, field

SERIES = "18.0"
IN_USE = 3
WITHDRAW_VIEWS = """
DO $$
DECLARE
    name text;
BEGIN
    FOR name IN SELECT viewname FROM pg_views WHERE schemaname = 'bi' AND viewowner = current_user LOOP
        EXECUTE 'DROP VIEW IF EXISTS bi.' || quote_ident(name) || ' CASCADE';
    END LOOP;
END $$
"""
"""PostgreSQL lets nobody change the type of a column that a view reads, and Odoo takes away only views of its
own schema. The job business-views makes them again."""


@dataclass
class Plan:
    """What there is to do."""

    install: list[str] = field(default_factory=list)
    upgrade: list[str] = field(default_factory=list)
    breaking: list[str] = field(default_factory=list)

    @property
    def empty(self) -> bool:
        """Whether the database is as the image wants it."""
        return not self.install and not self.upgrade


def full(version: str) -> str:
    """Put the series before a version that lacks it, as Odoo does."""
    return version if version == SERIES or version.startswith(f"{SERIES}.") else f"{SERIES}.{version}"


def numbers(version: str) -> tuple[int, ...]:
    """Make a version comparable."""
    return tuple(int(part) for part in full(version).split("."))


def breaks(old: str, new: str) -> bool:
    """Whether older code cannot live with the schema of the newer."""
    third = len(SERIES.split("."))
    return numbers(old)[third : third + 1] != numbers(new)[third : third + 1]


def plan(*, wanted: list[str], installed: dict[str, str], available: dict[str, str]) -> Plan:
    """Compare versions: `installed` as the database has them, `available` as the image has them."""
    found = Plan(install=[name for name in wanted if name not in installed])
    for name, old in sorted(installed.items()):
        new = available.get(name)
        if new is not None and numbers(new) > numbers(old):
            found.upgrade.append(name)
            if breaks(old, new):
                found.breaking.append(name)
    return found


def command(config: str, found: Plan) -> list[str]:
    """Give the command that does the plan and ends."""
    words = ["odoo", f"--config={config}"]
    if found.install:
        words += ["--init", ",".join(found.install)]
    if found.upgrade:
        words += ["--update", ",".join(found.upgrade)]
    return [*words, "--stop-after-init", "--no-http"]


def main() -> int:
    """Do what is needed; give the exit status."""
    odoo = importlib.import_module("odoo")  # in the image, not here
    config = os.environ["ODOO_RC"]
    odoo.tools.config.parse_config([f"--config={config}"])
    odoo.modules.module.initialize_sys_path()
    with odoo.sql_db.db_connect(odoo.tools.config["db_name"]).cursor() as cursor:
        cursor.execute("SELECT name, latest_version FROM ir_module_module WHERE state = 'installed'")
        installed = {name: version or SERIES for name, version in cursor.fetchall()}
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND backend_type = 'client backend' AND pid <> pg_backend_pid()"
            " AND usename = current_user"
        )
        others = cursor.fetchone()[0]
    available = {name: odoo.modules.module.get_manifest(name).get("version") for name in installed}
    found = plan(
        wanted=os.environ["ODOO_MODULES"].split(","),
        installed=installed,
        available={name: version for name, version in available.items() if version},
    )
    if found.empty:
        print("Every module is as the image has it.")
        return 0
    if found.breaking and others:
        print(
            f"{', '.join(found.breaking)} change the schema so that the running pods cannot live with it, and"
            f" {others} connections are open. Set workloads.odoo.maintenance and deploy again.",
            file=sys.stderr,
        )
        return IN_USE
    with odoo.sql_db.db_connect(odoo.tools.config["db_name"]).cursor() as cursor:
        cursor.execute(WITHDRAW_VIEWS)
    odoo.sql_db.close_all()
    return subprocess.run(command(config, found), check=False).returncode  # noqa: S603


if __name__ == "__main__":
    sys.exit(main())
