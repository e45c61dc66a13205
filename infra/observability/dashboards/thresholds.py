"""Where a value stops being good: steps in the panel's unit."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, Self

GOOD: Final = "green"
WARNING: Final = "orange"
CRITICAL: Final = "red"
NEUTRAL: Final = "text"
MUTED: Final = "#8e8e8e"


class Unit(Enum):
    """What a number counts: Grafana's id of the unit, and what people read in the picture of a board."""

    COUNT = ("none", "")
    SHORT = ("short", "")
    SECONDS = ("s", "seconds")
    MINUTES = ("m", "minutes")
    HOURS = ("h", "hours")
    DAYS = ("d", "days")
    SHARE = ("percentunit", "percent")
    PERCENT = ("percent", "percent")
    REQUESTS_PER_SECOND = ("reqps", "requests per second")
    PER_SECOND = ("cps", "per second")
    BYTES = ("bytes", "bytes")
    BYTES_PER_SECOND = ("Bps", "bytes per second")
    RUPEES = ("currencyINR", "rupees")
    FACTOR = ("suffix:x", "times")

    @property
    def id(self) -> str:
        """Grafana's name of the unit."""
        return self.value[0]

    @property
    def words(self) -> str:
        """What people read; empty for plain counts."""
        return self.value[1]


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The colour below the first step, and each step with the value from which its colour holds."""

    base: str
    steps: tuple[tuple[float, str], ...] = ()

    def __post_init__(self) -> None:
        values = [value for value, _ in self.steps]
        if values != sorted(set(values)):
            raise ValueError(f"thresholds must rise: {values}")

    @classmethod
    def none(cls) -> Self:
        """Judge nothing."""
        return cls(NEUTRAL)

    @classmethod
    def rising(cls, *, warning: float | None = None, critical: float | None = None) -> Self:
        """The more, the worse."""
        steps = [(value, colour) for value, colour in ((warning, WARNING), (critical, CRITICAL))]
        return cls(GOOD, tuple((value, colour) for value, colour in steps if value is not None))

    @classmethod
    def falling(cls, *, warning: float, critical: float | None = None) -> Self:
        """The less, the worse: below `critical` red, below `warning` orange."""
        if critical is None:
            return cls(WARNING, ((warning, GOOD),))
        return cls(CRITICAL, ((critical, WARNING), (warning, GOOD)))

    @property
    def judges(self) -> bool:
        """Whether any value is worse than another."""
        return bool(self.steps)

    def to_json(self) -> dict[str, Any]:
        """Give the steps as Grafana keeps them: the first has no value, which stands for minus infinity."""
        return {
            "mode": "absolute",
            "steps": [
                {"color": self.base, "value": None},
                *({"color": colour, "value": value} for value, colour in self.steps),
            ],
        }
