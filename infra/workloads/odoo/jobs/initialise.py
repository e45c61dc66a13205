"""Install Odoo and its modules in a new database; do nothing in one that has them.

Reads odoo.conf (variable ODOO_RC) and the modules, separated by commas (ODOO_MODULES). Ends with 0 when all
of them are installed.
"""

from __future__ import annotations

import configparser
import importlib
import os
import subprocess
import sys

CONNECTION = {name: name for name in ("user", "password")} | {"name": "dbname"}


def options(path: str) -> dict[str, str]:
    """Read odoo.conf as Odoo does: without interpolation."""
    parser = configparser.RawConfigParser()
    with open(path, encoding="utf-8") as file:  # noqa: PTH123  (one idiom for a script of one screen)
        parser.read_file(file)
    return dict(parser.items("options"))


def states(cursor, names: list[str]) -> dict[str, str]:  # noqa: ANN001  (psycopg2 is known in the image only)
    """Give the state of modules by name; empty in a database without Odoo."""
    cursor.execute("SELECT to_regclass('public.ir_module_module')")
    if cursor.fetchone()[0] is None:
        return {}
    cursor.execute("SELECT name, state FROM ir_module_module WHERE name = ANY(%s)", (names,))
    return dict(cursor.fetchall())


def command(config: str, modules: list[str]) -> list[str]:
    """Give the command that installs modules and ends."""
    return ["odoo", f"--config={config}", "--init", ",".join(modules), "--stop-after-init", "--no-http"]


def main() -> int:
    """Install what is needed; give the exit status."""
    psycopg2 = importlib.import_module("psycopg2")  # in the image, not here

    config = os.environ["ODOO_RC"]
    modules = os.environ["ODOO_MODULES"].split(",")
    told = options(config)

    def read() -> dict[str, str]:
        # Host, port and trust come from libpq's variables.
        connection = psycopg2.connect(**{libpq: told[f"db_{name}"] for name, libpq in CONNECTION.items()})
        try:
            with connection, connection.cursor() as cursor:
                return states(cursor, ["base", *modules])
        finally:
            connection.close()

    if read().get("base") == "installed":
        print("The database has Odoo already.")
        return 0
    done = subprocess.run(command(config, modules), check=False)  # noqa: S603
    after = read()
    missing = [name for name in modules if after.get(name) != "installed"]
    if missing:
        print(f"Not installed: {', '.join(missing)}.", file=sys.stderr)
    return 1 if missing else done.returncode


if __name__ == "__main__":
    sys.exit(main())
