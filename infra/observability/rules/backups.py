"""How old the last backup and the last proof of one are (DATA-02, SEC-13).

AWS Backup publishes counts of finished jobs by the hour, restore tests among its restore jobs. A quarter is
longer than samples are kept, so the moment of the last restore is recorded anew at every evaluation.
"""

from __future__ import annotations

from typing import Final

from .context import RuleContext
from .model import PLATFORM, Alert, Recording, RuleGroup

BACKUP_HOURS: Final = 26
"""A day, and the hours that a window of backup may move."""
RESTORE_DAYS: Final = 93
"""A quarter, and a day for the test itself."""
LAST_RESTORE: Final = "recovery:last_restore:timestamp_seconds"


def backup_rules(context: RuleContext) -> tuple[RuleGroup, ...]:
    """Give the rules about backups; nothing where AWS Backup keeps nothing."""
    if not context.backed_up:
        return ()
    return (
        RuleGroup(
            name="fleet-erp-backups",
            rules=(
                Recording(
                    record=LAST_RESTORE,
                    expression=(
                        "max(timestamp(aws_backup_number_of_restore_jobs_completed_sum > 0))"
                        f" or max(last_over_time({LAST_RESTORE}[30d]))"
                    ),
                ),
                *_backups(context),
                *_restores(context),
            ),
        ),
    )


def _backups(context: RuleContext) -> tuple[Alert, ...]:
    return (
        context.alert(
            "BackupTooOld",
            f"(max(max_over_time(aws_backup_number_of_backup_jobs_completed_sum[{BACKUP_HOURS}h]))"
            " or vector(0)) < 1",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="There is no backup of the last day",
            description=(
                f"AWS Backup has finished {{{{ $value }}}} jobs in any hour of the last {BACKUP_HOURS}:"
                " what was"
                " written since the last one could not be brought back."
            ),
        ),
        context.alert(
            "BackupJobFailed",
            "max by (dimension_BackupVaultName) (aws_backup_number_of_backup_jobs_failed_sum) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="A backup failed",
            description=(
                "{{ $value }} jobs for vault {{ $labels.dimension_BackupVaultName }} failed in an hour."
            ),
        ),
    )


def _restores(context: RuleContext) -> tuple[Alert, ...]:
    never = context.alert(
        "RestoreTestNeverSeen",
        f"absent({LAST_RESTORE})",
        hold="1d",
        severity="warning",
        owner=PLATFORM,
        runbook="backups",
        summary="No backup was ever restored",
        description="No restore is known since metrics are kept: whether backups are any good is not known.",
    )
    return (
        context.alert(
            "RestoreTestTooOld",
            f"(time() - {LAST_RESTORE}) / 86400 > {RESTORE_DAYS}",
            hold="1h",
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="No backup was restored for a quarter",
            description=(
                "The last restore was {{ $value | humanize }} days ago, more than"
                f" {RESTORE_DAYS}: whether backups are any good is not known."
            ),
        ),
        context.alert(
            "RestoreFailed",
            "max(aws_backup_number_of_restore_jobs_failed_sum) > 0",
            hold=None,
            severity="warning",
            owner=PLATFORM,
            runbook="backups",
            summary="A backup could not be restored",
            description="{{ $value }} restore jobs, tests among them, failed in an hour.",
        ),
        *((never,) if context.restore_tests else ()),
    )
