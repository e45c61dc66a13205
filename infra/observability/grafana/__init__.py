"""Grafana: what it is told, whom it asks, and who may ask it."""

from .access import Asked, GrafanaAccess
from .values import grafana_values

__all__ = ["Asked", "GrafanaAccess", "grafana_values"]
