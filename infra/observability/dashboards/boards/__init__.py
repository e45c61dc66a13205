"""The dashboards themselves, one file each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from ..board import Dashboard
from ..context import DashboardContext
from .cluster import cluster
from .logs import logs
from .operational import operational
from .recovery import recovery
from .slo import slo
from .stores import stores
from .technical import technical

BOARDS: Final[tuple[Callable[[DashboardContext], Dashboard], ...]] = (
    operational,
    technical,
    slo,
    recovery,
    logs,
    cluster,
    stores,
)
"""A new one is a file and a line here."""


def dashboards(context: DashboardContext) -> tuple[Dashboard, ...]:
    """Give every dashboard of an environment."""
    return tuple(board(context) for board in BOARDS)
