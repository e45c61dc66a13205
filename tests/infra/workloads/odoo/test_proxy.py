"""The proxy's configuration in a real nginx, started on the loopback before a stand-in for Odoo."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from http.client import HTTPResponse
from pathlib import Path
from typing import Any

import pytest

from infra.workloads.odoo.proxy import Listening, nginx_configuration
from tests.infra.workloads.odoo.conftest import ESTATES, OdooRenderer, one
from tests.infra.workloads.odoo.stub_upstream import upstream

NGINX = shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
BALANCER = {"X-Forwarded-For": "203.0.113.9"}
needs_nginx = pytest.mark.skipif(
    NGINX is None, reason="nginx is not installed (apt-get install nginx-light): the proxy was not run"
)


@dataclass(frozen=True)
class Proxy:
    """A running proxy and the ports of what stands behind it."""

    port: int
    odoo: int
    gevent: int
    report: int
    log: Path

    def get(self, path: str, **headers: str) -> tuple[HTTPResponse, dict[str, Any]]:
        """Ask for a path; give the answer and, where there is one, what the upstream was told."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        try:
            connection.request("GET", path, headers={"Host": "erp.example.com", **headers})
            response = connection.getresponse()
            body = response.read()
        finally:
            connection.close()
        return response, json.loads(body) if body.startswith(b"{") else {}

    def logged(self) -> list[dict[str, Any]]:
        """Give the lines of the access log; nginx writes them as a request ends."""
        time.sleep(0.2)
        return [json.loads(line) for line in self.log.read_text(encoding="utf-8").splitlines()]


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Proxy]:
    assert NGINX is not None
    folder = tmp_path_factory.mktemp("nginx")
    with ExitStack() as stack:
        odoo, gevent, report = (stack.enter_context(upstream()) for _ in range(3))
        running = Proxy(port=free_port(), odoo=odoo, gevent=gevent, report=report, log=folder / "access.log")
        text = nginx_configuration(
            trusted=["127.0.0.0/8"],
            idle_timeout_seconds=300,
            response_seconds=135,
            report_address=f"127.0.0.1:{report}",
            report_seconds=330,
            listening=Listening(port=running.port, odoo_port=odoo, gevent_port=gevent),
            scratch=str(folder),
        )
        # In the pod the log goes to the container's output.
        assert text.count("access_log /dev/stdout") == 1
        file = folder / "nginx.conf"
        file.write_text(text.replace("access_log /dev/stdout", f"access_log {running.log}"), encoding="utf-8")
        process = subprocess.Popen(  # noqa: S603
            [NGINX, "-e", "stderr", "-c", str(file), "-g", "daemon off;"],
            stderr=subprocess.PIPE,
        )
        stack.callback(process.wait, timeout=15)
        stack.callback(process.terminate)
        for _ in range(100):
            with socket.socket() as attempt:
                if attempt.connect_ex(("127.0.0.1", running.port)) == 0:
                    break
            assert process.poll() is None, process.stderr and process.stderr.read()
            time.sleep(0.05)
        yield running


@needs_nginx
@pytest.mark.parametrize("stack", ESTATES)
def test_nginx_accepts_what_every_environment_declares(
    odoo: OdooRenderer, stack: str, tmp_path: Path
) -> None:
    for part in ("odoo-web", "odoo-report") if stack != "testing" else ("odoo-web",):
        text = one(odoo(stack), "kubernetes:core/v1:ConfigMap", f"{part}-proxy").inputs["data"]["nginx.conf"]
        file = tmp_path / f"{part}.conf"
        # The name of the report service is known in the cluster only.
        local = text.replace("odoo-report:8069", "127.0.0.1:8069").replace(" /tmp/", f" {tmp_path}/")
        file.write_text(local, encoding="utf-8")
        checked = subprocess.run(  # noqa: S603
            [str(NGINX), "-t", "-e", "stderr", "-c", str(file)], capture_output=True, text=True, check=False
        )
        assert checked.returncode == 0, checked.stderr
        assert "warn" not in checked.stderr


@needs_nginx
@pytest.mark.requirement("SEC-01")
@pytest.mark.parametrize(
    "path",
    [
        "/web/database/selector",
        "/web/database/manager",
        "//web/database/drop",
        "/web/%64atabase/selector",
        "/web/./database/backup",
        "/xmlrpc/2/common",
        "/jsonrpc",
    ],
)
def test_nobody_from_outside_manages_databases_or_goes_past_the_second_factor(
    proxy: Proxy, path: str
) -> None:
    response, _ = proxy.get(path, **BALANCER)
    assert response.status == 403


@needs_nginx
@pytest.mark.requirement("OBS-09")
def test_the_probe_of_the_kubelet_reaches_odoo(proxy: Proxy) -> None:
    response, told = proxy.get("/web/database/selector", **{"User-Agent": "kube-probe/1.35"})
    assert (response.status, told["port"]) == (200, proxy.odoo)


@needs_nginx
def test_odoo_learns_name_scheme_and_address_of_the_client(proxy: Proxy) -> None:
    _, told = proxy.get("/web", **{**BALANCER, "X-Forwarded-Proto": "http", "X-Odoo-Database": "other"})
    headers = told["headers"]
    assert headers["X-Forwarded-Host"] == "erp.example.com"
    assert headers["X-Forwarded-Proto"] == "https"
    assert headers["X-Forwarded-For"] == "203.0.113.9"
    assert "X-Odoo-Database" not in headers


@needs_nginx
def test_what_a_client_says_of_itself_is_not_believed(proxy: Proxy) -> None:
    # The balancer appends the address it sees to what the client sent.
    _, told = proxy.get("/web", **{"X-Forwarded-For": "10.0.0.1, 198.51.100.7"})
    assert told["headers"]["X-Forwarded-For"] == "198.51.100.7"


@needs_nginx
@pytest.mark.requirement("SEC-05")
def test_every_cookie_is_for_https_only(proxy: Proxy) -> None:
    response, _ = proxy.get("/web/login", **BALANCER)
    cookies = response.msg.get_all("Set-Cookie")
    assert cookies is not None
    assert len(cookies) == 2
    assert all("Secure" in cookie and "SameSite=Lax" in cookie for cookie in cookies)
    assert "HttpOnly" in cookies[0]


@needs_nginx
def test_a_websocket_is_upgraded_by_the_gevent_process(proxy: Proxy) -> None:
    response, _ = proxy.get("/websocket", **BALANCER, Upgrade="websocket", Connection="Upgrade")
    assert response.status == 101
    assert response.headers["Upgrade"] == "websocket"


@needs_nginx
def test_a_websocket_without_upgrade_still_goes_there(proxy: Proxy) -> None:
    _, told = proxy.get("/websocket/health", **BALANCER)
    assert told["port"] == proxy.gevent


@needs_nginx
@pytest.mark.requirement("LOAD-03")
@pytest.mark.parametrize(
    ("path", "computes"),
    [
        ("/report/pdf/account.report_invoice/7", True),
        ("/report/download?data=x", True),
        ("/web/export/xlsx", True),
        ("/web/pivot/export_xlsx", True),
        ("/web/dataset/call_kw/account.invoice.report/web_read_group", True),
        ("/web/dataset/call_kw/sale.report/formatted_read_group", True),
        ("/web/dataset/call_kw/sale.order/web_read_group", False),
        ("/web/dataset/call_kw/account.invoice.report/create", False),
        ("/report/barcode/QR/x", False),
        ("/web/action/load", False),
        ("/", False),
    ],
)
def test_what_computes_reports_goes_to_the_report_pods(proxy: Proxy, path: str, *, computes: bool) -> None:
    _, told = proxy.get(path, **BALANCER)
    assert told["port"] == (proxy.report if computes else proxy.odoo)
    assert told["headers"]["X-Forwarded-Proto"] == "https"


@needs_nginx
def test_the_proxy_answers_its_own_probes(proxy: Proxy) -> None:
    response, told = proxy.get("/-/proxy")
    assert (response.status, told) == (204, {})


@needs_nginx
def test_the_log_has_one_object_per_request_without_query_and_probes(proxy: Proxy) -> None:
    before = len(proxy.logged())
    proxy.get("/report/download?token=letmein", **BALANCER)
    proxy.get("/web/health", **{"User-Agent": "kube-probe/1.35"})
    proxy.get("/web/health", **{"User-Agent": "ELB-HealthChecker/2.0"})
    proxy.get("/-/proxy")
    # Whoever comes through the balancer is logged, whatever he calls himself.
    proxy.get("/web/login", **BALANCER, **{"User-Agent": "kube-probe/1.35"})
    report, login = proxy.logged()[before:]
    assert (report["handler"], report["path"], report["status"]) == ("report", "/report/download", 200)
    assert (report["client"], report["method"]) == ("203.0.113.9", "GET")
    assert 0 <= report["duration_seconds"] < 10
    assert login["path"] == "/web/login"


def test_the_proxy_hangs_up_later_than_the_balancer() -> None:
    text = nginx_configuration(
        trusted=["10.0.101.0/24"], idle_timeout_seconds=300, response_seconds=135, report_address=None
    )
    assert "keepalive_timeout 305s;" in text
    assert "set_real_ip_from 10.0.101.0/24;" in text
