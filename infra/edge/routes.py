"""What the listener does with a request: one table, first match wins, everything else is a 404."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from ..settings.edge import EdgeSettings
from .load_balancer import Service

NOT_FOUND: Final = 404
UNAVAILABLE: Final = 503

Answer = Service | Literal["not-found", "unavailable"]

HEALTH_PATH: Final = "/web/health"

REFUSED_PATHS: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    # Lists, copies and drops databases.
    ("database-manager", ("/web/database", "/web/database/*")),
    # Log in with a password alone, past the second factor.
    ("remote-procedures", ("/xmlrpc", "/xmlrpc/*", "/jsonrpc", "/jsonrpc/*")),
    # Figures for the monitoring inside the cluster.
    ("metrics", ("/metrics", "/metrics/*")),
)
"""What nobody outside may reach, on any host, by name of the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One listener rule: all conditions must hold; AWS takes at most five values in a rule."""

    name: str
    priority: int
    answer: Answer
    hosts: tuple[str, ...] = ()
    paths: tuple[str, ...] = ()


def routes(settings: EdgeSettings, *, serving: bool) -> tuple[Route, ...]:
    """Give the rules in order of priority.

    Refusals come first. A standby that does not serve answers 503 for both hosts: its database is
    read-only, and users must not work on it; so does who hands over to the other region. The health check
    asks the balancer by its own name, not by a host name that moves in a failover, hence the rule without a
    host.
    """
    web: Answer = "odoo" if serving else "unavailable"
    gps: Answer = "gps" if serving else "unavailable"
    refusals = tuple(
        Route(name=f"refuse-{name}", priority=10 * position, answer="not-found", paths=paths)
        for position, (name, paths) in enumerate(REFUSED_PATHS, start=1)
    )
    health = (
        (Route(name="health", priority=100, answer=web, paths=(HEALTH_PATH,)),)
        if settings.health_check
        else ()
    )
    return (
        *refusals,
        *health,
        Route(name="web", priority=200, answer=web, hosts=(settings.web_hostname,)),
        Route(name="gps", priority=210, answer=gps, hosts=(settings.gps_hostname,)),
    )
