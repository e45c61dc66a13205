"""Dashboards of Grafana: what people look at, built from typed parts (OBS-03, OBS-14, OBS-15)."""

from .board import Dashboard
from .boards import dashboards
from .config_maps import create_dashboards
from .context import DashboardContext

__all__ = ["Dashboard", "DashboardContext", "create_dashboards", "dashboards"]
