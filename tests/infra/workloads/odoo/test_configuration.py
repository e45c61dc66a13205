"""odoo.conf as Odoo's parser reads it."""

from __future__ import annotations

import configparser

import pytest

from infra.workloads.odoo.configuration import Limits, Processes, odoo_configuration
from tests.infra.settings.stack_files import estate_settings


def options(*, proxied: bool = True, stack: str = "prod") -> dict[str, str]:
    text = odoo_configuration(
        estate_settings(stack).workloads.odoo,
        Processes(
            workers=4, cron_threads=2, limits=Limits(cpu_seconds=60, real_seconds=120), proxied=proxied
        ),
        log_level="INFO",
        db_maxconn=16,
    )
    parser = configparser.RawConfigParser()
    parser.read_string(text)
    assert parser.sections() == ["options"]
    return dict(parser.items("options"))


def test_databases_are_neither_listed_nor_managed() -> None:
    told = options()
    assert (told["list_db"], told["admin_passwd"], told["db_name"]) == ("False", "False", "tms")
    assert "dbfilter" not in told


def test_no_value_carries_a_comment_or_quotes() -> None:
    assert not [
        value for value in options().values() if "#" in value or ";" in value or value[:1] in {'"', "'"}
    ]


def test_connections_and_processes_are_those_given() -> None:
    told = options()
    assert (told["workers"], told["max_cron_threads"], told["db_maxconn"]) == ("4", "2", "16")
    assert (told["limit_time_cpu"], told["limit_time_real"]) == ("60", "120")
    assert int(told["limit_memory_soft"]) < int(told["limit_memory_hard"])


@pytest.mark.parametrize(
    ("proxied", "interface", "port"),
    [(True, "127.0.0.1", "8068"), (False, "0.0.0.0", "8069")],  # noqa: S104
)
def test_behind_a_proxy_odoo_hides_on_the_loopback(*, proxied: bool, interface: str, port: str) -> None:
    told = options(proxied=proxied)
    assert (told["http_interface"], told["http_port"], told["proxy_mode"]) == (interface, port, "True")


def test_the_certificate_of_the_database_is_always_verified() -> None:
    assert options()["db_sslmode"] == "verify-full"


def test_a_sink_wants_no_credentials() -> None:
    assert {"smtp_user", "smtp_password", "smtp_ssl"} <= options().keys()
    assert not {"smtp_user", "smtp_password", "smtp_ssl"} & options(stack="staging").keys()
