"""The switch itself: one value of the stack, and one deployment in delivery's way."""

from __future__ import annotations

import sys
from typing import Final

from .estate import STACK
from .situation import Situation

ACTIVE: Final = "fleet-erp:recovery.active"
DEPLOYED: Final = "deployed"
"""Under which name the memory keeps that a deployment came to its end."""


def _backend(situation: Situation) -> dict[str, str]:
    profile = situation.deploy_profile
    return {
        "PULUMI_BACKEND_URL": situation.estate.state_backend,
        "AWS_REGION": situation.estate.region,
        **({"AWS_PROFILE": profile} if profile else {}),
    }


def _set_active(situation: Situation, value: str) -> None:
    situation.must(
        ["pulumi", "config", "set", "--path", ACTIVE, value, "-s", STACK], variables=_backend(situation)
    )


def _active(situation: Situation) -> str:
    return situation.must(
        ["pulumi", "config", "get", "--path", ACTIVE, "-s", STACK], variables=_backend(situation)
    ).strip()


def declare(situation: Situation) -> None:
    """Make the region the one that serves, as its stack file says it."""
    _set_active(situation, "true")


def declared(situation: Situation) -> str | None:
    """Tell when the stack file does not say so."""
    return None if _active(situation) == "true" else f"{ACTIVE} is not true"


def undeclare(situation: Situation) -> str | None:
    """Take it back; no deployment has read it."""
    _set_active(situation, "false")
    return None if _active(situation) == "false" else f"{ACTIVE} is still true"


def deploy(situation: Situation) -> None:
    """Deploy with every pack of rules; what is done already changes nothing."""
    arguments = [sys.executable, "-m", "delivery", "up", STACK, "--", "--yes", "--non-interactive"]
    situation.must(arguments, variables=_backend(situation))
    # A promoted database proves nothing: a deployment that broke off may have come no further.
    situation.remember(DEPLOYED, "known")
