"""The scripts that run in jobs, without Odoo: what they decide, set and prove."""

from __future__ import annotations

import json
import os
import runpy
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from infra.workloads.odoo import jobs
from infra.workloads.odoo.jobs import configure, initialise, upgrade

ADDRESSES = {"ODOO_BASE_URL": "https://erp.example.com", "ODOO_REPORT_URL": "http://odoo-web:8069"}
HELD = {
    "auth_totp.policy": "all_required",
    "web.base.url": "https://erp.example.com",
    "web.base.url.freeze": "True",
    "report.url": "http://odoo-web:8069",
}


class Cursor:
    """A cursor over parameters; `loses` names one that is never kept."""

    def __init__(self, parameters: dict[str, str]) -> None:
        self.parameters = parameters
        self.committed: dict[str, str] = {}

    def commit(self) -> None:
        self.committed = dict(self.parameters)

    def execute(self, statement: str, values: tuple[tuple[str, ...]]) -> None:
        assert statement.startswith("SELECT key, value FROM ir_config_parameter")
        self.asked = values[0]

    def fetchall(self) -> list[tuple[str, str]]:
        return [(key, value) for key, value in self.committed.items() if key in self.asked]


class Environment(dict[str, Any]):
    """As much of Odoo's environment as the script touches."""

    def __init__(self, *, state: str | None = "installed", loses: str = "") -> None:
        held: dict[str, str] = {}
        super().__init__(
            {
                "ir.module.module": SimpleNamespace(search=lambda _: SimpleNamespace(state=state)),
                "ir.config_parameter": SimpleNamespace(
                    set_param=lambda key, value: held.update({key: value} if key != loses else {})
                ),
                "res.users": SimpleNamespace(search=lambda _: [SimpleNamespace(id=7)]),
            }
        )
        self.cr = Cursor(held)


@pytest.fixture(autouse=True)
def _addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ADDRESSES.items():
        monkeypatch.setenv(name, value)


@pytest.mark.requirement("SEC-01")
def test_everybody_gets_a_second_factor(capsys: pytest.CaptureFixture[str]) -> None:
    env = Environment()
    configure.configure(env)
    assert env.cr.committed == HELD
    assert "User 7 has no e-mail address" in capsys.readouterr().out


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("state", ["uninstalled", "to upgrade", False])
def test_without_the_module_the_deployment_stops(state: Any) -> None:
    with pytest.raises(configure.NotAsConfiguredError, match="auth_totp_mail_enforce"):
        configure.configure(Environment(state=state))


@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize("key", sorted(HELD))
def test_a_value_that_is_not_kept_stops_the_deployment(key: str) -> None:
    with pytest.raises(configure.NotAsConfiguredError, match=key.replace(".", r"\.")):
        configure.configure(Environment(loses=key))


def test_the_script_runs_where_odoo_shell_executes_it(tmp_path: Path) -> None:
    file = tmp_path / "configure.py"
    file.write_text(jobs.script("configure.py"), encoding="utf-8")
    env = Environment()
    runpy.run_path(str(file), init_globals={"env": env}, run_name="__main__")
    assert env.cr.committed == HELD


def test_a_database_like_the_image_needs_nothing() -> None:
    found = upgrade.plan(
        wanted=["base", "sale"],
        installed={"base": "18.0.1.3", "sale": "18.0.1.2"},
        available={"base": "1.3", "sale": "18.0.1.2"},
    )
    assert found.empty


def test_missing_modules_are_installed_and_newer_ones_upgraded() -> None:
    found = upgrade.plan(
        wanted=["base", "trip"],
        installed={"base": "18.0.1.3", "fleet": "18.0.1.9.0", "own": "18.0.2.0.0", "gone": "18.0.1.0"},
        available={"base": "1.3", "trip": "1.0", "fleet": "18.0.1.10.0", "own": "18.0.1.9.9"},
    )
    assert (found.install, found.upgrade, found.breaking) == (["trip"], ["fleet"], [])
    command = upgrade.command("/etc/odoo/odoo.conf", found)
    assert command[:2] == ["odoo", "--config=/etc/odoo/odoo.conf"]
    assert command[command.index("--init") + 1] == "trip"
    assert command[command.index("--update") + 1] == "fleet"
    assert command[-2:] == ["--stop-after-init", "--no-http"]


def test_the_first_number_after_the_series_says_that_old_code_cannot_go_on() -> None:
    found = upgrade.plan(
        wanted=[],
        installed={"a": "18.0.1.9.9", "b": "18.0.1.0.0"},
        available={"a": "18.0.2.0.0", "b": "18.0.1.1.0"},
    )
    assert (found.upgrade, found.breaking) == (["a", "b"], ["a"])


def test_a_new_database_gets_all_modules() -> None:
    command = initialise.command("/etc/odoo/odoo.conf", ["base", "sale"])
    assert command[command.index("--init") + 1] == "base,sale"
    assert {"--stop-after-init", "--no-http"} <= set(command)


def test_the_file_is_read_without_interpolation(tmp_path: Path) -> None:
    file = tmp_path / "odoo.conf"
    file.write_text("[options]\ndb_name = tms\ndb_password = 100%s\n", encoding="utf-8")
    assert initialise.options(str(file))["db_password"] == "100%s"


def test_scripts_import_nothing_that_the_image_lacks() -> None:
    names: tuple[jobs.Script, ...] = ("initialise.py", "upgrade.py", "configure.py", "catch_mail.py")
    for name in names:
        imports = [
            line.split()[1].partition(".")[0]
            for line in jobs.script(name).splitlines()
            if line.startswith(("import ", "from "))
        ]
        assert imports
        assert set(imports) <= sys.stdlib_module_names | {"__future__"}


def test_the_sink_takes_mail_and_logs_it(tmp_path: Path) -> None:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port = found.getsockname()[1]
    file = tmp_path / "catch_mail.py"
    file.write_text(jobs.script("catch_mail.py"), encoding="utf-8")
    sink = subprocess.Popen(  # noqa: S603
        [sys.executable, str(file)],
        env={**os.environ, "MAIL_PORT": str(port)},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        message = EmailMessage()
        message["From"], message["To"] = "erp@staging.example.com", "asha@example.com"
        message["Subject"] = "Your code नमस्ते"
        message.set_content("123456 is your code\n.a line that begins with a dot\n")
        with _connected(port) as client:
            assert client.send_message(message) == {}
            client.sendmail("a@example.com", ["b@example.com", "c@example.com"], "Subject: x\r\n\r\nsecond")
        assert sink.stdout is not None
        first, second = (json.loads(sink.stdout.readline()) for _ in range(2))
    finally:
        sink.terminate()
        sink.wait(timeout=10)
    assert (first["event"], first["to"]) == ("mail_caught", ["asha@example.com"])
    assert first["subject"] == "Your code नमस्ते"
    assert first["text"].splitlines() == ["123456 is your code", ".a line that begins with a dot"]
    assert (second["to"], second["text"].strip()) == (["b@example.com", "c@example.com"], "second")


def _connected(port: int) -> smtplib.SMTP:
    for _ in range(100):
        try:
            return smtplib.SMTP("127.0.0.1", port, timeout=10)
        except ConnectionRefusedError:
            time.sleep(0.05)
    raise AssertionError("the sink does not listen")


class Modules:
    """As much of Odoo as the upgrade asks for: what is installed, and what happened in which order."""

    def __init__(self, *, installed: dict[str, str], available: dict[str, str]) -> None:
        self.happened: list[str] = []
        self.installed = installed
        self.tools = SimpleNamespace(config=self)
        self.sql_db = SimpleNamespace(
            db_connect=lambda _: SimpleNamespace(cursor=self.cursor),
            close_all=lambda: self.happened.append("closed"),
        )
        module = SimpleNamespace(
            initialize_sys_path=lambda: None, get_manifest=lambda name: {"version": available[name]}
        )
        self.modules = SimpleNamespace(module=module)

    def parse_config(self, _: list[str]) -> None:
        """Read nothing."""

    def __getitem__(self, key: str) -> str:
        return key

    @contextmanager
    def cursor(self) -> Iterator[Modules]:
        """Open a transaction, committed at its end as Odoo's is."""
        yield self
        self.happened.append("committed")

    def execute(self, statement: str) -> None:
        self.happened.append(statement)

    def fetchall(self) -> list[tuple[str, str]]:
        return list(self.installed.items())

    def fetchone(self) -> tuple[int]:
        return (0,)


@pytest.mark.parametrize(("available", "upgraded"), [("18.0.1.1.0", True), ("18.0.1.0.0", False)])
def test_an_upgrade_takes_the_business_views_away_before_it_begins(
    monkeypatch: pytest.MonkeyPatch, available: str, *, upgraded: bool
) -> None:
    """And leaves them where there is nothing to upgrade: the job that makes them might not follow."""
    odoo = Modules(installed={"base": "18.0.1.0.0"}, available={"base": available})
    monkeypatch.setitem(sys.modules, "odoo", odoo)
    monkeypatch.setenv("ODOO_RC", "/etc/odoo/odoo.conf")
    monkeypatch.setenv("ODOO_MODULES", "base")
    monkeypatch.setattr(
        upgrade.subprocess,
        "run",
        lambda command, **_: odoo.happened.append(command[0]) or SimpleNamespace(returncode=0),
    )
    assert upgrade.main() == 0
    if upgraded:
        assert odoo.happened[-4:] == [upgrade.WITHDRAW_VIEWS, "committed", "closed", "odoo"]
    else:
        assert upgrade.WITHDRAW_VIEWS not in odoo.happened
        assert "odoo" not in odoo.happened
