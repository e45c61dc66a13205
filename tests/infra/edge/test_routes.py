"""The listener rules of each role, and that the firewall refuses the same paths however they are spelled."""

from __future__ import annotations

import posixpath
import re
from fnmatch import fnmatchcase
from urllib.parse import unquote

import pytest

from infra.edge.firewall_rules import ODOO_CONTENT_PATTERN, REFUSED_PATTERN
from infra.edge.routes import HEALTH_PATH, REFUSED_PATHS, Answer, routes

from .programs import settings_of

WEB = "erp.example.com"
GPS = "gps.example.com"


def answer(host: str, path: str, *, stack: str = "prod", serving: bool = True) -> Answer:
    """What the first matching rule does, as the balancer evaluates them; 404 when none matches."""
    table = routes(settings_of(stack).edge, serving=serving)
    for route in sorted(table, key=lambda route: route.priority):
        host_fits = not route.hosts or host in route.hosts
        path_fits = not route.paths or any(fnmatchcase(path, pattern) for pattern in route.paths)
        if host_fits and path_fits:
            return route.answer
    return "not-found"


def clean(path: str) -> str:
    """A path after URL_DECODE, NORMALIZE_PATH and LOWERCASE."""
    return posixpath.normpath(re.sub("/+", "/", unquote(path))).lower()


@pytest.mark.parametrize(
    ("host", "path", "expected"),
    [
        (WEB, "/web", "odoo"),
        (WEB, "/websocket", "odoo"),
        (WEB, "/web/dataset/call_kw/res.partner/read", "odoo"),
        (GPS, "/v1/positions", "gps"),
        (GPS, "/health", "gps"),
        ("balancer.elb.amazonaws.com", HEALTH_PATH, "odoo"),
        ("balancer.elb.amazonaws.com", "/web", "not-found"),
        ("elsewhere.example.com", "/", "not-found"),
        *(
            (host, path, "not-found")
            for host in (WEB, GPS, "elsewhere.example.com")
            for path in (
                "/web/database",
                "/web/database/manager",
                "/web/database/selector",
                "/xmlrpc/2/common",
                "/xmlrpc",
                "/jsonrpc",
                "/metrics",
            )
        ),
    ],
)
def test_requests_go_where_they_belong(host: str, path: str, expected: Answer) -> None:
    assert answer(host, path) == expected


@pytest.mark.parametrize("path", ["/", "/web/login", HEALTH_PATH])
@pytest.mark.parametrize("host", [WEB, GPS])
def test_a_waiting_standby_serves_nothing(host: str, path: str) -> None:
    assert answer(host, path, stack="dr", serving=False) == "unavailable"
    assert answer(host, "/web/database/manager", stack="dr", serving=False) == "not-found"


@pytest.mark.parametrize("stack", ["prod", "staging", "testing", "dr"])
@pytest.mark.parametrize("serving", [True, False])
def test_priorities_and_names_are_unique_and_rules_small_enough(stack: str, *, serving: bool) -> None:
    table = routes(settings_of(stack).edge, serving=serving)
    assert len({route.priority for route in table}) == len(table)
    assert len({route.name for route in table}) == len(table)
    assert all(1 <= len(route.hosts) + len(route.paths) <= 5 for route in table)


@pytest.mark.parametrize(
    "path",
    [
        "/web/database/manager",
        "/web/database",
        "/web//database/manager",
        "/web/./database/manager",
        "/web/login/../database/manager",
        "/web/%64atabase/manager",
        "/Web/Database/Manager",
        "/fr/web/database/selector",
        "/zh_HK/web/database/selector",
        "/sr@latin/xmlrpc/2/object",
        "/xmlrpc/2/object",
        "/jsonrpc",
        "/metrics",
    ],
)
def test_no_spelling_gets_past_the_firewall(path: str) -> None:
    assert re.search(REFUSED_PATTERN, clean(path))


@pytest.mark.parametrize("path", ["/web", "/web/databases-of-parts", "/metrics-board", "/v1/positions", "/"])
def test_other_paths_pass_the_firewall(path: str) -> None:
    assert not re.search(REFUSED_PATTERN, clean(path))


def test_listener_and_firewall_refuse_the_same_paths() -> None:
    for _, patterns in REFUSED_PATHS:
        for pattern in patterns:
            assert re.search(REFUSED_PATTERN, clean(pattern.replace("*", "anything")))


@pytest.mark.parametrize(
    ("path", "excepted"),
    [
        ("/web/dataset/call_kw", True),
        ("/web/binary/upload_attachment", True),
        ("/mail/attachment/upload", True),
        ("/report/download", True),
        ("/web/login", False),
        ("/web/dataset/../login", False),
        ("/my/orders", False),
        ("/", False),
    ],
)
def test_large_bodies_pass_only_where_odoo_sends_them(path: str, *, excepted: bool) -> None:
    assert bool(re.search(ODOO_CONTENT_PATTERN, posixpath.normpath(unquote(path)))) == excepted
