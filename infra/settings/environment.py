"""Who and where an environment is."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from .types import AccountId, Area, CostCenter, Email, KebabName, Region, TimeOfDay, TimeZone, Weekdays


class EnvironmentSettings(Area):
    """Identity of the stack: environment, account, region and the people who answer for it."""

    name: Literal["prod", "staging", "testing", "dr", "dev"]
    """Which environment this stack is; the stack's own name must begin with it."""
    account_id: AccountId
    """The only account the provider may touch."""
    region: Region
    owner: Email
    """Tag `Owner`: who answers for the resources."""
    cost_center: CostCenter
    """Tag `CostCenter`: who pays."""
    account_baseline: bool
    """Whether this stack owns the singletons of its account and region (EBS encryption, …)."""
    account_globals: bool
    """Whether this stack owns the singletons of its whole account (service-linked roles, S3 access block)."""
    protect_stateful: bool
    """Whether stateful resources carry Pulumi's `protect` and survive `pulumi destroy` (ENV-04)."""
    alarm_emails: tuple[Email, ...] = Field(min_length=1)
    """Who receives CloudWatch alarms by e-mail; each address must confirm its subscription once."""


class EncryptionSettings(Area):
    """Customer-managed KMS keys (SEC-06)."""

    rotation_period_days: int = Field(ge=90, le=2560)
    deletion_window_days: int = Field(ge=7, le=30)


class AwakeSettings(Area):
    """When a scheduled environment runs; outside it nodes are at zero and databases stopped (OPS-02)."""

    weekdays: Weekdays
    start: TimeOfDay
    stop: TimeOfDay
    time_zone: TimeZone

    @property
    def tag_value(self) -> str:
        """The value of the `Schedule` tag: `MON-FRI 08:00-20:00 Asia/Kolkata`."""
        return f"{self.weekdays} {self.start}-{self.stop} {self.time_zone}"


class ScheduleSettings(Area):
    """Whether the environment sleeps."""

    awake: AwakeSettings | None
    """None: it never sleeps."""

    @property
    def tag_value(self) -> str:
        """The value of the `Schedule` tag."""
        return self.awake.tag_value if self.awake else "always-on"


class RecoverySettings(Area):
    """The part of the environment in recovery from the loss of a region (ENV-05)."""

    role: Literal["none", "primary", "standby"]
    active: bool = False
    """A standby that serves: its database is promoted and nodes have production size. One way."""
    peer_environment: Literal["prod", "dr"] | None = None
    peer_account_id: AccountId | None = None
    peer_region: Region | None = None

    @property
    def serving(self) -> bool:
        """Whether users' traffic and writes belong here."""
        return self.role != "standby" or self.active


class WorkspaceSettings(Area):
    """A developer's workspace in the shared non-production cluster (ENV-01)."""

    developer: KebabName
    expires_after_days: int = Field(ge=1, le=30)
    cpu_quota_millicores: int = Field(ge=500, le=8000)
    memory_quota_mib: int = Field(ge=1024, le=32768)
    storage_quota_gib: int = Field(ge=1, le=100)
