"""Who is told of an alert, how, and what keeps quiet meanwhile."""

from .values import alertmanager_values

__all__ = ["alertmanager_values"]
