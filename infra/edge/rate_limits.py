"""How many requests one address may send in five minutes, computed from the load (LOAD-02).

| | vehicles | interval | per 300 s | margin | limit |
|---|---|---|---|---|---|
| peak of production | 2,000 | 30 s | 20,000 | 2 | 40,000 |

A fleet gateway sends for all its vehicles from one address, so the limit of the GPS host is the peak of
the whole fleet; the usual limit of a web application would block it within seconds.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import Final

from ..settings.edge import LoadSettings

WINDOW_SECONDS: Final = 300
"""What AWS WAF counts over; it accepts 60, 120, 300 and 600."""
SMALLEST_LIMIT: Final = 10
LARGEST_LIMIT: Final = 2_000_000_000


def fleet_peak_requests(load: LoadSettings) -> int:
    """Count the requests of the whole fleet in one window when every vehicle sends at the peak interval."""
    return ceil(_fleet_peak(load))


def fleet_request_limit(load: LoadSettings, *, margin: float) -> int:
    """Give the requests per window after which one address on the GPS host is blocked.

    The peak of the fleet times `margin`, within what AWS WAF accepts. Never below the peak for a margin of
    at least 1.
    """
    return min(max(ceil(_fleet_peak(load) * _exact(margin)), SMALLEST_LIMIT), LARGEST_LIMIT)


def _fleet_peak(load: LoadSettings) -> Fraction:
    # Fractions: 2000 / 30 * 300 in floating point may end a hair above 20,000, and ceil makes that 20,001.
    fleet = load.fleet
    return Fraction(fleet.peak_vehicles * WINDOW_SECONDS, fleet.peak_interval_seconds) * _exact(load.factor)


def _exact(value: float) -> Fraction:
    """Read 1.1 as eleven tenths, which is what the stack file says, not as its nearest binary fraction."""
    return Fraction(str(value))
