"""What an intake is made of, and what everything that belongs to one is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from ...naming import Kind, Naming
from ..refresh.parts import masked

INTAKE: Final = "intake"
CANDIDATE: Final = "candidate"
ACCEPTANCE: Final = "refresh-acceptance"
"""The function that examines candidates."""
ACCEPTED_TAG: Final = "Accepted"
ACCEPTED: Final = "true"


def machine_name(naming: Naming) -> str:
    """Name the state machine that takes masked snapshots."""
    return naming.name(Kind.STATE_MACHINE, INTAKE)


def candidate(naming: Naming, run: str = "") -> str:
    """Name the instance that is examined: `fleet-erp-staging-candidate-<run>`; without a run, up to it."""
    return f"{naming.prefix}-{CANDIDATE}-{run}"


def taken(naming: Naming, run: str = "") -> str:
    """Name the snapshot with this environment's key: `fleet-erp-staging-masked-<run>`."""
    return masked(naming, run)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the definition of the machine names that only the deployment knows."""

    key_arn: pulumi.Input[str]
    """The data key of the environment."""
    security_group_id: pulumi.Input[str]
    function_arn: str
    topic_arn: pulumi.Input[str]
