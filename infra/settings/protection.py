"""What is kept of the data beyond the stores themselves, and how intrusion is noticed."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from .detection import DetectionSettings
from .types import Area, KebabName, Pattern, PositiveCount, Region

CronExpression = Annotated[
    str,
    Pattern(
        "a schedule of AWS",
        'cron(minutes hours day-of-month month day-of-week year), such as "cron(0 20 * * ? *)"',
        r"cron\(\S+ \S+ \S+ \S+ \S+ \S+\)",
    ),
]


class BackupRuleSettings(Area):
    """How often everything is backed up, and how long that is kept (DATA-02)."""

    name: KebabName
    schedule: CronExpression
    """UTC."""
    keep_days: PositiveCount
    copy_keep_days: PositiveCount | None = None
    """How long the copy in the recovery region is kept; None where `copy_region` is null."""


class VaultLockSettings(Area):
    """What nobody can go below or above, whatever a plan or a person asks for (SEC-13).

    The lock is one of governance: a few may take it off.
    """

    min_keep_days: int = Field(ge=1, le=36500)
    max_keep_days: int = Field(ge=1, le=36500)


class RestoreTestSettings(Area):
    """The test that backups of the database can be restored (SEC-13, DATA-02)."""

    schedule: CronExpression
    """UTC; at least once a quarter in production."""
    start_window_hours: int = Field(ge=1, le=168)
    recovery_point_window_days: int = Field(ge=1, le=365)
    """How old the backup may be that is restored; the newest is."""
    validation_window_hours: int = Field(ge=1, le=168)
    """How long the restored database is kept for its validation before AWS Backup deletes it."""
    newest_position_minutes: PositiveCount | None = None
    """How old the newest position of a vehicle may be at the time of the backup; None where nobody drives."""


class BackupSettings(Area):
    """AWS Backup: vault, plan, copies in the recovery region and restore tests (SEC-13, DATA-02)."""

    rules: tuple[BackupRuleSettings, ...] = Field(min_length=1)
    objects_keep_days: int = Field(ge=1, le=35)
    """How far back buckets with restricted data can be restored to any second."""
    lock: VaultLockSettings | None = None
    """None: who may delete from the vault can (everywhere but production)."""
    copy_region: Region | None = None
    """Where copies and the database's log go: the recovery region."""
    restore_test: RestoreTestSettings | None = None


class ProtectionSettings(Area):
    """Backups, and the detection of what should not happen."""

    backup: BackupSettings | None = None
    """None: nothing in the environment would be missed (testing)."""
    detection: DetectionSettings = DetectionSettings()
