"""Metrics: who measures what, how long it is kept, and the contract between measuring and asking."""

from .component import Monitoring

__all__ = ["Monitoring"]
