"""Rate limits computed from the load."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.edge.rate_limits import (
    LARGEST_LIMIT,
    SMALLEST_LIMIT,
    WINDOW_SECONDS,
    fleet_peak_requests,
    fleet_request_limit,
)
from infra.settings.edge import FleetLoadSettings, LoadSettings

from .programs import settings_of


def load(*, vehicles: int, interval_seconds: int, factor: float = 1.0) -> LoadSettings:
    return LoadSettings(
        users=1,
        peak_users=1,
        fleet=FleetLoadSettings(
            vehicles=1, interval_seconds=60, peak_vehicles=vehicles, peak_interval_seconds=interval_seconds
        ),
        factor=factor,
    )


@pytest.mark.requirement("LOAD-02")
def test_production_peak_is_twenty_thousand_and_its_limit_twice_that() -> None:
    peak = load(vehicles=2000, interval_seconds=30)
    assert peak.fleet.peak_requests_per_second == pytest.approx(66.67, abs=0.01)
    assert fleet_peak_requests(peak) == 20_000
    assert fleet_request_limit(peak, margin=2.0) == 40_000


@pytest.mark.requirement("LOAD-02")
@pytest.mark.parametrize(
    ("stack", "limit"), [("prod", 40_000), ("dr", 40_000), ("staging", 60_000), ("testing", 2_000)]
)
def test_limits_of_the_stack_files(stack: str, limit: int) -> None:
    settings = settings_of(stack)
    assert fleet_request_limit(settings.load, margin=settings.edge.firewall.fleet_rate_margin) == limit


@pytest.mark.parametrize(
    ("vehicles", "interval", "factor", "margin", "limit"),
    [
        # 7 / 3 * 300 is 700 exactly; floating point makes it 700.0000000000001, and ceil 701.
        (7, 3, 1.0, 1.0, 700),
        (100, 30, 1.1, 1.0, 1_100),
        (100, 30, 1.0, 1.1, 1_100),
        (1, 299, 1.0, 1.0, SMALLEST_LIMIT),
        (10**9, 1, 1.0, 1.0, LARGEST_LIMIT),
        (1_000, 7, 1.0, 1.0, 42_858),
    ],
)
def test_limits_are_exact_and_within_what_waf_accepts(
    vehicles: int, interval: int, factor: float, margin: float, limit: int
) -> None:
    settings = load(vehicles=vehicles, interval_seconds=interval, factor=factor)
    assert fleet_request_limit(settings, margin=margin) == limit


fleets = st.builds(
    load,
    vehicles=st.integers(1, 100_000),
    interval_seconds=st.integers(1, 3_600),
    factor=st.decimals("0.1", "3", places=2).map(float),
)
margins = st.decimals("1", "10", places=2).map(float)


@pytest.mark.requirement("LOAD-02")
@given(fleets, margins)
def test_no_fleet_is_blocked_at_its_peak(fleet: LoadSettings, margin: float) -> None:
    sent = (
        Fraction(fleet.fleet.peak_vehicles, fleet.fleet.peak_interval_seconds)
        * WINDOW_SECONDS
        * Fraction(str(fleet.factor))
    )
    assert fleet_request_limit(fleet, margin=margin) >= sent


@given(fleets, margins)
def test_the_limit_is_no_larger_than_the_load_explains(fleet: LoadSettings, margin: float) -> None:
    explained = fleet_peak_requests(fleet) * margin
    assert fleet_request_limit(fleet, margin=margin) <= max(explained + 1, SMALLEST_LIMIT)


@given(fleets, margins, margins)
def test_a_larger_margin_never_lowers_the_limit(fleet: LoadSettings, one: float, other: float) -> None:
    smaller, larger = sorted((one, other))
    assert fleet_request_limit(fleet, margin=smaller) <= fleet_request_limit(fleet, margin=larger)
