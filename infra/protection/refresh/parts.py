"""What a refresh is made of, and what everything that belongs to one is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import pulumi

from ...naming import Kind, Naming
from ...settings import PROJECT

QUARANTINE: Final = "quarantine"
MASKED: Final = "masked"
REFRESH: Final = "refresh"
PURPOSE_TAG: Final = "Purpose"
RUN_TAG: Final = "Run"

LONGEST_RUN: Final = 30
"""Characters of an execution's name: with prefix and suffix it is an identifier of RDS, of 63 at most."""


def quarantined(naming: Naming, run: str = "") -> str:
    """Name what holds unmasked data: `fleet-erp-quarantine-prod-<run>`; without a run, up to it.

    Masking refuses hosts that begin as production's do (`fleet-erp-prod-`), so the copy does not.
    """
    return f"{PROJECT}-{QUARANTINE}-{naming.environment}-{run}"


def masked(naming: Naming, run: str = "") -> str:
    """Name the masked snapshot: `fleet-erp-prod-masked-<run>`. Nothing else may carry such a name."""
    return f"{naming.prefix}-{MASKED}-{run}"


def machine_name(naming: Naming) -> str:
    """Name the state machine that refreshes."""
    return naming.name(Kind.STATE_MACHINE, REFRESH)


def sweeper_name(naming: Naming) -> str:
    """Name the state machine that deletes what a refresh left behind."""
    return naming.name(Kind.STATE_MACHINE, REFRESH, "sweep")


def queue_name(naming: Naming) -> str:
    """Name the queue in which failed refreshes wait for a person."""
    return naming.name(Kind.QUEUE, REFRESH, "decisions")


def intake_bus_name(naming: Naming) -> str:
    """Name the event bus on which an environment hears of masked snapshots."""
    return naming.name(Kind.EVENT_BUS, "intake")


def masking_key_secret(naming: Naming, run: str = "") -> str:
    """Name the secret that holds the key of one refresh, for as long as that lasts."""
    return naming.secret(f"{REFRESH}/{run}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the definition of the machine names that only the deployment knows."""

    quarantine_key_arn: pulumi.Input[str]
    masked_key_arn: pulumi.Input[str]
    subnet_group: pulumi.Input[str]
    parameter_group: pulumi.Input[str]
    database_security_group_id: pulumi.Input[str]
    job_security_group_id: pulumi.Input[str]
    job_subnet_id: pulumi.Input[str]
    cluster_arn: pulumi.Input[str]
    task_definition_arn: pulumi.Input[str]
    queue_url: pulumi.Input[str]
    topic_arn: pulumi.Input[str]
    availability_zone: str
    """Where copy, job and endpoints lie."""
