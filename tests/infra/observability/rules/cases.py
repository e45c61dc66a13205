"""One case an alert: series that make it fire, and series just this side of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

Series = Mapping[str, str]
"""Values by series, in promtool's notation, a sample a step."""

SAMPLES: Final = 400


def held(value: float) -> str:
    """A gauge that stays."""
    return f"{value:.10g}+0x{SAMPLES}"


def rising(step: float, start: float = 0) -> str:
    """A counter that grows by `step` each sample."""
    return f"{start:.10g}+{step:.10g}x{SAMPLES}"


def then(first: float, samples: int, later: float) -> str:
    """A gauge that changes once."""
    return f"{first:.10g}+0x{samples - 1} {later:.10g}+0x{SAMPLES}"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What an alert must say to what it sees."""

    fires: Series
    quiet: tuple[Series, ...]
    """Each of them alone leaves the alert silent, not even waiting."""
    minutes: int
    """When that is looked at."""
    quiet_minutes: int | None = None
    """When the quiet series are looked at, if not at the same time."""
    step: str = "1m"
    """Between evaluations."""
    sample_step: str | None = None
    """Between samples; None: as between evaluations."""
    alerts: int = 1
    """How many series of the alert fire."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """What the alert must say it is about."""
