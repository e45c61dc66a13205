"""Alarms that AWS itself raises, whether the cluster lives or not."""

from .component import Alarms

__all__ = ["Alarms"]
