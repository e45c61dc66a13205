"""What an environment is at the moment, as far as alarms care."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from ...settings import EstateSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Situation:
    """Whether users are served here, and whether that ends every evening."""

    serving: bool
    sleeps: bool

    @classmethod
    def of(cls, settings: EstateSettings) -> Self:
        """Take it from the settings of a stack."""
        return cls(serving=settings.recovery.serving, sleeps=settings.schedule.awake is not None)

    @property
    def always_serving(self) -> bool:
        """Whether pods must be there at any hour: only then is their absence an alarm."""
        return self.serving and not self.sleeps
