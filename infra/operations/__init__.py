"""What keeps an environment cheap and alive day by day."""

from .schedules import Schedules

__all__ = ["Schedules"]
