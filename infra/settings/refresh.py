"""How environments outside production get its data: masked, at full scale (ENV-03, SEC-09, DATA-03)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .network import SubnetSettings
from .protection import CronExpression
from .types import AccountId, Area, Cidr, RdsInstanceClass, TimeZone


class RefreshTargetSettings(Area):
    """An environment that may take the masked snapshot."""

    environment: Literal["staging", "testing"]
    account_id: AccountId


class RefreshScheduleSettings(Area):
    """When a refresh begins by itself."""

    expression: CronExpression
    time_zone: TimeZone


class QuarantineSettings(Area):
    """The closed network in which the copy of production is masked."""

    cidr: Cidr
    subnets: tuple[SubnetSettings, ...] = Field(min_length=2)
    """A subnet group of RDS wants two zones; the copy, the masking job and the endpoints lie in the first."""
    instance_class: RdsInstanceClass


class MaskingTaskSettings(Area):
    """The container that masks, on Fargate."""

    cpu_units: Literal[1024, 2048, 4096, 8192]
    memory_mib: Literal[2048, 4096, 8192, 16384]
    deadline_hours: int = Field(ge=1, le=72)
    """How long neutralising, masking or verifying may take, each."""


class IntakeSettings(Area):
    """How an environment outside production takes the masked snapshot."""

    from_account_id: AccountId
    """Production's account, which shares it."""
    instance_class: RdsInstanceClass
    """Of the candidate, which is restored to be examined and deleted again."""
    deadline_hours: int = Field(ge=2, le=48)
    """After so long an intake ends whatever it is at."""


class RefreshSettings(Area):
    """The refresh of environments outside production from production."""

    targets: tuple[RefreshTargetSettings, ...] = Field(min_length=1)
    schedule: RefreshScheduleSettings
    quarantine: QuarantineSettings
    task: MaskingTaskSettings
    keep_failed_hours: int = Field(ge=1, le=72)
    """How long a failed refresh waits for somebody who mends it before everything is deleted."""
    deadline_hours: int = Field(ge=6, le=168)
    """After so long a refresh ends whatever it is at, and everything is deleted."""
