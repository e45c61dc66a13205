"""Grafana: what it is told, whom it asks, and who may ask it."""

from .values import grafana_values

__all__ = ["grafana_values"]
